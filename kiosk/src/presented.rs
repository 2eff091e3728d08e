//! What somebody presented: a scanned text or a typed number, cleaned of what scanners add.

use domain::ids::ShortNumber;
use domain::ticket::UncheckedTicket;

/// Longest scanned text that is looked at, in characters; a ticket's address has under 120.
const MAX_CHARACTERS: usize = 512;

/// Something presented at the station.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Presented {
    /// The text of a code, or a line of a scanner, without control characters.
    Text(String),
    /// A short number whose check digit is right.
    Number(ShortNumber),
}

/// A typed number that can't be one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Mistyped;

impl Presented {
    /// What a camera or a hand scanner read. A scanner may also read a printed number's bar code.
    #[must_use]
    pub fn scanned(text: &str) -> Self {
        let clean: String = text
            .chars()
            .filter(|character| !character.is_control() && *character != '\u{feff}')
            .take(MAX_CHARACTERS)
            .collect();
        let clean = clean.trim();
        match ShortNumber::parse(clean) {
            Some(number) => Self::Number(number),
            None => Self::Text(clean.to_owned()),
        }
    }

    /// What somebody typed on the keypad.
    ///
    /// # Errors
    /// [`Mistyped`] when it has not six digits or the check digit is wrong.
    pub fn typed(text: &str) -> Result<Self, Mistyped> {
        ShortNumber::parse(text).map(Self::Number).ok_or(Mistyped)
    }

    /// What tells one scan from another.
    #[must_use]
    pub fn key(&self) -> String {
        match self {
            Self::Text(text) => last_part(text).to_ascii_uppercase(),
            Self::Number(number) => number.to_string(),
        }
    }
}

/// Whether a text has the form of a ticket: of several codes in sight, this is the one meant.
#[must_use]
pub fn looks_like_a_ticket(text: &str) -> bool {
    UncheckedTicket::read(text).is_ok()
}

fn last_part(text: &str) -> &str {
    let text = text.trim_end_matches('/');
    text.rsplit('/').next().unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_scanners_add_is_dropped() {
        let number = ShortNumber::of_serial(10_000).unwrap();
        let line = format!("\u{feff}{number}\r\n\t");
        assert_eq!(Presented::scanned(&line), Presented::Number(number));
        let text = Presented::scanned(" HTTP://X/T/ABC\u{1d}DEF\r");
        assert_eq!(text, Presented::Text("HTTP://X/T/ABCDEF".to_owned()));
        assert_eq!(text.key(), "ABCDEF");
        assert_eq!(Presented::scanned(&"长".repeat(9_999)).key().chars().count(), MAX_CHARACTERS);
    }

    #[test]
    fn mistyped_numbers_are_found_here() {
        let number = ShortNumber::of_serial(12_345).unwrap();
        assert_eq!(Presented::typed(&number.grouped()), Ok(Presented::Number(number)));
        assert_eq!(Presented::typed(&(number.0 + 1).to_string()), Err(Mistyped));
        assert_eq!(Presented::typed(""), Err(Mistyped));
    }
}
