//! Enrolling stations and ending the trust in them, the ticket key that they share, the site server's
//! own key, and this site's enrolment at headquarters.

use std::sync::Arc;

use domain::event::NodeRole;
use domain::fair::Fair;
use domain::ids::NodeId;
use domain::role::Right;
use serde::{Deserialize, Serialize};
use warp::Filter;
use web::{ApiError, Call, Response, Route, StatusCode, reply, routes};

use super::with;
use crate::site::Site;

pub(super) fn routes(site: &Arc<Site>) -> Vec<Route> {
    let codes = warp::path!("api" / "v1" / "enrolment-codes").and(warp::post());
    let headquarters = warp::path!("api" / "v1" / "headquarters").and(warp::post());
    let server_keys = warp::path!("api" / "v1" / "server-keys").and(warp::post());
    let ticket_keys = warp::path!("api" / "v1" / "ticket-keys").and(warp::post());
    let revoke = {
        let site = Arc::clone(site);
        move |node, call| revoke(Arc::clone(&site), node, call)
    };
    vec![
        routes::handle(codes, with(site, make_code)),
        routes::handle(headquarters, with(site, link_headquarters)),
        routes::handle(server_keys, with(site, draw_server_key)),
        routes::handle(ticket_keys, with(site, draw_ticket_key)),
        routes::handle_one(
            warp::path!("api" / "v1" / "devices" / NodeId).and(warp::delete()),
            revoke,
        ),
    ]
}

#[derive(Debug, Deserialize)]
struct CodeJson {
    #[serde(default = "kiosk")]
    role: NodeRole,
    name: String,
}

const fn kiosk() -> NodeRole {
    NodeRole::Kiosk
}

async fn make_code(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    site.office.staff_change(&call, Right::RunFair)?;
    let asked: CodeJson = call.json().await?;
    if asked.role != NodeRole::Kiosk {
        return Err(ApiError::unprocessable("role_not_here"));
    }
    reply::json_with(StatusCode::CREATED, &site.new_code(&asked.name)?)
}

async fn revoke(site: Arc<Site>, node: NodeId, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    site.revoke(node, staff.actor.account).await?;
    Ok(reply::no_content())
}

#[derive(Serialize)]
struct TicketKeyJson {
    generation: Option<u8>,
}

async fn draw_ticket_key(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    site.draw_ticket_key(Some(staff.actor.account)).await?;
    let drawn = TicketKeyJson { generation: site.fair(Fair::key_generation) };
    reply::json_with(StatusCode::CREATED, &drawn)
}

#[derive(Serialize)]
struct ServerKeyJson {
    node: NodeId,
}

async fn draw_server_key(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    let node = site.draw_server_key(staff.actor.account).await?;
    reply::json_with(StatusCode::CREATED, &ServerKeyJson { node })
}

#[derive(Deserialize)]
struct HeadquartersJson {
    #[serde(default)]
    url: String,
    code: String,
}

async fn link_headquarters(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    let asked: HeadquartersJson = call.json().await?;
    site.link_headquarters(&asked.url, &asked.code, staff.actor.account).await?;
    reply::json_with(StatusCode::CREATED, &site.headquarters.state())
}
