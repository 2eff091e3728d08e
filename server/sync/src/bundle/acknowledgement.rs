//! The way back: a receiver's signed word on how far it has a sender's records, in a small file.
//! It says the same as the receiver's answer over the network would, at the moment it was made.

use domain::ids::NodeId;
use journal::{NodeKey, NodePublic, StoreId};
use minicbor::{Decode, Encode};

use super::envelope::{self, Kind};
use super::{MANIFEST_BYTES, VERSION};
use crate::hello::Signed;
use crate::stream::StreamHead;

const PURPOSE: &str = "acknowledgement 1";

/// How far a receiver has the records that a sender brings.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Acknowledgement {
    /// The version of the format.
    #[n(0)]
    pub version: u16,
    /// Who has the records.
    #[n(1)]
    pub receiver: NodeId,
    /// In which store; another one after a restore.
    #[n(2)]
    pub store: StoreId,
    /// Whom it concerns.
    #[n(3)]
    pub sender: NodeId,
    /// When, by the receiver's wall clock in milliseconds since 1970: for people.
    #[n(4)]
    pub made_at_ms: u64,
    /// The durable heads; a stream that is left out holds nothing there.
    #[n(5)]
    pub heads: Vec<StreamHead>,
}

/// Why a file is not an acknowledgement that counts. Each case its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadAcknowledgement {
    /// These bytes are something else.
    #[error("this is not an acknowledgement")]
    NotOne,
    /// Its version is not understood.
    #[error("the acknowledgement has version {0}: update this program")]
    Version(u16),
    /// It is another receiver's.
    #[error("the acknowledgement is of another receiver")]
    OtherReceiver,
    /// It concerns another sender.
    #[error("the acknowledgement is for another sender")]
    OtherSender,
    /// It is not signed by the receiver.
    #[error("the acknowledgement's signature is not its receiver's")]
    Signature,
}

impl Acknowledgement {
    /// How many records the receiver has of all that the sender brings.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.heads.iter().map(|head| head.head.seq.0).fold(0, u64::saturating_add)
    }

    /// The file.
    #[must_use]
    pub fn to_file(&self, key: &NodeKey) -> Vec<u8> {
        let body = minicbor::to_vec(self).expect("a vector takes any bytes");
        let signed = Signed::new(key, PURPOSE, body);
        let bytes = minicbor::to_vec(signed).expect("a vector takes any bytes");
        envelope::wrap(Kind::Acknowledgement, &bytes)
    }

    /// Reads the content of such a file, if it is `receiver`'s for `sender`.
    ///
    /// # Errors
    /// [`BadAcknowledgement`].
    pub fn read(
        content: &[u8],
        receiver: NodePublic,
        sender: NodeId,
    ) -> Result<Self, BadAcknowledgement> {
        let no = |_| BadAcknowledgement::NotOne;
        if content.len() > MANIFEST_BYTES {
            return Err(BadAcknowledgement::NotOne);
        }
        let signed: Signed = minicbor::decode(content).map_err(no)?;
        let version = version_of(&signed.body).ok_or(BadAcknowledgement::NotOne)?;
        if version != VERSION {
            return Err(BadAcknowledgement::Version(version));
        }
        let claimed: Self = signed.peek().map_err(|_| BadAcknowledgement::NotOne)?;
        if claimed.receiver != receiver.node_id() {
            return Err(BadAcknowledgement::OtherReceiver);
        }
        let said: Self =
            signed.read(receiver, PURPOSE).map_err(|_| BadAcknowledgement::Signature)?;
        if said.sender == sender { Ok(said) } else { Err(BadAcknowledgement::OtherSender) }
    }
}

/// The version comes first, so that it can be named whatever follows it.
fn version_of(body: &[u8]) -> Option<u16> {
    let mut input = minicbor::Decoder::new(body);
    input.array().ok()?;
    input.u16().ok()
}
