//! The kiosk as a person meets it: the station, and the one screen before it.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use domain::day::clock_text;
use domain::event::Method;
use domain::ids::NodeId;
use domain::verdict::{Doubt, Stage, Verdict};
use link::EnrolError;
use sync::enrol::Invitation;
use tokio::sync::Semaphore;

use crate::decode::{self, Grey, Reading};
use crate::flow::{Flow, Lasting, ScanNumber, Sighting};
use crate::guesses::Guesses;
use crate::pages::result::{Fresh, Place, Shown, Word};
use crate::pages::{Around, Look};
use crate::pairing::Pairing;
use crate::presented::{Presented, looks_like_a_ticket};
use crate::station::{CheckIn, EnrolTrouble, Station, Trouble, WalkIn};

/// Pictures that are searched at once; more are let go, since a fresher one follows.
const DECODERS: usize = 2;

/// A station with its screen.
pub struct Kiosk {
    /// The station.
    pub station: Arc<Station>,
    flow: Mutex<Flow<Shown>>,
    guesses: Mutex<Guesses>,
    pairing: Mutex<Pairing>,
    decoders: Arc<Semaphore>,
}

/// What presenting something came to on the screen.
#[derive(Debug)]
pub enum Screened {
    /// There is a result to show.
    Result,
    /// The scan that is on the screen or being decided: nothing changes.
    Same,
    /// Another scan has taken the screen meanwhile.
    Overtaken,
    /// Nothing came of it.
    Failed(Trouble),
}

impl Kiosk {
    /// A kiosk over a station.
    #[must_use]
    pub fn new(station: Arc<Station>) -> Arc<Self> {
        Arc::new(Self {
            station,
            flow: Mutex::default(),
            guesses: Mutex::default(),
            pairing: Mutex::default(),
            decoders: Arc::new(Semaphore::new(DECODERS)),
        })
    }

    /// Searches a picture for a code, off the async threads; none when too many are being searched.
    pub async fn read(&self, picture: Grey) -> Option<Reading> {
        let permit = Arc::clone(&self.decoders).try_acquire_owned().ok()?;
        let search = move || {
            let wanted = |text: &str| looks_like_a_ticket(text) || Invitation::is_meant(text);
            let reading = decode::read(&picture, wanted);
            drop(permit);
            reading
        };
        tokio::task::spawn_blocking(search).await.ok()
    }

    /// Somebody presents something before the screen. Goes on to its end even if the page that
    /// asked goes away.
    pub async fn present(
        self: &Arc<Self>,
        presented: Presented,
        method: Method,
        look: Look,
    ) -> Screened {
        let sighting = self.lock_flow().sighted(&presented.key(), self.now_ms());
        let Sighting::New(scan) = sighting else { return Screened::Same };
        let kiosk = Arc::clone(self);
        let work = async move { kiosk.decide(scan, presented, method, look).await };
        tokio::spawn(work).await.unwrap_or_else(|_| {
            self.lock_flow().failed(scan);
            Screened::Failed(store::StoreError::Panicked.into())
        })
    }

    /// A program presents something. Each time is a scan of its own, and its result takes the
    /// screen as any other does.
    ///
    /// # Errors
    /// [`Trouble`]: nothing is recorded.
    pub async fn present_by_program(
        self: &Arc<Self>,
        presented: Presented,
    ) -> Result<CheckIn, Trouble> {
        let scan = self.lock_flow().begin(self.now_ms());
        let kiosk = Arc::clone(self);
        let work = async move {
            kiosk.slow_down_guesses().await;
            let check_in = match kiosk.station.check_in(presented, Method::Api).await {
                Ok(check_in) => check_in,
                Err(trouble) => {
                    kiosk.lock_flow().failed(scan);
                    return Err(trouble);
                }
            };
            kiosk.note_guess(&check_in.verdict);
            let shown = kiosk.shown_of(&check_in);
            let lasting = lasting_of(&shown, Look::default());
            kiosk.lock_flow().decided(scan, shown, lasting, kiosk.now_ms());
            kiosk.station.was_shown(&check_in).await;
            Ok(check_in)
        };
        tokio::spawn(work).await.unwrap_or(Err(store::StoreError::Panicked.into()))
    }

    async fn decide(
        &self,
        scan: ScanNumber,
        presented: Presented,
        method: Method,
        look: Look,
    ) -> Screened {
        self.slow_down_guesses().await;
        let check_in = match self.station.check_in(presented, method).await {
            Ok(check_in) => check_in,
            Err(trouble) => {
                self.lock_flow().failed(scan);
                return Screened::Failed(trouble);
            }
        };
        self.note_guess(&check_in.verdict);
        let shown = self.shown_of(&check_in);
        let lasting = lasting_of(&shown, look);
        if !self.lock_flow().decided(scan, shown, lasting, self.now_ms()) {
            return Screened::Overtaken;
        }
        self.station.was_shown(&check_in).await;
        Screened::Result
    }

    /// Somebody holds up a QR code that is to enrol this station. None when this very code was
    /// tried already, and is only still in sight.
    pub async fn pair(self: &Arc<Self>, text: &str) -> Option<Result<(), EnrolTrouble>> {
        if !lock(&self.pairing).begins(text, self.now_ms()) {
            return None;
        }
        let (kiosk, text) = (Arc::clone(self), text.to_owned());
        let work = async move { kiosk.station.accept(&text).await };
        // The page that asked may be gone: what was begun is finished.
        let paired = tokio::spawn(work).await.ok()?;
        if matches!(paired, Err(EnrolTrouble::Site(EnrolError::Offline | EnrolError::NotOurs))) {
            lock(&self.pairing).unanswered(self.now_ms());
        }
        Some(paired)
    }

    /// Somebody without a ticket gets one.
    pub async fn walk_in(self: &Arc<Self>, address: Option<&'static str>, look: Look) -> Screened {
        let scan = self.lock_flow().begin(self.now_ms());
        let kiosk = Arc::clone(self);
        let work = async move {
            let language = look.lang.code();
            match kiosk.station.walk_in(address, language).await {
                Ok(walk_in) => kiosk.show_ticket(scan, &walk_in, look),
                Err(trouble) => {
                    kiosk.lock_flow().failed(scan);
                    Screened::Failed(trouble)
                }
            }
        };
        tokio::spawn(work).await.unwrap_or(Screened::Overtaken)
    }

    fn show_ticket(&self, scan: ScanNumber, walk_in: &WalkIn, look: Look) -> Screened {
        let shown = Shown {
            word: Word::Welcome,
            number: Some(walk_in.number),
            route: walk_in.route.to_vec(),
            ticket: Some(Fresh {
                address: walk_in.address.clone(),
                issued_offline: walk_in.issued_offline,
            }),
        };
        let lasting = lasting_of(&shown, look);
        let mut flow = self.lock_flow();
        if !flow.decided(scan, shown, lasting, self.now_ms()) {
            return Screened::Overtaken;
        }
        flow.shows_code(&Presented::scanned(&walk_in.address).key(), self.now_ms());
        Screened::Result
    }

    /// Looks at the result on the screen, if there is one.
    pub fn shown<T>(&self, look: impl FnOnce(u64, &Shown) -> T) -> Option<T> {
        let mut flow = self.lock_flow();
        flow.shown(self.now_ms()).map(|(scan, shown)| look(scan.0, shown))
    }

    /// Somebody wants to look a little longer.
    pub fn longer(&self) {
        self.lock_flow().longer(self.now_ms());
    }

    /// The person is done.
    pub fn finish(&self) {
        self.lock_flow().finish();
    }

    /// What is around every page.
    #[must_use]
    pub fn around(&self, look: Look) -> Around {
        let stage = self.station.stage();
        let fair = self.station.settings(|known| known.map(|known| known.fair.name.clone()));
        let station = self.station.name();
        let island = self.station.is_island();
        let broken = self.station.out_of_service().is_some();
        let enrolled = self.station.is_enrolled();
        let name = fair.as_deref().unwrap_or_default();
        Around {
            look,
            state: format!(
                "{stage:?}.{}.{enrolled}.{broken}.{island}.{}",
                short_hash(name),
                short_hash(&station)
            ),
            fair,
            station,
            rehearsal: stage == Stage::Rehearsal,
            island,
            invitation: invitation_of(stage),
        }
    }

    fn shown_of(&self, check_in: &CheckIn) -> Shown {
        Shown {
            word: self.word_of(&check_in.verdict),
            number: check_in.number,
            route: check_in.route.to_vec(),
            ticket: None,
        }
    }

    /// The word of a verdict.
    #[must_use]
    pub fn word_of(&self, verdict: &Verdict) -> Word {
        match verdict {
            Verdict::Welcome => Word::Welcome,
            Verdict::AlreadyCheckedIn { at, station } => {
                Word::Already { time: clock_text(at.unix_ms()), place: self.place_of(*station) }
            }
            Verdict::NotForToday { days } => Word::NotForToday { days: days.to_string() },
            Verdict::NotGenuine => Word::NotGenuine,
            Verdict::AskVolunteer { reason } => Word::Ask { why: why_ask(*reason) },
        }
    }

    fn place_of(&self, station: NodeId) -> Place {
        if station == self.station.node() {
            return Place::Here;
        }
        self.station.station_name(station).map_or(Place::Elsewhere, Place::Named)
    }

    /// Whoever tries number after number waits longer and longer.
    async fn slow_down_guesses(&self) {
        let wait_ms = self.lock_guesses().wait_ms(self.now_ms());
        if wait_ms > 0 {
            tokio::time::sleep(Duration::from_millis(wait_ms)).await;
        }
    }

    /// Counts what nobody could have presented who has a ticket.
    fn note_guess(&self, verdict: &Verdict) {
        let unknown = Verdict::AskVolunteer { reason: Doubt::UnknownNumber };
        if *verdict == unknown || *verdict == Verdict::NotGenuine {
            self.lock_guesses().missed(self.now_ms());
        } else if verdict.admits() {
            self.lock_guesses().hit();
        }
    }

    fn now_ms(&self) -> u64 {
        self.station.clock().since_start_ms()
    }

    fn lock_flow(&self) -> MutexGuard<'_, Flow<Shown>> {
        lock(&self.flow)
    }

    fn lock_guesses(&self) -> MutexGuard<'_, Guesses> {
        lock(&self.guesses)
    }
}

fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// How long each part of a result stands.
#[must_use]
pub fn lasting_of(shown: &Shown, look: Look) -> Lasting {
    let admitted = matches!(shown.word, Word::Welcome | Word::Already { .. });
    let lasting = if shown.ticket.is_some() {
        Lasting::TICKET
    } else if admitted && !shown.route.is_empty() {
        Lasting::WELCOME
    } else {
        Lasting::VERDICT
    };
    if look.large { lasting.doubled() } else { lasting }
}

const fn invitation_of(stage: Stage) -> &'static str {
    match stage {
        Stage::Unplanned => "kiosk_verdict.ask_not_open",
        Stage::Rehearsal | Stage::Open => "kiosk_home.invite",
        Stage::Closed => "kiosk_verdict.ask_closed",
    }
}

const fn why_ask(doubt: Doubt) -> &'static str {
    match doubt {
        Doubt::TicketRevoked => "kiosk_verdict.ask_revoked",
        Doubt::UnknownKey => "kiosk_verdict.ask_key",
        Doubt::FairNotOpen => "kiosk_verdict.ask_not_open",
        Doubt::FairClosed => "kiosk_verdict.ask_closed",
        Doubt::RehearsalMixed => "kiosk_verdict.ask_rehearsal",
        Doubt::UnknownNumber => "kiosk_verdict.ask_number",
        Doubt::UnknownVersion => "kiosk_verdict.ask_version",
    }
}

/// Tells one text from another in a page's state; nothing depends on it but a reload.
fn short_hash(text: &str) -> u32 {
    text.bytes()
        .fold(2_166_136_261, |hash: u32, byte| (hash ^ u32::from(byte)).wrapping_mul(16_777_619))
}
