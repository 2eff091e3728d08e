//! Which booths a seeker should see first, and why.
//!
//! A posting and a wish are compared by a few terms, each in [0, 1]; their weighted means are the
//! seeker's and the employer's view, and the score is the geometric mean of the two. What is not
//! stated is neutral, never a fault. Sex, ethnicity, marriage, household registration and age are
//! not among the inputs, so they can't matter. The sentences that explain a suggestion are made
//! from the same numbers as its score. The same input gives the same answer, byte for byte, in
//! whatever order postings were added. It knows neither tickets nor queues.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use crate::day::Day;
use crate::employer::{BoothNumber, Posting};
use crate::ids::{EmployerId, PostingId, Reference};

mod features;
mod reason;
mod score;
mod ticket_codes;
mod tie;
mod wish;

pub use reason::{Fact, Reason, Term};
pub use wish::{Wanted, Wish};

use features::Features;
use score::Terms;
use tie::TieBreak;

/// The most booths of one route: more appointments than these help nobody.
pub const ROUTE_BOOTHS_MAX: usize = 3;

/// A posting on show at a booth.
#[derive(Debug, Clone, Copy)]
pub struct Listing<'a> {
    /// Where to go.
    pub booth: BoothNumber,
    /// What is offered there.
    pub posting: &'a Posting,
    /// A reviewer recorded a legal exception for its wording; without one, a posting whose wording
    /// the law forbids is suggested to nobody.
    pub reviewed: bool,
}

/// A booth worth a seeker's time.
#[derive(Debug, Clone, PartialEq, serde::Serialize)]
pub struct Suggestion {
    /// Where to go.
    pub booth: BoothNumber,
    /// Whose booth it is.
    pub employer: EmployerId,
    /// The best posting there for this wish.
    pub posting: PostingId,
    /// How well it fits, 0 to 1.
    pub score: f64,
    /// What speaks for it, the weightiest first; at most three.
    pub reasons: Vec<Reason>,
    /// What speaks most against it.
    pub caution: Option<Reason>,
}

/// Answers which booths suit a wish. Built once from what is on show; asked by many.
#[derive(Debug, Clone, Default)]
pub struct Matcher {
    /// Sorted by booth, then posting.
    offers: Vec<Offer>,
    tie_break: TieBreak,
}

/// One posting at one booth, ready to be compared.
#[derive(Debug, Clone)]
struct Offer {
    booth: BoothNumber,
    employer: EmployerId,
    posting: PostingId,
    features: Features,
    /// Decides between equals; keyed, so that nobody gains by an id or by coming first.
    lot: u64,
}

/// A question to the matcher.
#[derive(Debug, Clone, Copy)]
pub struct Ask<'a> {
    /// What the seeker wants.
    pub wish: &'a Wish,
    /// Whose question it is: among equals, different seekers are sent to different booths.
    pub seeker: Option<Reference>,
    /// How many booths at most.
    pub limit: usize,
}

impl Matcher {
    /// A matcher over what is on show on `today`: postings without openings, past their date or
    /// with forbidden wording are left out. `key` decides between equals and is the fair's secret.
    #[must_use]
    pub fn new<'a>(
        listings: impl IntoIterator<Item = Listing<'a>>,
        today: Option<Day>,
        key: &[u8],
    ) -> Self {
        let tie_break = TieBreak::new(key);
        let mut offers: Vec<Offer> = listings
            .into_iter()
            .filter(|listing| is_open(listing, today))
            .map(|listing| Offer {
                booth: listing.booth,
                employer: listing.posting.employer,
                posting: listing.posting.id,
                features: Features::of(listing.posting),
                lot: tie_break.lot(listing.posting.id),
            })
            .collect();
        offers.sort_by_key(|offer| (offer.booth, offer.posting));
        offers.dedup_by_key(|offer| (offer.booth, offer.posting));
        Self { offers, tie_break }
    }

    /// How many postings can be suggested.
    #[must_use]
    pub fn len(&self) -> usize {
        self.offers.len()
    }

    /// Whether nothing can be suggested.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.offers.is_empty()
    }

    /// The best booths for a wish, the best first, each at most once. Booths without anything near
    /// the wished occupations are left out, so there may be fewer than asked for, or none.
    #[must_use]
    pub fn suggest(&self, wish: &Wish, limit: usize) -> Vec<Suggestion> {
        self.suggest_for(&Ask { wish, seeker: None, limit })
    }

    /// As [`Self::suggest`], with equals shuffled for the seeker.
    #[must_use]
    pub fn suggest_for(&self, ask: &Ask<'_>) -> Vec<Suggestion> {
        self.suggest_priced(ask, |_| 0.0)
    }

    /// As [`Self::suggest_for`], with a price per booth taken off its score when booths are ranked:
    /// how crowded it is, say. The score of a suggestion is still the plain one.
    #[must_use]
    pub fn suggest_priced(
        &self,
        ask: &Ask<'_>,
        price: impl Fn(BoothNumber) -> f64,
    ) -> Vec<Suggestion> {
        let mut best: BTreeMap<BoothNumber, Ranked<'_>> = BTreeMap::new();
        for offer in &self.offers {
            let Some(terms) = score::terms(ask.wish, &offer.features) else { continue };
            let lot = self.tie_break.for_seeker(offer.lot, ask.seeker);
            let ranked = Ranked { offer, score: terms.score(), terms, lot };
            best.entry(offer.booth)
                .and_modify(|known| {
                    if ranked.is_before(known) {
                        *known = ranked;
                    }
                })
                .or_insert(ranked);
        }
        let mut ranked: Vec<(f64, Ranked<'_>)> = best
            .into_values()
            .map(|entry| (entry.score - price(entry.offer.booth), entry))
            .collect();
        ranked.sort_by(|(left, a), (right, b)| {
            right.total_cmp(left).then_with(|| a.order().cmp(&b.order()))
        });
        ranked.into_iter().take(ask.limit).map(|(_, entry)| entry.suggestion(ask.wish)).collect()
    }
}

/// A posting of a booth with its score for the wish at hand.
#[derive(Debug, Clone, Copy)]
struct Ranked<'a> {
    offer: &'a Offer,
    score: f64,
    terms: Terms,
    lot: u64,
}

impl Ranked<'_> {
    fn is_before(&self, other: &Self) -> bool {
        other.score.total_cmp(&self.score).then_with(|| self.order().cmp(&other.order())).is_lt()
    }

    /// The order of equals.
    fn order(&self) -> (Reverse<u64>, PostingId, BoothNumber) {
        (Reverse(self.lot), self.offer.posting, self.offer.booth)
    }

    fn suggestion(&self, wish: &Wish) -> Suggestion {
        let (reasons, caution) = reason::explain(wish, &self.offer.features, &self.terms);
        Suggestion {
            booth: self.offer.booth,
            employer: self.offer.employer,
            posting: self.offer.posting,
            score: self.score,
            reasons,
            caution,
        }
    }
}

fn is_open(listing: &Listing<'_>, today: Option<Day>) -> bool {
    let posting = listing.posting;
    let expired = matches!((posting.valid_until, today), (Some(last), Some(day)) if last < day);
    posting.openings > 0 && !expired && (listing.reviewed || posting.is_publishable())
}

#[cfg(test)]
mod tests;
