//! The record of keys that were wiped for good: a copy of the keyring that is older than it must not
//! bring them back. It names keys, which are random numbers, and nobody.

use domain::ids::KeyId;
use minicbor::{Decode, Encode};

use super::RecordError;

/// Payload of a record of kind [`super::kind::KEYS_ERASED`]. Wiping that is no person's wish, such as
/// a station's after it handed its keys over, is not recorded.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct KeysErased {
    /// The keys' names.
    #[n(0)]
    pub keys: Vec<KeyId>,
}

impl KeysErased {
    /// The most keys of one record, so that it stays within what a record may have.
    pub const MOST: usize = 2_000;

    /// The payload.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("a vector takes any bytes")
    }

    /// Reads a payload; fields after the known ones are passed over.
    ///
    /// # Errors
    /// [`RecordError::Malformed`].
    pub fn decode(payload: &[u8]) -> Result<Self, RecordError> {
        minicbor::decode(payload).map_err(|_| RecordError::Malformed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::record::MAX_RECORD_BYTES;

    #[test]
    fn the_longest_list_fits_a_record_and_reads_back() {
        let keys = (0..KeysErased::MOST).map(|n| KeyId([u8::try_from(n % 251).unwrap(); 16]));
        let erased = KeysErased { keys: keys.collect() };
        let payload = erased.encode();
        assert!(payload.len() < MAX_RECORD_BYTES - 1_000, "{}", payload.len());
        assert_eq!(KeysErased::decode(&payload), Ok(erased));
        assert_eq!(KeysErased::decode(b"x"), Err(RecordError::Malformed));
    }
}
