//! One run: the nodes, the network between them, and what happens in simulated time.
//!
//! Invariant: everything comes of the seed. Time moves from event to event; what is to happen at
//! the same moment happens in the order in which it was planned.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use domain::ticket::TicketKey;
use store::{Step, StoreError};

use crate::chance::Chance;
use crate::fault::{Fault, Tally};
use crate::net::{Envelope, Net, Reply};
use crate::node::{Doing, Done, Life, Node, Role, Task};
use crate::oracle::{Broken, Checked, Oracle, broken};
use crate::people::{People, Scan, Work};
use crate::plan::Plan;
use crate::rules::{Answer, Command};
use crate::standby::{Following, Held};
use crate::surroundings::Surroundings;
use crate::trace::Trace;

/// Where headquarters stands among the nodes.
pub const HQ: usize = 0;
/// Where the site does.
pub const SITE: usize = 1;

/// Something that will happen.
pub enum Event {
    /// A writer works.
    Step(usize),
    /// A sender's timer goes off, in this run of the node.
    Timer(usize, u64),
    /// An answer is waited for no longer.
    GiveUp(usize, u64, u64),
    /// A request arrives.
    Request(usize, Envelope),
    /// An answer arrives; none where nobody listened.
    Answered((usize, u64), u64, Option<Reply>),
    /// Somebody at a node wants something.
    Work(usize),
    /// A suspect line is tried.
    Probe(usize, u64),
    /// Something goes wrong.
    Mischief,
    /// A node starts.
    Start(usize),
    /// The power of a node goes.
    PowerOff(usize),
    /// There is room on the disk again.
    Room(usize),
    /// The keyrings and folds are looked at.
    Look,
    /// An answer has waited for the standby long enough.
    StandbyLate,
    /// The site server's disk is destroyed.
    Disaster,
    /// A human looks whether the standby has to be promoted.
    Promote,
}

/// A run.
pub struct Simulation {
    pub(crate) clock: Arc<AtomicU64>,
    pub(crate) now_ms: u64,
    queue: BTreeMap<(u64, u64), Event>,
    serial: u64,
    pub(crate) plan: Plan,
    pub(crate) chance: Chance,
    pub(crate) net: Net,
    pub(crate) nodes: Vec<Node>,
    pub(crate) oracle: Oracle,
    pub(crate) people: People,
    pub(crate) tally: Tally,
    pub(crate) trace: Trace,
    /// How the standby follows, where there is one.
    pub(crate) following: Option<Following>,
    /// Faults are over.
    pub(crate) healed: bool,
}

impl Simulation {
    /// A run from a seed, before anything happens.
    #[must_use]
    pub fn new(seed: u64, trace: Trace) -> Self {
        let mut chance = Chance::new(seed);
        let mut plan = Plan::draw(&mut chance);
        plan.draw_standby(&mut Chance::new(!seed));
        let key = TicketKey(chance.bytes());
        let mut simulation = Self {
            clock: Arc::default(),
            now_ms: 0,
            queue: BTreeMap::new(),
            serial: 0,
            chance,
            net: Net::default(),
            nodes: Vec::new(),
            oracle: Oracle::default(),
            people: People::new(key),
            tally: Tally::default(),
            trace,
            following: None,
            healed: false,
            plan,
        };
        simulation.add(Role::Hq, "headquarters".to_owned());
        simulation.add(Role::Site, "site".to_owned());
        for number in 1..=simulation.plan.kiosks {
            simulation.add(Role::Kiosk, format!("kiosk {number}"));
        }
        if simulation.plan.standby {
            let node = simulation.add(Role::Standby, "standby".to_owned());
            simulation.following = Some(Following::by(node));
        }
        simulation
    }

    pub(crate) fn add(&mut self, role: Role, name: String) -> usize {
        let around = Surroundings::new(Arc::clone(&self.clock), self.chance.fork());
        self.nodes.push(Node::new(role, name, around));
        self.nodes.len() - 1
    }

    pub(crate) fn node(&self, node: usize) -> &Node {
        self.nodes.get(node).expect("nodes are never removed")
    }

    pub(crate) fn node_mut(&mut self, node: usize) -> &mut Node {
        self.nodes.get_mut(node).expect("nodes are never removed")
    }

    pub(crate) fn life(&mut self, node: usize) -> Option<&mut Life> {
        self.node_mut(node).life.as_mut()
    }

    pub(crate) fn is_run(&self, node: usize, run: u64) -> bool {
        self.node(node).run == run && self.node(node).life.is_some()
    }

    /// Plans something for later.
    pub(crate) fn later(&mut self, after_ms: u64, event: Event) {
        self.serial += 1;
        self.queue.insert((self.now_ms + after_ms, self.serial), event);
    }

    pub(crate) fn note(&mut self, text: impl FnOnce() -> String) {
        self.trace.note(self.now_ms, text);
    }

    /// The next thing happens, if it does before `until_ms`; false if not.
    ///
    /// # Errors
    /// What must not be.
    pub fn advance(&mut self, until_ms: u64) -> Result<bool, Broken> {
        let Some((&(at_ms, serial), _)) = self.queue.first_key_value() else { return Ok(false) };
        if at_ms > until_ms {
            self.set_now(until_ms);
            return Ok(false);
        }
        let event = self.queue.remove(&(at_ms, serial)).expect("it was just looked at");
        self.set_now(at_ms);
        self.happen(event)?;
        Ok(true)
    }

    fn set_now(&mut self, now_ms: u64) {
        self.now_ms = now_ms;
        self.clock.store(now_ms, Ordering::Relaxed);
    }

    fn happen(&mut self, event: Event) -> Checked {
        match event {
            Event::Step(node) => self.step(node),
            Event::Timer(node, run) => self.timer(node, run),
            Event::GiveUp(node, run, id) => self.give_up(node, run, id),
            Event::Request(node, envelope) => self.serve(node, &envelope),
            Event::Answered((node, run), id, reply) => self.hear(node, run, id, reply),
            Event::Work(node) => self.work(node),
            Event::Probe(node, run) => self.probe(node, run),
            Event::Mischief => self.mischief(),
            Event::Start(node) => self.start(node),
            Event::PowerOff(node) => {
                self.power_off(node);
                Ok(())
            }
            Event::Room(node) => {
                self.node_mut(node).disk.limit_bytes(None);
                Ok(())
            }
            Event::Look => self.look(),
            Event::StandbyLate => self.standby_late(),
            Event::Disaster => {
                self.disaster();
                Ok(())
            }
            Event::Promote => self.promote(),
        }
    }

    /// Has the writer work soon: what waits, or what becomes due by itself.
    pub(crate) fn plan_step(&mut self, node: usize) {
        let soon_ms = self.now_ms + self.chance.below(4);
        let Some(life) = self.life(node) else { return };
        let due_ms = if life.tasks.is_empty() {
            let due = life.still.due_at().map(|due| due.as_millis());
            due.and_then(|due| u64::try_from(due).ok())
        } else {
            Some(soon_ms)
        };
        let Some(due_ms) = due_ms.filter(|due| life.step_at.is_none_or(|at| at > *due)) else {
            return;
        };
        life.step_at = Some(due_ms);
        let after_ms = due_ms.saturating_sub(self.now_ms);
        self.later(after_ms, Event::Step(node));
    }

    fn step(&mut self, node: usize) -> Checked {
        let now_ms = self.now_ms;
        let met = self.node(node).disk.faults_met();
        let Some(life) = self.life(node).filter(|life| life.step_at == Some(now_ms)) else {
            return Ok(());
        };
        life.step_at = None;
        let step = life.still.step();
        let failed = life.store.stopped().is_some();
        self.note(|| format!("{node} steps: {step:?}"));
        if self.node(node).disk.faults_met() > met {
            let cutting = self.node(node).cutting;
            self.tally.note(if cutting { Fault::CutInWrite } else { Fault::DiskError });
        }
        self.watch(node)?;
        self.whole(node)?;
        self.settle(node, failed)?;
        self.heads_grew(node)?;
        if self.node(node).cutting && self.node(node).disk.faults_met() > met {
            self.power_off(node);
            return Ok(());
        }
        if step == Step::Ended {
            // The process goes on with a store that answers nothing, until somebody restarts it.
            let after_ms = self.chance.between(500, 6_000);
            self.later(after_ms, Event::PowerOff(node));
            return Ok(());
        }
        self.plan_step(node);
        Ok(())
    }

    /// Looks at what is durable at a node now.
    pub(crate) fn watch(&mut self, node: usize) -> Checked {
        let held = self.nodes.get(node).expect("nodes are never removed");
        let Some(life) = &held.life else { return Ok(()) };
        self.oracle.observe(node, &life.store, held.injuries)
    }

    /// Begins something that waits for a node's store.
    pub(crate) fn begin(&mut self, node: usize, mut task: Task) -> Checked {
        if let Some(done) = task.poll() {
            self.done(node, task.doing, done)?;
        } else if let Some(life) = self.life(node) {
            life.tasks.push(task);
        }
        self.plan_step(node);
        Ok(())
    }

    /// Has a node decide a command.
    pub(crate) fn run(&mut self, node: usize, work: Work, command: Command) -> Checked {
        let Some(life) = self.life(node) else { return Ok(()) };
        let store = life.store.clone();
        let running = async move { Done::Ran(store.run(command).await) };
        self.begin(node, Task::new(Doing::Work(work), running))
    }

    /// Gives out the answers that came of a step.
    fn settle(&mut self, node: usize, failed: bool) -> Checked {
        loop {
            let Some(life) = self.life(node) else { return Ok(()) };
            let (mut waiting, mut done) = (Vec::new(), Vec::new());
            for mut task in std::mem::take(&mut life.tasks) {
                match task.poll() {
                    Some(ready) => done.push((task.doing, ready)),
                    None => waiting.push(task),
                }
            }
            life.tasks = waiting;
            if done.is_empty() {
                return Ok(());
            }
            for (doing, done) in done {
                if failed && done.is_yes() {
                    return broken!("node {node} answered after a write or sync had failed");
                }
                self.done(node, doing, done)?;
            }
        }
    }

    fn done(&mut self, node: usize, doing: Doing, done: Done) -> Checked {
        match (doing, done) {
            (Doing::Work(work), Done::Ran(Ok(answer))) => self.worked(node, &work, answer),
            (Doing::Placing(caller), Done::Placed(placed)) => self.placed(node, caller, placed),
            (Doing::TakingBack(range), Done::TakenBack(reached)) => {
                self.taken_back(node, range, reached)
            }
            (Doing::Signing(want), Done::Signed(_)) => self.send_batch(node, &want),
            (Doing::Erasing(key), Done::Erased(Ok(_))) => {
                self.oracle.acks += 1;
                self.oracle.erased(node, key);
                Ok(())
            }
            (Doing::Work(_), Done::Ran(Err(error))) => self.refused(node, &error),
            _ => Ok(()),
        }
    }

    fn refused(&mut self, node: usize, error: &StoreError) -> Checked {
        self.note(|| format!("{node} refuses: {error}"));
        if error.is_full() {
            self.tally.note(Fault::DiskFull);
        }
        if matches!(error, StoreError::Panicked) {
            return broken!("a command made node {node} fail");
        }
        Ok(())
    }

    fn worked(&mut self, node: usize, work: &Work, answer: Answer) -> Checked {
        match answer {
            Answer::Station(answer) => self.kiosk_answered(node, work, answer),
            Answer::Office(office::Answer::Done(reply)) => {
                if let domain::command::Reply::Issued { ticket, .. } = reply {
                    self.people.given(ticket);
                }
                let Work::Confirms(Some(fact)) = *work else { return Ok(()) };
                let life = self.nodes.get(node).and_then(|node| node.life.as_ref());
                let store = &life.expect("it has just answered").store;
                self.oracle.confirmed(node, store, fact)?;
                let own = sync::Stream { origin: store.node(), epoch: store.epoch() };
                let head = store.heads_of(own.origin).head(own.origin, own.epoch);
                let last = head.map_or(domain::ids::Seq(0), |head| head.seq);
                self.hold(node, (own, last), Held::Fact(fact))
            }
            Answer::Misdirected => broken!("node {node} was asked what only others do"),
            Answer::Office(_) | Answer::Noted => Ok(()),
        }
    }

    /// A kiosk shows a verdict.
    pub(crate) fn show(
        &mut self,
        node: usize,
        scan: &Scan,
        site: Option<domain::verdict::Verdict>,
    ) -> Checked {
        let verdict = site.unwrap_or(scan.own);
        let (epoch, seq) = scan.record;
        let Some(life) = self.life(node) else { return Ok(()) };
        let stream = sync::Stream { origin: life.store.node(), epoch };
        self.note(|| format!("{node} shows {verdict:?} for {stream:?} {seq}"));
        self.oracle.shown(node, stream, seq)?;
        if verdict != scan.own {
            self.run(node, Work::Show, crate::people::show(scan, verdict))?;
        }
        Ok(())
    }
}

impl Done {
    /// Whether it says that something was stored.
    fn is_yes(&self) -> bool {
        match self {
            Self::Ran(ran) => ran.is_ok(),
            Self::Placed(placed) => {
                placed.as_ref().is_ok_and(|(answer, _)| matches!(answer, sync::BatchAnswer::Ack(_)))
            }
            Self::TakenBack(reached) => reached.is_some(),
            Self::Signed(signed) => signed.is_ok(),
            Self::Erased(erased) => erased.is_ok(),
        }
    }
}
