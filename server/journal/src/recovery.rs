//! What opening a journal found, and how it is found.
//!
//! Rule: only the last group commit of an unclean stop can be in doubt. What follows the last whole
//! group is cut, counted, and may have been acknowledged; anything bad before it is damage: named,
//! passed over, everything else kept. Opening trusts checksums and the heads that the commits name;
//! [`crate::verify`] goes through the chains.

mod builder;
mod cut;
mod heads;
mod walk;

use std::collections::BTreeMap;

use domain::ids::{Epoch, NodeId, Seq};

use crate::disk::Disk;
use crate::index::Index;
use crate::log::{JournalError, Options, Tail};
use crate::mark::Mark;
use crate::number::{long, short};
use crate::position::Position;
use crate::segment::{self, Beginning, Header};

pub(crate) use builder::Built;
pub(crate) use cut::used;
pub(crate) use walk::{Event, Met, first_used, walk};

/// What opening a journal found.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Recovery {
    /// Records held.
    pub records: u64,
    /// What was cut at the end.
    pub torn: Option<Torn>,
    /// What is damaged before the end.
    pub damage: Vec<Damage>,
    /// The records that are known to be lost to damage, by range.
    pub lost: Vec<Lost>,
    /// The journal was stopped cleanly (or is new), and nothing at all is wrong.
    pub was_clean: bool,
    /// What was held before each of the places asked for, where the journal reaches so far.
    pub marks: Vec<Mark>,
}

/// The end of an unclean stop: a group that was not wholly on the disk. It may have been
/// acknowledged only if the disk lost what it said was synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Torn {
    /// Bytes that were cut.
    pub bytes: u64,
    /// Whole records among them.
    pub records: u64,
    /// Ends of transactions among them.
    pub transactions: u64,
}

/// Bytes that can't be read where a later group is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// The segment file's number.
    pub segment: u32,
    /// Where in the file the damage begins.
    pub offset: u64,
    /// How far it reaches; 0 where whole groups or files are missing and nobody can say.
    pub bytes: u64,
    /// The last good record before it.
    pub after: Option<(NodeId, Epoch, Seq)>,
}

/// Records that were held and can't be read any more.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lost {
    /// Their origin.
    pub origin: NodeId,
    /// Their epoch.
    pub epoch: Epoch,
    /// The first.
    pub first: Seq,
    /// The last.
    pub last: Seq,
}

/// An opened journal.
pub(crate) struct Opened<F> {
    pub(crate) index: Index,
    pub(crate) recovery: Recovery,
    pub(crate) tail: Tail<F>,
}

/// Reads the whole journal, mends its end on the disk, and answers what it holds.
pub(crate) fn open<D: Disk>(
    disk: &D,
    options: Options,
    marks: &[Position],
) -> Result<Opened<D::File>, JournalError> {
    crate::log::settle(disk)?;
    let mut buffer = Vec::new();
    let (built, sizes) = read_with(disk, marks, &mut buffer)?;
    let (torn, tail) = cut::cut(disk, options, (&built, &sizes), &mut buffer)?;
    drop(buffer);
    let Built { mut index, mut damage, marks, .. } = built;
    heads::complete(disk, &mut index)?;
    heads::reach_parents(&mut index);
    damage.sort_by_key(|damage| (damage.segment, damage.offset));
    index.records = index.epochs().map(|(_, _, places)| places.held()).sum();
    let lost = index.lost();
    let stopped = tail.last.pause == Some(crate::log::Pause::Stop) || tail.last_number == 0;
    let was_clean = stopped && torn.is_none() && damage.is_empty() && lost.is_empty();
    let marks = marks.of(tail.store, index.end());
    let recovery = Recovery { records: index.records, torn, damage, lost, was_clean, marks };
    Ok(Opened { index, recovery, tail })
}

/// Reads the whole journal and changes nothing; also the sizes of the segment files.
pub(crate) fn read<D: Disk>(
    disk: &D,
    marks: &[Position],
) -> Result<(Built, BTreeMap<u32, usize>), JournalError> {
    read_with(disk, marks, &mut Vec::new())
}

/// As [`read`], a segment at a time in a buffer that may be used again.
fn read_with<D: Disk>(
    disk: &D,
    marks: &[Position],
    bytes: &mut Vec<u8>,
) -> Result<(Built, BTreeMap<u32, usize>), JournalError> {
    let mut builder = builder::Builder::new(marks);
    let mut expected = 1;
    let mut sizes = BTreeMap::new();
    for number in segment_numbers(disk)? {
        if number != expected {
            builder.missing(expected);
        }
        expected = number.saturating_add(1);
        read_segment(disk, number, bytes)?;
        sizes.insert(number, bytes.len());
        read_into(&mut builder, number, bytes)?;
    }
    Ok((builder.finish(), sizes))
}

/// The numbers of all segment files, in order.
pub(crate) fn segment_numbers<D: Disk>(disk: &D) -> Result<Vec<u32>, JournalError> {
    let mut numbers: Vec<u32> =
        disk.list()?.iter().filter_map(|name| segment::number(name)).collect();
    numbers.sort_unstable();
    Ok(numbers)
}

/// A whole segment in memory, in a buffer that is used again and again.
pub(crate) fn read_segment<D: Disk>(
    disk: &D,
    number: u32,
    into: &mut Vec<u8>,
) -> Result<(), JournalError> {
    let file = disk.open(&segment::name(number))?;
    let size = short(disk.size_bytes(&file)?);
    if into.capacity() < size {
        // The system gives zeros by itself, once they are touched.
        *into = vec![0; size];
    }
    into.resize(size, 0);
    let read = disk.read_at(&file, 0, into)?;
    into.truncate(read);
    Ok(())
}

fn read_into(
    builder: &mut builder::Builder,
    number: u32,
    bytes: &[u8],
) -> Result<(), JournalError> {
    let good = match Header::decode(bytes) {
        Beginning::Format(version) => {
            return Err(JournalError::Format { segment: number, version });
        }
        Beginning::Header(header) if header.number == number => {
            builder.store(header.store, number)?;
            builder.cut_to(number, long(bytes.len()), header.size_bytes);
            true
        }
        Beginning::Header(_) | Beginning::Unused | Beginning::Bad => false,
    };
    if !good {
        builder.bad_header(number, bytes);
    }
    let mut outcome = Ok(());
    walk(bytes, number, |met| {
        if outcome.is_ok() {
            outcome = builder.take(met);
        }
    });
    outcome
}

#[cfg(test)]
mod tests;
