//! What is held of every origin: its epochs, their heads, and the tree that their parents make.

use std::collections::BTreeMap;

use domain::ids::{Epoch, NodeId, Seq};

use super::Head;

/// What is held of one epoch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EpochHead {
    /// Its last record.
    pub head: Head,
    /// The head it goes on from; none for an origin's first epoch.
    pub parent: Option<Head>,
    /// The last record that ended a transaction; what follows it waits for its end. 0 if none.
    pub ended: Seq,
}

/// Two or more lines of one origin, where one is normal: a restored or cloned disk, or a wiped one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Branch {
    /// The epoch that the lines part from; none where the origin began more than once.
    pub parent: Option<Epoch>,
    /// The epochs that go on from it, in order of arrival.
    pub children: Vec<Epoch>,
    /// The parent itself has records beyond where a child left it.
    pub parent_went_on: bool,
}

/// The heads of all epochs of all origins, epochs in order of their first arrival.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Heads {
    origins: BTreeMap<NodeId, Vec<EpochHead>>,
}

impl Heads {
    /// Nothing held.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// What is held of an epoch.
    #[must_use]
    pub fn get(&self, origin: NodeId, epoch: Epoch) -> Option<&EpochHead> {
        // The newest is asked for most.
        self.epochs(origin).iter().rev().find(|held| held.head.epoch == epoch)
    }

    /// The head of an epoch.
    #[must_use]
    pub fn head(&self, origin: NodeId, epoch: Epoch) -> Option<Head> {
        self.get(origin, epoch).map(|held| held.head)
    }

    /// An origin's epochs in order of their first arrival.
    #[must_use]
    pub fn epochs(&self, origin: NodeId) -> &[EpochHead] {
        self.origins.get(&origin).map_or(&[], Vec::as_slice)
    }

    /// What is held of one origin, alone.
    #[must_use]
    pub fn of(&self, origin: NodeId) -> Self {
        let held = self.origins.get(&origin).map(|epochs| (origin, epochs.clone()));
        Self { origins: held.into_iter().collect() }
    }

    /// The head of the epoch that arrived last: what a node's next epoch names as its parent.
    #[must_use]
    pub fn latest(&self, origin: NodeId) -> Option<Head> {
        self.epochs(origin).last().map(|held| held.head)
    }

    /// The heads of the epochs that no other goes on from; more than one means a branch.
    #[must_use]
    pub fn tips(&self, origin: NodeId) -> Vec<Head> {
        let epochs = self.epochs(origin);
        let is_parent = |epoch| epochs.iter().any(|held| parent_epoch(held) == Some(epoch));
        epochs.iter().map(|held| held.head).filter(|head| !is_parent(head.epoch)).collect()
    }

    /// Where an origin's line parts; empty for a healthy one.
    #[must_use]
    pub fn branches(&self, origin: NodeId) -> Vec<Branch> {
        let epochs = self.epochs(origin);
        let mut by_parent: BTreeMap<Option<Epoch>, Vec<&EpochHead>> = BTreeMap::new();
        for held in epochs {
            by_parent.entry(parent_epoch(held)).or_default().push(held);
        }
        let branch = |(parent, children): (Option<Epoch>, Vec<&EpochHead>)| {
            let end = parent.and_then(|epoch| self.head(origin, epoch)).map(|head| head.seq);
            let parent_went_on = children.iter().any(|child| {
                child.parent.is_some_and(|from| end.is_some_and(|end| end > from.seq))
            });
            let children = children.iter().map(|child| child.head.epoch).collect();
            Branch { parent, children, parent_went_on }
        };
        let all = by_parent.into_iter().map(branch);
        all.filter(|branch| branch.children.len() > 1 || branch.parent_went_on).collect()
    }

    /// All origins, in the order of their names.
    pub fn origins(&self) -> impl Iterator<Item = NodeId> {
        self.origins.keys().copied()
    }

    /// All epochs of all origins.
    pub fn iter(&self) -> impl Iterator<Item = (NodeId, &EpochHead)> {
        self.origins.iter().flat_map(|(origin, epochs)| epochs.iter().map(|held| (*origin, held)))
    }

    /// Records that an epoch is now held up to `held.head`; an unknown epoch arrives last.
    pub fn set(&mut self, origin: NodeId, held: EpochHead) {
        let epochs = self.origins.entry(origin).or_default();
        match epochs.iter_mut().rev().find(|known| known.head.epoch == held.head.epoch) {
            Some(known) => *known = held,
            None => epochs.push(held),
        }
    }

    /// Forgets an epoch: undoes the [`Heads::set`] that made it known.
    pub(crate) fn forget(&mut self, origin: NodeId, epoch: Epoch) {
        if let Some(epochs) = self.origins.get_mut(&origin) {
            epochs.retain(|held| held.head.epoch != epoch);
            if epochs.is_empty() {
                self.origins.remove(&origin);
            }
        }
    }
}

fn parent_epoch(held: &EpochHead) -> Option<Epoch> {
    held.parent.map(|parent| parent.epoch)
}
