//! A new ticket key while the fair runs: for a key that somebody may have got hold of.

use std::sync::Arc;

use domain::role::Right;
use maud::html;
use web::page::{Tone, csrf_field, notice};
use web::{ApiError, Call, Response, reply, t};

use crate::pages::staff;
use crate::site::Site;

pub(super) async fn ask(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    page(&site, &call, &Ok(()))
}

fn page(site: &Site, call: &Call, drawn: &Result<(), ApiError>) -> Result<Response, ApiError> {
    let staff = site.office.staff(call, Right::RunFair)?;
    let lang = call.lang();
    let refused = drawn.as_ref().err();
    let body = html! {
        (staff::refusal(lang, refused))
        (notice(lang, Tone::Warn, &html! {
            p { (t(lang, "organiser_ticket_key.when")) }
            p { (t(lang, "organiser_ticket_key.then")) }
        }))
        form .actions method="post" action="/organiser/ticket-key" {
            (csrf_field(&staff.csrf()))
            button .plain .danger type="submit" { (t(lang, "organiser_ticket_key.draw")) }
            a href="/organiser/kiosks" { (t(lang, "staff.back")) }
        }
    };
    let title = t(lang, "organiser_ticket_key.title");
    Ok(staff::reply(staff::page(site, call, &staff, title, &body), refused))
}

pub(super) async fn draw(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    match site.draw_ticket_key(Some(staff.actor.account)).await {
        Ok(()) => Ok(reply::see_other("/organiser/kiosks")),
        Err(refused) => page(&site, &call, &Err(staff::mendable(refused)?)),
    }
}
