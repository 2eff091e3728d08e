//! A sender and a receiver on journals in memory, with a network between them that loses, doubles,
//! delays, damages and answers nonsense: for the tests of this crate.

use std::collections::BTreeMap;

use domain::ids::{Epoch, Hlc, NodeId, Seq};
use journal::{
    Checkpoint, Entry, EpochHead, Flags, Head, Heads, Kind, NodeKey, NodePublic, NodeStarted,
    Record, StoreId, kind,
};

use crate::batch::{Run, Withhold, pack};
use crate::chance::Chance;
use crate::receiver::{self, Directory, Placement, Trust};
use crate::sender::{At, Greeting, Input, Output, Pace, Sender, Want};
use crate::{BatchAnswer, Failure, Stream, StreamHead};

/// The node of a small number.
pub(crate) fn node(number: u8) -> NodeKey {
    NodeKey::from_seed([number; 32])
}

/// A journal in memory.
#[derive(Debug, Clone, Default)]
pub(crate) struct Memory {
    pub(crate) heads: Heads,
    pub(crate) streams: BTreeMap<Stream, Vec<Entry>>,
    pub(crate) arrivals: Vec<(NodeId, Entry)>,
}

impl Memory {
    pub(crate) fn append(&mut self, origin: NodeId, entry: Entry) {
        let view = entry.view().unwrap();
        let stream = Stream { origin, epoch: view.epoch };
        let known = self.heads.get(origin, view.epoch).copied();
        let parent = match known {
            Some(known) => known.parent,
            None => NodeStarted::decode(view.payload).unwrap().parent,
        };
        let before = known.map_or_else(|| stream.start(), |known| known.head);
        assert_eq!(view.seq, before.next_seq(), "each record once, in order");
        let head = before.extend(&entry.open);
        self.heads.set(origin, EpochHead { head, parent, ended: head.seq });
        self.streams.entry(stream).or_default().push(entry.clone());
        self.arrivals.push((origin, entry));
    }

    /// Starts an epoch, from the head that the origin last had.
    pub(crate) fn start(&mut self, origin: NodeId, epoch: Epoch, parent: Option<Head>) {
        let payload = NodeStarted { parent, software: "0.1.0".to_owned() }.encode();
        let record = record(origin, epoch, 1, kind::NODE_STARTED, payload);
        self.append(origin, Entry::new(&record, Vec::new()).unwrap());
    }

    /// Something happened at a node in its newest epoch.
    pub(crate) fn happen(&mut self, key: &NodeKey, payload: Vec<u8>) {
        let origin = key.node_id();
        let head = self.heads.latest(origin).unwrap();
        let record = record(origin, head.epoch, head.next_seq().0, Kind(100), payload);
        self.append(origin, Entry::new(&record, Vec::new()).unwrap());
    }

    pub(crate) fn checkpoint(&mut self, key: &NodeKey) {
        let origin = key.node_id();
        let head = self.heads.latest(origin).unwrap();
        let payload = Checkpoint::sign(key, head).encode();
        let record = record(origin, head.epoch, head.next_seq().0, kind::CHECKPOINT, payload);
        self.append(origin, Entry::new(&record, Vec::new()).unwrap());
    }

    /// Only the first records that arrived, as after a restore of an older backup.
    pub(crate) fn restored(&self, arrivals: usize) -> Self {
        let mut memory = Self::default();
        for (origin, entry) in self.arrivals.iter().take(arrivals) {
            memory.append(*origin, entry.clone());
        }
        memory
    }

    pub(crate) fn head_at(&self, stream: Stream, seq: Seq) -> Head {
        let entries = self.streams.get(&stream).into_iter().flatten();
        let taken = entries.take(usize::try_from(seq.0).unwrap());
        taken.fold(stream.start(), |head, entry| head.extend(&entry.open))
    }

    pub(crate) fn after(&self, stream: Stream, seq: Seq) -> &[Entry] {
        let entries = self.streams.get(&stream).map_or(&[][..], Vec::as_slice);
        &entries[usize::try_from(seq.0).unwrap().min(entries.len())..]
    }
}

fn record(origin: NodeId, epoch: Epoch, seq: u64, kind: Kind, payload: Vec<u8>) -> Record {
    Record {
        origin,
        epoch,
        seq: Seq(seq),
        time: Hlc(seq),
        wall_ms: None,
        kind,
        actor: None,
        station: None,
        fair: None,
        flags: Flags::ENDS_TRANSACTION,
        payload,
        sealed: Vec::new(),
    }
}

/// The receiving node.
pub(crate) struct Receiver {
    pub(crate) key: NodeKey,
    pub(crate) store: StoreId,
    pub(crate) memory: Memory,
    pub(crate) nodes: BTreeMap<NodeId, Trust>,
}

impl Directory for Receiver {
    fn own(&self) -> NodeId {
        self.key.node_id()
    }

    fn store(&self) -> StoreId {
        self.store
    }

    fn trust(&self, node: NodeId) -> Trust {
        self.nodes.get(&node).copied().unwrap_or(Trust::Unknown)
    }

    fn may_relay(&self, sender: NodeId, _origin: NodeId) -> bool {
        matches!(self.trust(sender), Trust::Trusted(_))
    }

    fn origin(&self, origin: NodeId) -> Option<NodePublic> {
        match self.trust(origin) {
            Trust::Trusted(public) => Some(public),
            _ => None,
        }
    }
}

impl Receiver {
    pub(crate) fn new(senders: &[&NodeKey]) -> Self {
        let trusted = |key: &&NodeKey| (key.node_id(), Trust::Trusted(key.public()));
        Self {
            key: node(200),
            store: StoreId([1; 16]),
            memory: Memory::default(),
            nodes: senders.iter().map(trusted).collect(),
        }
    }

    /// Takes a batch as a receiver must: check, place, store, acknowledge.
    pub(crate) fn take(&mut self, bytes: &[u8]) -> BatchAnswer {
        let batch = match receiver::open(self, bytes) {
            Ok(batch) => batch,
            Err(refusal) => return BatchAnswer::Refused(refusal),
        };
        let stream = batch.header.stream();
        match receiver::place(&self.memory.heads, stream, batch.previous, &batch.entries) {
            Placement::Fresh(duplicates) => {
                for entry in batch.entries.iter().skip(duplicates) {
                    self.memory.append(stream.origin, entry.clone());
                }
                receiver::ack(stream.origin, batch.last)
            }
            Placement::Duplicate(head) => receiver::ack(stream.origin, head),
            Placement::Misfit(answer) => answer,
        }
    }

    pub(crate) fn greet(&self, asked: &[StreamHead]) -> Greeting {
        let heads = receiver::heads_of(&self.memory.heads, asked);
        Greeting {
            node: self.own(),
            store: self.store,
            heads,
            beyond: Vec::new(),
            lacks: Vec::new(),
            above: Vec::new(),
        }
    }
}

/// How bad the network is, each in a hundred messages.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Weather {
    pub(crate) lost: u64,
    pub(crate) answer_lost: u64,
    pub(crate) doubled: u64,
    pub(crate) damaged: u64,
    pub(crate) nonsense: u64,
}

pub(crate) const FAIR: Weather =
    Weather { lost: 0, answer_lost: 0, doubled: 0, damaged: 0, nonsense: 0 };

/// A sender, a receiver, a network and a clock that jumps from event to event.
pub(crate) struct World {
    pub(crate) key: NodeKey,
    pub(crate) memory: Memory,
    pub(crate) receiver: Receiver,
    pub(crate) sender: Sender,
    pub(crate) weather: Weather,
    pub(crate) chance: Chance,
    pub(crate) now_ms: u64,
    timer: Option<u64>,
    events: BTreeMap<(u64, u64), Input>,
    stray: Vec<Vec<u8>>,
    serial: u64,
    pub(crate) batches: usize,
}

impl World {
    pub(crate) fn new(key: NodeKey, memory: Memory, receiver: Receiver, seed: u64) -> Self {
        let mut world = Self {
            key,
            memory,
            receiver,
            sender: Sender::new(Pace::LAN),
            weather: FAIR,
            chance: Chance::new(seed),
            now_ms: 0,
            timer: None,
            events: BTreeMap::new(),
            stray: Vec::new(),
            serial: 0,
            batches: 0,
        };
        world.heads_grew();
        world
    }

    pub(crate) fn heads_grew(&mut self) {
        self.step(Input::LocalHeads(self.memory.heads.clone()));
    }

    pub(crate) fn step(&mut self, input: Input) {
        let at = At { now_ms: self.now_ms, chance: self.chance.up_to(u64::MAX) };
        for output in self.sender.step(at, input) {
            match output {
                Output::SetTimer { after_ms } => self.timer = Some(self.now_ms + after_ms),
                Output::SendHello(asked) => {
                    let input = self.carry_hello(&asked);
                    self.later(input);
                }
                Output::SendBatch(want) => {
                    let input = self.carry_batch(&want);
                    self.later(input);
                }
                Output::Pull(range) => self.later(Input::Pulled(range, None)),
                Output::Resend(range) => self.later(Input::Resent(range, None)),
            }
        }
    }

    /// The next thing that happens. False if nothing ever will.
    pub(crate) fn advance(&mut self) -> bool {
        let event = self.events.keys().next().copied();
        match (event, self.timer) {
            (Some((at_ms, serial)), timer) if timer.is_none_or(|timer| at_ms <= timer) => {
                self.now_ms = at_ms;
                let input = self.events.remove(&(at_ms, serial)).unwrap();
                self.step(input);
            }
            (_, Some(timer)) => {
                self.now_ms = timer;
                self.timer = None;
                self.step(Input::Timer);
            }
            (_, None) => return false,
        }
        true
    }

    fn later(&mut self, input: Input) {
        self.serial += 1;
        let delay_ms = 1 + self.chance.up_to(200);
        self.events.insert((self.now_ms + delay_ms, self.serial), input);
    }

    fn happens(&mut self, of_hundred: u64) -> bool {
        self.chance.up_to(99) < of_hundred
    }

    fn mishap(&mut self) -> Option<Failure> {
        if self.happens(self.weather.lost) {
            return Some(Failure::Network);
        }
        self.happens(self.weather.nonsense).then_some(Failure::NotOurs)
    }

    fn carry_hello(&mut self, asked: &[StreamHead]) -> Input {
        match self.mishap() {
            Some(failure) => Input::HelloFailed(failure),
            None => Input::HelloAnswered(self.receiver.greet(asked)),
        }
    }

    fn carry_batch(&mut self, want: &Want) -> Input {
        self.batches += 1;
        let stream = want.stream;
        let after = want.after.unwrap_or_else(|| stream.start());
        if self.memory.head_at(stream, after.seq) != after {
            return Input::BatchFailed(stream, Failure::Diverged);
        }
        let packed = pack(
            &self.key,
            &Run {
                audience: want.audience,
                store: want.store,
                stream,
                previous: after,
                entries: self.memory.after(stream, after.seq),
                max_records: want.max_records.min(7),
                withhold: Withhold::Nothing,
                keys: &[],
            },
        );
        let mut bytes = packed.unwrap().bytes;
        if let Some(failure) = self.mishap() {
            return Input::BatchFailed(stream, failure);
        }
        if self.happens(self.weather.damaged) {
            let place = self.chance.up_to(u64::try_from(bytes.len() - 1).unwrap());
            bytes[usize::try_from(place).unwrap()] ^= 1 << self.chance.up_to(7);
        }
        if self.happens(self.weather.doubled) {
            self.stray.push(bytes.clone());
        }
        let answer = self.receiver.take(&bytes);
        // What was doubled arrives again at any later moment, in any order.
        if !self.stray.is_empty() && self.happens(50) {
            let place = self.chance.up_to(u64::try_from(self.stray.len() - 1).unwrap());
            let bytes = self.stray.swap_remove(usize::try_from(place).unwrap());
            self.receiver.take(&bytes);
        }
        if self.happens(self.weather.answer_lost) {
            return Input::BatchFailed(stream, Failure::TimedOut);
        }
        Input::BatchAnswered(stream, answer)
    }
}

mod convergence;
