//! The journal of one node on its disk: one writer, any number of readers.
//!
//! Invariant: what `commit` answered for is on the disk; readers see nothing else; after the first
//! failed write or sync the journal answers nothing any more until it is opened anew, because what
//! the disk then holds can only be learnt by reading it again.
//! Must not know about threads, channels or what records mean.

mod group;
mod mending;
mod reader;
mod tail;
mod window;
mod writer;

pub use mending::Brought;
pub use reader::{HeadsGuard, Reader, Scanned};
pub use writer::Journal;

pub(crate) use mending::settle;
pub(crate) use reader::entry_at;
pub(crate) use tail::{Last, Open, Tail};
pub(crate) use window::Window;

use domain::ids::{Epoch, NodeId, Seq};

use crate::chain::Misfit;
use crate::disk::{DiskError, DiskErrorKind};
use crate::record::RecordError;
use crate::segment::StoreId;

/// The size of a segment file, unless a single group needs a larger one: 16 MiB.
pub const SEGMENT_BYTES: u64 = 16 * 1024 * 1024;
/// The most that one group may hold: 256 MiB.
pub const MAX_GROUP_BYTES: usize = 256 * 1024 * 1024;

/// How to open a journal.
#[derive(Debug, Clone, Copy)]
pub struct Options {
    /// The store's name if there is none on the disk yet: 16 fresh random bytes.
    pub new_store_id: StoreId,
    /// The size of new segment files, in bytes; at least 4 KiB.
    pub segment_bytes: u64,
}

impl Options {
    /// Segments of the usual size.
    #[must_use]
    pub const fn new(new_store_id: StoreId) -> Self {
        Self { new_store_id, segment_bytes: SEGMENT_BYTES }
    }
}

/// The number of a group commit: 1, 2, 3, … in a store; 0 before the first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct CommitNumber(pub u64);

/// Why an empty group is committed: it takes the last full one out of doubt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Pause {
    /// Nothing happened for a second.
    Idle,
    /// The process stops cleanly; nothing follows until the journal is opened again.
    Stop,
}

/// Why the journal can't do what was asked.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum JournalError {
    /// The disk refused.
    #[error("the journal's disk: {0}")]
    Disk(#[from] DiskError),
    /// An earlier write or sync failed: stop, and open the journal again.
    #[error("an earlier write failed ({0}): stop and open the journal again")]
    Poisoned(DiskError),
    /// The record doesn't follow what is held.
    #[error(transparent)]
    Misfit(#[from] Misfit),
    /// Not a record, or too long.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// More in one group than [`MAX_GROUP_BYTES`]: commit in smaller ones.
    #[error("{0} bytes in one group are too many")]
    GroupTooLong(usize),
    /// Bytes that were good at opening can't be read any more: verify, and mend from another node.
    #[error("segment {segment} is damaged at byte {offset}: run `journal verify`")]
    Damaged {
        /// The segment file's number.
        segment: u32,
        /// Where in it.
        offset: u64,
    },
    /// This record is lost to damage here: ask another node for it.
    #[error("record {seq} of epoch {epoch} of {origin} is lost here")]
    Lost {
        /// Its origin.
        origin: NodeId,
        /// Its epoch.
        epoch: Epoch,
        /// The first one lost.
        seq: Seq,
    },
    /// A segment file of another store lies in the folder.
    #[error("segment {0} belongs to another store: move it out of the folder")]
    ForeignSegment(u32),
    /// A segment written by a later version.
    #[error("segment {segment} has format {version}, which this program cannot read: update it")]
    Format {
        /// The segment file's number.
        segment: u32,
        /// Its format.
        version: u32,
    },
    /// Segment numbers are used up.
    #[error("no more segments can be numbered")]
    NoSegmentLeft,
}

impl JournalError {
    /// The disk is full: appending may go on once there is room, nothing else is wrong.
    #[must_use]
    pub const fn is_full(&self) -> bool {
        matches!(self, Self::Disk(DiskError { kind: DiskErrorKind::Full, .. }))
    }

    /// What is stored is damaged.
    #[must_use]
    pub const fn is_damaged(&self) -> bool {
        matches!(self, Self::Damaged { .. } | Self::Lost { .. })
    }

    /// Only opening the journal again can tell what is stored.
    #[must_use]
    pub const fn must_reopen(&self) -> bool {
        matches!(self, Self::Poisoned(_))
    }
}

#[cfg(test)]
mod tests;
