//! The figures that every table and every live update shows, in one order and under one name.

use std::collections::BTreeMap;

use domain::day::Day;
use domain::statistics::{Counts, Statistics};
use maud::{Markup, html};
use web::page::{live_number, table};
use web::{Lang, t};

use crate::cells;

/// A figure: its name in live updates, its text, and where it stands.
pub(super) struct Column {
    pub(super) name: &'static str,
    pub(super) key: &'static str,
    pub(super) of: fn(&Counts) -> u32,
}

/// The figures of a day or of a site, as reports name them.
pub(super) const COLUMNS: [Column; 7] = [
    Column { name: "persons", key: "hq.persons", of: |counts| counts.persons },
    Column { name: "entries", key: "hq.entries", of: |counts| counts.entries },
    Column { name: "talks", key: "hq.talks", of: |counts| counts.talks },
    Column { name: "interviews", key: "hq.interviews", of: |counts| counts.interviews },
    Column { name: "intentions", key: "hq.intentions", of: |counts| counts.intentions },
    Column { name: "hires", key: "hq.hires", of: |counts| counts.hires },
    Column { name: "consultations", key: "hq.consultations", of: |counts| counts.consultations },
];

/// The width of the longest bar, in pixels.
const BAR_PX: u32 = 96;

/// All figures of a total as large live numbers.
pub(super) fn numbers(lang: Lang, statistics: &Statistics) -> Markup {
    let total = &statistics.total;
    html! {
        div .numbers {
            @for Column { name, key, of } in &COLUMNS {
                (live_number(t(lang, key), name, &of(total).to_string()))
            }
            (live_number(t(lang, "hq.tickets"), "tickets", &total.tickets.to_string()))
            (live_number(t(lang, "hq.registered"), "registered", &total.registered.to_string()))
            (live_number(t(lang, "hq.employers"), "employers", &statistics.employers.to_string()))
            (live_number(t(lang, "hq.openings"), "openings", &statistics.openings.to_string()))
            (live_number(t(lang, "hq.volunteers"), "volunteers",
                &statistics.volunteers.to_string()))
        }
    }
}

/// The figures of a row, each a live cell named `<row>_<figure>`; entries with a bar.
pub(super) fn cells_of(row: &str, counts: &Counts, most_entries: u32) -> Vec<Markup> {
    let cell = |Column { name, of, .. }: &Column| {
        html! {
            @if *name == "entries" { (bar(of(counts), most_entries)) }
            span .figure data-live={ (row) "_" (name) } { (of(counts)) }
        }
    };
    COLUMNS.iter().map(cell).collect()
}

/// The heads of [`cells_of`].
pub(super) fn heads(lang: Lang) -> impl Iterator<Item = &'static str> {
    COLUMNS.iter().map(move |column| t(lang, column.key))
}

/// A table of names with figures, which stand under one another.
pub(super) fn in_columns(caption: &str, head: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! { div .figures { (table(caption, head, rows)) } }
}

/// A table with a row for each day.
pub(super) fn by_day(lang: Lang, days: &BTreeMap<Day, Counts>) -> Markup {
    let most = days.values().map(|counts| counts.entries).max().unwrap_or(0);
    let row = |(day, counts): (&Day, &Counts)| {
        let date = day.to_string();
        let mut row = vec![html! { time datetime=(date) { (date) } }];
        row.extend(cells_of(&date, counts, most));
        row
    };
    let rows: Vec<Vec<Markup>> = days.iter().map(row).collect();
    let head: Vec<&str> = std::iter::once(t(lang, "hq.day")).chain(heads(lang)).collect();
    html! {
        @if rows.is_empty() {
            p { (t(lang, "hq.no_day_yet")) }
        } @else {
            (in_columns(t(lang, "hq.by_day"), &head, &rows))
        }
    }
}

/// A table of counts by code, small cells hidden; nothing where there are none.
pub(super) fn by_code(
    lang: Lang,
    caption: &str,
    counts: &BTreeMap<u8, u32>,
    name: impl Fn(u8) -> Option<&'static str>,
) -> Markup {
    let row = |(code, cell): (u8, cells::Cell)| {
        let name = name(code).unwrap_or_else(|| t(lang, "hq.unknown_code"));
        vec![html! { (name) }, html! { span .figure { (cell.text()) } }]
    };
    let rows: Vec<Vec<Markup>> = cells::told(counts).into_iter().map(row).collect();
    html! {
        @if !rows.is_empty() {
            (in_columns(caption, &[t(lang, "hq.kind"), t(lang, "hq.count")], &rows))
        }
    }
}

/// A bar for the eye; the number stands beside it.
fn bar(count: u32, most: u32) -> Markup {
    let width = u64::from(count) * u64::from(BAR_PX) / u64::from(most.max(1));
    html! {
        svg .bar aria-hidden="true" width=(BAR_PX) height="10" {
            rect width=(width) height="10" rx="3" {}
        }
    }
}
