//! A sorted map in pages that copies share: changing one entry copies its page and the way to it, if
//! a copy has them too.
//!
//! Three levels whatever the size: below the root branches, below a branch pages of entries. Pages
//! lie close in memory and are written and read as bytes, whole ones when read back.

use std::ops::RangeFrom;
use std::sync::Arc;

use minicbor::{Decode, Encode};

use super::Packed;

/// The most entries of a page, and pages of a branch.
const FULL: usize = 64;

type Page<K, V> = Vec<(K, V)>;
/// What lies below, each with the lowest key that belongs there.
type Below<K, T> = Vec<(K, Arc<T>)>;
type Branch<K, V> = Below<K, Page<K, V>>;

/// The map; nothing is ever taken out of it.
#[derive(Debug, Clone)]
pub struct Pages<K, V> {
    branches: Arc<Below<K, Branch<K, V>>>,
    len: usize,
}

impl<K, V> Default for Pages<K, V> {
    fn default() -> Self {
        Self { branches: Arc::default(), len: 0 }
    }
}

impl<K: Ord + Copy, V: Clone> Pages<K, V> {
    /// How many entries there are.
    #[must_use]
    pub const fn len(&self) -> usize {
        self.len
    }

    /// Whether there are none.
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// What stands under a key.
    #[must_use]
    pub fn get(&self, key: K) -> Option<&V> {
        let (_, branch) = self.branches.get(child(&self.branches, key))?;
        let (_, page) = branch.get(child(branch, key))?;
        let place = page.binary_search_by(|(known, _)| known.cmp(&key)).ok()?;
        page.get(place).map(|(_, value)| value)
    }

    /// All entries in the order of their keys.
    pub fn iter(&self) -> impl Iterator<Item = (K, &V)> {
        let pages = self.branches.iter().flat_map(|(_, branch)| branch.iter());
        pages.flat_map(|(_, page)| page.iter().map(|(key, value)| (*key, value)))
    }

    /// The entries from a key on.
    pub fn range(&self, RangeFrom { start }: RangeFrom<K>) -> impl Iterator<Item = (K, &V)> {
        let first = child(&self.branches, start);
        let branches = self.branches.get(first..).unwrap_or_default().iter();
        let pages = branches.flat_map(move |(_, branch)| {
            branch.get(child(branch, start)..).unwrap_or_default().iter()
        });
        let entries = pages.flat_map(move |(_, page)| {
            let place = page.partition_point(|(key, _)| *key < start);
            page.get(place..).unwrap_or_default().iter()
        });
        entries.map(|(key, value)| (*key, value))
    }

    /// What stands under a key, to be changed; made first if there is nothing.
    pub fn entry(&mut self, key: K, new: impl FnOnce() -> V) -> &mut V {
        if self.branches.is_empty() {
            self.push(key, new());
            return self.last();
        }
        let branches = Arc::make_mut(&mut self.branches);
        let at = child(branches, key);
        if branches.get(at).is_some_and(|(_, branch)| branch.len() >= FULL) {
            split(branches, at);
        }
        let at = child(branches, key);
        let branch = Arc::make_mut(&mut present(branches, at).1);
        let within = child(branch, key);
        let page = &present(branch, within).1;
        let found = page.binary_search_by(|(known, _)| known.cmp(&key));
        // An entry that is only changed needs no room.
        if found.is_err() && page.len() >= FULL {
            split(branch, within);
        }
        let within = child(branch, key);
        let page = Arc::make_mut(&mut present(branch, within).1);
        let place = page.binary_search_by(|(known, _)| known.cmp(&key));
        let place = place.unwrap_or_else(|place| {
            if page.len() == page.capacity() {
                page.reserve_exact(FULL / 8);
            }
            page.insert(place, (key, new()));
            self.len += 1;
            place
        });
        &mut present(page, place).1
    }

    /// Adds an entry whose key is above all others.
    fn push(&mut self, key: K, value: V) {
        let branches = Arc::make_mut(&mut self.branches);
        if branches.last().is_none_or(|(_, branch)| {
            branch.len() >= FULL && branch.last().is_none_or(|(_, page)| page.len() >= FULL)
        }) {
            branches.push((key, Arc::new(Vec::with_capacity(FULL))));
        }
        let last = branches.len() - 1;
        let branch = Arc::make_mut(&mut present(branches, last).1);
        if branch.last().is_none_or(|(_, page)| page.len() >= FULL) {
            branch.push((key, Arc::new(Vec::with_capacity(FULL))));
        }
        let last = branch.len() - 1;
        Arc::make_mut(&mut present(branch, last).1).push((key, value));
        self.len += 1;
    }

    fn last(&mut self) -> &mut V {
        let branches = Arc::make_mut(&mut self.branches);
        let at = branches.len() - 1;
        let branch = Arc::make_mut(&mut present(branches, at).1);
        let at = branch.len() - 1;
        let page = Arc::make_mut(&mut present(branch, at).1);
        let at = page.len() - 1;
        &mut present(page, at).1
    }
}

/// Where below a node a key belongs; what is lower than all belongs to the first.
fn child<K: Ord + Copy, T>(below: &[(K, T)], key: K) -> usize {
    below.partition_point(|(lowest, _)| *lowest <= key).saturating_sub(1)
}

fn present<T>(all: &mut [T], place: usize) -> &mut T {
    all.get_mut(place).expect("the place was found in it")
}

/// Makes two halves of a full child.
fn split<K: Copy, T: Clone>(children: &mut Below<K, Vec<(K, T)>>, at: usize) {
    let child = Arc::make_mut(&mut present(children, at).1);
    let upper = child.split_off(child.len() / 2);
    child.shrink_to(FULL / 2 + FULL / 8);
    if let Some((lowest, _)) = upper.first() {
        children.insert(at + 1, (*lowest, Arc::new(upper)));
    }
}

impl<K: Ord + Copy, V: Clone + PartialEq> PartialEq for Pages<K, V> {
    fn eq(&self, other: &Self) -> bool {
        self.len == other.len && self.iter().eq(other.iter())
    }
}

impl<C, K: Ord + Copy + Packed, V: Clone + Packed> Encode<C> for Pages<K, V> {
    fn encode<W: minicbor::encode::Write>(
        &self,
        out: &mut minicbor::Encoder<W>,
        _context: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        let mut bytes = Vec::new();
        for (key, value) in self.iter() {
            key.put(&mut bytes);
            value.put(&mut bytes);
        }
        out.bytes(&bytes)?.ok()
    }
}

impl<'b, C, K: Ord + Copy + Packed, V: Clone + Packed> Decode<'b, C> for Pages<K, V> {
    fn decode(
        input: &mut minicbor::Decoder<'b>,
        _context: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        let wrong = || minicbor::decode::Error::message("no entries in order");
        let mut bytes = input.bytes()?;
        let mut pages = Self::default();
        let mut last = None;
        while !bytes.is_empty() {
            let (key, value) = <(K, V)>::take(&mut bytes).ok_or_else(wrong)?;
            if last.replace(key).is_some_and(|last| last >= key) {
                return Err(wrong());
            }
            pages.push(key, value);
        }
        Ok(pages)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;

    use super::*;

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]
        #[test]
        fn it_holds_what_a_map_holds(
            keys in proptest::collection::vec(0_u16..20_000, 0..9_000), from in 0_u16..20_000
        ) {
            let (mut pages, mut map) = (Pages::default(), BTreeMap::new());
            let mut copies = Vec::new();
            for (number, key) in keys.iter().enumerate() {
                *pages.entry(*key, || 0_u32) += 1;
                *map.entry(*key).or_insert(0_u32) += 1;
                if number % 2_500 == 0 {
                    copies.push((pages.clone(), map.clone()));
                }
            }
            copies.push((pages, map));
            for (pages, map) in copies {
                prop_assert_eq!(pages.len(), map.len());
                prop_assert!(pages.iter().eq(map.iter().map(|(key, value)| (*key, value))));
                let rest = map.range(from..).map(|(key, value)| (*key, value));
                prop_assert!(pages.range(from..).eq(rest));
                prop_assert_eq!(pages.get(from), map.get(&from));
                let bytes = minicbor::to_vec(&pages).unwrap();
                let read: Pages<u16, u32> = minicbor::decode(&bytes).unwrap();
                prop_assert!(read == pages);
            }
        }
    }

    #[test]
    fn entries_out_of_order_are_not_taken() {
        let of = |keys: [u16; 2]| {
            let mut bytes = Vec::new();
            keys.iter().for_each(|key| (*key, 7_u8).put(&mut bytes));
            minicbor::to_vec(minicbor::bytes::ByteVec::from(bytes)).unwrap()
        };
        let read = |bytes: &[u8]| minicbor::decode::<Pages<u16, u8>>(bytes).is_ok();
        assert!(read(&of([1, 2])));
        assert!(!read(&of([2, 1])) && !read(&of([1, 1])));
    }

    #[test]
    fn a_copy_costs_what_changes() {
        let mut pages = Pages::default();
        for key in 0..10_000_u32 {
            pages.entry(key, || key);
        }
        let before = pages.clone();
        *pages.entry(5_000, || 0) = 1;
        let shared = |one: &Pages<u32, u32>, other: &Pages<u32, u32>| {
            let all = |pages: &Pages<u32, u32>| -> Vec<_> {
                let below = pages.branches.iter().flat_map(|(_, branch)| branch.iter());
                below.map(|(_, page)| Arc::as_ptr(page)).collect()
            };
            all(one).iter().filter(|page| !all(other).contains(page)).count()
        };
        assert_eq!(shared(&before, &pages), 1);
        assert_eq!((before.get(5_000), pages.get(5_000)), (Some(&5_000), Some(&1)));
    }
}
