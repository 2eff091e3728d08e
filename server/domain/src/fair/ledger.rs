//! What happened at a fair, ticket by ticket, talk by talk, consultation by consultation (台账).
//!
//! Persons and entries stay apart everywhere: a ticket is a person, an admitting scan is an entry.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};

use minicbor::{Decode, Encode};
use smallvec::SmallVec;

use super::{Latest, Stamp};
use crate::day::Day;
use crate::employer::BoothNumber;
use crate::event::{
    ConsultationRecorded, ConsultationReferred, Event, OutcomeRecorded, SeekerCheckedIn,
    TalkOutcome, TicketIssued, VerdictShown,
};
use crate::ids::{AccountId, ConsultationId, Hlc, NodeId, PostingId, Reference, ShortNumber};
use crate::state::{Pages, Shared, packed_fields};
use crate::verdict::{Known, Verdict};

/// The longest shift that counts as served, in milliseconds: twelve hours. Whoever forgets to end
/// theirs has not served through the night.
const SHIFT_MS_MOST: u64 = 12 * 3_600_000;

/// Serials of a day's consultations at one of the machines that stood in a site server's place.
const SERIALS_OF_A_MACHINE: u32 = 10_000;

/// What is known of one ticket.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TicketState {
    /// How it was handed out; none for a ticket first seen at a scan.
    pub issued: Option<TicketIssued>,
    /// On which day it was handed out.
    pub issued_on: Option<Day>,
    /// It was withdrawn.
    pub revoked: bool,
    /// When its owner registered.
    pub registered_on: Option<Day>,
    /// Groups its owner counts themselves to.
    pub groups: SmallVec<[u8; 8]>,
    /// Its check-ins, one a day.
    pub visits: SmallVec<[Visit; 1]>,
}

/// A day's check-ins of one ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Visit {
    /// The day.
    pub day: Day,
    /// The first admitting scan: when and where.
    pub first: (Hlc, NodeId),
    /// How often the ticket was let in as if for the first time; above one, somebody should look.
    pub welcomes: u16,
    /// How often it was presented again and told so.
    pub repeats: u16,
}

/// What came of the talks of one seeker at one booth, as last recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Talk {
    /// The record.
    pub recorded: OutcomeRecorded,
    /// When.
    pub at: Hlc,
}

/// A talk as it is kept, under its booth and ticket: there are more of them than of anything else.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct KeptTalk {
    order: ([u8; 8], NodeId),
    at: [u8; 8],
    posting: Option<PostingId>,
    outcome: TalkOutcome,
}

impl KeptTalk {
    fn of(recorded: &OutcomeRecorded, stamp: &Stamp) -> Self {
        Self {
            order: (stamp.time.0.to_be_bytes(), stamp.origin),
            at: stamp.at.0.to_be_bytes(),
            posting: recorded.posting,
            outcome: recorded.outcome,
        }
    }

    const fn talk(&self, (booth, reference): (BoothNumber, Reference)) -> Talk {
        let Self { posting, outcome, .. } = *self;
        let recorded = OutcomeRecorded { booth, reference, posting, outcome };
        Talk { recorded, at: Hlc(u64::from_be_bytes(self.at)) }
    }
}

packed_fields!(TicketIssued { reference, number, days, channel, codes });
packed_fields!(crate::day::Days { first, last });
packed_fields!(TicketState { issued, issued_on, revoked, registered_on, groups, visits });
packed_fields!(Visit { day, first, welcomes, repeats });
packed_fields!(KeptTalk { order, at, posting, outcome });
packed_fields!(ConsultationRecorded {
    consultation,
    serial,
    day,
    desk,
    category,
    outcome,
    minutes,
    anonymous
});
packed_fields!(ConsultationReferred { consultation, to, consent, due });

/// A volunteer's running shift.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Shift {
    /// At which desk.
    #[n(0)]
    pub desk: u8,
    /// Since when.
    #[n(1)]
    pub since: Hlc,
}

/// What happened.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct Ledger {
    #[n(0)]
    tickets: Pages<Reference, TicketState>,
    #[n(1)]
    numbers: Pages<ShortNumber, Reference>,
    #[n(2)]
    talks: Pages<(BoothNumber, Reference), KeptTalk>,
    #[n(3)]
    refusals: Shared<BTreeMap<(Day, Cow<'static, str>), u32>>,
    #[n(4)]
    consultations: Pages<ConsultationId, ConsultationRecorded>,
    #[n(5)]
    referrals: Pages<ConsultationId, Latest<ConsultationReferred>>,
    #[n(6)]
    serials: Shared<BTreeMap<(Day, u32), u32>>,
    #[n(7)]
    shifts: Shared<HashMap<AccountId, Shift>>,
    #[n(8)]
    volunteers: Shared<HashSet<AccountId>>,
    #[n(9)]
    service_ms: Shared<BTreeMap<Day, u64>>,
}

impl Ledger {
    /// A ticket.
    #[must_use]
    pub fn ticket(&self, reference: Reference) -> Option<&TicketState> {
        self.tickets.get(reference)
    }

    /// All tickets.
    pub fn tickets(&self) -> impl Iterator<Item = (Reference, &TicketState)> {
        self.tickets.iter()
    }

    /// The ticket of a short number.
    #[must_use]
    pub fn by_number(&self, number: ShortNumber) -> Option<Reference> {
        self.numbers.get(number).copied()
    }

    /// What decides about a ticket presented on a day.
    #[must_use]
    pub fn known(&self, reference: Reference, day: Day) -> Known {
        let Some(state) = self.tickets.get(reference) else {
            return Known::default();
        };
        let present = state.visits.iter().find(|visit| visit.day == day).map(|visit| visit.first);
        Known { revoked: state.revoked, present }
    }

    /// The talks of a booth, with the seekers' tickets.
    pub fn talks_of(&self, booth: BoothNumber) -> impl Iterator<Item = Talk> {
        let first = (booth, Reference([0; 8]));
        self.talks
            .range(first..)
            .take_while(move |((of, _), _)| *of == booth)
            .map(|(key, kept)| kept.talk(key))
    }

    /// All talks.
    pub fn talks(&self) -> impl Iterator<Item = Talk> {
        self.talks.iter().map(|(key, kept)| kept.talk(key))
    }

    /// What was presented without admitting, by day and verdict code.
    pub fn refusals(&self) -> impl Iterator<Item = (Day, &str, u32)> {
        self.refusals.iter().map(|((day, code), count)| (*day, &**code, *count))
    }

    /// A consultation's open part.
    #[must_use]
    pub fn consultation(&self, id: ConsultationId) -> Option<&ConsultationRecorded> {
        self.consultations.get(id)
    }

    /// All consultations' open parts.
    pub fn consultations(&self) -> impl Iterator<Item = &ConsultationRecorded> {
        self.consultations.iter().map(|(_, recorded)| recorded)
    }

    /// All referrals, the latest of each consultation.
    pub fn referrals(&self) -> impl Iterator<Item = &ConsultationReferred> {
        self.referrals.iter().map(|(_, latest)| &latest.value)
    }

    /// A talk, and its place among all that was recorded of it: when, by the origin's clock, and where.
    pub(super) fn talk(
        &self,
        booth: BoothNumber,
        reference: Reference,
    ) -> Option<(OutcomeRecorded, (Hlc, NodeId))> {
        let kept = self.talks.get((booth, reference))?;
        let (time, origin) = kept.order;
        let time = Hlc(u64::from_be_bytes(time));
        Some((kept.talk((booth, reference)).recorded, (time, origin)))
    }

    /// The next serial of a day's consultations at the machine that has this place in its line: each has
    /// ten thousand of its own, so that two which don't hear of each other never give the same one.
    #[must_use]
    pub fn next_serial(&self, day: Day, place: u32) -> u32 {
        let first = place.saturating_mul(SERIALS_OF_A_MACHINE).saturating_add(1);
        self.serials.get(&(day, place)).map_or(first, |last| last.saturating_add(1))
    }

    /// A volunteer's running shift.
    #[must_use]
    pub fn shift(&self, account: AccountId) -> Option<Shift> {
        self.shifts.get(&account).copied()
    }

    /// How many shifts are running.
    #[must_use]
    pub fn shifts_running(&self) -> usize {
        self.shifts.len()
    }

    /// How many volunteers have served.
    #[must_use]
    pub fn volunteers(&self) -> usize {
        self.volunteers.len()
    }

    /// Time served in ended shifts, by the day on which they ended.
    pub fn service_ms(&self) -> impl Iterator<Item = (Day, u64)> {
        self.service_ms.iter().map(|(day, ms)| (*day, *ms))
    }

    pub(super) fn fold(&mut self, stamp: &Stamp, event: &Event) {
        let today = Day::of_ms(stamp.at.unix_ms());
        match event {
            Event::TicketIssued(issued) => self.fold_issued(issued, today),
            Event::TicketRevoked(revoked) => self.entry(revoked.reference).revoked = true,
            Event::SeekerRegistered(registered) => {
                let ticket = self.entry(registered.reference);
                ticket.registered_on =
                    Some(ticket.registered_on.map_or(today, |known| known.min(today)));
                ticket.groups.extend_from_slice(&registered.groups);
                ticket.groups.sort_unstable();
                ticket.groups.dedup();
            }
            Event::SeekerCheckedIn(checked_in) => self.fold_check_in(stamp, checked_in),
            Event::ScanRefused(refused) => {
                let code = Cow::Borrowed(refused.verdict.code());
                *self.refusals.entry((today, code)).or_default() += 1;
            }
            Event::VerdictShown(shown) => self.fold_shown(shown),
            Event::OutcomeRecorded(recorded) => {
                let talk = KeptTalk::of(recorded, stamp);
                let kept = self.talks.entry((recorded.booth, recorded.reference), || talk);
                if kept.order <= talk.order {
                    *kept = talk;
                }
            }
            _ => self.fold_desk(stamp, event, today),
        }
    }

    fn fold_desk(&mut self, stamp: &Stamp, event: &Event, today: Day) {
        match event {
            Event::ConsultationRecorded(recorded) => {
                let place = recorded.serial.saturating_sub(1) / SERIALS_OF_A_MACHINE;
                let last = self.serials.entry((recorded.day, place)).or_default();
                *last = recorded.serial.max(*last);
                *self.consultations.entry(recorded.consultation, || *recorded) = *recorded;
            }
            Event::ConsultationReferred(referred) => {
                let referral = Latest { order: (stamp.time, stamp.origin), value: *referred };
                let known = self.referrals.entry(referred.consultation, || referral.clone());
                if known.order <= referral.order {
                    *known = referral;
                }
            }
            Event::ShiftStarted(started) => {
                self.volunteers.insert(started.account);
                let shift = Shift { desk: started.desk, since: stamp.at };
                self.shifts.insert(started.account, shift);
            }
            Event::ShiftEnded(ended) => {
                if let Some(shift) = self.shifts.remove(&ended.account) {
                    let ms = stamp.at.unix_ms().saturating_sub(shift.since.unix_ms());
                    let ms = ms.min(SHIFT_MS_MOST);
                    *self.service_ms.entry(today).or_default() += ms;
                }
            }
            _ => {}
        }
    }

    fn entry(&mut self, reference: Reference) -> &mut TicketState {
        self.tickets.entry(reference, TicketState::default)
    }

    /// Ids and numbers are unique; should two records disagree all the same, the lower value
    /// stays, whichever came first.
    fn fold_issued(&mut self, issued: &TicketIssued, today: Day) {
        let ticket = self.entry(issued.reference);
        ticket.issued_on = Some(ticket.issued_on.map_or(today, |known| known.min(today)));
        let order = |issued: &TicketIssued| (issued.number, issued.channel, issued.codes);
        if ticket.issued.is_none_or(|known| order(issued) < order(&known)) {
            ticket.issued = Some(*issued);
        }
        let owner = self.numbers.entry(issued.number, || issued.reference);
        *owner = issued.reference.min(*owner);
    }

    fn fold_check_in(&mut self, stamp: &Stamp, checked_in: &SeekerCheckedIn) {
        let here = (stamp.at, stamp.origin);
        let visit = self.visit(checked_in.reference, checked_in.day, here);
        visit.first = visit.first.min(here);
        if checked_in.verdict == Verdict::Welcome {
            visit.welcomes = visit.welcomes.saturating_add(1);
        } else {
            visit.repeats = visit.repeats.saturating_add(1);
        }
    }

    /// A screen that said "already checked in" let nobody in for the first time.
    fn fold_shown(&mut self, shown: &VerdictShown) {
        let Some((reference, day)) = shown.corrects else {
            return;
        };
        let visits = &mut self.entry(reference).visits;
        if let Some(visit) = visits.iter_mut().find(|visit| visit.day == day) {
            visit.welcomes = visit.welcomes.saturating_sub(1);
            visit.repeats = visit.repeats.saturating_add(1);
        }
    }

    fn visit(&mut self, reference: Reference, day: Day, here: (Hlc, NodeId)) -> &mut Visit {
        let visits = &mut self.entry(reference).visits;
        let place = match visits.binary_search_by_key(&day, |visit| visit.day) {
            Ok(place) => place,
            Err(place) => {
                visits.insert(place, Visit { day, first: here, welcomes: 0, repeats: 0 });
                place
            }
        };
        visits.get_mut(place).expect("found or just inserted")
    }
}
