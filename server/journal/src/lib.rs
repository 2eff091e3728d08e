//! The journal of a node (kiosk, site server, headquarters): what happened, appended once, in order
//! of arrival, each record chained to its origin's last one.
//!
//! Invariants: what `commit` has answered for survives a power cut; a group of records is there
//! whole or not at all; every origin's records are held in their own order, without a gap that is
//! not named; the bytes of a record are never changed on their way.
//!
//! Pure: no file, clock, randomness, thread or network. Time and chance come in as arguments, the
//! disk as the small trait [`Disk`]. Nothing here knows what a fair is: kinds from 100 up, and what
//! their payloads mean, belong to the domain.

pub mod chain;
pub mod deliberate;
pub mod disk;
pub mod follow;
pub mod frame;
pub mod identity;
pub mod log;
pub mod record;
pub mod sealing;
pub mod verify;

mod index;
mod mark;
mod number;
mod position;
mod recovery;
mod segment;
#[cfg(test)]
mod testing;

pub use chain::{Accepted, EpochHead, Hash, Head, Heads, Held, Misfit, NothingHeld, chain_start};
pub use deliberate::bug;
pub use disk::{Disk, DiskError, DiskErrorKind};
pub use frame::EntryRef;
pub use identity::{Checkpoint, NodeKey, NodePublic};
pub use log::{Brought, CommitNumber, Journal, JournalError, Options, Pause, Reader, Scanned};
pub use mark::{Mark, Tally};
pub use position::Position;
pub use record::{
    Draft, Entry, Flags, KeysErased, Kind, NodeStarted, Record, RecordError, SealedRef, View, kind,
};
pub use recovery::{Damage, Lost, Recovery, Torn};
pub use segment::StoreId;
