//! What the station shows, as functions from values to markup.
//!
//! Every page works without script, fills the screen without scrolling, says everything in both
//! languages and has the same way to a helper in the same corner. Knows nothing of where the values
//! come from.

pub mod frame;
pub mod help;
pub mod home;
mod icon;
pub mod jobs;
pub mod look;
pub mod notice;
pub mod result;
pub mod setup;
pub mod stage;
pub mod status;
pub mod walk_in;

pub use frame::Around;
pub use look::Look;

#[cfg(test)]
mod tests;
