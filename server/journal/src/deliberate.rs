//! Bugs on purpose, so that the simulation can show that it would find them.
//!
//! Each stands in the very place where the right code stands, and is named there. They exist only
//! in a build with the feature `deliberate-bugs`, which nothing but the simulation's own test asks
//! for; in every other build [`bug`] is `false` and the compiler leaves them out.

/// All of them, each with what it does.
pub const BUGS: [(&str, &str); 13] = [
    ("ack-before-sync", "the writer answers before the group is synced"),
    ("cursor-before-data", "the durable head moves before the records are written"),
    ("epoch-kept-after-restore", "a node that starts goes on in the epoch it finds on its disk"),
    ("time-window-dedupe", "records older than two minutes count as received before"),
    ("first-seq-not-one", "an unknown epoch may begin with any record"),
    ("delete-on-404", "a stream that is refused counts as delivered"),
    (
        "advance-past-poison",
        "a batch with a record nobody can read is passed over, and acknowledged",
    ),
    ("believe-senders-head", "records that don't fit are acknowledged up to the sender's head"),
    ("sync-skipped", "a group is written, and not synced"),
    ("half-transaction-folded", "records are folded before their transaction has ended"),
    ("holes-stay-open", "what comes back of records lost to damage is not kept"),
    ("answer-without-standby", "an answer doesn't wait for the standby, though that keeps up"),
    ("nothing-asked-back", "a node made anew never asks for what its receiver still holds"),
];

/// Whether this bug is wanted, on this thread.
#[cfg(not(feature = "deliberate-bugs"))]
#[must_use]
pub const fn bug(_name: &str) -> bool {
    false
}

#[cfg(feature = "deliberate-bugs")]
pub use chosen::{bug, choose};

#[cfg(feature = "deliberate-bugs")]
mod chosen {
    use std::cell::Cell;

    thread_local! {
        static CHOSEN: Cell<&'static str> = const { Cell::new("") };
    }

    /// Whether this bug is wanted, on this thread.
    #[must_use]
    pub fn bug(name: &str) -> bool {
        CHOSEN.get() == name
    }

    /// From now on this one is wanted on this thread; none with an empty name.
    pub fn choose(name: &'static str) {
        CHOSEN.set(name);
    }
}
