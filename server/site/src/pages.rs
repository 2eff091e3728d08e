//! The site's pages, by who uses them.

use std::sync::Arc;

use web::Route;

use crate::site::Site;

/// All pages.
#[must_use]
pub fn routes(_site: &Arc<Site>) -> Vec<Route> {
    Vec::new()
}
