//! The bundle: what a node would send over the network, carried by hand on a USB stick, and the
//! acknowledgement that comes back the same way.
//!
//! A bundle holds batches in the very form in which they travel, under a manifest that their sender
//! signed: for whom, made when, which records of which streams, and the SHA-256 of all batches.
//! Invariants: nothing in it is believed before the signature is checked; a batch in it goes through
//! the same checks as one from the network, save that it is meant for whichever store its receiver
//! has. Encryption and files are the carrier's matter: this must not know them.
//!
//! Layout: magic, length of the manifest (4 bytes, big-endian), manifest in CBOR, signature over
//! all this, then each batch after its length (4 bytes, big-endian).

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{Epoch, NodeId, Seq};
use journal::{Hash, Head, Heads, StoreId};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};

use crate::batch::Header;
use crate::stream::{Stream, StreamHead};

pub mod acknowledgement;
pub mod envelope;
mod packing;
mod reading;

pub use packing::{Draft, pack};
pub use reading::{Unverified, Verified};

/// The version of bundles that this build writes, and the only one it reads.
pub const VERSION: u16 = 1;
/// Bytes of a bundle at most, before it is encrypted: what is left over goes in the next one.
pub const BUNDLE_BYTES: usize = 48 << 20;
/// Bytes of a manifest at most: ten thousand ranges and keys.
pub const MANIFEST_BYTES: usize = 4 << 20;
/// Stands for whichever store the receiver has: the sender may never have heard of it. A batch so
/// addressed is taken out of a bundle only; over the network it is for a wrong store.
pub const ANY_STORE: StoreId = StoreId([0; 16]);

const MAGIC: &[u8; 8] = b"SprBreK\n";
const PURPOSE: &str = "bundle 1";
const SIGNATURE_BYTES: usize = 64;

/// A run of records of one stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Range {
    /// Whose records.
    #[n(0)]
    pub origin: NodeId,
    /// Of which epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The first record.
    #[n(2)]
    pub first: Seq,
    /// The chain hash before it.
    #[n(3)]
    pub previous: Hash,
    /// The last record.
    #[n(4)]
    pub last: Seq,
    /// The chain hash after it.
    #[n(5)]
    pub hash: Hash,
}

/// What a bundle says of itself, under its sender's signature.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Manifest {
    /// The version of the format.
    #[n(0)]
    pub version: u16,
    /// Who made it.
    #[n(1)]
    pub sender: NodeId,
    /// For whom.
    #[n(2)]
    pub audience: NodeId,
    /// When, by the sender's wall clock in milliseconds since 1970: shown to people, never decided
    /// upon.
    #[n(3)]
    pub made_at_ms: u64,
    /// The sender's software version, for people.
    #[n(4)]
    pub software: String,
    /// Public keys of origins whose records are relayed, as a hello tells them.
    #[n(5)]
    pub origins: Vec<ByteVec>,
    /// What is in it, parents before children.
    #[n(6)]
    pub ranges: Vec<Range>,
    /// How far every stream reaches at the sender.
    #[n(7)]
    pub heads: Vec<StreamHead>,
    /// Whether it reaches up to these heads; if not, another bundle follows.
    #[n(8)]
    pub complete: bool,
    /// How many batches follow.
    #[n(9)]
    pub batches: u32,
    /// SHA-256 of everything after the signature.
    #[n(10)]
    pub contents: ByteArray<32>,
}

impl Range {
    /// Of which stream.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        Stream { origin: self.origin, epoch: self.epoch }
    }

    /// How many records.
    #[must_use]
    pub const fn records(&self) -> u64 {
        self.last.0.saturating_sub(self.first.0).saturating_add(1)
    }

    /// Puts the batches of a bundle together into ranges, in their order. None if one doesn't
    /// follow the one before of its stream.
    #[must_use]
    pub fn of_batches(headers: &[Header]) -> Option<Vec<Self>> {
        let mut ranges: Vec<Self> = Vec::new();
        let mut places: BTreeMap<Stream, usize> = BTreeMap::new();
        for header in headers {
            let known = places.get(&header.stream()).and_then(|place| ranges.get_mut(*place));
            match known {
                Some(range) => {
                    let follows = range.last.0.checked_add(1) == Some(header.first.0)
                        && range.hash == header.previous;
                    if !follows {
                        return None;
                    }
                    (range.last, range.hash) = (header.last, header.new);
                }
                None => {
                    places.insert(header.stream(), ranges.len());
                    ranges.push(Self::of(header));
                }
            }
        }
        Some(ranges)
    }

    const fn of(header: &Header) -> Self {
        Self {
            origin: header.origin,
            epoch: header.epoch,
            first: header.first,
            previous: header.previous,
            last: header.last,
            hash: header.new,
        }
    }
}

impl Manifest {
    /// How many records are in it.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.ranges.iter().map(Range::records).fold(0, u64::saturating_add)
    }
}

/// Why bytes are not a bundle that may be taken. Each case its own word.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BundleError {
    /// These bytes are something else.
    #[error("this is not a bundle")]
    NotABundle,
    /// It ends too early, or something follows it.
    #[error("the bundle is cut, or something follows it")]
    Cut,
    /// Its version is not understood.
    #[error("the bundle has version {0}: update this program")]
    Version(u16),
    /// Beyond the limits.
    #[error("the bundle is larger than the limits allow")]
    TooLarge,
    /// The signature is not its sender's.
    #[error("the bundle's signature is not its sender's")]
    Signature,
    /// What is in it is not what was signed.
    #[error("the bundle does not hold what its manifest says")]
    Contents,
}

/// What a sender has that its receiver is not known to have: for each stream the head after which
/// to go on, parents before children.
#[must_use]
pub fn missing(own: &Heads, known: &BTreeMap<Stream, Head>) -> Vec<(Stream, Head)> {
    let streams: BTreeMap<Stream, (Head, Option<Epoch>)> = own
        .iter()
        .filter(|(_, held)| held.head.seq.0 > 0)
        .map(|(origin, held)| {
            let stream = Stream { origin, epoch: held.head.epoch };
            (stream, (held.head, held.parent.map(|parent| parent.epoch)))
        })
        .collect();
    let mut ordered: Vec<(NodeId, usize, Stream)> = streams
        .keys()
        .map(|stream| (stream.origin, generation(&streams, *stream), *stream))
        .collect();
    ordered.sort_unstable();
    let wanted = ordered.into_iter().filter_map(|(_, _, stream)| {
        let (own, _) = streams.get(&stream)?;
        let after = known.get(&stream).copied().unwrap_or_else(|| stream.start());
        (after.seq < own.seq).then_some((stream, after))
    });
    wanted.collect()
}

/// How many parents a stream has here: epochs are random and say nothing about their order.
fn generation(streams: &BTreeMap<Stream, (Head, Option<Epoch>)>, stream: Stream) -> usize {
    let mut seen = BTreeSet::from([stream]);
    let mut place = stream;
    while let Some((_, Some(parent))) = streams.get(&place) {
        place.epoch = *parent;
        if !seen.insert(place) {
            break;
        }
    }
    seen.len()
}

#[cfg(test)]
mod tests;
