//! The way to headquarters: enrolling there, and how far everything has arrived.

use std::sync::Arc;

use domain::role::Right;
use maud::html;
use office::Staff;
use web::page::{Field, Tone, big_button, csrf_field, link_button, notice};
use web::{ApiError, Call, Fields, Response, reply, t};

use super::figures::{at_headquarters, is_well};
use crate::pages::staff;
use crate::site::Site;

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(answer(&site, &call, &staff, &Fields::default(), None))
}

pub(super) async fn link(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::RunFair).await?;
    let (url, code) = (form.get("url").unwrap_or_default(), form.get("code").unwrap_or_default());
    match site.link_headquarters(url, code, staff.actor.account).await {
        Ok(()) => Ok(reply::see_other("/organiser/headquarters")),
        Err(refused) => {
            // A headquarters out of reach is nobody's failure here: the form stays.
            let refused = match refused.code() {
                "headquarters_unreachable" => refused,
                _ => staff::mendable(refused)?,
            };
            Ok(answer(&site, &call, &staff, &form, Some(&refused)))
        }
    }
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    typed: &Fields,
    refused: Option<&ApiError>,
) -> Response {
    let lang = call.lang();
    let state = site.headquarters.state();
    let address = typed.get("url").or(state.address.as_deref()).unwrap_or_default();
    let code = typed.get("code").unwrap_or_default();
    let tone = if is_well(&state) { Tone::Ok } else { Tone::Warn };
    let body = html! {
        (staff::refusal(lang, refused))
        (notice(lang, tone, &html! {
            p { (at_headquarters(&state, lang)) }
            @if let Some(address) = &state.address { p .as-typed { (address) } }
        }))
        p { (t(lang, "organiser_hq.lead")) }
        form .card method="post" action="/organiser/headquarters" {
            (csrf_field(&staff.csrf()))
            (Field::new("url", t(lang, "organiser_hq.address")).value(address)
                .hint(t(lang, "organiser_hq.address_hint"))
                .autocomplete("off").render())
            (Field::new("code", t(lang, "organiser_hq.code")).value(code)
                .hint(t(lang, "organiser_hq.code_hint")).required().autocomplete("off").render())
            p .actions { (big_button(t(lang, "organiser_hq.link"))) }
        }
        p .actions { (link_button("/organiser/stick", t(lang, "carry.way"))) }
    };
    let title = t(lang, "organiser_hq.title");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}
