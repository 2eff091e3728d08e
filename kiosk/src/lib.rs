//! The station: what stands at the door of a fair and says whether a ticket is good.
//!
//! It decodes, judges, records and answers on its own; the site is told, and asked for a better
//! answer, but nobody waits for it longer than a fifth of a second. Everything but live crowding
//! works with the network gone.

pub mod decode;
pub mod scenes;
pub mod flow;
pub mod presented;
pub mod pages;
pub mod route;
pub mod station;
pub mod guesses;
pub mod kiosk;
pub mod routes;

#[cfg(test)]
mod testing;
