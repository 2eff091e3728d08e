//! `scripts/bench`: measures, prints a table, writes `target/bench.json`.

use std::path::Path;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use end_to_end::bench::check_in::Bench;
use end_to_end::bench::{Figure, append, behind, figure, hand_over, memory, restart, steady, wire};
use end_to_end::journey::Report;

/// What can be measured.
const NAMES: [&str; 8] = ["P1a", "P1b", "P2", "P3", "P4", "P5", "P6", "P12"];

/// Measures the servers beside what the same machine does without the work.
#[derive(Debug, Parser)]
#[command(name = "scripts/bench", version)]
struct Options {
    /// What to measure; everything when none is named.
    #[arg(value_parser = NAMES)]
    names: Vec<String>,
}

fn main() -> ExitCode {
    let done = tokio::runtime::Runtime::new()
        .context("no threads to be had")
        .and_then(|runtime| runtime.block_on(run(&Options::parse())));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error:#}");
            ExitCode::FAILURE
        }
    }
}

async fn run(options: &Options) -> Result<()> {
    ensure!(!cfg!(debug_assertions), "only a release build tells anything: use scripts/bench");
    let wants =
        |name: &str| options.names.is_empty() || options.names.iter().any(|wanted| wanted == name);
    // On the disk of the build, not in memory as a temporary directory may be.
    let target = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target"));
    let directory = tempfile::tempdir_in(target)?;
    let report = Report::default();
    report.line(&Figure::heading());
    let mut figures = Vec::new();
    if wants("P3") {
        figures.extend(print(&report, append::figures(directory.path())?));
    }
    if wants("P1a") || wants("P2") {
        let mut bench = Bench::start(directory.path()).await?;
        if wants("P2") {
            figures.extend(print(&report, steady::figures(&bench, directory.path()).await?));
        }
        if wants("P1a") {
            figures.extend(print(&report, bench.check_ins().await?));
        }
        bench.stop().await?;
    }
    if wants("P1b") {
        figures.extend(print(&report, hand_over::figures(directory.path()).await?));
    }
    if wants("P4") {
        figures.extend(print(&report, behind::figures(directory.path()).await?));
    }
    if wants("P5") {
        figures.extend(print(&report, restart::figures(directory.path()).await?));
    }
    if wants("P6") {
        figures.extend(print(&report, memory::figures(directory.path()).await?));
    }
    if wants("P12") {
        figures.extend(print(&report, wire::figures(directory.path()).await?));
    }
    figure::write(&target.join("bench.json"), &figures)?;
    report.line("written to target/bench.json");
    Ok(())
}

fn print(report: &Report, figures: Vec<Figure>) -> Vec<Figure> {
    for figure in &figures {
        report.line(&figure.line());
    }
    figures
}
