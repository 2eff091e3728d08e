//! The rows that headquarters looks things up in: its own staff.

use journal::{Entry, Record};
use office::rows::{LookupKey, account_rows};
use store::{Change, Opened, View};

/// Grows whenever the same records lead to other rows.
const VERSION: u32 = 1;

/// Headquarters' rows, found by hashes under this key.
pub(crate) struct HqRows(pub(crate) LookupKey);

impl View for HqRows {
    fn version(&self) -> u32 {
        VERSION
    }

    /// Accounts of sites have come without their sealed parts, and sign in nowhere here.
    fn apply(&self, record: &Record, entry: &Entry, opened: &Opened) -> Vec<Change> {
        match opened.first() {
            Some(Some(_)) => account_rows(&self.0, record, entry, opened),
            _ => Vec::new(),
        }
    }
}
