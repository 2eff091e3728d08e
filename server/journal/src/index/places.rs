//! The places of one epoch's records: four bytes each, and the segments by runs.

use domain::ids::Seq;

use crate::number::{long, short};
use crate::position::Position;

/// No frame begins here, so it stands for a record that is lost.
const MISSING: u32 = 0;
/// The most records that may be missing before one: no journal of a fair loses more at once, and a
/// forged number must not cost memory.
const LONGEST_GAP: u64 = 16 * 1024 * 1024;

/// A record's number is too far ahead of the others to be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct FarAhead;

/// Where record 1, 2, 3, … of an epoch lies.
#[derive(Debug, Default)]
pub(crate) struct Places {
    units: Vec<u32>,
    /// From which record on (counted from 0) which segment.
    runs: Vec<(usize, u32)>,
}

impl Places {
    /// The last record known of.
    pub(crate) fn last(&self) -> Seq {
        Seq(long(self.units.len()))
    }

    pub(crate) fn get(&self, seq: Seq) -> Option<Position> {
        let place = short(seq.0.checked_sub(1)?);
        let units = *self.units.get(place)?;
        if units == MISSING {
            return None;
        }
        let run = self.runs.partition_point(|(from, _)| *from <= place);
        let (_, segment) = self.runs.get(run.checked_sub(1)?)?;
        Some(Position::from_units(*segment, units))
    }

    /// Says where a record lies; records before it that aren't known are missing. One that is known
    /// stays where it is: the answer is false then.
    pub(crate) fn put(&mut self, seq: Seq, at: Position) -> Result<bool, FarAhead> {
        if seq <= self.last() {
            return Ok(self.fill(seq, at));
        }
        self.reach(Seq(seq.0 - 1))?;
        if self.runs.last().is_none_or(|(_, segment)| *segment != at.segment()) {
            self.runs.push((self.units.len(), at.segment()));
        }
        self.units.push(at.units());
        Ok(true)
    }

    /// Records up to this one were held, wherever they are.
    pub(crate) fn reach(&mut self, seq: Seq) -> Result<(), FarAhead> {
        if seq.0.saturating_sub(self.last().0) > LONGEST_GAP {
            return Err(FarAhead);
        }
        if seq > self.last() {
            if self.runs.is_empty() {
                self.runs.push((0, 0));
            }
            self.units.resize(short(seq.0), MISSING);
        }
        Ok(())
    }

    /// Forgets the records after this one.
    pub(crate) fn cut(&mut self, last: Seq) {
        self.units.truncate(short(last.0));
        let kept = self.units.len();
        self.runs.retain(|(from, _)| *from < kept);
    }

    /// The ranges of missing records.
    pub(crate) fn missing(&self) -> Vec<(Seq, Seq)> {
        let mut ranges: Vec<(Seq, Seq)> = Vec::new();
        for (seq, _) in (1_u64..).zip(&self.units).filter(|(_, units)| **units == MISSING) {
            match ranges.last_mut() {
                Some((_, last)) if last.0 + 1 == seq => *last = Seq(seq),
                _ => ranges.push((Seq(seq), Seq(seq))),
            }
        }
        ranges
    }

    /// How many records are there.
    pub(crate) fn held(&self) -> u64 {
        long(self.units.iter().filter(|units| **units != MISSING).count())
    }

    fn fill(&mut self, seq: Seq, at: Position) -> bool {
        let Some(place) = seq.0.checked_sub(1).map(short) else { return false };
        match self.units.get_mut(place) {
            Some(units) if *units == MISSING => *units = at.units(),
            _ => return false,
        }
        let run = self.runs.partition_point(|(from, _)| *from <= place);
        let before = run.checked_sub(1).and_then(|run| self.runs.get(run)).copied();
        let (from, segment) = before.unwrap_or((0, 0));
        if segment == at.segment() {
            return true;
        }
        let next = self.runs.get(run).map_or(self.units.len(), |(from, _)| *from);
        if place + 1 < next {
            self.runs.insert(run, (place + 1, segment));
        }
        self.runs.insert(run, (place, at.segment()));
        if from == place && run > 0 {
            self.runs.remove(run - 1);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn places_are_those_that_were_put(
            puts in proptest::collection::vec((1_u64..60, 1_u32..4, 16_u32..1000), 0..80)
        ) {
            let (mut places, mut model) = (Places::default(), BTreeMap::new());
            for (seq, segment, units) in puts {
                let at = Position::from_units(segment, units);
                let new = !model.contains_key(&seq);
                prop_assert_eq!(places.put(Seq(seq), at), Ok(new));
                model.entry(seq).or_insert(at);
            }
            for seq in 0..70 {
                prop_assert_eq!(places.get(Seq(seq)), model.get(&seq).copied());
            }
            prop_assert_eq!(places.held(), long(model.len()));
            let missing: u64 = places.missing().iter().map(|(a, b)| b.0 - a.0 + 1).sum();
            prop_assert_eq!(missing + places.held(), places.last().0);
        }
    }

    #[test]
    fn a_number_far_ahead_costs_no_memory() {
        let mut places = Places::default();
        assert_eq!(places.put(Seq(u64::MAX), Position::from_units(1, 16)), Err(FarAhead));
        assert_eq!(places.last(), Seq(0));
    }

    #[test]
    fn forgotten_records_can_come_again() {
        let mut places = Places::default();
        for seq in 1..=6 {
            places.put(Seq(seq), Position::from_units(if seq < 4 { 1 } else { 2 }, 50)).unwrap();
        }
        places.cut(Seq(2));
        assert_eq!(places.last(), Seq(2));
        places.put(Seq(3), Position::from_units(3, 70)).unwrap();
        assert_eq!(places.get(Seq(3)), Some(Position::from_units(3, 70)));
        assert_eq!(places.get(Seq(2)), Some(Position::from_units(1, 50)));
    }
}
