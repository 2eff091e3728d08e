//! The journey of a fair, step by step through public interfaces: what the demo's check walks and
//! what the tests walk again.
//!
//! Invariant: each step compares what the nodes report with what the journey itself caused, so
//! that no step passes on an empty fair.

#![expect(
    clippy::indexing_slicing,
    reason = "only JSON values are indexed here, and they answer null for what is not there"
)]

pub mod account;
pub mod booth;
pub mod desk;
pub mod fair;
pub mod figures;
pub mod headquarters;
pub mod material;
pub mod nodes;
pub mod outage;
pub mod report;
pub mod secret;
pub mod seekers;
pub mod station;
pub mod walk;

pub use figures::Figures;
pub use nodes::{Addresses, Nodes, Reach, enrolment_code};
pub use report::Report;
pub use walk::walk;
