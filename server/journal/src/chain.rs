//! The chain of an origin's records, and what a node holds of every origin.
//!
//! h(0) = SHA-256(label ‖ origin ‖ epoch), h(n) = SHA-256(h(n−1) ‖ open part of record n): so a
//! hash stands for everything before it, and a sealed part may be withheld without breaking it.
//! Invariant: gap, fork, corruption and the rest are different words and never used for one
//! another.

mod check;
mod heads;

pub(crate) use check::follow;
pub use check::{Accepted, Fault, Held, Misfit, NothingHeld, check};
pub use heads::{Branch, EpochHead, Heads};

use domain::ids::{Epoch, NodeId, Seq};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// What a chain starts from, so that no other use of SHA-256 gives the same bytes.
const CHAIN_LABEL: &[u8] = b"springbreeze journal chain 1";

/// A chain's hash after some record.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Hash(#[cbor(with = "minicbor::bytes")] pub [u8; 32]);

impl Hash {
    /// The hash after one more record.
    #[must_use]
    pub fn extend(self, open: &[u8]) -> Self {
        Self(Sha256::new().chain_update(self.0).chain_update(open).finalize().into())
    }
}

impl std::fmt::Display for Hash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl std::fmt::Debug for Hash {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "Hash({self})")
    }
}

/// The hash before an epoch's first record.
#[must_use]
pub fn chain_start(origin: NodeId, epoch: Epoch) -> Hash {
    let start = Sha256::new().chain_update(CHAIN_LABEL);
    Hash(start.chain_update(origin.0).chain_update(epoch.0.to_be_bytes()).finalize().into())
}

/// The last record held of an epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(array)]
pub struct Head {
    /// The epoch.
    #[n(0)]
    pub epoch: Epoch,
    /// Its last record; 0 before the first.
    #[n(1)]
    pub seq: Seq,
    /// The chain's hash after it.
    #[n(2)]
    pub hash: Hash,
}

impl Head {
    /// The head before an epoch's first record.
    #[must_use]
    pub fn before(origin: NodeId, epoch: Epoch) -> Self {
        Self { epoch, seq: Seq(0), hash: chain_start(origin, epoch) }
    }

    /// The number of the next record.
    #[must_use]
    pub const fn next_seq(self) -> Seq {
        Seq(self.seq.0.saturating_add(1))
    }

    /// The head after the next record.
    #[must_use]
    pub fn extend(self, open: &[u8]) -> Self {
        Self { epoch: self.epoch, seq: self.next_seq(), hash: self.hash.extend(open) }
    }
}

#[cfg(test)]
mod tests;
