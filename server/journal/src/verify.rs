//! Goes through everything again: checksums, chains, the heads that commits name, and the origins'
//! own signatures. Changes nothing.
//!
//! Words: a *gap* is records that aren't there though nothing is damaged; a *fork* is two records
//! under one name; *corruption* is bytes that fail their checksum; *forgery* is bytes with a good
//! checksum that are not what the chain or the origin's signature says. Never one for another.

mod chains;

use domain::ids::{Epoch, NodeId, Seq};

use crate::disk::Disk;
use crate::identity::NodePublic;
use crate::log::JournalError;
use crate::number::long;
use crate::position::Position;
use crate::recovery::{self, Event, Torn};

/// What is wrong, by its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Word {
    /// Records are missing where nothing is damaged.
    Gap,
    /// Another record under a name that is taken.
    Fork,
    /// Bytes fail their checksum, or are gone.
    Corruption,
    /// Bytes are whole, and not what was chained or signed.
    Forgery,
}

impl std::fmt::Display for Word {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str(match self {
            Self::Gap => "gap",
            Self::Fork => "fork",
            Self::Corruption => "corruption",
            Self::Forgery => "forgery",
        })
    }
}

/// Something wrong with the records `first` to `last` of an epoch: the first bad one is among them,
/// no earlier one is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Finding {
    /// What.
    pub word: Word,
    /// The origin and epoch concerned; none for bytes that held no record (a commit, a header).
    pub epoch: Option<(NodeId, Epoch)>,
    /// The first record concerned.
    pub first: Seq,
    /// The last record concerned.
    pub last: Seq,
    /// Where it was met.
    pub at: Position,
}

/// The outcome of a verification.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Report {
    /// Records read.
    pub records: u64,
    /// Checkpoints whose signature was checked.
    pub checkpoints: u64,
    /// Origins with checkpoints for which no public key was given: theirs aren't checked.
    pub unknown_keys: Vec<NodeId>,
    /// What stands after the last whole group: an unclean stop, or damage of that very group, that
    /// opening will cut. Not a finding.
    pub torn: Torn,
    /// Everything wrong, in the order in which it was met.
    pub findings: Vec<Finding>,
}

impl Report {
    /// The first thing wrong in the order of the epoch's records, if anything is.
    #[must_use]
    pub fn first(&self) -> Option<&Finding> {
        self.findings.iter().min_by_key(|finding| (finding.epoch, finding.first))
    }
}

/// Verifies the journal on a disk. `public` gives each origin's public keys, where known.
///
/// # Errors
/// The disk's; [`JournalError::ForeignSegment`], [`JournalError::Format`]. What is wrong with the
/// journal is no error but a finding.
pub fn verify<D: Disk>(
    disk: &D,
    public: impl FnMut(NodeId) -> Option<NodePublic>,
) -> Result<Report, JournalError> {
    let (built, sizes) = recovery::read(disk, &[])?;
    let end = built.kept.map_or(Position::START, |(_, end)| end);
    let mut chains = chains::Chains::new(public, !built.damage.is_empty());
    let mut torn = built.torn;
    let mut bytes = Vec::new();
    for number in sizes.keys().copied() {
        recovery::read_segment(disk, number, &mut bytes)?;
        if number >= end.segment() {
            let after = if number == end.segment() { end.offset() } else { 0 };
            torn.bytes += long(recovery::used(bytes.get(after..).unwrap_or_default()));
        }
        recovery::walk(&bytes, number, |met| {
            if met.at >= end {
                return;
            }
            match met.event {
                Event::Entry(entry, view, _) => chains.entry(entry, &view, met.at),
                Event::Commit(commit) => chains.commit(&commit, met.at),
                Event::Unknown | Event::Bad => {}
            }
        });
    }
    let mut report = chains.finish();
    report.torn = torn;
    for damage in &built.damage {
        let at = Position::new(damage.segment, crate::number::short(damage.offset));
        let word = Word::Corruption;
        report.findings.push(Finding { word, epoch: None, first: Seq(0), last: Seq(0), at });
    }
    Ok(report)
}

/// Shows every whole record of a journal in the order of arrival, and changes nothing on the disk.
///
/// # Errors
/// As [`verify`].
pub fn each<D: Disk>(
    disk: &D,
    mut show: impl FnMut(crate::frame::EntryRef<'_>, Position),
) -> Result<(), JournalError> {
    let (built, sizes) = recovery::read(disk, &[])?;
    let end = built.kept.map_or(Position::START, |(_, end)| end);
    let mut bytes = Vec::new();
    for number in sizes.keys().copied().filter(|number| *number <= end.segment()) {
        recovery::read_segment(disk, number, &mut bytes)?;
        recovery::walk(&bytes, number, |met| {
            if let (true, Event::Entry(entry, _, _)) = (met.at < end, met.event) {
                show(entry, met.at);
            }
        });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
