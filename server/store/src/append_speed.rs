//! How fast the journal appends, beside a bare write and sync of the same bytes.
//!
//! The two sides take turns on the same disk in the same run; the figure is their ratio, so a slow
//! disk doesn't make a slow journal.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::{Duration, Instant};

use domain::ids::{Epoch, Hlc, NodeId, Seq};
use journal::{Draft, Entry, Flags, Journal, Kind, NodeStarted, Options, Record, StoreId, kind};

use crate::disk::FileDisk;
use crate::error::StoreError;

/// Bytes of one record's open part.
const RECORD_BYTES: usize = 300;
/// Both sides write into a file of this size, filled with zeros before.
const FILE_BYTES: u64 = 64 * 1024 * 1024;
/// The sides take turns of so many groups, so that a disk busy for others slows both.
const GROUPS_A_TURN: u64 = 10;
const TURNS_A_ROUND: u64 = 30;
const ROUNDS: usize = 5;
const NODE: NodeId = NodeId([7; 16]);
const EPOCH: Epoch = Epoch(1);

/// Medians over the rounds, in records a second.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct AppendSpeed {
    /// How many records shared a sync.
    pub group: u64,
    /// The journal: chained, checksummed, one sync a group.
    pub journal_per_second: f64,
    /// The bare write of the same bytes, one sync a group.
    pub raw_per_second: f64,
}

impl AppendSpeed {
    /// The journal's part of what the disk gives.
    #[must_use]
    pub fn ratio(&self) -> f64 {
        self.journal_per_second / self.raw_per_second
    }
}

/// Measures in a new directory below `directory`, which is removed again.
///
/// # Errors
/// The disk's.
pub fn measure(directory: &Path, group: u64) -> Result<AppendSpeed, StoreError> {
    let place = directory.join(format!("append-{}-{group}", std::process::id()));
    let entries = entries(group * TURNS_A_ROUND * GROUPS_A_TURN)?;
    let mut journal = Vec::new();
    let mut raw = Vec::new();
    for round in 0..ROUNDS {
        let here = place.join(round.to_string());
        fs::create_dir_all(&here)?;
        let (journal_took, raw_took) = round_of_turns(&here, &entries, group)?;
        journal.push(per_second(entries.len(), journal_took));
        raw.push(per_second(entries.len(), raw_took));
        fs::remove_dir_all(&here)?;
    }
    fs::remove_dir_all(&place)?;
    Ok(AppendSpeed { group, journal_per_second: median(journal), raw_per_second: median(raw) })
}

/// How long each side took for all of its turns.
fn round_of_turns(
    here: &Path,
    entries: &[Entry],
    group: u64,
) -> Result<(Duration, Duration), StoreError> {
    let mut options = Options::new(StoreId([1; 16]));
    options.segment_bytes = FILE_BYTES;
    let (mut journal, _) = Journal::open(FileDisk::open(&here.join("journal"))?, options)?;
    // The first group makes the file, which is not what is measured.
    journal.stage(&entry(Seq(1), started())?)?;
    journal.commit()?;
    let mut raw = Raw::create(here, group)?;
    let turn = usize::try_from(group * GROUPS_A_TURN).expect("a turn is small");
    let group = usize::try_from(group).expect("a group is small");
    let (mut journal_took, mut raw_took) = (Duration::ZERO, Duration::ZERO);
    for turn in entries.chunks(turn) {
        let begun = Instant::now();
        for group in turn.chunks(group) {
            for entry in group {
                journal.stage(entry)?;
            }
            journal.commit()?;
        }
        journal_took += begun.elapsed();
        let begun = Instant::now();
        for _ in 0..GROUPS_A_TURN {
            raw.write_group()?;
        }
        raw_took += begun.elapsed();
    }
    Ok((journal_took, raw_took))
}

/// The side without a journal.
struct Raw {
    file: File,
    bytes: Vec<u8>,
    offset: u64,
}

impl Raw {
    fn create(here: &Path, group: u64) -> io::Result<Self> {
        let mut options = OpenOptions::new();
        let file = options.read(true).write(true).create_new(true).open(here.join("raw"))?;
        fill(&file)?;
        let group = usize::try_from(group).expect("a group is small");
        Ok(Self { file, bytes: vec![0x5a; group * RECORD_BYTES], offset: 0 })
    }

    fn write_group(&mut self) -> io::Result<()> {
        self.file.write_all_at(&self.bytes, self.offset)?;
        self.offset += u64::try_from(self.bytes.len()).expect("a group is small");
        self.file.sync_data()
    }
}

fn fill(file: &File) -> io::Result<()> {
    let zeros = vec![0; 1024 * 1024];
    let mut offset = 0;
    while offset < FILE_BYTES {
        file.write_all_at(&zeros, offset)?;
        offset += 1024 * 1024;
    }
    file.sync_all()
}

fn started() -> Draft {
    let started = NodeStarted { parent: None, software: "speed".to_owned() };
    Draft::new(kind::NODE_STARTED, started.encode())
}

/// Records of the size measured, from the epoch's second on.
fn entries(count: u64) -> Result<Vec<Entry>, StoreError> {
    let mut entries = Vec::new();
    let empty = entry(Seq(count + 1), Draft::new(Kind(100), vec![0; 200]))?.open.len() - 200;
    for seq in 2..count + 2 {
        let payload = vec![0x61; RECORD_BYTES - empty];
        entries.push(entry(Seq(seq), Draft::new(Kind(100), payload))?);
    }
    Ok(entries)
}

fn entry(seq: Seq, draft: Draft) -> Result<Entry, StoreError> {
    let record = Record {
        origin: NODE,
        epoch: EPOCH,
        seq,
        time: Hlc::from_ms(1_900_000_000_000 + seq.0),
        wall_ms: None,
        kind: draft.kind,
        actor: draft.actor,
        station: draft.station,
        fair: draft.fair,
        flags: Flags::ENDS_TRANSACTION,
        payload: draft.payload,
        sealed: Vec::new(),
    };
    Entry::new(&record, Vec::new()).map_err(|error| StoreError::TooLarge(error.to_string()))
}

fn per_second(records: usize, took: Duration) -> f64 {
    let records = u32::try_from(records).expect("a round is small");
    f64::from(records) / took.as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
