//! The end of the fair: who still has something to deliver, then the word.

use std::sync::Arc;

use domain::role::Right;
use maud::html;
use office::{Staff, now_ms};
use web::page::{Tone, notice};
use web::{ApiError, Call, Response, reply, t};

use super::figures::{at_headquarters, seen};
use crate::pages::staff;
use crate::planning;
use crate::site::Site;

pub(super) async fn ask(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(answer(&site, &call, &staff, None))
}

pub(super) async fn close(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    match planning::close(&site, staff.actor.account).await {
        Ok(()) => Ok(reply::see_other("/organiser")),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            Ok(answer(&site, &call, &staff, Some(&refused)))
        }
    }
}

fn answer(site: &Site, call: &Call, staff: &Staff, refused: Option<&ApiError>) -> Response {
    let lang = call.lang();
    let overview = site.overview();
    let shifts = site.fair(|fair| fair.ledger().shifts_running());
    let body = html! {
        (staff::refusal(lang, refused))
        p { (t(lang, "organiser_close.lead")) }
        dl .card {
            @for node in overview.nodes.iter().filter(|node| !node.revoked) {
                dt { (node.name) }
                dd { (seen(node, lang, now_ms())) }
            }
            dt { (t(lang, "staff.headquarters")) }
            dd { (at_headquarters(&overview.headquarters, lang)) }
            dt { (t(lang, "organiser_close.shifts")) }
            dd { (shifts) }
        }
        (notice(lang, Tone::Warn, &html! { p { (t(lang, "organiser_close.for_good")) } }))
        (staff::confirm(lang, staff, "/organiser/close", ("organiser_close.now", "/organiser")))
    };
    let title = t(lang, "organiser_close.title");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}
