//! A check-in and a walk-in from start to end.

use std::sync::Arc;

use domain::day::Day;
use domain::decide::TICKET_PATH;
use domain::event::{Method, VerdictShown};
use domain::ids::{NodeId, Reference, ShortNumber};
use domain::station::StationScan;
use domain::ticket::TicketId;
use domain::verdict::Verdict;
use link::HandedOver;
use store::StoreError;

use super::machine::{Answer, Command, Fresh, NoTicket};
use super::own::RecordName;
use super::suggest::Route;
use super::{SITE_WAIT, Station};
use crate::presented::Presented;

/// Whose verdict is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DecidedBy {
    /// The site's: it came in time.
    Site,
    /// The station's own.
    Station,
}

/// What a scan came to.
#[derive(Debug, Clone)]
pub struct CheckIn {
    /// The one verdict to show.
    pub verdict: Verdict,
    /// Whose it is.
    pub decided_by: DecidedBy,
    /// The ticket, where it is genuine or known.
    pub reference: Option<Reference>,
    /// Its short number, where known.
    pub number: Option<ShortNumber>,
    /// The route, for whoever is let in.
    pub route: Arc<Route>,
    record: Option<RecordName>,
    own: Verdict,
    day: Day,
}

/// A ticket handed out to somebody who came without one.
#[derive(Debug, Clone)]
pub struct WalkIn {
    /// The ticket.
    pub reference: Reference,
    /// Its short number.
    pub number: ShortNumber,
    /// Its text.
    pub text: String,
    /// Its address, as the QR code holds it.
    pub address: String,
    /// The route.
    pub route: Arc<Route>,
    /// The site doesn't know of it yet.
    pub issued_offline: bool,
}

/// Why nothing came of a scan or a walk-in.
#[derive(Debug, Clone, thiserror::Error)]
pub enum Trouble {
    /// Nothing can be recorded, so nothing may be shown.
    #[error("this station can't record anything: {0}")]
    Store(#[from] StoreError),
    /// No ticket can be handed out.
    #[error("no ticket can be handed out here")]
    NoTicket(NoTicket),
    /// The machine gives no randomness.
    #[error("the machine gives no random numbers: restart it")]
    NoRandomness,
}

impl Station {
    /// Judges what somebody presents, records it, and asks the site for a better answer.
    ///
    /// # Errors
    /// [`Trouble::Store`]: nothing is recorded, and nothing may be shown but that.
    pub async fn check_in(&self, presented: Presented, method: Method) -> Result<CheckIn, Trouble> {
        let today = self.clock().today();
        let command = Command::CheckIn { presented, method, today };
        let (scan, record) = match self.store.run(command).await? {
            Answer::Scanned(scan, moment) => {
                let run = self.store.epoch();
                (scan, self.store.read(|machine| machine.own().record_at(run, moment)))
            }
            Answer::Issued(..) | Answer::NoTicket(_) | Answer::Noted => {
                return Err(StoreError::Panicked.into());
            }
        };
        let site = match record {
            Some(record) => self.word_of_site(record).await,
            None => None,
        };
        Ok(self.came_to(&scan, (record, today.day), site))
    }

    fn came_to(
        &self,
        scan: &StationScan,
        (record, day): (Option<RecordName>, Day),
        site: Option<Verdict>,
    ) -> CheckIn {
        let verdict = site.unwrap_or(scan.verdict);
        let route =
            if verdict.admits() { self.suggestions().route(scan.codes) } else { Arc::default() };
        CheckIn {
            verdict,
            decided_by: if site.is_some() { DecidedBy::Site } else { DecidedBy::Station },
            reference: scan.reference,
            number: scan.number,
            route,
            record,
            own: scan.verdict,
            day,
        }
    }

    /// Records that the screen showed another verdict than the scan's own record says, if it did.
    /// A failure is logged: the person has seen the truth already.
    pub async fn was_shown(&self, check_in: &CheckIn) {
        let Some(record) = check_in.record.filter(|_| check_in.verdict != check_in.own) else {
            return;
        };
        let let_in = check_in.reference.filter(|_| check_in.own == Verdict::Welcome);
        let shown = VerdictShown {
            epoch: record.epoch,
            seq: record.seq,
            verdict: check_in.verdict,
            corrects: let_in.map(|reference| (reference, check_in.day)),
        };
        if let Err(error) = self.store.run(Command::Show(shown)).await {
            tracing::warn!(%error, "what was shown is not recorded");
        }
    }

    /// Hands out a ticket to somebody without one and lets them in.
    ///
    /// # Errors
    /// [`Trouble`], each with its own sentence.
    pub async fn walk_in(
        &self,
        address: Option<&'static str>,
        language: &'static str,
    ) -> Result<WalkIn, Trouble> {
        let mut id = [0; 10];
        getrandom::fill(&mut id).map_err(|_| Trouble::NoRandomness)?;
        let today = self.clock().today();
        let command = Command::WalkIn { id: TicketId(id), address, language, today };
        let (fresh, moment) = match self.store.run(command).await? {
            Answer::Issued(fresh, moment) => (*fresh, moment),
            Answer::NoTicket(reason) => return Err(Trouble::NoTicket(reason)),
            Answer::Scanned(..) | Answer::Noted => return Err(StoreError::Panicked.into()),
        };
        tracing::debug!(?moment, "a ticket was handed out");
        let issued_offline = match self.uplink() {
            Some(uplink) => uplink.hand_over(SITE_WAIT).await.is_err(),
            None => true,
        };
        Ok(self.handed_out(fresh, issued_offline))
    }

    fn handed_out(&self, fresh: Fresh, issued_offline: bool) -> WalkIn {
        let address = self.settings(|settings| {
            settings.map_or_else(String::new, |known| known.fair.address.to_ascii_uppercase())
        });
        WalkIn {
            reference: fresh.ticket.reference(),
            number: fresh.number,
            address: format!("{address}{TICKET_PATH}{}", fresh.text),
            text: fresh.text,
            route: self.suggestions().route(fresh.ticket.codes),
            issued_offline,
        }
    }

    /// The name of a station to say where somebody checked in.
    #[must_use]
    pub fn station_name(&self, node: NodeId) -> Option<String> {
        self.with_view(|view| view.station_name(node).map(str::to_owned))
    }

    /// Hands the record over and waits a moment for what the site makes of it.
    async fn word_of_site(&self, record: RecordName) -> Option<Verdict> {
        let uplink = self.uplink()?;
        let handed_over = match uplink.hand_over(SITE_WAIT).await {
            Ok(handed_over) => handed_over,
            Err(error) => {
                tracing::debug!(%error, "the site said nothing in time");
                return None;
            }
        };
        judgement_of(&handed_over, record, self.node())
    }
}

fn judgement_of(handed_over: &[HandedOver], record: RecordName, me: NodeId) -> Option<Verdict> {
    handed_over.iter().find_map(|handed| {
        let view = handed.entry.view().ok()?;
        if (view.epoch, view.seq) != (record.epoch, record.seq) {
            return None;
        }
        let verdict = minicbor::decode(handed.judgement.as_deref()?).ok()?;
        match verdict {
            // The record reached the site before this question did: the repeat is itself.
            Verdict::AlreadyCheckedIn { at, station } if station == me && at == view.time => None,
            other => Some(other),
        }
    })
}
