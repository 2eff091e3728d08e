//! Hello: who is there, in which versions, and how far each stream has come. It also opens the
//! session under which later requests are proved.
//!
//! The hello is signed by the sender's node, its answer by the receiver's, over the hello's own
//! hash: neither can be forged, and an old answer doesn't fit a new hello. A repeated hello opens
//! nothing for whoever repeats it, since the session key is sealed to the station.

use domain::ids::NodeId;
use journal::identity::Signature;
use journal::{NodeKey, NodePublic, StoreId};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use crate::limits;
use crate::pull::Range;
use crate::stream::StreamHead;

/// What a sender says first.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Hello {
    /// The oldest protocol version the sender speaks.
    #[n(0)]
    pub protocol_min: u16,
    /// The newest.
    #[n(1)]
    pub protocol_max: u16,
    /// The sender's software version, for people.
    #[n(2)]
    pub software: String,
    /// The sender.
    #[n(3)]
    pub sender: NodeId,
    /// For whom this hello is meant.
    #[n(4)]
    pub audience: NodeId,
    /// Random, never used again.
    #[n(5)]
    pub nonce: ByteArray<16>,
    /// The sender's wall clock, milliseconds since 1970: shown to people, never decided upon.
    #[n(6)]
    pub sent_at_ms: u64,
    /// How far each stream reaches at the sender.
    #[n(7)]
    pub heads: Vec<StreamHead>,
    /// Public keys of origins whose records the sender relays, as the journal writes them: each
    /// proves itself, since a node's id is the hash of its key.
    #[n(8)]
    pub origins: Vec<ByteVec>,
    /// The version of the view that the sender has; 0 for none.
    #[n(9)]
    pub view_version: u64,
}

impl Hello {
    /// A hello in the versions of this build that asks about nothing yet.
    #[must_use]
    pub fn new(software: String, sender: NodeId, audience: NodeId, nonce: [u8; 16]) -> Self {
        Self {
            protocol_min: limits::PROTOCOL_MIN,
            protocol_max: limits::PROTOCOL,
            software,
            sender,
            audience,
            nonce: nonce.into(),
            sent_at_ms: 0,
            heads: Vec::new(),
            origins: Vec::new(),
            view_version: 0,
        }
    }

    /// Whether the message keeps to its limits.
    #[must_use]
    pub fn is_within_limits(&self) -> bool {
        self.heads.len() <= limits::HELLO_STREAMS
            && self.origins.len() <= limits::HELLO_ORIGINS
            && self.software.len() <= limits::NAME_BYTES
    }

    /// The version both ends speak, if there is one.
    #[must_use]
    pub fn common_protocol(&self) -> Option<u16> {
        let newest = self.protocol_max.min(limits::PROTOCOL);
        (newest >= self.protocol_min && newest >= limits::PROTOCOL_MIN).then_some(newest)
    }
}

/// Sizes that the receiver takes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Limits {
    /// Records in a batch.
    #[n(0)]
    pub records: u32,
    /// Bytes before packing.
    #[n(1)]
    pub raw_bytes: u32,
    /// Bytes after packing.
    #[n(2)]
    pub packed_bytes: u32,
}

/// What a receiver says to a hello.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct HelloAnswer {
    /// SHA-256 of the hello that this answers.
    #[n(0)]
    pub hello: ByteArray<32>,
    /// The protocol version to use.
    #[n(1)]
    pub protocol: u16,
    /// The receiver's software version, for people.
    #[n(2)]
    pub software: String,
    /// The sizes it takes.
    #[n(3)]
    pub limits: Limits,
    /// The receiver.
    #[n(4)]
    pub node: NodeId,
    /// Its store; another one after a restore, so that nobody trusts what an earlier one said.
    #[n(5)]
    pub store: StoreId,
    /// Its wall clock, milliseconds since 1970.
    #[n(6)]
    pub server_time_ms: u64,
    /// Its durable heads of the streams asked about. A stream left out holds nothing here.
    #[n(7)]
    pub heads: Vec<StreamHead>,
    /// The version of the view for this sender; 0 for none.
    #[n(8)]
    pub view_version: u64,
    /// Names the session in later requests.
    #[n(9)]
    pub session: ByteArray<16>,
    /// The session's key, sealed to the sender.
    #[n(10)]
    pub sealed_key: ByteVec,
    /// Whether it takes the keys of sealed parts beside their records, and has them durably before
    /// it acknowledges these: only then may the sender wipe its own.
    #[n(11)]
    pub takes_keys: Option<bool>,
    /// What it holds, of the origins whose records the sender may have back, beyond the streams
    /// asked about: the sender is an older copy of itself, or lost them.
    #[n(12)]
    pub beyond: Option<Vec<StreamHead>>,
    /// Records of the sender's own that damage took from the receiver: to be sent again.
    #[n(13)]
    pub lacks: Option<Vec<Range>>,
    /// How far the node above the receiver has the sender's own streams, as the receiver last heard:
    /// for people.
    #[n(14)]
    pub above: Option<Vec<StreamHead>>,
}

/// A message in CBOR and its sender's signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Signed {
    /// The message.
    #[n(0)]
    pub body: ByteVec,
    /// The signature for the message's purpose.
    #[n(1)]
    pub signature: Signature,
}

/// A message that can't be read, or isn't its sender's.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the message cannot be read, or its signature is not the sender's")]
pub struct BadMessage;

impl Signed {
    /// Signs a message for a purpose.
    #[must_use]
    pub fn new(key: &NodeKey, purpose: &str, body: Vec<u8>) -> Self {
        let signature = key.sign(purpose, &body);
        Self { body: body.into(), signature }
    }

    /// Reads the message without believing it: to learn whose signature to check.
    ///
    /// # Errors
    /// [`BadMessage`].
    pub fn peek<'b, M: Decode<'b, ()>>(&'b self) -> Result<M, BadMessage> {
        minicbor::decode(&self.body).map_err(|_| BadMessage)
    }

    /// Reads the message if this node signed it for this purpose.
    ///
    /// # Errors
    /// [`BadMessage`].
    pub fn read<'b, M: Decode<'b, ()>>(
        &'b self,
        public: NodePublic,
        purpose: &str,
    ) -> Result<M, BadMessage> {
        public.verify(purpose, &self.body, &self.signature).map_err(|_| BadMessage)?;
        self.peek()
    }
}

/// What a hello's signature is for.
pub const HELLO_PURPOSE: &str = "hello 1";
/// What the signature of a hello's answer is for.
pub const HELLO_ANSWER_PURPOSE: &str = "hello answer 1";
/// What a session key's letter is for; it is bound to the hello's hash.
pub const SESSION_KEY_INFO: &[u8] = b"session key 1";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_common_version_is_chosen_or_none() {
        let (one, other) = (NodeId([1; 16]), NodeId([2; 16]));
        let hello = |protocol_min, protocol_max| Hello {
            protocol_min,
            protocol_max,
            ..Hello::new(String::new(), one, other, [0; 16])
        };
        assert_eq!(hello(1, 1).common_protocol(), Some(1));
        assert_eq!(hello(1, 9).common_protocol(), Some(limits::PROTOCOL));
        assert_eq!(hello(7, 9).common_protocol(), None);
        assert_eq!(hello(0, 0).common_protocol(), None);
    }
}
