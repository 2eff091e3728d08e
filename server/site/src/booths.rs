//! What a booth's people see and record: never a phone number, never a full name.

use std::collections::HashMap;

use domain::command::{Command, Outcome};
use domain::employer::{BoothNumber, Posting};
use domain::event::{Event, TalkOutcome, decode};
use domain::fair::Fair;
use domain::ids::{Hlc, PostingId, Reference, ShortNumber};
use domain::sealed::Profile;
use office::{Staff, lookup};
use web::ApiError;

use crate::check_in::{Shown, identify};
use crate::rows::PEOPLE;
use crate::site::Site;

/// A seeker as a booth sees them.
#[derive(Debug, Clone)]
pub struct Card {
    /// Their ticket.
    pub reference: Reference,
    /// Its number.
    pub number: Option<ShortNumber>,
    /// How to address them and what they look for, where they said.
    pub profile: Option<Profile>,
}

/// A talk in the booth's list.
#[derive(Debug, Clone)]
pub struct TalkLine {
    /// The seeker.
    pub card: Card,
    /// The posting.
    pub posting: Option<String>,
    /// What came of it.
    pub outcome: TalkOutcome,
    /// When it was recorded.
    pub at: Hlc,
}

/// A booth with its employer and postings.
#[derive(Debug, Clone)]
pub struct BoothView {
    /// The booth.
    pub booth: BoothNumber,
    /// Who has it.
    pub employer: String,
    /// What is offered there.
    pub postings: Vec<Posting>,
}

/// Records what came of a talk.
///
/// # Errors
/// `not_your_booth`, `unknown_ticket`, `unknown_posting`, `too_many_tries`.
pub async fn record_outcome(
    site: &Site,
    staff: &Staff,
    shown: &Shown,
    what: (BoothNumber, Option<PostingId>, TalkOutcome),
) -> Result<Card, ApiError> {
    let (booth, posting, outcome) = what;
    staff.own_booth(Some(booth))?;
    let reference = identify(site, shown, staff.actor.account)?;
    let command = Command::RecordOutcome(Outcome { booth, reference, posting, outcome });
    site.office.ask(command, Some(staff.actor.account)).await?;
    card(site, reference)
}

/// The card of a ticket.
///
/// # Errors
/// `lists_rebuilding`.
pub fn card(site: &Site, reference: Reference) -> Result<Card, ApiError> {
    let number = site.fair(|fair| {
        fair.ledger().ticket(reference).and_then(|state| state.issued).map(|issued| issued.number)
    });
    Ok(Card { reference, number, profile: profile(site, reference)? })
}

/// How to address somebody and what they look for.
///
/// # Errors
/// `lists_rebuilding`.
pub fn profile(site: &Site, reference: Reference) -> Result<Option<Profile>, ApiError> {
    let Some(found) = lookup::record(&site.office, PEOPLE, &reference.0)? else {
        return Ok(None);
    };
    let registered = matches!(found.event, Event::SeekerRegistered(_));
    let text = found.opened.get(1).and_then(Option::as_ref).filter(|_| registered);
    Ok(text.and_then(|bytes| decode(bytes).ok()))
}

/// A booth with its employer and postings.
///
/// # Errors
/// `unknown_booth`.
pub fn view(site: &Site, booth: BoothNumber) -> Result<BoothView, ApiError> {
    let view = site.fair(|fair| {
        let employer = fair.booth(booth)?;
        Some(BoothView {
            booth,
            employer: fair.employer(employer)?.name.clone(),
            postings: postings_of(fair, employer),
        })
    });
    view.ok_or(ApiError::not_found("unknown_booth"))
}

fn postings_of(fair: &Fair, employer: domain::ids::EmployerId) -> Vec<Posting> {
    fair.postings().filter(|posting| posting.employer == employer).cloned().collect()
}

/// The booth's talks, the latest first.
///
/// # Errors
/// `lists_rebuilding`.
pub fn talks(site: &Site, booth: BoothNumber) -> Result<Vec<TalkLine>, ApiError> {
    let (mut talks, titles) = site.fair(|fair| {
        let talks: Vec<_> = fair.ledger().talks_of(booth).collect();
        let titles: HashMap<PostingId, String> =
            fair.postings().map(|posting| (posting.id, posting.title.clone())).collect();
        (talks, titles)
    });
    talks.sort_by_key(|talk| std::cmp::Reverse(talk.at));
    talks
        .into_iter()
        .map(|talk| {
            Ok(TalkLine {
                card: card(site, talk.recorded.reference)?,
                posting: talk.recorded.posting.and_then(|id| titles.get(&id).cloned()),
                outcome: talk.recorded.outcome,
                at: talk.at,
            })
        })
        .collect()
}
