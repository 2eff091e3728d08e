//! The chains of all epochs, followed record by record.

use std::collections::BTreeMap;

use domain::ids::{Epoch, NodeId, Seq};

use super::{Finding, Report, Word};
use crate::chain::{Hash, Head, chain_start};
use crate::frame::{Commit, EntryRef};
use crate::identity::{Checkpoint, CheckpointError, NodePublic};
use crate::number::{long, short};
use crate::position::Position;
use crate::record::{NodeStarted, View, kind};
use crate::recovery::Torn;

/// Follows chains; `damaged` where bytes are known to be bad, so that what is missing is
/// corruption.
pub(super) struct Chains<F> {
    public: F,
    damaged: bool,
    chains: BTreeMap<(NodeId, Epoch), Chain>,
    report: Report,
}

/// One epoch.
struct Chain {
    start: Hash,
    /// The hash after record 1, 2, 3, …; none where something before is missing.
    hashes: Vec<Option<Hash>>,
    /// Up to here a commit has named the same hash.
    committed: Seq,
    /// Up to here the origin has signed.
    signed: Seq,
}

impl Chain {
    fn last(&self) -> Seq {
        Seq(long(self.hashes.len()))
    }

    /// The hash after a record.
    fn hash(&self, seq: Seq) -> Option<Hash> {
        match seq.0.checked_sub(1) {
            None => Some(self.start),
            Some(place) => self.hashes.get(short(place)).copied().flatten(),
        }
    }
}

impl<F: FnMut(NodeId) -> Option<NodePublic>> Chains<F> {
    pub(super) const fn new(public: F, damaged: bool) -> Self {
        let report = Report {
            records: 0,
            checkpoints: 0,
            unknown_keys: Vec::new(),
            torn: Torn { bytes: 0, records: 0, transactions: 0 },
            findings: Vec::new(),
        };
        Self { public, damaged, chains: BTreeMap::new(), report }
    }

    pub(super) fn finish(self) -> Report {
        self.report
    }

    pub(super) fn entry(&mut self, entry: EntryRef<'_>, view: &View<'_>, at: Position) {
        self.report.records += 1;
        let name = (view.origin, view.epoch);
        let chain = self.chain(name);
        let last = chain.last();
        let hash = chain.hash(Seq(view.seq.0 - 1)).map(|before| before.extend(entry.open));
        if view.seq <= last {
            return self.again(view, hash, at);
        }
        let missing = view.seq.0 - 1 - last.0;
        if missing > 0 {
            self.missing(name, Seq(last.0 + 1), Seq(view.seq.0 - 1), at);
        }
        let chain = self.chain(name);
        chain.hashes.resize(short(view.seq.0 - 1), None);
        chain.hashes.push(if missing > 0 { None } else { hash });
        let sound = entry.to_entry().check().is_ok();
        if !sound || (view.kind == kind::NODE_STARTED) != (view.seq == Seq(1)) {
            self.find(Word::Forgery, name, (view.seq, view.seq), at);
        }
        if view.kind == kind::NODE_STARTED {
            self.started(view, at);
        }
        if view.kind == kind::CHECKPOINT {
            self.checkpoint(view, at);
        }
    }

    pub(super) fn commit(&mut self, commit: &Commit, at: Position) {
        for (origin, head) in &commit.heads {
            let name = (*origin, head.epoch);
            let last = self.chain(name).last();
            if last < head.seq {
                self.missing(name, Seq(last.0 + 1), head.seq, at);
            }
            let chain = self.chain(name);
            if chain.last() < head.seq {
                chain.hashes.resize(short(head.seq.0), None);
            }
            let from = Seq(chain.committed.0 + 1);
            let known = chain.hash(head.seq);
            chain.committed = head.seq;
            if let Some(slot) = chain.hashes.get_mut(short(head.seq.0.saturating_sub(1))) {
                // From here on the chain is followed as the commit names it.
                *slot = Some(head.hash);
            }
            if known.is_some_and(|known| known != head.hash) {
                self.find(Word::Forgery, name, (from, head.seq), at);
            }
        }
    }

    fn chain(&mut self, (origin, epoch): (NodeId, Epoch)) -> &mut Chain {
        self.chains.entry((origin, epoch)).or_insert_with(|| Chain {
            start: chain_start(origin, epoch),
            hashes: Vec::new(),
            committed: Seq(0),
            signed: Seq(0),
        })
    }

    /// A name that is taken: after damage a record may have been sent again; else somebody put one
    /// in.
    fn again(&mut self, view: &View<'_>, hash: Option<Hash>, at: Position) {
        let name = (view.origin, view.epoch);
        let chain = self.chain(name);
        let held = chain.hash(view.seq);
        match (held, hash) {
            (Some(held), Some(hash)) if held != hash => {
                self.find(Word::Fork, name, (view.seq, view.seq), at);
            }
            _ if self.damaged => {
                let place = short(view.seq.0 - 1);
                if let Some(slot) = self.chain(name).hashes.get_mut(place)
                    && slot.is_none()
                {
                    *slot = hash;
                }
            }
            _ => self.find(Word::Forgery, name, (view.seq, view.seq), at),
        }
    }

    fn started(&mut self, view: &View<'_>, at: Position) {
        let name = (view.origin, view.epoch);
        let Ok(NodeStarted { parent, .. }) = NodeStarted::decode(view.payload) else {
            return self.find(Word::Forgery, name, (view.seq, view.seq), at);
        };
        let Some(Head { epoch, seq, hash }) = parent else { return };
        let chain = self.chains.get(&(view.origin, epoch));
        let last = chain.map_or(Seq(0), Chain::last);
        if last < seq {
            self.missing((view.origin, epoch), Seq(last.0 + 1), seq, at);
        } else if chain.and_then(|chain| chain.hash(seq)).is_some_and(|held| held != hash) {
            self.find(Word::Fork, (view.origin, epoch), (seq, seq), at);
        }
    }

    fn checkpoint(&mut self, view: &View<'_>, at: Position) {
        let name = (view.origin, view.epoch);
        let Ok(checkpoint) = Checkpoint::decode(view.payload) else {
            return self.find(Word::Forgery, name, (view.seq, view.seq), at);
        };
        let Some(public) = (self.public)(view.origin) else {
            if !self.report.unknown_keys.contains(&view.origin) {
                self.report.unknown_keys.push(view.origin);
            }
            return;
        };
        self.report.checkpoints += 1;
        let signed = checkpoint.head;
        let chain = self.chain(name);
        let from = Seq(chain.signed.0 + 1);
        let held = chain.hash(signed.seq);
        let own = signed.epoch == view.epoch && signed.seq < view.seq;
        let verified = checkpoint.verify(public, held.unwrap_or(signed.hash));
        match verified {
            Ok(()) if own => self.chain(name).signed = signed.seq,
            Err(CheckpointError::Chain) if own => {
                self.chain(name).signed = signed.seq;
                self.find(Word::Forgery, name, (from, signed.seq), at);
            }
            // Not signed by the origin: the checkpoint itself, or all it would cover.
            _ => self.find(Word::Forgery, name, (from, view.seq), at),
        }
    }

    fn missing(&mut self, name: (NodeId, Epoch), first: Seq, last: Seq, at: Position) {
        let word = if self.damaged { Word::Corruption } else { Word::Gap };
        self.find(word, name, (first, last), at);
    }

    fn find(
        &mut self,
        word: Word,
        epoch: (NodeId, Epoch),
        (first, last): (Seq, Seq),
        at: Position,
    ) {
        self.report.findings.push(Finding { word, epoch: Some(epoch), first, last, at });
    }
}
