//! What the repository's house rules ask of files, as functions that find what breaks them.
//!
//! Each takes the material and gives sentences, one a breach; none means all is well. The test
//! `tidy` feeds them the repository, and a small bad example each.

use std::collections::{BTreeMap, BTreeSet};

/// No file is longer.
pub const HARD_LIMIT_LINES: usize = 600;
/// Nine in ten files are not longer.
pub const USUAL_LIMIT_LINES: usize = 400;
/// Longer than this, a line of a script was packed by a machine.
pub const SCRIPT_LINE_LIMIT_CHARS: usize = 300;

/// Names that say nothing about what a module is for.
const EMPTY_NAMES: [&str; 12] = [
    "util", "utils", "helper", "helpers", "common", "manager", "data", "info", "misc", "shared",
    "stuff", "mod",
];

/// What the pure crates must not touch: time, chance and the outside come in as arguments.
const IMPURE: [&str; 13] = [
    "std::fs",
    "std::net",
    "std::env",
    "std::process",
    "std::thread",
    "SystemTime",
    "Instant::now",
    "Utc::now",
    "Local::now",
    "tokio::",
    "getrandom",
    "async fn",
    "println!",
];

/// Everything that lies at the top of the repository, besides dot files.
const TOP: [&str; 13] = [
    "ARCHITECTURE.md",
    "CHANGELOG.md",
    "Cargo.lock",
    "Cargo.toml",
    "LICENSE",
    "README.md",
    "assets",
    "clippy.toml",
    "deny.toml",
    "kiosk",
    "scripts",
    "server",
    "tests",
];

/// What may lie there too.
const TOP_OPTIONAL: [&str; 2] = ["rustfmt.toml", "rust-toolchain.toml"];

/// One text file of the repository.
#[derive(Debug, Clone)]
pub struct Source {
    /// Its path from the top.
    pub path: String,
    /// All of it.
    pub text: String,
}

impl Source {
    /// A source for an example.
    #[must_use]
    pub fn new(path: &str, text: &str) -> Self {
        Self { path: path.to_owned(), text: text.to_owned() }
    }

    fn has_extension(&self, extension: &str) -> bool {
        self.path.rsplit_once('.').is_some_and(|(_, found)| found == extension)
    }

    fn is_rust(&self) -> bool {
        self.has_extension("rs")
    }

    fn file_name(&self) -> &str {
        self.path.rsplit('/').next().unwrap_or(&self.path)
    }

    /// Lines that are not only a comment, with their numbers.
    fn code_lines(&self) -> impl Iterator<Item = (usize, &str)> {
        let numbered = self.text.lines().enumerate().map(|(index, line)| (index + 1, line));
        numbered.filter(|(_, line)| !line.trim_start().starts_with("//"))
    }
}

/// Source files that are too long, each and as a whole.
#[must_use]
pub fn too_long(sources: &[Source]) -> Vec<String> {
    let counted = |source: &&Source| ["rs", "js", "css"].iter().any(|e| source.has_extension(e));
    let lengths: Vec<(&str, usize)> = sources
        .iter()
        .filter(counted)
        .map(|source| (source.path.as_str(), source.text.lines().count()))
        .collect();
    let mut breaches: Vec<String> = lengths
        .iter()
        .filter(|(_, lines)| *lines > HARD_LIMIT_LINES)
        .map(|(path, lines)| format!("{path} has {lines} lines, at most {HARD_LIMIT_LINES}"))
        .collect();
    let long = lengths.iter().filter(|(_, lines)| *lines > USUAL_LIMIT_LINES).count();
    if long * 10 > lengths.len() {
        let all = lengths.len();
        breaches.push(format!("{long} of {all} files have more than {USUAL_LIMIT_LINES} lines"));
    }
    breaches
}

/// Modules whose name says nothing, and `mod.rs` files.
#[must_use]
pub fn empty_names(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| source.is_rust()) {
        for part in source.path.trim_end_matches(".rs").split('/') {
            if EMPTY_NAMES.contains(&part) {
                breaches.push(format!("{}: “{part}” says nothing", source.path));
            }
        }
    }
    breaches
}

/// Lints switched off without having to be needed: `expect` tells when its reason has gone.
#[must_use]
pub fn silenced_lints(sources: &[Source]) -> Vec<String> {
    let marks = [concat!("#[", "allow("), concat!("#![", "allow(")];
    lines_with(sources, &marks, Source::is_rust)
}

/// Places where a pure crate reaches for the outside.
#[must_use]
pub fn impurities(sources: &[Source]) -> Vec<String> {
    let pure = ["server/domain/src/", "server/journal/src/", "server/sync/src/"];
    lines_with(sources, &IMPURE, |source| {
        source.is_rust() && pure.iter().any(|folder| source.path.starts_with(folder))
    })
}

fn lines_with(
    sources: &[Source],
    marks: &[&str],
    is_looked_at: impl Fn(&Source) -> bool,
) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources.iter().filter(|source| is_looked_at(source)) {
        for (number, line) in source.code_lines() {
            for mark in marks.iter().filter(|mark| line.contains(**mark)) {
                breaches.push(format!("{}:{number}: {mark}", source.path));
            }
        }
    }
    breaches
}

/// Assets that nothing names.
#[must_use]
pub fn dead_assets(sources: &[Source]) -> Vec<String> {
    let folders = ["assets/script/", "assets/style/", "assets/text/"];
    let is_asset = |source: &&Source| folders.iter().any(|f| source.path.starts_with(f));
    let names = |other: &Source, name: &str| {
        let is_user = other.is_rust() || other.path.starts_with("assets/");
        is_user && other.text.contains(name)
    };
    sources
        .iter()
        .filter(is_asset)
        .filter(|asset| {
            // Texts may be named by language and area without the extension.
            let name = asset.file_name();
            let stem = name.split('.').next().unwrap_or(name);
            let is_text = asset.path.starts_with("assets/text/");
            let name = if is_text { stem } else { name };
            !sources.iter().any(|other| other.path != asset.path && names(other, name))
        })
        .map(|asset| format!("{}: nothing names it", asset.path))
        .collect()
}

/// What lies at the top and should not, or should and doesn't.
#[must_use]
pub fn top_level(paths: &[String]) -> Vec<String> {
    let found: BTreeSet<&str> = paths.iter().filter_map(|path| path.split('/').next()).collect();
    let expected = BTreeSet::from(TOP);
    let mut breaches = Vec::new();
    for name in found.difference(&expected) {
        if !name.starts_with('.') && !TOP_OPTIONAL.contains(name) {
            breaches.push(format!("{name} is not agreed at the top"));
        }
    }
    breaches.extend(expected.difference(&found).map(|name| format!("{name} is missing")));
    breaches
}

/// Scripts that others wrote: packed, in a folder of their own, or with a licence banner.
#[must_use]
pub fn foreign_scripts(sources: &[Source]) -> Vec<String> {
    let mut breaches = Vec::new();
    for source in sources {
        let path = &source.path;
        if path.contains("node_modules/") || path.contains("/vendor/") {
            breaches.push(format!("{path}: packages come by their lock file"));
        }
        if !source.has_extension("js") && !source.has_extension("mjs") {
            continue;
        }
        let is_packed = source.file_name().contains(".min.")
            || source.text.lines().any(|line| line.chars().count() > SCRIPT_LINE_LIMIT_CHARS);
        if is_packed {
            breaches.push(format!("{path}: packed by a machine"));
        }
        if source.text.contains("@license") || source.text.contains("Copyright") {
            breaches.push(format!("{path}: has a licence of its own"));
        }
        if !path.starts_with("assets/script/") && !path.starts_with("tests/browser/") {
            breaches.push(format!("{path}: scripts lie in assets/script"));
        }
    }
    breaches
}

/// Words that don't belong in what the project publishes: who typed it, on which machine, through
/// which mirror, and notes to oneself.
#[must_use]
pub fn stray_words(sources: &[Source]) -> Vec<String> {
    // Put together here, so that this file does not break its own rule.
    let anywhere = [
        concat!("cla", "ude"),
        concat!("anth", "ropic"),
        concat!("chat", "gpt"),
        concat!("co-auth", "ored-by"),
        concat!("generated ", "with"),
        concat!("/wo", "rk/"),
        concat!("/ro", "ot/"),
        concat!("/tmp/br", "ief"),
        concat!("registry.np", "mjs"),
        concat!("index.cra", "tes.io"),
        concat!("static.cra", "tes.io"),
        concat!("deb.deb", "ian.org"),
        concat!("files.python", "hosted"),
        concat!("FIX", "ME"),
        concat!("TO", "DO"),
        concat!("XX", "X:"),
    ];
    let mut breaches = Vec::new();
    for source in sources {
        let is_given = source.path == "Cargo.lock" || source.path == "LICENSE";
        for (index, line) in source.text.lines().enumerate().filter(|_| !is_given) {
            let lower = line.to_lowercase();
            for word in anywhere {
                let is_note = word.chars().any(|letter| letter.is_ascii_uppercase());
                if if is_note { has_word(line, word) } else { lower.contains(word) } {
                    breaches.push(format!("{}:{}: “{word}”", source.path, index + 1));
                }
            }
        }
    }
    breaches
}

/// Whether the word stands there by itself, not as a part of a longer one.
fn has_word(line: &str, word: &str) -> bool {
    line.match_indices(word).any(|(at, _)| {
        let before = line.get(..at).and_then(|text| text.chars().next_back());
        let after = line.get(at + word.len()..).and_then(|text| text.chars().next());
        let is_letter = |letter: Option<char>| letter.is_some_and(char::is_alphanumeric);
        !is_letter(before) && !is_letter(after)
    })
}

/// The arrows between our crates that go where they must not. `dependencies` has, for each of our
/// crates, all it names.
#[must_use]
pub fn wrong_arrows(dependencies: &BTreeMap<String, BTreeSet<String>>) -> Vec<String> {
    let part: &[&str] = &["domain", "journal", "sync", "store", "web", "link", "office"];
    let may_use: BTreeMap<&str, Vec<&str>> = BTreeMap::from([
        ("domain", vec![]),
        ("journal", vec!["domain"]),
        ("sync", vec!["domain", "journal"]),
        ("store", vec!["domain", "journal", "sync"]),
        ("web", vec![]),
        ("link", vec!["domain", "journal", "sync", "store", "web"]),
        ("office", vec!["domain", "journal", "store", "web"]),
        ("site", part.to_vec()),
        ("hq", part.to_vec()),
        ("springbreeze-kiosk", part.to_vec()),
        ("springbreeze-server", [part, &["site", "hq"]].concat()),
        ("end-to-end", part.to_vec()),
        ("simulation", [part, &["site", "hq", "springbreeze-kiosk"]].concat()),
    ]);
    // Outside crates that would bring the outside into the pure ones.
    let impure =
        ["tokio", "getrandom", "rand", "reqwest", "warp", "hyper", "sled", "tracing", "tempfile"];
    let mut breaches = Vec::new();
    for (from, used) in dependencies {
        let Some(allowed) = may_use.get(from.as_str()) else {
            breaches.push(format!("{from} is a new crate: give it its place here"));
            continue;
        };
        for to in used.iter().filter(|to| dependencies.contains_key(*to)) {
            if !allowed.contains(&to.as_str()) {
                breaches.push(format!("{from} must not know {to}"));
            }
        }
        let is_pure = ["domain", "journal", "sync"].contains(&from.as_str());
        for to in impure.iter().filter(|to| is_pure && used.contains(**to)) {
            breaches.push(format!("{from} is pure and must not use {to}"));
        }
    }
    breaches
}
