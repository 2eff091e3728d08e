//! The site's pages, by who uses them.

pub mod booth;
pub mod desk;
pub mod hall;
pub mod organiser;
pub mod seeker;
mod staff;
pub mod staff_home;

use std::sync::Arc;

use web::Route;

pub use crate::api::words;
use crate::site::Site;

/// All pages.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let mut all = seeker::routes(site);
    all.extend(hall::routes(site));
    all.extend(desk::routes(site));
    all.extend(booth::routes(site));
    all.extend(organiser::routes(site));
    all.extend(staff_home::routes(site));
    all
}
