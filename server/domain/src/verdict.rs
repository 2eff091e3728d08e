//! What a scan leads to: one rule for the station without a network and for the site.

use minicbor::{Decode, Encode};

use crate::day::{Day, Days};
use crate::ids::{Hlc, NodeId};

/// The answer to a scanned ticket or a typed number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Verdict {
    /// Come in: the first check-in of the day.
    #[n(1)]
    Welcome,
    /// Came in before; friendly, never a fault.
    #[n(2)]
    AlreadyCheckedIn {
        /// When it was.
        #[n(0)]
        at: Hlc,
        /// Where.
        #[n(1)]
        station: NodeId,
    },
    /// Genuine, but for other days.
    #[n(3)]
    NotForToday {
        /// The days for which it is good.
        #[n(0)]
        days: Days,
    },
    /// Not a ticket of this fair: unreadable, forged, or of another fair.
    #[n(4)]
    NotGenuine,
    /// A volunteer should look at it.
    #[n(5)]
    AskVolunteer {
        /// Why.
        #[n(0)]
        reason: Doubt,
    },
}

/// Why a volunteer should look at a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Doubt {
    /// The ticket was withdrawn.
    #[n(1)]
    TicketRevoked,
    /// Made with a ticket key that this station has not.
    #[n(2)]
    UnknownKey,
    /// The fair is not open yet: no tickets can be checked.
    #[n(3)]
    FairNotOpen,
    /// The fair has been closed.
    #[n(4)]
    FairClosed,
    /// A rehearsal ticket at the open fair, or the other way round.
    #[n(5)]
    RehearsalMixed,
    /// A number that belongs to no ticket known here.
    #[n(6)]
    UnknownNumber,
    /// Made by a later version of the software.
    #[n(7)]
    UnknownVersion,
}

impl Verdict {
    /// The stable code, for the API, the texts and the tests.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::AlreadyCheckedIn { .. } => "already_checked_in",
            Self::NotForToday { .. } => "not_for_today",
            Self::NotGenuine => "not_genuine",
            Self::AskVolunteer { reason } => reason.code(),
        }
    }

    /// Whether the person may go in.
    #[must_use]
    pub const fn admits(&self) -> bool {
        matches!(self, Self::Welcome | Self::AlreadyCheckedIn { .. })
    }
}

impl Doubt {
    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::TicketRevoked => "ticket_revoked",
            Self::UnknownKey => "unknown_key",
            Self::FairNotOpen => "fair_not_open",
            Self::FairClosed => "fair_closed",
            Self::RehearsalMixed => "rehearsal_mixed",
            Self::UnknownNumber => "unknown_number",
            Self::UnknownVersion => "unknown_version",
        }
    }
}

/// Where a fair stands.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Default, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Stage {
    /// Nobody has set it up yet.
    #[n(0)]
    #[default]
    Unplanned,
    /// Set up and being tried out: nothing of it counts.
    #[n(1)]
    Rehearsal,
    /// Open: what happens counts.
    #[n(2)]
    Open,
    /// Over.
    #[n(3)]
    Closed,
}

/// What is known of a ticket where it is presented.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Known {
    /// It was withdrawn.
    pub revoked: bool,
    /// The day's first check-in known here.
    pub present: Option<(Hlc, NodeId)>,
}

/// The facts about a presented ticket that decide, apart from what is [`Known`] of it.
#[derive(Debug, Clone, Copy)]
pub struct Presented {
    /// Its days.
    pub days: Days,
    /// Its rehearsal mark.
    pub rehearsal: bool,
    /// Made with an older ticket key, and not known as issued: a station that was stolen may have
    /// made it.
    pub doubtful_key: bool,
    /// Today, or none when the station can't know: then days are not held against it.
    pub today: Option<Day>,
}

/// The verdict on a genuine ticket.
#[must_use]
pub fn admit(stage: Stage, ticket: Presented, known: Known) -> Verdict {
    let doubt = |reason| Verdict::AskVolunteer { reason };
    match stage {
        Stage::Unplanned => return doubt(Doubt::FairNotOpen),
        Stage::Closed => return doubt(Doubt::FairClosed),
        Stage::Rehearsal if !ticket.rehearsal => return doubt(Doubt::RehearsalMixed),
        Stage::Open if ticket.rehearsal => return doubt(Doubt::RehearsalMixed),
        Stage::Rehearsal | Stage::Open => {}
    }
    if known.revoked {
        return doubt(Doubt::TicketRevoked);
    }
    if ticket.doubtful_key {
        return doubt(Doubt::UnknownKey);
    }
    // A rehearsal happens before the fair's days, so it may not fail on them.
    let other_day = ticket.today.is_some_and(|today| !ticket.days.contains(today));
    if other_day && stage == Stage::Open {
        return Verdict::NotForToday { days: ticket.days };
    }
    match known.present {
        Some((at, station)) => Verdict::AlreadyCheckedIn { at, station },
        None => Verdict::Welcome,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TODAY: Day = Day(2_255);

    fn check(stage: Stage, change: fn(&mut Presented, &mut Known), expect: &str) {
        let days = Days { first: TODAY, last: TODAY };
        let mut ticket =
            Presented { days, rehearsal: false, doubtful_key: false, today: Some(TODAY) };
        let mut known = Known::default();
        change(&mut ticket, &mut known);
        assert_eq!(admit(stage, ticket, known).code(), expect);
    }

    #[test]
    fn each_verdict_has_its_case() {
        check(Stage::Open, |_, _| {}, "welcome");
        let seen = |_: &mut Presented, known: &mut Known| {
            known.present = Some((Hlc::from_ms(1), NodeId([0; 16])));
        };
        check(Stage::Open, seen, "already_checked_in");
        check(Stage::Open, |ticket, _| ticket.today = Some(Day(1)), "not_for_today");
        check(Stage::Open, |ticket, _| ticket.today = None, "welcome");
        check(Stage::Open, |_, known| known.revoked = true, "ticket_revoked");
        check(Stage::Open, |ticket, _| ticket.rehearsal = true, "rehearsal_mixed");
        check(Stage::Open, |ticket, _| ticket.doubtful_key = true, "unknown_key");
        check(Stage::Rehearsal, |_, _| {}, "rehearsal_mixed");
        check(Stage::Rehearsal, |ticket, _| ticket.rehearsal = true, "welcome");
        check(Stage::Closed, |_, _| {}, "fair_closed");
        check(Stage::Unplanned, |_, _| {}, "fair_not_open");
    }
}
