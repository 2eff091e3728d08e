//! Recording a consultation: one page in the order in which people talk.

use std::sync::Arc;

use domain::codes::{ConsultationCategory, ConsultationOutcome};
use domain::role::Right;
use maud::{Markup, html};
use office::Staff;
use web::page::{Choices, Field, Input, Tone, big_button, csrf_field, notice};
use web::{ApiError, Call, Fields, Lang, Response, reply, t};

use crate::consultations::{self, ConsultationForm};
use crate::pages::{staff, words};
use crate::site::Site;

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::Consult)?;
    Ok(answer(&site, &call, &staff, &Fields::default(), None))
}

pub(super) async fn record(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::Consult).await?;
    let recorded = match read(&form, call.lang()) {
        Ok(read) => consultations::record(&site, read, &staff).await,
        Err(refused) => Err(refused),
    };
    match recorded {
        Ok(filed) => Ok(reply::see_other(&format!("/desk/consultations/{}?saved=1", filed.id))),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            Ok(answer(&site, &call, &staff, &form, Some(&refused)))
        }
    }
}

fn read(form: &Fields, lang: Lang) -> Result<ConsultationForm, ApiError> {
    let text = |name| form.get(name).map(str::trim).unwrap_or_default().to_owned();
    let filled = |name| form.filled(name).map(str::to_owned);
    let needed = |name, label| staff::needed(form, name, t(lang, label));
    let category = needed("category", "desk_consult.category")?;
    let outcome = needed("outcome", "desk_consult.outcome")?;
    let minutes = form.filled("minutes").map(str::parse).transpose();
    Ok(ConsultationForm {
        shown: form.filled(staff::SHOWN).map(staff::shown_of),
        category: ConsultationCategory::from_key(&category),
        outcome: ConsultationOutcome::from_key(&outcome),
        minutes: minutes.map_err(|_| ApiError::unprocessable("bad_minutes"))?.unwrap_or_default(),
        facts: needed("facts", "desk_consult.facts")?,
        advice: text("advice"),
        articles: text("articles"),
        contact: filled("contact"),
        opponent: filled("opponent"),
    })
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    typed: &Fields,
    refused: Option<&ApiError>,
) -> Response {
    let lang = call.lang();
    let is_on_duty = site.fair(|fair| fair.ledger().shift(staff.actor.account).is_some());
    let body = html! {
        (staff::refusal(lang, refused))
        @if !is_on_duty {
            (notice(lang, Tone::Warn, &html! {
                p { (t(lang, "refusal.no_shift")) }
                p .actions { a href="/desk" { (t(lang, "staff.desk")) } }
            }))
        }
        p .confidential { (t(lang, "desk_consult.privacy")) }
        form method="post" action="/desk/consultations/new" enctype="multipart/form-data" {
            (csrf_field(&staff.csrf()))
            (about(lang, typed))
            (what_was_said(lang, typed))
            (what_came(lang, typed))
            (who(lang, typed))
            p .actions { (big_button(t(lang, "desk_consult.save"))) }
        }
    };
    let title = t(lang, "staff.consult");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}

fn about(lang: Lang, typed: &Fields) -> Markup {
    let options: Vec<(&str, &str)> = ConsultationCategory::ALL
        .iter()
        .map(|category| (category.key(), category.name(words(lang))))
        .collect();
    let chosen: Vec<&str> = typed.all("category").collect();
    let legend = t(lang, "desk_consult.category");
    html! {
        section .card {
            (Choices { name: "category", legend, options: &options, chosen: &chosen }.one())
        }
    }
}

fn what_was_said(lang: Lang, typed: &Fields) -> Markup {
    let value = |name| typed.get(name).unwrap_or_default();
    html! {
        section .card {
            (Field::new("facts", t(lang, "desk_consult.facts")).input(Input::Area)
                .hint(t(lang, "desk_consult.facts_hint")).value(value("facts")).required()
                .render())
            (Field::new("advice", t(lang, "desk_consult.advice")).input(Input::Area)
                .value(value("advice")).render())
            (Field::new("articles", t(lang, "desk_consult.articles"))
                .hint(t(lang, "desk_consult.articles_hint")).value(value("articles"))
                .autocomplete("off").render())
        }
    }
}

fn what_came(lang: Lang, typed: &Fields) -> Markup {
    let options: Vec<(&str, &str)> = ConsultationOutcome::ALL
        .iter()
        .map(|outcome| (outcome.key(), outcome.name(words(lang))))
        .collect();
    let chosen: Vec<&str> = typed.all("outcome").collect();
    let legend = t(lang, "desk_consult.outcome");
    html! {
        section .card {
            (Choices { name: "outcome", legend, options: &options, chosen: &chosen }.one())
            (Field::new("minutes", t(lang, "desk_consult.minutes")).input(Input::Digits)
                .value(typed.get("minutes").unwrap_or_default()).autocomplete("off").render())
        }
    }
}

/// Nobody has to say who they are.
fn who(lang: Lang, typed: &Fields) -> Markup {
    let value = |name| typed.get(name).unwrap_or_default();
    html! {
        section .card {
            h2 { (t(lang, "desk_consult.who")) }
            p .hint { (t(lang, "desk_consult.who_hint")) }
            (Field::new(staff::SHOWN, t(lang, "staff.shown")).hint(t(lang, "staff.shown_hint"))
                .value(value(staff::SHOWN)).autocomplete("off").render())
            (Field::new("contact", t(lang, "desk_consult.contact"))
                .hint(t(lang, "desk_consult.contact_hint")).value(value("contact"))
                .autocomplete("off").render())
            (Field::new("opponent", t(lang, "desk_consult.opponent"))
                .hint(t(lang, "desk_consult.opponent_hint")).value(value("opponent"))
                .autocomplete("off").render())
        }
    }
}
