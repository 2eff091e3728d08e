//! Checking in at the site: from a staff tablet, or a booth that wants to know who is before it.

use domain::command::{Command, Presentation, Reply, Scan, Scanned};
use domain::event::Method;
use domain::fair::Fair;
use domain::ids::{AccountId, Reference, ShortNumber};
use domain::verdict::{Doubt, Verdict};
use web::ApiError;

use crate::site::{Guesser, Site};

/// What somebody presents, as it was scanned or typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Shown {
    /// The text of a QR code.
    Ticket(String),
    /// A number, as typed.
    Number(String),
}

/// Checks somebody in.
///
/// # Errors
/// `too_many_tries` after many wrong tickets or numbers; the store's errors.
pub async fn check_in(
    site: &Site,
    shown: &Shown,
    method: Method,
    by: AccountId,
) -> Result<Scanned, ApiError> {
    site.may_guess(Guesser::Account(by))?;
    let presented = present(site, shown);
    let scan = Scan { presented, method, today: site.office.today() };
    let reply = site.office.ask(Command::CheckIn(scan), Some(by)).await?;
    let Reply::Scanned(scanned) = reply else {
        return Err(ApiError::internal("a check-in was answered with something else"));
    };
    if is_guess(&scanned.verdict) {
        site.guessed_wrong(Guesser::Account(by));
    }
    Ok(scanned)
}

/// The ticket's reference behind what somebody presents, without checking in: for a booth or a
/// desk.
///
/// # Errors
/// `unknown_ticket` for what is no ticket of this fair; `too_many_tries` of wrong ones, or of
/// different ones.
pub fn identify(site: &Site, shown: &Shown, by: AccountId) -> Result<Reference, ApiError> {
    site.may_guess(Guesser::Account(by))?;
    site.may_look_up(by)?;
    let found = match present(site, shown) {
        Presentation::Ticket(ticket) => Some(ticket.reference()),
        Presentation::Number(number) => site.fair(|fair| fair.ledger().by_number(number)),
        Presentation::Refused(_) => None,
    };
    found.ok_or_else(|| {
        site.guessed_wrong(Guesser::Account(by));
        ApiError::not_found("unknown_ticket")
    })
}

fn present(site: &Site, shown: &Shown) -> Presentation {
    match shown {
        Shown::Ticket(text) => {
            let fair = site.fair(Fair::tag);
            let checked = site.keys.check(text, fair);
            let of_a_lost_key = || site.fair(|fair| site.keys.of_a_lost_key(text, fair));
            match checked.or_else(|verdict| of_a_lost_key().ok_or(verdict)) {
                Ok(ticket) => Presentation::Ticket(ticket),
                Err(verdict) => Presentation::Refused(verdict),
            }
        }
        Shown::Number(typed) => match ShortNumber::parse(typed) {
            Some(number) => Presentation::Number(number),
            None => Presentation::Refused(Verdict::AskVolunteer { reason: Doubt::UnknownNumber }),
        },
    }
}

fn is_guess(verdict: &Verdict) -> bool {
    matches!(verdict, Verdict::NotGenuine | Verdict::AskVolunteer { reason: Doubt::UnknownNumber })
}
