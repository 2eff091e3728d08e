//! A site whose files were damaged at many places, each kind of file in turn: it starts again, says
//! what it lost, and has everything else.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use anyhow::{Context, Result, ensure};
use end_to_end::canary::files_below;
use end_to_end::counts;
use end_to_end::faults::{OpenFair, copy_of};
use end_to_end::http::Http;
use end_to_end::journey::{desk, secret, seekers};
use end_to_end::process::{binary, tail};
use end_to_end::site::{Consultation, Site, Ticket};
use end_to_end::tried::Tried;
use tokio::task::JoinSet;

/// How many people came; so many that the state is kept in a snapshot.
const PEOPLE: usize = 2_400;
/// How many of them come at once.
const AT_ONCE: usize = 8;
/// How many of them are asked for after each damage, and how many consultations.
const ASKED: usize = 12;
/// How far from a file's end it is hit as well.
const LAST_BYTES: [usize; 5] = [10, 45, 80, 150, 600];
/// What a disk loses at once.
const BLOCK_BYTES: usize = 512;
/// The text of a consultation.
const FACTS: &str = "三个月未发工资";

/// A stopped site and what it acknowledged.
struct Template {
    directory: tempfile::TempDir,
    volunteer: Http,
    tickets: Vec<Ticket>,
    consultations: Vec<Consultation>,
    records: BTreeSet<String>,
}

/// What happens to a file.
#[derive(Debug, Clone, Copy)]
enum Damage {
    FlippedBit,
    ZeroedBlock,
    CutTail,
}

const DAMAGES: [Damage; 3] = [Damage::FlippedBit, Damage::ZeroedBlock, Damage::CutTail];

#[tokio::test(flavor = "multi_thread")]
async fn damage_anywhere_is_found_named_and_costs_nothing_else() {
    let template = Template::make().await.unwrap();
    let files = template.files().unwrap();
    for kind in ["00000001.log", "node.key", "keyring.a", "keyring.b", "fold.", "views/"] {
        assert!(files.iter().any(|file| file.starts_with(kind)), "no {kind} in {files:?}");
    }
    for file in &files {
        let mut tried = Tried::default();
        for (number, place) in places(&template.site().join(file)).into_iter().enumerate() {
            let damage = DAMAGES[number % DAMAGES.len()];
            let told = template.strike(file, damage, place).await;
            let lost =
                told.unwrap_or_else(|error| panic!("{damage:?} of {file} at {place}: {error:#}"));
            tried.times += 1;
            tried.named += lost;
            tried.found += template.records.len() - lost;
        }
        assert!(tried.named == 0 || file.ends_with(".log"), "{file} cost records");
        tried.tell(&format!("damage of {}", kind_of(file))).unwrap();
    }
}

/// Deleted files are made again from the journal; of the node's key there is a copy.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_only_derived_may_be_deleted() {
    let template = Template::make().await.unwrap();
    let derived = ["views", "fold.a", "fold.b", "keyring.a", "keyring.b", "node.key"];
    let mut tried = Tried::default();
    for name in derived {
        let copied = copy_of(&template.site()).unwrap();
        let data = copied.path().join("site");
        let path = data.join(name);
        if !path.exists() {
            continue;
        }
        let deleted = if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) };
        deleted.unwrap();
        let known = template.ensure_known(&data, 0).await;
        known.unwrap_or_else(|error| panic!("without {name}: {error:#}"));
        tried.times += 1;
        tried.found += ASKED * 2;
    }
    assert!(tried.times >= 5, "only {} were there", tried.times);
    tried.tell("one of the views, a snapshot, a keyring, the key deleted").unwrap();
}

/// What a file is for, from its path: its kind, not its number.
fn kind_of(file: &str) -> &'static str {
    match file.split(['/', '.']).next() {
        Some("views") => "the rows in sled",
        Some("fold") => "a snapshot",
        Some("keyring") => "a keyring",
        Some("node") => "the node's key",
        _ if file.ends_with(".log") => "a segment of the journal, on a lone machine",
        _ => "another file",
    }
}

/// Places all over the part of a file that holds something.
fn places(path: &Path) -> Vec<usize> {
    let bytes = fs::read(path).unwrap();
    let end = bytes.iter().rposition(|byte| *byte != 0).map_or(0, |last| last + 1);
    let wanted = counts::damages().min(end);
    // The first and the last byte are among them, and no file is hit in steps of a block only.
    let all_over = (0..wanted).map(|number| number * (end - 1) / (wanted - 1).max(1));
    // What was written last matters most: where it is lost, something else takes its place.
    let last = LAST_BYTES.map(|back| end.saturating_sub(back));
    all_over.chain(last).filter(|place| *place < end).collect()
}

impl Damage {
    fn strike(self, path: &Path, place: usize) -> Result<()> {
        let mut bytes = fs::read(path)?;
        match self {
            Self::FlippedBit => bytes[place] ^= 1 << (place % 8),
            Self::ZeroedBlock => {
                let first = place - place % BLOCK_BYTES;
                let last = bytes.len().min(first + BLOCK_BYTES);
                bytes[first..last].fill(0);
            }
            Self::CutTail => bytes.truncate(place),
        }
        fs::write(path, bytes).context("damaging the file")
    }
}

impl Template {
    async fn make() -> Result<Self> {
        let directory = tempfile::tempdir()?;
        let fair = OpenFair::start(&directory.path().join("site")).await?;
        let OpenFair { mut site, volunteer, .. } = fair;
        desk::start_shift(&volunteer).await?;
        let tickets = people_come(&volunteer).await?;
        let mut consultations = Vec::new();
        for ticket in tickets.iter().take(ASKED) {
            consultations.push(desk::consult(&volunteer, &ticket.ticket, FACTS).await?);
        }
        ensure!(site.process.stop().await?.success(), "it did not stop cleanly");
        let records = records(&site.data)?;
        Ok(Self { directory, volunteer, tickets, consultations, records })
    }

    fn site(&self) -> PathBuf {
        self.directory.path().join("site")
    }

    /// The files that hold something, below the site's directory.
    fn files(&self) -> Result<Vec<String>> {
        let mut files = Vec::new();
        for path in files_below(&self.site())? {
            if fs::read(&path)?.iter().any(|byte| *byte != 0) {
                files.push(path.strip_prefix(self.site())?.to_string_lossy().into_owned());
            }
        }
        Ok(files)
    }

    /// Damages a copy, and says how many records that cost.
    async fn strike(&self, file: &str, damage: Damage, place: usize) -> Result<usize> {
        let copied = copy_of(&self.site())?;
        let data = copied.path().join("site");
        let before = fs::read(data.join(file))?;
        damage.strike(&data.join(file), place)?;
        let is_changed = before != fs::read(data.join(file))?;
        let verified = verify(&data)?;
        let left = records(&data)?;
        ensure!(left.is_subset(&self.records), "records that nobody wrote");
        let lost = self.records.difference(&left).count();
        if file.ends_with(".log") {
            ensure_named(&verified, damage, is_changed)?;
        } else {
            ensure!(verified.status.success(), "the journal is whole: {verified:?}");
        }
        self.ensure_known(&data, lost).await?;
        let after = records(&data)?;
        ensure!(
            left.is_subset(&after),
            "the start cost {} records",
            left.difference(&after).count()
        );
        Ok(lost)
    }

    /// A site starts there. Who came in is known as that; at most so many are not.
    async fn ensure_known(&self, data: &Path, lost: usize) -> Result<()> {
        let mut site = Site::start(data, "127.0.0.1:0", &[]).await.context("the next start")?;
        let known = self.ensure_known_at(&self.volunteer.at(site.process.url()), lost).await;
        known.with_context(|| tail(&site.process.launch().log))?;
        ensure!(site.process.stop().await?.success(), "it did not stop cleanly");
        Ok(())
    }

    async fn ensure_known_at(&self, volunteer: &Http, lost: usize) -> Result<()> {
        let mut unknown = 0;
        for ticket in self.tickets.iter().step_by(self.tickets.len() / ASKED) {
            let again = seekers::check_in(volunteer, &ticket.ticket).await;
            let is_known = again.as_ref().is_ok_and(|again| again.verdict == "already_checked_in");
            unknown += usize::from(!is_known);
            ensure!(unknown <= lost, "acknowledged {ticket:?}, now {again:?}");
        }
        if lost > 0 {
            return Ok(());
        }
        for consultation in &self.consultations {
            let text = desk::facts_again(volunteer, consultation).await?;
            ensure!(text == FACTS, "{consultation:?} says {text}");
        }
        Ok(())
    }
}

/// A change of what was written is named. What was cut off whole at the very end can't be known
/// here, only from a peer.
fn ensure_named(verified: &Output, damage: Damage, is_changed: bool) -> Result<()> {
    let said = String::from_utf8_lossy(&verified.stdout);
    let is_torn = said.contains("after the last whole group");
    let is_named = !verified.status.success() || is_torn || matches!(damage, Damage::CutTail);
    ensure!(is_named || !is_changed, "not named: {said}");
    Ok(())
}

fn verify(data: &Path) -> Result<Output> {
    let mut command = Command::new(binary("springbreeze-server")?);
    Ok(command.args(["journal", "verify", "--data"]).arg(data).output()?)
}

fn records(data: &Path) -> Result<BTreeSet<String>> {
    let text = String::from_utf8(secret::decoded_records(data)?)?;
    Ok(text.lines().map(str::to_owned).collect())
}

/// People register and come in.
async fn people_come(volunteer: &Http) -> Result<Vec<Ticket>> {
    let mut coming = JoinSet::new();
    for _ in 0..AT_ONCE {
        let volunteer = volunteer.clone();
        coming.spawn(async move {
            let mut tickets = Vec::new();
            for _ in 0..PEOPLE / AT_ONCE {
                let ticket = seekers::register(&volunteer, &seekers::a_seeker()).await?;
                let came = seekers::check_in(&volunteer, &ticket.ticket).await?;
                ensure!(came.verdict == "welcome", "{came:?}");
                tickets.push(ticket);
            }
            Ok(tickets)
        });
    }
    let mut tickets = Vec::new();
    while let Some(came) = coming.join_next().await {
        tickets.extend(came??);
    }
    Ok(tickets)
}
