//! The booth's talks of today, the latest first; each can be set right by recording it again.

use domain::day::{Day, clock_text};
use maud::{Markup, html};
use web::page::{csrf_field, table};
use web::{ApiError, Lang, fill, t};

use super::outcome;
use crate::booths::{self, BoothView, TalkLine};
use crate::pages::staff;
use crate::site::Site;

pub(super) fn today(
    site: &Site,
    view: &BoothView,
    csrf: &str,
    lang: Lang,
) -> Result<Markup, ApiError> {
    let today = site.office.today();
    let mut talks = booths::talks(site, view.booth)?;
    talks.retain(|talk| Day::of_ms(talk.at.unix_ms()) == today);
    let head = [
        t(lang, "booth.time"),
        t(lang, "booth.number"),
        t(lang, "booth.address"),
        t(lang, "booth.posting"),
        t(lang, "booth.outcome"),
        t(lang, "booth.correct"),
    ];
    let rows: Vec<Vec<Markup>> = talks.iter().map(|talk| row(talk, csrf, lang)).collect();
    let count = talks.len().to_string();
    let caption = fill(t(lang, "booth.today"), &[("count", &count)]);
    Ok(html! {
        @if rows.is_empty() {
            p .quiet { (t(lang, "booth.none_today")) }
        } @else {
            (table(&caption, &head, &rows))
        }
    })
}

fn row(talk: &TalkLine, csrf: &str, lang: Lang) -> Vec<Markup> {
    let number = talk.card.number;
    let address = talk.card.profile.as_ref().map(|known| known.form_of_address.as_str());
    vec![
        html! { (clock_text(talk.at.unix_ms())) },
        html! { (number.map(domain::ids::ShortNumber::grouped).unwrap_or_default()) },
        html! { (address.unwrap_or_default()) },
        html! { (talk.posting.as_deref().unwrap_or_default()) },
        html! {
            span class=(format!("mark {}", outcome::code(talk.outcome))) {
                (t(lang, outcome::key(talk.outcome)))
            }
        },
        html! { @if let Some(number) = number { (correct(number, csrf, lang)) } },
    ]
}

fn correct(number: domain::ids::ShortNumber, csrf: &str, lang: Lang) -> Markup {
    let label = fill(t(lang, "booth.correct_one"), &[("number", &number.grouped())]);
    html! {
        form method="post" action="/booth" {
            (csrf_field(csrf))
            input type="hidden" name=(staff::SHOWN) value=(number);
            button .plain type="submit" aria-label=(label) { (t(lang, "booth.correct")) }
        }
    }
}
