//! Reading what is durable, from any thread, while the writer goes on.

use std::ops::{ControlFlow, Deref};
use std::sync::{Arc, PoisonError, RwLock, RwLockReadGuard, RwLockWriteGuard};

use domain::ids::{Epoch, Hlc, NodeId, Seq};

use super::{JournalError, Window};
use crate::chain::{Hash, Heads, Held, chain_start};
use crate::disk::Disk;
use crate::frame::EntryRef;
use crate::index::Index;
use crate::mark::Mark;
use crate::number::long;
use crate::position::Position;
use crate::record::Entry;
use crate::segment::{HEADER_BYTES, StoreId};

/// How much is read at once where records are looked for one by one.
const READ_BYTES: usize = 64 * 1024;
/// How much is read at once where all of them are.
const SCAN_BYTES: usize = 1024 * 1024;
/// How many places are looked up under one lock.
const PLACES_AT_ONCE: usize = 1024;

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
    /// When this node received it by its own clock; none for what happened at this node itself.
    pub received: Option<Hlc>,
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
        let (disk, index) = (Arc::clone(&self.disk), Arc::clone(&self.index));
        Self { disk, index, store: self.store }
    }
}

impl<D: Disk> Reader<D> {
    pub(super) fn new(disk: D, index: Index, store: StoreId) -> Self {
        Self { disk: Arc::new(disk), index: Arc::new(RwLock::new(index)), store }
    }

    /// The store that is read.
    #[must_use]
    pub fn store_id(&self) -> StoreId {
        self.store
    }

    /// What is durable of every origin.
    #[must_use]
    pub fn heads(&self) -> HeadsGuard<'_> {
        HeadsGuard(self.index())
    }

    /// The place after the last durable record.
    #[must_use]
    pub fn end(&self) -> Position {
        self.index().end()
    }

    /// What is held before [`Reader::end`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        let index = self.index();
        Mark { store: self.store, end: index.end(), tally: index.tally }
    }

    /// How many records are held.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.index().records
    }

    /// Records of one epoch from `from` on, in order, as many as fit into `max_bytes` (open parts
    /// and sealed parts), at least one if there is one; empty at the end or for an unknown epoch.
    /// Stops before a record that is lost.
    ///
    /// # Errors
    /// [`JournalError::Lost`] where the first one is lost to damage; else the disk's, or
    /// [`JournalError::Damaged`].
    pub fn read(
        &self,
        origin: NodeId,
        epoch: Epoch,
        from: Seq,
        max_bytes: usize,
    ) -> Result<Vec<Entry>, JournalError> {
        let mut window = Window::new(&*self.disk, READ_BYTES);
        let (mut entries, mut bytes, mut seq) = (Vec::new(), 0_usize, from);
        loop {
            let places = self.index().run((origin, epoch), seq, PLACES_AT_ONCE);
            for at in &places {
                let entry = entry_at(&mut window, *at)?.to_entry();
                bytes = bytes.saturating_add(entry.size_bytes());
                if bytes > max_bytes && !entries.is_empty() {
                    return Ok(entries);
                }
                entries.push(entry);
            }
            seq = Seq(seq.0.saturating_add(long(places.len())));
            if places.len() < PLACES_AT_ONCE {
                break;
            }
        }
        let held = self.heads().head(origin, epoch).is_some_and(|head| from <= head.seq);
        if entries.is_empty() && held && from.0 > 0 {
            return Err(JournalError::Lost { origin, epoch, seq: from });
        }
        Ok(entries)
    }

    /// Shows every durable record from a position on, in order of arrival, each once, until `each`
    /// breaks. Answers where to go on: after the last record shown. A position beyond the end shows
    /// nothing and answers the end: compare with [`Reader::end`] where that can happen (what a
    /// follower read of a group that was cut later).
    ///
    /// # Errors
    /// The disk's, or [`JournalError::Damaged`] where bytes went bad since the journal was opened.
    pub fn scan(
        &self,
        from: Position,
        mut each: impl FnMut(Scanned<'_>) -> ControlFlow<()>,
    ) -> Result<Position, JournalError> {
        let (segments, bad) = {
            let index = self.index();
            let from_segment = from.segment();
            (
                index
                    .segments
                    .range(from_segment..)
                    .map(|(number, end)| (*number, *end))
                    .collect::<Vec<_>>(),
                index.bad.clone(),
            )
        };
        // Whoever follows the writer reads little each time.
        let ahead_bytes = match segments.as_slice() {
            [(number, end)] if *number == from.segment() => {
                end.offset().saturating_sub(from.offset()).clamp(READ_BYTES, SCAN_BYTES)
            }
            _ => SCAN_BYTES,
        };
        let mut window = Window::new(&*self.disk, ahead_bytes);
        for (number, end) in &segments {
            let mut at = Position::new(*number, HEADER_BYTES).max(from);
            while at < *end {
                if let Some(until) = Index::bad_until(&bad, at) {
                    at = until;
                    continue;
                }
                let frame = window.frame(at)?;
                let next = Position::new(*number, at.offset() + frame.length);
                if frame.is_entry() {
                    let (entry, received) = frame.entry().ok_or_else(|| damaged(at))?;
                    let shown = bad.is_empty() || self.is_the_one(entry, at);
                    if shown && each(Scanned { at, next, received, entry }).is_break() {
                        return Ok(next);
                    }
                }
                at = next;
            }
        }
        Ok(segments.last().map_or(from, |(_, end)| *end))
    }

    /// The open part of one record.
    ///
    /// # Errors
    /// The disk's, or [`JournalError::Damaged`].
    pub fn open_part_of(
        &self,
        origin: NodeId,
        epoch: Epoch,
        seq: Seq,
    ) -> Result<Option<Vec<u8>>, JournalError> {
        let Some(at) = self.index().find(origin, epoch, seq) else { return Ok(None) };
        let mut window = Window::new(&*self.disk, READ_BYTES);
        Ok(Some(entry_at(&mut window, at)?.open.to_vec()))
    }

    /// Where damage left a record twice (it was sent again), only the indexed one counts.
    fn is_the_one(&self, entry: EntryRef<'_>, at: Position) -> bool {
        let Ok(view) = entry.view() else { return false };
        self.index().find(view.origin, view.epoch, view.seq) == Some(at)
    }

    pub(super) fn disk(&self) -> &D {
        &self.disk
    }

    pub(super) fn index(&self) -> RwLockReadGuard<'_, Index> {
        self.index.read().unwrap_or_else(PoisonError::into_inner)
    }

    pub(super) fn index_mut(&self) -> RwLockWriteGuard<'_, Index> {
        self.index.write().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<D: Disk> Held for Reader<D> {
    fn open_part(&mut self, origin: NodeId, epoch: Epoch, seq: Seq) -> Option<Vec<u8>> {
        self.open_part_of(origin, epoch, seq).ok().flatten()
    }

    /// Reads the epoch from its beginning.
    fn chain_hash(&mut self, origin: NodeId, epoch: Epoch, seq: Seq) -> Option<Hash> {
        let mut window = Window::new(&*self.disk, READ_BYTES);
        let mut hash = chain_start(origin, epoch);
        for seq in 1..=seq.0 {
            let at = self.index().find(origin, epoch, Seq(seq))?;
            hash = hash.extend(entry_at(&mut window, at).ok()?.open);
        }
        Some(hash)
    }
}

fn damaged(at: Position) -> JournalError {
    JournalError::Damaged { segment: at.segment(), offset: long(at.offset()) }
}

pub(crate) fn entry_at<'w, D: Disk>(
    window: &'w mut Window<'_, D>,
    at: Position,
) -> Result<EntryRef<'w>, JournalError> {
    window.frame(at)?.entry().map(|(entry, _)| entry).ok_or_else(|| damaged(at))
}
