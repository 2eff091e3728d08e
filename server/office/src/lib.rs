//! The staff of a node that people run, a site or headquarters: accounts, sign-in, rights, and the
//! one way in which commands reach the rules.
//!
//! Invariant: every right is checked in [`staff`], and nowhere else. This crate must not know pages
//! or what in particular a node is for.

pub mod accounts;
pub mod asked;
pub mod failure;
pub mod lookup;
pub mod lost;
pub mod moment;
mod office;
mod open;
pub mod random;
pub mod room;
pub mod rows;
pub mod sign_in_routes;
pub mod staff;
pub mod stamp;

pub use asked::{Answer, Asked};
pub use office::{AnswerAfter, Office, OfficeMachine, lock, now_ms, uptime_ms};
pub use open::{ROWS_DIRECTORY, open};
pub use staff::Staff;
