//! The API for programs, `/api/v1/…`: JSON in, JSON or a problem document out, for clerks
//! only.

mod shown;

use std::future::Future;
use std::sync::Arc;

use domain::event::NodeRole;
use domain::ids::NodeId;
use domain::role::Right;
use office::moment::utc_text;
use serde::{Deserialize, Serialize};
use warp::Filter;
use web::{ApiError, Call, Response, Route, StatusCode, reply, routes};

use crate::hq::Hq;
use crate::pages;

use shown::{SiteShown, SitesShown, StatisticsShown, StatusShown};

/// All of them, with their whole paths.
pub(crate) fn routes(hq: &Arc<Hq>) -> Vec<Route> {
    let (get, post) = (warp::get, warp::post);
    let (of_one, ending) = (Arc::clone(hq), Arc::clone(hq));
    let one = warp::path!("api" / "v1" / "sites" / NodeId);
    vec![
        routes::handle(warp::path!("api" / "v1" / "sites").and(get()), with(hq, sites)),
        routes::handle(warp::path!("api" / "v1" / "statistics").and(get()), with(hq, statistics)),
        routes::handle(warp::path!("api" / "v1" / "status").and(get()), with(hq, status)),
        routes::handle(
            warp::path!("api" / "v1" / "enrolment-codes").and(post()),
            with(hq, make_code),
        ),
        routes::handle_one(one.and(get()), move |node, call| site(Arc::clone(&of_one), node, call)),
        routes::handle_one(one.and(warp::delete()), move |node, call| {
            revoke(Arc::clone(&ending), node, call)
        }),
    ]
}

/// A handler with what it shares.
fn with<W: Future>(
    hq: &Arc<Hq>,
    handler: fn(Arc<Hq>, Call) -> W,
) -> impl Fn(Call) -> W + Clone + use<W> {
    let hq = Arc::clone(hq);
    move |call| handler(Arc::clone(&hq), call)
}

async fn sites(hq: Arc<Hq>, call: Call) -> Result<Response, ApiError> {
    hq.office.staff(&call, Right::RunHeadquarters)?;
    reply::json(&SitesShown::of(&hq.figures()))
}

async fn site(hq: Arc<Hq>, node: NodeId, call: Call) -> Result<Response, ApiError> {
    hq.office.staff(&call, Right::RunHeadquarters)?;
    let figures = hq.figures();
    let found = figures.site(node).ok_or(ApiError::not_found("unknown_node"))?;
    reply::json(&SiteShown::of(found))
}

async fn statistics(hq: Arc<Hq>, call: Call) -> Result<Response, ApiError> {
    hq.office.staff(&call, Right::RunHeadquarters)?;
    let figures = hq.figures();
    reply::json(&TotalsJson {
        sites: figures.sites.len(),
        statistics: StatisticsShown::of(&figures.total),
    })
}

#[derive(Serialize)]
struct TotalsJson<'a> {
    sites: usize,
    #[serde(flatten)]
    statistics: StatisticsShown<'a>,
}

async fn status(hq: Arc<Hq>, call: Call) -> Result<Response, ApiError> {
    hq.office.staff(&call, Right::RunHeadquarters)?;
    reply::json(&StatusShown::of(&hq))
}

#[derive(Deserialize)]
struct CodeAsked {
    #[serde(default = "site_role")]
    role: NodeRole,
    name: Option<String>,
    /// The lost site server whose place the new one takes, under its name.
    replaces: Option<NodeId>,
}

const fn site_role() -> NodeRole {
    NodeRole::Site
}

#[derive(Serialize)]
struct CodeJson {
    code: String,
    expires_at: String,
    /// The text of the QR code, for whoever reaches headquarters as this caller does.
    invitation: String,
}

async fn make_code(hq: Arc<Hq>, mut call: Call) -> Result<Response, ApiError> {
    hq.office.staff_change(&call, Right::RunHeadquarters)?;
    let asked: CodeAsked = call.json().await?;
    if asked.role != NodeRole::Site {
        return Err(ApiError::unprocessable("role_not_here"));
    }
    let given = match (asked.replaces, &asked.name) {
        (Some(lost), _) => hq.code_to_replace(lost)?.0,
        (None, Some(name)) => hq.new_code(name)?,
        (None, None) => return Err(ApiError::bad_request("json_wrong").detail("name: is missing")),
    };
    let shown = CodeJson {
        code: given.code.shown(),
        expires_at: utc_text(given.expires_at_ms),
        invitation: hq.invitation(&given, &pages::enrol::address(&call)),
    };
    reply::json_with(StatusCode::CREATED, &shown)
}

async fn revoke(hq: Arc<Hq>, node: NodeId, call: Call) -> Result<Response, ApiError> {
    let staff = hq.office.staff_change(&call, Right::RunHeadquarters)?;
    hq.revoke(node, staff.actor.account).await?;
    Ok(reply::no_content())
}
