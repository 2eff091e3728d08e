//! When each site was last heard of, and what it said it had: for people to see, never decided on.
//!
//! Kept in memory: after a restart a site counts as not heard of until it says hello again.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::event::RecordRange;
use domain::ids::{NodeId, Seq};
use journal::Heads;
use sync::StreamHead;

/// After so long without a word a site counts as silent. A site with nothing new says hello every
/// five minutes; two of them may get lost.
pub(crate) const SILENT_AFTER_MS: u64 = 11 * 60_000;

/// The most ranges that are named where a site server was lost; a site has one run open at a time, and
/// so has each station.
const MISSING_RANGES: usize = 200;

/// What was heard of one site, by the wall clock in milliseconds since 1970.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contact {
    /// Since when it has been heard of without a silence.
    pub since_ms: u64,
    /// When it was last heard of.
    pub last_ms: u64,
    /// When records of it last arrived.
    pub received_ms: Option<u64>,
    /// How far its streams reached when it last said so.
    told: Vec<StreamHead>,
}

/// All sites.
#[derive(Debug, Default)]
pub struct Contacts(Mutex<BTreeMap<NodeId, Contact>>);

/// How a site stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// Enrolled, and nothing has ever arrived.
    NeverSeen,
    /// Everything that it said it has is here.
    UpToDate,
    /// So many records that it has are not here yet.
    Behind(u64),
    /// Not heard of lately, or not since this process started.
    Silent,
    /// Its trust was ended.
    Revoked,
}

impl Standing {
    /// The stable word, and the last part of its text's key.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::NeverSeen => "never_seen",
            Self::UpToDate => "up_to_date",
            Self::Behind(_) => "behind",
            Self::Silent => "silent",
            Self::Revoked => "revoked",
        }
    }

    /// How many records are not here yet, where that is known.
    #[must_use]
    pub const fn missing(self) -> Option<u64> {
        match self {
            Self::UpToDate => Some(0),
            Self::Behind(missing) => Some(missing),
            Self::NeverSeen | Self::Silent | Self::Revoked => None,
        }
    }
}

impl Contacts {
    /// A site said hello and told how far its streams reach.
    pub fn greeted(&self, site: NodeId, heads: Vec<StreamHead>, now_ms: u64) {
        let mut all = self.lock();
        heard(&mut all, site, now_ms).told = heads;
    }

    /// Records arrived from a site.
    pub fn received(&self, site: NodeId, now_ms: u64) {
        let mut all = self.lock();
        heard(&mut all, site, now_ms).received_ms = Some(now_ms);
    }

    /// What was heard of a site since this process started.
    #[must_use]
    pub fn of(&self, site: NodeId) -> Option<Contact> {
        self.lock().get(&site).cloned()
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<NodeId, Contact>> {
        // Every change under the lock is whole.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Contact {
    /// The same by their names, the first runs first, and no more than people can go after.
    #[must_use]
    pub fn lacking(&self, held: &Heads) -> Vec<RecordRange> {
        let lacking = self.told.iter().filter_map(|told| {
            let (origin, epoch) = (told.origin, told.head.epoch);
            let all = RecordRange { origin, epoch, first: Seq(1), last: told.head.seq };
            all.beyond(held.head(origin, epoch).map_or(Seq(0), |head| head.seq))
        });
        lacking.take(MISSING_RANGES).collect()
    }

    /// Records that the site said it has and that are not here.
    #[must_use]
    pub fn missing(&self, held: &Heads) -> u64 {
        let missing = self.told.iter().map(|told| {
            let here = held.head(told.origin, told.head.epoch).map_or(0, |head| head.seq.0);
            told.head.seq.0.saturating_sub(here)
        });
        missing.fold(0, u64::saturating_add)
    }
}

/// How a trusted site stands at a moment.
#[must_use]
pub(crate) fn standing(
    contact: Option<&Contact>,
    held: &Heads,
    records: u64,
    now_ms: u64,
) -> Standing {
    match contact {
        None if records == 0 => Standing::NeverSeen,
        None => Standing::Silent,
        Some(contact) if now_ms.saturating_sub(contact.last_ms) > SILENT_AFTER_MS => {
            Standing::Silent
        }
        Some(contact) => match contact.missing(held) {
            0 => Standing::UpToDate,
            missing => Standing::Behind(missing),
        },
    }
}

fn heard(all: &mut BTreeMap<NodeId, Contact>, site: NodeId, now_ms: u64) -> &mut Contact {
    let contact = all.entry(site).or_default();
    if now_ms.saturating_sub(contact.last_ms) > SILENT_AFTER_MS {
        contact.since_ms = now_ms;
    }
    contact.last_ms = now_ms;
    contact
}

#[cfg(test)]
mod tests {
    use domain::ids::Epoch;
    use journal::{EpochHead, Hash, Head};

    use super::*;

    const SITE: NodeId = NodeId([1; 16]);

    fn head(seq: u64) -> Head {
        Head { epoch: Epoch(7), seq: Seq(seq), hash: Hash([0; 32]) }
    }

    fn held(seq: u64) -> Heads {
        let mut heads = Heads::new();
        heads.set(SITE, EpochHead { head: head(seq), parent: None, ended: Seq(seq) });
        heads
    }

    #[test]
    fn a_site_is_never_seen_then_behind_then_up_to_date_then_silent() {
        let contacts = Contacts::default();
        let stands = |records, now_ms| {
            let contact = contacts.of(SITE);
            standing(contact.as_ref(), &held(records), records, now_ms)
        };
        assert_eq!(stands(0, 1_000_000), Standing::NeverSeen);
        assert_eq!(stands(3, 1_000_000), Standing::Silent);
        let told = vec![StreamHead { origin: SITE, head: head(9) }];
        contacts.greeted(SITE, told, 1_000_000);
        assert_eq!(stands(0, 1_000_001), Standing::Behind(9));
        contacts.received(SITE, 1_060_000);
        assert_eq!(stands(4, 1_060_000), Standing::Behind(5));
        let lacking = contacts.of(SITE).unwrap().lacking(&held(4));
        let named = |range: &RecordRange| (range.origin, range.first.0, range.last.0);
        assert_eq!(lacking.iter().map(named).collect::<Vec<_>>(), [(SITE, 5, 9)]);
        assert!(contacts.of(SITE).unwrap().lacking(&held(9)).is_empty());
        assert_eq!(stands(9, 1_060_000), Standing::UpToDate);
        assert_eq!(stands(9, 1_060_001 + SILENT_AFTER_MS), Standing::Silent);
        let contact = contacts.of(SITE).unwrap();
        assert_eq!((contact.since_ms, contact.received_ms), (1_000_000, Some(1_060_000)));
        contacts.received(SITE, 9_000_000);
        assert_eq!(contacts.of(SITE).unwrap().since_ms, 9_000_000);
    }
}
