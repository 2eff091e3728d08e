//! The numbers on the big screen: put together once for all screens, at most once a second.

use std::collections::BTreeMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex};

use domain::day::{Day, clock_text};
use domain::employer::BoothNumber;
use domain::event::{FairPlanned, TalkOutcome};
use domain::fair::{Fair, Ledger};
use domain::verdict::Stage;
use futures_util::Stream;
use office::{lock, now_ms};
use serde::Serialize;
use web::live::LiveEvent;
use web::{ApiError, Response};

use crate::site::Site;

/// The name of the event.
pub(super) const EVENT: &str = "hall";

/// How long a talk counts for how crowded a booth is: as long as people remember.
const CROWD_MS: u64 = 30 * 60_000;
/// Talks within that time from which a booth counts as visited, busy and full. One booth manages
/// about one talk in five minutes.
const CROWD_LEVELS: [usize; 3] = [1, 3, 5];
/// How long numbers put together serve everybody.
const FRESH_MS: u64 = 1_000;
/// The clock on the screen shows minutes.
const MINUTE_MS: u64 = 60_000;

/// What the numbers depend on: the records folded, and the minute.
pub(super) type Version = (u64, u64);

/// The board.
pub(super) struct Board {
    site: Arc<Site>,
    known: Mutex<Option<Known>>,
}

#[derive(Clone)]
struct Known {
    version: Version,
    made_ms: u64,
    moment: Arc<Moment>,
}

/// The fair at a moment, as the screen shows it.
pub(super) struct Moment {
    pub(super) settings: Option<FairPlanned>,
    pub(super) stage: Stage,
    pub(super) numbers: Numbers,
    /// All booths by zone.
    pub(super) zones: BTreeMap<char, Vec<BoothNumber>>,
}

/// What is sent to screens: single fields go where they are named, the rest is for `hall.js`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize)]
pub(super) struct Numbers {
    /// Persons who came today (人).
    pub(super) persons: usize,
    /// Talks of all days.
    pub(super) talks: usize,
    /// Intentions of all days.
    pub(super) intentions: usize,
    pub(super) employers: usize,
    pub(super) postings: usize,
    pub(super) openings: u64,
    /// The time of day, as in 10:32.
    pub(super) clock: String,
    /// How crowded each zone is, 0 to 3.
    pub(super) zones: BTreeMap<char, usize>,
    /// How crowded each booth is that is not empty, 1 to 3.
    pub(super) booths: BTreeMap<BoothNumber, usize>,
}

impl Board {
    pub(super) fn new(site: &Arc<Site>) -> Self {
        Self { site: Arc::clone(site), known: Mutex::default() }
    }

    /// The fair now, no older than a second.
    pub(super) fn moment(&self) -> Arc<Moment> {
        self.known(now_ms()).moment
    }

    /// The numbers, if they are others than were told last.
    pub(super) fn news(&self, told: &mut Option<Version>, now_ms: u64) -> Option<LiveEvent> {
        let known = self.known(now_ms);
        if *told == Some(known.version) {
            return None;
        }
        *told = Some(known.version);
        LiveEvent::json(EVENT, &known.moment.numbers).ok()
    }

    pub(super) fn stream<S>(&self, peer: IpAddr, events: S) -> Result<Response, ApiError>
    where
        S: Stream<Item = LiveEvent> + Send + Sync + 'static,
    {
        self.site.live.public_events(peer, events)
    }

    fn known(&self, now_ms: u64) -> Known {
        let version = (*self.site.store().changes().borrow(), now_ms / MINUTE_MS);
        let mut slot = lock(&self.known);
        if let Some(known) = slot.as_ref() {
            let fresh = now_ms.saturating_sub(known.made_ms) < FRESH_MS;
            if known.version == version || fresh {
                return known.clone();
            }
        }
        let moment = Arc::new(self.site.fair(|fair| Moment::of(fair, now_ms)));
        let known = Known { version, made_ms: now_ms, moment };
        *slot = Some(known.clone());
        known
    }
}

impl Moment {
    fn of(fair: &Fair, now_ms: u64) -> Self {
        let mut zones: BTreeMap<char, Vec<BoothNumber>> = BTreeMap::new();
        for (booth, _) in fair.booths() {
            zones.entry(booth.zone()).or_default().push(booth);
        }
        Self {
            settings: fair.settings().cloned(),
            stage: fair.stage(),
            numbers: Numbers::of(fair, now_ms, &zones),
            zones,
        }
    }
}

impl Numbers {
    fn of(fair: &Fair, now_ms: u64, zones: &BTreeMap<char, Vec<BoothNumber>>) -> Self {
        let ledger = fair.ledger();
        let intended =
            ledger.talks().filter(|talk| talk.recorded.outcome == TalkOutcome::Intention);
        let crowd = crowd(ledger, now_ms.saturating_sub(CROWD_MS));
        let zone_level = |booths: &Vec<BoothNumber>| {
            let talks: usize = booths.iter().filter_map(|booth| crowd.get(booth)).sum();
            // The mean of its booths, rounded up: a single visited booth makes a zone lively.
            level(talks.div_ceil(booths.len().max(1)))
        };
        Self {
            persons: persons(ledger, Day::of_ms(now_ms)),
            talks: ledger.talks().count(),
            intentions: intended.count(),
            employers: fair.employers().count(),
            postings: fair.postings().count(),
            openings: fair.postings().map(|posting| u64::from(posting.openings)).sum(),
            clock: clock_text(now_ms),
            zones: zones.iter().map(|(zone, booths)| (*zone, zone_level(booths))).collect(),
            booths: crowd.iter().map(|(booth, talks)| (*booth, level(*talks))).collect(),
        }
    }
}

fn persons(ledger: &Ledger, today: Day) -> usize {
    let here = |visits: &[domain::fair::Visit]| visits.iter().any(|visit| visit.day == today);
    ledger.tickets().filter(|(_, ticket)| here(&ticket.visits)).count()
}

/// Talks of each booth since a moment.
fn crowd(ledger: &Ledger, since_ms: u64) -> BTreeMap<BoothNumber, usize> {
    let mut crowd = BTreeMap::new();
    for talk in ledger.talks().filter(|talk| talk.at.unix_ms() >= since_ms) {
        *crowd.entry(talk.recorded.booth).or_default() += 1;
    }
    crowd
}

fn level(talks: usize) -> usize {
    CROWD_LEVELS.iter().filter(|least| talks >= **least).count()
}

#[cfg(test)]
mod tests {
    use domain::command::{Command, Outcome};
    use domain::event::{Channel, Method};
    use web::Door;

    use super::*;
    use crate::check_in::{Shown, check_in};
    use crate::pages::seeker::given::{Given, ORGANISER, opened};
    use crate::registration::{SeekerForm, Whence, register};

    #[test]
    fn crowding_has_four_levels() {
        let levels: Vec<usize> = (0..7).map(level).collect();
        assert_eq!(levels, [0, 1, 1, 2, 2, 3, 3]);
    }

    async fn somebody_comes_and_talks(given: &Given) {
        let site = &given.site;
        let lang = domain::codes::Lang::Zh;
        let whence = Whence { channel: Channel::Phone, door: Door::Plain, lang, by: None };
        let ticket = register(site, SeekerForm::default(), whence).await.unwrap();
        let shown = Shown::Ticket(ticket.ticket);
        check_in(site, &shown, Method::Camera, ORGANISER).await.unwrap();
        let talk = Command::RecordOutcome(Outcome {
            booth: "A01".parse().unwrap(),
            reference: ticket.reference,
            posting: None,
            outcome: TalkOutcome::Intention,
        });
        site.office.ask(talk, Some(ORGANISER)).await.unwrap();
    }

    #[tokio::test]
    async fn screens_hear_at_once_and_then_of_changes_but_not_twice_in_a_second() {
        let given = opened().await;
        let board = Board::new(&given.site);
        // The start of a minute, so that its end does not fall into the test.
        let now_ms = now_ms() / MINUTE_MS * MINUTE_MS;
        let mut told = None;
        let news = |after_ms, told: &mut Option<Version>| board.news(told, now_ms + after_ms);
        assert!(news(0, &mut told).is_some());
        assert!(news(5_000, &mut told).is_none(), "nothing has changed");
        somebody_comes_and_talks(&given).await;
        assert!(news(10_000, &mut told).is_some());
        somebody_comes_and_talks(&given).await;
        assert!(news(10_999, &mut told).is_none(), "twice in a second");
        assert!(news(11_000, &mut told).is_some());
        assert!(board.news(&mut None, now_ms + 11_000).is_some(), "another screen");
    }

    #[tokio::test]
    async fn the_numbers_are_those_of_the_fair() {
        let given = opened().await;
        for _ in 0..3 {
            somebody_comes_and_talks(&given).await;
        }
        let numbers = |now_ms| given.site.fair(|fair| Moment::of(fair, now_ms)).numbers;
        let seen = numbers(now_ms());
        assert_eq!((seen.persons, seen.talks, seen.intentions), (3, 3, 3));
        assert_eq!((seen.employers, seen.postings, seen.openings), (2, 3, 15));
        assert_eq!(seen.booths, BTreeMap::from([("A01".parse().unwrap(), 2)]));
        assert_eq!(seen.zones, BTreeMap::from([('A', 2), ('B', 0)]));
        let later = numbers(now_ms() + CROWD_MS + 60_000);
        assert!(later.booths.is_empty(), "a talk crowds a booth for ever");
    }
}
