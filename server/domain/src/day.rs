//! Days as a fair counts them: calendar days of China Standard Time (UTC+8, no summer time).

use std::fmt;
use std::str::FromStr;

use chrono::{Days as ChronoDays, NaiveDate};
use minicbor::{Decode, Encode};

/// China Standard Time is eight hours ahead of UTC, all year, in all provinces.
const OFFSET_MS: u64 = 8 * 3_600_000;
const DAY_MS: u64 = 86_400_000;
/// Days from 1970-01-01 to 2020-01-01, where [`Day`] begins.
const EPOCH_DAYS: u64 = 18_262;

/// A calendar day, counted from 2020-01-01 (day 0).
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Day(pub u16);

/// Text that is not a date written as 2026-03-05.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected a date such as 2026-03-05")]
pub struct BadDay;

impl Day {
    /// The day on which a moment falls.
    #[must_use]
    pub fn of_ms(unix_ms: u64) -> Self {
        let days = (unix_ms.saturating_add(OFFSET_MS) / DAY_MS).saturating_sub(EPOCH_DAYS);
        Self(u16::try_from(days).unwrap_or(u16::MAX))
    }

    /// The day as a calendar date.
    #[must_use]
    pub fn date(self) -> NaiveDate {
        let start = NaiveDate::from_ymd_opt(2020, 1, 1).expect("a real date");
        start
            .checked_add_days(ChronoDays::new(u64::from(self.0)))
            .expect("65,535 days after 2020 is within chrono's range")
    }

    /// The day of a calendar date from 2020-01-01 on.
    ///
    /// # Errors
    /// A date before 2020 or after 2199.
    pub fn from_date(date: NaiveDate) -> Result<Self, BadDay> {
        let start = NaiveDate::from_ymd_opt(2020, 1, 1).ok_or(BadDay)?;
        u16::try_from((date - start).num_days()).map(Self).map_err(|_| BadDay)
    }

    /// The moment at which the day begins, in milliseconds since 1970 (UTC).
    #[must_use]
    pub fn start_ms(self) -> u64 {
        (u64::from(self.0) + EPOCH_DAYS) * DAY_MS - OFFSET_MS
    }

    /// The day `days` later.
    #[must_use]
    pub const fn plus(self, days: u16) -> Self {
        Self(self.0.saturating_add(days))
    }
}

impl fmt::Display for Day {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        self.date().fmt(out)
    }
}

impl FromStr for Day {
    type Err = BadDay;

    fn from_str(text: &str) -> Result<Self, BadDay> {
        let date = NaiveDate::parse_from_str(text.trim(), "%Y-%m-%d").map_err(|_| BadDay)?;
        Self::from_date(date)
    }
}

impl serde::Serialize for Day {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for Day {
    fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
        let text = <std::borrow::Cow<'de, str>>::deserialize(input)?;
        text.parse().map_err(serde::de::Error::custom)
    }
}

/// A run of consecutive days on which something is valid.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
pub struct Days {
    /// The first day.
    #[n(0)]
    pub first: Day,
    /// The last day, not before the first.
    #[n(1)]
    pub last: Day,
}

impl Days {
    /// The longest run that a ticket can name: its length is five bits of the ticket.
    pub const MAX_DAYS: u16 = 32;

    /// Days from `first` to `last`, both included; none if that is backwards or too long.
    #[must_use]
    pub fn new(first: Day, last: Day) -> Option<Self> {
        let length = last.0.checked_sub(first.0)?;
        (length < Self::MAX_DAYS).then_some(Self { first, last })
    }

    /// Whether a day is among them.
    #[must_use]
    pub fn contains(self, day: Day) -> bool {
        self.first <= day && day <= self.last
    }
}

impl fmt::Display for Days {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.first == self.last {
            return self.first.fmt(out);
        }
        write!(out, "{} – {}", self.first, self.last)
    }
}

/// Hours and minutes of a moment in China Standard Time, as shown to people: `09:12`.
#[must_use]
pub fn clock_text(unix_ms: u64) -> String {
    let minutes = (unix_ms.saturating_add(OFFSET_MS) % DAY_MS) / 60_000;
    format!("{:02}:{:02}", minutes / 60, minutes % 60)
}

/// Day and time of a moment in China Standard Time, as shown to people: `2026-03-05 09:12`.
#[must_use]
pub fn moment_text(unix_ms: u64) -> String {
    format!("{} {}", Day::of_ms(unix_ms), clock_text(unix_ms))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_at_midnight_in_china() {
        let day: Day = "2026-03-05".parse().unwrap();
        assert_eq!(Day::of_ms(day.start_ms()), day);
        assert_eq!(Day::of_ms(day.start_ms() - 1).to_string(), "2026-03-04");
        let morning_ms = day.start_ms() + 9 * 3_600_000 + 12 * 60_000;
        assert_eq!(clock_text(morning_ms), "09:12");
        assert_eq!(moment_text(morning_ms), "2026-03-05 09:12");
    }

    #[test]
    fn runs_of_days_have_an_order_and_a_limit() {
        let first = Day(100);
        assert_eq!(Days::new(first, Day(99)), None);
        assert_eq!(Days::new(first, first.plus(32)), None);
        let days = Days::new(first, first.plus(31)).unwrap();
        assert!(days.contains(Day(131)) && !days.contains(Day(132)) && !days.contains(Day(99)));
    }

    #[test]
    fn odd_dates_are_refused() {
        for text in ["", "2026-02-30", "5.3.2026", "2019-12-31", "2300-01-01", "２０２６-03-05"]
        {
            assert_eq!(text.parse::<Day>(), Err(BadDay), "{text}");
        }
    }
}
