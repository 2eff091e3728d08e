//! `springbreeze-server journal …`: looking into the journal of a stopped node.

use std::io::Write;
use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use domain::event::Event;
use journal::{Disk, Journal, Position, Record};
use store::FileDisk;

/// What to do with a journal.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Print every record, one line each; sealed parts stay sealed.
    Cat {
        /// The node's directory.
        #[arg(long, value_name = "DIRECTORY")]
        data: PathBuf,
    },
    /// Read everything again and say whether anything was changed, removed, inserted or reordered.
    Verify {
        /// The node's directory.
        #[arg(long, value_name = "DIRECTORY")]
        data: PathBuf,
    },
}

pub(crate) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Cat { data } => cat(data),
        Command::Verify { data } => verify(data),
    }
}

fn cat(data: &Path) -> anyhow::Result<ExitCode> {
    let journal = open(data)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut written = Ok(());
    journal.scan(Position::START, |scanned| {
        written = match scanned.entry.view() {
            Ok(view) => line(&mut out, &view.to_record()),
            Err(error) => writeln!(out, "unreadable: {error}"),
        };
        if written.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
    })?;
    written?;
    out.flush()?;
    Ok(ExitCode::SUCCESS)
}

fn line(out: &mut impl Write, record: &Record) -> std::io::Result<()> {
    let (origin, epoch, seq) = (record.origin, record.epoch.0, record.seq);
    write!(out, "{origin} {epoch:016x} {seq} {} ", record.time.unix_ms())?;
    if record.flags.rehearsal() {
        write!(out, "rehearsal ")?;
    }
    match Event::read(record.kind.0, &record.payload) {
        Ok(Some(event)) => write!(out, "{event:?}")?,
        Ok(None) => write!(out, "kind {} ({} bytes)", record.kind.0, record.payload.len())?,
        Err(error) => write!(out, "{error}")?,
    }
    match record.sealed.len() {
        0 => writeln!(out),
        parts => writeln!(out, " + {parts} sealed"),
    }
}

fn open(data: &Path) -> anyhow::Result<Journal<FileDisk>> {
    let disk = disk(data)?;
    let key = store::identity(&disk)?;
    let options = journal::Options::new(journal::StoreId(key.node_id().0));
    let (journal, _) = Journal::open(disk, options)?;
    Ok(journal)
}

/// The disk of a node that exists; looking into a journal makes none.
fn disk(data: &Path) -> anyhow::Result<FileDisk> {
    let there = data.is_dir();
    anyhow::ensure!(there, "there is no directory {}: give that of a node", data.display());
    let disk = FileDisk::open(data).context("stop the node first")?;
    let known = disk.list()?.iter().any(|name| name == store::IDENTITY_FILE);
    anyhow::ensure!(known, "{} holds no node: give the directory of one", data.display());
    Ok(disk)
}

fn verify(data: &Path) -> anyhow::Result<ExitCode> {
    let disk = disk(data)?;
    let _ = disk;
    anyhow::bail!("not yet")
}
