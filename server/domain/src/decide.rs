//! What a command leads to: the events to be appended, all of them or none, or a refusal.

use crate::command::{Command, NewTicket, Registration, Reply};
use crate::event::{
    AccountDisabled, Channel, DeviceEnrolled, DeviceRevoked, Event, NodeReplaced, SeekerRegistered,
    TicketIssued, TicketRevoked,
};
use crate::fair::Fair;
use crate::ids::{NodeId, Reference, ShortNumber};
use crate::refusal::Refusal;
use crate::ticket::Ticket;
use crate::verdict::Stage;

mod catalogue;
mod check_in;
mod desk;
mod plan;

pub use check_in::judge;
pub use plan::TICKET_PATH;

/// How many short numbers a kiosk may hand out without asking again.
pub const KIOSK_NUMBERS: u32 = 1_000;
/// How many short numbers are kept for kiosks and staff when phones ask for many.
pub const RESERVED_NUMBERS: u32 = 30_000;
/// How many short numbers the site takes for itself at a time.
pub const SITE_NUMBERS: u32 = 10_000;
/// How many short numbers are left, if there are enough, to a machine whose place is taken: it may have
/// granted that many which nobody else has heard of.
pub const LEFT_NUMBERS: u32 = SITE_NUMBERS;

/// An event with the plaintext of its sealed parts, in the order that the event documents.
#[derive(Debug, Clone)]
pub struct Fact {
    /// What happened.
    pub event: Event,
    /// What is to be sealed beside it.
    pub secrets: Vec<Vec<u8>>,
}

/// What a command leads to.
#[derive(Debug, Clone)]
pub struct Decided {
    /// One transaction.
    pub facts: Vec<Fact>,
    /// The answer, good once the facts are durable.
    pub reply: Reply,
}

impl Fact {
    /// An event without sealed parts.
    #[must_use]
    pub fn open(event: impl Into<Event>) -> Self {
        Self { event: event.into(), secrets: Vec::new() }
    }

    fn sealed<T: minicbor::Encode<()>>(event: impl Into<Event>, secrets: &[&T]) -> Self {
        let secrets = secrets.iter().map(|secret| plain(*secret)).collect();
        Self { event: event.into(), secrets }
    }
}

impl Decided {
    fn done(facts: Vec<Fact>) -> Self {
        Self { facts, reply: Reply::Done }
    }
}

/// Decides a command in a state of the fair, as the node `me`. Whoever knows that another machine took
/// its place records nothing any more.
///
/// # Errors
/// A [`Refusal`]: nothing is appended.
pub fn decide(fair: &Fair, me: NodeId, command: &Command) -> Result<Decided, Refusal> {
    if fair.is_superseded(me) {
        return Err(Refusal::SiteSuperseded);
    }
    match command {
        Command::PlanFair(planned, first_key) => plan::plan(fair, me, planned, first_key),
        Command::DrawTicketKey(key) => plan::draw_key(fair, me, key),
        Command::OpenFair => plan::open(fair),
        Command::CloseFair => plan::close(fair),
        Command::ImportEmployers(catalogue) => catalogue::import(fair, catalogue),
        Command::IssueTicket(new) => issue(fair, me, new, None),
        Command::RegisterSeeker(new, registration) => issue(fair, me, new, Some(registration)),
        Command::RevokeTicket(reference) => revoke(fair, *reference),
        Command::CheckIn(scan) => Ok(check_in::check_in(fair, scan)),
        Command::RecordOutcome(outcome) => desk::record_outcome(fair, outcome),
        Command::CreateAccount(new) => desk::create_account(fair, new),
        Command::DisableAccount(account) => {
            fair.account(*account).ok_or(Refusal::UnknownAccount)?;
            Ok(Decided::done(vec![Fact::open(AccountDisabled { account: *account })]))
        }
        Command::StartShift { account, desk } => desk::start_shift(fair, *account, *desk),
        Command::EndShift { account } => desk::end_shift(fair, *account),
        Command::RecordConsultation(consultation) => desk::record(fair, me, consultation),
        Command::ReferConsultation(referral) => desk::refer(fair, referral),
        Command::EnrolDevice(device) => Ok(enrol(fair, device)),
        Command::GrantNumbers(node) => {
            fair.device(*node).ok_or(Refusal::UnknownNode)?;
            let block = fair.numbers().free_block(*node, KIOSK_NUMBERS);
            Ok(Decided::done(vec![Fact::open(block.ok_or(Refusal::NumbersUsedUp)?)]))
        }
        Command::RevokeDevice(node, next_key) => {
            fair.device(*node).ok_or(Refusal::UnknownNode)?;
            let mut facts = vec![Fact::open(DeviceRevoked { node: *node })];
            // With all generations used up the trust ends all the same.
            let drawn = next_key.as_ref().and_then(|key| plan::draw_key(fair, me, key).ok());
            facts.extend(drawn.into_iter().flat_map(|drawn| drawn.facts));
            Ok(Decided::done(facts))
        }
        Command::ReplaceNode(device, replaced) => Ok(replace(fair, device.as_ref(), replaced)),
        Command::LinkHeadquarters(linked) => Ok(Decided::done(vec![Fact::open(linked.clone())])),
        Command::NoteStandby(standby) => Ok(Decided::done(vec![Fact::open(standby.clone())])),
        Command::TakeOver(replaced) => take_over(fair, me, replaced),
    }
}

/// Whether the fair is in a stage in which things happen, in rehearsal or in earnest.
fn running(fair: &Fair) -> Result<(), Refusal> {
    match fair.stage() {
        Stage::Unplanned => Err(Refusal::FairNotPlanned),
        Stage::Closed => Err(Refusal::FairClosed),
        Stage::Rehearsal | Stage::Open => Ok(()),
    }
}

fn issue(
    fair: &Fair,
    me: NodeId,
    new: &NewTicket,
    registration: Option<&Registration>,
) -> Result<Decided, Refusal> {
    running(fair)?;
    let settings = fair.settings().ok_or(Refusal::FairNotPlanned)?;
    let mut facts = Vec::new();
    let number = next_number(fair, (me, new.channel), &mut facts)?;
    let ticket = Ticket {
        generation: fair.key_generation().ok_or(Refusal::FairNotPlanned)?,
        rehearsal: fair.stage() == Stage::Rehearsal,
        fair: settings.fair,
        id: new.id.0,
        days: settings.days,
        codes: new.codes,
    };
    facts.push(Fact::open(TicketIssued {
        reference: ticket.reference(),
        number,
        days: ticket.days,
        channel: new.channel,
        codes: new.codes,
    }));
    if let Some(registration) = registration {
        facts.push(registered(ticket.reference(), new, registration));
    }
    Ok(Decided { facts, reply: Reply::Issued { ticket, number } })
}

/// The next number of this node's block; a new block is taken in the same transaction when the
/// old one is used up. The last ones are kept for those who stand at the door: phones get none.
fn next_number(
    fair: &Fair,
    (me, channel): (NodeId, Channel),
    facts: &mut Vec<Fact>,
) -> Result<ShortNumber, Refusal> {
    if let Some(number) = fair.numbers().next_for(me) {
        return Ok(number);
    }
    if channel == Channel::Phone && fair.numbers().free() < RESERVED_NUMBERS {
        return Err(Refusal::NumbersUsedUp);
    }
    let block = fair.numbers().free_block(me, SITE_NUMBERS).ok_or(Refusal::NumbersUsedUp)?;
    facts.push(Fact::open(block));
    ShortNumber::of_serial(block.first_serial).ok_or(Refusal::NumbersUsedUp)
}

fn registered(reference: Reference, new: &NewTicket, registration: &Registration) -> Fact {
    let event = SeekerRegistered {
        reference,
        notice_version: registration.notice_version,
        language: registration.language.clone(),
        channel: new.channel,
        purposes: registration.purposes.clone(),
        groups: registration.groups.clone(),
    };
    let secrets = vec![plain(&registration.contact), plain(&registration.profile)];
    Fact { event: event.into(), secrets }
}

fn revoke(fair: &Fair, reference: Reference) -> Result<Decided, Refusal> {
    running(fair)?;
    fair.ledger().ticket(reference).ok_or(Refusal::UnknownTicket)?;
    Ok(Decided::done(vec![Fact::open(TicketRevoked { reference })]))
}

/// A node that enrols again keeps its numbers.
fn enrol(fair: &Fair, device: &DeviceEnrolled) -> Decided {
    let mut facts = vec![Fact::open(device.clone())];
    if fair.numbers().left_for(device.node) == 0 {
        let block = fair.numbers().free_block(device.node, KIOSK_NUMBERS);
        facts.extend(block.map(Fact::open));
    }
    Decided::done(facts)
}

/// The trust in those that were lost ends with it, should they turn up again.
fn replace(fair: &Fair, device: Option<&DeviceEnrolled>, replaced: &NodeReplaced) -> Decided {
    let mut facts = vec![Fact::open(replaced.clone())];
    facts.extend(device.cloned().map(Fact::open));
    let lost = replaced.before.iter().filter(|lost| fair.device(**lost).is_some());
    facts.extend(lost.map(|lost| Fact::open(DeviceRevoked { node: *lost })));
    Decided::done(facts)
}

/// Nothing is left to do where it was done before. The trust in the other one stays: what it recorded
/// may still come.
fn take_over(fair: &Fair, me: NodeId, replaced: &NodeReplaced) -> Result<Decided, Refusal> {
    fair.tag().ok_or(Refusal::FairNotPlanned)?;
    if fair.replaced(me).is_some() {
        return Ok(Decided::done(Vec::new()));
    }
    let mut facts = vec![Fact::open(replaced.clone())];
    let (numbers, lost) = (fair.numbers(), replaced.before.first());
    let left = LEFT_NUMBERS.min(numbers.free() / 4);
    facts.extend(lost.and_then(|lost| numbers.free_block(*lost, left)).map(Fact::open));
    Ok(Decided::done(facts))
}

fn plain<T: minicbor::Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("encoding into memory never fails")
}
