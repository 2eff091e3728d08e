//! A day's consultations: number, time, what about, what came of it. No names, nothing said.

use std::sync::Arc;

use domain::codes::{ConsultationCategory, ConsultationOutcome};
use domain::day::{Day, clock_text};
use domain::role::Right;
use maud::{Markup, html};
use web::page::{Field, Input, link_button, table};
use web::{ApiError, Call, Lang, Response, t};

use crate::consultations::{Read, number, of_day};
use crate::pages::{staff, words};
use crate::site::Site;

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::Consult)?;
    let lang = call.lang();
    let today = site.office.today();
    let day: Day = staff::day(&call.query(), "day", t(lang, "desk_list.day"))?.unwrap_or(today);
    let all = of_day(&site, day).await?;
    let day_text = day.to_string();
    let body = html! {
        p .actions { (link_button("/desk/consultations/new", t(lang, "staff.consult"))) }
        @if all.is_empty() {
            p .quiet { (t(lang, "desk_list.none")) }
        } @else {
            (table(&day_text, &head(lang), &rows(&all, lang)))
        }
        form .other-day method="get" action="/desk/consultations" {
            (Field::new("day", t(lang, "desk_list.day")).input(Input::Date).value(&day_text)
                .render())
            button .plain type="submit" { (t(lang, "desk_list.show")) }
        }
    };
    let title = t(lang, "desk_list.title");
    Ok(staff::page(&site, &call, &staff, title, &body).wide().reply())
}

fn head(lang: Lang) -> [&'static str; 5] {
    [
        t(lang, "desk_list.number"),
        t(lang, "desk_list.time"),
        t(lang, "desk_consult.category"),
        t(lang, "desk_consult.outcome"),
        t(lang, "desk_list.referral"),
    ]
}

fn rows(all: &[Read], lang: Lang) -> Vec<Vec<Markup>> {
    all.iter()
        .map(|read| {
            let referred = read.referred.as_ref().map(|(referred, _)| outcome(referred.to, lang));
            vec![
                html! {
                    a href={ "/desk/consultations/" (read.id) } {
                        (number(read.open.day, read.open.serial))
                    }
                },
                html! { (clock_text(read.time.unix_ms())) },
                html! { (category(read.open.category, lang)) },
                html! { (outcome(read.open.outcome, lang)) },
                html! { (referred.unwrap_or_default()) },
            ]
        })
        .collect()
}

/// The name of a category; what a later version wrote is said to be unknown.
pub(super) fn category(code: u8, lang: Lang) -> &'static str {
    let known = ConsultationCategory::from_code(code);
    known.unwrap_or(ConsultationCategory::Unknown(code)).name(words(lang))
}

/// The name of an outcome.
pub(super) fn outcome(code: u8, lang: Lang) -> &'static str {
    let known = ConsultationOutcome::from_code(code);
    known.unwrap_or(ConsultationOutcome::Unknown(code)).name(words(lang))
}
