//! The state that a journal leads to: from the latest snapshot that fits, or from the first record.

use std::collections::HashSet;
use std::ops::ControlFlow;

use domain::ids::{Epoch, Hlc, KeyId, NodeId, Seq};
use journal::{Disk, Journal, Mark, Position, Record, View};

use crate::error::StoreError;
use crate::keyring::Keys;
use crate::machine::{Machine, Transactions};
use crate::snapshot::{Found, Since, Snapshot};

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
    pub(super) known: HashSet<KeyId>,
    pub(super) since: Since,
}

impl<M: Machine> Folded<M> {
    /// `marks` are what the journal holds before the places that the snapshots name.
    pub(super) fn of<D: Disk>(
        journal: &Journal<D>,
        marks: &[Mark],
        found: Found,
        (own, machine): (Own, M),
    ) -> Result<Self, StoreError> {
        let next = found.next;
        let fits = |snapshot: &Snapshot| marks.contains(&snapshot.mark);
        let mut fitting = found.snapshots.into_iter().filter(fits);
        let taken = fitting.find_map(|snapshot| Self::take_up(journal, snapshot, &own, &machine));
        let (mut folded, from) = taken.unwrap_or_else(|| (Self::nothing(machine), Position::START));
        folded.since.next = next;
        folded.go_on(journal, from, &own)?;
        Ok(folded)
    }

    fn nothing(machine: M) -> Self {
        Self {
            machine,
            transactions: Transactions::default(),
            time: Hlc::default(),
            known: HashSet::new(),
            since: Since::default(),
        }
    }

    /// The state of a snapshot, and where to go on; `None` where anything of it can't be had.
    fn take_up<D: Disk>(
        journal: &Journal<D>,
        snapshot: Snapshot,
        own: &Own,
        machine: &M,
    ) -> Option<(Self, Position)> {
        let mut folded = Self::nothing(machine.load(&snapshot.state)?);
        folded.time = snapshot.time;
        folded.since.unread = snapshot.unread;
        folded.known.extend(snapshot.keys.into_iter().filter(|id| own.keys.has(*id)));
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
        self.known.extend(named.filter(|id| own.keys.has(*id)));
        self.transactions.take(record, whole);
        for record in whole.drain(..) {
            self.machine.fold(&record);
        }
    }
}
