//! The site's pages, by who uses them.

pub mod hall;
pub mod seeker;

use std::sync::Arc;

use web::Route;

pub use crate::api::words;
use crate::site::Site;

/// All pages.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let mut all = seeker::routes(site);
    all.extend(hall::routes(site));
    all
}
