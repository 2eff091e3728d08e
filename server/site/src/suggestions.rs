//! Routes of booths for seekers, prepared once and asked by many.
//!
//! Most tickets say the same few things, so a route is kept by what the ticket says; everything is
//! made anew when the catalogue or the day changes.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError, RwLock};

use domain::codes::Lang;
use domain::day::Day;
use domain::employer::{BoothNumber, Posting};
use domain::fair::Fair;
use domain::ids::{EmployerId, PostingId, Reference};
use domain::matching::{Ask, Listing, Matcher, ROUTE_BOOTHS_MAX, Reason, Suggestion, Wish};
use office::lock;

use crate::site::Site;

/// Into how many groups seekers are spread among equal booths.
const LOTS: u8 = 8;
/// The most routes kept; beyond that all are made anew.
const ROUTES_KEPT: usize = 20_000;

/// A booth on a seeker's route.
#[derive(Debug, Clone)]
pub struct RouteStop {
    /// Where to go.
    pub booth: BoothNumber,
    /// Whose booth it is.
    pub employer: String,
    /// The posting that fits best.
    pub posting: String,
    /// Which one it is.
    pub posting_id: PostingId,
    /// Why: the weightiest first.
    pub reasons: Vec<Reason>,
    /// What speaks against it.
    pub caution: Option<Reason>,
}

/// A route, the best booth first.
pub type Route = Arc<[RouteStop]>;

/// The prepared suggestions.
#[derive(Default)]
pub struct Suggestions {
    prepared: RwLock<Option<Arc<Prepared>>>,
}

struct Prepared {
    catalogue_version: u64,
    day: Day,
    matcher: Matcher,
    employers: HashMap<EmployerId, String>,
    postings: HashMap<PostingId, String>,
    by_codes: Mutex<HashMap<([u8; 2], Reference), Route>>,
}

/// What is on show, taken out of the fair quickly: preparing it takes longer than the fair's state
/// may be held.
struct Shown {
    version: u64,
    booths: HashMap<EmployerId, BoothNumber>,
    employers: HashMap<EmployerId, String>,
    postings: Vec<Posting>,
}

impl Site {
    /// The route for what a ticket says. Different seekers with the same wish are sent to
    /// different ones of equal booths.
    pub fn route_by_codes(&self, codes: [u8; 2], seeker: Reference) -> Route {
        let prepared = self.prepared();
        let lot = lot_of(seeker);
        if let Some(route) = lock(&prepared.by_codes).get(&(codes, lot)) {
            return Arc::clone(route);
        }
        let route = prepared.route(&Wish::from_codes(codes), lot);
        let mut kept = lock(&prepared.by_codes);
        if kept.len() >= ROUTES_KEPT {
            kept.clear();
        }
        kept.insert((codes, lot), Arc::clone(&route));
        route
    }

    /// The route for a wish.
    pub fn route_by_wish(&self, wish: &Wish, seeker: Reference) -> Route {
        self.prepared().route(wish, lot_of(seeker))
    }

    fn prepared(&self) -> Arc<Prepared> {
        let (version, day) = (self.fair(Fair::catalogue_version), self.office.today());
        let slot = &self.suggestions.prepared;
        let known = slot.read().unwrap_or_else(PoisonError::into_inner).clone();
        if let Some(known) = known
            && known.catalogue_version == version
            && known.day == day
        {
            return known;
        }
        let catalogue = self.fair(Shown::of);
        let prepared = Arc::new(Prepared::new(catalogue, day, self.secret()));
        *slot.write().unwrap_or_else(PoisonError::into_inner) = Some(Arc::clone(&prepared));
        prepared
    }

    fn secret(&self) -> [u8; 32] {
        office::rows::derive(self.store().key().seed(), b"suggestions v1")
    }
}

impl Shown {
    fn of(fair: &Fair) -> Self {
        Self {
            version: fair.catalogue_version(),
            booths: fair.booths().map(|(booth, employer)| (employer, booth)).collect(),
            employers: fair.employers().map(|known| (known.id, known.name.clone())).collect(),
            postings: fair.postings().cloned().collect(),
        }
    }
}

/// One of a few lots, so that routes can be kept and yet spread.
fn lot_of(seeker: Reference) -> Reference {
    let [first, ..] = seeker.0;
    Reference([first % LOTS; 8])
}

impl Prepared {
    fn new(shown: Shown, day: Day, secret: [u8; 32]) -> Self {
        let listings = shown.postings.iter().filter_map(|posting| {
            let booth = *shown.booths.get(&posting.employer)?;
            Some(Listing { booth, posting, reviewed: false })
        });
        Self {
            catalogue_version: shown.version,
            day,
            matcher: Matcher::new(listings, Some(day), &secret),
            employers: shown.employers,
            postings: shown.postings.into_iter().map(|known| (known.id, known.title)).collect(),
            by_codes: Mutex::default(),
        }
    }

    fn route(&self, wish: &Wish, lot: Reference) -> Route {
        let ask = Ask { wish, seeker: Some(lot), limit: ROUTE_BOOTHS_MAX };
        let suggestions = self.matcher.suggest_for(&ask);
        suggestions.into_iter().map(|suggestion| self.stop(suggestion)).collect()
    }

    fn stop(&self, suggestion: Suggestion) -> RouteStop {
        let name = self.employers.get(&suggestion.employer);
        let title = self.postings.get(&suggestion.posting);
        RouteStop {
            booth: suggestion.booth,
            employer: name.cloned().unwrap_or_default(),
            posting: title.cloned().unwrap_or_default(),
            posting_id: suggestion.posting,
            reasons: suggestion.reasons,
            caution: suggestion.caution,
        }
    }
}

/// A stop as the API says it.
#[derive(Debug, serde::Serialize)]
pub struct StopJson {
    booth: String,
    employer: String,
    posting: String,
    posting_id: PostingId,
    reasons: Vec<String>,
    caution: Option<String>,
}

impl StopJson {
    /// A stop of usual length, for measuring.
    pub(crate) fn example(booth: &str) -> Self {
        Self {
            booth: booth.to_owned(),
            employer: "大连样例机械制造有限公司".to_owned(),
            posting: "数控车床操作工".to_owned(),
            posting_id: PostingId([9; 8]),
            reasons: vec!["岗位对口".to_owned(), "月薪4500到6000元".to_owned()],
            caution: None,
        }
    }
}

/// A route as the API says it, with its reasons in a language.
#[must_use]
pub fn route_json(route: &Route, lang: Lang) -> Vec<StopJson> {
    route
        .iter()
        .map(|stop| StopJson {
            booth: stop.booth.to_string(),
            employer: stop.employer.clone(),
            posting: stop.posting.clone(),
            posting_id: stop.posting_id,
            reasons: stop.reasons.iter().map(|reason| reason.sentence(lang)).collect(),
            caution: stop.caution.as_ref().map(|reason| reason.sentence(lang)),
        })
        .collect()
}
