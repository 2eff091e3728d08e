//! The kinds of faults, and how often each struck.

use std::collections::BTreeMap;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $word:literal;)*) => {
        /// A kind of fault.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
        pub enum Fault {
            $($(#[$doc])* $name,)*
        }

        impl Fault {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$name,)*];

            /// What people call it.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$name => $word,)* }
            }
        }
    };
}

faults! {
    /// A message takes long.
    Delay = "slow message";
    /// A message never arrives.
    Loss = "lost message";
    /// A message arrives twice.
    Duplicate = "doubled message";
    /// A message overtakes an earlier one.
    Reorder = "reordered message";
    /// For a while nothing gets from one node to another, but back.
    OneWay = "one-way partition";
    /// For a while two nodes don't hear each other at all.
    Partition = "partition";
    /// A request arrives, its answer never does.
    HalfOpen = "half-open line";
    /// Bytes change on the way.
    Corrupt = "corrupted bytes";
    /// A batch arrives before the one that should have gone before it.
    Ahead = "batch out of turn";
    /// Somebody else answers, with a page.
    Portal = "captive portal";
    /// A wall clock that is wrong by days.
    WallOffset = "wall clock wrong";
    /// A wall clock that runs fast or slow.
    WallDrift = "wall clock drifts";
    /// A wall clock that jumps.
    WallJump = "wall clock jumps";
    /// A process is killed; its disk keeps everything.
    Kill = "process killed";
    /// The power goes: what was not synced is kept, lost or torn.
    PowerCut = "power cut";
    /// The power goes in the middle of a write or sync.
    CutInWrite = "power cut in a write";
    /// A write or sync fails.
    DiskError = "disk error";
    /// No room left, for a while.
    DiskFull = "disk full";
    /// Syncs that do nothing, and then the power goes.
    SyncLie = "lying sync";
    /// Bytes at rest change.
    Rot = "rotten bytes";
    /// A journal was written anew, with lost records that came back.
    Mended = "journal mended";
    /// A node goes on from an old image of its disk.
    Restore = "old image restored";
    /// A second node runs from a copy of a disk.
    Clone = "cloned disk";
    /// The site server's disk is destroyed, and its standby promoted.
    Destroyed = "site server destroyed";
}

/// How often each kind struck.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Tally(BTreeMap<Fault, u64>);

impl Tally {
    /// It struck.
    pub fn note(&mut self, fault: Fault) {
        *self.0.entry(fault).or_default() += 1;
    }

    /// How often.
    #[must_use]
    pub fn count(&self, fault: Fault) -> u64 {
        self.0.get(&fault).copied().unwrap_or(0)
    }

    /// Adds what another run counted.
    pub fn add(&mut self, other: &Self) {
        for (fault, count) in &other.0 {
            *self.0.entry(*fault).or_default() += count;
        }
    }
}
