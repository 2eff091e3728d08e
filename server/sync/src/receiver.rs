//! The receiving end, as pure checks: whether a batch may be believed, and where it fits.
//!
//! Invariants: nothing of a batch counts before its sender's signature, address and standing are
//! checked; of what does not fit the reason is named by its own word; no check looks at a clock.
//! Whether records are durable, and so may be acknowledged, is the store's matter.

use domain::ids::NodeId;
use journal::chain::check;
use journal::{Entry, Head, Heads, Misfit, NodePublic, NothingHeld, StoreId};

use crate::answer::{BatchAnswer, Refusal, RefusalCode};
use crate::batch::{Batch, BatchError, Unverified};
use crate::bundle::ANY_STORE;
use crate::stream::{Stream, StreamHead};

/// What the receiver knows of a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trust {
    /// Nobody enrolled it here.
    Unknown,
    /// Enrolled, and no longer trusted: it can add nothing any more.
    Revoked,
    /// Nobody's records are taken but those of the node that the receiver follows.
    Follows,
    /// Enrolled under these keys.
    Trusted(NodePublic),
}

/// Whom the receiver knows.
pub trait Directory {
    /// The receiver itself.
    fn own(&self) -> NodeId;
    /// Its store.
    fn store(&self) -> StoreId;
    /// What is known of a sender.
    fn trust(&self, node: NodeId) -> Trust;
    /// Whether a node whose keys were checked before is still trusted. Asked with every request
    /// of a session; whoever can answer without reading the keys again should.
    fn is_trusted(&self, node: NodeId) -> bool {
        matches!(self.trust(node), Trust::Trusted(_))
    }
    /// Whether a trusted sender may bring another origin's records: a site relays its kiosks', a
    /// kiosk brings only its own.
    fn may_relay(&self, sender: NodeId, origin: NodeId) -> bool;
    /// Whether a trusted sender, and no other, has brought another origin's records: then it may
    /// have them back. See [`crate::pull::may_pull`].
    fn brought(&self, sender: NodeId, origin: NodeId) -> bool {
        let _nobody_else = (sender, origin);
        false
    }
    /// The keys of an origin whose records are relayed: of its own enrolment, or from the relay's
    /// hello. An origin that was revoked is still known: what it signed before stays good.
    fn origin(&self, origin: NodeId) -> Option<NodePublic>;
}

/// Checks all that a batch and the directory can tell.
///
/// # Errors
/// The reason, as it is answered to the sender.
pub fn open(directory: &impl Directory, bytes: &[u8]) -> Result<Batch, Refusal> {
    open_for(directory, directory.store(), bytes)
}

/// As [`open`], for a batch out of a bundle: it was made for whichever store the receiver has, since
/// its sender may never have heard of it.
///
/// # Errors
/// As [`open`].
pub fn open_carried(directory: &impl Directory, bytes: &[u8]) -> Result<Batch, Refusal> {
    open_for(directory, ANY_STORE, bytes)
}

fn open_for(directory: &impl Directory, store: StoreId, bytes: &[u8]) -> Result<Batch, Refusal> {
    let (header, unverified) = Unverified::parse(bytes).map_err(refusal)?;
    let sender = believe(directory, header.sender)?;
    if header.audience != directory.own() {
        return Err(RefusalCode::WrongAudience.into());
    }
    if header.store != store {
        return Err(RefusalCode::WrongStore.into());
    }
    let origin = origin_for(directory, sender, header.origin)?;
    unverified.verify(header, sender, Some(origin)).map_err(refusal)
}

/// The keys of a sender that is trusted.
///
/// # Errors
/// Unknown, or revoked, or not the one that the receiver follows.
pub fn believe(directory: &impl Directory, sender: NodeId) -> Result<NodePublic, Refusal> {
    match directory.trust(sender) {
        Trust::Trusted(public) if public.node_id() == sender => Ok(public),
        Trust::Trusted(_) | Trust::Unknown => Err(RefusalCode::UnknownSender.into()),
        Trust::Revoked => Err(RefusalCode::RevokedSender.into()),
        Trust::Follows => Err(RefusalCode::Follows.into()),
    }
}

/// Makes sure that a sender who was believed before is still trusted.
///
/// # Errors
/// Unknown, or revoked since.
pub fn believe_still(directory: &impl Directory, sender: NodeId) -> Result<(), Refusal> {
    if directory.is_trusted(sender) { Ok(()) } else { believe(directory, sender).map(|_| ()) }
}

/// The keys of the origin whose records a trusted sender brings.
///
/// # Errors
/// The sender may not bring them, or nobody has told the origin's keys.
pub fn origin_for(
    directory: &impl Directory,
    sender: NodePublic,
    origin: NodeId,
) -> Result<NodePublic, Refusal> {
    if sender.node_id() == origin {
        return Ok(sender);
    }
    if !directory.may_relay(sender.node_id(), origin) {
        return Err(RefusalCode::OriginNotAllowed.into());
    }
    let known = directory.origin(origin).filter(|public| public.node_id() == origin);
    known.ok_or_else(|| RefusalCode::UnknownOrigin.into())
}

fn refusal(error: BatchError) -> Refusal {
    match error {
        BatchError::Protocol(_) => RefusalCode::Upgrade,
        BatchError::TooLarge => RefusalCode::TooLarge,
        BatchError::Signature => RefusalCode::BadSignature,
        BatchError::Chain | BatchError::Checkpoint(_) => RefusalCode::Forged,
        BatchError::NotABatch
        | BatchError::Cut
        | BatchError::Body
        | BatchError::Unpacked
        | BatchError::Record { .. }
        | BatchError::Order(_) => RefusalCode::Damaged,
    }
    .into()
}

/// Where a run of records fits onto what is held.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Placement {
    /// The first so many are held already, the rest is new.
    Fresh(usize),
    /// Nothing is new; this is the head held.
    Duplicate(Head),
    /// It doesn't fit: this is the answer.
    Misfit(BatchAnswer),
}

/// Says where records that follow `previous` fit. The store's own check, against what is being
/// written at that moment, decides in the end and says the same.
#[must_use]
pub fn place(heads: &Heads, stream: Stream, previous: Head, entries: &[Entry]) -> Placement {
    let known = heads.head(stream.origin, stream.epoch);
    let start = if journal::bug("first-seq-not-one") { previous } else { stream.start() };
    let held = known.unwrap_or(start);
    if previous.seq > held.seq {
        return Placement::Misfit(BatchAnswer::Gap(known));
    }
    let mut head = previous;
    let mut duplicates = 0;
    for entry in entries {
        if head.seq >= held.seq {
            break;
        }
        head = head.extend(&entry.open);
        duplicates += 1;
    }
    if head.seq == held.seq && head.hash != held.hash {
        let fork = BatchAnswer::Fork { seq: held.seq, hash: held.hash };
        return Placement::Misfit(fork);
    }
    if duplicates == entries.len() {
        return Placement::Duplicate(held);
    }
    match check(heads, stream.origin, entries, &mut NothingHeld) {
        Ok(_) => Placement::Fresh(duplicates),
        Err(misfit) => Placement::Misfit(answer(known, &misfit)),
    }
}

/// The answer to a sender whose records the journal did not take.
#[must_use]
pub fn answer(known: Option<Head>, misfit: &Misfit) -> BatchAnswer {
    match misfit {
        Misfit::Gap { .. } | Misfit::FirstNotOne { .. } => BatchAnswer::Gap(known),
        Misfit::Fork { epoch, seq } => {
            let hash = known.filter(|known| known.epoch == *epoch && known.seq == *seq);
            let hash = hash.map_or(journal::Hash([0; 32]), |known| known.hash);
            BatchAnswer::Fork { seq: *seq, hash }
        }
        Misfit::UnknownParent { parent, .. } => BatchAnswer::ParentMissing(parent.epoch),
        Misfit::Corrupt { .. } => BatchAnswer::Refused(RefusalCode::Damaged.into()),
    }
}

/// The durable heads of the streams that a hello asks about; one that isn't held is left out.
#[must_use]
pub fn heads_of(heads: &Heads, asked: &[StreamHead]) -> Vec<StreamHead> {
    let held = asked.iter().filter_map(|asked| {
        let head = heads.head(asked.origin, asked.head.epoch)?;
        Some(StreamHead { origin: asked.origin, head })
    });
    held.collect()
}

/// The acknowledgement of everything up to a durable head.
#[must_use]
pub const fn ack(origin: NodeId, head: Head) -> BatchAnswer {
    BatchAnswer::Ack(StreamHead { origin, head })
}

#[cfg(test)]
mod tests {
    use domain::ids::{Epoch, Seq};

    use super::*;
    use crate::model::{Memory, node};

    /// Two lines that part after record 3, and the stream they both claim to be.
    fn lines() -> (Memory, Memory, Stream) {
        let key = node(1);
        let mut first = Memory::default();
        first.start(key.node_id(), Epoch(5), None);
        first.happen(&key, b"2".to_vec());
        first.happen(&key, b"3".to_vec());
        let mut second = first.clone();
        for number in 4..8_u8 {
            first.happen(&key, vec![number]);
            second.happen(&key, vec![number, number]);
        }
        (first, second, Stream { origin: key.node_id(), epoch: Epoch(5) })
    }

    fn placed(held: &Memory, came: &Memory, stream: Stream, from: u64, to: u64) -> Placement {
        let previous = came.head_at(stream, Seq(from - 1));
        let entries = came.after(stream, Seq(from - 1));
        let count = usize::try_from(to + 1 - from).unwrap();
        place(&held.heads, stream, previous, &entries[..count])
    }

    #[test]
    fn records_fit_or_the_reason_is_named() {
        let (whole, other, stream) = lines();
        let held = whole.restored(5);
        let head = held.heads.head(stream.origin, stream.epoch).unwrap();
        let fork = Placement::Misfit(BatchAnswer::Fork { seq: Seq(5), hash: head.hash });
        assert_eq!(placed(&held, &whole, stream, 6, 7), Placement::Fresh(0));
        assert_eq!(placed(&held, &whole, stream, 3, 7), Placement::Fresh(3));
        assert_eq!(placed(&held, &whole, stream, 1, 5), Placement::Duplicate(head));
        assert_eq!(placed(&held, &whole, stream, 2, 3), Placement::Duplicate(head));
        let gap = Placement::Misfit(BatchAnswer::Gap(Some(head)));
        assert_eq!(placed(&held, &whole, stream, 7, 7), gap);
        assert_eq!(placed(&held, &other, stream, 6, 7), fork);
        assert_eq!(placed(&held, &other, stream, 3, 7), fork);
        assert_eq!(placed(&held, &other, stream, 1, 5), fork);
        let nothing = Memory::default();
        assert_eq!(placed(&nothing, &whole, stream, 1, 7), Placement::Fresh(0));
        let gap = Placement::Misfit(BatchAnswer::Gap(None));
        assert_eq!(placed(&nothing, &whole, stream, 2, 7), gap);
    }

    #[test]
    fn a_child_is_taken_once_its_parent_is_held() {
        let (mut whole, _, stream) = lines();
        let parent = whole.heads.latest(stream.origin);
        let child = Stream { epoch: Epoch(1), ..stream };
        whole.start(stream.origin, child.epoch, parent);
        let missing = Placement::Misfit(BatchAnswer::ParentMissing(stream.epoch));
        assert_eq!(placed(&whole.restored(0), &whole, child, 1, 1), missing);
        assert_eq!(placed(&whole.restored(6), &whole, child, 1, 1), missing);
        assert_eq!(placed(&whole.restored(7), &whole, child, 1, 1), Placement::Fresh(0));
    }
}
