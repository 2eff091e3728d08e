//! The short number printed under a ticket's QR code: five digits and a check digit, so that one
//! mistyped digit never opens somebody else's ticket.

use std::fmt::Write as _;

use crate::ids::ShortNumber;

/// Serials run from here on, so that every number has six digits.
pub const FIRST_SERIAL: u32 = 10_000;
/// The last serial that still gives six digits.
pub const LAST_SERIAL: u32 = 99_999;

impl ShortNumber {
    /// The number of a serial between [`FIRST_SERIAL`] and [`LAST_SERIAL`].
    #[must_use]
    pub fn of_serial(serial: u32) -> Option<Self> {
        (FIRST_SERIAL..=LAST_SERIAL)
            .contains(&serial)
            .then(|| Self(serial * 10 + check_digit(serial)))
    }

    /// Reads what somebody typed: blanks and hyphens are skipped, full-width digits are digits.
    /// None if it has not six digits or the check digit is wrong.
    #[must_use]
    pub fn parse(text: &str) -> Option<Self> {
        let mut value = 0_u32;
        let mut digits = 0;
        for character in text.chars() {
            let digit = match character {
                ' ' | '-' | '\u{3000}' => continue,
                '0'..='9' => u32::from(character) - u32::from('0'),
                '０'..='９' => u32::from(character) - u32::from('０'),
                _ => return None,
            };
            digits += 1;
            if digits > 6 {
                return None;
            }
            value = value * 10 + digit;
        }
        let serial = value / 10;
        Self::of_serial(serial).filter(|number| number.0 == value)
    }

    /// As people read it aloud: two groups of three.
    #[must_use]
    pub fn grouped(self) -> String {
        let mut text = String::with_capacity(7);
        write!(text, "{:03} {:03}", self.0 / 1_000, self.0 % 1_000)
            .expect("writing to a string never fails");
        text
    }
}

/// ISO/IEC 7064 MOD 11,10: finds every single wrong digit and nearly all exchanged neighbours.
fn check_digit(serial: u32) -> u32 {
    let mut divisor = FIRST_SERIAL;
    let mut product = 10;
    while divisor > 0 {
        let sum = (serial / divisor % 10 + product) % 10;
        product = if sum == 0 { 10 } else { sum } * 2 % 11;
        divisor /= 10;
    }
    (11 - product) % 10
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_wrong_digit_is_always_found() {
        for serial in (FIRST_SERIAL..=LAST_SERIAL).step_by(37) {
            let number = ShortNumber::of_serial(serial).unwrap();
            assert_eq!(ShortNumber::parse(&number.grouped()), Some(number));
            for place in 0..6 {
                let digit = number.0 / 10_u32.pow(place) % 10;
                for other in (0..10).filter(|other| *other != digit) {
                    let wrong = number.0 - digit * 10_u32.pow(place) + other * 10_u32.pow(place);
                    assert_eq!(ShortNumber::parse(&wrong.to_string()), None, "{wrong}");
                }
            }
        }
    }

    #[test]
    fn typed_numbers_may_be_grouped_or_full_width() {
        let number = ShortNumber::of_serial(10_000).unwrap();
        let wide: String = number
            .to_string()
            .chars()
            .map(|c| char::from_u32(u32::from(c) + 0xfee0).unwrap())
            .collect();
        assert_eq!(ShortNumber::parse(&wide), Some(number));
        for text in ["", "12345", "1234567", "abcdef", "1e5"] {
            assert_eq!(ShortNumber::parse(text), None, "{text}");
        }
        assert_eq!(ShortNumber::of_serial(9_999), None);
        assert_eq!(ShortNumber::of_serial(100_000), None);
    }
}
