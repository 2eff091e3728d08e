//! One consultation as a volunteer reads it, and its referral to another office.

use std::sync::Arc;

use domain::codes::{ConsultationOutcome, Desk};
use domain::day::clock_text;
use domain::ids::ConsultationId;
use domain::role::Right;
use domain::sealed::ConsultationText;
use maud::{Markup, html};
use office::Staff;
use web::page::{Choices, Field, Input, Tone, big_button, csrf_field, notice};
use web::{ApiError, Call, Fields, Lang, Response, fill, reply, t};

use super::list::{category, outcome};
use crate::consultations::{self, Read, number, one};
use crate::pages::{staff, words};
use crate::site::Site;

/// How long another office usually has: the answer to an application for legal aid
/// (法律援助法 art. 43).
const DUE_DAYS: u16 = 7;

pub(super) async fn show(
    site: Arc<Site>,
    id: ConsultationId,
    call: Call,
) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::Consult)?;
    answer(&site, &call, &staff, id, Ok(())).await
}

pub(super) async fn refer(
    site: Arc<Site>,
    id: ConsultationId,
    mut call: Call,
) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::Consult).await?;
    match referred(&site, id, &staff, &form, call.lang()).await {
        Ok(()) => Ok(reply::see_other(&format!("/desk/consultations/{id}?referred=1"))),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            answer(&site, &call, &staff, id, Err((refused, form))).await
        }
    }
}

async fn referred(
    site: &Site,
    id: ConsultationId,
    staff: &Staff,
    form: &Fields,
    lang: Lang,
) -> Result<(), ApiError> {
    let to = staff::needed(form, "to", t(lang, "desk_refer.to"))?;
    let to = ConsultationOutcome::from_key(&to).ok_or(ApiError::unprocessable("unknown_code"))?;
    let due = staff::day(form, "due", t(lang, "desk_refer.due"))?;
    let passed_on = form.filled("passed_on").unwrap_or_default().to_owned();
    let consent = form.filled("consent").is_some();
    consultations::refer(site, id, to, (consent, due, passed_on), staff).await
}

async fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    id: ConsultationId,
    came: Result<(), (ApiError, Fields)>,
) -> Result<Response, ApiError> {
    let lang = call.lang();
    let read = one(site, id).await?;
    let (refused, typed) = match came {
        Ok(()) => (None, Fields::default()),
        Err((refused, typed)) => (Some(refused), typed),
    };
    let query = call.query();
    let done = |name: &str| refused.is_none() && query.get(name).is_some();
    let body = html! {
        (staff::refusal(lang, refused.as_ref()))
        @if done("saved") {
            (notice(lang, Tone::Ok, &html! { p { (t(lang, "desk_read.saved")) } }))
        }
        @if done("referred") {
            (notice(lang, Tone::Ok, &html! { p { (t(lang, "desk_refer.done")) } }))
        }
        p .confidential { (t(lang, "desk_read.confidential")) }
        (facts(site, &read, lang))
        (referral(&read, lang))
        (refer_form(site, staff, &read, &typed, lang))
        p .actions {
            a .plain href="/desk/consultations/new" { (t(lang, "staff.consult")) }
            a href="/desk/consultations" { (t(lang, "staff.day_list")) }
        }
    };
    let number = number(read.open.day, read.open.serial);
    let title = fill(t(lang, "desk_read.title"), &[("number", &number)]);
    Ok(staff::reply(staff::page(site, call, staff, &title, &body), refused.as_ref()))
}

fn facts(site: &Site, read: &Read, lang: Lang) -> Markup {
    let open = &read.open;
    let desk = Desk::from_code(open.desk).unwrap_or(Desk::Unknown(open.desk));
    html! {
        section .card {
            dl {
                dt { (t(lang, "desk_list.time")) }
                dd { (open.day) " " (clock_text(read.time.unix_ms())) }
                dt { (t(lang, "staff.desk")) }
                dd { (desk.name(words(lang))) }
                dt { (t(lang, "desk_consult.category")) }
                dd { (category(open.category, lang)) }
                dt { (t(lang, "desk_consult.outcome")) }
                dd { (outcome(open.outcome, lang)) }
                @if open.minutes > 0 {
                    dt { (t(lang, "desk_consult.minutes")) }
                    dd { (open.minutes) }
                }
                @if let Some(text) = &read.text { (who(site, text, lang)) }
            }
            @match &read.text {
                Some(text) => (said(text, lang)),
                None => p .quiet { (t(lang, "desk_read.gone")) },
            }
        }
    }
}

fn who(site: &Site, text: &ConsultationText, lang: Lang) -> Markup {
    let number = text.reference.and_then(|reference| {
        site.fair(|fair| {
            let issued = fair.ledger().ticket(reference).and_then(|known| known.issued);
            issued.map(|issued| issued.number.grouped())
        })
    });
    let rows = [
        ("desk_read.ticket", number.as_ref()),
        ("desk_consult.contact", text.contact.as_ref()),
        ("desk_consult.opponent", text.opponent.as_ref()),
        ("desk_read.by", text.recorded_by.as_ref()),
    ];
    html! {
        @for (key, value) in rows {
            @if let Some(value) = value { dt { (t(lang, key)) } dd { (value) } }
        }
    }
}

fn said(text: &ConsultationText, lang: Lang) -> Markup {
    let parts = [
        ("desk_consult.facts", &text.facts),
        ("desk_consult.advice", &text.advice),
        ("desk_consult.articles", &text.articles),
    ];
    html! {
        @for (key, said) in parts {
            @if !said.trim().is_empty() {
                h2 { (t(lang, key)) }
                p .said { (said) }
            }
        }
    }
}

fn referral(read: &Read, lang: Lang) -> Markup {
    html! {
        @if let Some((referred, text)) = &read.referred {
            section .card {
                h2 { (t(lang, "desk_refer.referred")) }
                dl {
                    dt { (t(lang, "desk_refer.to")) }
                    dd { (outcome(referred.to, lang)) }
                    @if let Some(due) = referred.due {
                        dt { (t(lang, "desk_refer.due")) }
                        dd { (due) }
                    }
                }
                @match text.as_ref().map(|text| text.passed_on.trim()) {
                    Some(passed_on) if !passed_on.is_empty() => {
                        h3 { (t(lang, "desk_refer.passed_on")) }
                        p .said { (passed_on) }
                    }
                    _ => p .quiet { (t(lang, "desk_refer.nothing_passed")) },
                }
            }
        }
    }
}

fn refer_form(site: &Site, staff: &Staff, read: &Read, typed: &Fields, lang: Lang) -> Markup {
    let offices = ConsultationOutcome::ALL.iter().filter(|outcome| outcome.is_referral());
    let options: Vec<(&str, &str)> =
        offices.map(|office| (office.key(), office.name(words(lang)))).collect();
    let recorded = ConsultationOutcome::from_code(read.open.outcome)
        .filter(|outcome| outcome.is_referral())
        .map_or("", ConsultationOutcome::key);
    let due = site.office.today().plus(DUE_DAYS).to_string();
    let is_due = read.referred.is_none() && !recorded.is_empty();
    let is_open = typed.get("to").is_some() || is_due;
    let key = if read.referred.is_some() { "desk_refer.again" } else { "desk_refer.title" };
    html! {
        details .card open[is_open] {
            summary { h2 { (t(lang, key)) } }
            form method="post" action={ "/desk/consultations/" (read.id) }
                enctype="multipart/form-data" {
                (csrf_field(&staff.csrf()))
                (Choices {
                    name: "to",
                    legend: t(lang, "desk_refer.to"),
                    options: &options,
                    chosen: &[typed.get("to").unwrap_or(recorded)],
                }.one())
                (Field::new("passed_on", t(lang, "desk_refer.passed_on")).input(Input::Area)
                    .hint(t(lang, "desk_refer.passed_on_hint"))
                    .value(typed.get("passed_on").unwrap_or_default()).render())
                label .tile .consent {
                    input type="checkbox" name="consent" value="yes"
                        checked[typed.get("consent").is_some()];
                    span { (t(lang, "desk_refer.consent")) }
                }
                (Field::new("due", t(lang, "desk_refer.due")).input(Input::Date)
                    .value(typed.get("due").unwrap_or(&due)).render())
                p .actions { (big_button(t(lang, "desk_refer.send"))) }
            }
        }
    }
}
