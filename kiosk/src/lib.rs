//! The station: what stands at the door of a fair and says whether a ticket is good.
//!
//! It decodes, judges, records and answers on its own; the site is told, and asked for a better
//! answer, but nobody waits for it longer than a fifth of a second. Everything but live crowding
//! works with the network gone.

pub mod decode;
pub mod flow;
pub mod guesses;
pub mod kiosk;
pub mod pages;
pub mod pairing;
pub mod presented;
pub mod route;
pub mod routes;
pub mod scenes;
pub mod station;

#[cfg(test)]
mod testing;
