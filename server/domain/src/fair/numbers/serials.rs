//! A set of serials of short numbers, as ranges: they are granted in blocks and handed out in order.

use minicbor::{Decode, Encode};

/// Ranges in order, each from its first serial up to the one after its last; none touch.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub(super) struct Serials(#[n(0)] Vec<(u32, u32)>);

impl Serials {
    /// Adds `count` serials from `first` on.
    pub(super) fn add(&mut self, first: u32, count: u32) {
        self.join((first, first.saturating_add(count)));
    }

    pub(super) fn add_all(&mut self, more: &Self) {
        more.0.iter().for_each(|range| self.join(*range));
    }

    fn join(&mut self, (mut first, mut after): (u32, u32)) {
        if first >= after {
            return;
        }
        let from = self.0.partition_point(|(_, end)| *end < first);
        let to = self.0.partition_point(|(begin, _)| *begin <= after);
        for (begin, end) in self.0.drain(from..to) {
            (first, after) = (first.min(begin), after.max(end));
        }
        self.0.insert(from, (first, after));
    }

    /// Those that are not in the other set.
    pub(super) fn minus(&self, other: &Self) -> Self {
        let mut rest = Vec::new();
        for &(mut first, after) in &self.0 {
            let from = other.0.partition_point(|(_, end)| *end <= first);
            for &(begin, end) in other.0.iter().skip(from).take_while(|(begin, _)| *begin < after) {
                if first < begin {
                    rest.push((first, begin));
                }
                first = first.max(end);
            }
            if first < after {
                rest.push((first, after));
            }
        }
        Self(rest)
    }

    /// Those that are in both sets.
    pub(super) fn common(&self, other: &Self) -> Self {
        self.minus(&self.minus(other))
    }

    pub(super) fn first(&self) -> Option<u32> {
        self.0.first().map(|(first, _)| *first)
    }

    pub(super) fn len(&self) -> u32 {
        self.0.iter().map(|(first, after)| after - first).sum()
    }

    /// First serial and length of each range.
    pub(super) fn blocks(&self) -> Vec<(u32, u32)> {
        self.0.iter().map(|(first, after)| (*first, after - first)).collect()
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use proptest::prelude::*;

    use super::*;

    fn of(blocks: &[(u32, u32)]) -> (Serials, BTreeSet<u32>) {
        let mut serials = Serials::default();
        blocks.iter().for_each(|(first, count)| serials.add(*first, *count));
        let plain = blocks.iter().flat_map(|(first, count)| *first..first + count).collect();
        (serials, plain)
    }

    fn plain(serials: &Serials) -> BTreeSet<u32> {
        serials.blocks().into_iter().flat_map(|(first, count)| first..first + count).collect()
    }

    proptest! {
        #[test]
        fn ranges_are_sets(
            one in prop::collection::vec((0_u32..60, 0_u32..9), 0..9),
            other in prop::collection::vec((0_u32..60, 0_u32..9), 0..9),
        ) {
            let ((one, plain_one), (other, plain_other)) = (of(&one), of(&other));
            prop_assert!(one.0.windows(2).all(|pair| pair[0].1 < pair[1].0), "{one:?}");
            prop_assert_eq!(&plain(&one), &plain_one);
            prop_assert_eq!(one.first(), plain_one.first().copied());
            prop_assert_eq!(usize::try_from(one.len()).unwrap(), plain_one.len());
            prop_assert_eq!(plain(&one.minus(&other)), &plain_one - &plain_other);
            prop_assert_eq!(plain(&one.common(&other)), &plain_one & &plain_other);
            let mut both = one.clone();
            both.add_all(&other);
            prop_assert_eq!(plain(&both), &plain_one | &plain_other);
        }
    }
}
