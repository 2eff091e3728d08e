//! Rows by which staff and records are found: keys that name nobody, records in pieces.
//!
//! A row holds a record as it is, its sealed parts still sealed. What a row is found by is a keyed
//! hash where it would name somebody (login, phone number): computed here, never in a record.

use domain::event::{Event, decode};
use domain::ids::AccountId;
use domain::sealed::Credentials;
use hmac::{Hmac, KeyInit, Mac};
use journal::{Entry, Record};
use sha2::Sha256;
use store::{Change, Opened};

/// Staff accounts by id.
pub const ACCOUNTS: &str = "accounts";
/// Staff accounts' ids by the keyed hash of their login.
pub const LOGINS: &str = "logins";

/// Rows stay small, since sled spreads large ones over files: longer records go over several.
const PIECE_BYTES: usize = 6 * 1024;

/// The key of the hashes by which people are found; derived from the node's own secret.
#[derive(Clone)]
pub struct LookupKey([u8; 32]);

impl LookupKey {
    /// The key that belongs to a node's secret seed.
    #[must_use]
    pub fn derive(seed: &[u8; 32]) -> Self {
        Self(derive(seed, b"lookup v1"))
    }

    /// The hash of a login or a phone number.
    #[must_use]
    pub fn hash(&self, purpose: &str, text: &str) -> [u8; 32] {
        let mut message = purpose.as_bytes().to_vec();
        message.push(0);
        message.extend_from_slice(domain::codes::plain(text).as_bytes());
        keyed(&self.0, &message)
    }
}

/// A key for one purpose of a node, from its secret seed.
#[must_use]
pub fn derive(seed: &[u8; 32], purpose: &[u8]) -> [u8; 32] {
    keyed(seed, &[b"springbreeze ", purpose].concat())
}

fn keyed(key: &[u8; 32], message: &[u8]) -> [u8; 32] {
    let mut mac = <Hmac<Sha256>>::new_from_slice(key).expect("HMAC takes keys of any length");
    mac.update(message);
    mac.finalize().into_bytes().into()
}

/// The rows that a record about a staff account leads to; none for any other record.
#[must_use]
pub fn account_rows(
    key: &LookupKey,
    record: &Record,
    entry: &Entry,
    opened: &Opened,
) -> Vec<Change> {
    let Ok(Some(Event::AccountCreated(created))) = Event::read(record.kind.0, &record.payload)
    else {
        return Vec::new();
    };
    let id = created.account.0;
    let mut rows = pieces(ACCOUNTS, &id, entry);
    if let Some(credentials) = part::<Credentials>(opened, 0) {
        let hash = key.hash("login", &credentials.login);
        rows.push(Change { tree: LOGINS, key: hash.to_vec(), value: Some(id.to_vec()) });
    }
    rows
}

/// An opened sealed part, decoded.
#[must_use]
pub fn part<T: for<'b> minicbor::Decode<'b, ()>>(opened: &Opened, place: usize) -> Option<T> {
    let text = opened.get(place)?.as_ref()?;
    decode(text).ok()
}

/// The rows of one record: its bytes in pieces, each under the key and its number.
#[must_use]
pub fn pieces(tree: &'static str, key: &[u8], entry: &Entry) -> Vec<Change> {
    let mut bytes = Vec::new();
    journal::frame::put_entry(&mut bytes, entry);
    bytes
        .chunks(PIECE_BYTES)
        .zip(0_u8..)
        .map(|(piece, number)| {
            let mut key = key.to_vec();
            key.push(number);
            Change { tree, key, value: Some(piece.to_vec()) }
        })
        .collect()
}

/// The account of a row's key.
#[must_use]
pub fn account_of(row: Vec<u8>) -> Option<AccountId> {
    row.try_into().ok().map(AccountId)
}
