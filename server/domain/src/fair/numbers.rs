//! Short numbers: which node may hand out which, so that kiosks without a network never hand out
//! the same one twice.

use std::collections::HashMap;

use minicbor::{Decode, Encode};

use crate::event::NumbersGranted;
use crate::ids::{NodeId, ShortNumber};
use crate::number::{FIRST_SERIAL, LAST_SERIAL};
use crate::state::Shared;

/// Blocks granted to nodes and what they have used of them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
pub struct Numbers {
    #[n(0)]
    nodes: Shared<HashMap<NodeId, Block>>,
    #[n(1)]
    granted_to: Option<u32>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq, Encode, Decode)]
struct Block {
    /// First serial and length of each grant, in the order of the serials.
    #[n(0)]
    grants: Vec<(u32, u32)>,
    #[n(1)]
    issued: u32,
}

impl Numbers {
    /// The next number that a node may hand out; none when its blocks are used up.
    #[must_use]
    pub fn next_for(&self, node: NodeId) -> Option<ShortNumber> {
        let block = self.nodes.get(&node)?;
        nth(&block.grants, block.issued)
    }

    /// How many numbers a node has left.
    #[must_use]
    pub fn left_for(&self, node: NodeId) -> u32 {
        self.nodes.get(&node).map_or(0, |block| {
            let granted: u32 = block.grants.iter().map(|(_, count)| count).sum();
            granted.saturating_sub(block.issued)
        })
    }

    /// The blocks of a node: first serial and length.
    #[must_use]
    pub fn grants_of(&self, node: NodeId) -> &[(u32, u32)] {
        self.nodes.get(&node).map_or(&[], |block| &block.grants)
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
        let grants = &mut self.nodes.entry(granted.node).or_default().grants;
        grants.push((granted.first_serial, granted.count));
        grants.sort_unstable();
    }

    /// A number that was handed out is never granted again, even where the grant itself was lost
    /// with a restored disk.
    pub(super) fn count_issued(&mut self, node: NodeId, number: ShortNumber) {
        self.nodes.entry(node).or_default().issued += 1;
        self.granted_to = self.granted_to.max(Some(number.0 / 10));
    }
}

/// The nth number of some blocks.
#[must_use]
pub fn nth(grants: &[(u32, u32)], issued: u32) -> Option<ShortNumber> {
    let mut before = 0_u32;
    for (first, count) in grants {
        let within = issued.checked_sub(before)?;
        if within < *count {
            return ShortNumber::of_serial(first.checked_add(within)?);
        }
        before = before.saturating_add(*count);
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn blocks_never_overlap_and_run_out() {
        let (site, kiosk) = (NodeId([1; 16]), NodeId([2; 16]));
        let mut numbers = Numbers::default();
        assert_eq!(numbers.next_for(site), None);
        numbers.grant(&numbers.free_block(site, 2).unwrap());
        numbers.grant(&numbers.free_block(kiosk, 1).unwrap());
        numbers.grant(&numbers.free_block(site, 100_000).unwrap());
        assert!(numbers.free_block(kiosk, 1).is_none());
        let serials: Vec<u32> = (0..3)
            .map(|_| {
                let number = numbers.next_for(site).unwrap();
                numbers.count_issued(site, number);
                number.0 / 10
            })
            .collect();
        assert_eq!(serials, [10_000, 10_001, 10_003]);
        assert_eq!(numbers.next_for(kiosk).unwrap().0 / 10, 10_002);
        let last = numbers.next_for(kiosk).unwrap();
        numbers.count_issued(kiosk, last);
        assert_eq!((numbers.next_for(kiosk), numbers.left_for(kiosk)), (None, 0));
    }
}
