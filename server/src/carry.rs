//! `springbreeze-server journal export` and `import`: carrying records by hand, over a stopped
//! node. What is printed is the receipt, in Chinese and English.

use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

use anyhow::Context;
use clap::Args;
use data_encoding::HEXLOWER;
use domain::day::moment_text;
use domain::event::{Event, NodeRole};
use journal::verify;
use link::carry::{CarryError, FILE_BYTES, Written, open_bundle, write};
use link::receiving::{Came, Outcome};
use site::by_hand::{Extent, Receipt};
use sync::bundle::Range;
use sync::bundle::envelope::{self, Kind};

use crate::journal::disk;

/// Arguments of `journal export`.
#[derive(Args)]
pub(crate) struct Export {
    /// The directory of a stopped site.
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,
    /// The file to write, or the directory to write it into: the stick.
    #[arg(long, value_name = "FILE_OR_DIRECTORY")]
    to: PathBuf,
    /// All records, those too that headquarters has acknowledged.
    #[arg(long)]
    all: bool,
}

/// Arguments of `journal import`.
#[derive(Args)]
pub(crate) struct Import {
    /// The directory of a stopped headquarters (for records) or site (for an acknowledgement).
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,
    /// The file that was carried here.
    #[arg(long, value_name = "FILE")]
    from: PathBuf,
    /// Where the acknowledgement to carry back goes: a file, or a directory.
    #[arg(long, value_name = "FILE_OR_DIRECTORY")]
    acknowledge: Option<PathBuf>,
}

pub(crate) fn export(arguments: &Export) -> anyhow::Result<ExitCode> {
    // Only a node that is there: opening makes none.
    drop(disk(&arguments.data)?);
    let extent = if arguments.all { Extent::All } else { Extent::Rest };
    let made = runtime()?.block_on(site::by_hand::export(&arguments.data, extent));
    let (receipt, file) = made?;
    let written = write(&arguments.to, &receipt.name, &file)
        .with_context(|| format!("{} can't be written", arguments.to.display()))?;
    let mut out = std::io::stdout().lock();
    tell_export(&mut out, &receipt)?;
    tell_written(&mut out, &written)?;
    Ok(ExitCode::SUCCESS)
}

pub(crate) fn import(arguments: &Import) -> anyhow::Result<ExitCode> {
    let file = read(&arguments.from)?;
    let (kind, _) = envelope::open(&file).map_err(CarryError::from).map_err(coded)?;
    match kind {
        Kind::Bundle => import_bundle(arguments, &file),
        Kind::Acknowledgement => import_acknowledgement(&arguments.data, &file),
    }
}

/// Never more of a file than one of ours can have.
fn read(path: &Path) -> anyhow::Result<Vec<u8>> {
    let cannot = || format!("{} can't be read", path.display());
    let size_bytes = std::fs::metadata(path).with_context(cannot)?.len();
    if usize::try_from(size_bytes).is_ok_and(|size| size <= FILE_BYTES) {
        return std::fs::read(path).with_context(cannot);
    }
    Err(coded(CarryError::Bundle(sync::bundle::BundleError::TooLarge)))
}

fn coded(error: CarryError) -> anyhow::Error {
    let code = error.code();
    anyhow::Error::new(error).context(code)
}

fn import_bundle(arguments: &Import, file: &[u8]) -> anyhow::Result<ExitCode> {
    ensure_for_headquarters(&arguments.data, file)?;
    let taken = runtime()?.block_on(hq::by_hand::import(&arguments.data, file))?;
    let mut out = std::io::stdout().lock();
    let imported = &taken.imported;
    let (records, fresh) = (imported.manifest.records(), imported.fresh());
    let made = moment_text(imported.manifest.made_at_ms);
    writeln!(out, "来自 from: {} {}", taken.site, imported.manifest.sender)?;
    writeln!(out, "导出时间 made: {made}")?;
    for outcome in &imported.streams {
        writeln!(out, "{}", line_of(outcome))?;
    }
    if imported.all_held() && fresh == 0 {
        writeln!(
            out,
            "以前都收到了，没有新记录 nothing new: all {records} records were here already"
        )?;
    } else {
        writeln!(out, "新收 new: {fresh} / {records}")?;
    }
    if !imported.manifest.complete {
        writeln!(out, "现场还有记录 more waits at the site: acknowledge, and write another file")?;
    }
    if let Some(to) = &arguments.acknowledge {
        let written = write(to, &taken.name, &taken.acknowledgement)
            .with_context(|| format!("{} can't be written", to.display()))?;
        tell_written(&mut out, &written)?;
    }
    Ok(if imported.all_held() { ExitCode::SUCCESS } else { ExitCode::FAILURE })
}

/// The file must open here, and this must be a headquarters: a site's directory is not opened as
/// one.
fn ensure_for_headquarters(data: &Path, file: &[u8]) -> anyhow::Result<()> {
    let disk = disk(data)?;
    let key = store::identity(&disk)?;
    open_bundle(&key, file).map_err(coded)?;
    let mut has_sites = false;
    verify::each(&disk, |entry, _| {
        let Ok(view) = entry.view() else { return };
        if view.origin == key.node_id()
            && let Ok(Some(Event::DeviceEnrolled(device))) = Event::read(view.kind.0, view.payload)
        {
            has_sites |= device.role == NodeRole::Site;
        }
    })?;
    if has_sites { Ok(()) } else { Err(coded(CarryError::NotForUs)) }
}

fn import_acknowledgement(data: &Path, file: &[u8]) -> anyhow::Result<ExitCode> {
    drop(disk(data)?);
    let said = site::by_hand::acknowledge(data, file)?;
    let mut out = std::io::stdout().lock();
    let records = said.records();
    let made = moment_text(said.made_at_ms);
    writeln!(out, "总部回执 headquarters {} had {records} records at {made}", said.receiver)?;
    Ok(ExitCode::SUCCESS)
}

fn tell_export(out: &mut impl Write, receipt: &Receipt) -> std::io::Result<()> {
    let manifest = &receipt.manifest;
    writeln!(out, "导出凭单 receipt {}", moment_text(manifest.made_at_ms))?;
    writeln!(out, "从 from {} 到 to {}", manifest.sender, manifest.audience)?;
    for range in &manifest.ranges {
        writeln!(out, "{}", range_text(range))?;
    }
    writeln!(out, "记录数 records: {}", manifest.records())?;
    if !manifest.complete {
        writeln!(out, "文件已满 the file is full: bring this one in, then write another")?;
    }
    Ok(())
}

fn tell_written(out: &mut impl Write, written: &Written) -> std::io::Result<()> {
    let Written { path, size_bytes, hash } = written;
    writeln!(out, "{} ({size_bytes} bytes)", path.display())?;
    writeln!(out, "SHA-256 {}", HEXLOWER.encode(hash))?;
    writeln!(out, "可以拔出 safe to remove")
}

fn range_text(range: &Range) -> String {
    let Range { origin, epoch, first, last, .. } = range;
    format!("{origin} {:016x} {first}–{last}", epoch.0)
}

fn line_of(outcome: &Outcome) -> String {
    let result = match outcome.came {
        Came::Held => format!("已收下 taken ({} new)", outcome.fresh),
        Came::Missing { first, last } => format!("缺 missing before it: {first}–{last}"),
        Came::ParentMissing => "缺上一次启动 the run before it is missing".to_owned(),
        Came::Fork(seq) => format!("编号重复 fork at record {seq}"),
        Came::Refused(code) => format!("不接受 refused: {code}"),
    };
    format!("{} {result}", range_text(&outcome.range))
}

fn runtime() -> anyhow::Result<tokio::runtime::Runtime> {
    tokio::runtime::Runtime::new().context("the system gives no threads")
}
