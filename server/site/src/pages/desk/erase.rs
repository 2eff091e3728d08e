//! A seeker wants what they said about themselves deleted: one field, one answer.

use std::sync::Arc;

use domain::role::Right;
use maud::html;
use web::page::{Tone, big_button, csrf_field, notice};
use web::{ApiError, Call, Response, t};

use crate::pages::staff;
use crate::retention;
use crate::site::Site;

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::CheckIn)?;
    Ok(answer(&site, &call, &staff, &Ok(false)))
}

pub(super) async fn erase(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::CheckIn).await?;
    let done = match form.filled(staff::SHOWN) {
        None => Err(ApiError::unprocessable("ticket_or_number")),
        Some(typed) => {
            let by = staff.actor.account;
            retention::erase(&site, &staff::shown_of(typed), by).await.map(|()| true)
        }
    };
    let came = match done {
        Ok(done) => Ok(done),
        Err(refused) => Err(staff::mendable(refused)?),
    };
    Ok(answer(&site, &call, &staff, &came))
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &office::Staff,
    came: &Result<bool, ApiError>,
) -> Response {
    let lang = call.lang();
    let refused = came.as_ref().err();
    let sentence = refused.map(|refused| refused.sentence(lang));
    let body = html! {
        @if let Ok(true) = came {
            (notice(lang, Tone::Ok, &html! { p { (t(lang, "desk_erase.done")) } }))
        }
        p { (t(lang, "desk_erase.what")) }
        form .card method="post" action="/desk/erase" {
            (csrf_field(&staff.csrf()))
            (staff::scan_field(lang, sentence.as_deref()))
            p .actions {
                (big_button(t(lang, "desk_erase.erase")))
                a href="/desk/check-in" { (t(lang, "staff.back")) }
            }
        }
    };
    let title = t(lang, "desk_erase.title");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}
