//! Pictures beside words, drawn as lines. They repeat what the word says, so they are hidden from
//! screen readers.

use maud::{Markup, html};

/// A picture.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Icon {
    Check,
    Again,
    Calendar,
    Question,
    Hand,
    Ticket,
    Route,
    Pause,
    Clock,
    Camera,
}

impl Icon {
    pub(super) fn draw(self) -> Markup {
        html! {
            svg.icon viewBox="0 0 48 48" fill="none" stroke="currentColor" stroke-width="4"
                stroke-linecap="round" stroke-linejoin="round" aria-hidden="true" {
                path d=(self.path()) {}
            }
        }
    }

    const fn path(self) -> &'static str {
        match self {
            Self::Check => "M8 26l11 11L40 13",
            Self::Again => "M24 6a18 18 0 1 0 0 36 18 18 0 0 0 0-36zM15 25l7 7 12-14",
            Self::Calendar => "M7 11h34v30H7zM7 20h34M16 6v9M32 6v9M18 29l12 8M30 29l-12 8",
            Self::Question => "M16 17a8 8 0 1 1 12 7c-3 2-4 4-4 7M24 39v1",
            Self::Hand => {
                "M14 26V12a3 3 0 0 1 6 0v10M20 22V8a3 3 0 0 1 6 0v14M26 22V10a3 3 0 0 1 6 0v14\
                 M32 22v-6a3 3 0 0 1 6 0v14c0 8-5 12-12 12-6 0-9-3-12-8l-6-10a3 3 0 0 1 5-3l3 4"
            }
            Self::Ticket => "M6 14h36v7a3 3 0 0 0 0 6v7H6v-7a3 3 0 0 0 0-6zM30 15v18",
            Self::Route => {
                "M12 40a5 5 0 1 0 0-10 5 5 0 0 0 0 10zM36 18a5 5 0 1 0 0-10 5 5 0 0 0 0 10z\
                 M17 35h13a6 6 0 0 0 0-12H18a5 5 0 0 1 0-10h13"
            }
            Self::Pause => "M17 10v28M31 10v28",
            Self::Clock => "M24 6a18 18 0 1 0 0 36 18 18 0 0 0 0-36zM24 14v11l7 5",
            Self::Camera => "M6 15h9l4-5h10l4 5h9v24H6zM24 33a7 7 0 1 0 0-14 7 7 0 0 0 0 14z",
        }
    }
}
