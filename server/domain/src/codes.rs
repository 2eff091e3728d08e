//! The value lists of a fair: occupations, education, districts, industries, groups of seekers,
//! the volunteers' desks with their categories and outcomes.
//!
//! Each value has a stable number (written into records), a stable name in snake_case (for the
//! API) and a name in Chinese and English. Numbers and names are never reused; a number that this
//! version does not know is kept and written back as it came. The lists know nothing of what
//! refers to them.

use std::fmt;

#[macro_use]
mod table;

mod consultation;
mod district;
mod education;
mod industry;
mod occupation;
mod plain;
mod purpose;
mod seeker_group;

pub use consultation::{ConsultationCategory, ConsultationOutcome, Desk};
pub use district::District;
pub use education::Education;
pub use industry::Industry;
pub use occupation::{Branch, Occupation, OccupationGroup};
pub use plain::plain;
pub use purpose::Purpose;
pub use seeker_group::SeekerGroup;

/// A language in which names and sentences are shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// Chinese, the first language of every screen.
    #[default]
    Zh,
    /// English.
    En,
}

impl Lang {
    /// Both, in the order in which they are shown.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The language's tag, `zh` or `en`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language of a tag; anything but English is Chinese.
    #[must_use]
    pub fn from_code(tag: &str) -> Self {
        if tag.starts_with("en") { Self::En } else { Self::Zh }
    }

    /// The one of two texts that is in this language.
    #[must_use]
    pub const fn pick<'a>(self, zh: &'a str, en: &'a str) -> &'a str {
        match self {
            Self::Zh => zh,
            Self::En => en,
        }
    }
}

impl fmt::Display for Lang {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(self.code())
    }
}

#[cfg(test)]
mod tests;
