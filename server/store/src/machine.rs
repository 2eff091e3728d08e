//! What the store drives: the rules of a site, a kiosk or headquarters, as the store sees them.
//!
//! The store keeps two copies of a machine. The *ahead* copy belongs to the writer and has folded
//! everything that was appended, so that two commands of one group see each other; the *published*
//! copy has folded only what is durable, and is what everybody else reads. Both fold the same
//! records in the same order, so they end the same; where a copy costs nothing, the published one is a
//! copy of the ahead one taken between two groups. A machine knows no clock, chance or disk.

use std::collections::HashMap;

use domain::ids::{Epoch, Hlc, NodeId, Seq};
use journal::{Draft, Record};

/// The rules, and the state that they look at.
pub trait Machine: Clone + Send + Sync + 'static {
    /// What somebody wants done.
    type Command: Send + 'static;
    /// What they are told, a refusal included.
    type Answer: Send + 'static;

    /// What the command leads to at the moment `now` of this node's clock. Called once a command,
    /// on the ahead copy.
    fn decide(&self, command: Self::Command, now: Hlc) -> Decision<Self::Answer>;

    /// Takes one record of any origin into the state, at most once a copy, each origin's in their order
    /// and only when the whole of its transaction is there. The journal's own kinds come too; unknown
    /// kinds are ignored and counted.
    fn fold(&mut self, record: &Record);

    /// Brings the published copy up to the ahead copy, which has folded exactly `folded` more. A
    /// machine whose copies share what is equal takes a copy of `ahead` instead of folding again.
    fn catch_up(&mut self, _ahead: &Self, folded: &[Record]) {
        for record in folded {
            self.fold(record);
        }
    }

    /// What this node makes of a record that arrives from elsewhere, before it is folded: a
    /// check-in's verdict, for example.
    fn judge(&self, record: &Record) -> Option<Self::Answer>;

    /// Which rules these are, if their state can be kept: it is taken up again only by the same
    /// ones. A machine without is folded from the first record at every start.
    const RULES: Option<u64> = None;

    /// After how many records at least the state is kept again.
    const KEPT_EVERY: u64 = 16_384;

    /// The state as [`Machine::load`] reads it: what the records' open parts say, and no more.
    fn save(&self) -> Vec<u8> {
        Vec::new()
    }

    /// The state that [`Machine::save`] wrote, in a machine made like this one; `None` for bytes
    /// that it did not write.
    #[must_use]
    fn load(&self, _saved: &[u8]) -> Option<Self> {
        None
    }
}

/// What a command leads to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Decision<A> {
    /// The events, one transaction: stored all or none. None at all for a refusal or a question.
    pub drafts: Vec<Draft>,
    /// What is answered once they are durable.
    pub answer: A,
}

impl<A> Decision<A> {
    /// An answer without an event.
    pub const fn answer(answer: A) -> Self {
        Self { drafts: Vec::new(), answer }
    }
}

/// The most records of one foreign transaction that wait for its end. A peer that never ends one
/// can't fill the memory: beyond this its records are folded as they come.
const WAITING_RECORDS: usize = 65_536;

/// Holds back records of foreign transactions until their last one is there.
#[derive(Debug, Clone, Default)]
pub(crate) struct Transactions {
    open: HashMap<(NodeId, Epoch), Vec<Record>>,
    waiting: usize,
}

impl Transactions {
    /// The records that are held back: for each epoch the first one and how many.
    pub(crate) fn held_back(&self) -> Vec<(NodeId, Epoch, Seq, u64)> {
        let run = |(name, records): (&(NodeId, Epoch), &Vec<Record>)| {
            let first = records.first()?.seq;
            Some((name.0, name.1, first, u64::try_from(records.len()).ok()?))
        };
        let mut all: Vec<_> = self.open.iter().filter_map(run).collect();
        all.sort_unstable();
        all
    }

    /// Takes the next record; `out` gets those that may now be folded, in order.
    pub(crate) fn take(&mut self, record: Record, out: &mut Vec<Record>) {
        let ends = record.flags.ends_transaction();
        if ends && self.open.is_empty() || journal::bug("half-transaction-folded") {
            out.push(record);
            return;
        }
        let name = (record.origin, record.epoch);
        let full = self.waiting >= WAITING_RECORDS;
        let before = self.open.entry(name).or_default();
        if !ends && !full {
            before.push(record);
            self.waiting += 1;
            return;
        }
        let before = self.open.remove(&name).unwrap_or_default();
        self.waiting -= before.len();
        out.extend(before);
        out.push(record);
    }
}

#[cfg(test)]
mod tests {
    use domain::ids::Seq;
    use journal::{Flags, Kind};

    use super::*;

    fn record(origin: u8, seq: u64, flags: Flags) -> Record {
        Record {
            origin: NodeId([origin; 16]),
            epoch: Epoch(1),
            seq: Seq(seq),
            time: Hlc(seq),
            wall_ms: None,
            kind: Kind(100),
            actor: None,
            station: None,
            fair: None,
            flags,
            payload: Vec::new(),
            sealed: Vec::new(),
        }
    }

    #[test]
    fn records_come_out_when_their_transaction_has_ended() {
        let mut transactions = Transactions::default();
        let mut out = Vec::new();
        for (origin, seq, flags) in [
            (1, 1, Flags::NONE),
            (2, 1, Flags::ENDS_TRANSACTION),
            (1, 2, Flags::NONE),
            (1, 3, Flags::ENDS_TRANSACTION),
            (1, 4, Flags::NONE),
        ] {
            transactions.take(record(origin, seq, flags), &mut out);
        }
        let names: Vec<_> = out.iter().map(|record| (record.origin.0[0], record.seq.0)).collect();
        assert_eq!(names, [(2, 1), (1, 1), (1, 2), (1, 3)]);
    }

    #[test]
    fn a_transaction_that_never_ends_fills_no_memory() {
        let mut transactions = Transactions::default();
        let mut out = Vec::new();
        for seq in 1..=200_000 {
            transactions.take(record(1, seq, Flags::NONE), &mut out);
        }
        assert!(out.len() > 100_000);
        assert!(out.is_sorted_by_key(|record| record.seq));
    }
}
