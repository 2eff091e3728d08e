//! Every text and every asset named in the source exists, and none lies about unused.

#![expect(clippy::unwrap_used, reason = "a test that stumbles fails")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};

/// Keys under these are made at run time from codes.
const MADE_AT_RUN_TIME: [&str; 5] = ["refusal.", "verdict.", "code.", "import.", "trouble."];

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// All sources of the workspace but this file.
fn sources() -> Vec<(PathBuf, String)> {
    let mut found = Vec::new();
    for folder in ["server", "kiosk", "tests", "assets/script"] {
        collect(&root().join(folder), &mut found);
    }
    assert!(found.len() > 20, "sources not found");
    found
}

fn collect(folder: &Path, found: &mut Vec<(PathBuf, String)>) {
    for entry in std::fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let kind = path.extension().and_then(|kind| kind.to_str());
        let foreign = path.ends_with("target") || path.ends_with("node_modules");
        if path.is_dir() && !foreign {
            collect(&path, found);
        } else if matches!(kind, Some("rs" | "js")) && !path.ends_with("web/tests/texts.rs") {
            let source = std::fs::read_to_string(&path).unwrap();
            found.push((path, without_comments(&source)));
        }
    }
}

fn without_comments(source: &str) -> String {
    let lines = source.lines().filter(|line| !line.trim_start().starts_with("//"));
    lines.collect::<Vec<_>>().join("\n")
}

/// Every string literal without escapes, good enough to find keys.
fn literals(source: &str) -> impl Iterator<Item = &str> {
    source.split('"').filter(|part| part.len() < 80 && !part.contains(['\n', ' ']))
}

/// The literal keys of calls `text(lang, "a.b")` and `t("a.b")`.
fn called(source: &str) -> Vec<&str> {
    ["text(", "t("].iter().flat_map(|call| called_as(source, call)).collect()
}

fn called_as<'a>(source: &'a str, call: &str) -> Vec<&'a str> {
    let mut keys = Vec::new();
    for (at, _) in source.match_indices(call) {
        let before = source[..at].chars().next_back().unwrap_or(' ');
        if before.is_alphanumeric() || matches!(before, '_' | '.' | '!') {
            continue;
        }
        let inside = &source[at + call.len()..];
        let Some((lead, rest)) = inside.split_once('"') else { continue };
        let plain_lead = lead.len() < 60 && !lead.contains(['(', ')', ';', '{', '&']);
        if let (true, Some((key, _))) = (plain_lead, rest.split_once('"')) {
            keys.push(key);
        }
    }
    keys
}

#[test]
fn tables_are_whole() {
    assert_eq!(web::text::complaints(), Vec::<String>::new());
    for key in web::text::keys() {
        for lang in web::Lang::ALL {
            assert!(!web::text(lang, key).trim().is_empty(), "{key} is empty");
        }
        let holes = |lang| {
            let mut holes: Vec<&str> = web::text(lang, key)
                .split('{')
                .skip(1)
                .filter_map(|part| part.split_once('}').map(|(name, _)| name))
                .collect();
            holes.sort_unstable();
            holes
        };
        assert_eq!(holes(web::Lang::Zh), holes(web::Lang::En), "{key}: places differ");
    }
}

#[test]
fn no_text_is_missing() {
    let known: BTreeSet<&str> = web::text::keys().collect();
    let mut missing = Vec::new();
    for (path, source) in sources() {
        for key in called(&source) {
            let is_key = key.contains('.') && !key.contains(['{', '$']);
            if is_key && !known.contains(key) {
                missing.push(format!("{}: {key}", path.display()));
            }
        }
    }
    assert!(missing.is_empty(), "add to assets/text/*.toml:\n{}", missing.join("\n"));
}

#[test]
fn no_text_is_unused() {
    let sources = sources();
    let used: BTreeSet<&str> = sources.iter().flat_map(|(_, source)| literals(source)).collect();
    let unused: Vec<&str> = web::text::keys()
        .filter(|key| !MADE_AT_RUN_TIME.iter().any(|prefix| key.starts_with(prefix)))
        .filter(|key| !used.contains(key))
        .collect();
    assert!(unused.is_empty(), "no source names these: {unused:?}");
}

#[test]
fn every_text_of_a_script_is_brought_by_a_page() {
    let sources = sources();
    let rust: BTreeSet<&str> = sources
        .iter()
        .filter(|(path, _)| path.extension().is_some_and(|kind| kind == "rs"))
        .flat_map(|(_, source)| literals(source))
        .collect();
    for (path, source) in &sources {
        if path.extension().is_some_and(|kind| kind == "js") {
            for key in called(source) {
                assert!(rust.contains(key), "{}: no page brings {key}", path.display());
            }
        }
    }
}

#[test]
fn every_code_of_this_crate_has_a_sentence() {
    for (path, source) in sources() {
        if !path.to_string_lossy().contains("server/web/src") {
            continue;
        }
        for call in ["bad_request(", "unauthorized(", "forbidden(", "not_found(", "unavailable("] {
            for code in called_as(&source, call) {
                let key = format!("refusal.{code}");
                assert!(web::text::lookup(web::Lang::Zh, &key).is_some(), "{key} is missing");
            }
        }
    }
}

#[test]
fn every_asset_named_exists_and_scripts_are_few() {
    let names: BTreeSet<&str> = web::assets::names().collect();
    let folders = ["style/", "script/", "picture/", "sound/"];
    let ends = [".css", ".js", ".svg", ".png", ".wav", ".webp", ".mp3", ".ogg"];
    for (path, source) in sources() {
        for name in literals(&source) {
            let asset = folders.iter().any(|folder| name.starts_with(folder))
                && ends.iter().any(|end| name.ends_with(end))
                && !name.contains('{');
            assert!(!asset || names.contains(name), "{}: no asset {name}", path.display());
        }
    }
    let scripts = names.iter().filter(|name| name.starts_with("script/"));
    let size_bytes: usize =
        scripts.filter_map(|name| web::assets::bytes(name)).map(|b| b.len()).sum();
    assert!(size_bytes < 30 << 10, "scripts have grown to {size_bytes} bytes");
}
