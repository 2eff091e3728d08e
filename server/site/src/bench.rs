//! Routes for measuring, offered only when asked for: they parse and answer the same bodies as the
//! real ones, check nothing and store nothing.

use std::sync::Arc;

use web::Route;

use crate::site::Site;

/// The measuring routes.
#[must_use]
pub fn routes(_site: &Arc<Site>) -> Vec<Route> {
    Vec::new()
}
