//! The volunteers' pages: the shift, checking in, consultations.
//!
//! Invariant: what was said at a desk is shown on one page, to volunteers only, and never in a
//! list; no list shows a name. Checking in is open to the organiser too.

mod check_in;
mod consult;
mod consultation;
mod erase;
mod home;
mod list;
mod verdict;

use std::sync::Arc;

use domain::ids::ConsultationId;
use warp::Filter;
use web::{Route, routes};

use super::staff::{with, with_one};
use crate::site::Site;

/// The routes of the volunteers' pages.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let (get, post) = (warp::get, warp::post);
    let desk = || warp::path!("desk");
    let check_in = || warp::path!("desk" / "check-in");
    let erase = || warp::path!("desk" / "erase");
    let consult = || warp::path!("desk" / "consultations" / "new");
    let one = || warp::path!("desk" / "consultations" / ConsultationId);
    vec![
        routes::handle(check_in().and(post()), with(site, check_in::take)),
        routes::handle(check_in().and(get()), with(site, check_in::show)),
        routes::handle(erase().and(get()), with(site, erase::show)),
        routes::handle(erase().and(post()), with(site, erase::erase)),
        routes::handle(desk().and(get()), with(site, home::show)),
        routes::handle(desk().and(post()), with(site, home::change)),
        routes::handle(consult().and(get()), with(site, consult::show)),
        routes::handle(consult().and(post()), with(site, consult::record)),
        routes::handle(warp::path!("desk" / "consultations").and(get()), with(site, list::show)),
        routes::handle_one(one().and(get()), with_one(site, consultation::show)),
        routes::handle_one(one().and(post()), with_one(site, consultation::refer)),
    ]
}

#[cfg(test)]
mod tests;
