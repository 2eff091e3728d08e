//! Single cells: numbers of people, dates, kinds of employment, yes and no.

use chrono::{Days, NaiveDate};

use domain::codes::plain;
use domain::day::Day;
use domain::employer::{Condition, Conditions, EmploymentType, OPENINGS_MAX};

use super::error::Code;
use super::sheet::Value;

/// Numbers of people, and whether the text said so plainly.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Openings {
    /// A plain number.
    Plain(u16),
    /// The lower end of a range.
    Lowered(u16),
    /// Some (若干): one at least.
    Assumed,
}

/// How many people are wanted.
pub(super) fn openings(value: &Value) -> Result<Openings, Code> {
    let text = plain(&value.text());
    let is_vague = ["若干", "不限", "多名", "数名", "长期"].iter().any(|word| text.contains(word));
    let mut numbers =
        text.split(|c: char| !c.is_ascii_digit() && c != '.').filter(|n| !n.is_empty());
    let Some(first) = numbers.next() else {
        return if is_vague { Ok(Openings::Assumed) } else { Err(Code::BadOpenings) };
    };
    let is_minus = text.starts_with('-');
    let count: u16 = first.parse().map_err(|_| Code::BadOpenings)?;
    if is_minus || !(1..=OPENINGS_MAX).contains(&count) {
        return Err(Code::BadOpenings);
    }
    Ok(if numbers.next().is_some() { Openings::Lowered(count) } else { Openings::Plain(count) })
}

/// The last day of a posting; none for “always”.
pub(super) fn day(value: &Value) -> Result<Option<Day>, Code> {
    let date = match value {
        Value::Date(year, month, day) => {
            NaiveDate::from_ymd_opt(i32::from(*year), u32::from(*month), u32::from(*day))
        }
        // A date whose cell has lost its format: days since 1899-12-30.
        Value::Number(days) if (30_000.0..80_000.0).contains(days) => {
            let days = format!("{days:.0}").parse().map_err(|_| Code::BadDate)?;
            NaiveDate::from_ymd_opt(1899, 12, 30)
                .and_then(|start| start.checked_add_days(Days::new(days)))
        }
        other => {
            let text = plain(&other.text());
            if ["长期", "不限", "招满", "随时"].iter().any(|word| text.contains(word)) {
                return Ok(None);
            }
            written_date(&text)
        }
    };
    date.and_then(|date| Day::from_date(date).ok()).map(Some).ok_or(Code::BadDate)
}

/// The last date that a text writes with year, month and day, as in “2026年3月1日至2026年3月31日”.
fn written_date(text: &str) -> Option<NaiveDate> {
    let is_digit = |c: char| c.is_ascii_digit();
    let numbers: Vec<&str> = text.split(|c| !is_digit(c)).filter(|n| !n.is_empty()).collect();
    if let [digits] = numbers.as_slice() {
        return NaiveDate::parse_from_str(digits, "%Y%m%d").ok().filter(|_| digits.len() == 8);
    }
    let [.., year, month, day] = numbers.as_slice() else { return None };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// How people are employed; full time where nothing else is said.
pub(super) fn employment(text: &str) -> EmploymentType {
    let text = plain(text);
    let words = [
        ("派遣", EmploymentType::Agency),
        ("外包", EmploymentType::Agency),
        ("实习", EmploymentType::Internship),
        ("见习", EmploymentType::Internship),
        ("灵活", EmploymentType::Flexible),
        ("临时", EmploymentType::Flexible),
        ("日结", EmploymentType::Flexible),
        ("兼职", EmploymentType::PartTime),
        ("小时工", EmploymentType::PartTime),
    ];
    let found = words.into_iter().find(|(word, _)| text.contains(word));
    found.map_or(EmploymentType::FullTime, |(_, kind)| kind)
}

/// What a yes in a column of its own states: the condition, unless the cell says no.
pub(super) fn stated(text: &str, condition: Condition) -> Conditions {
    let text = plain(text);
    let denied = ["否", "无", "不", "没有", "自理", "×", "x", "n", "0"];
    if text.is_empty() || denied.iter().any(|word| text.starts_with(word)) {
        return Conditions::NONE;
    }
    Conditions::find(&text).with(condition)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(text: &str) -> Value {
        Value::of_text(text).unwrap()
    }

    #[test]
    fn numbers_of_people_are_read_from_text_and_numbers() {
        assert_eq!(openings(&of("５人")), Ok(Openings::Plain(5)));
        assert_eq!(openings(&Value::Number(12.0)), Ok(Openings::Plain(12)));
        assert_eq!(openings(&of("5-8名")), Ok(Openings::Lowered(5)));
        assert_eq!(openings(&of("若干")), Ok(Openings::Assumed));
        for text in ["0", "-3", "2.5", "十", "99999", "很多"] {
            assert_eq!(openings(&of(text)), Err(Code::BadOpenings), "{text}");
        }
        assert_eq!(openings(&Value::Number(f64::INFINITY)), Err(Code::BadOpenings));
    }

    #[test]
    fn dates_are_read_in_the_forms_in_use() {
        let expected: Day = "2026-03-31".parse().unwrap();
        for value in [
            of("2026-03-31"),
            of("2026年3月31日"),
            of("2026/3/31"),
            of("2026.3.31"),
            of("20260331"),
            of("２０２６年３月１日—2026年3月31日"),
            Value::Date(2026, 3, 31),
            Value::Number(46_112.0),
        ] {
            assert_eq!(day(&value), Ok(Some(expected)), "{value:?}");
        }
        assert_eq!(day(&of("长期有效")), Ok(None));
        for value in [
            of("2026-02-30"),
            of("下月底"),
            of("3月31日"),
            Value::Number(5.0),
            Value::Date(1900, 2, 29),
        ] {
            assert_eq!(day(&value), Err(Code::BadDate), "{value:?}");
        }
    }

    #[test]
    fn yes_and_no_are_told_apart() {
        assert!(stated("是", Condition::Meals).has(Condition::Meals));
        assert!(stated("√", Condition::Lodging).has(Condition::Lodging));
        assert_eq!(stated("否", Condition::Meals), Conditions::NONE);
        assert_eq!(stated("不提供", Condition::Lodging), Conditions::NONE);
        assert_eq!(employment("劳务派遣"), EmploymentType::Agency);
        assert_eq!(employment("全职"), EmploymentType::FullTime);
    }
}
