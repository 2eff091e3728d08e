//! Cursors into what stations have to hear of. Each site server counts its own list, in the order in
//! which it learnt of things; so a cursor carries whose list it counts in.

/// The list that one store made under one set of rules. A cursor of another (another site server's, or
/// this one's before it was restored or upgraded) counts for nothing in it: the station begins anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct ChangeList(u64);

/// So many bits of a cursor count changes; the next [`LIST_BITS`] name the list.
const COUNT_BITS: u32 = 32;
const LIST_BITS: u32 = 24;

impl ChangeList {
    /// The list of a store, by its random name, and of the rules it was made by.
    #[must_use]
    pub const fn new(store: [u8; 16], rules: u64) -> Self {
        let [first, second, third, ..] = store;
        let store = u64::from_be_bytes([0, 0, 0, 0, 0, first, second, third]);
        let rules = rules ^ (rules >> LIST_BITS) ^ (rules >> (2 * LIST_BITS));
        Self((store ^ rules) & ((1 << LIST_BITS) - 1))
    }

    /// The list of a cursor.
    #[must_use]
    pub(super) const fn of(cursor: u64) -> Self {
        Self(cursor >> COUNT_BITS)
    }

    /// The cursor after so many changes; 0 is that of every list's beginning.
    #[must_use]
    pub fn cursor(self, changes: u32) -> u64 {
        if changes == 0 { 0 } else { (self.0 << COUNT_BITS) | u64::from(changes) }
    }

    /// How many changes of this list a cursor stands after: none, if it counts in another.
    #[must_use]
    pub fn changes(self, cursor: u64) -> u32 {
        let here = Self::of(cursor) == self;
        if here { u32::try_from(cursor & u64::from(u32::MAX)).unwrap_or(0) } else { 0 }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cursor_counts_in_its_own_list_only() {
        let list = ChangeList::new([7; 16], 3);
        for changes in [0, 1, 4_000_000_000] {
            assert_eq!(list.changes(list.cursor(changes)), changes);
        }
        for other in [ChangeList::new([8; 16], 3), ChangeList::new([7; 16], 1 << 30)] {
            assert_eq!(list.changes(other.cursor(5)), 0);
        }
        assert_eq!(list.changes(5), 0, "a cursor that names no list");
    }
}
