//! Whole fairs in one process from one seed, with faults at every step.
//!
//! Why: what is promised must hold whatever fails in whichever order, and no hall shows enough of
//! that. The code under test is what runs in the hall: journal, store, sync, the rules of kiosk,
//! site and headquarters; only disk, network, clocks and chance are simulated. Invariants: a seed
//! gives the same run every time; what an oracle requires is never less because it would fail.
//! Room is left for nodes of further kinds: a node is a role, a disk, and a line to another. A site server
//! with a standby sends to that one alone, which reaches headquarters once it was promoted.

pub mod chance;
pub mod door;
pub mod fault;
pub mod line;
mod mend;
pub mod net;
pub mod node;
pub mod oracle;
pub mod people;
pub mod plan;
pub mod rules;
pub mod seeds;
pub mod simulation;
pub mod surroundings;
pub mod trace;

mod drive;
mod fair;
mod hand_over;
mod heal;
mod mischief;
mod serve;
mod standby;
mod sweep;

pub use seeds::{Outcome, Summary, run, run_many};
