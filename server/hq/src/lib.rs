//! Headquarters: takes in what every site sends, counts it, and shows it.
//!
//! Invariants: what it counts of a site is what the site counts, since both fold the same records
//! by the same rules; a batch that comes again changes nothing; it holds open parts only, so that
//! nothing personal or confidential of a site is here. It must not know how a site works inside.

mod api;
pub mod by_hand;
mod cells;
mod contacts;
mod figures;
mod hq;
mod machine;
mod pages;
mod rows;
mod run;
mod totals;
mod upstream;

#[cfg(test)]
mod tests;

pub use hq::Hq;
pub use machine::{HqMachine, Site};
pub use run::{Failure, Options, app, open, run};

/// The version of this software, as other nodes and people are told.
const SOFTWARE: &str = env!("CARGO_PKG_VERSION");
