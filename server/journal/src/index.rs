//! Where each durable record lies, in memory: four bytes a record, and the heads.

mod places;

pub(crate) use places::Places;

use std::collections::BTreeMap;

use domain::ids::{Epoch, NodeId, Seq};

use crate::chain::Heads;
use crate::mark::Tally;
use crate::position::Position;
use crate::recovery::Lost;

/// What readers need to know of the durable journal.
#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) heads: Heads,
    epochs: BTreeMap<(NodeId, Epoch), Places>,
    /// For each segment, in order, where its last good frame ends.
    pub(crate) segments: BTreeMap<u32, Position>,
    /// Bytes to be passed over, in order: from, to.
    pub(crate) bad: Vec<(Position, Position)>,
    pub(crate) records: u64,
    /// Over the records that were put, also those that are lost by now.
    pub(crate) tally: Tally,
}

impl Index {
    /// The place after the last durable record.
    pub(crate) fn end(&self) -> Position {
        self.segments.last_key_value().map_or(Position::START, |(_, end)| *end)
    }

    /// Where a record lies.
    pub(crate) fn find(&self, origin: NodeId, epoch: Epoch, seq: Seq) -> Option<Position> {
        self.epochs.get(&(origin, epoch))?.get(seq)
    }

    /// Where up to `most` records from `from` on lie; ends before the first that is lost.
    pub(crate) fn run(
        &self,
        (origin, epoch): (NodeId, Epoch),
        from: Seq,
        most: usize,
    ) -> Vec<Position> {
        let Some(places) = self.epochs.get(&(origin, epoch)) else { return Vec::new() };
        (from.0..).take(most).map_while(|seq| places.get(Seq(seq))).collect()
    }

    /// The places of an epoch's records.
    pub(crate) fn places(&mut self, origin: NodeId, epoch: Epoch) -> &mut Places {
        self.epochs.entry((origin, epoch)).or_default()
    }

    /// All epochs with the places of their records.
    pub(crate) fn epochs(&self) -> impl Iterator<Item = (NodeId, Epoch, &Places)> {
        self.epochs.iter().map(|((origin, epoch), places)| (*origin, *epoch, places))
    }

    /// The records known to be lost.
    pub(crate) fn lost(&self) -> Vec<Lost> {
        let lost_of = |(origin, epoch, places): (NodeId, Epoch, &Places)| {
            let named = move |(first, last)| Lost { origin, epoch, first, last };
            places.missing().into_iter().map(named)
        };
        self.epochs().flat_map(lost_of).collect()
    }

    /// Where the bad bytes at `at` end, if they are bad.
    pub(crate) fn bad_until(bad: &[(Position, Position)], at: Position) -> Option<Position> {
        let after = bad.partition_point(|(from, _)| *from <= at);
        let (_, until) = bad.get(after.checked_sub(1)?)?;
        (*until > at).then_some(*until)
    }
}
