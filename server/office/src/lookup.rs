//! Finding records in the look-up rows and opening what is sealed in them.

use domain::event::Event;
use domain::ids::{Hlc, KeyId};
use journal::EntryRef;
use web::ApiError;
use zeroize::Zeroizing;

use crate::office::{Office, OfficeMachine};

/// A record as it was found.
pub struct Found {
    /// What happened.
    pub event: Event,
    /// When.
    pub time: Hlc,
    /// The keys of its sealed parts.
    pub keys: Vec<KeyId>,
    /// Its sealed parts, opened where the key is still there.
    pub opened: Vec<Option<Zeroizing<Vec<u8>>>>,
}

/// The record under a row's key.
///
/// # Errors
/// `lists_rebuilding`.
pub fn record<M: OfficeMachine>(
    office: &Office<M>,
    tree: &'static str,
    key: &[u8],
) -> Result<Option<Found>, ApiError> {
    let pieces = office.look_up(|views| views.scan_prefix(tree, key, PIECES_MOST))?;
    let bytes: Vec<u8> = pieces.into_iter().flat_map(|(_, piece)| piece).collect();
    Ok(open(office, &bytes))
}

/// More pieces than a record's largest size makes: 256 KiB in pieces of 6 KiB.
const PIECES_MOST: usize = 44;

/// A record from the bytes of its pieces.
pub fn open<M: OfficeMachine>(office: &Office<M>, bytes: &[u8]) -> Option<Found> {
    let (entry, _) = EntryRef::split(bytes)?;
    let entry = entry.to_entry();
    let record = entry.record().ok()?;
    let event = Event::read(record.kind.0, &record.payload).ok()??;
    let opened = office.store.open_sealed(&record, &entry);
    let keys = record.sealed.iter().map(|part| part.key).collect();
    Some(Found { event, time: record.happened_at(), keys, opened })
}
