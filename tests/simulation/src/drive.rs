//! What a node's line upward does: the driver of `link`'s uplink, in simulated time.

use domain::ids::KeyId;
use minicbor::bytes::ByteVec;
use sync::batch::{Run, pack};
use sync::hello::{HELLO_PURPOSE, Hello, Signed};
use sync::session::SessionKey;
use sync::{At, BatchAnswer, Failure, Greeting, Input, Output, StreamHead, Want, limits};

use crate::door::encode;
use crate::fault::Fault;
use crate::hand_over::Handed;
use crate::line::{self, Fault as Trouble, Pending};
use crate::net::{Envelope, Path, Reply};
use crate::node::{Doing, Done, Task};
use crate::oracle::{Checked, broken};
use crate::simulation::{Event, SITE, Simulation};

impl Simulation {
    /// Tells a line's state machine what happened, and does what it says.
    pub(crate) fn drive(&mut self, node: usize, input: Input) -> Checked {
        let at = At { now_ms: self.now_ms, chance: self.chance.any() };
        let run = self.node(node).run;
        let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) else { return Ok(()) };
        let outputs = line.sender.step(at, input);
        for output in outputs {
            self.note(|| format!("{node} is to {}", word(&output)));
            match output {
                Output::SetTimer { after_ms } => {
                    if let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) {
                        line.timer_at = Some(at.now_ms + after_ms);
                    }
                    self.later(after_ms, Event::Timer(node, run));
                }
                Output::SendHello(heads) => self.say_hello(node, heads),
                Output::SendBatch(want) => self.sign_and_send(node, want)?,
                Output::Pull(range) => self.ask_back(node, range)?,
                Output::Resend(range) => self.resend(node, range)?,
            }
        }
        if node == SITE {
            self.standby_heard()?;
        }
        self.honest(node)
    }

    /// What is said to be delivered was held there.
    fn honest(&mut self, node: usize) -> Checked {
        let life = self.nodes.get(node).and_then(|node| node.life.as_ref());
        let Some((life, line)) = life.and_then(|life| Some((life, life.line.as_ref()?))) else {
            return Ok(());
        };
        let status = line.sender.status();
        if !status.all_delivered() {
            return Ok(());
        }
        for (origin, held) in life.store.heads().iter() {
            let stream = sync::Stream { origin, epoch: held.head.epoch };
            if !self.oracle.was_held(line.to, stream, held.head) {
                return broken!(
                    "node {node} says “all delivered”, and {:?} of {stream:?} was never there",
                    held.head
                );
            }
        }
        Ok(())
    }

    /// More is durable at a node.
    pub(crate) fn heads_grew(&mut self, node: usize) -> Checked {
        let Some(life) = self.life(node) else { return Ok(()) };
        if life.line.is_none() {
            return Ok(());
        }
        let heads = life.store.heads();
        self.drive(node, Input::LocalHeads(heads))
    }

    pub(crate) fn timer(&mut self, node: usize, run: u64) -> Checked {
        let now_ms = self.now_ms;
        if !self.is_run(node, run) {
            return Ok(());
        }
        let line = self.life(node).and_then(|life| life.line.as_mut());
        match line.filter(|line| line.timer_at == Some(now_ms)) {
            Some(line) => line.timer_at = None,
            None => return Ok(()),
        }
        self.drive(node, Input::Timer)
    }

    /// Sends a request and waits for its answer.
    pub(crate) fn ask(
        &mut self,
        node: usize,
        mut envelope: Envelope,
        pending: Pending,
        session: Option<SessionKey>,
    ) {
        let run = self.node(node).run;
        let id = self.chance.any();
        let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) else { return };
        envelope.id = id;
        envelope.from = (node, run);
        let wait_ms = line.wait_ms(envelope.path);
        let proof = session.map(|key| (envelope.counter, key));
        line.pending.insert(id, (pending, proof));
        let to = line.to;
        self.later(wait_ms, Event::GiveUp(node, run, id));
        self.send(node, to, envelope);
    }

    fn say_hello(&mut self, node: usize, heads: Vec<StreamHead>) {
        let nonce: [u8; 16] = self.node(node).around.bytes();
        let sent_at_ms = store::World::wall_ms(&*self.node(node).around);
        let origins = self.origins(node);
        let Some(life) = self.life(node) else { return };
        let Some(line) = &life.line else { return };
        let hello = Hello {
            protocol_min: limits::PROTOCOL_MIN,
            protocol_max: limits::PROTOCOL,
            software: String::new(),
            sender: life.store.node(),
            audience: line.receiver.node_id(),
            nonce: nonce.into(),
            sent_at_ms,
            heads,
            origins,
            view_version: 0,
        };
        let body = encode(&hello);
        let hash = line::hash(&body);
        let signed = encode(&Signed::new(life.store.key(), HELLO_PURPOSE, body));
        self.ask(node, line::bare(Path::Hello, signed), Pending::Hello(hash), None);
    }

    /// The keys of those whose records a site relays.
    fn origins(&mut self, node: usize) -> Vec<ByteVec> {
        let Some(life) = self.life(node) else { return Vec::new() };
        let keys = life.store.read(|rules| rules.site().map(site::headquarters::origins));
        keys.into_iter().flatten().map(|it| ByteVec::from(it.to_bytes().to_vec())).collect()
    }

    /// On the way out of the site the own chain is signed first.
    fn sign_and_send(&mut self, node: usize, want: Want) -> Checked {
        let Some(life) = self.life(node) else { return Ok(()) };
        let own = sync::Stream { origin: life.store.node(), epoch: life.store.epoch() };
        let signs = life.line.as_ref().is_some_and(|line| !line.lan) && want.stream == own;
        if !signs {
            return self.send_batch(node, &want);
        }
        let store = life.store.clone();
        let signing = async move { Done::Signed(store.checkpoint_now().await) };
        self.begin(node, Task::new(Doing::Signing(want), signing))
    }

    pub(crate) fn send_batch(&mut self, node: usize, want: &Want) -> Checked {
        let previous = want.after.unwrap_or_else(|| want.stream.start());
        let may = self.plan.has(Fault::Ahead) && !self.healed;
        let ahead = may && self.chance.happens(self.plan.net);
        if ahead {
            self.tally.note(Fault::Ahead);
        }
        let around = std::sync::Arc::clone(&self.node(node).around);
        let Some(life) = self.life(node) else { return Ok(()) };
        let Some(line) = life.line.as_mut() else { return Ok(()) };
        let mut reader = life.store.reader();
        let read = link::run_after(&mut reader, want.stream, previous, limits::BATCH_RAW_BYTES);
        let entries = match read {
            Ok(entries) => entries,
            Err(failure) => return self.unsent(node, want, failure.into()),
        };
        let (previous, entries) =
            if ahead { without_first(previous, entries) } else { (previous, entries) };
        let (wrapped, records) = line.wrap(&life.store, &around, &entries);
        let run = Run {
            audience: want.audience,
            store: want.store,
            stream: want.stream,
            previous,
            entries: &entries,
            max_records: want.max_records.min(records),
            withhold: line.withhold(),
            keys: &wrapped,
        };
        let Ok(packed) = pack(life.store.key(), &run) else {
            return self.unsent(node, want, Failure::Unreadable);
        };
        let Some((envelope, key)) = line.envelope(Path::Batch, packed.bytes) else {
            let refusal = sync::RefusalCode::SessionUnknown.into();
            return self
                .drive(node, Input::BatchAnswered(want.stream, BatchAnswer::Refused(refusal)));
        };
        let (last, keys) = (packed.last, packed.keys);
        self.ask(node, envelope, Pending::Batch { want: *want, last, keys }, Some(key));
        Ok(())
    }

    fn unsent(&mut self, node: usize, want: &Want, failure: Failure) -> Checked {
        let injuries = self.node(node).injuries;
        if failure == Failure::Diverged
            || (failure == Failure::Unreadable && !injuries.rotted && !injuries.lied)
        {
            return broken!("node {node} can't send after {:?}: {failure:?}", want.after);
        }
        self.drive(node, Input::BatchFailed(want.stream, failure))
    }

    /// No answer came in time.
    pub(crate) fn give_up(&mut self, node: usize, run: u64, id: u64) -> Checked {
        if !self.is_run(node, run) {
            return Ok(());
        }
        self.came(node, id, None, Some(Failure::TimedOut))
    }

    /// An answer arrives; none where nobody listened.
    pub(crate) fn hear(&mut self, node: usize, run: u64, id: u64, reply: Option<Reply>) -> Checked {
        if !self.is_run(node, run) {
            return Ok(());
        }
        let failure = reply.is_none().then_some(Failure::Network);
        self.came(node, id, reply, failure)
    }

    fn came(
        &mut self,
        node: usize,
        id: u64,
        reply: Option<Reply>,
        failure: Option<Failure>,
    ) -> Checked {
        let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) else { return Ok(()) };
        let Some((pending, session)) = line.pending.remove(&id) else { return Ok(()) };
        let status = reply.as_ref().map(|reply| reply.status);
        self.note(|| format!("{node} hears {status:?}, {failure:?}"));
        let session = session.as_ref();
        match pending {
            Pending::Hello(hash) => self.hello_came(node, &hash, reply.as_ref(), failure),
            Pending::Batch { want, last, keys } => {
                let answer = heard(reply.as_ref(), session, failure);
                self.batch_came(node, &want, (last, keys), answer)
            }
            Pending::Pull(range) => {
                let answer = heard(reply.as_ref(), session, failure);
                self.came_back(node, range, answer)
            }
            Pending::Resend(range, last) => {
                let answer = heard(reply.as_ref(), session, failure);
                self.resent(node, range, last, &answer)
            }
            Pending::Sweep { stream, last, keys } => {
                let answer = heard(reply.as_ref(), session, failure);
                self.swept(node, stream, (last, keys), answer)
            }
            Pending::HandOver { scan, stream, entries, last, keys } => {
                let answer = heard(reply.as_ref(), session, failure);
                let handed = Handed { scan, stream, entries, last, keys };
                self.hand_over_came(node, &handed, answer)
            }
            Pending::View => {
                let answer = heard(reply.as_ref(), session, failure);
                self.view_came(node, answer)
            }
            Pending::Probe => self.probed(node, reply.is_some_and(|reply| reply.ours)),
        }
    }

    fn hello_came(
        &mut self,
        node: usize,
        hash: &[u8; 32],
        reply: Option<&Reply>,
        failure: Option<Failure>,
    ) -> Checked {
        if let Some(failure) = failure {
            self.hangs(node);
            return self.drive(node, Input::HelloFailed(failure));
        }
        let Some(reply) = reply else { return Ok(()) };
        let Some(life) = self.life(node) else { return Ok(()) };
        let Some(line) = life.line.as_mut() else { return Ok(()) };
        match line.greeted(&life.store, hash, reply) {
            Ok(answer) => {
                line.suspect = false;
                let lost = link::Source::lost(&life.store);
                self.drive(node, Input::LocalLost(lost))?;
                self.drive(node, Input::HelloAnswered(Greeting::from(answer)))?;
                self.fetch_view(node);
                self.sweep(node)
            }
            Err(Trouble::Failed(failure)) => {
                self.doubted(node, reply, failure)?;
                self.drive(node, Input::HelloFailed(failure))
            }
            Err(Trouble::Refused(refusal)) => self.drive(node, Input::HelloRefused(refusal)),
        }
    }

    /// An answer that can't be believed was changed, or is somebody else's.
    fn doubted(&mut self, node: usize, reply: &Reply, failure: Failure) -> Checked {
        if reply.touched {
            return Ok(());
        }
        broken!("node {node} does not believe a true answer: {failure:?}")
    }

    fn batch_came(
        &mut self,
        node: usize,
        want: &Want,
        (last, keys): (journal::Head, Vec<KeyId>),
        answer: Result<BatchAnswer, Trouble>,
    ) -> Checked {
        let stream = want.stream;
        match answer {
            Ok(answer) => {
                if acknowledged(&answer, stream, last) {
                    self.wipe(node, keys)?;
                }
                self.goes_again(node);
                self.drive(node, Input::BatchAnswered(stream, answer))
            }
            Err(Trouble::Failed(failure)) => {
                self.hangs(node);
                self.drive(node, Input::BatchFailed(stream, failure))
            }
            Err(Trouble::Refused(refusal)) => {
                let answer = BatchAnswer::Refused(refusal);
                self.drive(node, Input::BatchAnswered(stream, answer))
            }
        }
    }

    /// The receiver has these keys, so they are wiped here.
    pub(crate) fn wipe(&mut self, node: usize, keys: Vec<KeyId>) -> Checked {
        let stay = |life: &crate::node::Life| life.line.as_ref().is_some_and(|it| it.to_standby);
        let life = self.life(node).filter(|life| !keys.is_empty() && !stay(life));
        let Some(life) = life else { return Ok(()) };
        let store = life.store.clone();
        self.note(|| format!("{node} wipes {keys:?}"));
        let wiping = async move { Done::Erased(store.erase_all(keys).await) };
        self.begin(node, Task::new(Doing::Wiping, wiping))
    }

    fn goes_again(&mut self, node: usize) {
        if let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) {
            line.suspect = false;
        }
    }

    /// The line hangs: the next scan does not wait for the same again.
    pub(crate) fn hangs(&mut self, node: usize) {
        let run = self.node(node).run;
        let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) else { return };
        line.suspect = true;
        if !line.probing {
            line.probing = true;
            let after_ms = if line.lan { 500 } else { 30_000 };
            self.later(after_ms, Event::Probe(node, run));
        }
    }

    pub(crate) fn probe(&mut self, node: usize, run: u64) -> Checked {
        if self.is_run(node, run) {
            self.ask(node, line::bare(Path::Time, Vec::new()), Pending::Probe, None);
        }
        Ok(())
    }

    fn probed(&mut self, node: usize, answered: bool) -> Checked {
        let run = self.node(node).run;
        let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) else { return Ok(()) };
        if answered {
            line.probing = false;
            line.suspect = false;
            return self.drive(node, Input::Reachable);
        }
        let after_ms = if line.lan { 4_000 } else { 60_000 };
        self.later(after_ms, Event::Probe(node, run));
        Ok(())
    }
}

/// Whether an answer says that everything up to a head is durable there.
pub(crate) fn acknowledged(
    answer: &BatchAnswer,
    stream: sync::Stream,
    last: journal::Head,
) -> bool {
    matches!(answer, BatchAnswer::Ack(ack) if ack.stream() == stream && ack.head.seq >= last.seq)
}

fn word(output: &Output) -> String {
    match output {
        Output::SendHello(_) => "say hello".to_owned(),
        Output::SendBatch(want) => format!("send {:?} after {:?}", want.stream, want.after),
        Output::Pull(range) => format!("ask for {range:?}"),
        Output::Resend(range) => format!("send {range:?} once more"),
        Output::SetTimer { after_ms } => format!("wait {after_ms} ms"),
    }
}

/// As if the batch with the first record were still on its way.
fn without_first(
    previous: journal::Head,
    mut entries: Vec<journal::Entry>,
) -> (journal::Head, Vec<journal::Entry>) {
    if entries.len() < 2 {
        return (previous, entries);
    }
    let first = entries.remove(0);
    (previous.extend(&first.open), entries)
}

fn heard<A>(
    reply: Option<&Reply>,
    session: Option<&(u64, SessionKey)>,
    failure: Option<Failure>,
) -> Result<A, Trouble>
where
    A: for<'b> minicbor::Decode<'b, ()>,
{
    match (reply, failure) {
        (Some(reply), None) => line::believed(reply, session),
        (_, failure) => Err(Trouble::Failed(failure.unwrap_or(Failure::Network))),
    }
}
