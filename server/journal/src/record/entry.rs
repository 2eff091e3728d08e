//! A record as it is stored and carried: the open part's bytes and, beside them, the ciphertexts.

use sha2::{Digest, Sha256};

use super::{MAX_ENTRY_BYTES, MAX_SEALED_BYTES, Record, RecordError, SealedRef, View, within};

/// A record's bytes, unchanged from where it happened. A sealed part that a hop withheld is `None`.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Entry {
    /// The open part.
    pub open: Vec<u8>,
    /// The ciphertexts that [`Record::sealed`] names, in that order.
    pub sealed: Vec<Option<Vec<u8>>>,
}

impl Entry {
    /// The entry of a new record.
    ///
    /// # Errors
    /// As [`Record::encode`]; and as [`Entry::check`] where the ciphertexts don't fit the record.
    pub fn new(record: &Record, sealed: Vec<Option<Vec<u8>>>) -> Result<Self, RecordError> {
        let entry = Self { open: record.encode()?, sealed };
        entry.check_parts(&record.sealed)?;
        Ok(entry)
    }

    /// The record.
    ///
    /// # Errors
    /// As [`Record::decode`].
    pub fn record(&self) -> Result<Record, RecordError> {
        Record::decode(&self.open)
    }

    /// The record, its payload left where it lies.
    ///
    /// # Errors
    /// As [`Record::decode`].
    pub fn view(&self) -> Result<View<'_>, RecordError> {
        View::decode(&self.open)
    }

    /// Reads the record and checks lengths, and that each ciphertext that came is the one named.
    ///
    /// # Errors
    /// Any [`RecordError`].
    pub fn check(&self) -> Result<View<'_>, RecordError> {
        let view = self.view()?;
        self.check_parts(&view.sealed)?;
        Ok(view)
    }

    fn check_parts(&self, named: &[SealedRef]) -> Result<(), RecordError> {
        if named.len() != self.sealed.len() {
            let (named, carried) = (named.len(), self.sealed.len());
            return Err(RecordError::SealedCount { named, carried });
        }
        within(self.size_bytes(), MAX_ENTRY_BYTES)?;
        for (place, (named, carried)) in named.iter().zip(&self.sealed).enumerate() {
            let Some(ciphertext) = carried else { continue };
            within(ciphertext.len(), MAX_SEALED_BYTES)?;
            if Sha256::digest(ciphertext) != named.hash {
                return Err(RecordError::SealedHash(place));
            }
        }
        Ok(())
    }

    /// Open part and ciphertexts together.
    #[must_use]
    pub fn size_bytes(&self) -> usize {
        self.open.len() + self.sealed.iter().flatten().map(Vec::len).sum::<usize>()
    }

    /// The same record without its sealed parts, as a hop passes it on that withholds them.
    #[must_use]
    pub fn without_sealed(&self) -> Self {
        Self { open: self.open.clone(), sealed: vec![None; self.sealed.len()] }
    }
}
