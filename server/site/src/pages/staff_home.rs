//! The staff's own door: everybody goes on to where their work is.

use std::future::ready;
use std::sync::Arc;

use domain::role::Role;
use warp::Filter;
use web::{ApiError, Call, Response, Route, reply, routes};

use crate::site::Site;

/// The route of the staff's door.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let site = Arc::clone(site);
    let door = warp::path!("staff").and(warp::get());
    vec![routes::handle(door, move |call| ready(go(&site, &call)))]
}

fn go(site: &Site, call: &Call) -> Result<Response, ApiError> {
    call.staff_door()?;
    // Whoever has no session, or an old one, signs in and comes back here.
    let staff = site.office.who(call).ok().flatten();
    Ok(reply::see_other(match staff.map(|staff| staff.actor.role) {
        None => "/sign-in?next=/staff",
        Some(Role::Organiser) => "/organiser",
        Some(Role::Volunteer) => "/desk",
        Some(Role::Booth) => "/booth",
        Some(Role::Clerk) => "/",
    }))
}
