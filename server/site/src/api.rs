//! The site's API for programs, `/api/v1/…`: JSON in, JSON or a problem document out.
//!
//! A handler parses, has the right checked, calls one operation and says what it came to.

pub(crate) mod desk;
mod devices;
mod fair;
mod figures;
mod seekers;
mod standby;

use std::future::Future;
use std::sync::Arc;

use domain::codes;
use web::{Call, Lang, Route};

use crate::site::Site;

/// All routes below `/api/v1`.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let mut all = desk::routes(site);
    all.extend(seekers::routes(site));
    all.extend(fair::routes(site));
    all.extend(devices::routes(site));
    all.extend(figures::routes(site));
    all.extend(standby::routes(site));
    all
}

/// A handler with what it shares.
fn with<W: Future>(
    site: &Arc<Site>,
    handler: fn(Arc<Site>, Call) -> W,
) -> impl Fn(Call) -> W + Clone + use<W> {
    let site = Arc::clone(site);
    move |call| handler(Arc::clone(&site), call)
}

/// The language of the names of codes.
#[must_use]
pub const fn words(lang: Lang) -> codes::Lang {
    match lang {
        Lang::Zh => codes::Lang::Zh,
        Lang::En => codes::Lang::En,
    }
}
