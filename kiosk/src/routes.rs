//! What the station answers on its loopback port.

mod api;
mod pairing;
mod people;
mod scanning;

use std::sync::Arc;

use web::{App, Call, Response, Route, reply, routes};

use crate::kiosk::Kiosk;
use crate::pages::{Look, notice};
use crate::station::Trouble;

/// All routes of a station.
#[must_use]
pub fn app(kiosk: &Arc<Kiosk>) -> App {
    let ready = {
        let kiosk = Arc::clone(kiosk);
        move || kiosk.station.out_of_service().map_or(Ok(()), Err)
    };
    let mut all = scanning::routes(kiosk);
    all.push(api::routes(kiosk));
    all.extend(people::routes(kiosk));
    all.extend(pairing::routes(kiosk));
    all.extend(web::health::routes(ready));
    routes::app(all)
}

/// A handler with its share of the kiosk.
fn with<H, W>(kiosk: &Arc<Kiosk>, handler: H) -> impl Fn(Call) -> W + Clone + Send + Sync + 'static
where
    H: Fn(Arc<Kiosk>, Call) -> W + Clone + Send + Sync + 'static,
{
    let kiosk = Arc::clone(kiosk);
    move |call| handler(Arc::clone(&kiosk), call)
}

/// A page of the kiosk: it may use the camera.
fn page(markup: maud::Markup) -> Response {
    let mut response = reply::html(web::StatusCode::OK, markup);
    web::headers::allow_camera(&mut response);
    response
}

/// The page for whoever meets a station that can't record.
fn out_of_service(kiosk: &Kiosk, look: Look, trouble: &Trouble) -> Response {
    tracing::error!(%trouble, "the station is out of service");
    page(notice::out_of_service(&kiosk.around(look), &trouble.to_string()))
}

type Routes = Vec<Route>;

#[cfg(test)]
mod tests;
