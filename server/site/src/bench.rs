//! Routes for measuring, offered only when asked for: they parse and answer the same bodies as the
//! real ones, check nothing and store nothing.

use std::fmt::Write;
use std::sync::Arc;

use domain::ticket::{Ticket, TicketId};
use domain::verdict::Stage;
use office::random;
use warp::Filter;
use web::{ApiError, Call, Response, Route, StatusCode, reply, routes};

use crate::api::desk;
use crate::site::Site;

/// The most tickets of one answer.
const TICKETS_MOST: usize = 50_000;

/// The measuring routes.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let check_ins = warp::path!("bench" / "check-ins").and(warp::post());
    let tickets = {
        let site = Arc::clone(site);
        move |call| tickets(Arc::clone(&site), call)
    };
    vec![
        routes::handle(check_ins, desk::echo_check_in),
        routes::handle(warp::path!("bench" / "tickets").and(warp::get()), tickets),
    ]
}

/// Blank tickets of the fair, one a line, as from a sheet printed in advance.
async fn tickets(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let count: usize = call.query().parsed("count")?.unwrap_or(1);
    let mut text = String::new();
    for _ in 0..count.min(TICKETS_MOST) {
        writeln!(text, "{}", blank(&site)?).map_err(ApiError::internal)?;
    }
    Ok(reply::plain(StatusCode::OK, text))
}

fn blank(site: &Site) -> Result<String, ApiError> {
    let found = site.fair(|fair| {
        let settings = fair.settings()?;
        Some((settings.fair, settings.days, fair.key_generation()?, fair.stage()))
    });
    let unplanned = || ApiError::conflict("fair_not_planned");
    let (fair, days, generation, stage) = found.ok_or_else(unplanned)?;
    let id = TicketId(random::bytes()?);
    let rehearsal = stage == Stage::Rehearsal;
    let ticket = Ticket { generation, rehearsal, fair, id, days, codes: [0; 2] };
    let key = site.keys.get(generation).ok_or_else(unplanned)?;
    ticket.text(&key).ok_or_else(|| ApiError::internal("a ticket can't be written"))
}
