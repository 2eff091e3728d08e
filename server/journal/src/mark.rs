//! What a journal held at one of its places, in a few bytes: whoever keeps something that was made
//! from a journal can tell whether the journal is still the one that it was made from.
//!
//! A tally is a sum over all records held: of where each lies and of its frame's checksum. A record
//! more, fewer, elsewhere or with other bytes makes another sum. It guards against damage, repair
//! and restored copies, not against forgers; the chains do that.

use minicbor::{Decode, Encode};

use crate::position::Position;
use crate::segment::StoreId;

/// What a journal holds before a place.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Mark {
    /// Which store.
    #[n(0)]
    pub store: StoreId,
    /// Before which place: the end of a group.
    #[n(1)]
    pub end: Position,
    /// What.
    #[n(2)]
    pub tally: Tally,
}

/// Records, counted and added up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode)]
pub struct Tally {
    /// How many.
    #[n(0)]
    pub records: u64,
    /// The sum over their places and checksums.
    #[n(1)]
    sum: u64,
}

impl Tally {
    /// Adds the record whose frame begins at `at`.
    pub(crate) const fn add(&mut self, at: Position, checksum: u32) {
        self.records += 1;
        self.sum = self.sum.wrapping_add(mixed(mixed(at.0) ^ checksum_bits(checksum)));
    }
}

/// A widening that a constant function may do.
const fn checksum_bits(checksum: u32) -> u64 {
    let [a, b, c, d] = checksum.to_le_bytes();
    u64::from_le_bytes([a, b, c, d, 0, 0, 0, 0])
}

/// Spreads every bit over all others (the finaliser of splitmix64).
const fn mixed(value: u64) -> u64 {
    let value = value.wrapping_add(0x9e37_79b9_7f4a_7c15);
    let value = (value ^ (value >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let value = (value ^ (value >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    value ^ (value >> 31)
}

/// Counts what lies before each of some places, while a journal is read.
#[derive(Debug, Default)]
pub(crate) struct Marks {
    asked: Vec<(Position, Tally)>,
}

impl Marks {
    pub(crate) fn new(places: &[Position]) -> Self {
        Self { asked: places.iter().map(|place| (*place, Tally::default())).collect() }
    }

    pub(crate) fn add(&mut self, at: Position, checksum: u32) {
        for (_, tally) in self.asked.iter_mut().filter(|(place, _)| at < *place) {
            tally.add(at, checksum);
        }
    }

    /// The marks of the places that the journal, which ends at `end`, reaches.
    pub(crate) fn of(&self, store: StoreId, end: Position) -> Vec<Mark> {
        let reached = self.asked.iter().filter(|(place, _)| *place <= end);
        reached.map(|(end, tally)| Mark { store, end: *end, tally: *tally }).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::disk::MemoryDisk;
    use crate::log::{Journal, Options};
    use crate::testing::{Author, STORE, append, open};

    fn asked(disk: &MemoryDisk, marks: &[Mark]) -> Vec<Mark> {
        let places: Vec<Position> = marks.iter().map(|mark| mark.end).collect();
        Journal::open_marked(disk.copy(), Options::new(STORE), &places).unwrap().1.marks
    }

    fn day() -> (MemoryDisk, Vec<Mark>) {
        let disk = MemoryDisk::new();
        let (mut journal, _) = open(&disk);
        let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
        let mut marks = Vec::new();
        for _ in 0..12 {
            append(&mut journal, &[one.transaction(3, 200), two.transaction(2, 100)].concat());
            marks.push(journal.reader().mark());
        }
        (disk, marks)
    }

    #[test]
    fn an_untouched_journal_holds_what_it_held() {
        let (disk, marks) = day();
        assert_eq!(asked(&disk, &marks), marks);
        assert_eq!(marks.last().unwrap().tally.records, 60);
        let all: std::collections::BTreeSet<u64> =
            marks.iter().map(|mark| mark.tally.sum).collect();
        assert_eq!(all.len(), marks.len());
    }

    #[test]
    fn a_cut_a_damaged_and_another_journal_are_told_apart() {
        let (disk, marks) = day();
        // Every byte of the first segment that is in use, one in seven.
        let used = marks.last().unwrap().end.offset();
        let mut refused = 0;
        for place in (0..used).step_by(7) {
            let rotten = disk.copy();
            rotten.rot("00000001.log", |bytes| bytes[place] ^= 4);
            let found = asked(&rotten, &marks);
            for (mark, found) in marks.iter().zip(&found) {
                let whole = journal_records(&rotten, mark.end) == journal_records(&disk, mark.end);
                assert_eq!(mark == found, whole, "byte {place}, {}", mark.end);
                refused += usize::from(mark != found);
            }
        }
        assert!(refused > 1_000, "{refused}");
        let other = MemoryDisk::new();
        let (mut journal, _) = open(&other);
        append(&mut journal, &Author::new(1, 11).transaction(60, 200));
        assert!(asked(&other, &marks).iter().all(|mark| !marks.contains(mark)));
        assert!(asked(&MemoryDisk::new(), &marks).is_empty(), "it doesn't reach so far");
    }

    fn journal_records(disk: &MemoryDisk, end: Position) -> Vec<Vec<u8>> {
        let (journal, _) = open(&disk.copy());
        let mut records = Vec::new();
        let scan = journal.scan(Position::START, |scanned| {
            if scanned.at < end {
                records.push(scanned.entry.open.to_vec());
            }
            std::ops::ControlFlow::Continue(())
        });
        scan.unwrap();
        records
    }
}
