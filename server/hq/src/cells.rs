//! Small cells of a table: a count so low that it could point at somebody is not told.
//!
//! Invariant: no count from 1 to 4 can be read off, also not as what is missing from the total:
//! where only one cell would be hidden, the next smallest is hidden with it.

use std::collections::BTreeMap;

/// Counts below this are not told.
pub(crate) const LEAST_TOLD: u32 = 5;

/// A count as it may be told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cell {
    /// This many.
    Told(u32),
    /// Some, fewer than [`LEAST_TOLD`].
    Few,
    /// Not told, since it would tell another one.
    Withheld,
}

impl Cell {
    /// As people read it.
    #[must_use]
    pub(crate) fn text(self) -> String {
        match self {
            Self::Told(count) => count.to_string(),
            Self::Few => format!("<{LEAST_TOLD}"),
            Self::Withheld => "—".to_owned(),
        }
    }

    /// The count, where it may be told.
    #[must_use]
    pub(crate) const fn count(self) -> Option<u32> {
        match self {
            Self::Told(count) => Some(count),
            Self::Few | Self::Withheld => None,
        }
    }
}

/// The counts of a table whose total stands beside it.
#[must_use]
pub(crate) fn told(counts: &BTreeMap<u8, u32>) -> Vec<(u8, Cell)> {
    let is_few = |count: u32| count > 0 && count < LEAST_TOLD;
    let hidden = counts.values().filter(|count| is_few(**count)).count();
    let next = counts.iter().filter(|(_, count)| **count >= LEAST_TOLD);
    let next = next.min_by_key(|(_, count)| **count).map(|(code, _)| *code);
    let cell = |(code, count): (&u8, &u32)| {
        let cell = match *count {
            count if is_few(count) => Cell::Few,
            _ if hidden == 1 && next == Some(*code) => Cell::Withheld,
            count => Cell::Told(count),
        };
        (*code, cell)
    };
    counts.iter().map(cell).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn cells(counts: &[u32]) -> Vec<String> {
        let counts = (0_u8..).zip(counts.iter().copied()).collect();
        told(&counts).into_iter().map(|(_, cell)| cell.text()).collect()
    }

    #[test]
    fn few_are_not_told_and_cannot_be_computed() {
        assert_eq!(cells(&[12, 4, 9, 0]), ["12", "<5", "—", "0"]);
        assert_eq!(cells(&[12, 4, 1]), ["12", "<5", "<5"]);
        assert_eq!(cells(&[5, 0]), ["5", "0"]);
        assert_eq!(cells(&[3]), ["<5"]);
        assert_eq!(cells(&[]), [""; 0]);
    }
}
