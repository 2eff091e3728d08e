//! What a node asks back from its receiver: records that this one holds and that are not here, since
//! the node was restored from an older copy of itself, or damage took them.
//!
//! Invariants: a batch that was asked back proves the same as one that is brought (its sender's
//! signature, for whom it was made, each record, the chain, checkpoints); who may ask for what is
//! decided in one place, [`may_pull`]; nothing is asked for that the receiver did not say it holds.

use domain::ids::{Epoch, NodeId, Seq};
use journal::{Heads, Lost, NodePublic, StoreId};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};

use crate::batch::{Batch, Unverified};
use crate::limits;
use crate::receiver::Directory;
use crate::stream::{Stream, StreamHead};

/// Some records of one stream, all of them between two.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Encode, Decode)]
pub struct Range {
    /// Whose.
    #[n(0)]
    pub origin: NodeId,
    /// Of which epoch.
    #[n(1)]
    pub epoch: Epoch,
    /// The first.
    #[n(2)]
    pub first: Seq,
    /// The last.
    #[n(3)]
    pub last: Seq,
}

impl From<Lost> for Range {
    fn from(lost: Lost) -> Self {
        Self { origin: lost.origin, epoch: lost.epoch, first: lost.first, last: lost.last }
    }
}

impl Range {
    /// Of which stream.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        Stream { origin: self.origin, epoch: self.epoch }
    }

    /// What is left of it after a record; none if that is nothing.
    #[must_use]
    pub const fn after(self, seq: Seq) -> Option<Self> {
        if seq.0 >= self.last.0 {
            return None;
        }
        let first = if seq.0 >= self.first.0 { Seq(seq.0 + 1) } else { self.first };
        Some(Self { first, ..self })
    }
}

/// What is answered to whoever asks for records.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum PullAnswer {
    /// A batch that begins with the first record asked for; more may be asked for after its last.
    #[n(0)]
    Batch(#[n(0)] ByteVec),
    /// That record is not here, or can't be read.
    #[n(1)]
    Nothing,
}

/// Whether a node that is believed may have an origin's records back: its own, and those that it
/// alone has brought.
pub fn may_pull(directory: &impl Directory, asker: NodeId, origin: NodeId) -> bool {
    asker == origin || directory.brought(asker, origin)
}

/// What is held here of the origins that a sender may ask back, beyond the streams that it named.
pub fn beyond(
    directory: &impl Directory,
    heads: &Heads,
    sender: NodeId,
    named: &[StreamHead],
) -> Vec<StreamHead> {
    let named: std::collections::BTreeSet<Stream> = named.iter().map(StreamHead::stream).collect();
    let origins: Vec<NodeId> =
        heads.origins().filter(|origin| may_pull(directory, sender, *origin)).collect();
    let held = origins.into_iter().flat_map(|origin| {
        heads.epochs(origin).iter().map(move |held| StreamHead { origin, head: held.head })
    });
    let unnamed = held.filter(|held| !named.contains(&held.stream()) && held.head.seq > Seq(0));
    unnamed.take(limits::HELLO_STREAMS).collect()
}

/// What of the records that damage took here a sender is asked to bring once more.
pub fn lacks(directory: &impl Directory, sender: NodeId, lost: &[Lost]) -> Vec<Range> {
    let of_sender = lost.iter().filter(|lost| may_pull(directory, sender, lost.origin));
    of_sender.map(|lost| Range::from(*lost)).take(limits::HELLO_STREAMS).collect()
}

/// A batch that is not what was asked for.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PullError {
    /// Not a batch that may be taken.
    #[error(transparent)]
    Batch(#[from] crate::BatchError),
    /// Somebody else's, for somebody else, or of other records.
    #[error("the batch is not the one that was asked for")]
    NotAsked,
}

/// Who asks whom.
#[derive(Debug, Clone, Copy)]
pub struct Asked {
    /// The node that asks.
    pub own: NodeId,
    /// Its store.
    pub store: StoreId,
    /// Who answers.
    pub from: NodePublic,
    /// The keys of the records' origin, where they are known: its checkpoints are then checked.
    pub origin: Option<NodePublic>,
}

/// Reads and checks the batch that answers a request.
///
/// # Errors
/// [`PullError`].
pub fn open(asked: Asked, range: Range, bytes: &[u8]) -> Result<Batch, PullError> {
    let (header, unverified) = Unverified::parse(bytes)?;
    let fits = header.sender == asked.from.node_id()
        && header.audience == asked.own
        && header.store == asked.store
        && header.stream() == range.stream()
        && header.first == range.first
        && header.last <= range.last;
    if !fits {
        return Err(PullError::NotAsked);
    }
    Ok(unverified.verify(header, asked.from, asked.origin)?)
}

#[cfg(test)]
mod tests;
