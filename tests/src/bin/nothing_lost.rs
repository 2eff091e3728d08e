//! Prints what the fault tests tried, and writes it into a document.

use std::path::PathBuf;

use anyhow::{Context, Result};
use clap::Parser;
use end_to_end::journey::Report;
use end_to_end::tried::{Table, put_into};

/// The table of what was tried and found again.
#[derive(Debug, Parser)]
struct Options {
    /// Where the tests collected it.
    collected: PathBuf,
    /// The document that holds the table; without it, it is only printed.
    #[arg(long)]
    document: Option<PathBuf>,
    /// What was tried: a version and a day.
    #[arg(long)]
    of: String,
}

fn main() -> Result<()> {
    let options = Options::parse();
    let collected = std::fs::read_to_string(&options.collected).context("nothing was collected")?;
    let table = Table::read(&collected)?.markdown(&options.of);
    Report::default().line(&table);
    if let Some(path) = options.document {
        let document = std::fs::read_to_string(&path)?;
        std::fs::write(path, put_into(&document, &table)?)?;
    }
    Ok(())
}
