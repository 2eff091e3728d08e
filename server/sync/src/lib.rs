//! Replication of journals: how records climb from kiosk to site to headquarters, by one protocol
//! at every hop, and how a view comes down.
//!
//! Invariants: the receiver's durable head decides where to go on; a record arrives once, whatever
//! is lost, doubled, split or reordered on the way; nothing is deleted on an error answer; gap,
//! fork, damage, forgery and an unknown key are different words.
//!
//! Pure: no thread, clock, randomness, file, network or `HashMap` order. Time, chance and the
//! results of I/O come in as arguments, so that the code that runs in the hall runs unchanged in a
//! simulation from one seed. It must not know what a fair is, nor how HTTP works.

pub mod answer;
pub mod batch;
pub mod bundle;
pub mod enrol;
pub mod handover;
pub mod hello;
pub mod keys;
pub mod limits;
pub mod pull;
pub mod receiver;
pub mod sender;
pub mod session;
pub mod status;
pub mod stream;
pub mod view;

mod chance;
#[cfg(test)]
mod model;

pub use answer::{BatchAnswer, Failure, Refusal, RefusalCode};
pub use batch::{Batch, BatchError, Packed, Withhold};
pub use pull::Range;
pub use sender::{At, Greeting, Input, Output, Pace, Sender, Want};
pub use status::{Reach, Status, StreamStatus, Trouble};
pub use stream::{Stream, StreamHead};
