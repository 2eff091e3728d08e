//! The state that a journal leads to: from the latest snapshot that fits, or from the first record.

use std::collections::HashSet;
use std::ops::ControlFlow;

use domain::ids::{Epoch, Hlc, KeyId, NodeId, Seq};
use journal::{Disk, Journal, Mark, Position, Record, View};

use crate::error::StoreError;
use crate::keyring::Keys;
use crate::machine::{Machine, Transactions};
use crate::snapshot::{self, Found, Since, Snapshot};

/// What is this node's own.
pub(super) struct Own {
    pub(super) node: NodeId,
    pub(super) keys: Keys,
}

/// The state that the journal's records lead to.
pub(super) struct Folded<M> {
    pub(super) machine: M,
    pub(super) transactions: Transactions,
    /// The latest moment of the own clock.
    pub(super) time: Hlc,
    /// Keys of the keyring that a record names.
    pub(super) known: Known,
    pub(super) since: Since,
}

/// The keys that records name.
#[derive(Default)]
pub(super) struct Known {
    /// Before the snapshot, in order.
    before: Vec<KeyId>,
    since: HashSet<KeyId>,
}

impl Known {
    pub(super) fn contains(&self, id: &KeyId) -> bool {
        self.before.binary_search(id).is_ok() || self.since.contains(id)
    }
}

/// A whole snapshot, and the state in it if it can be read.
pub(super) struct Whole<M> {
    snapshot: Snapshot,
    machine: Option<M>,
}

impl<M: Machine> Whole<M> {
    /// `None` for bytes that are no snapshot; the state is read where its mark `fits`.
    pub(super) fn of(bytes: &[u8], made_like: &M, fits: impl Fn(&Mark) -> bool) -> Option<Self> {
        let (snapshot, state) = Snapshot::decode(bytes)?;
        let machine = if fits(&snapshot.mark) { made_like.load(state) } else { None };
        Some(Self { snapshot, machine })
    }
}

impl<M: Machine> Folded<M> {
    /// `marks` are what the journal holds before the places that the snapshots name; `newest` is
    /// the first of those that were found, if it is whole.
    pub(super) fn of<D: Disk>(
        journal: &Journal<D>,
        marks: &[Mark],
        (disk, found, newest): (&D, &Found, Option<Whole<M>>),
        (own, machine): (Own, M),
    ) -> Result<Self, StoreError> {
        let (mut next, mut taken, mut newest) = (None, None, newest);
        for (turn, place) in found.places().enumerate() {
            let whole = if turn == 0 {
                newest.take()
            } else {
                let bytes = snapshot::read(disk, place)?;
                bytes.and_then(|bytes| Whole::of(&bytes, &machine, |mark| marks.contains(mark)))
            };
            let Some(whole) = whole else { continue };
            // The newest that is whole stays, whether or not it fits.
            next.get_or_insert(1 - place);
            if marks.contains(&whole.snapshot.mark) {
                taken = Self::take_up(journal, whole);
            }
            if taken.is_some() {
                break;
            }
        }
        let (mut folded, from) = taken.unwrap_or_else(|| (Self::nothing(machine), Position::START));
        folded.since.next = next.unwrap_or(0);
        folded.go_on(journal, from, &own)?;
        Ok(folded)
    }

    fn nothing(machine: M) -> Self {
        Self {
            machine,
            transactions: Transactions::default(),
            time: Hlc::default(),
            known: Known::default(),
            since: Since::default(),
        }
    }

    /// The state of a snapshot, and where to go on; `None` where anything of it can't be had.
    fn take_up<D: Disk>(journal: &Journal<D>, whole: Whole<M>) -> Option<(Self, Position)> {
        let Whole { snapshot, machine } = whole;
        let mut folded = Self::nothing(machine?);
        folded.time = snapshot.time;
        folded.since.unread = snapshot.unread;
        folded.known.before = snapshot.keys;
        // As they were written; it costs nothing then, and what is not found here is freed.
        folded.known.before.sort_unstable();
        for (origin, epoch, first, count) in snapshot.held_back {
            folded.hold_back(journal, (origin, epoch), first, count)?;
        }
        Some((folded, snapshot.mark.end))
    }

    /// Reads records again whose transaction had not ended.
    fn hold_back<D: Disk>(
        &mut self,
        journal: &Journal<D>,
        (origin, epoch): (NodeId, Epoch),
        first: Seq,
        count: u64,
    ) -> Option<()> {
        let reader = journal.reader();
        for seq in first.0..first.0.checked_add(count)? {
            let open = reader.open_part_of(origin, epoch, Seq(seq)).ok()??;
            let mut whole = Vec::new();
            self.transactions.take(View::decode(&open).ok()?.to_record(), &mut whole);
            if !whole.is_empty() {
                return None;
            }
        }
        Some(())
    }

    fn go_on<D: Disk>(
        &mut self,
        journal: &Journal<D>,
        from: Position,
        own: &Own,
    ) -> Result<(), StoreError> {
        let mut whole = Vec::new();
        journal.scan(from, |scanned| {
            self.since.records += 1;
            match scanned.entry.view() {
                Ok(view) => self.take(view.to_record(), own, &mut whole),
                Err(_) => self.since.unread += 1,
            }
            ControlFlow::Continue(())
        })?;
        Ok(())
    }

    fn take(&mut self, record: Record, own: &Own, whole: &mut Vec<Record>) {
        if record.origin == own.node {
            self.time = self.time.max(record.time);
        }
        let named = record.sealed.iter().map(|part| part.key);
        self.known.since.extend(named.filter(|id| own.keys.has(*id)));
        self.transactions.take(record, whole);
        for record in whole.drain(..) {
            self.machine.fold(&record);
        }
    }
}
