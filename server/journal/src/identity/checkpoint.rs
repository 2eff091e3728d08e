//! The origin's signature over its own chain: what lets headquarters verify a kiosk's records
//! without trusting the hops between.

use domain::ids::{Epoch, NodeId, Seq};
use minicbor::{Decode, Encode};

use super::{NodeKey, NodePublic, Signature};
use crate::chain::{Hash, Head};
use crate::record::RecordError;

/// What a checkpoint's signature is for.
const PURPOSE: &str = "checkpoint 1";

/// Payload of [`crate::kind::CHECKPOINT`], the record after the one it signs: the origin says that
/// its epoch's chain has this hash after this record.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct Checkpoint {
    /// The head that is signed.
    #[n(0)]
    pub head: Head,
    /// The origin's signature over origin, epoch, seq and hash.
    #[n(1)]
    pub signature: Signature,
}

/// Why a checkpoint doesn't hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CheckpointError {
    /// The signature is not this node's: forgery, or the wrong key.
    #[error("the checkpoint's signature is not the origin's")]
    Signature,
    /// The signature is good, but the records held are not those that were signed.
    #[error("the records held are not those that the origin signed")]
    Chain,
}

impl Checkpoint {
    /// Signs a head of the node's own chain.
    #[must_use]
    pub fn sign(key: &NodeKey, head: Head) -> Self {
        Self { head, signature: key.sign(PURPOSE, &message(key.node_id(), head)) }
    }

    /// Checks the signature, and that the chain held has the signed hash (`held` is the chain's
    /// hash after the signed record).
    ///
    /// # Errors
    /// [`CheckpointError`].
    pub fn verify(&self, public: NodePublic, held: Hash) -> Result<(), CheckpointError> {
        public
            .verify(PURPOSE, &message(public.node_id(), self.head), &self.signature)
            .map_err(|_| CheckpointError::Signature)?;
        if held == self.head.hash { Ok(()) } else { Err(CheckpointError::Chain) }
    }

    /// The payload's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::with_capacity(128);
        let _always = minicbor::encode(self, &mut out);
        out
    }

    /// Reads the payload.
    ///
    /// # Errors
    /// [`RecordError::Malformed`].
    pub fn decode(payload: &[u8]) -> Result<Self, RecordError> {
        minicbor::decode(payload).map_err(|_| RecordError::Malformed)
    }
}

/// Origin, epoch, seq, hash, each of a fixed length.
fn message(origin: NodeId, head: Head) -> [u8; 64] {
    let mut bytes = [0; 64];
    let Head { epoch: Epoch(epoch), seq: Seq(seq), hash } = head;
    let parts: [&[u8]; 4] = [&origin.0, &epoch.to_be_bytes(), &seq.to_be_bytes(), &hash.0];
    for (place, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
        *place = *byte;
    }
    bytes
}
