//! Routes for measuring, offered only when asked for: they parse and answer the same bodies as the
//! real ones, check nothing and store nothing.

mod fill;

use std::fmt::Write;
use std::sync::Arc;

use domain::ticket::{Ticket, TicketId};
use domain::verdict::{Stage, Verdict};
use journal::Head;
use office::random;
use sync::batch::decode_entries;
use sync::handover::{HandOver, HandOverAnswer};
use sync::{BatchAnswer, StreamHead, limits};
use tokio::sync::Mutex;
use warp::Filter;
use web::body::BodyLimit;
use web::{ApiError, Call, Door, Response, Route, StatusCode, reply, routes};

use crate::api::desk;
use crate::site::Site;

use fill::{Filler, Wanted};

/// The most tickets of one answer.
const TICKETS_MOST: usize = 50_000;
/// The type of the sync protocol's answers.
const SYNC_TYPE: &str = "application/vnd.springbreeze.sync";
/// A view's version as long on the wire as after some ten thousand check-ins.
const VIEW_VERSION: u64 = 100_000;

/// The measuring routes.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Route {
    let check_ins = warp::path!("check-ins").and(warp::post());
    let hand_over = warp::path!("hand-over").and(warp::post());
    let tickets = {
        let site = Arc::clone(site);
        move |call| tickets(Arc::clone(&site), call)
    };
    let filler = Arc::new(Mutex::new(Filler::new(site.store().clone())));
    let fill = move |call| fill(Arc::clone(&filler), call);
    routes::under(
        "bench",
        vec![
            routes::handle(check_ins, desk::echo_check_in),
            routes::handle(hand_over, echo_hand_over),
            routes::handle(warp::path!("tickets").and(warp::get()), tickets),
            routes::handle(warp::path!("fill").and(warp::get()), fill),
        ],
    )
}

/// Reads a hand-over and answers as if each of its records were a scan that admits.
async fn echo_hand_over(mut call: Call) -> Result<Response, ApiError> {
    let body = call.bytes(BodyLimit::SMALL).await?;
    let asked: HandOver = minicbor::decode(&body).map_err(ApiError::internal)?;
    let entries = decode_entries(&asked.entries, limits::HAND_OVER_RECORDS);
    let entries = entries.ok_or_else(|| ApiError::internal("these are no records"))?;
    let mut head = asked.previous;
    let mut judgements = Vec::with_capacity(entries.len());
    for entry in &entries {
        let view = entry.view().map_err(ApiError::internal)?;
        head = Head { seq: view.seq, ..head };
        judgements.push(minicbor::to_vec(Verdict::Welcome).map_err(ApiError::internal)?.into());
    }
    let answer = BatchAnswer::Ack(StreamHead { origin: asked.origin, head });
    let answer = HandOverAnswer { answer, judgements, view_version: VIEW_VERSION };
    let body = minicbor::to_vec(&answer).map_err(ApiError::internal)?;
    Ok(reply::bytes(SYNC_TYPE, body.into()))
}

/// Fills the fair; the numbers wanted stand in the address.
async fn fill(filler: Arc<Mutex<Filler>>, call: Call) -> Result<Response, ApiError> {
    if call.door() != Door::Loopback {
        return Err(ApiError::not_found("not_found"));
    }
    let query = call.query();
    let employers = query.parsed("employers")?.unwrap_or(1);
    let seekers = query.parsed("seekers")?.unwrap_or(0);
    let records = query.parsed("records")?.unwrap_or(0);
    let mut filler = filler.lock().await;
    reply::json(&filler.fill(Wanted { employers, seekers, records }).await?)
}

/// Blank tickets of the fair, one a line, as from a sheet printed in advance.
async fn tickets(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    if call.door() != Door::Loopback {
        return Err(ApiError::not_found("not_found"));
    }
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
