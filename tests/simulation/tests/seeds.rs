//! The seeds of continuous integration: those that once broke something, three hundred that stay
//! the same, and a hundred that every state of the code draws for itself.

use std::process::Command;

use simulation::chance::Chance;
use simulation::seeds::kept;

const FIXED: u64 = 300;
const DRAWN: usize = 100;
/// What the hundred are drawn from outside of a repository.
const NO_TREE: &str = "no tree";

/// The id of the tree that is committed here.
fn tree() -> Option<String> {
    let here = env!("CARGO_MANIFEST_DIR");
    let asked = Command::new("git").args(["-C", here, "rev-parse", "HEAD^{tree}"]).output().ok()?;
    asked.status.success().then(|| String::from_utf8_lossy(&asked.stdout).trim().to_owned())
}

fn drawn(from: &str) -> Vec<u64> {
    let start = from.bytes().fold(7, |sum: u64, byte| sum.rotate_left(5) ^ u64::from(byte));
    let mut chance = Chance::new(start);
    (0..DRAWN).map(|_| chance.any()).collect()
}

#[test]
fn every_seed_holds_and_every_fault_strikes() {
    let tree = tree().unwrap_or_else(|| NO_TREE.to_owned());
    let mut seeds = kept();
    seeds.extend(1..=FIXED);
    seeds.extend(drawn(&tree));
    let summary = simulation::run_many(&seeds);
    let lines = summary.lines().join("\n");
    eprintln!("{lines}");
    assert!(summary.failures.is_empty(), "something broke:\n{lines}");
    assert_eq!(summary.idle(), [], "these faults never struck:\n{lines}");
}
