//! Taking over a bundle: batch by batch, as if each had come over the network.
//!
//! Invariant: what is refused of one stream keeps nothing else out, and whatever went in was whole
//! batches, so that the same bundle may come again, whole or after a failure.

use std::collections::BTreeSet;

use domain::ids::{NodeId, Seq};
use journal::NodePublic;
use sync::bundle::acknowledgement::Acknowledgement;
use sync::bundle::{BundleError, Manifest, Range, Unverified, VERSION};
use sync::receiver;
use sync::{BatchAnswer, RefusalCode, Stream, StreamHead};

use super::{Receiving, keys};
use crate::carry::{self, CarryError};
use crate::upstream::Upstream;

/// What became of a bundle.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Imported {
    /// What its sender signed.
    pub manifest: Manifest,
    /// What became of each of its ranges, in the manifest's order.
    pub streams: Vec<Outcome>,
}

/// What became of a range.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// The range.
    pub range: Range,
    /// How many of its records were new here.
    pub fresh: u64,
    /// How it went in the end.
    pub came: Came,
}

/// How a range fits.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Came {
    /// All of it is durable here.
    Held,
    /// These records before it are not here: they must come first.
    Missing {
        /// The first one missing.
        first: Seq,
        /// The last one.
        last: Seq,
    },
    /// The run of its sender before this one is not here yet.
    ParentMissing,
    /// Another record of this name is held here.
    Fork(Seq),
    /// Not taken, for this reason.
    Refused(RefusalCode),
}

impl Came {
    /// The last part of the text's key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Held => "held",
            Self::Missing { .. } => "missing",
            Self::ParentMissing => "parent_missing",
            Self::Fork(_) => "fork",
            Self::Refused(_) => "refused",
        }
    }
}

impl Imported {
    /// How many records were new.
    #[must_use]
    pub fn fresh(&self) -> u64 {
        self.streams.iter().map(|stream| stream.fresh).fold(0, u64::saturating_add)
    }

    /// Whether everything in the bundle is durable here now.
    #[must_use]
    pub fn all_held(&self) -> bool {
        self.streams.iter().all(|stream| stream.came == Came::Held)
    }
}

impl<U: Upstream> Receiving<U> {
    /// Takes over the records of a file that was carried here.
    ///
    /// # Errors
    /// [`CarryError`]. Only [`CarryError::NotStored`] comes after something may have been taken:
    /// whole batches, and the file can be brought again.
    pub async fn import(&self, file: &[u8]) -> Result<Imported, CarryError> {
        let opened = carry::open_bundle(self.upstream.key(), file)?;
        let (manifest, unverified) = Unverified::parse(&opened)?;
        if manifest.audience != self.upstream.own() {
            return Err(CarryError::NotForUs);
        }
        let sender = receiver::believe(&*self.upstream, manifest.sender)?;
        let verified = unverified.verify(manifest, sender)?;
        self.learn(&verified.manifest, sender);
        let mut outcomes: Vec<Outcome> = verified.manifest.ranges.iter().map(untried).collect();
        let mut stopped = BTreeSet::new();
        for batch in verified.batches {
            let (header, _) = sync::batch::Unverified::parse(batch)
                .map_err(|_| CarryError::Bundle(BundleError::Contents))?;
            let stream = header.stream();
            if stopped.contains(&stream) {
                continue;
            }
            let (fresh, came) = self.take_batch(batch, stream).await?;
            if came != Came::Held {
                stopped.insert(stream);
            }
            let of_it = outcomes.iter_mut().find(|outcome| outcome.range.stream() == stream);
            if let Some(outcome) = of_it {
                outcome.fresh = outcome.fresh.saturating_add(fresh);
                outcome.came = came;
            }
        }
        Ok(Imported { manifest: verified.manifest, streams: outcomes })
    }

    /// A signed word on how far this node has what a sender brings.
    #[must_use]
    pub fn acknowledge(&self, sender: NodeId) -> Acknowledgement {
        let upstream = &*self.upstream;
        let heads = upstream.heads();
        let of_sender = heads
            .iter()
            .filter(|(origin, _)| *origin == sender || upstream.may_relay(sender, *origin));
        Acknowledgement {
            version: VERSION,
            receiver: upstream.own(),
            store: upstream.store(),
            sender,
            made_at_ms: upstream.now_ms(),
            heads: of_sender.map(|(origin, held)| StreamHead { origin, head: held.head }).collect(),
        }
    }

    fn learn(&self, manifest: &Manifest, sender: NodePublic) {
        let keys = manifest.origins.iter().filter_map(|key| NodePublic::from_bytes(key).ok());
        let may = |key: &NodePublic| self.upstream.may_relay(sender.node_id(), key.node_id());
        self.told.learn(keys.filter(may));
    }

    async fn take_batch(&self, bytes: &[u8], stream: Stream) -> Result<(u64, Came), CarryError> {
        let directory = self.told.beside(&*self.upstream);
        let batch = match receiver::open_carried(&directory, bytes) {
            Ok(batch) => batch,
            Err(refusal) => return Ok((0, Came::Refused(refusal.code))),
        };
        let (previous, first, last) = (batch.previous, batch.header.first, batch.header.last);
        let opened = keys::open(&self.upstream, stream.origin, batch.entries, batch.keys).await;
        let incoming = match opened {
            Ok(incoming) => incoming,
            Err(refusal) => return Ok((0, Came::Refused(refusal.code))),
        };
        let upstream = &*self.upstream;
        let before = upstream.heads_of(stream.origin).head(stream.origin, stream.epoch);
        let placed = self.intake.place(upstream, stream, previous, incoming).await;
        let (answer, _) = placed.map_err(CarryError::NotStored)?;
        let fresh = match &answer {
            BatchAnswer::Ack(ack) => {
                let held = before.map_or(0, |head| head.seq.0);
                ack.head.seq.0.min(last.0).saturating_sub(held.max(previous.seq.0))
            }
            _ => 0,
        };
        Ok((fresh, came_of(&answer, first)))
    }
}

const fn untried(range: &Range) -> Outcome {
    Outcome { range: *range, fresh: 0, came: Came::Held }
}

const fn came_of(answer: &BatchAnswer, first: Seq) -> Came {
    match answer {
        BatchAnswer::Ack(_) => Came::Held,
        BatchAnswer::Gap(held) => {
            let held = match held {
                Some(head) => head.seq.0,
                None => 0,
            };
            let last = Seq(first.0.saturating_sub(1));
            Came::Missing { first: Seq(held.saturating_add(1)), last }
        }
        BatchAnswer::ParentMissing(_) => Came::ParentMissing,
        BatchAnswer::Fork { seq, .. } => Came::Fork(*seq),
        BatchAnswer::Refused(refusal) => Came::Refused(refusal.code),
    }
}
