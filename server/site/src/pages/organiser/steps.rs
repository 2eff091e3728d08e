//! The five steps of setting up, always in sight: which are done, which is at hand.

use domain::fair::Fair;
use domain::role::Role;
use domain::verdict::Stage;
use maud::{Markup, html};
use web::{Lang, t};

use crate::site::Site;

/// A step.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Step {
    Fair,
    Employers,
    Accounts,
    Kiosks,
    Open,
}

impl Step {
    pub(super) const ALL: [Self; 5] =
        [Self::Fair, Self::Employers, Self::Accounts, Self::Kiosks, Self::Open];

    pub(super) const fn path(self) -> &'static str {
        match self {
            Self::Fair => "/organiser/fair",
            Self::Employers => "/organiser/employers",
            Self::Accounts => "/organiser/accounts",
            Self::Kiosks => "/organiser/kiosks",
            Self::Open => "/organiser/open",
        }
    }

    pub(super) fn label(self, lang: Lang) -> &'static str {
        t(
            lang,
            match self {
                Self::Fair => "organiser_steps.fair",
                Self::Employers => "organiser_steps.employers",
                Self::Accounts => "organiser_steps.accounts",
                Self::Kiosks => "organiser_steps.kiosks",
                Self::Open => "organiser_steps.open",
            },
        )
    }

    pub(super) fn is_done(self, fair: &Fair) -> bool {
        match self {
            Self::Fair => fair.settings().is_some(),
            Self::Employers => fair.booths().next().is_some(),
            Self::Accounts => fair.accounts().any(|(_, known)| known.role != Role::Organiser),
            Self::Kiosks => fair.devices().any(|device| !fair.is_revoked(device.node)),
            Self::Open => matches!(fair.stage(), Stage::Open | Stage::Closed),
        }
    }
}

/// The steps with the one at hand marked.
pub(super) fn steps(site: &Site, lang: Lang, here: Step) -> Markup {
    let done = site.fair(|fair| Step::ALL.map(|step| (step, step.is_done(fair))));
    html! {
        nav .steps aria-label=(t(lang, "organiser_steps.label")) {
            ol {
                @for (place, (step, done)) in (1..).zip(done) {
                    li .done[done] {
                        a href=(step.path()) aria-current=[(step == here).then_some("step")] {
                            span .place aria-hidden="true" {
                                @if done { "✓" } @else { (place) }
                            }
                            span { (step.label(lang)) }
                            @if done { span .unseen { (t(lang, "organiser_steps.done")) } }
                        }
                    }
                }
            }
        }
    }
}

/// The way on to the next step.
pub(super) fn next(lang: Lang, after: Step) -> Markup {
    let next = Step::ALL.iter().skip_while(|step| **step != after).nth(1);
    html! {
        @if let Some(next) = next {
            p .actions { a .plain href=(next.path()) {
                (t(lang, "organiser_steps.next")) (next.label(lang))
            } }
        }
    }
}
