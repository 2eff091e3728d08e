//! Hand-over: one or a few fresh records over the session, answered with the receiver's judgement
//! within the moment in which somebody stands at the kiosk. Unsigned: the session proves it, and
//! the next batch's checkpoint signs it. The records are the same that a batch brings a second later.

use domain::ids::NodeId;
use journal::{Entry, Head};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::answer::BatchAnswer;
use crate::batch::{Withhold, decode_entries, encode_entries};
use crate::keys::WrappedKey;
use crate::limits;
use crate::stream::Stream;

/// Fresh records.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HandOver {
    /// Whose they are.
    #[n(0)]
    pub origin: NodeId,
    /// The head that they directly follow.
    #[n(1)]
    pub previous: Head,
    /// The records, as [`encode_entries`] writes them.
    #[n(2)]
    pub entries: ByteVec,
    /// Keys of their sealed parts, for a receiver that takes them.
    #[n(3)]
    pub keys: Option<Vec<WrappedKey>>,
}

/// Records that are not a hand-over.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("these are not records that follow one another")]
pub struct BadHandOver;

impl HandOver {
    /// Fresh records that directly follow `previous`.
    #[must_use]
    pub fn new(origin: NodeId, previous: Head, entries: &[Entry], withhold: Withhold) -> Self {
        let entries = encode_entries(entries, withhold).into();
        Self { origin, previous, entries, keys: None }
    }

    /// The same with keys of the records' sealed parts.
    #[must_use]
    pub fn with_keys(mut self, keys: Vec<WrappedKey>) -> Self {
        self.keys = (!keys.is_empty()).then_some(keys);
        self
    }

    /// Of which stream.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        Stream { origin: self.origin, epoch: self.previous.epoch }
    }

    /// The records, checked one by one, and the head after them.
    ///
    /// # Errors
    /// [`BadHandOver`] if they aren't records of this stream in order.
    pub fn read(&self) -> Result<(Vec<Entry>, Head), BadHandOver> {
        let most = limits::HAND_OVER_RECORDS;
        let entries = decode_entries(&self.entries, most).ok_or(BadHandOver)?;
        let mut head = self.previous;
        for entry in &entries {
            let view = entry.check().map_err(|_| BadHandOver)?;
            let named = view.origin == self.origin
                && view.epoch == head.epoch
                && view.seq == head.next_seq();
            if !named {
                return Err(BadHandOver);
            }
            head = head.extend(&entry.open);
        }
        if entries.is_empty() { Err(BadHandOver) } else { Ok((entries, head)) }
    }
}

/// The receiver's answer.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HandOverAnswer {
    /// What became of the records.
    #[n(0)]
    pub answer: BatchAnswer,
    /// For each record, what the receiver makes of it; opaque here, empty where it makes nothing.
    #[n(1)]
    pub judgements: Vec<ByteVec>,
    /// The newest version of the station's view; a newer one than the station's is to be fetched.
    #[n(2)]
    pub view_version: u64,
}
