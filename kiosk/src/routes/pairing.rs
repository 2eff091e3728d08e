//! Enrolling the station: by a QR code before the camera, by a hand scanner, or typed.

use std::sync::Arc;

use link::EnrolError;
use sync::enrol::Invitation;
use warp::Filter;
use warp::http::HeaderValue;
use web::session::same_origin;
use web::{ApiError, Call, Response, reply, routes};

use super::{Routes, page, with};
use crate::kiosk::Kiosk;
use crate::pages::{Look, setup};
use crate::station::EnrolTrouble;

/// Where the page is to go, on the answer to a code that was held up.
const GO: &str = "kiosk-go";

pub(super) fn routes(kiosk: &Arc<Kiosk>) -> Routes {
    vec![
        routes::handle(warp::path!("setup").and(warp::get()), with(kiosk, ask_site)),
        routes::handle(warp::path!("setup").and(warp::post()), with(kiosk, enrol)),
    ]
}

async fn ask_site(kiosk: Arc<Kiosk>, call: Call) -> Result<Response, ApiError> {
    let query = call.query();
    let look = Look::of(&query);
    if kiosk.station.is_enrolled() {
        return Ok(reply::see_other(&look.link("/")));
    }
    let sorry = query.get("sorry").and_then(setup::sorry);
    let attempt = setup::Attempt { sorry, ..setup::Attempt::default() };
    Ok(page(setup::render(&kiosk.around(look), &attempt)))
}

/// A code was held up, or scanned, before a station that is not enrolled: where the page goes.
pub(super) async fn held_up(kiosk: &Arc<Kiosk>, text: &str, look: Look) -> Response {
    let Some(paired) = kiosk.pair(text.trim()).await else { return reply::no_content() };
    let path = match paired.err().as_ref().and_then(sorry_of) {
        None => look.link("/"),
        Some(_) if !Invitation::is_meant(text) => look.link("/setup?sorry=no_code"),
        Some(sorry) => look.link(&format!("/setup?sorry={sorry}")),
    };
    let mut gone = reply::no_content();
    if let Ok(path) = HeaderValue::from_str(&path) {
        gone.headers_mut().insert(GO, path);
    }
    gone
}

async fn enrol(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let look = Look::of(&call.query());
    let form = call.form().await?;
    let site = form.filled("site").unwrap_or_default().to_owned();
    let name = form.filled("name").unwrap_or_default().to_owned();
    let enrolled = match form.filled("code") {
        // Typed, pasted or scanned into the field.
        Some(code) if Invitation::is_meant(code) => Some(kiosk.station.accept(code).await),
        Some(code) if !site.is_empty() => Some(kiosk.station.enrol(&site, code, &name).await),
        _ => None,
    };
    let sorry = match enrolled {
        None => Some("incomplete"),
        Some(enrolled) => enrolled.err().as_ref().and_then(sorry_of),
    };
    Ok(match sorry {
        None => reply::see_other(&look.link("/")),
        Some(name_of_sorry) => {
            let attempt = setup::Attempt { site, name, sorry: setup::sorry(name_of_sorry) };
            page(setup::render(&kiosk.around(look), &attempt))
        }
    })
}

/// What a failed enrolment is called; none when it was enrolled before, which is what was wanted.
fn sorry_of(trouble: &EnrolTrouble) -> Option<&'static str> {
    tracing::warn!(%trouble, "the station was not enrolled");
    match trouble {
        EnrolTrouble::Already => None,
        EnrolTrouble::NotAnInvitation(_) => Some("not_whole"),
        EnrolTrouble::AnotherFair | EnrolTrouble::Site(EnrolError::OtherNode) => Some("other"),
        EnrolTrouble::NotACode
        | EnrolTrouble::Site(
            EnrolError::CodeUnknown | EnrolError::CodeExpired | EnrolError::Refused(_),
        ) => Some("refused"),
        EnrolTrouble::Address(_) | EnrolTrouble::Site(_) => Some("unreachable"),
        EnrolTrouble::Disk(_) => Some("not_kept"),
    }
}
