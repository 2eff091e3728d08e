//! The number of a booth: a zone's letter and a number, as on the sign above it: A01.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Decoder, Encode, Encoder};

use crate::codes::plain;

/// How many numbers a zone has room for in the stored form; 1 to 99 are used.
const ZONE_SIZE: u16 = 100;
const ZONES: u16 = 26;

/// The number of a booth (展位), A01 to Z99.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct BoothNumber(u16);

/// Text that is no booth number.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a zone letter and a number from 1 to 99, such as A01")]
pub struct BadBoothNumber;

impl BoothNumber {
    /// The booth of a zone's letter, A to Z, and a number from 1 to 99.
    ///
    /// # Errors
    /// Another letter or number.
    pub fn new(zone: char, number: u8) -> Result<Self, BadBoothNumber> {
        let letter = u32::from(zone.to_ascii_uppercase());
        let index = letter.checked_sub(u32::from('A')).ok_or(BadBoothNumber)?;
        let index = u16::try_from(index).map_err(|_| BadBoothNumber)?;
        if index >= ZONES || !(1..=99).contains(&number) {
            return Err(BadBoothNumber);
        }
        Ok(Self(index * ZONE_SIZE + u16::from(number)))
    }

    /// The letter of its zone.
    #[must_use]
    pub fn zone(self) -> char {
        char::from_u32(u32::from('A') + u32::from(self.0 / ZONE_SIZE)).unwrap_or('?')
    }

    /// Its number within the zone, 1 to 99.
    #[must_use]
    pub const fn number(self) -> u16 {
        self.0 % ZONE_SIZE
    }

    /// The stored form: the zone's place times a hundred plus the number.
    #[must_use]
    pub const fn code(self) -> u16 {
        self.0
    }

    /// The booth of a stored form.
    #[must_use]
    pub const fn from_code(code: u16) -> Option<Self> {
        let is_one = code / ZONE_SIZE < ZONES && !code.is_multiple_of(ZONE_SIZE);
        if is_one { Some(Self(code)) } else { None }
    }

    /// All booth numbers that a cell names, as in “A01、A02” or “A区3号”.
    ///
    /// # Errors
    /// A part that is none.
    pub fn list(text: &str) -> Result<Vec<Self>, BadBoothNumber> {
        text.split(['、', '，', ',', ';', '；', '/', '\n', '+', '和'])
            .filter(|part| !part.trim().is_empty())
            .map(str::parse)
            .collect()
    }
}

impl fmt::Display for BoothNumber {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}{:02}", self.zone(), self.number())
    }
}

impl FromStr for BoothNumber {
    type Err = BadBoothNumber;

    /// Reads A01, a1, A-01, Ａ０１, A区01号 alike.
    fn from_str(text: &str) -> Result<Self, BadBoothNumber> {
        let text = plain(text);
        let mut letters = text.chars();
        let zone = letters.next().ok_or(BadBoothNumber)?;
        let digits: String = letters
            .filter(|c| !matches!(c, '区' | '-' | '号' | '展' | '位' | '馆' | '_'))
            .collect();
        if digits.len() > 3 || !digits.bytes().all(|digit| digit.is_ascii_digit()) {
            return Err(BadBoothNumber);
        }
        let number = digits.parse().map_err(|_| BadBoothNumber)?;
        Self::new(zone, number)
    }
}

impl<C> Encode<C> for BoothNumber {
    fn encode<W: minicbor::encode::Write>(
        &self,
        out: &mut Encoder<W>,
        ctx: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        self.0.encode(out, ctx)
    }
}

impl<'b, C> Decode<'b, C> for BoothNumber {
    fn decode(input: &mut Decoder<'b>, ctx: &mut C) -> Result<Self, minicbor::decode::Error> {
        let code = u16::decode(input, ctx)?;
        Self::from_code(code).ok_or_else(|| minicbor::decode::Error::message("no booth number"))
    }
}

impl serde::Serialize for BoothNumber {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for BoothNumber {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}
