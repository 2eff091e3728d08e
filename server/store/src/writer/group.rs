//! One group: the jobs that share a sync, what they appended, and the answers that wait for it.

use std::collections::HashSet;
use std::panic::{AssertUnwindSafe, catch_unwind};

use domain::ids::{Hlc, KeyId};
use journal::sealing::PartKey;
use journal::{Accepted, Disk, DiskError, DiskErrorKind, Draft, Entry, NodeStarted, Record, kind};

use super::line::Place;
use super::{Failure, Writer, plain, sealed};
use crate::error::StoreError;
use crate::jobs::{IncomingBatch, Ingested, Job, Reply, Waiting, confirm, refuse};
use crate::machine::{Decision, Machine, Transactions};

/// The most that one command may append.
const TRANSACTION_BYTES: usize = 64 * 1024 * 1024;

pub(crate) struct Group<M: Machine> {
    pub(super) waiting: Vec<Waiting<M>>,
    /// What the ahead copy has folded and the published one has not, in that order.
    pub(super) folded: Vec<Record>,
    /// Keys that were put into the keyring for this group.
    pub(super) keys: Vec<KeyId>,
    /// The foreign transactions as they were before this group, if it changed them.
    pub(super) undo: Option<Transactions>,
    /// The epoch's first record is in this group.
    pub(super) started: bool,
    /// Something was appended.
    pub(super) stored: bool,
    pub(super) jobs: usize,
    pub(super) bytes: usize,
}

/// Why a job appended nothing.
pub(crate) enum Trouble {
    /// The job's own trouble; the group goes on.
    Refused(StoreError),
    /// The store must stop.
    Failed(Failure),
}

impl<M: Machine> Group<M> {
    pub(super) fn new() -> Self {
        Self::waiting_only(Vec::new())
    }

    /// The answer waits for the group, unless the job was refused. If the store must stop, whoever
    /// asked is told with the rest of the group, once it is known why.
    fn settle<T: Send + 'static>(
        &mut self,
        outcome: Result<T, Trouble>,
        reply: Reply<T>,
        waiting: fn(Reply<T>, T) -> Waiting<M>,
    ) -> Result<(), Failure> {
        match outcome {
            Ok(answer) => self.waiting.push(waiting(reply, answer)),
            Err(Trouble::Refused(error)) => refuse(reply, error),
            Err(Trouble::Failed(failure)) => {
                self.waiting.push(Waiting::Lost(Box::new(|error| refuse(reply, error))));
                return Err(failure);
            }
        }
        Ok(())
    }

    pub(super) fn waiting_only(waiting: Vec<Waiting<M>>) -> Self {
        Self {
            waiting,
            folded: Vec::new(),
            keys: Vec::new(),
            undo: None,
            started: false,
            stored: false,
            jobs: 0,
            bytes: 0,
        }
    }
}

impl<M: Machine, D: Disk> Writer<M, D> {
    /// Does one job; its answer waits in the group.
    pub(super) fn take(&mut self, job: Job<M>, group: &mut Group<M>) -> Result<(), Failure> {
        group.jobs += 1;
        match job {
            Job::Run(command, reply) => {
                let outcome = self.run_command(command, group);
                group.settle(outcome, reply, Waiting::Run)
            }
            Job::Ingest(batch, reply) => {
                let outcome = self.ingest(&batch, group);
                group.settle(outcome, reply, Waiting::Ingest)
            }
            Job::Erase(ids, reply) => {
                let outcome = self.erase(&ids).map_err(|error| Trouble::Failed(error.into()));
                group.settle(outcome, reply, Waiting::Erase)
            }
            Job::Forget(ids, reply) => {
                let outcome = self.forget(&ids).map_err(|error| Trouble::Failed(error.into()));
                group.settle(outcome, reply, Waiting::Erase)
            }
            Job::NoteErasure(erased, reply) => {
                let now = self.line.tick();
                let note = vec![plain(kind::KEYS_ERASED, erased.encode())];
                let outcome = self.append_new(note, now, group);
                group.settle(outcome.map(|()| 0), reply, Waiting::Erase)
            }
            Job::Checkpoint(reply) => {
                let outcome = self.checkpoint(group).map_err(Trouble::Failed);
                let head = self.journal.ahead().head(self.line.node, self.line.epoch);
                group.settle(outcome.map(|()| head), reply, Waiting::Checkpoint)
            }
            Job::Close(reply) => {
                confirm(reply, ());
                Ok(())
            }
        }
    }

    /// Overwrites keys; says how many were here.
    fn erase(&mut self, ids: &[KeyId]) -> Result<usize, DiskError> {
        ids.iter().try_fold(0, |erased, id| Ok(erased + usize::from(self.keyring.erase(*id)?)))
    }

    /// As [`Self::erase`], and what is not here yet is never taken.
    fn forget(&mut self, ids: &[KeyId]) -> Result<usize, DiskError> {
        let erased = self.erase(ids)?;
        self.keyring.keep_erased(ids)?;
        Ok(erased)
    }

    fn run_command(
        &mut self,
        command: M::Command,
        group: &mut Group<M>,
    ) -> Result<M::Answer, Trouble> {
        let now = self.line.tick();
        let ahead = &self.ahead;
        // Deciding changes nothing, so a fault in it concerns this one command only.
        let decided = catch_unwind(AssertUnwindSafe(|| ahead.decide(command, now)));
        let Ok(Decision { drafts, answer }) = decided else {
            tracing::error!("a command made the program fail");
            return Err(StoreError::Panicked.into());
        };
        if !drafts.is_empty() {
            self.append_new(drafts, now, group)?;
        }
        Ok(answer)
    }

    fn append_new(
        &mut self,
        drafts: Vec<Draft>,
        now: Hlc,
        group: &mut Group<M>,
    ) -> Result<(), Trouble> {
        if self.pace.look_for_room_at.is_some() {
            return Err(full().into());
        }
        self.append(drafts, now, group)?;
        self.pace.unsigned = true;
        Ok(())
    }

    /// Appends one transaction of own records.
    pub(super) fn append(
        &mut self,
        drafts: Vec<Draft>,
        now: Hlc,
        group: &mut Group<M>,
    ) -> Result<(), Trouble> {
        let begun = self.line.started;
        self.start(group)?;
        let mut seq = self.line.head(self.journal.ahead()).next_seq();
        let mut time = if begun { now } else { self.line.tick() };
        let mut transaction = Vec::with_capacity(drafts.len());
        let mut keys = Vec::new();
        let mut bytes = 0;
        let mut left = drafts.len();
        for mut draft in drafts {
            left -= 1;
            let secrets = std::mem::take(&mut draft.secrets);
            let mut sealed = sealed::seal(draft.kind, secrets, &*self.line.world)?;
            keys.append(&mut sealed.keys);
            let record =
                self.line.record(draft, sealed.named, Place { seq, time, ends: left == 0 });
            let entry = Entry::new(&record, sealed.parts).map_err(too_large)?;
            bytes += entry.size_bytes();
            if bytes > TRANSACTION_BYTES {
                return Err(StoreError::TooLarge(format!("{bytes} bytes")).into());
            }
            transaction.push((record, entry));
            if left > 0 {
                seq.0 += 1;
                time = self.line.tick();
            }
        }
        self.put_keys(&keys, group)?;
        for (record, entry) in transaction {
            self.journal.stage(&entry)?;
            self.ahead.fold(&record);
            group.folded.push(record);
        }
        group.stored = true;
        group.bytes += bytes;
        Ok(())
    }

    /// Stages the epoch's first record, once.
    pub(crate) fn start(&mut self, group: &mut Group<M>) -> Result<(), Trouble> {
        if self.line.started {
            return Ok(());
        }
        let started =
            NodeStarted { parent: self.line.parent, software: self.line.software.clone() };
        let seq = self.line.head(self.journal.ahead()).next_seq();
        let place = Place { seq, time: self.line.tick(), ends: true };
        let draft = plain(kind::NODE_STARTED, started.encode());
        let record = self.line.record(draft, Vec::new(), place);
        let entry = Entry::new(&record, Vec::new()).map_err(too_large)?;
        self.journal.stage(&entry)?;
        self.ahead.fold(&record);
        group.folded.push(record);
        group.started = true;
        group.stored = true;
        self.line.started = true;
        self.pace.unsigned = true;
        Ok(())
    }

    fn put_keys(&mut self, keys: &[(KeyId, PartKey)], group: &mut Group<M>) -> Result<(), Trouble> {
        if keys.is_empty() {
            return Ok(());
        }
        match self.keyring.put(keys) {
            Ok(new) => group.keys.extend(new),
            Err(error) if error.kind == DiskErrorKind::Full => {
                return Err(Trouble::Refused(error.into()));
            }
            Err(error) => return Err(Trouble::Failed(error.into())),
        }
        Ok(())
    }

    fn ingest(
        &mut self,
        batch: &IncomingBatch,
        group: &mut Group<M>,
    ) -> Result<Ingested<M::Answer>, Trouble> {
        let accepted = match self.journal.check(batch.origin, &batch.entries) {
            Ok(accepted) => accepted,
            Err(misfit) => return Ok(Ingested { outcome: Err(misfit), judged: Vec::new() }),
        };
        if accepted.fresh > 0 && self.passes_over(batch) {
            return Ok(Ingested { outcome: Ok(accepted), judged: Vec::new() });
        }
        if accepted.fresh > 0 && self.pace.look_for_room_at.is_some() {
            return Err(full().into());
        }
        self.put_keys(&named(batch)?, group)?;
        if accepted.duplicates > 0
            && self.pace.look_for_room_at.is_none()
            && let Err(error) = self.holes.take(&batch.entries)
        {
            tracing::warn!(%error, "lost records that came back are not kept; they stay lost");
        }
        let judged = self.take_over(&batch.entries, accepted, group).map_err(Trouble::Failed)?;
        Ok(Ingested { outcome: Ok(accepted), judged })
    }

    /// Never, but for two bugs that are made on purpose.
    fn passes_over(&self, batch: &IncomingBatch) -> bool {
        let mut records = batch.entries.iter().filter_map(|entry| entry.record().ok());
        if journal::bug("time-window-dedupe") {
            let now_ms = self.line.world.wall_ms();
            return records.any(|record| record.time.unix_ms() + 120_000 < now_ms);
        }
        let unread = |record: &Record| {
            let event = domain::event::Event::read(record.kind.0, &record.payload);
            !record.kind.is_reserved() && !matches!(event, Ok(Some(_)))
        };
        journal::bug("advance-past-poison") && records.any(|record| unread(&record))
    }

    /// Judges every record that came, and stages and folds the new ones.
    fn take_over(
        &mut self,
        entries: &[Entry],
        accepted: Accepted,
        group: &mut Group<M>,
    ) -> Result<Vec<Option<M::Answer>>, Failure> {
        if accepted.fresh > 0 && group.undo.is_none() {
            group.undo = Some(self.transactions.clone());
        }
        let mut judged = Vec::with_capacity(entries.len());
        for (place, entry) in entries.iter().enumerate() {
            let record = entry.record().map_err(journal::JournalError::from)?;
            judged.push(self.ahead.judge(&record));
            if place < accepted.duplicates {
                continue;
            }
            self.journal.stage(entry)?;
            group.stored = true;
            group.bytes += entry.size_bytes();
            if record.origin == self.line.node {
                // Of an earlier run of this very node, asked back: its clock goes on from there.
                self.line.time = self.line.time.max(record.time);
            }
            let from = group.folded.len();
            self.transactions.take(record, &mut group.folded);
            for whole in group.folded.iter().skip(from) {
                self.ahead.fold(whole);
            }
        }
        Ok(judged)
    }
}

/// The keys that came beside the records and that one of them names: no other is ever kept.
fn named(batch: &IncomingBatch) -> Result<Vec<(KeyId, PartKey)>, Trouble> {
    if batch.keys.is_empty() {
        return Ok(Vec::new());
    }
    let mut named = HashSet::new();
    for entry in &batch.entries {
        let record = entry.record().map_err(journal::JournalError::from)?;
        named.extend(record.sealed.iter().map(|part| part.key));
    }
    Ok(batch.keys.iter().filter(|(id, _)| named.contains(id)).cloned().collect())
}

fn full() -> StoreError {
    DiskError::new(DiskErrorKind::Full, "no room for more records").into()
}

fn too_large(error: journal::RecordError) -> Trouble {
    Trouble::Refused(StoreError::TooLarge(error.to_string()))
}

impl From<StoreError> for Trouble {
    fn from(error: StoreError) -> Self {
        Self::Refused(error)
    }
}

impl From<journal::JournalError> for Trouble {
    fn from(error: journal::JournalError) -> Self {
        Self::Failed(error.into())
    }
}
