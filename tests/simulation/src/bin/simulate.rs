//! `scripts/simulate`: runs fairs from seeds.

use std::io::Write;
use std::process::ExitCode;
use std::time::{SystemTime, UNIX_EPOCH};

use clap::Parser;
use simulation::chance::Chance;
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
}

fn main() -> ExitCode {
    let options = Options::parse();
    match options.seed {
        Some(seed) => one(seed),
        None => many(options.seeds),
    }
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
    if summary.failures.is_empty() { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn say(lines: impl IntoIterator<Item = String>) {
    let mut out = std::io::stdout().lock();
    for line in lines {
        if writeln!(out, "{line}").is_err() {
            return;
        }
    }
}
