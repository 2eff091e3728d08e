//! The task that runs an uplink: it waits for whatever comes next and tells the state machine.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::{KeyId, NodeId};
use journal::StoreId;
use sync::{At, Failure, Greeting, Input, Output, Range, Sender, Stream, StreamHead};
use tokio::sync::{mpsc, watch};
use tokio::task::{Id, JoinError, JoinSet};
use tokio::time::Instant;

use super::jobs::{self, Done};
use super::keys::{self, Stretch, Swept};
use super::{Origins, Shared, ViewSink, mend};
use crate::source::Source;

/// What others tell the driver.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Note {
    /// The receiver's durable head, from a hand-over.
    Learnt(StreamHead),
    /// The newest version of the view, from a hand-over.
    ViewVersion(u64),
    /// A hand-over found that the receiver has forgotten the session, or some records.
    Forgotten,
    /// The receiver has these keys since a hand-over.
    Delivered(Vec<KeyId>),
    /// A hand-over hung.
    Suspect,
    /// The receiver's word came by hand.
    Acknowledged(Greeting),
    /// A person asks to try everything again.
    Retry,
}

/// What a job is for, so that its panic is told to the state machine as well.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Purpose {
    Hello,
    Batch(Stream),
    Pull(Range),
    Resend(Range),
    View,
    Probe,
    Erase,
    Sweep,
}

/// The uplink's own state, besides the state machine's.
pub(super) struct Driver<S> {
    shared: Arc<Shared<S>>,
    sender: Sender,
    views: Option<ViewSink>,
    origins: Option<Origins>,
    jobs: JoinSet<Done>,
    purposes: HashMap<Id, Purpose>,
    timer: Option<Instant>,
    /// When to ask for a newer view; none while one is asked for, or before the first hello.
    view_at: Option<Instant>,
    /// When to try a suspect line; none while it isn't, or a probe is under way.
    probe_at: Option<Instant>,
    /// How long the next probe waits; grows until something that is proved gets through.
    probe_wait: Duration,
    /// How far the own records were looked through for keys left over.
    swept: Swept,
}

impl<S: Source> Driver<S> {
    pub(super) fn new(
        shared: Arc<Shared<S>>,
        sender: Sender,
        views: Option<ViewSink>,
        origins: Option<Origins>,
    ) -> Self {
        let probe_wait = shared.terms.probe_every;
        Self {
            shared,
            sender,
            views,
            origins,
            jobs: JoinSet::new(),
            purposes: HashMap::new(),
            timer: None,
            view_at: None,
            probe_at: None,
            probe_wait,
            swept: Swept::new(),
        }
    }

    pub(super) async fn run(
        mut self,
        mut notes: mpsc::Receiver<Note>,
        mut stop: watch::Receiver<bool>,
    ) {
        let mut changes = self.shared.source.changes();
        let mut store_open = true;
        self.step(Input::LocalHeads(self.shared.source.heads()));
        loop {
            let wake = self.next_wake();
            tokio::select! {
                _ = stop.wait_for(|stop| *stop) => break,
                changed = changes.changed(), if store_open => match changed {
                    Ok(()) => self.step(Input::LocalHeads(self.shared.source.heads())),
                    Err(_) => store_open = false,
                },
                Some(note) = notes.recv() => self.note(note),
                Some(ended) = self.jobs.join_next_with_id() => self.ended(ended),
                () = sleep_until(wake) => self.wake(),
            }
        }
        self.jobs.shutdown().await;
    }

    /// Tells the state machine, and does what it says.
    fn step(&mut self, input: Input) {
        let chance = getrandom::u64().unwrap_or_else(|_| self.shared.now_ms());
        let at = At { now_ms: self.shared.now_ms(), chance };
        for output in self.sender.step(at, input) {
            self.act(output);
        }
        let status = self.sender.status();
        self.shared.status.send_if_modified(|shown| {
            let changed = shown.sync != status;
            shown.sync = status;
            changed
        });
    }

    fn act(&mut self, output: Output) {
        let shared = Arc::clone(&self.shared);
        match output {
            Output::SendHello(heads) => {
                let origins = self.origins.clone();
                self.begin(Purpose::Hello, jobs::say_hello(shared, heads, origins));
            }
            Output::SendBatch(want) => {
                self.begin(Purpose::Batch(want.stream), jobs::send_batch(shared, want));
            }
            Output::Pull(range) => {
                let keys = self.origins.clone();
                self.begin(Purpose::Pull(range), mend::pull(shared, range, keys));
            }
            Output::Resend(range) => {
                self.begin(Purpose::Resend(range), mend::resend(shared, range));
            }
            Output::SetTimer { after_ms } => {
                let after = Duration::from_millis(after_ms);
                self.timer = Instant::now().checked_add(after);
            }
        }
    }

    fn begin(
        &mut self,
        purpose: Purpose,
        job: impl std::future::Future<Output = Done> + Send + 'static,
    ) {
        let id = self.jobs.spawn(job).id();
        self.purposes.insert(id, purpose);
    }

    fn ended(&mut self, ended: Result<(Id, Done), JoinError>) {
        match ended {
            Ok((id, done)) => {
                self.purposes.remove(&id);
                self.done(done);
            }
            Err(error) => {
                tracing::error!(%error, "a part of the uplink ended by a panic");
                let done = match self.purposes.remove(&error.id()) {
                    Some(Purpose::Hello) => Done::Step(Input::HelloFailed(Failure::Unreadable)),
                    Some(Purpose::Batch(stream)) => {
                        Done::Step(Input::BatchFailed(stream, Failure::Unreadable))
                    }
                    Some(Purpose::Pull(range)) => Done::Step(Input::Pulled(range, None)),
                    Some(Purpose::Resend(range)) => Done::Step(Input::Resent(range, None)),
                    Some(Purpose::Erase | Purpose::Sweep) => Done::Erased,
                    Some(Purpose::View) | None => Done::View(None),
                    Some(Purpose::Probe) => {
                        Done::Probed(Err(crate::peer::Fault::Failed(Failure::Unreadable)))
                    }
                };
                self.done(done);
            }
        }
    }

    fn done(&mut self, done: Done) {
        match done {
            Done::Greeted(greeting, clock, view_version) => {
                self.shared.status.send_modify(|status| status.clock = Some(clock));
                self.goes_again();
                let receiver = (greeting.node, greeting.store);
                self.step(Input::LocalLost(self.shared.source.lost()));
                self.step(Input::HelloAnswered(greeting));
                self.newest_view(view_version);
                self.sweep(receiver);
            }
            Done::Step(input) => {
                self.judge_line(&input);
                self.step(input);
            }
            Done::Sent(input, delivered) => {
                self.erase(delivered);
                self.done(Done::Step(input));
            }
            Done::Erased => {}
            Done::Swept(swept) => self.swept.extend(swept),
            Done::View(taken) => {
                if let (Some(version), Some(views)) = (taken, &mut self.views) {
                    views.held = version;
                    self.shared.status.send_modify(|status| status.view_version = version);
                }
                self.view_at = Instant::now().checked_add(self.shared.terms.view_every);
            }
            Done::NoView(failure) => {
                self.judge_failure(failure);
                // Whether that was the line, or only this answer, a hello finds out.
                self.step(Input::SessionLost);
                self.view_at = Instant::now().checked_add(self.shared.terms.view_every);
            }
            Done::Forgotten => {
                self.step(Input::SessionLost);
                self.view_at = Instant::now().checked_add(self.shared.terms.view_every);
            }
            Done::Probed(Ok(())) => {
                self.shared.suspect(false);
                self.step(Input::Reachable);
            }
            Done::Probed(Err(_)) => self.probe_later(),
        }
    }

    /// Learns from what came of a request whether the line works.
    fn judge_line(&mut self, input: &Input) {
        match input {
            Input::BatchAnswered(..) | Input::HelloRefused(_) => self.goes_again(),
            Input::HelloFailed(failure) | Input::BatchFailed(_, failure) => {
                self.judge_failure(*failure);
            }
            _ => {}
        }
    }

    fn judge_failure(&mut self, failure: Failure) {
        match failure {
            Failure::Network | Failure::TimedOut | Failure::NotOurs | Failure::WrongReceiver => {
                self.hangs();
            }
            Failure::Unreadable | Failure::Diverged => {}
        }
    }

    fn hangs(&mut self) {
        self.shared.suspect(true);
        if self.probe_at.is_none() && !self.is_under_way(Purpose::Probe) {
            self.probe_later();
        }
    }

    fn probe_later(&mut self) {
        self.probe_at = Instant::now().checked_add(self.probe_wait);
        self.probe_wait = (self.probe_wait * 2).min(self.shared.terms.probe_most);
    }

    fn goes_again(&mut self) {
        self.probe_at = None;
        self.probe_wait = self.shared.terms.probe_every;
        self.shared.suspect(false);
    }

    fn note(&mut self, note: Note) {
        match note {
            Note::Learnt(head) => {
                self.step(Input::Learnt(head));
            }
            Note::ViewVersion(version) => self.newest_view(version),
            Note::Forgotten => self.step(Input::SessionLost),
            Note::Delivered(keys) => self.erase(keys),
            Note::Suspect => self.hangs(),
            Note::Acknowledged(said) => self.step(Input::Acknowledged(said)),
            Note::Retry => self.step(Input::Retry),
        }
    }

    /// The receiver has these keys, so they are wiped here.
    fn erase(&mut self, delivered: Vec<KeyId>) {
        if !delivered.is_empty() && self.shared.terms.wipes_keys {
            let job = jobs::erase(Arc::clone(&self.shared), delivered);
            self.begin(Purpose::Erase, job);
        }
    }

    /// Looks for keys left over of own records that the receiver holds. Each record is looked at
    /// once in this run, and none while no key is held.
    fn sweep(&mut self, receiver: (NodeId, StoreId)) {
        if !self.shared.terms.wipes_keys || self.is_under_way(Purpose::Sweep) {
            return;
        }
        let status = self.shared.status.borrow().sync.clone();
        let me = self.shared.source.own().origin;
        let mut stretches = Vec::new();
        for (stream, known) in status.streams {
            let Some(theirs) = known.receiver.filter(|_| stream.origin == me) else { continue };
            let from = self.swept.get(&stream).copied().unwrap_or_else(|| stream.start());
            if !self.shared.source.holds_keys() || theirs.seq < from.seq {
                self.swept.insert(stream, theirs);
            } else if theirs.seq > from.seq {
                stretches.push(Stretch { stream, from, to: theirs.seq });
            }
        }
        if !stretches.is_empty() && self.shared.hands_keys_over() {
            let job = keys::sweep(Arc::clone(&self.shared), stretches, receiver);
            self.begin(Purpose::Sweep, job);
        }
    }

    /// A version was heard of; if it is newer than the one held, it is fetched at once.
    fn newest_view(&mut self, version: u64) {
        let Some(views) = &self.views else { return };
        let newer = version > views.held;
        if (newer || self.view_at.is_none()) && !self.is_under_way(Purpose::View) {
            let wait = if newer { Duration::ZERO } else { self.shared.terms.view_every };
            self.view_at = Instant::now().checked_add(wait);
        }
    }

    fn wake(&mut self) {
        let now = Instant::now();
        let due = |at: Option<Instant>| at.is_some_and(|at| at <= now);
        if due(self.timer) {
            self.timer = None;
            self.step(Input::Timer);
        }
        if due(self.probe_at) {
            self.probe_at = None;
            self.begin(Purpose::Probe, jobs::probe(Arc::clone(&self.shared)));
        }
        if due(self.view_at)
            && let Some(views) = &self.views
        {
            let (take, held) = (Arc::clone(&views.take), views.held);
            self.view_at = None;
            let job = jobs::fetch_view(Arc::clone(&self.shared), take, held);
            self.begin(Purpose::View, job);
        }
    }

    fn is_under_way(&self, purpose: Purpose) -> bool {
        self.purposes.values().any(|known| *known == purpose)
    }

    fn next_wake(&self) -> Option<Instant> {
        [self.timer, self.probe_at, self.view_at].into_iter().flatten().min()
    }
}

async fn sleep_until(wake: Option<Instant>) {
    match wake {
        Some(wake) => tokio::time::sleep_until(wake).await,
        None => std::future::pending().await,
    }
}
