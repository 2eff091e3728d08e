//! The batch: a run of one stream's records as it travels between nodes, and as it will lie on a
//! USB stick.
//!
//! Layout: magic, length of the header (4 bytes, big-endian), header in CBOR, the sender's
//! signature over magic and header, body, and keys of sealed parts if there are some. The header
//! holds the SHA-256 of both, so the signature covers all.
//! Invariants: what is read back is byte for byte what was packed; nothing is believed before the
//! signature is checked; nothing a peer claims makes the reader allocate more than
//! [`limits::UNPACK_BYTES`]. Must not know where batches come from.

use domain::ids::{Epoch, NodeId, Seq};
use journal::identity::Signature;
use journal::record::RecordError;
use journal::{Entry, Hash, Head, NodeKey, NodePublic, StoreId};
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::limits;
use crate::stream::Stream;

mod body;
mod packing;
mod reading;

pub use body::{decode_entries, encode_entries};
pub use packing::{PackError, Packed, Run, pack};
pub use reading::{Batch, Unverified};

const MAGIC: &[u8; 8] = b"SprBreB\n";
const SIGNATURE_BYTES: usize = 64;
const PURPOSE: &str = "batch 1";

/// What a hop keeps to itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Withhold {
    /// Nothing: a kiosk's records go to its site whole.
    Nothing,
    /// All sealed parts: a site's records go to headquarters without them. Their hashes stay, so
    /// the chain still verifies.
    AllSealed,
}

/// How a body is packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Codec {
    /// As it is.
    #[n(0)]
    Plain,
    /// zstd.
    #[n(1)]
    Zstd,
}

/// What a batch says of itself, under its sender's signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Header {
    /// The protocol version.
    #[n(0)]
    pub protocol: u16,
    /// Who packed it.
    #[n(1)]
    pub sender: NodeId,
    /// For whom.
    #[n(2)]
    pub audience: NodeId,
    /// For which store of theirs.
    #[n(3)]
    pub store: StoreId,
    /// Whose records it holds.
    #[n(4)]
    pub origin: NodeId,
    /// Of which epoch.
    #[n(5)]
    pub epoch: Epoch,
    /// The first record.
    #[n(6)]
    pub first: Seq,
    /// The last record.
    #[n(7)]
    pub last: Seq,
    /// The chain hash before the first.
    #[n(8)]
    pub previous: Hash,
    /// The chain hash after the last.
    #[n(9)]
    pub new: Hash,
    /// How the body is packed.
    #[n(10)]
    pub codec: Codec,
    /// The body's bytes before packing.
    #[n(11)]
    pub raw_bytes: u32,
    /// The body's bytes after packing.
    #[n(12)]
    pub packed_bytes: u32,
    /// SHA-256 of the packed body.
    #[n(13)]
    pub body: ByteArray<32>,
    /// What follows the body.
    #[n(14)]
    pub keys: Option<KeysAfter>,
}

/// Keys of sealed parts that follow a batch's body, as the header names them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct KeysAfter {
    /// Their bytes: a list of [`crate::keys::WrappedKey`] in CBOR.
    #[n(0)]
    pub bytes: u32,
    /// SHA-256 of these bytes.
    #[n(1)]
    pub hash: ByteArray<32>,
}

impl Header {
    /// Of which stream.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        Stream { origin: self.origin, epoch: self.epoch }
    }

    /// How many records the header claims; none if its numbers make no sense.
    #[must_use]
    pub fn records(&self) -> Option<usize> {
        let after = self.last.0.checked_sub(self.first.0)?;
        let records = usize::try_from(after).ok()?.checked_add(1)?;
        (self.first.0 > 0 && records <= limits::BATCH_RECORDS).then_some(records)
    }
}

/// Why bytes are not a batch that may be taken. Each case its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BatchError {
    /// These bytes are something else.
    #[error("this is not a batch")]
    NotABatch,
    /// It ends too early, or something follows it.
    #[error("the batch is cut, or something follows it")]
    Cut,
    /// Its version is not understood.
    #[error("the batch has protocol version {0}: update this program")]
    Protocol(u16),
    /// Beyond the limits.
    #[error("the batch is larger than the limits allow")]
    TooLarge,
    /// The signature is not its sender's.
    #[error("the batch's signature is not its sender's")]
    Signature,
    /// The body is not the one that was signed.
    #[error("the batch's body was changed on its way")]
    Body,
    /// The body can't be unpacked, or is not what the header says.
    #[error("the batch's body cannot be unpacked")]
    Unpacked,
    /// A record that is none, counted from 0.
    #[error("record {place} of the batch: {why}")]
    Record {
        /// Which one.
        place: usize,
        /// What is wrong.
        why: RecordError,
    },
    /// The records are not those that the header names.
    #[error("record {0} of the batch is not the one that its header names")]
    Order(usize),
    /// The records don't give the chain hash that the header claims.
    #[error("the batch's records don't lead to the hash that its header claims")]
    Chain,
    /// A checkpoint inside contradicts the records, or isn't its origin's.
    #[error("the checkpoint in record {0} does not hold")]
    Checkpoint(Seq),
}

#[cfg(test)]
mod tests;
