//! The rules of a "Spring Breeze Job" fair (春风送岗): what can happen, what may be decided, and what
//! everything that happened adds up to.
//!
//! Pure: no clock, no randomness, no file, no network, no `async`. Time, chance and the results of
//! I/O come in as arguments. Everything here must know nothing of HTTP, disks or pages.

#[macro_use]
pub mod codes;
pub mod command;
pub mod day;
pub mod decide;
pub mod employer;
pub mod event;
pub mod fair;
pub mod ids;
pub mod matching;
pub mod number;
pub mod refusal;
pub mod role;
pub mod rules;
pub mod sealed;
pub mod state;
pub mod station;
pub mod statistics;
pub mod ticket;
pub mod verdict;
