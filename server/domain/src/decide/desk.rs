//! Booths, staff accounts, shifts and consultations.

use super::{Decided, Fact, running};
use crate::codes;
use crate::command::{Consultation, NewAccount, Outcome, Referral, Reply};
use crate::event::{
    AccountCreated, ConsultationRecorded, ConsultationReferred, OutcomeRecorded, ShiftEnded,
    ShiftStarted,
};
use crate::fair::Fair;
use crate::ids::{AccountId, NodeId};
use crate::refusal::Refusal;
use crate::role::Role;
use crate::sealed::ConsultationText;

/// The longest text of a consultation's field, in characters.
const MAX_TEXT_CHARACTERS: usize = 4_000;
/// The longest login, in characters.
const MAX_LOGIN_CHARACTERS: usize = 40;

pub(super) fn record_outcome(fair: &Fair, outcome: &Outcome) -> Result<Decided, Refusal> {
    running(fair)?;
    let employer = fair.booth(outcome.booth).ok_or(Refusal::UnknownBooth)?;
    if let Some(id) = outcome.posting {
        let here = fair.posting(id).is_some_and(|posting| posting.employer == employer);
        if !here {
            return Err(Refusal::UnknownPosting);
        }
    }
    // A ticket from a kiosk that could not deliver yet is unknown here, and its owner is there.
    Ok(Decided::done(vec![Fact::open(OutcomeRecorded {
        booth: outcome.booth,
        reference: outcome.reference,
        posting: outcome.posting,
        outcome: outcome.outcome,
    })]))
}

pub(super) fn create_account(fair: &Fair, new: &NewAccount) -> Result<Decided, Refusal> {
    for text in [&new.credentials.login, &new.credentials.name] {
        let length = text.trim().chars().count();
        if length == 0 || length > MAX_LOGIN_CHARACTERS || text.chars().any(char::is_control) {
            return Err(Refusal::BadText);
        }
    }
    match (new.role, new.booth) {
        (Role::Booth, None) => return Err(Refusal::BoothMissing),
        (Role::Booth, Some(booth)) => {
            fair.booth(booth).ok_or(Refusal::UnknownBooth)?;
        }
        _ => {}
    }
    let event = AccountCreated { account: new.account, role: new.role, booth: new.booth };
    Ok(Decided::done(vec![Fact::sealed(event, &[&new.credentials])]))
}

pub(super) fn start_shift(fair: &Fair, account: AccountId, desk: u8) -> Result<Decided, Refusal> {
    running(fair)?;
    fair.account(account).ok_or(Refusal::UnknownAccount)?;
    codes::Desk::from_code(desk).ok_or(Refusal::UnknownCode)?;
    if fair.ledger().shift(account).is_some() {
        return Err(Refusal::ShiftRunning);
    }
    Ok(Decided::done(vec![Fact::open(ShiftStarted { account, desk })]))
}

pub(super) fn end_shift(fair: &Fair, account: AccountId) -> Result<Decided, Refusal> {
    fair.ledger().shift(account).ok_or(Refusal::NoShift)?;
    Ok(Decided::done(vec![Fact::open(ShiftEnded { account })]))
}

pub(super) fn record(fair: &Fair, me: NodeId, new: &Consultation) -> Result<Decided, Refusal> {
    running(fair)?;
    let shift = fair.ledger().shift(new.by.account).ok_or(Refusal::NoShift)?;
    codes::ConsultationCategory::from_code(new.category).ok_or(Refusal::UnknownCode)?;
    codes::ConsultationOutcome::from_code(new.outcome).ok_or(Refusal::UnknownCode)?;
    check_texts(&new.text)?;
    let serial = fair.ledger().next_serial(new.today, fair.place_in_line(me));
    let event = ConsultationRecorded {
        consultation: new.consultation,
        serial,
        day: new.today,
        desk: shift.desk,
        category: new.category,
        outcome: new.outcome,
        minutes: new.minutes,
        anonymous: new.anonymous,
    };
    let facts = vec![Fact::sealed(event, &[&new.text])];
    Ok(Decided { facts, reply: Reply::Recorded { serial } })
}

pub(super) fn refer(fair: &Fair, referral: &Referral) -> Result<Decided, Refusal> {
    running(fair)?;
    let known = fair.ledger().consultation(referral.consultation);
    known.ok_or(Refusal::UnknownConsultation)?;
    codes::ConsultationOutcome::from_code(referral.to).ok_or(Refusal::UnknownCode)?;
    let passed_on = referral.text.passed_on.trim();
    if !passed_on.is_empty() && !referral.consent {
        return Err(Refusal::ConsentMissing);
    }
    check_length(passed_on)?;
    let event = ConsultationReferred {
        consultation: referral.consultation,
        to: referral.to,
        consent: referral.consent,
        due: referral.due,
    };
    Ok(Decided::done(vec![Fact::sealed(event, &[&referral.text])]))
}

fn check_texts(text: &ConsultationText) -> Result<(), Refusal> {
    if text.facts.trim().is_empty() {
        return Err(Refusal::BadText);
    }
    let optional = [&text.contact, &text.opponent, &text.recorded_by];
    let all = [&text.facts, &text.advice, &text.articles].into_iter();
    all.chain(optional.into_iter().flatten()).try_for_each(|field| check_length(field))
}

fn check_length(text: &str) -> Result<(), Refusal> {
    if text.chars().count() > MAX_TEXT_CHARACTERS {
        return Err(Refusal::BadText);
    }
    Ok(())
}
