//! The house rules that a machine can check, applied to the repository; and, for each, that it
//! catches what it is for.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;

use end_to_end::tidy::{self, Source};

/// All files that are or would be committed, from the top.
fn paths() -> Vec<String> {
    let listed = git(&["ls-files", "--cached", "--others", "--exclude-standard"]);
    listed.lines().filter(|path| top().join(path).is_file()).map(str::to_owned).collect()
}

fn sources() -> Vec<Source> {
    // Pictures and sheets are no text.
    let text = |path: &String| std::fs::read_to_string(top().join(path)).ok();
    let sources = paths().into_iter().filter_map(|path| Some((text(&path)?, path)));
    sources.map(|(text, path)| Source { path, text }).collect()
}

fn top() -> &'static Path {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/.."))
}

fn git(args: &[&str]) -> String {
    let output = Command::new("git").args(args).current_dir(top()).output();
    let output = output.expect("git is installed");
    assert!(output.status.success(), "git {args:?}");
    String::from_utf8(output.stdout).expect("git answers in UTF-8")
}

#[track_caller]
fn assert_none(breaches: &[String]) {
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

#[test]
fn files_are_short() {
    assert_none(&tidy::too_long(&sources()));
}

#[test]
fn long_files_are_caught() {
    let long = Source::new("a.rs", &"x\n".repeat(tidy::HARD_LIMIT_LINES + 1));
    let longish = Source::new("b.rs", &"x\n".repeat(tidy::USUAL_LIMIT_LINES + 1));
    let short = vec![Source::new("c.rs", "x\n"); 9];
    assert_eq!(tidy::too_long(&[vec![long], short.clone()].concat()).len(), 1);
    assert_eq!(tidy::too_long(&[vec![longish.clone()], short.clone()].concat()).len(), 0);
    assert_eq!(tidy::too_long(&[vec![longish; 2], short].concat()).len(), 1);
}

#[test]
fn names_say_something() {
    assert_none(&tidy::empty_names(&sources()));
}

#[test]
fn empty_names_are_caught() {
    let bad = ["server/web/src/utils.rs", "kiosk/src/helpers/x.rs", "server/hq/src/page/mod.rs"];
    let bad = bad.map(|path| Source::new(path, ""));
    assert_eq!(tidy::empty_names(&bad).len(), 3);
    assert_none(&tidy::empty_names(&[Source::new("server/web/src/database.rs", "")]));
}

#[test]
fn lints_are_not_silenced() {
    assert_none(&tidy::silenced_lints(&sources()));
}

#[test]
fn silenced_lints_are_caught() {
    let bad = concat!("#[", "allow(dead_code)]\n#![", "allow(unused)]\n// #[", "allow(x)]");
    assert_eq!(tidy::silenced_lints(&[Source::new("a.rs", bad)]).len(), 2);
}

#[test]
fn pure_crates_are_pure() {
    assert_none(&tidy::impurities(&sources()));
}

#[test]
fn impure_code_is_caught() {
    let text = "use std::fs;\n//! no std::fs here\nlet now = SystemTime::now();";
    assert_eq!(tidy::impurities(&[Source::new("server/sync/src/a.rs", text)]).len(), 2);
    assert_none(&tidy::impurities(&[Source::new("server/store/src/a.rs", text)]));
}

#[test]
fn assets_are_used() {
    assert_none(&tidy::dead_assets(&sources()));
}

#[test]
fn dead_assets_are_caught() {
    let script = Source::new("assets/script/scan.js", "// scan.js");
    let page = Source::new("kiosk/src/page.rs", "asset(\"scan.js\")");
    assert_eq!(tidy::dead_assets(std::slice::from_ref(&script)).len(), 1);
    assert_none(&tidy::dead_assets(&[script, page]));
}

#[test]
fn the_top_is_as_agreed() {
    assert_none(&tidy::top_level(&paths()));
}

#[test]
fn a_stray_or_missing_top_entry_is_caught() {
    let complete = [
        "ARCHITECTURE.md",
        "CHANGELOG.md",
        "Cargo.lock",
        "Cargo.toml",
        "LICENSE",
        "README.md",
        "assets/a",
        "clippy.toml",
        "deny.toml",
        "kiosk/b",
        "scripts/c",
        "server/d",
        "tests/e",
        ".ci/run",
    ];
    let complete = complete.map(str::to_owned).to_vec();
    assert_none(&tidy::top_level(&complete));
    let stray = [complete.clone(), vec!["notes.txt".to_owned()]].concat();
    assert_eq!(tidy::top_level(&stray), ["notes.txt is not agreed at the top"]);
    assert_eq!(tidy::top_level(&complete[1..]), ["ARCHITECTURE.md is missing"]);
}

#[test]
fn scripts_are_our_own() {
    assert_none(&tidy::foreign_scripts(&sources()));
}

#[test]
fn foreign_scripts_are_caught() {
    let packed = "x".repeat(tidy::SCRIPT_LINE_LIMIT_CHARS + 1);
    let bad = [
        Source::new("assets/script/htmx.min.js", "x"),
        Source::new("assets/script/a.js", &packed),
        Source::new("assets/script/b.js", "/*! @license MIT */"),
        Source::new("server/web/c.js", "x"),
        Source::new("tests/browser/node_modules/axe/axe.txt", "x"),
    ];
    assert_eq!(tidy::foreign_scripts(&bad).len(), 5);
    assert_none(&tidy::foreign_scripts(&[Source::new("assets/script/scan.js", "go();")]));
}

#[test]
fn no_stray_words() {
    assert_none(&tidy::stray_words(&sources()));
    let log = git(&["log", "--format=%an <%ae>%n%B"]);
    let messages = log.lines().filter(|line| !line.contains('@')).collect::<Vec<_>>().join("\n");
    assert_none(&tidy::stray_words(&[Source::new("commit messages", &messages)]));
}

#[test]
fn stray_words_are_caught() {
    let bad = concat!("see /wo", "rk/main\n// TO", "DO later\nCo-Auth", "ored-By: x\nTO", "DOS");
    let sources = [Source::new("a.rs", bad), Source::new("LICENSE", bad)];
    assert_eq!(tidy::stray_words(&sources).len(), 3);
}

#[test]
fn arrows_point_down() {
    let metadata =
        cargo_metadata::MetadataCommand::new().current_dir(top()).no_deps().exec().unwrap();
    let dependencies: BTreeMap<String, BTreeSet<String>> = metadata
        .packages
        .iter()
        .map(|package| {
            let is_shipped = |kind| kind != cargo_metadata::DependencyKind::Development;
            let shipped = package.dependencies.iter().filter(|used| is_shipped(used.kind));
            (package.name.to_string(), shipped.map(|used| used.name.clone()).collect())
        })
        .collect();
    assert!(dependencies.len() >= 11, "{dependencies:?}");
    assert_none(&tidy::wrong_arrows(&dependencies));
}

#[test]
fn wrong_arrows_are_caught() {
    let crates = |pairs: &[(&str, &[&str])]| {
        let set = |used: &[&str]| used.iter().map(ToString::to_string).collect();
        pairs.iter().map(|(from, used)| (from.to_string(), set(used))).collect()
    };
    let good = crates(&[("domain", &["serde"]), ("journal", &["domain"]), ("store", &["tokio"])]);
    assert_none(&tidy::wrong_arrows(&good));
    let bad = crates(&[
        ("domain", &["tokio"]),
        ("web", &["domain"]),
        ("site", &["hq"]),
        ("hq", &[]),
        ("newcomer", &[]),
    ]);
    assert_eq!(tidy::wrong_arrows(&bad).len(), 4);
}
