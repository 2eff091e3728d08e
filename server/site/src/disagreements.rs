//! What a human should look at after a promotion: the old machine recorded things that don't go together
//! with what was recorded here.

use domain::day::Day;
use domain::employer::BoothNumber;
use domain::fair::Subject;
use domain::ids::{Hlc, Reference, ShortNumber};
use serde::Serialize;

use crate::machine::FairMachine;
use crate::site::Site;

/// Two records that don't go together, for people.
#[derive(Debug, Clone, Serialize)]
pub struct Shown {
    /// About what, as a stable word.
    pub about: &'static str,
    /// The ticket.
    pub reference: Option<Reference>,
    /// Its number, where known.
    pub number: Option<ShortNumber>,
    /// The booth.
    pub booth: Option<BoothNumber>,
    /// The day, where a ticket was let in twice.
    pub day: Option<Day>,
    /// When the old machine recorded its own.
    pub there_at: Hlc,
    /// Whether the old machine's record counts.
    pub there_counts: bool,
}

/// All that is known of them.
#[derive(Debug, Clone, Serialize)]
pub struct Disagreements {
    /// The latest to arrive first.
    pub disagreements: Vec<Shown>,
    /// How many more there were than are named.
    pub more: u64,
}

impl Site {
    /// What the machine whose place this one took recorded against what was recorded here.
    #[must_use]
    pub fn disagreements(&self) -> Disagreements {
        self.store().read(|machine| Disagreements {
            disagreements: machine
                .disagreements()
                .iter()
                .rev()
                .map(|it| shown(machine, it))
                .collect(),
            more: machine.more_disagreements(),
        })
    }
}

fn shown(machine: &FairMachine, found: &domain::fair::Disagreement) -> Shown {
    let (about, reference, booth, day) = match found.subject {
        Subject::LetInTwice { reference, day } => {
            ("let_in_twice", Some(reference), None, Some(day))
        }
        Subject::LetInWithdrawn { reference } => ("let_in_withdrawn", Some(reference), None, None),
        Subject::Outcome { booth, reference } => ("outcome", Some(reference), Some(booth), None),
        Subject::Settings => ("settings", None, None, None),
        Subject::Booth { booth } => ("booth", None, Some(booth), None),
    };
    let ledger = office::OfficeMachine::fair(machine).ledger();
    let issued = reference.and_then(|reference| ledger.ticket(reference)?.issued);
    Shown {
        about,
        reference,
        number: issued.map(|issued| issued.number),
        booth,
        day,
        there_at: found.theirs_at,
        there_counts: found.theirs_counts,
    }
}
