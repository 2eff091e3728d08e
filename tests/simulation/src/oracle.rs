//! What must be true, checked against a record of every acknowledgement, every verdict shown and
//! every durable record ever seen.
//!
//! It knows the rules of `journal` and `sync` only from outside: names, hashes, heads.

use std::collections::{BTreeMap, BTreeSet};

use domain::ids::{ConsultationId, Epoch, KeyId, NodeId, Reference, Seq};
use journal::{Hash, Head, Heads};
use office::OfficeMachine;
use store::Report;
use sync::Stream;

use crate::node::{Injuries, NodeStore};
use crate::rules::Rules;

/// How much of the journal is read at once.
const READ_BYTES: usize = 1 << 20;

/// A promise that was broken, in plain words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Broken(pub String);

/// Whether all is well.
pub type Checked = Result<(), Broken>;

/// Breaks off with a sentence.
macro_rules! broken {
    ($($text:tt)*) => { Err($crate::oracle::Broken(format!($($text)*))) };
}
pub(crate) use broken;

/// Something that a node confirmed to somebody.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fact {
    /// A ticket was handed out.
    Ticket(Reference),
    /// A consultation was recorded.
    Consultation(ConsultationId),
    /// The employers of an import, by its number, are there: so many.
    Import(u16, usize),
    /// An own record of a kiosk.
    Own(Epoch, Seq),
}

/// What one node has promised.
#[derive(Debug, Default)]
struct Promises {
    /// Every head that it ever showed as durable.
    durable: BTreeMap<Stream, Head>,
    /// What it held when last looked at.
    held: BTreeMap<Stream, Head>,
    facts: Vec<Fact>,
    /// Keys that it erased for good.
    erased: BTreeSet<KeyId>,
    /// Keys that somebody asked it to erase.
    wished_away: BTreeSet<KeyId>,
}

/// The oracle.
#[derive(Debug, Default)]
pub struct Oracle {
    nodes: BTreeMap<usize, Promises>,
    /// The chain's hash after each record of each stream ever seen durable anywhere.
    names: BTreeMap<Stream, Vec<Hash>>,
    /// The sealed parts of all records: whose.
    sealed: BTreeMap<KeyId, NodeId>,
    first_sealed: BTreeMap<NodeId, KeyId>,
    /// How many durable records were seen, each name once.
    pub records: u64,
    /// How many acknowledgements of any kind were given.
    pub acks: u64,
    /// How many verdicts were shown.
    pub shown: u64,
}

/// Whether a fact is to be seen in a node's published state.
fn shows(store: &NodeStore, fact: Fact) -> bool {
    if let Fact::Own(epoch, seq) = fact {
        return store.heads().head(store.node(), epoch).is_some_and(|head| head.seq >= seq);
    }
    store.read(|rules| {
        let Some(fair) = rules.site().map(OfficeMachine::fair) else { return true };
        match fact {
            Fact::Ticket(reference) => {
                fair.ledger().ticket(reference).is_some_and(|ticket| ticket.issued.is_some())
            }
            Fact::Consultation(id) => fair.ledger().consultation(id).is_some(),
            Fact::Import(number, count) => imported(rules, number) == count,
            Fact::Own(..) => true,
        }
    })
}

/// How many employers of an import a node counts.
#[must_use]
pub fn imported(rules: &Rules, number: u16) -> usize {
    let of_import = |id: &domain::ids::EmployerId| id.0.starts_with(&number.to_be_bytes());
    let count = |fair: &domain::fair::Fair| {
        fair.employers().filter(|employer| of_import(&employer.id)).count()
    };
    let at_site = rules.site().map(|site| count(site.fair()));
    let at_hq = || {
        let hq = rules.hq()?;
        let stands = hq.enrolled().filter(|site| hq.last_of_line(site.node) == site.node);
        let sites = stands.filter_map(|site| hq.site(site.node));
        Some(sites.map(|site| count(site.fair())).sum())
    };
    at_site.or_else(at_hq).unwrap_or(0)
}

impl Oracle {
    /// Looks at what a running node shows as durable now: nothing shrinks, every name has one
    /// record, every chain adds up.
    ///
    /// # Errors
    /// The sentence.
    pub fn observe(&mut self, node: usize, store: &NodeStore, injuries: Injuries) -> Checked {
        let heads = store.heads();
        let held = std::mem::take(&mut self.nodes.entry(node).or_default().held);
        for (stream, head) in &held {
            let now = heads.head(stream.origin, stream.epoch);
            if now.is_none_or(|now| now.seq < head.seq) {
                return broken!("node {node} held {head:?} of {stream:?} and shows {now:?} now");
            }
        }
        let mut after = BTreeMap::new();
        for (origin, of_epoch) in heads.iter() {
            let stream = Stream { origin, epoch: of_epoch.head.epoch };
            let before = held.get(&stream).copied().unwrap_or_else(|| stream.start());
            if before.seq < of_epoch.head.seq {
                self.follow((node, store), stream, (before, of_epoch.head), injuries)?;
            }
            after.insert(stream, of_epoch.head);
        }
        let promises = self.nodes.entry(node).or_default();
        for (stream, head) in &after {
            let ever = promises.durable.entry(*stream).or_insert(*head);
            if ever.seq < head.seq {
                *ever = *head;
            }
        }
        promises.held = after;
        Ok(())
    }

    /// Goes through the new records of one stream.
    fn follow(
        &mut self,
        (node, store): (usize, &NodeStore),
        stream: Stream,
        (mut head, to): (Head, Head),
        injuries: Injuries,
    ) -> Checked {
        let reader = store.reader();
        while head.seq < to.seq {
            let read = reader.read(stream.origin, stream.epoch, head.next_seq(), READ_BYTES);
            let entries = match read {
                Ok(entries) if !entries.is_empty() => entries,
                _ if injuries.rotted || injuries.lied => return Ok(()),
                other => {
                    return broken!(
                        "node {node} can't read on from {head:?} of {stream:?}: {other:?}"
                    );
                }
            };
            for entry in &entries {
                if head.seq >= to.seq {
                    break;
                }
                head = head.extend(&entry.open);
                self.name(node, stream, head)?;
                let record = entry.record().map_err(|error| Broken(error.to_string()))?;
                for part in &record.sealed {
                    self.sealed.insert(part.key, stream.origin);
                    self.first_sealed.entry(stream.origin).or_insert(part.key);
                }
            }
        }
        if head != to {
            return broken!(
                "node {node}: the chain of {stream:?} leads to {head:?}, not to {to:?}"
            );
        }
        Ok(())
    }

    fn name(&mut self, node: usize, stream: Stream, head: Head) -> Checked {
        let hashes = self.names.entry(stream).or_default();
        let place = usize::try_from(head.seq.0 - 1).unwrap_or(usize::MAX);
        match hashes.get(place) {
            Some(known) if *known == head.hash => {}
            Some(_) => {
                return broken!("node {node} holds another record {} of {stream:?}", head.seq);
            }
            None if place == hashes.len() => {
                hashes.push(head.hash);
                self.records += 1;
            }
            None => {
                return broken!(
                    "node {node} holds record {} of {stream:?} without those before it",
                    head.seq
                );
            }
        }
        Ok(())
    }

    /// A node confirmed something.
    ///
    /// # Errors
    /// It is not to be seen there.
    pub fn confirmed(&mut self, node: usize, store: &NodeStore, fact: Fact) -> Checked {
        self.acks += 1;
        if !shows(store, fact) {
            return broken!("node {node} confirmed {fact:?}, and does not show it");
        }
        self.nodes.entry(node).or_default().facts.push(fact);
        Ok(())
    }

    /// A standby took the site server's place: these were answered after it had them, too.
    ///
    /// # Errors
    /// One of them is not there.
    pub fn kept(&mut self, node: usize, store: &NodeStore, facts: Vec<Fact>) -> Checked {
        if let Some(lost) = facts.iter().find(|fact| !shows(store, **fact)) {
            return broken!("{lost:?} was confirmed while the standby kept up, and is lost");
        }
        self.nodes.entry(node).or_default().facts.extend(facts);
        Ok(())
    }

    /// A node acknowledged to a sender that it holds everything up to a head.
    ///
    /// # Errors
    /// It does not.
    pub fn acknowledged(&mut self, node: usize, origin: NodeId, head: Head) -> Checked {
        self.acks += 1;
        let stream = Stream { origin, epoch: head.epoch };
        if self.held_durably(node, stream, head) {
            return Ok(());
        }
        broken!("node {node} acknowledged {head:?} of {origin}, which it does not hold durably")
    }

    fn held_durably(&self, node: usize, stream: Stream, head: Head) -> bool {
        let held = self.nodes.get(&node).and_then(|node| node.held.get(&stream));
        held.is_some_and(|held| held.seq >= head.seq) && self.is_named(stream, head)
    }

    /// Whether a node ever showed a head as durable.
    #[must_use]
    pub fn was_held(&self, node: usize, stream: Stream, head: Head) -> bool {
        let ever = self.nodes.get(&node).and_then(|node| node.durable.get(&stream));
        ever.is_some_and(|ever| ever.seq >= head.seq) && self.is_named(stream, head)
    }

    fn is_named(&self, stream: Stream, head: Head) -> bool {
        let place = usize::try_from(head.seq.0.saturating_sub(1)).unwrap_or(usize::MAX);
        self.names.get(&stream).and_then(|hashes| hashes.get(place)) == Some(&head.hash)
    }

    /// A kiosk shows a verdict on the scan that this record holds.
    ///
    /// # Errors
    /// The record is not durable there.
    pub fn shown(&mut self, node: usize, stream: Stream, seq: Seq) -> Checked {
        self.shown += 1;
        let held = self.nodes.get(&node).and_then(|node| node.held.get(&stream));
        if held.is_some_and(|held| held.seq >= seq) {
            return Ok(());
        }
        broken!("node {node} shows a verdict whose record {seq} of {stream:?} is not durable")
    }

    /// Somebody asks a node to erase a key.
    pub fn wished_away(&mut self, node: usize, key: KeyId) {
        self.nodes.entry(node).or_default().wished_away.insert(key);
    }

    /// A node erased a key for good.
    pub fn erased(&mut self, node: usize, key: KeyId) {
        self.nodes.entry(node).or_default().erased.insert(key);
    }

    /// A node came up again: what it promised is there, or it says what is not.
    ///
    /// # Errors
    /// The sentence.
    pub fn reopened(
        &mut self,
        node: usize,
        store: &NodeStore,
        report: &Report,
        injuries: Injuries,
    ) -> Checked {
        let recovery = &report.recovery;
        let named = !recovery.damage.is_empty() || !recovery.lost.is_empty();
        if named && !injuries.rotted && !injuries.lied {
            return broken!("node {node} finds damage on a disk that has none: {recovery:?}");
        }
        if report.keyring.lost > 0 && !injuries.lied {
            return broken!("node {node} lost {} slots of its keyring", report.keyring.lost);
        }
        let heads = store.heads();
        let missing = self.missing(node, &heads);
        if let Some((stream, head)) = missing.first() {
            let torn = recovery.torn.is_some();
            if !injuries.any()
                || (injuries.rotted && !injuries.lied && !injuries.restored && !named && !torn)
            {
                return broken!(
                    "node {node} had {head:?} of {stream:?} durably, and has {:?} after its start",
                    heads.head(stream.origin, stream.epoch)
                );
            }
        }
        let promises = self.nodes.entry(node).or_default();
        promises.held.clear();
        if injuries.any() {
            // What is gone was taken by the fault; from here on the node promises anew.
            promises.facts.retain(|fact| shows(store, *fact));
            promises.erased.clear();
        }
        let unseen = promises.facts.iter().find(|fact| !shows(store, **fact));
        if let Some(fact) = unseen {
            return broken!("node {node} confirmed {fact:?}, and lost it");
        }
        self.observe(node, store, injuries)
    }

    fn missing(&self, node: usize, heads: &Heads) -> Vec<(Stream, Head)> {
        let promised = self.nodes.get(&node).map(|node| node.held.clone()).unwrap_or_default();
        let lacks = |(stream, head): &(Stream, Head)| {
            let now = heads.head(stream.origin, stream.epoch);
            now.is_none_or(|now| now.seq < head.seq)
        };
        promised.into_iter().filter(lacks).collect()
    }

    /// No erased key is there again, and none without a record.
    ///
    /// # Errors
    /// The sentence.
    pub fn keyring(&self, node: usize, store: &NodeStore) -> Checked {
        let keys = store.keys();
        if let Some(promises) = self.nodes.get(&node)
            && let Some(key) = promises.erased.iter().find(|key| keys.has(**key))
        {
            return broken!("node {node} erased key {key}, and has it again");
        }
        let named = self.sealed.keys().filter(|key| keys.has(**key)).count();
        if named != keys.count() {
            return broken!("node {node} has {} keys, and records for {named}", keys.count());
        }
        Ok(())
    }

    /// Keys of sealed parts of one origin.
    pub fn sealed_of(&self, origin: NodeId) -> impl Iterator<Item = KeyId> {
        self.sealed.iter().filter(move |(_, of)| **of == origin).map(|(key, _)| *key)
    }

    /// Keys of all sealed parts.
    pub fn sealed(&self) -> impl Iterator<Item = KeyId> {
        self.sealed.keys().copied()
    }

    /// The key of the first sealed part of an origin: a site's ticket key.
    #[must_use]
    pub fn first_sealed_of(&self, origin: NodeId) -> Option<KeyId> {
        self.first_sealed.get(&origin).copied()
    }

    /// Whether anybody was asked to erase a key for good.
    #[must_use]
    pub fn was_erased(&self, key: KeyId) -> bool {
        self.nodes.values().any(|node| node.wished_away.contains(&key))
    }

    /// Sorted names and hashes of what a node holds, as one hash.
    #[must_use]
    pub fn digest(heads: &Heads, without: NodeId) -> Vec<(NodeId, Head)> {
        let held = heads.iter().filter(|(origin, _)| *origin != without);
        let mut held: Vec<_> = held.map(|(origin, held)| (origin, held.head)).collect();
        held.sort_by_key(|(origin, head)| (*origin, head.epoch));
        held
    }
}
