//! The pages that people walk through.

use std::sync::Arc;

use domain::verdict::Stage;
use warp::Filter;
use web::session::same_origin;
use web::{ApiError, Call, Response, reply, routes};

use super::scanning::result_page;
use super::{Routes, out_of_service, page, with};
use crate::kiosk::{Kiosk, Screened, lasting_of};
use crate::pages::result::{self, Seconds};
use crate::pages::{Look, help, home, jobs, notice, setup, status, walk_in};
use crate::station::{NoTicket, Trouble};

/// Seconds that "a little longer" gives, as the page counts them.
const LONGER_SECONDS: u64 = crate::flow::LONGER_MS / 1_000;

pub(super) fn routes(kiosk: &Arc<Kiosk>) -> Routes {
    let get = warp::get;
    let post = warp::post;
    vec![
        routes::handle(warp::path::end().and(get()), with(kiosk, start)),
        routes::handle(warp::path!("pulse").and(get()), with(kiosk, pulse)),
        routes::handle(warp::path!("result").and(get()), with(kiosk, shown)),
        routes::handle(warp::path!("result" / "route").and(get()), with(kiosk, route)),
        routes::handle(warp::path!("result" / "longer").and(post()), with(kiosk, longer)),
        routes::handle(warp::path!("result" / "done").and(post()), with(kiosk, done)),
        routes::handle(warp::path!("walk-in").and(get()), with(kiosk, ask_address)),
        routes::handle(warp::path!("walk-in").and(post()), with(kiosk, hand_out)),
        routes::handle(warp::path!("jobs").and(get()), with(kiosk, all_jobs)),
        routes::handle(warp::path!("help").and(get()), with(kiosk, get_help)),
        routes::handle(warp::path!("status").and(get()), with(kiosk, show_status)),
    ]
}

async fn start(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    let around = kiosk.around(Look::of(&call.query()));
    let station = &kiosk.station;
    if let Some(reason) = station.out_of_service() {
        return Ok(page(notice::out_of_service(&around, &reason)));
    }
    if !station.is_enrolled() {
        return Ok(page(setup::render(&around, &setup::Attempt::default())));
    }
    if station.settings(|settings| settings.is_none()) {
        return Ok(page(setup::waiting(&around)));
    }
    Ok(page(home::render(&around, &home::Typed::default())))
}

/// What the start page compares with its own state, to see that it is out of date.
async fn pulse(kiosk: Arc<Kiosk>, _: Call) -> Result<Response, ApiError> {
    let around = kiosk.around(Look::default());
    Ok(reply::plain(web::StatusCode::OK, around.state))
}

async fn shown(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    let look = Look::of(&call.query());
    Ok(result_page(&kiosk, look).unwrap_or_else(|| reply::see_other("/")))
}

async fn route(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    let longer = call.query().get("longer").is_some();
    Ok(route_page(&kiosk, Look::of(&call.query()), longer.then_some(LONGER_SECONDS)))
}

fn route_page(kiosk: &Kiosk, look: Look, seconds: Option<u64>) -> Response {
    let around = kiosk.around(look);
    let found = kiosk.shown(|scan, shown| {
        let counted = lasting_of(shown, look).route_ms / 1_000;
        let seconds = Seconds { verdict: 0, route: seconds.unwrap_or(counted) };
        let has_route = !shown.route.is_empty();
        has_route.then(|| page(result::route(&around, scan, shown, seconds)))
    });
    found.flatten().unwrap_or_else(|| reply::see_other("/"))
}

async fn longer(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    kiosk.longer();
    Ok(reply::see_other(&Look::of(&call.query()).link("/result/route?longer=yes")))
}

async fn done(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    kiosk.finish();
    Ok(reply::see_other("/"))
}

async fn ask_address(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    Ok(page(walk_in::render(&kiosk.around(Look::of(&call.query())), None)))
}

async fn hand_out(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let look = Look::of(&call.query());
    let form = call.form().await?;
    let address = form_of_address(form.get("form_of_address").unwrap_or_default());
    let address = address.ok_or(field_wrong())?;
    let sorry = |key| page(walk_in::render(&kiosk.around(look), Some(key)));
    Ok(match kiosk.walk_in(address, look).await {
        Screened::Result | Screened::Same => reply::see_other(&look.link("/result")),
        Screened::Overtaken => sorry("kiosk_verdict.ask_later"),
        Screened::Failed(Trouble::NoTicket(NoTicket::NumbersUsedUp)) => {
            sorry("kiosk_walk_in.no_numbers")
        }
        Screened::Failed(Trouble::NoTicket(NoTicket::NotRunning(_))) => {
            sorry(not_running(kiosk.station.stage()))
        }
        Screened::Failed(trouble) => out_of_service(&kiosk, look, &trouble),
    })
}

const fn not_running(stage: Stage) -> &'static str {
    match stage {
        Stage::Closed => "kiosk_verdict.ask_closed",
        Stage::Unplanned | Stage::Rehearsal | Stage::Open => "kiosk_verdict.ask_not_open",
    }
}

fn field_wrong() -> ApiError {
    ApiError::bad_request("field_wrong").value("field", "form_of_address")
}

/// The form of address behind a button's or an API's value; the inner none is "skipped".
#[expect(clippy::option_option, reason = "a wrong value and a skipped question are two things")]
pub(super) fn form_of_address(value: &str) -> Option<Option<&'static str>> {
    match value {
        "mr" => Some(Some("先生")),
        "ms" => Some(Some("女士")),
        "none" => Some(None),
        _ => None,
    }
}

async fn all_jobs(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    let query = call.query();
    let number = query.parsed("page").unwrap_or_default().unwrap_or(1);
    let around = kiosk.around(Look::of(&query));
    let suggestions = kiosk.station.suggestions();
    Ok(page(jobs::render(&around, suggestions.booths(), number)))
}

async fn get_help(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    Ok(page(help::render(&kiosk.around(Look::of(&call.query())))))
}

async fn show_status(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    let around = kiosk.around(Look::of(&call.query()));
    let shown = page(status::render(&around, &kiosk.station.status()));
    // Whoever looks wants to know: the site is asked now, for whoever looks again.
    kiosk.station.ask_again();
    Ok(shown)
}
