//! What can come of a talk, in the order of the buttons.

use domain::event::TalkOutcome;

/// The outcomes as people press them.
pub(super) const ALL: [TalkOutcome; 5] = [
    TalkOutcome::Talk,
    TalkOutcome::Interview,
    TalkOutcome::Intention,
    TalkOutcome::Hire,
    TalkOutcome::None,
];

/// The name that the form carries.
pub(super) const fn code(outcome: TalkOutcome) -> &'static str {
    match outcome {
        TalkOutcome::Talk => "talk",
        TalkOutcome::Interview => "interview",
        TalkOutcome::Intention => "intention",
        TalkOutcome::Hire => "hire",
        TalkOutcome::None => "none",
    }
}

/// The outcome of a name.
pub(super) fn of_code(text: &str) -> Option<TalkOutcome> {
    ALL.into_iter().find(|outcome| code(*outcome) == text)
}

/// The text of its name.
pub(super) const fn key(outcome: TalkOutcome) -> &'static str {
    match outcome {
        TalkOutcome::Talk => "booth_outcome.talk",
        TalkOutcome::Interview => "booth_outcome.interview",
        TalkOutcome::Intention => "booth_outcome.intention",
        TalkOutcome::Hire => "booth_outcome.hire",
        TalkOutcome::None => "booth_outcome.none",
    }
}
