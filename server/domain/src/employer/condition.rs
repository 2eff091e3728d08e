//! What a posting offers besides pay, and how its hours lie: a small set, as far as stated.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::codes::plain;

code_table! {
    /// Something that a posting offers or that its hours are.
    Condition: u8 {
        Meals = 0, "meals", "包吃", "Meals";
        Lodging = 1, "lodging", "包住", "Lodging";
        SocialInsurance = 2, "social_insurance", "社会保险", "Social insurance";
        HousingFund = 3, "housing_fund", "住房公积金", "Housing fund";
        DayShifts = 4, "day_shifts", "长白班", "Day shifts only";
        NightShifts = 5, "night_shifts", "有夜班", "Night shifts";
        WeekendsOff = 6, "weekends_off", "双休", "Weekends off";
        Shuttle = 7, "shuttle", "班车接送", "Shuttle bus";
    }
}

/// A set of conditions. One that is absent is not denied, only not stated.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Conditions(u16);

/// Words that state conditions in a posting.
const WORDS: &[(&str, &[Condition])] = &[
    ("包吃包住", &[Condition::Meals, Condition::Lodging]),
    ("包吃住", &[Condition::Meals, Condition::Lodging]),
    ("包食宿", &[Condition::Meals, Condition::Lodging]),
    ("提供食宿", &[Condition::Meals, Condition::Lodging]),
    ("免费食宿", &[Condition::Meals, Condition::Lodging]),
    ("管吃管住", &[Condition::Meals, Condition::Lodging]),
    ("管吃住", &[Condition::Meals, Condition::Lodging]),
    ("供食宿", &[Condition::Meals, Condition::Lodging]),
    ("食宿", &[Condition::Meals, Condition::Lodging]),
    ("包吃", &[Condition::Meals]),
    ("包餐", &[Condition::Meals]),
    ("管吃", &[Condition::Meals]),
    ("工作餐", &[Condition::Meals]),
    ("午餐", &[Condition::Meals]),
    ("供餐", &[Condition::Meals]),
    ("三餐", &[Condition::Meals]),
    ("包住", &[Condition::Lodging]),
    ("管住", &[Condition::Lodging]),
    ("住宿", &[Condition::Lodging]),
    ("宿舍", &[Condition::Lodging]),
    ("六险", &[Condition::SocialInsurance]),
    ("五险", &[Condition::SocialInsurance]),
    ("三险", &[Condition::SocialInsurance]),
    ("社保", &[Condition::SocialInsurance]),
    ("社会保险", &[Condition::SocialInsurance]),
    ("一金", &[Condition::HousingFund]),
    ("公积金", &[Condition::HousingFund]),
    ("长白班", &[Condition::DayShifts]),
    ("常白班", &[Condition::DayShifts]),
    ("无夜班", &[Condition::DayShifts]),
    ("夜班", &[Condition::NightShifts]),
    ("倒班", &[Condition::NightShifts]),
    ("两班倒", &[Condition::NightShifts]),
    ("三班", &[Condition::NightShifts]),
    ("双休", &[Condition::WeekendsOff]),
    ("周末休", &[Condition::WeekendsOff]),
    ("班车", &[Condition::Shuttle]),
];

/// Words before a condition that deny it: 不包吃住, 无食宿, 不提供住宿, 无倒班.
const DENIALS: &[&str] = &["不", "无", "没有", "不提供", "无需", "不用", "不需要", "自理"];

impl Conditions {
    /// The set without a condition.
    pub const NONE: Self = Self(0);

    /// The set of a stored form; conditions of later versions are kept.
    #[must_use]
    pub const fn from_bits(bits: u16) -> Self {
        Self(bits)
    }

    /// The stored form: a bit per condition.
    #[must_use]
    pub const fn bits(self) -> u16 {
        self.0
    }

    /// The set with a condition added.
    #[must_use]
    pub fn with(self, condition: Condition) -> Self {
        Self(self.0 | bit(condition))
    }

    /// The conditions of both.
    #[must_use]
    pub const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// The conditions that both have.
    #[must_use]
    pub const fn shared(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// Whether it is stated.
    #[must_use]
    pub fn has(self, condition: Condition) -> bool {
        self.0 & bit(condition) != 0
    }

    /// How many there are.
    #[must_use]
    pub const fn count(self) -> u32 {
        self.0.count_ones()
    }

    /// Those that this version knows, in the order of the list.
    pub fn iter(self) -> impl Iterator<Item = Condition> {
        Condition::ALL.iter().copied().filter(move |condition| self.has(*condition))
    }

    /// The conditions that a text states.
    #[must_use]
    pub fn find(text: &str) -> Self {
        // A word at the end of a line and one at the start of the next are not one phrase.
        let mut text = plain(&text.replace(['\n', '\r'], "，"));
        let mut found = Self::NONE;
        for (word, conditions) in WORDS {
            while let Some(at) = text.find(word) {
                let (before, after) = text.split_at(at);
                let rest = after.strip_prefix(word).unwrap_or_default();
                let denied = DENIALS.iter().any(|denial| before.ends_with(denial))
                    || rest.starts_with("自理");
                if !denied {
                    found = conditions.iter().fold(found, |set, one| set.with(*one));
                }
                // Taken out, so that a shorter word doesn't find the same place again.
                text = format!("{before}，{rest}");
            }
        }
        found
    }
}

impl FromIterator<Condition> for Conditions {
    fn from_iter<I: IntoIterator<Item = Condition>>(conditions: I) -> Self {
        conditions.into_iter().fold(Self::NONE, Self::with)
    }
}

impl fmt::Debug for Conditions {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_set().entries(self.iter().map(Condition::key)).finish()
    }
}

impl serde::Serialize for Conditions {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_seq(self.iter())
    }
}

impl<'de> serde::Deserialize<'de> for Conditions {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        Ok(<Vec<Condition>>::deserialize(input)?.into_iter().collect())
    }
}

const fn bit(condition: Condition) -> u16 {
    let place = condition.code();
    if place < 16 { 1 << place } else { 0 }
}
