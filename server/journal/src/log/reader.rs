//! Reading what is durable, from any thread, while the writer goes on.

use std::ops::{ControlFlow, Deref};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard};

use domain::ids::{Epoch, NodeId, Seq};

use super::JournalError;
use crate::chain::{Heads, Held};
use crate::disk::Disk;
use crate::frame::EntryRef;
use crate::index::Index;
use crate::position::Position;
use crate::record::Entry;
use crate::segment::StoreId;

/// Reads a journal; cheap to clone and to send to another thread.
pub struct Reader<D> {
    disk: Arc<D>,
    index: Arc<RwLock<Index>>,
    store: StoreId,
}

/// One record met by [`Reader::scan`].
#[derive(Debug, Clone, Copy)]
pub struct Scanned<'a> {
    /// Where its frame begins.
    pub at: Position,
    /// Where to go on after it.
    pub next: Position,
    /// The record.
    pub entry: EntryRef<'a>,
}

/// The durable heads, held still while this lives: the writer waits for it, so let go soon.
pub struct HeadsGuard<'a>(RwLockReadGuard<'a, Index>);

impl Deref for HeadsGuard<'_> {
    type Target = Heads;

    fn deref(&self) -> &Heads {
        &self.0.heads
    }
}

impl<D> Clone for Reader<D> {
    fn clone(&self) -> Self {
        Self {
            disk: Arc::clone(&self.disk),
            index: Arc::clone(&self.index),
            store: self.store,
        }
    }
}

impl<D: Disk> Reader<D> {
    /// The store that is read.
    #[must_use]
    pub fn store_id(&self) -> StoreId {
        self.store
    }

    /// What is durable of every origin.
    #[must_use]
    pub fn heads(&self) -> HeadsGuard<'_> {
        HeadsGuard(self.index.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// The place after the last durable record.
    #[must_use]
    pub fn end(&self) -> Position {
        todo!()
    }

    /// How many records are held.
    #[must_use]
    pub fn records(&self) -> u64 {
        todo!()
    }

    /// Records of one epoch from `from` on, in order, as many as fit into `max_bytes` (open parts
    /// and sealed parts), at least one if there is one; empty at the end or for an unknown epoch.
    ///
    /// # Errors
    /// [`JournalError::Lost`] where the first one is lost to damage; else the disk's, or
    /// [`JournalError::Damaged`].
    pub fn read(
        &self,
        _origin: NodeId,
        _epoch: Epoch,
        _from: Seq,
        _max_bytes: usize,
    ) -> Result<Vec<Entry>, JournalError> {
        todo!()
    }

    /// Shows every durable record from a position on, in order of arrival, each once, until `each`
    /// breaks. Answers where to go on: after the last record shown.
    ///
    /// # Errors
    /// The disk's, or [`JournalError::Damaged`] where bytes went bad since the journal was opened.
    pub fn scan(
        &self,
        _from: Position,
        _each: impl FnMut(Scanned<'_>) -> ControlFlow<()>,
    ) -> Result<Position, JournalError> {
        todo!()
    }
}

impl<D: Disk> Held for Reader<D> {
    fn open_part(&mut self, _origin: NodeId, _epoch: Epoch, _seq: Seq) -> Option<Vec<u8>> {
        todo!()
    }

    fn chain_hash(
        &mut self,
        _origin: NodeId,
        _epoch: Epoch,
        _seq: Seq,
    ) -> Option<crate::chain::Hash> {
        todo!()
    }
}
