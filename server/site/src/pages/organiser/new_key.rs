//! New keys while the fair runs: the ticket key, for one that somebody may have got hold of, and the
//! site server's own, by plan.

use std::sync::Arc;

use domain::role::Right;
use maud::html;
use web::page::{Tone, notice};
use web::{ApiError, Call, Response, reply, t};

use crate::pages::staff;
use crate::site::Site;

/// What is asked before a key is drawn, and where.
struct Question {
    path: &'static str,
    title: &'static str,
    when: &'static str,
    then: &'static str,
}

const TICKET_KEY: Question = Question {
    path: "/organiser/ticket-key",
    title: "organiser_ticket_key.title",
    when: "organiser_ticket_key.when",
    then: "organiser_ticket_key.then",
};
const SERVER_KEY: Question = Question {
    path: "/organiser/server-key",
    title: "organiser_server_key.title",
    when: "organiser_server_key.when",
    then: "organiser_server_key.then",
};

pub(super) async fn ask_ticket_key(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    page(&site, &call, &TICKET_KEY, None)
}

pub(super) async fn ask_server_key(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    page(&site, &call, &SERVER_KEY, None)
}

fn page(
    site: &Site,
    call: &Call,
    question: &Question,
    refused: Option<&ApiError>,
) -> Result<Response, ApiError> {
    let staff = site.office.staff(call, Right::RunFair)?;
    let lang = call.lang();
    let body = html! {
        (staff::refusal(lang, refused))
        (notice(lang, Tone::Warn, &html! {
            p { (t(lang, question.when)) }
            p { (t(lang, question.then)) }
        }))
        (staff::confirm(lang, &staff, question.path, ("organiser_ticket_key.draw", "/organiser/kiosks")))
    };
    let title = t(lang, question.title);
    Ok(staff::reply(staff::page(site, call, &staff, title, &body), refused))
}

pub(super) async fn draw_ticket_key(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    let drawn = site.draw_ticket_key(Some(staff.actor.account)).await;
    answer(&site, &call, &TICKET_KEY, drawn)
}

pub(super) async fn draw_server_key(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    let drawn = site.draw_server_key(staff.actor.account).await;
    answer(&site, &call, &SERVER_KEY, drawn.map(|_| ()))
}

fn answer(
    site: &Site,
    call: &Call,
    question: &Question,
    drawn: Result<(), ApiError>,
) -> Result<Response, ApiError> {
    match drawn {
        Ok(()) => Ok(reply::see_other("/organiser/kiosks")),
        Err(refused) => page(site, call, question, Some(&staff::mendable(refused)?)),
    }
}
