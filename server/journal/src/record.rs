//! One thing that happened, as it is stored, carried and chained.
//!
//! Why: everything anyone sees is a fold over records, so a record's bytes must mean the same for
//! ever and at every hop. Invariant: the open part is a CBOR array whose fields keep their place
//! and meaning (append-only); what follows the known fields is somebody's later addition and is
//! kept, because the bytes themselves travel and nobody encodes a foreign record anew.
//! Must not know what any payload from kind 100 up means.

mod entry;
mod erased;
mod started;
mod view;

pub use entry::Entry;
pub use erased::KeysErased;
pub use started::NodeStarted;
pub use view::View;

use domain::ids::{AccountId, DeviceId, Epoch, FairTag, Hlc, KeyId, NodeId, Seq};
use minicbor::Encoder;

/// The longest open part of a record: 48 KiB (a quarter less than the 64 KiB of a tile's entry, so
/// that a log of transparency could carry it).
pub const MAX_RECORD_BYTES: usize = 48 * 1024;
/// The longest ciphertext of one sealed part.
pub const MAX_SEALED_BYTES: usize = 64 * 1024;
/// The most sealed parts of one record.
pub const MAX_SEALED_PARTS: usize = 16;
/// The longest record with all its sealed parts, so that any fits into one batch.
pub const MAX_ENTRY_BYTES: usize = 256 * 1024;

/// The version of the open part that this build writes and reads.
pub(crate) const RECORD_VERSION: u8 = 1;
/// The fields of version 1 that are always there; more may follow.
pub(crate) const RECORD_FIELDS: u64 = 12;
/// By how much a node's own clock may run ahead of its wall clock, in milliseconds, before a record
/// tells the wall clock too.
const AHEAD_MS: u64 = 60_000;

/// What kind of event a record holds. Numbers are never reused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Kind(pub u16);

/// The kinds that belong to the journal itself: 1 to 99 are reserved for it.
pub mod kind {
    use super::Kind;

    /// The first record of every epoch; payload [`super::NodeStarted`].
    pub const NODE_STARTED: Kind = Kind(1);
    /// The origin's signature over its chain so far; payload [`crate::Checkpoint`].
    pub const CHECKPOINT: Kind = Kind(2);
    /// The origin has wiped keys of sealed parts for good; payload [`crate::KeysErased`].
    pub const KEYS_ERASED: Kind = Kind(3);
    /// The last number reserved for the journal.
    pub const LAST_RESERVED: Kind = Kind(99);
}

impl Kind {
    /// Whether the journal itself, not the domain, gives this kind its meaning.
    #[must_use]
    pub const fn is_reserved(self) -> bool {
        self.0 <= kind::LAST_RESERVED.0
    }
}

impl std::fmt::Display for Kind {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

/// Marks of a record; unknown ones are kept.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub struct Flags(pub u32);

impl Flags {
    /// No mark.
    pub const NONE: Self = Self(0);
    /// Recorded while the fair was in rehearsal (演练): counts nowhere.
    pub const REHEARSAL: Self = Self(1);
    /// The last record of its transaction.
    pub const ENDS_TRANSACTION: Self = Self(2);

    /// Both sets of marks.
    #[must_use]
    pub const fn with(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether all marks of `other` are set.
    #[must_use]
    pub const fn has(self, other: Self) -> bool {
        self.0 & other.0 == other.0
    }

    /// Recorded in rehearsal.
    #[must_use]
    pub const fn rehearsal(self) -> bool {
        self.has(Self::REHEARSAL)
    }

    /// The last of its transaction.
    #[must_use]
    pub const fn ends_transaction(self) -> bool {
        self.has(Self::ENDS_TRANSACTION)
    }
}

/// What the open part says of a sealed part: which key opens it, and the SHA-256 of its ciphertext.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct SealedRef {
    /// The key's name in the keyring.
    pub key: KeyId,
    /// SHA-256 of the ciphertext as carried (nonce first).
    pub hash: [u8; 32],
}

/// One record, read. What is stored and carried is its [`Entry`].
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    /// The node where it happened.
    pub origin: NodeId,
    /// The run of that node's process.
    pub epoch: Epoch,
    /// Its place in the epoch, from 1.
    pub seq: Seq,
    /// The origin's clock, which never goes back; decides nothing about acceptance.
    pub time: Hlc,
    /// What the wall clock said, in milliseconds since 1970, where `time` runs far ahead of it: after
    /// the machine's clock was once wrong and then set right.
    pub wall_ms: Option<u64>,
    /// What kind of event the payload is.
    pub kind: Kind,
    /// The staff account that acted, if one did.
    pub actor: Option<AccountId>,
    /// The device it was done at, if not the node itself.
    pub station: Option<DeviceId>,
    /// The fair it belongs to, if to one.
    pub fair: Option<FairTag>,
    /// Its marks.
    pub flags: Flags,
    /// The event, in whatever encoding its kind has.
    pub payload: Vec<u8>,
    /// Its sealed parts, in order.
    pub sealed: Vec<SealedRef>,
}

/// What a decision wants appended: the writer adds origin, epoch, seq and time, and seals each
/// secret under a key of its own.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Draft {
    /// What kind of event the payload is.
    pub kind: Kind,
    /// The staff account that acted, if one did.
    pub actor: Option<AccountId>,
    /// The device it was done at, if not the node itself.
    pub station: Option<DeviceId>,
    /// The fair it belongs to, if to one.
    pub fair: Option<FairTag>,
    /// Whether the fair was in rehearsal.
    pub rehearsal: bool,
    /// The event, in the open.
    pub payload: Vec<u8>,
    /// The plaintexts to be sealed, in the order in which the payload's reader expects them.
    pub secrets: Vec<Vec<u8>>,
}

impl Draft {
    /// A draft of a kind and its payload, everything else absent.
    #[must_use]
    pub fn new(kind: Kind, payload: Vec<u8>) -> Self {
        Self {
            kind,
            actor: None,
            station: None,
            fair: None,
            rehearsal: false,
            payload,
            secrets: Vec::new(),
        }
    }
}

/// Bytes that are no record of a version this build knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum RecordError {
    /// Not a record at all, or cut, or with something after its end.
    #[error("these bytes are not a record")]
    Malformed,
    /// Written by a later version, whose fields mean something else.
    #[error("the record has version {0}, which this program cannot read: update it")]
    Version(u64),
    /// Records are numbered from 1.
    #[error("a record's number is at least 1")]
    SeqZero,
    /// Longer than a limit of this module.
    #[error("the record is too long: {size_bytes} bytes where {limit_bytes} are allowed")]
    TooLong {
        /// How long it is.
        size_bytes: usize,
        /// How long it may be.
        limit_bytes: usize,
    },
    /// As many sealed parts must come (or be said to be withheld) as the open part names.
    #[error("the open part names {named} sealed parts, {carried} came with it")]
    SealedCount {
        /// As the open part says.
        named: usize,
        /// As carried.
        carried: usize,
    },
    /// A sealed part is not the one whose hash stands in the open part.
    #[error("sealed part {0} is not the one that the record names")]
    SealedHash(usize),
}

impl Record {
    /// The open part's bytes: deterministic, so that the same record always has the same hash.
    ///
    /// # Errors
    /// [`RecordError::TooLong`] beyond [`MAX_RECORD_BYTES`]; [`RecordError::SeqZero`];
    /// [`RecordError::SealedCount`] beyond [`MAX_SEALED_PARTS`].
    pub fn encode(&self) -> Result<Vec<u8>, RecordError> {
        let mut out = Vec::with_capacity(128 + self.payload.len() + 56 * self.sealed.len());
        self.encode_into(&mut out)?;
        Ok(out)
    }

    /// As [`Record::encode`], appended to a buffer that is used again.
    ///
    /// # Errors
    /// As [`Record::encode`]; what was appended is then of no use.
    pub fn encode_into(&self, out: &mut Vec<u8>) -> Result<(), RecordError> {
        let before = out.len();
        if self.seq.0 == 0 {
            return Err(RecordError::SeqZero);
        }
        if self.sealed.len() > MAX_SEALED_PARTS {
            return Err(RecordError::SealedCount {
                named: self.sealed.len(),
                carried: MAX_SEALED_PARTS,
            });
        }
        let _always = self.write(&mut Encoder::new(&mut *out));
        within(out.len() - before, MAX_RECORD_BYTES)
    }

    /// Reads an open part.
    ///
    /// # Errors
    /// Anything that is not a record of the known version.
    pub fn decode(open: &[u8]) -> Result<Self, RecordError> {
        View::decode(open).map(|view| view.to_record())
    }

    /// When it happened, for people.
    #[must_use]
    pub fn happened_at(&self) -> Hlc {
        self.wall_ms.map_or(self.time, Hlc::from_ms)
    }

    fn write(
        &self,
        out: &mut Encoder<&mut Vec<u8>>,
    ) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
        out.array(RECORD_FIELDS + u64::from(self.wall_ms.is_some()))?
            .u8(RECORD_VERSION)?
            .bytes(&self.origin.0)?;
        out.u64(self.epoch.0)?.u64(self.seq.0)?.u64(self.time.0)?.u16(self.kind.0)?;
        optional(out, self.actor.as_ref().map(|id| id.0.as_slice()))?;
        optional(out, self.station.as_ref().map(|id| id.0.as_slice()))?;
        optional(out, self.fair.as_ref().map(|tag| tag.0.as_slice()))?;
        out.u32(self.flags.0)?.bytes(&self.payload)?;
        out.array(crate::number::long(self.sealed.len()))?;
        for part in &self.sealed {
            out.array(2)?.bytes(&part.key.0)?.bytes(&part.hash)?;
        }
        if let Some(wall_ms) = self.wall_ms {
            out.u64(wall_ms)?;
        }
        Ok(())
    }
}

/// What a record of this moment has to tell of the wall clock.
#[must_use]
pub fn wall_beside(time: Hlc, wall_ms: u64) -> Option<u64> {
    (time.unix_ms() > wall_ms.saturating_add(AHEAD_MS)).then_some(wall_ms)
}

fn optional(
    out: &mut Encoder<&mut Vec<u8>>,
    bytes: Option<&[u8]>,
) -> Result<(), minicbor::encode::Error<std::convert::Infallible>> {
    match bytes {
        Some(bytes) => out.bytes(bytes)?,
        None => out.null()?,
    };
    Ok(())
}

pub(crate) fn within(size_bytes: usize, limit_bytes: usize) -> Result<(), RecordError> {
    if size_bytes > limit_bytes {
        return Err(RecordError::TooLong { size_bytes, limit_bytes });
    }
    Ok(())
}

#[cfg(test)]
mod tests;
