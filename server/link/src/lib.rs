//! Carries the sync protocol over HTTP: one set of routes for whoever receives, one uplink for
//! whoever sends, the same for every hop; and by hand, in a file on a stick.
//!
//! Invariants: nothing but an answer of our own type, proved under the session, counts as an
//! acknowledgement; a request without its session's proof, or with one that was seen before, does
//! nothing; a line that hangs costs one scan its short wait, not the next ones. What to send, and
//! what an answer means, is decided by `sync`; this crate must not know what a fair is.

pub mod carry;
pub mod enrolment;
pub mod greeting;
pub mod intake;
pub mod receiving;
pub mod routes;
pub mod source;
pub mod uplink;
pub mod upstream;
pub mod words;

mod carriage;
mod peer;
mod pulling;
mod turns;

pub use enrolment::{EnrolError, Enrolment, Terms, accept, enrol, enrol_standby};
pub use greeting::{Greeted, greet};
pub use intake::Intake;
pub use peer::{Address, BadAddress};
pub use receiving::Receiving;
pub use routes::routes;
pub use source::{ReadFailure, Source, run_after};
pub use uplink::{Clock, HandOverError, HandedOver, Hop, LinkStatus, Options, Uplink, ViewSink};
pub use upstream::{Met, Taken, Upstream, refusal_of, run_from, stored, take};

#[cfg(test)]
mod tests;
