//! The organiser's figures.

use std::sync::Arc;

use domain::role::Right;
use warp::Filter;
use web::{ApiError, Call, Response, Route, reply, routes};

use super::with;
use crate::site::Site;

pub(super) fn routes(site: &Arc<Site>) -> Vec<Route> {
    let overview = warp::path!("api" / "v1" / "overview").and(warp::get());
    let conflicts = warp::path!("api" / "v1" / "conflicts").and(warp::get());
    vec![
        routes::handle(overview, with(site, show)),
        routes::handle(conflicts, with(site, list_conflicts)),
    ]
}

async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    site.office.staff(&call, Right::SeeOverview)?;
    reply::json(&site.overview())
}

async fn list_conflicts(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    site.office.staff(&call, Right::SeeOverview)?;
    reply::json(&site.conflicts())
}
