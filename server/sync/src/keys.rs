//! Keys of sealed parts on their way to the node that is to read them: a kiosk's to its site's.
//!
//! Invariants: a key travels only in a letter to the receiver's public key, bound to the key's
//! name, inside a message that its sender has proved; the receiver takes a key only where a record
//! of the same message names it and it opens that record's part. Must not know where keys are kept
//! or wiped.

use std::collections::BTreeMap;

use domain::ids::KeyId;
use journal::identity::{LetterError, LetterSeed};
use journal::sealing::{self, PartKey};
use journal::{Entry, Kind, NodeKey, NodePublic};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::limits;

/// What such a letter is for.
const PURPOSE: &[u8] = b"subject key 1";

/// A key in a letter that only its receiver opens.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct WrappedKey {
    /// Which one.
    #[n(0)]
    pub key: KeyId,
    /// The key itself, sealed.
    #[n(1)]
    pub letter: ByteVec,
}

/// Why keys are not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadKeys {
    /// More than one message may carry.
    #[error("more keys than one message may carry")]
    TooMany,
    /// No record beside it has a sealed part under this key, or the key came twice.
    #[error("key {0} belongs to no sealed part of the records beside it")]
    NotNamed(KeyId),
    /// The letter is not for this node and this key.
    #[error("the letter with key {0} is not for this node")]
    Letter(KeyId),
    /// It doesn't open the part that names it.
    #[error("key {0} does not open its sealed part")]
    WrongKey(KeyId),
}

impl WrappedKey {
    /// Puts a key into a letter to `receiver`.
    ///
    /// # Errors
    /// The receiver's public key is not one that a letter can be sealed for.
    pub fn wrap(
        receiver: NodePublic,
        name: KeyId,
        key: &PartKey,
        seed: LetterSeed,
    ) -> Result<Self, LetterError> {
        let letter = receiver.seal_letter(PURPOSE, &name.0, &key.0, seed)?;
        Ok(Self { key: name, letter: letter.into() })
    }

    fn open(&self, own: &NodeKey) -> Option<PartKey> {
        let opened = own.open_letter(PURPOSE, &self.key.0, &self.letter).ok()?;
        Some(PartKey(opened.as_slice().try_into().ok()?))
    }
}

/// The sealed parts of a record that are here, by the names of their keys.
pub fn parts(entry: &Entry) -> impl Iterator<Item = (KeyId, Kind, &[u8])> {
    let view = entry.view().ok();
    let kind = view.as_ref().map_or(Kind(0), |view| view.kind);
    let named = view.map(|view| view.sealed).unwrap_or_default();
    let parts = named.into_iter().zip(&entry.sealed);
    parts.filter_map(move |(named, part)| Some((named.key, kind, part.as_deref()?)))
}

/// Opens the keys that came beside records which were checked already.
///
/// # Errors
/// [`BadKeys`]: a single bad one and none is taken, since no honest sender makes one.
pub fn open(
    own: &NodeKey,
    entries: &[Entry],
    wrapped: &[WrappedKey],
) -> Result<Vec<(KeyId, PartKey)>, BadKeys> {
    if wrapped.len() > limits::REQUEST_KEYS {
        return Err(BadKeys::TooMany);
    }
    let parts = entries.iter().flat_map(parts);
    let mut parts: BTreeMap<KeyId, (Kind, &[u8])> =
        parts.map(|(name, kind, part)| (name, (kind, part))).collect();
    let mut keys = Vec::with_capacity(wrapped.len());
    for wrapped in wrapped {
        let name = wrapped.key;
        let (kind, part) = parts.remove(&name).ok_or(BadKeys::NotNamed(name))?;
        let key = wrapped.open(own).ok_or(BadKeys::Letter(name))?;
        sealing::open(name, &key, kind, part).map_err(|_| BadKeys::WrongKey(name))?;
        keys.push((name, key));
    }
    Ok(keys)
}

#[cfg(test)]
mod tests;
