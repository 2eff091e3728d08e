//! The node's store: the real disk, the one thread that writes, the keyring, and the rows in sled.
//!
//! Why: the journal, the rules and the replication are pure; this crate gives them a disk, a clock
//! and chance, and is where “answered” comes to mean “durable”. Invariants: nothing is answered
//! before its group of records is synced; nobody reads what is not durable; nobody who reads waits
//! for the disk; and after the first failed write or sync nothing is answered any more until the
//! store was opened again. It must not know what a fair is, nor any protocol.

pub mod append_speed;
pub mod backup;
mod disk;
mod error;
mod files;
mod holes;
mod jobs;
mod keyring;
mod machine;
mod node;
mod open;
pub mod restore;
mod room;
mod snapshot;
mod still;
mod store;
mod views;
mod world;
mod writer;

pub use disk::{FileDisk, LOCK_FILE};
pub use error::{Stop, StoreError};
pub use jobs::{IncomingBatch, Ingested};
pub use keyring::{KEYRING_FILES, KeyringReport, Keys};
pub use machine::{Decision, Machine};
pub use node::{drawn_identity, go_over, identity, identity_in, is_node, went_over};
pub use open::{Opening, Options, Report, SEGMENT_BYTES, StillStore};
pub use room::{BALLAST_FILE, Space};
pub use snapshot::SNAPSHOT_FILES;
pub use still::{Step, Still};
pub use store::{Status, Store};
pub use views::{Change, Opened, Row, View, Views, ViewsError, ViewsStatus};
pub use world::{Clock, SystemWorld, World, wall_clock_ms};
