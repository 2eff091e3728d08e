//! One uplink, as a pure state machine: what happened goes in, what to do comes out.
//!
//! Invariants: where to go on is the receiver's durable head, from its hello and every answer,
//! never this sender's memory; of one origin at most one batch is under way; an epoch goes only
//! once the receiver holds the place where it starts; nothing is ever deleted or skipped, a stream
//! that is refused is parked and shown while the others go on. It must not know of sockets, files,
//! clocks or randomness: the driver answers every [`Output::SendHello`] and [`Output::SendBatch`]
//! (and every [`Output::Pull`] and [`Output::Resend`]) with exactly one input, a time-out included, and
//! brings the time and a random number each step.

use std::collections::BTreeSet;

use domain::ids::{NodeId, Seq};
use journal::{Head, Heads, StoreId};

use crate::answer::{BatchAnswer, Failure, Refusal, RefusalCode};
use crate::chance::Chance;
use crate::hello::HelloAnswer;
use crate::limits;
use crate::pull::Range;
use crate::status::{Reach, Status, Trouble};
use crate::stream::{Stream, StreamHead};

mod back;
mod course;
mod streams;

use back::Back;
use streams::Streams;

/// How patient an uplink is. All in milliseconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pace {
    /// The first back-off's ceiling.
    pub base_ms: u64,
    /// The largest back-off's ceiling.
    pub cap_ms: u64,
    /// How long fresh records wait for company before a batch goes.
    pub linger_ms: u64,
    /// How often a hello goes though nothing is wrong: it finds a receiver that was restored.
    pub hello_every_ms: u64,
}

impl Pace {
    /// Station to site.
    pub const LAN: Self =
        Self { base_ms: 1_000, cap_ms: 30_000, linger_ms: 250, hello_every_ms: 60_000 };
    /// Site to its standby: answers wait for it, so nothing lingers.
    pub const STANDBY: Self = Self { cap_ms: 5_000, linger_ms: 0, ..Self::LAN };
    /// Site to headquarters.
    pub const WAN: Self =
        Self { base_ms: 1_000, cap_ms: 300_000, linger_ms: 1_000, hello_every_ms: 300_000 };
}

/// When a step is taken, and the chance it may use.
#[derive(Debug, Clone, Copy)]
pub struct At {
    /// A clock that only goes forward, in milliseconds from any start.
    pub now_ms: u64,
    /// A fresh random number.
    pub chance: u64,
}

/// The receiver's durable heads and names, as far as the sender needs them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Greeting {
    /// The receiver.
    pub node: NodeId,
    /// Its store; another one after a restore.
    pub store: StoreId,
    /// Its durable heads of the streams asked about. One that is missing holds nothing there.
    pub heads: Vec<StreamHead>,
    /// What else it holds that may be asked back.
    pub beyond: Vec<StreamHead>,
    /// Own records that it lost.
    pub lacks: Vec<Range>,
    /// How far the node above it has the own streams, as it last heard.
    pub above: Vec<StreamHead>,
}

impl From<HelloAnswer> for Greeting {
    fn from(answer: HelloAnswer) -> Self {
        Self {
            node: answer.node,
            store: answer.store,
            heads: answer.heads,
            beyond: answer.beyond.unwrap_or_default(),
            lacks: answer.lacks.unwrap_or_default(),
            above: answer.above.unwrap_or_default(),
        }
    }
}

/// What happened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Input {
    /// The timer of the last [`Output::SetTimer`] went off.
    Timer,
    /// What is durable here, all of it; at the start and whenever it grows.
    LocalHeads(Heads),
    /// The hello was answered.
    HelloAnswered(Greeting),
    /// The hello was refused.
    HelloRefused(Refusal),
    /// The hello came to nothing.
    HelloFailed(Failure),
    /// Records that damage took from the own journal.
    LocalLost(Vec<Range>),
    /// Records that were asked back are durable here up to this one; none if none came.
    Pulled(Range, Option<Seq>),
    /// Records that the receiver had lost are durable there up to this one; none if none are.
    Resent(Range, Option<Seq>),
    /// A batch was answered.
    BatchAnswered(Stream, BatchAnswer),
    /// A batch came to nothing.
    BatchFailed(Stream, Failure),
    /// The receiver's durable head, learnt on another way (a hand-over of single records).
    Learnt(StreamHead),
    /// The receiver's signed word that was carried here by hand. It counts where the receiver has
    /// not said more since, until it is reached again.
    Acknowledged(Greeting),
    /// The receiver has forgotten the session, as something other than a batch found out.
    SessionLost,
    /// The network came up: don't wait any longer.
    Reachable,
    /// A person asked to try everything again, what is parked too.
    Retry,
}

/// What to send: the records after a head.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Want {
    /// Of which stream.
    pub stream: Stream,
    /// After this durable head of the receiver; none: from the first record on. The driver must
    /// find this hash in the own chain there, else it reports [`Failure::Diverged`].
    pub after: Option<Head>,
    /// At most so many records.
    pub max_records: usize,
    /// To whom.
    pub audience: NodeId,
    /// For which store.
    pub store: StoreId,
}

/// What to do.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Output {
    /// Say hello, asking about these streams.
    SendHello(Vec<StreamHead>),
    /// Send a batch.
    SendBatch(Want),
    /// Ask for these records, as many as come at once.
    Pull(Range),
    /// Send these records once more, as many as go at once.
    Resend(Range),
    /// Set the one timer, in place of an earlier setting.
    SetTimer {
        /// Milliseconds from now.
        after_ms: u64,
    },
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Phase {
    Waiting { until_ms: u64 },
    Greeting { asked: BTreeSet<Stream> },
    Open { hello_at_ms: u64 },
}

/// One uplink.
#[derive(Debug, Clone)]
pub struct Sender {
    pace: Pace,
    phase: Phase,
    failures: u32,
    hold_until_ms: u64,
    timer_ms: Option<u64>,
    reach: Reach,
    trouble: Option<Trouble>,
    receiver: Option<(NodeId, StoreId)>,
    streams: Streams,
    back: Back,
}

impl Sender {
    /// An uplink that has not said hello yet; its first step does.
    #[must_use]
    pub const fn new(pace: Pace) -> Self {
        Self {
            pace,
            phase: Phase::Waiting { until_ms: 0 },
            failures: 0,
            hold_until_ms: 0,
            timer_ms: None,
            reach: Reach::NotYet,
            trouble: None,
            receiver: None,
            streams: Streams::new(),
            back: Back::new(),
        }
    }

    /// Takes in what happened and says what to do now.
    pub fn step(&mut self, at: At, input: Input) -> Vec<Output> {
        let mut chance = Chance::new(at.chance);
        self.take(at.now_ms, &mut chance, input);
        let mut out = Vec::new();
        self.greet_if_due(at.now_ms, &mut out);
        self.send_if_due(at.now_ms, &mut out);
        self.mend_if_due(at.now_ms, &mut out);
        self.arm(at.now_ms, &mut out);
        out
    }

    /// What people are told.
    #[must_use]
    pub fn status(&self) -> Status {
        Status {
            reach: self.reach,
            trouble: self.trouble,
            receiver: self.receiver.map(|(node, _)| node),
            streams: self.streams.status(),
        }
    }

    fn take(&mut self, now_ms: u64, chance: &mut Chance, input: Input) {
        match input {
            Input::Timer => self.timer_ms = None,
            Input::LocalHeads(heads) => {
                self.streams.hold(&heads, now_ms, self.pace.linger_ms);
                // What was asked back is there already.
                self.streams.learn_unknown(self.back.beyond(), now_ms);
            }
            Input::LocalLost(lost) => self.back.lost(lost),
            Input::Pulled(range, reached) | Input::Resent(range, reached) => {
                self.back.went(range, reached);
            }
            Input::HelloAnswered(greeting) => self.greeted(now_ms, &greeting),
            Input::HelloRefused(refusal) => self.link_refused(now_ms, chance, &refusal),
            Input::HelloFailed(failure) => self.link_failed(now_ms, chance, failure),
            Input::BatchAnswered(stream, answer) => self.answered(now_ms, chance, stream, answer),
            Input::BatchFailed(stream, failure) => self.failed(now_ms, chance, stream, failure),
            Input::Learnt(learnt) => self.streams.learn(learnt, now_ms),
            Input::Acknowledged(carried) => {
                self.receiver.get_or_insert((carried.node, carried.store));
                self.streams.learn_further(&carried.heads, now_ms);
            }
            Input::SessionLost => self.greet_again(now_ms),
            Input::Reachable => self.wake(now_ms),
            Input::Retry => {
                self.hold_until_ms = 0;
                self.streams.unpark();
                self.greet_again(now_ms);
                self.wake(now_ms);
            }
        }
    }

    fn greeted(&mut self, now_ms: u64, greeting: &Greeting) {
        if let Phase::Greeting { asked } = &self.phase {
            self.streams.learn_all(asked, &greeting.heads, now_ms);
        }
        self.streams.learn_above(&greeting.above);
        self.back.greeted(greeting, &self.streams);
        self.receiver = Some((greeting.node, greeting.store));
        self.phase = Phase::Open { hello_at_ms: now_ms.saturating_add(self.pace.hello_every_ms) };
        self.reached();
        if self.streams.nothing_waits() {
            self.failures = 0;
        }
    }

    fn reached(&mut self) {
        self.reach = Reach::Connected;
        self.trouble = None;
    }

    fn answered(&mut self, now_ms: u64, chance: &mut Chance, stream: Stream, answer: BatchAnswer) {
        match answer {
            BatchAnswer::Ack(ack) if ack.stream() == stream => {
                self.reached();
                self.failures = 0;
                let pause_ms = chance.back_off_ms(self.pace.base_ms, self.pace.cap_ms, 0);
                self.streams.acknowledged(stream, ack.head, now_ms, pause_ms);
            }
            BatchAnswer::Ack(_) => self.failed(now_ms, chance, stream, Failure::NotOurs),
            BatchAnswer::Gap(theirs) => {
                self.reached();
                let pause_ms = self.stream_pause_ms(chance, stream);
                self.streams.gap(stream, theirs, now_ms, pause_ms);
            }
            BatchAnswer::ParentMissing(epoch) => {
                let pause_ms = self.stream_pause_ms(chance, stream);
                let trouble = Trouble::ParentMissing(epoch);
                self.streams.stumble(stream, trouble, now_ms, pause_ms);
                self.greet_again(now_ms);
            }
            BatchAnswer::Fork { seq, .. } => {
                self.reached();
                self.streams.park(stream, Trouble::Fork(seq), now_ms);
            }
            BatchAnswer::Refused(refusal) => self.refused(now_ms, chance, stream, &refusal),
        }
    }

    fn refused(&mut self, now_ms: u64, chance: &mut Chance, stream: Stream, refusal: &Refusal) {
        let trouble = Trouble::Refused(refusal.code);
        match refusal.code {
            RefusalCode::Busy
            | RefusalCode::ReadOnly
            | RefusalCode::Upgrade
            | RefusalCode::UnknownSender
            | RefusalCode::RevokedSender
            | RefusalCode::Follows
            | RefusalCode::WrongAudience
            | RefusalCode::WrongStore
            | RefusalCode::SessionUnknown
            | RefusalCode::SessionForged
            | RefusalCode::Stale
            | RefusalCode::Failed => {
                self.streams.put_back(stream);
                self.link_refused(now_ms, chance, refusal);
            }
            RefusalCode::TooLarge => self.streams.shrink(stream, trouble, now_ms),
            RefusalCode::OriginNotAllowed | RefusalCode::Forged => {
                self.reached();
                self.streams.park(stream, trouble, now_ms);
            }
            _ => {
                let pause_ms = self.stream_pause_ms(chance, stream);
                self.streams.stumble(stream, trouble, now_ms, pause_ms);
                if refusal.code == RefusalCode::UnknownOrigin {
                    self.greet_again(now_ms);
                }
            }
        }
    }

    fn failed(&mut self, now_ms: u64, chance: &mut Chance, stream: Stream, failure: Failure) {
        match failure {
            Failure::Unreadable => {
                let pause_ms = self.stream_pause_ms(chance, stream);
                self.streams.stumble(stream, Trouble::Failed(failure), now_ms, pause_ms);
            }
            Failure::Diverged => self.streams.park(stream, Trouble::Failed(failure), now_ms),
            Failure::Network | Failure::TimedOut | Failure::NotOurs | Failure::WrongReceiver => {
                self.streams.doubt(stream);
                self.link_failed(now_ms, chance, failure);
            }
        }
    }

    fn stream_pause_ms(&self, chance: &mut Chance, stream: Stream) -> u64 {
        let attempt = self.streams.attempts(stream);
        chance.back_off_ms(self.pace.base_ms, self.pace.cap_ms, attempt)
    }

    fn link_failed(&mut self, now_ms: u64, chance: &mut Chance, failure: Failure) {
        if !matches!(self.reach, Reach::Offline { .. }) {
            self.reach = Reach::Offline { since_ms: now_ms };
        }
        self.trouble = Some(Trouble::Failed(failure));
        self.back_off(now_ms, chance, 0);
    }

    fn link_refused(&mut self, now_ms: u64, chance: &mut Chance, refusal: &Refusal) {
        let forgotten = matches!(
            refusal.code,
            RefusalCode::SessionUnknown | RefusalCode::WrongStore | RefusalCode::Stale
        );
        self.reach = Reach::Connected;
        if forgotten && matches!(self.phase, Phase::Open { hello_at_ms } if hello_at_ms <= now_ms) {
            return;
        }
        // A hello that is refused so comes again after a pause, like any other.
        let greeting = matches!(self.phase, Phase::Greeting { .. });
        if forgotten && self.failures == 0 && !greeting {
            self.failures = 1;
            return self.greet_again(now_ms);
        }
        self.trouble = Some(Trouble::Refused(refusal.code));
        let asked_s = refusal.retry_after_s.unwrap_or(0).min(limits::RETRY_AFTER_S);
        self.back_off(now_ms, chance, u64::from(asked_s).saturating_mul(1_000));
    }

    /// Waits, at least for what the receiver asked, and says hello after that. Several batches may
    /// fail together; only the first of them counts.
    fn back_off(&mut self, now_ms: u64, chance: &mut Chance, at_least_ms: u64) {
        if matches!(self.phase, Phase::Waiting { until_ms } if until_ms > now_ms) {
            self.hold_until_ms = self.hold_until_ms.max(now_ms.saturating_add(at_least_ms));
            return;
        }
        let wait_ms = chance.back_off_ms(self.pace.base_ms, self.pace.cap_ms, self.failures);
        self.failures = self.failures.saturating_add(1);
        let until_ms = now_ms
            .saturating_add(at_least_ms)
            .saturating_add(wait_ms)
            .max(now_ms.saturating_add(1));
        self.hold_until_ms = self.hold_until_ms.max(now_ms.saturating_add(at_least_ms));
        self.phase = Phase::Waiting { until_ms };
    }

    /// Brings the next hello forward; one that waits or is under way already will do.
    fn greet_again(&mut self, now_ms: u64) {
        if let Phase::Open { hello_at_ms } = &mut self.phase {
            *hello_at_ms = now_ms;
        }
    }

    /// Ends a back-off, but not a pause that the receiver asked for.
    fn wake(&mut self, now_ms: u64) {
        self.failures = 0;
        if let Phase::Waiting { until_ms } = &mut self.phase {
            *until_ms = now_ms;
        }
    }

    fn greet_if_due(&mut self, now_ms: u64, out: &mut Vec<Output>) {
        let due = match self.phase {
            Phase::Waiting { until_ms } => until_ms.max(self.hold_until_ms) <= now_ms,
            Phase::Open { hello_at_ms } => hello_at_ms <= now_ms,
            Phase::Greeting { .. } => false,
        };
        if !due || self.streams.any_under_way() {
            return;
        }
        let heads = self.streams.heads();
        let asked = heads.iter().map(StreamHead::stream).collect();
        self.phase = Phase::Greeting { asked };
        out.push(Output::SendHello(heads));
    }

    fn send_if_due(&mut self, now_ms: u64, out: &mut Vec<Output>) {
        let Phase::Open { hello_at_ms } = self.phase else { return };
        let Some((audience, store)) = self.receiver else { return };
        if hello_at_ms <= now_ms || self.hold_until_ms > now_ms {
            return;
        }
        while let Some((stream, after, max_records)) = self.streams.next_to_send(now_ms) {
            out.push(Output::SendBatch(Want { stream, after, max_records, audience, store }));
        }
    }

    /// What is missing here or there comes after everything new, one request at a time.
    fn mend_if_due(&mut self, now_ms: u64, out: &mut Vec<Output>) {
        let Phase::Open { hello_at_ms } = self.phase else { return };
        if hello_at_ms <= now_ms || self.hold_until_ms > now_ms || self.streams.any_under_way() {
            return;
        }
        out.extend(self.back.next());
    }

    fn arm(&mut self, now_ms: u64, out: &mut Vec<Output>) {
        let next_ms = match self.phase {
            Phase::Waiting { until_ms } => Some(until_ms.max(self.hold_until_ms)),
            Phase::Greeting { .. } => None,
            Phase::Open { hello_at_ms } => {
                let streams_ms = self.streams.next_due_ms(now_ms);
                let streams_ms = streams_ms.map(|due_ms| due_ms.max(self.hold_until_ms));
                Some(streams_ms.map_or(hello_at_ms, |due_ms| due_ms.min(hello_at_ms)))
            }
        };
        let Some(next_ms) = next_ms else { return };
        if self.timer_ms != Some(next_ms) && next_ms > now_ms {
            self.timer_ms = Some(next_ms);
            out.push(Output::SetTimer { after_ms: next_ms - now_ms });
        }
    }
}

#[cfg(test)]
mod tests;
