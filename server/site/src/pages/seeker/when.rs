//! Days as people say them.

use chrono::{Datelike, NaiveDate};
use domain::day::Days;
use web::Lang;

const WEEKDAYS: [&str; 7] = ["一", "二", "三", "四", "五", "六", "日"];

/// The days of a fair or a ticket in a sentence's form.
pub(in crate::pages) fn days(days: Days, lang: Lang) -> String {
    let (first, last) = (days.first.date(), days.last.date());
    match (lang, first == last) {
        (Lang::Zh, true) => chinese(first, None),
        (Lang::Zh, false) => format!("{}至{}", chinese(first, None), chinese(last, Some(first))),
        (Lang::En, true) => first.format("%a, %-d %B %Y").to_string(),
        (Lang::En, false) => {
            format!("{} – {}", first.format("%a, %-d %B"), last.format("%a, %-d %B %Y"))
        }
    }
}

/// The year is said once.
fn chinese(date: NaiveDate, after: Option<NaiveDate>) -> String {
    let place = usize::try_from(date.weekday().num_days_from_monday()).unwrap_or_default();
    let weekday = WEEKDAYS.get(place).copied().unwrap_or_default();
    let day = format!("{}月{}日（周{weekday}）", date.month(), date.day());
    if after.is_some_and(|after| after.year() == date.year()) {
        day
    } else {
        format!("{}年{day}", date.year())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn days_are_said_as_people_say_them() {
        let say = |first: &str, last: &str, lang| {
            days(Days::new(first.parse().unwrap(), last.parse().unwrap()).unwrap(), lang)
        };
        assert_eq!(say("2027-03-05", "2027-03-05", Lang::Zh), "2027年3月5日（周五）");
        assert_eq!(
            say("2027-03-05", "2027-03-06", Lang::Zh),
            "2027年3月5日（周五）至3月6日（周六）"
        );
        assert_eq!(
            say("2026-12-31", "2027-01-01", Lang::Zh),
            "2026年12月31日（周四）至2027年1月1日（周五）"
        );
        assert_eq!(say("2027-03-05", "2027-03-05", Lang::En), "Fri, 5 March 2027");
        assert_eq!(say("2027-03-05", "2027-03-06", Lang::En), "Fri, 5 March – Sat, 6 March 2027");
    }
}
