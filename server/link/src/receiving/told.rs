//! Public keys of origins that a relay told in its hello. Each proves itself, since a node's id
//! is the hash of its keys; whether the relay may bring that origin is asked elsewhere. In memory
//! only: after a restart the relay says hello again, and tells them again.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use domain::ids::NodeId;
use journal::{NodePublic, StoreId};
use sync::Refusal;
use sync::receiver::{self, Directory, Trust};

/// Keys remembered; more are not taken.
const ORIGINS: usize = 100_000;

#[derive(Default)]
pub(crate) struct Told(Mutex<BTreeMap<NodeId, NodePublic>>);

impl Told {
    pub(crate) fn learn(&self, keys: impl Iterator<Item = NodePublic>) {
        let mut told = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        for key in keys {
            if told.len() < ORIGINS {
                told.insert(key.node_id(), key);
            }
        }
    }

    /// The directory, and beside it what was told.
    pub(crate) const fn beside<'a, D>(&'a self, directory: &'a D) -> Beside<'a, D> {
        Beside { directory, told: self }
    }

    pub(crate) fn origin_for(
        &self,
        directory: &impl Directory,
        sender: NodePublic,
        origin: NodeId,
    ) -> Result<NodePublic, Refusal> {
        receiver::origin_for(&self.beside(directory), sender, origin)
    }
}

pub(crate) struct Beside<'a, D> {
    directory: &'a D,
    told: &'a Told,
}

impl<D: Directory> Directory for Beside<'_, D> {
    fn own(&self) -> NodeId {
        self.directory.own()
    }

    fn store(&self) -> StoreId {
        self.directory.store()
    }

    fn trust(&self, node: NodeId) -> Trust {
        self.directory.trust(node)
    }

    fn may_relay(&self, sender: NodeId, origin: NodeId) -> bool {
        self.directory.may_relay(sender, origin)
    }

    fn brought(&self, sender: NodeId, origin: NodeId) -> bool {
        self.directory.brought(sender, origin)
    }

    fn origin(&self, origin: NodeId) -> Option<NodePublic> {
        self.directory.origin(origin).or_else(|| {
            self.told.0.lock().unwrap_or_else(PoisonError::into_inner).get(&origin).copied()
        })
    }
}
