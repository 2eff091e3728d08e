//! This node's own line of records: who it is, which epoch this run is, and its clock.

use std::sync::Arc;

use domain::ids::{Epoch, Hlc, NodeId};
use journal::{Checkpoint, Draft, Flags, Head, NodeKey, Record, SealedRef};

use crate::world::World;

/// The own line of this run.
pub(crate) struct Line {
    pub(crate) node: NodeId,
    pub(crate) epoch: Epoch,
    pub(crate) software: String,
    pub(crate) key: Arc<NodeKey>,
    pub(crate) world: Arc<dyn World>,
    /// The latest moment given out; never decreases, over restarts either.
    pub(crate) time: Hlc,
    /// What the wall clock said then.
    pub(crate) wall_ms: u64,
    /// The epoch's first record is staged or durable.
    pub(crate) started: bool,
    /// The head that this run goes on from; none for the node's first run.
    pub(crate) parent: Option<Head>,
}

impl Line {
    /// The next moment of this node's clock.
    pub(crate) fn tick(&mut self) -> Hlc {
        self.wall_ms = self.world.wall_ms();
        self.time = self.time.next(self.wall_ms);
        self.time
    }

    /// The payload of a checkpoint for `head`.
    pub(crate) fn sign(&self, head: Head) -> Vec<u8> {
        Checkpoint::sign(&self.key, head).encode()
    }

    /// The head that the next own record follows.
    pub(crate) fn head(&self, ahead: &journal::Heads) -> Head {
        let known = ahead.head(self.node, self.epoch);
        known.unwrap_or_else(|| Head::before(self.node, self.epoch))
    }

    /// The record that follows `after`, from a draft whose secrets are sealed already.
    pub(crate) fn record(&self, draft: Draft, sealed: Vec<SealedRef>, place: Place) -> Record {
        let rehearsal = if draft.rehearsal { Flags::REHEARSAL } else { Flags::NONE };
        let ends = if place.ends { Flags::ENDS_TRANSACTION } else { Flags::NONE };
        Record {
            origin: self.node,
            epoch: self.epoch,
            seq: place.seq,
            time: place.time,
            wall_ms: journal::record::wall_beside(place.time, self.wall_ms),
            kind: draft.kind,
            actor: draft.actor,
            station: draft.station,
            fair: draft.fair,
            flags: rehearsal.with(ends),
            payload: draft.payload,
            sealed,
        }
    }
}

/// Where a record stands in its line.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Place {
    pub(crate) seq: domain::ids::Seq,
    pub(crate) time: Hlc,
    /// The last of its transaction.
    pub(crate) ends: bool,
}
