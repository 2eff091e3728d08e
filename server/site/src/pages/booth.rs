//! The booth's page: who stands before us, what came of the talk, what we had today.
//!
//! Invariant: a number, a form of address and the wishes are all that is ever shown of a seeker;
//! an account sees its own booth and no other.

mod card;
mod outcome;
mod talks;

use std::sync::Arc;

use domain::role::Right;
use maud::{Markup, html};
use office::Staff;
use warp::Filter;
use web::page::{Tone, big_button, csrf_field, notice};
use web::{ApiError, Call, Fields, Lang, Response, Route, fill, reply, routes, t};

use super::staff::{self, with};
use crate::booths::{self, BoothView};
use crate::check_in::identify;
use crate::site::Site;

/// The routes of the booth's page.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    vec![
        routes::handle(warp::path!("booth").and(warp::post()), with(site, take)),
        routes::handle(warp::path!("booth").and(warp::get()), with(site, show)),
    ]
}

async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RecordOutcome)?;
    answer(&site, &call, &staff, None, None)
}

/// A ticket or a number without an outcome shows the card; with one it is recorded.
async fn take(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::RecordOutcome).await?;
    let done = match form.get("outcome") {
        None => look(&site, call.lang(), &staff, &form).map(Some),
        Some(asked) => record(&site, &staff, &form, asked).await.map(|()| None),
    };
    match done {
        Ok(None) => {
            let said = form.get("outcome").unwrap_or_default();
            Ok(reply::see_other(&format!("/booth?saved={said}")))
        }
        Ok(Some(card)) => answer(&site, &call, &staff, Some(card), None),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            answer(&site, &call, &staff, None, Some(&refused))
        }
    }
}

fn look(site: &Site, lang: Lang, staff: &Staff, form: &Fields) -> Result<Markup, ApiError> {
    let booth = staff.own_booth(None)?;
    let typed = form.filled(staff::SHOWN).ok_or(ApiError::unprocessable("ticket_or_number"))?;
    let reference = identify(site, &staff::shown_of(typed), staff.actor.account)?;
    let card = booths::card(site, reference)?;
    // The number does as well as the ticket, and opens nobody's page.
    let shown = card.number.map_or_else(|| typed.to_owned(), |number| number.to_string());
    let before = site.fair(|fair| {
        fair.ledger()
            .talks_of(booth)
            .find(|talk| talk.recorded.reference == reference)
            .map(|talk| talk.recorded)
    });
    let view = booths::view(site, booth)?;
    let on_card = card::OnCard { card: &card, view: &view, before, shown: &shown };
    Ok(on_card.render(lang, &staff.csrf()))
}

async fn record(site: &Site, staff: &Staff, form: &Fields, asked: &str) -> Result<(), ApiError> {
    let booth = staff.own_booth(None)?;
    let outcome = outcome::of_code(asked).ok_or(ApiError::unprocessable("unknown_code"))?;
    let typed = form.filled(staff::SHOWN).ok_or(ApiError::unprocessable("ticket_or_number"))?;
    let posting = form.filled("posting").map(str::parse).transpose();
    let posting = posting.map_err(|_| ApiError::not_found("unknown_posting"))?;
    let shown = staff::shown_of(typed);
    let what = (booth, posting, outcome);
    booths::record_outcome(site, staff, &shown, what).await.map(|_| ())
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    card: Option<Markup>,
    refused: Option<&ApiError>,
) -> Result<Response, ApiError> {
    let lang = call.lang();
    let view = booths::view(site, staff.own_booth(None)?)?;
    let query = call.query();
    let saved = query.get("saved").and_then(outcome::of_code);
    let saved = saved.filter(|_| card.is_none() && refused.is_none());
    let sentence = refused.map(|refused| refused.sentence(lang));
    let is_before_somebody = card.is_some();
    let body = html! {
        p .employer { (view.employer) }
        @if let Some(outcome) = saved {
            (notice(lang, Tone::Ok, &html! { p {
                (fill(t(lang, "booth.saved"), &[("outcome", t(lang, outcome::key(outcome)))]))
            } }))
        }
        @if let Some(card) = card { (card) }
        form .card method="post" action="/booth" {
            (csrf_field(&staff.csrf()))
            (staff::scan_field(lang, sentence.as_deref()))
            p .actions { (big_button(t(lang, "booth.look"))) }
        }
        @if !is_before_somebody {
            (talks::today(site, &view, &staff.csrf(), lang)?)
            (postings(&view, lang))
        }
    };
    let title = fill(t(lang, "booth.title"), &[("booth", &view.booth.to_string())]);
    Ok(staff::reply(staff::page(site, call, staff, &title, &body), refused))
}

fn postings(view: &BoothView, lang: Lang) -> Markup {
    let rows: Vec<Vec<Markup>> = view
        .postings
        .iter()
        .map(|posting| vec![html! { (posting.title) }, html! { (posting.openings) }])
        .collect();
    let head = [t(lang, "booth.posting"), t(lang, "booth.openings")];
    html! {
        @if !rows.is_empty() {
            div .figures { (web::page::table(t(lang, "booth.postings"), &head, &rows)) }
        }
    }
}

#[cfg(test)]
mod tests;
