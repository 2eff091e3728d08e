//! `scripts/simulate`: runs fairs from seeds.

use std::fs::OpenOptions;
use std::io::Write;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use journal::deliberate::BUGS;
use simulation::chance::Chance;
use simulation::seeds::Summary;
use simulation::trace::Trace;

/// Runs simulated fairs, with faults at every step, and says what broke.
#[derive(Debug, Parser)]
#[command(name = "scripts/simulate", version)]
struct Options {
    /// How many fresh seeds.
    #[arg(default_value_t = 100)]
    seeds: usize,
    /// One seed, with its trace.
    #[arg(long)]
    seed: Option<u64>,
    /// A bug made on purpose, which must be found; `list` lists them.
    #[arg(long)]
    bug: Option<String>,
}

fn main() -> ExitCode {
    let options = Options::parse();
    match (options.bug, options.seed) {
        (Some(bug), seed) => with_bug(&bug, seed, options.seeds),
        (None, Some(seed)) => one(seed),
        (None, None) => many(options.seeds),
    }
}

/// Runs with a bug made on purpose: it must fail.
fn with_bug(name: &str, seed: Option<u64>, seeds: usize) -> ExitCode {
    let Some((bug, _)) = BUGS.iter().find(|(bug, _)| *bug == name) else {
        say(BUGS.iter().map(|(bug, what)| format!("{bug:<26}{what}")));
        return if name == "list" { ExitCode::SUCCESS } else { ExitCode::FAILURE };
    };
    if !choose(bug) {
        say(["this build has no bugs on purpose: build it with --features deliberate-bugs"
            .to_owned()]);
        return ExitCode::FAILURE;
    }
    if let Some(seed) = seed {
        return one(seed);
    }
    let seeds = 1..=u64::try_from(seeds).unwrap_or(u64::MAX);
    for seed in seeds {
        if let Err(broken) = simulation::run(seed, Trace::default()).held {
            say([
                format!("found after {seed} seeds: {}", broken.0),
                format!("  to see it again: scripts/simulate --bug {bug} --seed {seed}"),
            ]);
            return ExitCode::FAILURE;
        }
    }
    say([format!("{bug} was not found, and that is a fault of the simulation")]);
    ExitCode::SUCCESS
}

#[cfg(feature = "deliberate-bugs")]
fn choose(bug: &'static str) -> bool {
    journal::deliberate::choose(bug);
    true
}

#[cfg(not(feature = "deliberate-bugs"))]
const fn choose(_: &str) -> bool {
    false
}

fn one(seed: u64) -> ExitCode {
    let outcome = simulation::run(seed, Trace::kept());
    let told = match &outcome.held {
        Ok(()) => "all held".to_owned(),
        Err(broken) => broken.0.clone(),
    };
    let last = format!("seed {seed}, trace {:016x}: {told}", outcome.trace);
    say(outcome.lines.into_iter().chain([last]));
    if outcome.held.is_ok() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn many(count: usize) -> ExitCode {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    let mut chance = Chance::new(u64::try_from(since.as_nanos()).unwrap_or(u64::MAX));
    let seeds: Vec<u64> = (0..count).map(|_| chance.any()).collect();
    let summary = simulation::run_many(&seeds);
    say(summary.lines());
    let told = summary.failures.is_empty() && tell(&summary).is_ok();
    if told { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

/// Adds a row to the table of what was tried, where the environment says; see `end_to_end::tried`.
fn tell(summary: &Summary) -> std::io::Result<()> {
    let Some(path) = std::env::var_os("SPRINGBREEZE_TRIED") else { return Ok(()) };
    let mut file = OpenOptions::new().create(true).append(true).open(path)?;
    let (seeds, acks) = (summary.seeds, summary.acks);
    writeln!(file, "a simulated fair with every fault at once\t{seeds}\t{acks}\t0")
}

fn say(lines: impl IntoIterator<Item = String>) {
    let mut out = std::io::stdout().lock();
    for line in lines {
        if writeln!(out, "{line}").is_err() {
            return;
        }
    }
}
