//! What opening a journal found, and how it is found.
//!
//! Rule: only the last group commit of an unclean stop can be in doubt. What follows the last whole
//! group is cut, counted, and may have been acknowledged; anything bad before it is damage: named,
//! passed over, everything else kept.

use domain::ids::{Epoch, NodeId, Seq};

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
    /// The journal was stopped cleanly, and nothing at all is wrong.
    pub was_clean: bool,
}

/// The end of an unclean stop: a group that was not wholly on the disk. Its records may have been
/// acknowledged only if the disk lost what it said was synced.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Torn {
    /// Bytes that were cut.
    pub bytes: u64,
    /// Whole records among them.
    pub records: u64,
    /// Whole transactions among them.
    pub transactions: u64,
}

/// Bytes that can't be read where a later group is whole.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Damage {
    /// The segment file's number.
    pub segment: u32,
    /// Where in the file the damage begins.
    pub offset: u64,
    /// How far it reaches; where a file or its end is missing, as far as is known.
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
