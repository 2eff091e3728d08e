//! A fair on its site: the rules driven by the store, the operations that people and stations ask
//! for, the API and the pages.
//!
//! Invariant: pages and API only parse, have the right checked, call one operation and render. This
//! crate must not know how stations or headquarters work inside.

pub mod api;
pub mod bench;
pub mod booths;
pub mod budget;
pub mod by_hand;
pub mod check_in;
pub mod consultations;
pub mod disagreements;
pub mod enrolment;
pub mod following;
pub mod headquarters;
pub mod import;
pub mod machine;
pub mod overview;
pub mod pages;
pub mod planning;
pub mod promotion;
pub mod registration;
pub mod retention;
pub mod rotation;
pub mod rows;
mod serve;
mod site;
pub mod standby;
pub mod suggestions;
pub mod ticket_keys;
mod upstream;

pub use following::{Follow, FollowError};
pub use promotion::{PromoteError, promote};
pub use serve::{Options, ServeError, app, open, run};
pub use site::{Guesser, Site};
pub use upstream::update as view_update;

/// This software and its version, as told to other nodes.
pub const SOFTWARE: &str = concat!("springbreeze-site ", env!("CARGO_PKG_VERSION"));
