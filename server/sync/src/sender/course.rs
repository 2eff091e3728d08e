//! How one stream fares on its way up.

use journal::{EpochHead, Head};

use crate::answer::Failure;
use crate::limits;
use crate::status::{StreamStatus, Trouble};

/// One stream's state at the sender.
#[derive(Debug, Clone)]
pub(super) struct Course {
    pub(super) own: EpochHead,
    pub(super) theirs: Option<Head>,
    /// How far the node above the receiver has it.
    pub(super) above: Option<Head>,
    pub(super) under_way: bool,
    pub(super) not_before_ms: u64,
    pub(super) attempts: u32,
    pub(super) max_records: usize,
    pub(super) parked: bool,
    pub(super) trouble: Option<Trouble>,
    behind_since_ms: Option<u64>,
}

impl Course {
    pub(super) fn new(own: EpochHead, now_ms: u64, linger_ms: u64) -> Self {
        Self {
            own,
            theirs: None,
            above: None,
            under_way: false,
            not_before_ms: now_ms.saturating_add(linger_ms),
            attempts: 0,
            max_records: limits::BATCH_RECORDS,
            parked: false,
            trouble: None,
            behind_since_ms: Some(now_ms),
        }
    }

    /// Whether the receiver lacks something that is held here.
    pub(super) fn waits(&self) -> bool {
        self.theirs.is_none_or(|theirs| theirs.seq < self.own.head.seq)
    }

    /// More became durable here.
    pub(super) fn grow(&mut self, own: EpochHead, now_ms: u64, linger_ms: u64) {
        if own.head.seq <= self.own.head.seq {
            return;
        }
        let had_all = !self.waits();
        self.own = own;
        if had_all && self.waits() {
            self.not_before_ms = self.not_before_ms.max(now_ms.saturating_add(linger_ms));
        }
        self.note(now_ms);
    }

    /// The receiver said how far it reaches. True if that is further than it said before.
    pub(super) fn learn(&mut self, theirs: Option<Head>, now_ms: u64) -> bool {
        let before = self.theirs.map_or(0, |head| head.seq.0);
        self.theirs = theirs;
        self.note(now_ms);
        let further = theirs.map_or(0, |head| head.seq.0) > before;
        if let Some(head) = theirs
            && head.seq == self.own.head.seq
            && head.hash != self.own.head.hash
        {
            self.park(Trouble::Fork(head.seq), now_ms);
            return false;
        }
        let same = theirs == Some(self.own.head);
        if same || ((further || !self.waits()) && !self.forked()) {
            self.clear();
        }
        further
    }

    /// Two lines under one name don't become one by growing: a fork stays until a person has it
    /// tried again, or the heads turn out equal.
    const fn forked(&self) -> bool {
        matches!(self.trouble, Some(Trouble::Fork(_) | Trouble::Failed(Failure::Diverged)))
    }

    fn clear(&mut self) {
        self.attempts = 0;
        self.parked = false;
        self.trouble = None;
        self.max_records = (self.max_records * 2).min(limits::BATCH_RECORDS);
    }

    /// Tries again after a pause; after several failures in a row, only now and then.
    pub(super) fn stumble(&mut self, trouble: Trouble, now_ms: u64, pause_ms: u64) {
        self.attempts = self.attempts.saturating_add(1);
        self.trouble = Some(trouble);
        if self.attempts >= limits::STREAM_ATTEMPTS {
            self.park(trouble, now_ms);
        } else {
            self.not_before_ms = now_ms.saturating_add(pause_ms);
        }
    }

    /// Sets the stream aside and shows it. Time may mend a refusal, so it is tried now and then;
    /// a fork never mends itself.
    pub(super) fn park(&mut self, trouble: Trouble, now_ms: u64) {
        self.parked = true;
        self.trouble = Some(trouble);
        self.not_before_ms =
            if self.forked() { u64::MAX } else { now_ms.saturating_add(limits::PARKED_RETRY_MS) };
    }

    /// Less at once from now on. False if it can't be less.
    pub(super) fn shrink(&mut self, least: usize) -> bool {
        let before = self.max_records;
        self.max_records = (before / 2).max(least);
        self.max_records < before
    }

    fn note(&mut self, now_ms: u64) {
        if !self.waits() {
            self.behind_since_ms = None;
        } else if self.behind_since_ms.is_none() {
            self.behind_since_ms = Some(now_ms);
        }
    }

    pub(super) fn status(&self, blocked: Option<Trouble>) -> StreamStatus {
        let ahead = self.theirs.is_some_and(|theirs| theirs.seq > self.own.head.seq);
        StreamStatus {
            own: self.own.head,
            receiver: self.theirs,
            above: self.above,
            behind_since_ms: self.behind_since_ms,
            trouble: self.trouble.or(blocked).or(ahead.then_some(Trouble::ReceiverAhead)),
            parked: self.parked,
        }
    }
}
