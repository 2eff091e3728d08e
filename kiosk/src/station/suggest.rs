//! Routes from what the site told: prepared once a view, kept by what tickets say.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use domain::codes::Lang;
use domain::day::Day;
use domain::employer::BoothNumber;
use domain::ids::{EmployerId, PostingId};
use domain::matching::{Ask, Listing, Matcher, ROUTE_BOOTHS_MAX, Suggestion, Wish};
use domain::station::StationSettings;

use crate::route::{Booth, Reason, Stop};

/// The most routes kept; tickets say one of a few thousand things, mostly one of a hundred.
const MOST_ROUTES: usize = 4_096;

/// A route: the best booth first.
pub type Route = [Stop];

/// Suggestions of one view and day.
#[derive(Debug, Default)]
pub struct Suggestions {
    matcher: Matcher,
    employers: HashMap<EmployerId, String>,
    postings: HashMap<PostingId, String>,
    booths: Vec<Booth>,
    routes: Mutex<HashMap<[u8; 2], Arc<Route>>>,
}

impl Suggestions {
    /// Prepares what a view offers on a day. `secret` keeps the order of equals unguessable.
    #[must_use]
    pub fn new(settings: &StationSettings, today: Option<Day>, secret: &[u8]) -> Self {
        let booth_of: HashMap<EmployerId, BoothNumber> =
            settings.booths.iter().map(|line| (line.employer, line.booth)).collect();
        let listings = settings.postings.iter().filter_map(|posting| {
            let booth = *booth_of.get(&posting.employer)?;
            Some(Listing { booth, posting, reviewed: false })
        });
        Self {
            matcher: Matcher::new(listings, today, secret),
            employers: names(settings),
            postings: settings
                .postings
                .iter()
                .map(|posting| (posting.id, posting.title.clone()))
                .collect(),
            booths: booths(settings),
            routes: Mutex::default(),
        }
    }

    /// The route for what a ticket says; empty for a ticket that says nothing.
    #[must_use]
    pub fn route(&self, codes: [u8; 2]) -> Arc<Route> {
        let mut routes = self.routes.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(route) = routes.get(&codes) {
            return Arc::clone(route);
        }
        let route = self.fresh_route(&Wish::from_codes(codes));
        if routes.len() < MOST_ROUTES {
            routes.insert(codes, Arc::clone(&route));
        }
        route
    }

    /// All booths with what they offer, in the order of their numbers.
    #[must_use]
    pub fn booths(&self) -> &[Booth] {
        &self.booths
    }

    /// Nothing wished, nothing suggested: the list of all jobs serves better than three at random.
    fn fresh_route(&self, wish: &Wish) -> Arc<Route> {
        if wish.is_empty() {
            return Arc::default();
        }
        let ask = Ask { wish, seeker: None, limit: ROUTE_BOOTHS_MAX };
        let suggestions = self.matcher.suggest_for(&ask);
        suggestions.iter().map(|suggestion| self.stop(suggestion)).collect()
    }

    fn stop(&self, suggestion: &Suggestion) -> Stop {
        let sentence = |reason: &domain::matching::Reason| Reason {
            zh: reason.sentence(Lang::Zh),
            en: reason.sentence(Lang::En),
        };
        Stop {
            booth: suggestion.booth.to_string(),
            employer: self.employers.get(&suggestion.employer).cloned().unwrap_or_default(),
            posting: self.postings.get(&suggestion.posting).cloned().unwrap_or_default(),
            reasons: suggestion.reasons.iter().map(sentence).collect(),
        }
    }
}

fn names(settings: &StationSettings) -> HashMap<EmployerId, String> {
    settings.booths.iter().map(|line| (line.employer, line.name.clone())).collect()
}

fn booths(settings: &StationSettings) -> Vec<Booth> {
    let mut titles: HashMap<EmployerId, Vec<String>> = HashMap::new();
    for posting in &settings.postings {
        titles.entry(posting.employer).or_default().push(posting.title.clone());
    }
    let mut lines: Vec<_> = settings.booths.iter().collect();
    lines.sort_by_key(|line| line.booth);
    lines
        .into_iter()
        .map(|line| Booth {
            number: line.booth.to_string(),
            employer: line.name.clone(),
            postings: titles.get(&line.employer).cloned().unwrap_or_default(),
        })
        .collect()
}
