//! How a range of records is named in a path, for whoever asks and whoever answers.

use domain::ids::{Epoch, NodeId, Seq};
use journal::StoreId;
use sync::Range;

use crate::carriage::{BATCHES, from_hex, hex};

/// What is asked back, and for which store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Query {
    pub(crate) range: Range,
    pub(crate) store: StoreId,
}

impl Query {
    /// The path that asks for it.
    pub(crate) fn path(&self) -> String {
        let Range { origin, epoch, first, last } = self.range;
        let (origin, store) = (hex(&origin.0), hex(&self.store.0));
        let numbers = format!("epoch={}&from={}&to={}", epoch.0, first.0, last.0);
        format!("{BATCHES}?origin={origin}&{numbers}&store={store}")
    }

    /// Reads the part of a path after the question mark; none where it makes no sense.
    pub(crate) fn read(query: &str) -> Option<Self> {
        let find = |name: &str| {
            let mut pairs = query.split('&').filter_map(|pair| pair.split_once('='));
            pairs.find(|(key, _)| *key == name).map(|(_, value)| value)
        };
        let number = |name: &str| find(name)?.parse::<u64>().ok();
        let range = Range {
            origin: NodeId(from_hex(find("origin")?)?),
            epoch: Epoch(number("epoch")?),
            first: Seq(number("from")?),
            last: Seq(number("to")?),
        };
        let store = StoreId(from_hex(find("store")?)?);
        (range.first.0 > 0 && range.first <= range.last).then_some(Self { range, store })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_range_reads_back_and_nonsense_is_refused() {
        let range =
            Range { origin: NodeId([7; 16]), epoch: Epoch(u64::MAX), first: Seq(3), last: Seq(9) };
        let query = Query { range, store: StoreId([8; 16]) };
        let path = query.path();
        let after = path.split_once('?').unwrap().1;
        assert_eq!(Query::read(after), Some(query));
        assert_eq!(Query::read(&after.replace("from=3", "from=0")), None);
        assert_eq!(Query::read(&after.replace("to=9", "to=2")), None);
        assert_eq!(Query::read(&after.replace("origin=07", "origin=7")), None);
        assert_eq!(Query::read(""), None);
    }
}
