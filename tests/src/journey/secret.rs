//! That confidential text stays where it belongs.

use std::path::Path;
use std::process::Command;

use anyhow::{Context, Result, ensure};

use super::nodes::Nodes;
use crate::canary::{Canary, Find, files_below};
use crate::process::binary;

/// What was searched.
#[derive(Debug, Clone, Copy)]
pub struct Searched {
    /// Files, each also inside compressed frames.
    pub files: usize,
    /// Records, decoded.
    pub records: usize,
}

/// Searches all that headquarters has: its answers, then, stopped, its files, its log and its
/// decoded records.
///
/// # Errors
///
/// When the text is found, or there was nothing to search.
pub async fn search_headquarters(nodes: &mut Nodes, canary: &Canary) -> Result<Searched> {
    for path in ["/api/v1/sites", "/api/v1/statistics"] {
        let answer = nodes.clerk.get(path).await?.success()?;
        ensure!(canary.find_in(&answer.body).is_empty(), "it stands in the answer to {path}");
    }
    let status = nodes.hq.process.stop().await?;
    ensure!(status.success(), "headquarters did not stop cleanly: {status}");
    let mut files = 0;
    for place in [&nodes.hq.data, &nodes.hq.process.launch().log] {
        files += files_below(place)?.len();
        ensure_nothing(&canary.find_below(place)?)?;
    }
    let records = search_records(&nodes.hq.data, canary)?;
    ensure!(files > 0 && records > 0, "{files} files and {records} records are too few");
    Ok(Searched { files, records })
}

/// Searches the decoded records of a stopped node; how many there were.
///
/// # Errors
///
/// When the text is found, or the journal can't be read.
pub fn search_records(data: &Path, canary: &Canary) -> Result<usize> {
    let records = decoded_records(data)?;
    ensure!(canary.find_in(&records).is_empty(), "it stands in a decoded record");
    Ok(records.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).count())
}

/// Every record of a journal, a line each, as `journal cat` prints them; its node must be stopped.
///
/// # Errors
///
/// When the journal can't be read.
pub fn decoded_records(data: &Path) -> Result<Vec<u8>> {
    journal_command("cat", data)
}

/// That the chains of a journal hold from beginning to end; its node must be stopped.
///
/// # Errors
///
/// Says what `journal verify` found.
pub fn verify(data: &Path) -> Result<()> {
    journal_command("verify", data).map(|_| ())
}

fn journal_command(name: &str, data: &Path) -> Result<Vec<u8>> {
    let mut command = Command::new(binary("springbreeze-server")?);
    let output = command.args(["journal", name, "--data"]).arg(data).output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "journal {name}: {}", said.trim());
    Ok(output.stdout)
}

/// That nothing was found.
///
/// # Errors
///
/// Names the first place where something was.
pub fn ensure_nothing(finds: &[Find]) -> Result<()> {
    let Some(first) = finds.first() else { return Ok(()) };
    let file = first.file.file_name().context("a file has a name")?;
    anyhow::bail!("found at {} places, first in {file:?}: {first:?}", finds.len())
}
