//! Whether the process lives and whether it is ready for work, for supervisors and scripts.
//!
//! `/healthz` says only that requests are answered; `/readyz` asks the program, and names what
//! is missing in one line.

use std::sync::Arc;

use warp::Filter;

use crate::reply::{self, StatusCode};
use crate::routes::Route;

/// Both routes. `ready` is asked at every request and must answer at once; its error is one
/// line for an operator.
pub fn routes<R>(ready: R) -> Vec<Route>
where
    R: Fn() -> Result<(), String> + Send + Sync + 'static,
{
    let ready = Arc::new(ready);
    let alive =
        warp::path!("healthz").and(warp::get()).map(|| reply::plain(StatusCode::OK, "ok\n"));
    let readiness = warp::path!("readyz").and(warp::get()).map(move || match ready() {
        Ok(()) => reply::plain(StatusCode::OK, "ready\n"),
        Err(missing) => reply::plain(StatusCode::SERVICE_UNAVAILABLE, format!("{missing}\n")),
    });
    vec![alive.boxed(), readiness.boxed()]
}
