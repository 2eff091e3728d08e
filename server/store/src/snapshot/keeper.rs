//! When a snapshot is made, and by whom: a thread of its own, so that the writer waits only until
//! the state is held still; without a thread, whoever asks.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, PoisonError};
use std::thread::{self, JoinHandle};

use domain::ids::{Epoch, Hlc, KeyId, NodeId, Seq};
use journal::{Disk, Mark};

use super::{Snapshot, write};
use crate::machine::Machine;
use crate::writer::Shared;

/// A snapshot is due after a sixteenth of all records: what a start folds, and what snapshots cost,
/// both stay a small part of the whole.
const SHARE: u64 = 16;

/// What the writer knows of the place that its groups have just reached.
pub(crate) struct Due {
    pub(crate) mark: Mark,
    pub(crate) time: Hlc,
    pub(crate) held_back: Vec<(NodeId, Epoch, Seq, u64)>,
    pub(crate) keys: Vec<KeyId>,
}

/// How a start found things.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) struct Since {
    /// Which file the next snapshot replaces.
    pub(crate) next: usize,
    /// Records that could not be read.
    pub(crate) unread: u64,
    /// How many records came after the snapshot that was used.
    pub(crate) records: u64,
}

/// Makes snapshots of the published state.
pub(crate) struct Keeper<M: Machine, D> {
    work: Work<M, D>,
    /// Records since the last snapshot.
    since: u64,
    thread: Option<Thread>,
}

#[derive(Clone)]
struct Work<M: Machine, D> {
    disk: D,
    shared: Arc<Shared<M>>,
    unread: u64,
    /// Which file is next.
    next: Arc<AtomicUsize>,
}

struct Thread {
    asks: Option<SyncSender<(Due, SyncSender<()>)>>,
    handle: Option<JoinHandle<()>>,
}

impl<M: Machine, D: Disk> Keeper<M, D> {
    /// A keeper without a thread: snapshots are made where they are asked for.
    pub(crate) fn new(disk: D, shared: Arc<Shared<M>>, since: Since) -> Self {
        let Since { next, unread, records } = since;
        let next = Arc::new(AtomicUsize::new(next));
        Self { work: Work { disk, shared, unread, next }, since: records, thread: None }
    }

    /// So many records were folded.
    pub(crate) const fn count(&mut self, records: u64) {
        self.since = self.since.saturating_add(records);
    }

    /// Whether a snapshot is due; at a stop it is sooner.
    pub(crate) fn is_due(&self, all: u64, stops: bool) -> bool {
        let wanted = if stops { M::KEPT_EVERY / SHARE } else { M::KEPT_EVERY.max(all / SHARE) };
        M::RULES.is_some() && self.since > 0 && self.since >= wanted
    }

    /// Has a snapshot made by the thread; what was published stays as it is until the state is
    /// read. Where the last one is still being written it is put off.
    pub(crate) fn keep(&mut self, due: Due) {
        let Some(asks) = self.thread.as_ref().and_then(|thread| thread.asks.as_ref()) else {
            return self.keep_here(due);
        };
        let (held, holds) = sync_channel(1);
        if asks.try_send((due, held)).is_ok() {
            let _ends_if_it_failed = holds.recv();
            self.since = 0;
        }
    }

    /// Makes a snapshot now and here, after the thread, if there is one, is done for good.
    pub(crate) fn keep_here(&mut self, due: Due) {
        self.thread = None;
        self.work.keep(due, || {});
        self.since = 0;
    }
}

impl<M: Machine, D: Disk + Clone + Send + 'static> Keeper<M, D> {
    /// From now on a thread does the work.
    pub(crate) fn start(&mut self) -> std::io::Result<()> {
        if M::RULES.is_none() {
            return Ok(());
        }
        let (asks, asked) = sync_channel(0);
        let work = self.work.clone();
        let run = move || work.run(&asked);
        let handle = thread::Builder::new().name("snapshots".to_owned()).spawn(run)?;
        self.thread = Some(Thread { asks: Some(asks), handle: Some(handle) });
        Ok(())
    }
}

impl<M: Machine, D: Disk> Work<M, D> {
    fn run(self, asked: &Receiver<(Due, SyncSender<()>)>) {
        while let Ok((due, held)) = asked.recv() {
            self.keep(due, || {
                let _the_writer_waits = held.send(());
            });
        }
    }

    fn keep(&self, due: Due, held: impl FnOnce()) {
        let published =
            self.shared.published.read().unwrap_or_else(PoisonError::into_inner).clone();
        // From here on it may go on: a copy stays as it is.
        held();
        let state = published.save();
        drop(published);
        let Due { mark, time, held_back, keys } = due;
        let (rules, unread) = (M::RULES.unwrap_or_default(), self.unread);
        let snapshot = Snapshot { rules, mark, time, unread, held_back, keys };
        // One at a time: the thread has ended before anybody else makes one.
        let next = self.next.load(Ordering::Relaxed);
        match write(&self.disk, next, &snapshot.encode(&state)) {
            Ok(()) => self.next.store(1 - next, Ordering::Relaxed),
            Err(error) => tracing::warn!(%error, "no snapshot was made; the next start is slower"),
        }
    }
}

impl Drop for Thread {
    fn drop(&mut self) {
        self.asks = None;
        if let Some(handle) = self.handle.take() {
            let _its_faults_harm_no_record = handle.join();
        }
    }
}
