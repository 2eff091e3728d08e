//! Short numbers: which node may hand out which, so that kiosks without a network never hand out
//! the same one twice.
//!
//! Invariant: a node hands out what was granted to it and to nobody else, and what nobody is known
//! to have handed out. Two site servers that did not hear of each other may grant one block twice:
//! from when both grants are known, it is nobody's.

use std::collections::HashMap;

use minicbor::{Decode, Encode};

use crate::event::NumbersGranted;
use crate::ids::{NodeId, ShortNumber};
use crate::number::{FIRST_SERIAL, LAST_SERIAL};
use crate::state::Shared;

mod serials;

use serials::Serials;

/// Blocks granted to nodes and what was used of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Numbers {
    #[n(0)]
    granted: Shared<HashMap<NodeId, Serials>>,
    /// The last serial that was granted or handed out.
    #[n(1)]
    granted_to: Option<u32>,
    /// Granted to more than one node.
    #[n(2)]
    contested: Serials,
    /// Handed out by anybody.
    #[n(3)]
    issued: Serials,
}

impl Numbers {
    /// The next number that a node may hand out; none when its blocks are used up.
    #[must_use]
    pub fn next_for(&self, node: NodeId) -> Option<ShortNumber> {
        self.free_of(node).first().and_then(ShortNumber::of_serial)
    }

    /// How many numbers a node has left.
    #[must_use]
    pub fn left_for(&self, node: NodeId) -> u32 {
        self.free_of(node).len()
    }

    /// The blocks that are a node's alone: first serial and length, in the order of the serials.
    #[must_use]
    pub fn grants_of(&self, node: NodeId) -> Vec<(u32, u32)> {
        self.alone(node).blocks()
    }

    fn alone(&self, node: NodeId) -> Serials {
        self.granted
            .get(&node)
            .map_or_else(Serials::default, |granted| granted.minus(&self.contested))
    }

    fn free_of(&self, node: NodeId) -> Serials {
        self.alone(node).minus(&self.issued)
    }

    /// How many numbers nobody has yet.
    #[must_use]
    pub fn free(&self) -> u32 {
        (LAST_SERIAL + 1).saturating_sub(self.first_free())
    }

    fn first_free(&self) -> u32 {
        self.granted_to.map_or(FIRST_SERIAL, |last| last.saturating_add(1))
    }

    /// A block that nobody has yet, of at most `count` serials; none when all are granted.
    #[must_use]
    pub fn free_block(&self, node: NodeId, count: u32) -> Option<NumbersGranted> {
        let first_serial = self.first_free();
        let count = count.min(self.free());
        (count > 0).then_some(NumbersGranted { node, first_serial, count })
    }

    pub(super) fn grant(&mut self, granted: &NumbersGranted) {
        let last = granted.first_serial.saturating_add(granted.count).saturating_sub(1);
        self.granted_to = self.granted_to.max(Some(last));
        let mut block = Serials::default();
        block.add(granted.first_serial, granted.count);
        for (_, others) in self.granted.iter().filter(|(node, _)| **node != granted.node) {
            self.contested.add_all(&others.common(&block));
        }
        self.granted.entry(granted.node).or_default().add_all(&block);
    }

    /// A number that was handed out is never granted again, even where the grant itself was lost
    /// with a restored disk.
    pub(super) fn note_issued(&mut self, number: ShortNumber) {
        let serial = number.0 / 10;
        self.issued.add(serial, 1);
        self.granted_to = self.granted_to.max(Some(serial));
    }
}

/// The first number of some blocks that is not taken. Which ones are taken says whoever hands them
/// out: blocks come and go with what a site server has heard of, so none is found by counting.
#[must_use]
pub fn first_of(
    blocks: &[(u32, u32)],
    is_taken: impl Fn(ShortNumber) -> bool,
) -> Option<ShortNumber> {
    let serials = blocks.iter().flat_map(|(first, count)| *first..first.saturating_add(*count));
    serials.filter_map(ShortNumber::of_serial).find(|number| !is_taken(*number))
}

#[cfg(test)]
mod tests {
    use super::*;

    const SITE: NodeId = NodeId([1; 16]);
    const KIOSK: NodeId = NodeId([2; 16]);

    fn serial_of(number: Option<ShortNumber>) -> Option<u32> {
        number.map(|number| number.0 / 10)
    }

    #[test]
    fn blocks_never_overlap_and_run_out() {
        let mut numbers = Numbers::default();
        assert_eq!(numbers.next_for(SITE), None);
        numbers.grant(&numbers.free_block(SITE, 2).unwrap());
        numbers.grant(&numbers.free_block(KIOSK, 1).unwrap());
        numbers.grant(&numbers.free_block(SITE, 100_000).unwrap());
        assert!(numbers.free_block(KIOSK, 1).is_none());
        for serial in [10_000, 10_001, 10_003] {
            let number = numbers.next_for(SITE).unwrap();
            assert_eq!(serial_of(Some(number)), Some(serial));
            numbers.note_issued(number);
        }
        assert_eq!(serial_of(numbers.next_for(KIOSK)), Some(10_002));
        numbers.note_issued(numbers.next_for(KIOSK).unwrap());
        assert_eq!((numbers.next_for(KIOSK), numbers.left_for(KIOSK)), (None, 0));
    }

    /// Two site servers granted from the same serial on: to one kiosk, that is one block; to two,
    /// nobody's.
    #[test]
    fn a_block_granted_twice_is_handed_out_by_one_or_by_nobody() {
        let block = |node, first_serial, count| NumbersGranted { node, first_serial, count };
        let mut numbers = Numbers::default();
        for granted in [block(KIOSK, 10_000, 10), block(KIOSK, 10_000, 20)] {
            numbers.grant(&granted);
        }
        assert_eq!(numbers.left_for(KIOSK), 20);
        for number in (10_000..10_005).filter_map(ShortNumber::of_serial) {
            numbers.note_issued(number);
        }
        numbers.grant(&block(SITE, 10_004, 10));
        assert_eq!(numbers.grants_of(KIOSK), [(10_000, 4), (10_014, 6)]);
        assert_eq!(serial_of(numbers.next_for(KIOSK)), Some(10_014));
        assert_eq!((numbers.left_for(KIOSK), numbers.left_for(SITE)), (6, 0));
    }
}
