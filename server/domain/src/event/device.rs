//! Nodes and devices: who may add records, and with which short numbers.

use minicbor::{Decode, Encode};

use crate::ids::{Epoch, FairTag, NodeId, Seq};

/// What a node is for.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum NodeRole {
    /// A station at the door or in the hall.
    #[n(1)]
    Kiosk,
    /// A fair's site server.
    #[n(2)]
    Site,
    /// A second site server that follows the first.
    #[n(3)]
    Standby,
}

/// A node was enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceEnrolled {
    /// The node.
    #[n(0)]
    pub node: NodeId,
    /// What it is for.
    #[n(1)]
    pub role: NodeRole,
    /// What people call it.
    #[n(2)]
    pub name: String,
    /// Its public keys: 32 bytes of ed25519, with which it signs, and 32 of X25519, to which
    /// secrets for it are sealed.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub public_keys: [u8; 64],
}

/// A node's trust ended; what it signed before stays good.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct DeviceRevoked {
    /// The node.
    #[n(0)]
    pub node: NodeId,
}

/// A site server takes the place of another: what that one recorded is its own from here on. Where one
/// was lost, headquarters records it when it enrols the new one, and the new one as the first thing it
/// does. A standby records it when it is promoted, and the one that it followed when it hears of that.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NodeReplaced {
    /// The new one.
    #[n(0)]
    pub node: NodeId,
    /// Those whose place it takes, the latest first.
    #[n(1)]
    pub before: Vec<NodeId>,
    /// What the lost one had said that it holds, and that had not arrived.
    #[n(2)]
    pub missing: Vec<RecordRange>,
    /// The public keys of the latest of those, as those of a node, where the new one knows them: with
    /// them its records can be checked by whoever gets them later.
    #[cbor(n(3), with = "minicbor::bytes")]
    pub public_keys: Option<[u8; 64]>,
}

/// Some records of one run of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct RecordRange {
    /// Whose.
    #[n(0)]
    pub origin: NodeId,
    /// Of which of its runs.
    #[n(1)]
    pub epoch: Epoch,
    /// The first.
    #[n(2)]
    pub first: Seq,
    /// The last.
    #[n(3)]
    pub last: Seq,
}

impl RecordRange {
    /// What of it is missing where a stream is held up to a record; none if that is nothing.
    #[must_use]
    pub fn beyond(self, held: Seq) -> Option<Self> {
        let first = self.first.max(Seq(held.0.saturating_add(1)));
        (first <= self.last).then_some(Self { first, ..self })
    }
}

/// A node may give out these short numbers.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct NumbersGranted {
    /// To whom.
    #[n(0)]
    pub node: NodeId,
    /// The first serial of the block.
    #[n(1)]
    pub first_serial: u32,
    /// How many.
    #[n(2)]
    pub count: u32,
}

/// Another machine follows this site server from here on, and gets everything that it has.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SiteFollowed {
    /// The standby's node.
    #[n(0)]
    pub node: NodeId,
    /// Its public keys, as those of a node.
    #[cbor(n(1), with = "minicbor::bytes")]
    pub public_keys: [u8; 64],
    /// The address under which the site server and the kiosks reach it.
    #[n(2)]
    pub address: String,
}

/// This site was enrolled at headquarters.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct HeadquartersLinked {
    /// The address of headquarters.
    #[n(0)]
    pub address: String,
    /// Headquarters' node.
    #[n(1)]
    pub node: NodeId,
    /// Its public keys, as those of a node.
    #[cbor(n(2), with = "minicbor::bytes")]
    pub public_keys: [u8; 64],
    /// The fair under which this site is known there.
    #[n(3)]
    pub fair: Option<FairTag>,
}
