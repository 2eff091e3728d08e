//! How fast the journal appends, beside a bare write and sync of the same bytes.
//!
//! The two sides take turns on the same disk in the same run; the figure is their ratio, so a slow
//! disk doesn't make a slow journal.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Instant;

use domain::ids::{Epoch, Hlc, NodeId, Seq};
use journal::{
    Draft, Entry, Flags, Journal, Kind, NodeStarted, Options, Record, StoreId, kind,
};

use crate::disk::FileDisk;
use crate::error::StoreError;

/// Bytes of one record's open part.
const RECORD_BYTES: usize = 300;
/// Both sides write into a file of this size, filled with zeros before.
const FILE_BYTES: u64 = 64 * 1024 * 1024;
const GROUPS_A_ROUND: u64 = 300;
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
    let entries = entries(group * GROUPS_A_ROUND)?;
    let mut journal = Vec::new();
    let mut raw = Vec::new();
    for round in 0..ROUNDS {
        let here = place.join(round.to_string());
        fs::create_dir_all(&here)?;
        // Each side goes first every other time.
        if round % 2 == 0 {
            journal.push(append(&here, &entries, group)?);
            raw.push(write(&here, group)?);
        } else {
            raw.push(write(&here, group)?);
            journal.push(append(&here, &entries, group)?);
        }
        fs::remove_dir_all(&here)?;
    }
    fs::remove_dir_all(&place)?;
    Ok(AppendSpeed { group, journal_per_second: median(journal), raw_per_second: median(raw) })
}

fn append(here: &Path, entries: &[Entry], group: u64) -> Result<f64, StoreError> {
    let mut options = Options::new(StoreId([1; 16]));
    options.segment_bytes = FILE_BYTES;
    let (mut journal, _) = Journal::open(FileDisk::open(&here.join("journal"))?, options)?;
    let (started, entries) = entries.split_first().expect("the first record is always made");
    // The first group makes the file, which is not what is measured.
    journal.stage(started)?;
    journal.commit()?;
    let group = usize::try_from(group).expect("a group is small");
    let begun = Instant::now();
    for group in entries.chunks(group) {
        for entry in group {
            journal.stage(entry)?;
        }
        journal.commit()?;
    }
    Ok(per_second(entries.len(), begun))
}

fn write(here: &Path, group: u64) -> io::Result<f64> {
    let path = here.join("raw");
    let file = OpenOptions::new().read(true).write(true).create(true).truncate(true).open(path)?;
    fill(&file)?;
    let group = usize::try_from(group).expect("a group is small");
    let bytes = vec![0x5a; group * RECORD_BYTES];
    let begun = Instant::now();
    let mut offset = 0;
    for _ in 0..GROUPS_A_ROUND {
        file.write_all_at(&bytes, offset)?;
        file.sync_data()?;
        offset += u64::try_from(bytes.len()).expect("a group is small");
    }
    let groups = usize::try_from(GROUPS_A_ROUND).expect("a round is small");
    Ok(per_second(groups * group, begun))
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

/// The epoch's first record, then `count` records of the size measured.
fn entries(count: u64) -> Result<Vec<Entry>, StoreError> {
    let started = NodeStarted { parent: None, software: "speed".to_owned() };
    let mut entries = vec![entry(Seq(1), Draft::new(kind::NODE_STARTED, started.encode()))?];
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

fn per_second(records: usize, begun: Instant) -> f64 {
    let records = u32::try_from(records).expect("a round is small");
    f64::from(records) / begun.elapsed().as_secs_f64()
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values.get(values.len() / 2).copied().unwrap_or_default()
}
