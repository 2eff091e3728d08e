//! The rows that the site looks things up in: staff, people by ticket, consultations by
//! day. Made from the journal by the store's follower, and made anew whenever there is a doubt.

use domain::event::Event;
use domain::ids::NodeId;
use journal::{Entry, Record};
use office::rows::{LookupKey, account_rows, pieces};
use store::{Change, Opened, View};

/// Registrations by ticket.
pub const PEOPLE: &str = "people";
/// Consultations by rehearsal mark, day, serial and id.
pub const CONSULTATIONS: &str = "consultations";
/// Keys of [`CONSULTATIONS`] by consultation.
pub const CONSULTATION_KEYS: &str = "consultation_keys";
/// Referrals by consultation.
pub const REFERRALS: &str = "referrals";

/// Grows whenever the same records lead to other rows.
const VERSION: u32 = 2;

/// The site's rows.
pub struct SiteRows {
    /// By hashes under this key they are found.
    pub key: LookupKey,
    /// The site server, and those that it followed: what only these may say is taken from nobody else.
    pub line: Vec<NodeId>,
}

impl View for SiteRows {
    fn version(&self) -> u32 {
        VERSION
    }

    fn apply(&self, record: &Record, entry: &Entry, opened: &Opened) -> Vec<Change> {
        let Ok(Some(event)) = Event::read(record.kind.0, &record.payload) else {
            return Vec::new();
        };
        if !self.line.contains(&record.origin) && !event.is_of_stations() {
            return Vec::new();
        }
        match event {
            Event::AccountCreated(_) => account_rows(&self.key, record, entry, opened),
            Event::SeekerRegistered(registered) => pieces(PEOPLE, &registered.reference.0, entry),
            Event::ConsultationRecorded(recorded) => {
                let mut key = vec![u8::from(record.flags.rehearsal())];
                key.extend_from_slice(&recorded.day.0.to_be_bytes());
                key.extend_from_slice(&recorded.serial.to_be_bytes());
                key.extend_from_slice(&recorded.consultation.0);
                let mut rows = pieces(CONSULTATIONS, &key, entry);
                let by_id = recorded.consultation.0.to_vec();
                rows.push(Change { tree: CONSULTATION_KEYS, key: by_id, value: Some(key) });
                rows
            }
            Event::ConsultationReferred(referred) => {
                pieces(REFERRALS, &referred.consultation.0, entry)
            }
            _ => Vec::new(),
        }
    }
}

/// Bytes of a consultation row's key before the number of the piece.
pub const CONSULTATION_KEY_BYTES: usize = 1 + 2 + 4 + 8;
