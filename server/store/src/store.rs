//! The handle that everybody holds.

use std::sync::atomic::Ordering;
use std::sync::mpsc::{SyncSender, TrySendError};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;

use domain::ids::{Epoch, KeyId, NodeId, Seq};
use journal::{
    Disk, Entry, Head, Heads, KeysErased, Lost, NodeKey, Position, Reader, Record, StoreId,
};
use tokio::sync::{oneshot, watch};
use zeroize::Zeroizing;

use crate::disk::FileDisk;
use crate::error::{Stop, StoreError};
use crate::holes::Holes;
use crate::jobs::{IncomingBatch, Ingested, Job, Reply};
use crate::keyring::Keys;
use crate::machine::Machine;
use crate::views::{Follower, Views, ViewsStatus};
use crate::writer::Shared;

/// A node's store; clones are the same one. When the last is dropped without [`Store::close`], it
/// ends as after a kill: nothing confirmed is lost, and the views are rebuilt at the next start.
pub struct Store<M: Machine, D = FileDisk> {
    inner: Arc<Inner<M, D>>,
}

impl<M: Machine, D> Clone for Store<M, D> {
    fn clone(&self) -> Self {
        Self { inner: Arc::clone(&self.inner) }
    }
}

/// How a store stands, for the operator.
#[derive(Debug, Clone)]
pub struct Status {
    /// This node.
    pub node: NodeId,
    /// This run.
    pub epoch: Epoch,
    /// Names this store, never a copy of it.
    pub store: StoreId,
    /// How many records are held.
    pub records: u64,
    /// Where the journal ends.
    pub end: Position,
    /// The last durable record of this run; none before the first.
    pub own_head: Option<Head>,
    /// How many keys are held.
    pub keys: usize,
    /// The disk is full: reading goes on, nothing new is stored until there is room.
    pub full: bool,
    /// There is little room left: people should make some.
    pub low: bool,
    /// Records that damage took here, by range, as far as no other node has brought them back.
    pub lost: Vec<Lost>,
    /// How many lost records came back, and are put in their places at the next start.
    pub brought_back: usize,
    /// Why nothing is stored any more, in words; `None` while all is well.
    pub stopped: Option<Arc<Stop>>,
    /// How the views stand, if there are any.
    pub views: Option<ViewsStatus>,
}

pub(crate) struct Parts<M: Machine, D> {
    pub(crate) jobs: SyncSender<Job<M>>,
    /// None where the writer is stepped by hand.
    pub(crate) thread: Option<JoinHandle<()>>,
    pub(crate) follower: Option<Follower>,
    pub(crate) shared: Arc<Shared<M>>,
    pub(crate) reader: Reader<D>,
    pub(crate) keys: Keys,
    pub(crate) node: NodeId,
    pub(crate) epoch: Epoch,
    pub(crate) key: Arc<NodeKey>,
    pub(crate) holes: Arc<Holes<D>>,
    pub(crate) disk: D,
}

struct Inner<M: Machine, D> {
    /// Taken when the last handle goes, which ends the writer.
    jobs: Option<SyncSender<Job<M>>>,
    threads: Mutex<Threads>,
    shared: Arc<Shared<M>>,
    reader: Reader<D>,
    keys: Keys,
    node: NodeId,
    epoch: Epoch,
    key: Arc<NodeKey>,
    holes: Arc<Holes<D>>,
    disk: D,
}

#[derive(Default)]
struct Threads {
    writer: Option<JoinHandle<()>>,
    follower: Option<Follower>,
}

impl<M: Machine, D> Store<M, D> {
    pub(crate) fn new(parts: Parts<M, D>) -> Self {
        let threads = Threads { writer: parts.thread, follower: parts.follower };
        let inner = Inner {
            jobs: Some(parts.jobs),
            threads: Mutex::new(threads),
            shared: parts.shared,
            reader: parts.reader,
            keys: parts.keys,
            node: parts.node,
            epoch: parts.epoch,
            key: parts.key,
            holes: parts.holes,
            disk: parts.disk,
        };
        Self { inner: Arc::new(inner) }
    }

    /// Has a command decided; answered once everything it led to, and all before it, is durable.
    ///
    /// # Errors
    /// [`StoreError::Busy`] when too much waits; [`StoreError::Stopped`]; `is_full`.
    pub async fn run(&self, command: M::Command) -> Result<M::Answer, StoreError> {
        self.ask(|reply| Job::Run(command, reply)).await
    }

    /// Takes over records from elsewhere; answered once they are durable.
    ///
    /// # Errors
    /// As [`Store::run`]. That they don't fit is an answer: see [`Ingested::outcome`].
    pub async fn ingest(&self, batch: IncomingBatch) -> Result<Ingested<M::Answer>, StoreError> {
        self.ask(|reply| Job::Ingest(batch, reply)).await
    }

    /// Overwrites a key, so that what it sealed can never be read again here; says whether it was
    /// here. Rows of views made from the opened text are the caller's to remove.
    ///
    /// # Errors
    /// As [`Store::run`].
    pub async fn erase(&self, id: KeyId) -> Result<bool, StoreError> {
        Ok(self.erase_all(vec![id]).await? > 0)
    }

    /// As [`Store::erase`], for many keys with one sync; says how many were here.
    ///
    /// # Errors
    /// As [`Store::run`].
    pub async fn erase_all(&self, ids: Vec<KeyId>) -> Result<usize, StoreError> {
        self.ask(|reply| Job::Erase(ids, reply)).await
    }

    /// As [`Store::erase_all`], for keys that another node has erased: one that comes late, in a letter
    /// written before that, is not taken any more.
    ///
    /// # Errors
    /// As [`Store::run`].
    pub async fn forget(&self, ids: Vec<KeyId>) -> Result<usize, StoreError> {
        self.ask(|reply| Job::Forget(ids, reply)).await
    }

    /// As [`Store::erase_all`], because what the keys sealed is to be gone: a record says so, and a
    /// keyring that is restored later leaves these keys out.
    ///
    /// # Errors
    /// As [`Store::run`].
    pub async fn erase_for_good(&self, ids: Vec<KeyId>) -> Result<usize, StoreError> {
        for keys in ids.chunks(KeysErased::MOST) {
            let erased = KeysErased { keys: keys.to_vec() };
            // First the record, so that no crash leaves an erasure that nobody knows of. Where
            // there is no room for it, the keys go all the same.
            match self.ask(|reply| Job::NoteErasure(erased, reply)).await {
                Ok(_) => {}
                Err(error) if error.is_full() && self.stopped().is_none() => {
                    tracing::error!("an erasure can't be recorded: the disk is full");
                }
                Err(error) => return Err(error),
            }
        }
        self.erase_all(ids).await
    }

    /// Has the own records signed, if some are not yet: before a batch leaves for another network.
    /// Gives the own head after that; `None` if there is no own record.
    ///
    /// # Errors
    /// As [`Store::run`].
    pub async fn checkpoint_now(&self) -> Result<Option<Head>, StoreError> {
        self.ask(Job::Checkpoint).await
    }

    /// Looks at the published state, which holds only what is durable. The writer waits for
    /// `look` to end, so it must be short.
    pub fn read<T>(&self, look: impl FnOnce(&M) -> T) -> T {
        look(&self.inner.shared.published.read().unwrap_or_else(PoisonError::into_inner))
    }

    /// Counts the changes of the published state: to wait for the next one.
    #[must_use]
    pub fn changes(&self) -> watch::Receiver<u64> {
        self.inner.shared.changes.subscribe()
    }

    /// This node.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.inner.node
    }

    /// This run.
    #[must_use]
    pub fn epoch(&self) -> Epoch {
        self.inner.epoch
    }

    /// The node's own keys, to sign and to open letters with.
    #[must_use]
    pub fn key(&self) -> &NodeKey {
        &self.inner.key
    }

    /// The keys of sealed parts.
    #[must_use]
    pub fn keys(&self) -> &Keys {
        &self.inner.keys
    }

    /// The texts of a record's sealed parts, in order; `None` where a part was withheld or its key
    /// is not here.
    #[must_use]
    pub fn open_sealed(&self, record: &Record, entry: &Entry) -> Vec<Option<Zeroizing<Vec<u8>>>> {
        self.inner.keys.open(record, entry)
    }

    /// The rows, if this node keeps any.
    #[must_use]
    pub fn views(&self) -> Option<&Views> {
        self.inner.shared.views.as_ref()
    }

    /// Why nothing is stored any more, if so.
    #[must_use]
    pub fn stopped(&self) -> Option<Arc<Stop>> {
        self.inner.shared.stopped.get().cloned()
    }

    async fn ask<T>(&self, job: impl FnOnce(Reply<T>) -> Job<M>) -> Result<T, StoreError> {
        let (reply, answer) = oneshot::channel();
        let jobs = self.inner.jobs.as_ref().ok_or_else(|| self.ended())?;
        match jobs.try_send(job(reply)) {
            Ok(()) => {}
            Err(TrySendError::Full(_)) => return Err(StoreError::Busy),
            Err(TrySendError::Disconnected(_)) => return Err(self.ended()),
        }
        answer.await.unwrap_or_else(|_| Err(self.ended()))
    }

    fn ended(&self) -> StoreError {
        let closed = || {
            Arc::new(Stop {
                cause: "it was closed".to_owned(),
                todo: "start again",
                full: false,
                damaged: false,
            })
        };
        StoreError::Stopped(self.stopped().unwrap_or_else(closed))
    }
}

impl<M, D> Store<M, D>
where
    M: Machine,
    D: Disk + Send + Sync + 'static,
    D::File: Send + Sync,
{
    /// What is durable of every origin.
    #[must_use]
    pub fn heads(&self) -> Heads {
        Heads::clone(&self.inner.reader.heads())
    }

    /// What is durable of one origin.
    #[must_use]
    pub fn heads_of(&self, origin: NodeId) -> Heads {
        self.inner.reader.heads().of(origin)
    }

    /// Records that damage took here and nobody has brought back, by range.
    #[must_use]
    pub fn lost(&self) -> Vec<Lost> {
        self.inner.holes.lost()
    }

    /// How many lost records came back, and are put in their places at the next start.
    #[must_use]
    pub fn brought_back(&self) -> usize {
        self.inner.holes.waiting()
    }

    /// What those below are asked to bring once more: lost records, and those that came back
    /// without their sealed parts.
    #[must_use]
    pub fn lacks(&self) -> Vec<Lost> {
        self.inner.holes.lacks()
    }

    /// Where the durable part of the journal ends: what [`Views::wait_for`] waits for.
    #[must_use]
    pub fn position(&self) -> Position {
        self.inner.reader.end()
    }

    /// Reads the durable part of the journal, from any thread; it may wait for the disk.
    #[must_use]
    pub fn reader(&self) -> Reader<D> {
        self.inner.reader.clone()
    }

    /// Durable records of one epoch from `from` on, as many as fit into `max_bytes`, at least one
    /// if there is one. Read off the async threads; the writer is not in the way.
    ///
    /// # Errors
    /// [`StoreError::is_damaged`] where they can't be read any more.
    pub async fn entries(
        &self,
        origin: NodeId,
        epoch: Epoch,
        from: Seq,
        max_bytes: usize,
    ) -> Result<Vec<Entry>, StoreError> {
        let reader = self.reader();
        let read = move || reader.read(origin, epoch, from, max_bytes);
        match tokio::task::spawn_blocking(read).await {
            Ok(entries) => Ok(entries?),
            Err(_) => Err(StoreError::Panicked),
        }
    }

    /// How the store stands.
    #[must_use]
    pub fn status(&self) -> Status {
        let inner = &self.inner;
        Status {
            node: inner.node,
            epoch: inner.epoch,
            store: inner.reader.store_id(),
            records: inner.reader.records(),
            end: inner.reader.end(),
            own_head: inner.reader.heads().head(inner.node, inner.epoch),
            keys: inner.keys.count(),
            full: inner.shared.full.load(Ordering::Relaxed),
            low: inner.shared.low.load(Ordering::Relaxed),
            lost: inner.holes.lost(),
            brought_back: inner.holes.waiting(),
            stopped: self.stopped(),
            views: self.views().map(Views::status),
        }
    }

    /// Stops cleanly: what waits is done, the own chain signed, the journal's end taken out of
    /// doubt, the views closed. Every other handle then answers [`StoreError::Stopped`].
    ///
    /// # Errors
    /// What kept the stop from being clean; everything confirmed is safe nevertheless.
    pub async fn close(self) -> Result<(), StoreError> {
        let (reply, answer) = oneshot::channel();
        if let Some(jobs) = self.inner.jobs.clone() {
            // Unlike other jobs this one waits for its place, off the async threads.
            let sending = tokio::task::spawn_blocking(move || jobs.send(Job::Close(reply)));
            let _answered_by_the_writers_end = sending.await;
        }
        let closed = answer.await.unwrap_or_else(|_| Err(self.ended()));
        let threads = std::mem::take(&mut *self.inner.lock_threads());
        // Joining and closing sled take a moment and would hold up an async thread.
        let joined = tokio::task::spawn_blocking(move || {
            if let Some(writer) = threads.writer {
                let _reported_by_stopped = writer.join();
            }
            if let Some(follower) = threads.follower {
                follower.stop();
            }
        });
        let _only_cut_short_when_the_runtime_ends = joined.await;
        closed
    }
}

impl<M: Machine, D: Disk> Store<M, D> {
    /// The identity that this node goes over to next, drawn and kept now if it was not before. It
    /// comes into use with [`crate::go_over`], once the store is closed.
    ///
    /// # Errors
    /// The disk's answer.
    pub fn next_identity(&self) -> Result<NodeKey, StoreError> {
        crate::node::next_identity(&self.inner.disk)
    }
}

impl<M: Machine, D> Inner<M, D> {
    fn lock_threads(&self) -> std::sync::MutexGuard<'_, Threads> {
        self.threads.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl<M: Machine, D> Drop for Inner<M, D> {
    /// Waits for the threads, so that the directory is free once the last handle is gone.
    fn drop(&mut self) {
        self.jobs = None;
        let threads = std::mem::take(&mut *self.lock_threads());
        if let Some(writer) = threads.writer {
            let _reported_by_stopped = writer.join();
        }
        if let Some(follower) = threads.follower {
            follower.abandon();
        }
    }
}
