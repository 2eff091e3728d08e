//! What is on offer, put together once for everybody who looks.
//!
//! Shown is only what may be shown: postings with openings, not past their date, without wording
//! that the law forbids. Checking the wording of a whole fair takes long enough to be done once.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, PoisonError, RwLock};

use domain::codes::{District, Occupation, OccupationGroup};
use domain::day::Day;
use domain::employer::{BoothNumber, Posting};
use domain::fair::Fair;
use domain::ids::EmployerId;

use crate::site::Site;

/// The last offers put together.
#[derive(Default)]
pub(super) struct Catalogue {
    known: RwLock<Option<Arc<Offers>>>,
}

/// All that is on offer at one moment.
pub(super) struct Offers {
    version: u64,
    day: Day,
    /// In the order of booths.
    pub(super) all: Vec<Offer>,
}

/// A posting with where to ask about it.
pub(super) struct Offer {
    /// The employer's booths; none yet if it has not been given one.
    pub(super) booths: Vec<BoothNumber>,
    pub(super) employer: String,
    pub(super) posting: Posting,
}

/// What somebody wants to see.
#[derive(Clone, Copy, Default)]
pub(super) struct Wanted {
    pub(super) group: Option<OccupationGroup>,
    pub(super) district: Option<District>,
}

impl Catalogue {
    pub(super) fn offers(&self, site: &Site) -> Arc<Offers> {
        let (version, day) = (site.fair(Fair::catalogue_version), site.office.today());
        let known = self.known.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known.filter(|known| known.version == version && known.day == day) {
            return known;
        }
        let made = Arc::new(Offers::of(site, day));
        *self.known.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&made));
        made
    }
}

impl Offers {
    /// Copied out of the fair first, so that its lock is not held while wordings are checked.
    fn of(site: &Site, day: Day) -> Self {
        let (version, mut all) = site.fair(|fair| (fair.catalogue_version(), copied(fair)));
        all.retain(|offer| is_shown(&offer.posting, day));
        // An employer without a booth comes last.
        all.sort_by(|a, b| {
            let order = |offer: &Offer| (offer.booths.is_empty(), offer.booths.first().copied());
            order(a).cmp(&order(b)).then_with(|| a.posting.title.cmp(&b.posting.title))
        });
        Self { version, day, all }
    }

    /// How many employers offer something.
    pub(super) fn employers(&self) -> usize {
        let ids: BTreeSet<EmployerId> =
            self.all.iter().map(|offer| offer.posting.employer).collect();
        ids.len()
    }

    /// How many people are wanted in all.
    pub(super) fn openings(&self) -> u64 {
        self.all.iter().map(|offer| u64::from(offer.posting.openings)).sum()
    }

    /// Groups and districts in which there is something, with how much.
    pub(super) fn groups(&self) -> BTreeMap<OccupationGroup, usize> {
        counted(self.all.iter().filter_map(Offer::group))
    }

    /// As [`Self::groups`].
    pub(super) fn districts(&self) -> BTreeMap<District, usize> {
        counted(self.all.iter().filter_map(|offer| offer.posting.place.district))
    }

    pub(super) fn wanted(&self, wanted: Wanted) -> Vec<&Offer> {
        let fits = |offer: &&Offer| {
            let district = offer.posting.place.district;
            wanted.group.is_none_or(|group| offer.group() == Some(group))
                && wanted.district.is_none_or(|wished| district == Some(wished))
        };
        self.all.iter().filter(fits).collect()
    }

    pub(super) fn at(&self, booth: BoothNumber) -> Vec<&Offer> {
        self.all.iter().filter(|offer| offer.booths.contains(&booth)).collect()
    }
}

impl Offer {
    fn group(&self) -> Option<OccupationGroup> {
        self.posting.occupation.map(Occupation::group)
    }
}

fn copied(fair: &Fair) -> Vec<Offer> {
    let mut booths: BTreeMap<EmployerId, Vec<BoothNumber>> = BTreeMap::new();
    for (booth, employer) in fair.booths() {
        booths.entry(employer).or_default().push(booth);
    }
    fair.postings()
        .filter_map(|posting| {
            Some(Offer {
                booths: booths.get(&posting.employer).cloned().unwrap_or_default(),
                employer: fair.employer(posting.employer)?.name.clone(),
                posting: posting.clone(),
            })
        })
        .collect()
}

fn is_shown(posting: &Posting, today: Day) -> bool {
    let expired = posting.valid_until.is_some_and(|last| last < today);
    posting.openings > 0 && !expired && posting.is_publishable()
}

fn counted<T: Ord>(all: impl Iterator<Item = T>) -> BTreeMap<T, usize> {
    let mut counts = BTreeMap::new();
    for one in all {
        *counts.entry(one).or_default() += 1;
    }
    counts
}
