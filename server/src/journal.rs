//! `springbreeze-server journal …`: looking into the journal of a stopped node.

use std::collections::HashMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;
use domain::event::Event;
use domain::ids::NodeId;
use journal::{NodePublic, Record, Torn, verify};
use store::FileDisk;
use store::backup::JOURNAL_DIRECTORY;

use crate::carry;

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
    /// Write what headquarters lacks of a site's records into a file, to be carried there.
    Export(carry::Export),
    /// Bring in a file that was carried here: records at headquarters, an acknowledgement at a site.
    Import(carry::Import),
}

pub(crate) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Cat { data } => cat(data),
        Command::Verify { data } => verify(data),
        Command::Export(arguments) => carry::export(arguments),
        Command::Import(arguments) => carry::import(arguments),
    }
}

fn cat(data: &Path) -> anyhow::Result<ExitCode> {
    let disk = disk(data)?;
    let mut out = std::io::BufWriter::new(std::io::stdout().lock());
    let mut written = Ok(());
    verify::each(&disk, |entry, _| {
        if written.is_ok() {
            written = match entry.view() {
                Ok(view) => line(&mut out, &view.to_record()),
                Err(error) => writeln!(out, "unreadable: {error}"),
            };
        }
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

/// The disk of a node that exists; looking into a journal makes none.
pub(crate) fn disk(data: &Path) -> anyhow::Result<FileDisk> {
    FileDisk::open(&directory_of(data)?).context("stop the node first")
}

/// Where a node's journal lies: its directory itself, or below a kiosk's, which keeps other things
/// beside it.
pub(crate) fn directory_of(data: &Path) -> anyhow::Result<PathBuf> {
    let places = [data.to_path_buf(), data.join(JOURNAL_DIRECTORY)];
    let known = places.into_iter().find(|place| store::is_node(place));
    known.with_context(|| format!("{} holds no node: give the directory of one", data.display()))
}

/// Exit code 0 only if nothing is wrong.
fn verify(data: &Path) -> anyhow::Result<ExitCode> {
    let report = report_of(data)?;
    let mut out = std::io::stdout().lock();
    tell(&mut out, &report)?;
    if report.findings.is_empty() {
        writeln!(out, "nothing was changed, removed, inserted or reordered")?;
        return Ok(ExitCode::SUCCESS);
    }
    writeln!(out, "fetch what is wrong from a node that has it, or restore a backup")?;
    Ok(ExitCode::FAILURE)
}

/// That nothing is wrong with a journal; what is, is printed.
pub(crate) fn ensure_whole(data: &Path) -> anyhow::Result<()> {
    let report = report_of(data)?;
    if !report.findings.is_empty() {
        tell(&mut std::io::stdout().lock(), &report)?;
    }
    anyhow::ensure!(report.findings.is_empty(), "the backup is not whole: use another one");
    Ok(())
}

fn report_of(data: &Path) -> anyhow::Result<verify::Report> {
    let disk = disk(data)?;
    let keys = public_keys(&disk)?;
    Ok(verify::verify(&disk, |origin| keys.get(&origin).copied())?)
}

fn tell(out: &mut impl Write, report: &verify::Report) -> std::io::Result<()> {
    writeln!(out, "{} records, {} signatures checked", report.records, report.checkpoints)?;
    let Torn { bytes, records, .. } = report.torn;
    if bytes > 0 {
        writeln!(
            out,
            "{bytes} bytes after the last whole group, with {records} records: cut at the next start"
        )?;
    }
    for unknown in &report.unknown_keys {
        writeln!(out, "signatures of {unknown} not checked: its key is not in this journal")?;
    }
    for finding in &report.findings {
        write!(out, "{} at {:?}", finding.word, finding.at)?;
        match finding.epoch {
            Some((origin, epoch)) => {
                let (first, last, epoch) = (finding.first, finding.last, epoch.0);
                writeln!(out, ": {origin}, epoch {epoch:016x}, records {first} to {last}")?;
            }
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// The keys of all nodes that this journal tells of, and of its own node.
fn public_keys(disk: &FileDisk) -> anyhow::Result<HashMap<NodeId, NodePublic>> {
    let own = store::identity(disk)?.public();
    let mut keys = HashMap::from([(own.node_id(), own)]);
    verify::each(disk, |entry, _| {
        let Ok(view) = entry.view() else { return };
        let record = view.to_record();
        let told = match Event::read(record.kind.0, &record.payload) {
            Ok(Some(Event::DeviceEnrolled(device))) => device.public_keys,
            Ok(Some(Event::HeadquartersLinked(linked))) => linked.public_keys,
            _ => return,
        };
        if let Ok(key) = NodePublic::from_bytes(&told) {
            keys.insert(key.node_id(), key);
        }
    })?;
    Ok(keys)
}
