//! How it stands between the site server and its standby.

use std::sync::Arc;

use domain::role::Right;
use warp::Filter;
use web::{ApiError, Call, Response, Route, StatusCode, reply, routes};

use super::with;
use crate::site::Site;

pub(super) fn routes(site: &Arc<Site>) -> Vec<Route> {
    let state = warp::path!("api" / "v1" / "standby").and(warp::get());
    let codes = warp::path!("api" / "v1" / "standby").and(warp::post());
    let promotion = warp::path!("api" / "v1" / "standby" / "promotion").and(warp::post());
    let disagreements = warp::path!("api" / "v1" / "standby" / "disagreements").and(warp::get());
    vec![
        routes::handle(state, with(site, show)),
        routes::handle(codes, with(site, make_code)),
        routes::handle(promotion, with(site, promote)),
        routes::handle(disagreements, with(site, list)),
    ]
}

async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    site.office.staff(&call, Right::SeeOverview)?;
    reply::json(&site.standby_state())
}

async fn make_code(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    site.office.staff_change(&call, Right::RunFair)?;
    reply::json_with(StatusCode::CREATED, &site.new_standby_code()?)
}

async fn list(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    site.office.staff(&call, Right::SeeOverview)?;
    reply::json(&site.disagreements())
}

async fn promote(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RunFair)?;
    site.promote(staff.actor.account).await?;
    reply::json(&site.standby_state())
}
