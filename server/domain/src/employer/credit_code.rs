//! The unified social credit code (统一社会信用代码) of GB 32100-2015.

use std::fmt;
use std::str::FromStr;

use minicbor::{Decode, Encode};

use crate::codes::plain;

/// The standard's 31 signs in the order of their values; I, O, S, V and Z are left out.
const SIGNS: &str = "0123456789ABCDEFGHJKLMNPQRTUWXY";
const LENGTH: usize = 18;
const MODULUS: usize = 31;

/// A unified social credit code whose check sign is right.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct CreditCode(String);

/// Why a text is no unified social credit code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadCreditCode {
    /// Not eighteen of the standard's signs.
    #[error("a unified social credit code has 18 letters and digits, without I, O, S, V and Z")]
    Form,
    /// A typing error: the last sign doesn't fit the others.
    #[error("the last sign of the unified social credit code does not fit the others")]
    CheckSign,
}

impl CreditCode {
    /// The code of seventeen signs, with its check sign added.
    ///
    /// # Errors
    /// [`BadCreditCode::Form`] if those are not seventeen signs of the standard.
    pub fn complete(body: &str) -> Result<Self, BadCreditCode> {
        if body.chars().count() + 1 != LENGTH {
            return Err(BadCreditCode::Form);
        }
        let sign = check_sign(body)?;
        Ok(Self(format!("{body}{sign}")))
    }

    /// The code as text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl FromStr for CreditCode {
    type Err = BadCreditCode;

    fn from_str(text: &str) -> Result<Self, BadCreditCode> {
        let text = plain(text).to_ascii_uppercase();
        let last = text.chars().last().ok_or(BadCreditCode::Form)?;
        let body = text.strip_suffix(last).ok_or(BadCreditCode::Form)?;
        let complete = Self::complete(body)?;
        value(last)?;
        if complete.0 == text { Ok(complete) } else { Err(BadCreditCode::CheckSign) }
    }
}

impl fmt::Display for CreditCode {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl serde::Serialize for CreditCode {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(&self.0)
    }
}

impl<'de> serde::Deserialize<'de> for CreditCode {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

fn value(sign: char) -> Result<usize, BadCreditCode> {
    SIGNS.find(sign).ok_or(BadCreditCode::Form)
}

/// GB 32100 §4.6: the sum of values weighted by powers of 3, filled up to a multiple of 31.
fn check_sign(body: &str) -> Result<char, BadCreditCode> {
    let mut weight = 1;
    let mut sum = 0;
    for sign in body.chars() {
        sum += value(sign)? * weight;
        weight = weight * 3 % MODULUS;
    }
    let index = (MODULUS - sum % MODULUS) % MODULUS;
    SIGNS.chars().nth(index).ok_or(BadCreditCode::Form)
}
