//! A batch's body: entries one after the other, in the form in which the journal stores them.

use journal::frame::{EntryRef, put_entry};
use journal::{Entry, record::MAX_ENTRY_BYTES};

use super::Withhold;

/// Appends an entry, without its sealed parts if they are withheld.
pub(super) fn write_entry(out: &mut Vec<u8>, entry: &Entry, withhold: Withhold) {
    match withhold {
        Withhold::Nothing => put_entry(out, entry),
        Withhold::AllSealed => put_entry(out, &entry.without_sealed()),
    }
}

/// Entries as one run of bytes, unpacked: for a hand-over of single records.
#[must_use]
pub fn encode_entries(entries: &[Entry], withhold: Withhold) -> Vec<u8> {
    let mut out = Vec::new();
    for entry in entries {
        write_entry(&mut out, entry, withhold);
    }
    out
}

/// Reads at most `most` entries from bytes made by [`encode_entries`]. What is in them is not
/// checked. None if the bytes are something else, or hold more.
#[must_use]
pub fn decode_entries(mut bytes: &[u8], most: usize) -> Option<Vec<Entry>> {
    let mut entries = Vec::new();
    while !bytes.is_empty() {
        if entries.len() >= most {
            return None;
        }
        let (entry, rest) = EntryRef::split(bytes)?;
        if bytes.len() - rest.len() > 2 * MAX_ENTRY_BYTES {
            return None;
        }
        entries.push(entry.to_entry());
        bytes = rest;
    }
    Some(entries)
}
