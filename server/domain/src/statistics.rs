//! The figures that reports carry, by day and in all: persons and entries apart, talks, intentions
//! and hires apart, postings and openings apart.

use std::collections::BTreeMap;

use crate::day::Day;
use crate::event::{Channel, TalkOutcome};
use crate::fair::{Fair, Ledger, TicketState};

/// Figures of one day, or of all days together.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Counts {
    /// Tickets handed out.
    pub tickets: u32,
    /// Tickets handed out, by where.
    pub tickets_by_channel: BTreeMap<Channel, u32>,
    /// Seekers who said more about themselves than a guest.
    pub registered: u32,
    /// Different persons who came (人).
    pub persons: u32,
    /// Entries (人次).
    pub entries: u32,
    /// Tickets presented again after they had been checked in.
    pub repeats: u32,
    /// Presented without being let in.
    pub refused: u32,
    /// Let in twice as if for the first time, by stations that could not ask each other.
    pub conflicts: u32,
    /// Talks of a seeker at a booth (洽谈).
    pub talks: u32,
    /// Of these, interviews agreed.
    pub interviews: u32,
    /// Of these, intentions (就业意向).
    pub intentions: u32,
    /// Of these, hires on the spot (现场录用).
    pub hires: u32,
    /// Consultations.
    pub consultations: u32,
    /// Service time of ended shifts, in minutes.
    pub service_minutes: u32,
}

/// All figures of a fair.
#[derive(Debug, Clone, Default, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Statistics {
    /// Employers taking part (家).
    pub employers: u32,
    /// Postings on offer (个).
    pub postings: u32,
    /// Openings of these postings (人数).
    pub openings: u32,
    /// Booths assigned.
    pub booths: u32,
    /// All days together.
    pub total: Counts,
    /// Each day.
    pub days: BTreeMap<Day, Counts>,
    /// Persons who came, by group; one person may be in several.
    pub groups: BTreeMap<u8, u32>,
    /// Consultations by desk.
    pub consultations_by_desk: BTreeMap<u8, u32>,
    /// Consultations by category.
    pub consultations_by_category: BTreeMap<u8, u32>,
    /// Consultations by outcome.
    pub consultations_by_outcome: BTreeMap<u8, u32>,
    /// Consultations referred to another office.
    pub referrals: u32,
    /// Volunteers who served.
    pub volunteers: u32,
}

impl Statistics {
    /// The figures of what counts now ([`Fair::ledger`]).
    #[must_use]
    pub fn of(fair: &Fair) -> Self {
        Self::with_ledger(fair, fair.ledger())
    }

    /// The figures of the open fair only, as headquarters counts them.
    #[must_use]
    pub fn of_live(fair: &Fair) -> Self {
        Self::with_ledger(fair, fair.live())
    }

    fn with_ledger(fair: &Fair, ledger: &Ledger) -> Self {
        let mut figures = Self {
            employers: count(fair.employers().count()),
            postings: count(fair.postings().count()),
            openings: fair.postings().map(|posting| u32::from(posting.openings)).sum(),
            booths: count(fair.booths().count()),
            referrals: count(ledger.referrals().count()),
            volunteers: count(ledger.volunteers()),
            ..Self::default()
        };
        for (_, ticket) in ledger.tickets() {
            figures.add_ticket(ticket);
        }
        figures.add_talks(ledger);
        figures.add_desks(ledger);
        for (day, _, times) in ledger.refusals() {
            figures.add(day, |counts| counts.refused += times);
        }
        figures
    }

    fn add(&mut self, day: Day, change: impl Fn(&mut Counts)) {
        change(&mut self.total);
        change(self.days.entry(day).or_default());
    }

    fn add_ticket(&mut self, ticket: &TicketState) {
        if let (Some(issued), Some(day)) = (&ticket.issued, ticket.issued_on) {
            self.add(day, |counts| {
                counts.tickets += 1;
                *counts.tickets_by_channel.entry(issued.channel).or_default() += 1;
            });
        }
        if let Some(day) = ticket.registered_on {
            self.add(day, |counts| counts.registered += 1);
        }
        if ticket.visits.is_empty() {
            return;
        }
        for group in &ticket.groups {
            *self.groups.entry(*group).or_default() += 1;
        }
        // A person is counted once a day in the days, and once in the total.
        self.total.persons += 1;
        for visit in &ticket.visits {
            self.days.entry(visit.day).or_default().persons += 1;
            self.add(visit.day, |counts| {
                counts.entries += u32::from(visit.welcomes);
                counts.repeats += u32::from(visit.repeats);
                counts.conflicts += u32::from(visit.welcomes > 1);
            });
        }
    }

    fn add_talks(&mut self, ledger: &Ledger) {
        for talk in ledger.talks() {
            let outcome = talk.recorded.outcome;
            self.add(Day::of_ms(talk.at.unix_ms()), |counts| {
                counts.talks += 1;
                match outcome {
                    TalkOutcome::Interview => counts.interviews += 1,
                    TalkOutcome::Intention => counts.intentions += 1,
                    TalkOutcome::Hire => counts.hires += 1,
                    TalkOutcome::Talk | TalkOutcome::None => {}
                }
            });
        }
    }

    fn add_desks(&mut self, ledger: &Ledger) {
        for consultation in ledger.consultations() {
            self.add(consultation.day, |counts| counts.consultations += 1);
            *self.consultations_by_desk.entry(consultation.desk).or_default() += 1;
            *self.consultations_by_category.entry(consultation.category).or_default() += 1;
            *self.consultations_by_outcome.entry(consultation.outcome).or_default() += 1;
        }
        for (day, ms) in ledger.service_ms() {
            let minutes = u32::try_from(ms / 60_000).unwrap_or(u32::MAX);
            self.add(day, |counts| counts.service_minutes += minutes);
        }
    }
}

fn count(of: usize) -> u32 {
    u32::try_from(of).unwrap_or(u32::MAX)
}
