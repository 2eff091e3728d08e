//! Making the files of the present version: a small fair of real processes, stopped and packed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, Result, ensure};
use journal::{Entry, NodeKey, StoreId, verify};
use store::FileDisk;
use sync::batch::{Run, pack as pack_batch};
use sync::hello::{HELLO_PURPOSE, Hello, Signed};
use sync::{Stream, StreamHead, Withhold, limits};

use super::{
    ACKNOWLEDGEMENT, BUNDLE, EXPECTED, Expected, Held, Tickets, directory, head_text, pack, unpack,
};
use crate::demo::fill_fair;
use crate::journey::account::{EMPLOYER, VOLUNTEER};
use crate::journey::{
    Addresses, Figures, Nodes, Reach, booth, desk, fair, headquarters, material, seekers, station,
};
use crate::process::binary;

/// The store that batch and hello are made for.
pub const STORE: StoreId = StoreId([7; 16]);
/// What is said at the desk.
const FACTS: &str = "自去年十一月起欠薪三万七千元";
const NODES: [&str; 3] = ["hq", "site", "kiosk"];

/// What the fair leaves behind.
struct Fair {
    figures: Figures,
    tickets: Tickets,
    kiosk_stage: String,
}

/// Makes the directory of the present version; answers where it is.
///
/// # Errors
///
/// When it is there already: what was kept once is never written again.
pub async fn generate() -> Result<PathBuf> {
    let version = directory().join(env!("CARGO_PKG_VERSION"));
    ensure!(!version.exists(), "{} is kept already", version.display());
    let work = tempfile::tempdir()?;
    let day = fair::today()?.to_string();
    let fair = hold(work.path()).await?;
    let mut journals = BTreeMap::new();
    for name in NODES {
        pack(&work.path().join(name), &version.join(name))?;
        journals.insert(name.to_owned(), Held::of(&journal_of(work.path(), name))?);
    }
    let (key, entries) = site_records(&work.path().join("site"))?;
    let (batch_records, batch_last) = write_batch(&version, &key, &entries)?;
    write_hello(&version, &key, &entries)?;
    write_carried(work.path(), &version)?;
    write_backup(work.path(), &version)?;
    let expected = Expected {
        journals,
        figures: fair.figures,
        day,
        tickets: fair.tickets,
        facts: FACTS.to_owned(),
        kiosk_stage: fair.kiosk_stage,
        batch_records,
        batch_last,
        site_public: key.public().to_string(),
    };
    std::fs::write(version.join(EXPECTED), serde_json::to_vec_pretty(&expected)?)?;
    Ok(version)
}

/// Where the journal of a node lies: a kiosk keeps other things beside it.
#[must_use]
pub fn journal_of(directory: &Path, name: &str) -> PathBuf {
    let data = directory.join(name);
    if name == "kiosk" { data.join("journal") } else { data }
}

/// A small fair with a record of nearly every kind, from its setting up to its nodes' stop.
async fn hold(directory: &Path) -> Result<Fair> {
    let mut nodes = Nodes::start(directory, &Addresses::free()).await?;
    fill_fair(&nodes.organiser, material::small_workbook()?).await?;
    headquarters::enrol_site(&nodes).await?;
    nodes.enrol_kiosk(Reach::Direct, &Addresses::free().kiosk).await?;
    station::until_ready(nodes.kiosk()?).await?;
    let anybody = nodes.site.http()?;
    let presented = seekers::register(&anybody, &seekers::a_seeker()).await?.ticket;
    let fresh = seekers::register(&anybody, &seekers::a_seeker()).await?.ticket;
    let seen = nodes.kiosk()?.scan(&presented).await?;
    ensure!(seen.verdict == "welcome", "{seen:?}");
    booth_and_desk(&nodes, &presented).await?;
    station::walk_in(nodes.kiosk()?).await?;
    station::until_handed_over(nodes.kiosk()?).await?;
    let figures = Figures::of_site(&nodes.organiser).await?;
    figures.ensure_all_caused()?;
    headquarters::until_counted(&nodes, &figures).await?;
    let status = nodes.kiosk()?.status().await?;
    let stage = status.get("stage").and_then(serde_json::Value::as_str).context("a stage")?;
    let kiosk_stage = stage.to_owned();
    nodes.stop().await?;
    Ok(Fair { figures, tickets: Tickets { presented, fresh }, kiosk_stage })
}

async fn booth_and_desk(nodes: &Nodes, ticket: &str) -> Result<()> {
    let number = booth::first_booth(&fair::employers(&nodes.organiser).await?)?;
    let employer = EMPLOYER.create(&nodes.organiser, Some(&number)).await?;
    booth::record_intention(&employer, &number, ticket).await?;
    let volunteer = VOLUNTEER.create(&nodes.organiser, None).await?;
    desk::start_shift(&volunteer).await?;
    let consultation = desk::consult(&volunteer, ticket, FACTS).await?;
    desk::refer(&volunteer, &consultation).await?;
    Ok(())
}

/// The site's key, and the records of its one run in order.
fn site_records(data: &Path) -> Result<(NodeKey, Vec<Entry>)> {
    let disk = FileDisk::open(data)?;
    let key = store::identity(&disk)?;
    let mut entries = Vec::new();
    verify::each(&disk, |entry, _| {
        if entry.view().is_ok_and(|view| view.origin == key.node_id()) {
            entries.push(entry.to_entry());
        }
    })?;
    Ok((key, entries))
}

fn stream_of(entries: &[Entry]) -> Result<Stream> {
    let first = entries.first().context("a site has records")?;
    let view = first.view()?;
    Ok(Stream { origin: view.origin, epoch: view.epoch })
}

fn write_batch(version: &Path, key: &NodeKey, entries: &[Entry]) -> Result<(usize, String)> {
    let stream = stream_of(entries)?;
    let run = Run {
        audience: key.node_id(),
        store: STORE,
        stream,
        previous: stream.start(),
        entries,
        max_records: limits::BATCH_RECORDS,
        withhold: Withhold::AllSealed,
        keys: &[],
    };
    let packed = pack_batch(key, &run)?;
    std::fs::write(version.join("batch"), &packed.bytes)?;
    Ok((packed.records, head_text(&packed.last)))
}

fn write_hello(version: &Path, key: &NodeKey, entries: &[Entry]) -> Result<()> {
    let stream = stream_of(entries)?;
    let head = entries.iter().fold(stream.start(), |head, entry| head.extend(&entry.open));
    let hello = Hello {
        protocol_min: limits::PROTOCOL_MIN,
        protocol_max: limits::PROTOCOL,
        software: env!("CARGO_PKG_VERSION").to_owned(),
        sender: key.node_id(),
        audience: key.node_id(),
        nonce: [3; 16].into(),
        sent_at_ms: 1_772_676_000_000,
        heads: vec![StreamHead { origin: stream.origin, head }],
        origins: vec![key.public().to_bytes().to_vec().into()],
        view_version: 5,
    };
    let signed = Signed::new(key, HELLO_PURPOSE, minicbor::to_vec(hello)?);
    std::fs::write(version.join("hello"), minicbor::to_vec(signed)?)?;
    Ok(())
}

/// A bundle with everything of the site, and headquarters' acknowledgement, made by copies of both:
/// the directories that are kept are as the fair left them.
fn write_carried(work: &Path, version: &Path) -> Result<()> {
    for name in ["hq", "site"] {
        unpack(&version.join(name), &work.join("copies").join(name))?;
    }
    let (site, hq) = (work.join("copies/site"), work.join("copies/hq"));
    let (bundle, word) = (version.join(BUNDLE), version.join(ACKNOWLEDGEMENT));
    server(&["journal", "export", "--all"], &[("--data", &site), ("--to", &bundle)])?;
    let given = [("--data", hq.as_path()), ("--from", &bundle), ("--acknowledge", &word)];
    server(&["journal", "import"], &given)
}

fn write_backup(work: &Path, version: &Path) -> Result<()> {
    let backup = work.join("backup");
    server(&["backup"], &[("--data", &work.join("site")), ("--to", &backup)])?;
    pack(&backup, &version.join("backup"))
}

fn server(command: &[&str], paths: &[(&str, &Path)]) -> Result<()> {
    let mut server = Command::new(binary("springbreeze-server")?);
    server.args(command);
    for (name, path) in paths {
        server.arg(name).arg(path);
    }
    let output = server.output()?;
    let said = String::from_utf8_lossy(&output.stderr);
    ensure!(output.status.success(), "{command:?}: {}", said.trim());
    Ok(())
}
