//! Checking in at a desk or with a tablet: one field, one answer.

use std::sync::Arc;

use domain::command::Scanned;
use domain::role::{Right, Role};
use domain::verdict::Verdict;
use maud::{Markup, html};
use office::Staff;
use web::page::{big_button, csrf_field};
use web::{ApiError, Call, Lang, Response, t};

use super::verdict;
use crate::check_in::check_in;
use crate::pages::{staff, words};
use crate::site::Site;

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::CheckIn)?;
    Ok(answer(&site, &call, &staff, &Ok(None)))
}

pub(super) async fn take(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::CheckIn).await?;
    let scanned = match form.filled(staff::SHOWN) {
        None => Err(ApiError::unprocessable("ticket_or_number")),
        Some(typed) => {
            let shown = staff::shown_of(typed);
            let by = staff.actor.account;
            check_in(&site, &shown, staff::method_of(&shown), by).await.map(Some)
        }
    };
    let came = match scanned {
        Ok(scanned) => Ok(scanned),
        Err(refused) => Err(staff::mendable(refused)?),
    };
    Ok(answer(&site, &call, &staff, &came))
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    came: &Result<Option<Scanned>, ApiError>,
) -> Response {
    let lang = call.lang();
    let refused = came.as_ref().err();
    let sentence = refused.map(|refused| refused.sentence(lang));
    let body = html! {
        @if let Ok(Some(scanned)) = came { (result(site, scanned, lang)) }
        form .card method="post" action="/desk/check-in" {
            (csrf_field(&staff.csrf()))
            (staff::scan_field(lang, sentence.as_deref()))
            p .actions {
                (big_button(t(lang, "staff.check_in")))
                @if staff.actor.role == Role::Volunteer {
                    a href="/register" { (t(lang, "desk_check_in.no_ticket")) }
                }
                a href="/desk/erase" { (t(lang, "desk_erase.title")) }
            }
        }
    };
    let title = t(lang, "staff.check_in");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}

fn result(site: &Site, scanned: &Scanned, lang: Lang) -> Markup {
    let more = html! {
        @if let Some(number) = scanned.number {
            p .ticket-number {
                span { (t(lang, "desk_check_in.number")) } " "
                strong { (number.grouped()) }
            }
        }
        @if scanned.verdict.admits() {
            (route(site, scanned, lang))
        } @else if !matches!(scanned.verdict, Verdict::AskVolunteer { .. }) {
            p .actions { a .plain href="/register" { (t(lang, "desk_check_in.new_ticket")) } }
        }
    };
    verdict::block(site, &scanned.verdict, lang, &more)
}

/// Where to go first, with why.
fn route(site: &Site, scanned: &Scanned, lang: Lang) -> Markup {
    let stops = scanned
        .reference
        .map_or_else(Default::default, |reference| site.route_by_codes(scanned.codes, reference));
    html! {
        @if !stops.is_empty() {
            p { (t(lang, "desk_check_in.route")) }
            ol .stops {
                @for stop in stops.iter() {
                    li {
                        strong .booth { (stop.booth.to_string()) } " "
                        span { (stop.employer) " · " (stop.posting) }
                        @if let Some(reason) = stop.reasons.first() {
                            " " span .quiet { (reason.sentence(words(lang))) }
                        }
                    }
                }
            }
        }
    }
}
