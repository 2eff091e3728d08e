//! The one thread that writes.
//!
//! It takes what waits (no timer), lets the rules decide on its own copy of the state, appends,
//! syncs once for the whole group, folds the group into the published copy, and only then answers.
//! Invariants: the ahead copy has folded exactly what is durable or staged; the published copy
//! exactly what is durable. On a full disk the group is undone and refused, and the writer goes on;
//! after any other failed write or sync it ends, and nobody is answered any more.

mod group;
mod line;
mod sealed;

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};
use std::time::Duration;

use journal::{Disk, Draft, Journal, JournalError, Kind, Pause, kind};
use tokio::sync::watch;

use crate::disk::long;
use crate::error::{Stop, StoreError};
use crate::holes::Holes;
use crate::jobs::{Job, Reply, Waiting};
use crate::keyring::Keyring;
use crate::machine::{Machine, Transactions};
use crate::room::{Space, Watch};
use crate::snapshot::{Due, Keeper};
use crate::views::Views;

use group::{Group, Trouble};
pub(crate) use line::Line;

/// How many jobs may wait for the writer; more are refused.
pub(crate) const QUEUE_JOBS: usize = 4096;
/// The most jobs of one group.
const GROUP_JOBS: usize = 512;
/// From how many staged bytes on a group takes no more jobs.
const GROUP_BYTES: usize = 1024 * 1024;
/// How often the own chain is signed while it grows, and after how long of quiet an empty commit
/// takes the last group out of doubt.
pub(crate) const BEAT: Duration = Duration::from_secs(1);
/// How often the disk's room is looked at while nothing at all happens.
const IDLE: Duration = Duration::from_secs(5);
/// How often room is looked for while the disk is full.
const ROOM_RETRY: Duration = Duration::from_secs(1);

/// What the writer and everybody else have in common.
pub(crate) struct Shared<M> {
    /// Folded from what is durable.
    pub(crate) published: RwLock<M>,
    /// Counts the groups that were published.
    pub(crate) changes: watch::Sender<u64>,
    /// Why the writer ended, if it failed.
    pub(crate) stopped: OnceLock<Arc<Stop>>,
    pub(crate) full: AtomicBool,
    /// People should make room.
    pub(crate) low: AtomicBool,
    pub(crate) views: Option<Views>,
}

/// The writer's own things.
pub(crate) struct Writer<M: Machine, D: Disk> {
    pub(crate) journal: Journal<D>,
    pub(crate) keyring: Keyring<D>,
    pub(crate) ahead: M,
    pub(crate) transactions: Transactions,
    pub(crate) line: Line,
    pub(crate) shared: Arc<Shared<M>>,
    pub(crate) pace: Pace,
    pub(crate) keeper: Keeper<M, D>,
    pub(crate) watch: Watch<D>,
    pub(crate) holes: Arc<Holes<D>>,
}

/// When something is due without being asked for.
pub(crate) struct Pace {
    /// There are own records after the last checkpoint.
    unsigned: bool,
    signed_at: Duration,
    /// The last group commit was not an empty one.
    in_doubt: bool,
    /// While the disk is full: when to look for room again.
    look_for_room_at: Option<Duration>,
}

impl Pace {
    pub(crate) const fn new(now: Duration) -> Self {
        Self { unsigned: false, signed_at: now, in_doubt: false, look_for_room_at: None }
    }
}

/// What a turn begins with.
pub(crate) enum Next<M: Machine> {
    Job(Job<M>),
    /// Nothing came for a beat.
    Quiet,
    /// Nobody holds the store any more.
    Abandoned,
}

/// What follows a turn.
pub(crate) enum After {
    GoOn,
    /// Closing was asked for: [`Writer::close`] is the last thing.
    Close(Reply<()>),
    /// Nobody holds the store any more, or it failed.
    End,
}

impl<M: Machine, D: Disk> Writer<M, D> {
    /// Writes the epoch's first record, if there is room for it; else the first own record does.
    pub(crate) fn begin(&mut self) -> Result<(), Arc<Stop>> {
        let mut group = Group::new();
        match self.start(&mut group) {
            Ok(()) => self.finish(group),
            Err(Trouble::Failed(failure)) => Err(self.stop(&failure, group)),
            Err(Trouble::Refused(error)) => {
                tracing::error!(%error, "the first record of this run can't be made");
                Ok(())
            }
        }
    }

    /// Works until closed, abandoned or failed. Jobs left in the channel are answered by its end.
    pub(crate) fn run(mut self, jobs: &Receiver<Job<M>>) {
        loop {
            let next = self.next(jobs);
            match self.turn(next, jobs) {
                After::GoOn => {}
                After::Close(reply) => return self.close(reply),
                After::End => return,
            }
        }
    }

    /// One turn: a group of jobs, or what is due in a quiet moment.
    pub(crate) fn turn(&mut self, next: Next<M>, jobs: &Receiver<Job<M>>) -> After {
        let outcome = match next {
            Next::Job(Job::Close(reply)) => return After::Close(reply),
            Next::Job(job) => self.group(job, jobs),
            Next::Quiet => self.quiet().map(|()| None),
            Next::Abandoned => return After::End,
        };
        match outcome {
            Ok(None) => After::GoOn,
            Ok(Some(close)) => After::Close(close),
            Err(stop) => {
                tracing::error!(cause = stop.cause, "the store has stopped");
                After::End
            }
        }
    }

    /// Whether something is due in a quiet moment.
    pub(crate) const fn wants_quiet(&self) -> bool {
        self.pace.unsigned || self.pace.in_doubt || self.pace.look_for_room_at.is_some()
    }

    fn next(&self, jobs: &Receiver<Job<M>>) -> Next<M> {
        let patience = if self.wants_quiet() { BEAT } else { IDLE };
        match jobs.recv_timeout(patience) {
            Ok(job) => Next::Job(job),
            Err(RecvTimeoutError::Timeout) => Next::Quiet,
            Err(RecvTimeoutError::Disconnected) => Next::Abandoned,
        }
    }

    /// Does the first job and what waits behind it; gives back a request to close.
    fn group(
        &mut self,
        first: Job<M>,
        jobs: &Receiver<Job<M>>,
    ) -> Result<Option<Reply<()>>, Arc<Stop>> {
        self.look_for_room();
        let mut group = Group::new();
        let mut next = Some(first);
        let mut close = None;
        while let Some(job) = next.take() {
            if let Job::Close(reply) = job {
                close = Some(reply);
                break;
            }
            if let Err(failure) = self.take(job, &mut group) {
                return Err(self.stop(&failure, group));
            }
            if group.jobs < GROUP_JOBS && group.bytes < GROUP_BYTES {
                next = jobs.try_recv().ok();
            }
        }
        let due = self.pace.unsigned && self.now().saturating_sub(self.pace.signed_at) >= BEAT;
        if let Err(failure) = if due { self.checkpoint(&mut group) } else { Ok(()) } {
            return Err(self.stop(&failure, group));
        }
        self.finish(group)?;
        Ok(close)
    }

    /// Makes the group durable, publishes it, answers.
    fn finish(&mut self, mut group: Group<M>) -> Result<(), Arc<Stop>> {
        if journal::bug("ack-before-sync") {
            group.waiting.drain(..).for_each(Waiting::confirm);
        }
        match self.sync_group() {
            Ok(()) => {}
            Err(Failure::Journal(error)) if error.is_full() => {
                return self.undo(group, &StoreError::from(error));
            }
            Err(failure) => return Err(self.stop(&failure, group)),
        }
        if !group.folded.is_empty() || group.stored {
            self.publish(&group);
        }
        for waiting in group.waiting.drain(..) {
            waiting.confirm();
        }
        self.keeper.count(long(group.folded.len()));
        if self.keeper.is_due(self.journal.records(), false) && self.has_room() {
            self.keeper.keep(self.due());
        }
        Ok(())
    }

    /// What a snapshot of the published state goes with: between two groups the journal, the
    /// keyring and both copies tell of the very same records.
    fn due(&self) -> Due {
        Due {
            mark: self.journal.mark(),
            time: self.line.time,
            held_back: self.transactions.held_back(),
            keys: self.keyring.names(),
        }
    }

    const fn has_room(&self) -> bool {
        self.pace.look_for_room_at.is_none()
    }

    fn sync_group(&mut self) -> Result<(), Failure> {
        self.keyring.sync()?;
        if self.journal.staged() > 0 {
            self.journal.commit()?;
            self.pace.in_doubt = true;
        }
        Ok(())
    }

    fn publish(&self, group: &Group<M>) {
        let mut published = self.shared.published.write().unwrap_or_else(PoisonError::into_inner);
        published.catch_up(&self.ahead, &group.folded);
        drop(published);
        self.shared.changes.send_modify(|count| *count += 1);
        if let Some(views) = &self.shared.views {
            views.wake();
        }
    }

    /// The disk is full: the journal has let go of the group, and so do we.
    fn undo(&mut self, group: Group<M>, error: &StoreError) -> Result<(), Arc<Stop>> {
        self.note_full();
        self.ahead = self.shared.published.read().unwrap_or_else(PoisonError::into_inner).clone();
        self.pace.unsigned = true;
        let Group { waiting, keys, undo, started, .. } = group;
        if let Some(transactions) = undo {
            self.transactions = transactions;
        }
        self.line.started &= !started;
        let freed = keys.iter().try_for_each(|id| self.keyring.let_go(*id));
        if let Err(failure) = freed.and_then(|()| self.keyring.sync()) {
            return Err(self.stop(&Failure::Keyring(failure), Group::waiting_only(waiting)));
        }
        for waiting in waiting {
            match waiting {
                erased @ Waiting::Erase(..) => erased.confirm(),
                other => other.refuse(error.clone()),
            }
        }
        Ok(())
    }

    fn note_full(&mut self) {
        self.pace.look_for_room_at = Some(self.now() + ROOM_RETRY);
        if !self.shared.full.swap(true, Ordering::Relaxed) {
            tracing::error!("the disk is full: nothing new is stored until there is room");
        }
    }

    /// Below the mark nothing new is taken in; it is again once there is room, and the journal has
    /// a file to go on in.
    fn look_for_room(&mut self) {
        let space = self.watch.space(self.now());
        self.shared.low.store(space != Space::Plenty, Ordering::Relaxed);
        if space == Space::ReadOnly && self.pace.look_for_room_at.is_none() {
            self.note_full();
        }
        let Some(at) = self.pace.look_for_room_at else { return };
        if self.now() < at {
            return;
        }
        if space == Space::ReadOnly {
            self.pace.look_for_room_at = Some(self.now() + ROOM_RETRY);
            return;
        }
        match self.journal.prepare_next() {
            Ok(()) => {
                self.pace.look_for_room_at = None;
                self.shared.full.store(false, Ordering::Relaxed);
                tracing::info!("there is room on the disk again");
            }
            Err(_) => self.pace.look_for_room_at = Some(self.now() + ROOM_RETRY),
        }
    }

    /// A beat without a job: sign what is new, take the last group out of doubt, make ready.
    fn quiet(&mut self) -> Result<(), Arc<Stop>> {
        self.look_for_room();
        if self.pace.look_for_room_at.is_some() {
            return Ok(());
        }
        let mut group = Group::new();
        if let Err(failure) = self.checkpoint(&mut group) {
            return Err(self.stop(&failure, group));
        }
        self.finish(group)?;
        match self.journal.commit_empty(Pause::Idle) {
            Ok(_) => self.pace.in_doubt = false,
            Err(error) if error.is_full() => self.note_full(),
            Err(error) => return Err(self.stop(&Failure::Journal(error), Group::new())),
        }
        if let Err(error) = self.journal.prepare_next() {
            tracing::warn!(%error, "the next file of the journal can't be made yet");
        }
        self.watch.take_ballast();
        Ok(())
    }

    /// The end of a clean stop.
    pub(crate) fn close(mut self, reply: Reply<()>) {
        let mut group = Group::new();
        let outcome = match self.checkpoint(&mut group) {
            Err(failure) => Err(self.stop(&failure, group)),
            Ok(()) => self.finish(group).and_then(|()| {
                let emptied = self.journal.commit_empty(Pause::Stop);
                emptied.map_err(|error| self.stop(&Failure::Journal(error), Group::new()))
            }),
        };
        if outcome.is_ok() && self.keeper.is_due(self.journal.records(), true) && self.has_room() {
            self.keeper.keep_here(self.due());
        }
        // The disk is free for whoever opens it next once the answer is there.
        drop(self);
        let _nobody_waits = reply.send(outcome.map(|_| ()).map_err(StoreError::Stopped));
    }

    /// Signs the own chain, if there is something new to sign and room to write it.
    fn checkpoint(&mut self, group: &mut Group<M>) -> Result<(), Failure> {
        let head = self.journal.ahead().head(self.line.node, self.line.epoch);
        let Some(head) = head.filter(|_| self.pace.unsigned) else { return Ok(()) };
        if self.pace.look_for_room_at.is_some() {
            return Ok(());
        }
        let payload = self.line.sign(head);
        let now = self.line.tick();
        match self.append(vec![plain(kind::CHECKPOINT, payload)], now, group) {
            Ok(()) => {}
            Err(Trouble::Refused(error)) => tracing::error!(%error, "no checkpoint was made"),
            Err(Trouble::Failed(failure)) => return Err(failure),
        }
        self.pace.unsigned = false;
        self.pace.signed_at = self.now();
        Ok(())
    }

    fn now(&self) -> Duration {
        self.line.world.elapsed()
    }

    /// Nobody is answered from here on.
    fn stop(&self, failure: &Failure, group: Group<M>) -> Arc<Stop> {
        let stop = Arc::clone(self.shared.stopped.get_or_init(|| Arc::new(failure.to_stop())));
        for waiting in group.waiting {
            waiting.refuse(StoreError::Stopped(Arc::clone(&stop)));
        }
        stop
    }
}

fn plain(kind: Kind, payload: Vec<u8>) -> Draft {
    Draft::new(kind, payload)
}

/// A failure after which nothing may be answered.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Journal(#[from] JournalError),
    #[error("the keyring's disk: {0}")]
    Keyring(#[from] journal::DiskError),
}

impl Failure {
    fn to_stop(&self) -> Stop {
        let damaged = matches!(self, Self::Journal(error) if error.is_damaged());
        let full = match self {
            Self::Journal(error) => error.is_full(),
            Self::Keyring(error) => error.kind == journal::DiskErrorKind::Full,
        };
        let todo = if full {
            "make room on the disk, then start again"
        } else if damaged {
            "run `journal verify`, then start again"
        } else {
            "check the disk and its cable, then start again"
        };
        Stop { cause: self.to_string(), todo, full, damaged }
    }
}
