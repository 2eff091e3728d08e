//! The station's rules: what a scan and a walk-in lead to, decided here and now.
//!
//! Two kinds of knowledge meet: the site's view, shared and replaced as a whole, and what this
//! station saw itself, folded from its journal. Pure but for the view's lock, which is held for the
//! length of one look-up.

use std::sync::{Arc, PoisonError, RwLock};

use domain::event::{
    Channel, Event, Method, ScanRefused, SeekerCheckedIn, SeekerRegistered, TicketIssued,
    VerdictShown,
};
use domain::fair::first_of;
use domain::ids::{Hlc, NodeId, Reference, ShortNumber};
use domain::matching::Wish;
use domain::sealed::{Contact, Profile};
use domain::station::{StationScan, StationView, Today};
use domain::ticket::{Ticket, TicketId};
use domain::verdict::{Doubt, Known, Presented as Facts, Stage, Verdict, admit};
use journal::{Draft, Kind, Record};
use store::{Decision, Machine};

use super::own::{Ledgers, OwnFacts, OwnTicket};
use crate::presented::Presented;

/// The version of the privacy notice that a walk-in is shown: nothing is collected, and it says so.
const NOTICE_VERSION: u16 = 1;

/// The site's view as everybody at this station shares it.
pub type SharedView = Arc<RwLock<StationView>>;

/// The state that the station's journal adds up to.
#[derive(Debug, Clone)]
pub struct StationMachine {
    me: NodeId,
    view: SharedView,
    own: OwnFacts,
}

/// What is asked of the station.
#[derive(Clone)]
pub enum Command {
    /// Judge what somebody presents, and record it.
    CheckIn {
        /// What.
        presented: Presented,
        /// How.
        method: Method,
        /// Today, as far as the station knows.
        today: Today,
    },
    /// Hand out a ticket to somebody without one, and let them in.
    WalkIn {
        /// The ticket's secret id, freshly drawn.
        id: TicketId,
        /// How they want to be addressed; none if they skipped it.
        address: Option<&'static str>,
        /// The language of the page.
        language: &'static str,
        /// Today, as far as the station knows.
        today: Today,
    },
    /// Record that the screen showed another verdict than the scan's own record says.
    Show(VerdictShown),
}

/// What a command came to, once durable.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A scan's own verdict; the moment names its record.
    Scanned(StationScan, Hlc),
    /// A fresh ticket, let in; the moment names the transaction's first record.
    Issued(Box<Fresh>, Hlc),
    /// No ticket could be handed out.
    NoTicket(NoTicket),
    /// Recorded.
    Noted,
}

/// A ticket just handed out.
#[derive(Clone)]
pub struct Fresh {
    /// The ticket.
    pub ticket: Ticket,
    /// Its short number.
    pub number: ShortNumber,
    /// Its text, the last part of its address.
    pub text: String,
}

impl std::fmt::Debug for Fresh {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.debug_struct("Fresh").field("number", &self.number).finish_non_exhaustive()
    }
}

/// Why no ticket was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NoTicket {
    /// The fair is not running, or the site has not told of it yet.
    NotRunning(Stage),
    /// The numbers of this station are used up.
    NumbersUsedUp,
}

impl StationMachine {
    /// The machine of a station with its share of the site's view.
    #[must_use]
    pub fn new(me: NodeId, view: SharedView) -> Self {
        Self { me, view, own: OwnFacts::default() }
    }

    /// What this station saw itself.
    #[must_use]
    pub const fn own(&self) -> &OwnFacts {
        &self.own
    }

    /// The verdict on what is presented, from all that is known here.
    #[must_use]
    pub fn judge_presented(&self, presented: &Presented, today: Today) -> StationScan {
        self.with_view(|view| {
            let scan = match presented {
                Presented::Text(text) => view.scan(text, today),
                Presented::Number(number) => self.by_number(view, *number, today),
            };
            self.with_own_knowledge(view.stage(), scan, today)
        })
    }

    fn by_number(&self, view: &StationView, number: ShortNumber, today: Today) -> StationScan {
        let scan = view.number(number, today);
        let unknown = Verdict::AskVolunteer { reason: Doubt::UnknownNumber };
        let own = self.own.ticket(ledger_of(view.stage()), number);
        let Some(ticket) = own.filter(|_| scan.verdict == unknown) else { return scan };
        StationScan {
            verdict: verdict_on_own(view.stage(), ticket, today),
            reference: Some(ticket.reference),
            number: Some(number),
            codes: ticket.codes,
        }
    }

    fn with_own_knowledge(&self, stage: Stage, mut scan: StationScan, today: Today) -> StationScan {
        let Some(reference) = scan.reference else { return scan };
        let ledger = ledger_of(stage);
        let own = self.own.number(ledger, reference);
        scan.number = scan.number.or(own);
        // An older key makes a ticket doubtful only where nobody knows that it was handed out.
        let unknown_key = Verdict::AskVolunteer { reason: Doubt::UnknownKey };
        let own = own.and_then(|number| self.own.ticket(ledger, number));
        if let Some(ticket) = own.filter(|_| scan.verdict == unknown_key) {
            scan.verdict = verdict_on_own(stage, ticket, today);
        }
        let Some(here) = self.own.present(ledger, reference, today.day) else { return scan };
        let earlier = match scan.verdict {
            Verdict::Welcome => true,
            Verdict::AlreadyCheckedIn { at, station } => here < (at, station),
            _ => false,
        };
        if earlier {
            let (at, station) = here;
            scan.verdict = Verdict::AlreadyCheckedIn { at, station };
        }
        scan
    }

    fn check_in(
        &self,
        presented: &Presented,
        method: Method,
        today: Today,
        now: Hlc,
    ) -> Decision<Answer> {
        let scan = self.judge_presented(presented, today);
        let verdict = scan.verdict;
        let event: Event = match scan.reference {
            Some(reference) if verdict.admits() => {
                SeekerCheckedIn { reference, day: today.day, method, verdict }.into()
            }
            reference => ScanRefused { reference, method, verdict }.into(),
        };
        let drafts = vec![self.draft(&event, Vec::new())];
        Decision { drafts, answer: Answer::Scanned(scan, now) }
    }

    fn walk_in(
        &self,
        id: TicketId,
        registered: Option<(&'static str, &'static str)>,
        today: Today,
        now: Hlc,
    ) -> Decision<Answer> {
        let fresh = match self.fresh(id) {
            Ok(fresh) => fresh,
            Err(reason) => return Decision::answer(Answer::NoTicket(reason)),
        };
        let (reference, codes) = (fresh.ticket.reference(), fresh.ticket.codes);
        let (number, days) = (fresh.number, fresh.ticket.days);
        let channel = Channel::Kiosk;
        let issued = TicketIssued { reference, number, days, channel, codes };
        let mut drafts = vec![self.draft(&issued.into(), Vec::new())];
        if let Some((address, language)) = registered {
            let (event, secrets) = guest(reference, address, language);
            drafts.push(self.draft(&event, secrets));
        }
        let entered = SeekerCheckedIn {
            reference,
            day: today.day,
            method: Method::Camera,
            verdict: Verdict::Welcome,
        };
        drafts.push(self.draft(&entered.into(), Vec::new()));
        Decision { drafts, answer: Answer::Issued(Box::new(fresh), now) }
    }

    fn fresh(&self, id: TicketId) -> Result<Fresh, NoTicket> {
        self.with_view(|view| {
            let stage = view.stage();
            let not_running = NoTicket::NotRunning(stage);
            if !matches!(stage, Stage::Rehearsal | Stage::Open) {
                return Err(not_running);
            }
            let settings = view.settings().ok_or(not_running)?;
            let (generation, key) = view.newest_key().ok_or(not_running)?;
            let is_taken = |number| self.own.has_handed_out(number) || view.has_number(number);
            let number = first_of(&settings.numbers, is_taken);
            let number = number.ok_or(NoTicket::NumbersUsedUp)?;
            let ticket = Ticket {
                generation,
                rehearsal: stage == Stage::Rehearsal,
                fair: settings.fair.fair,
                id,
                days: settings.fair.days,
                codes: [0; 2],
            };
            let text = ticket.text(key).ok_or(not_running)?;
            Ok(Fresh { ticket, number, text })
        })
    }

    fn draft(&self, event: &Event, secrets: Vec<Vec<u8>>) -> Draft {
        self.with_view(|view| Draft {
            kind: Kind(event.kind()),
            actor: None,
            station: None,
            fair: view.settings().map(|settings| settings.fair.fair),
            rehearsal: view.stage() != Stage::Open,
            payload: event.payload(),
            secrets,
        })
    }

    fn with_view<T>(&self, look: impl FnOnce(&StationView) -> T) -> T {
        look(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }
}

/// The verdict on a ticket that was handed out here, whatever else is known of it.
fn verdict_on_own(stage: Stage, ticket: OwnTicket, today: Today) -> Verdict {
    let facts = Facts {
        days: ticket.days,
        // It lies in the ledger that counts now, so its mark fits the stage.
        rehearsal: stage == Stage::Rehearsal,
        doubtful_key: false,
        today: today.trusted.then_some(today.day),
    };
    admit(stage, facts, Known::default())
}

const fn ledger_of(stage: Stage) -> Ledgers {
    match stage {
        Stage::Open => Ledgers::Live,
        Stage::Unplanned | Stage::Rehearsal | Stage::Closed => Ledgers::Rehearsal,
    }
}

/// A guest says only how to be addressed, and that is sealed.
fn guest(reference: Reference, address: &str, language: &str) -> (Event, Vec<Vec<u8>>) {
    let event = SeekerRegistered {
        reference,
        notice_version: NOTICE_VERSION,
        language: language.to_owned(),
        channel: Channel::Kiosk,
        purposes: Vec::new(),
        groups: Vec::new(),
    };
    let profile = Profile { form_of_address: address.to_owned(), wish: Wish::default() };
    let secrets = vec![plain(&Contact::default()), plain(&profile)];
    (event.into(), secrets)
}

fn plain<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("encoding into memory never fails")
}

impl Machine for StationMachine {
    type Command = Command;
    type Answer = Answer;

    const RULES: Option<u64> =
        Some(domain::rules::with(concat!(include_str!("machine.rs"), include_str!("own.rs"))));

    fn decide(&self, command: Command, now: Hlc) -> Decision<Answer> {
        match command {
            Command::CheckIn { presented, method, today } => {
                self.check_in(&presented, method, today, now)
            }
            Command::WalkIn { id, address, language, today } => {
                self.walk_in(id, address.map(|address| (address, language)), today, now)
            }
            Command::Show(shown) => {
                let drafts = vec![self.draft(&shown.into(), Vec::new())];
                Decision { drafts, answer: Answer::Noted }
            }
        }
    }

    fn fold(&mut self, record: &Record) {
        if record.origin == self.me {
            self.own.fold(record);
        }
    }

    fn judge(&self, _record: &Record) -> Option<Answer> {
        None
    }

    fn save(&self) -> Vec<u8> {
        minicbor::to_vec((self.me, &self.own)).expect("encoding into memory never fails")
    }

    fn load(&self, saved: &[u8]) -> Option<Self> {
        let (me, own) = minicbor::decode::<(NodeId, OwnFacts)>(saved).ok()?;
        (me == self.me).then(|| Self { me, view: Arc::clone(&self.view), own })
    }
}

#[cfg(test)]
mod tests;
