//! Where two site servers recorded what doesn't go together, since neither knew of the other: a standby
//! was promoted, and the machine that it followed had recorded more than had arrived, or went on.
//!
//! Nothing is dropped: both records stay, and the fold decides by rules that need nobody. Which one it
//! was is said here, so that a human can look.

use minicbor::{Decode, Encode};

use super::{Fair, Ledger, Stamp};
use crate::day::Day;
use crate::employer::BoothNumber;
use crate::event::{Event, OutcomeRecorded, SeekerCheckedIn};
use crate::ids::{Hlc, NodeId, Reference};
use crate::verdict::Verdict;

/// What two machines disagree about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Subject {
    /// A ticket was let in at both as if for the first time on a day. The earlier one counts, then the
    /// lower origin; it is one person.
    #[n(0)]
    LetInTwice {
        /// The ticket.
        #[n(0)]
        reference: Reference,
        /// The day.
        #[n(1)]
        day: Day,
    },
    /// A ticket was withdrawn at one, and let in at the other. It stays withdrawn; the entry counts.
    #[n(1)]
    LetInWithdrawn {
        /// The ticket.
        #[n(0)]
        reference: Reference,
    },
    /// A booth recorded another outcome at each. The later one counts, then the higher origin.
    #[n(2)]
    Outcome {
        /// The booth.
        #[n(0)]
        booth: BoothNumber,
        /// The seeker's ticket.
        #[n(1)]
        reference: Reference,
    },
    /// The fair's settings were changed at both. The later ones count, then the higher origin's.
    #[n(3)]
    Settings,
    /// A booth was given to another employer at each. The later one has it, then the higher origin's.
    #[n(4)]
    Booth {
        /// The booth.
        #[n(0)]
        booth: BoothNumber,
    },
}

/// Two records that don't go together.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct Disagreement {
    /// About what.
    #[n(0)]
    pub subject: Subject,
    /// When the record that came was made, by its origin's clock.
    #[n(1)]
    pub theirs_at: Hlc,
    /// Where.
    #[n(2)]
    pub theirs_by: NodeId,
    /// Whether the fold goes by the one that came, and not by what was known here.
    #[n(3)]
    pub theirs_counts: bool,
}

impl Fair {
    /// How a record of another site server disagrees with what `me` has recorded; asked before it is
    /// folded. What that one knew of, it would not have recorded so.
    #[must_use]
    pub fn disagreement(&self, me: NodeId, stamp: &Stamp, event: &Event) -> Option<Disagreement> {
        let order = (stamp.time, stamp.origin);
        let later = |known: (Hlc, NodeId)| known <= order;
        let ledger = if stamp.rehearsal { &self.rehearsal } else { &self.live };
        let (subject, theirs_counts) = match event {
            Event::SeekerCheckedIn(scan) => ledger.let_in(stamp, scan)?,
            Event::TicketRevoked(revoked) => {
                let visits = &ledger.ticket(revoked.reference)?.visits;
                visits.iter().find(|visit| visit.first.1 == me && visit.welcomes > 0)?;
                (Subject::LetInWithdrawn { reference: revoked.reference }, true)
            }
            Event::OutcomeRecorded(recorded) => {
                let known = ledger.other_outcome(me, recorded)?;
                let (booth, reference) = (recorded.booth, recorded.reference);
                (Subject::Outcome { booth, reference }, later(known))
            }
            Event::FairPlanned(planned) => {
                let known = self.settings.as_ref().filter(|known| known.order.1 == me)?;
                (known.value != *planned).then_some((Subject::Settings, later(known.order)))?
            }
            Event::BoothAssigned(assigned) => {
                let known = self.booths.get(&assigned.booth).filter(|known| known.order.1 == me)?;
                let subject = Subject::Booth { booth: assigned.booth };
                (known.value != assigned.employer).then_some((subject, later(known.order)))?
            }
            _ => return None,
        };
        let (theirs_at, theirs_by) = (stamp.at, stamp.origin);
        Some(Disagreement { subject, theirs_at, theirs_by, theirs_counts })
    }
}

impl Ledger {
    fn let_in(&self, stamp: &Stamp, scan: &SeekerCheckedIn) -> Option<(Subject, bool)> {
        let SeekerCheckedIn { reference, day, .. } = *scan;
        if scan.verdict != Verdict::Welcome {
            return None;
        }
        let ticket = self.ticket(reference)?;
        if ticket.revoked {
            return Some((Subject::LetInWithdrawn { reference }, false));
        }
        let visit = ticket.visits.iter().find(|visit| visit.day == day && visit.welcomes > 0)?;
        let theirs = (stamp.at, stamp.origin);
        Some((Subject::LetInTwice { reference, day }, theirs < visit.first))
    }

    fn other_outcome(&self, me: NodeId, recorded: &OutcomeRecorded) -> Option<(Hlc, NodeId)> {
        let (known, order) = self.talk(recorded.booth, recorded.reference)?;
        (order.1 == me && known != *recorded).then_some(order)
    }
}
