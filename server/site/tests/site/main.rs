//! The site as programs meet it: rights, bad input, and imports that are there whole or not at all.
#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at what should not happen"
)]

mod bad_input;
mod fair;
mod given;
mod import;
mod kiosk;
mod overreach;
mod rights;
mod view;
