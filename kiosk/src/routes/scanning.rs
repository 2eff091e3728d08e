//! Frames of the camera, lines of a hand scanner, numbers of the keypad.

use std::sync::Arc;

use domain::event::Method;
use warp::Filter;
use warp::http::HeaderValue;
use web::body::BodyLimit;
use web::session::same_origin;
use web::{ApiError, Call, Fields, Response, reply, routes};

use super::{Routes, out_of_service, page, pairing, with};
use crate::decode::{Grey, Reading};
use crate::kiosk::{Kiosk, Screened, lasting_of};
use crate::pages::result::{self, Seconds};
use crate::pages::{Look, home};
use crate::presented::{Presented, looks_like_a_ticket};

/// A word to the person, on the answer to a frame without a code.
const HINT: &str = "kiosk-hint";

/// The longest field of the keypad, in characters: a hand scanner may have typed into it.
const MOST_TYPED: usize = 256;

pub(super) fn routes(kiosk: &Arc<Kiosk>) -> Routes {
    vec![
        routes::handle(warp::path!("scan").and(warp::post()), with(kiosk, frame)),
        routes::handle(warp::path!("scan" / "line").and(warp::post()), with(kiosk, line)),
        routes::handle(warp::path!("number").and(warp::post()), with(kiosk, number)),
    ]
}

async fn frame(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let look = Look::of(&call.query());
    let picture = raw_grey(&mut call).await?;
    match kiosk.read(picture).await {
        Some(Reading::Text(text)) if !kiosk.station.is_enrolled() => {
            Ok(pairing::held_up(&kiosk, &text, look).await)
        }
        Some(Reading::Text(text)) => {
            let presented = Presented::scanned(&text);
            Ok(scanned(&kiosk, presented, Method::Camera, look).await)
        }
        Some(Reading::Nothing(Some(hint))) => {
            let mut nothing = reply::no_content();
            nothing.headers_mut().insert(HINT, HeaderValue::from_static(hint.code()));
            Ok(nothing)
        }
        Some(Reading::Nothing(None)) | None => Ok(reply::no_content()),
    }
}

/// Grey pixels as the page's canvas sends them, with their size in the address.
pub(super) async fn raw_grey(call: &mut Call) -> Result<Grey, ApiError> {
    let query = call.query();
    let side = |name| -> Result<u32, ApiError> {
        query.parsed(name)?.ok_or(ApiError::bad_request("field_missing").value("field", name))
    };
    let (width, height) = (side("width")?, side("height")?);
    let pixels = call.bytes(BodyLimit::FRAME).await?;
    Grey::from_raw(width, height, pixels.to_vec())
        .map_err(|error| ApiError::bad_request("picture_bad").detail(error.to_string()))
}

async fn line(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let look = Look::of(&call.query());
    let bytes = call.bytes(BodyLimit::SMALL).await?;
    let text = String::from_utf8_lossy(&bytes);
    if !kiosk.station.is_enrolled() {
        return Ok(pairing::held_up(&kiosk, &text, look).await);
    }
    let presented = Presented::scanned(&text);
    Ok(scanned(&kiosk, presented, Method::Scanner, look).await)
}

/// The verdict's page; nothing when it is the same scan or another has taken the screen.
async fn scanned(kiosk: &Arc<Kiosk>, presented: Presented, method: Method, look: Look) -> Response {
    match kiosk.present(presented, method, look).await {
        Screened::Result => result_page(kiosk, look).unwrap_or_else(reply::no_content),
        Screened::Same | Screened::Overtaken => reply::no_content(),
        Screened::Failed(trouble) => out_of_service(kiosk, look, &trouble),
    }
}

/// The page of the result on the screen.
pub(super) fn result_page(kiosk: &Kiosk, look: Look) -> Option<Response> {
    let around = kiosk.around(look);
    kiosk.shown(|scan, shown| {
        let lasting = lasting_of(shown, look);
        let seconds =
            Seconds { verdict: lasting.verdict_ms / 1_000, route: lasting.route_ms / 1_000 };
        page(result::verdict(&around, scan, shown, seconds))
    })
}

/// The keypad's form. Each key is a button of it, so that it works without script.
async fn number(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let look = Look::of(&call.query());
    let form = call.form().await?;
    let typed = typed_after(&form);
    if form.get("key").is_none_or(|key| key == "ok") {
        return Ok(typed_number(&kiosk, look, typed).await);
    }
    let typed = home::Typed { digits: typed, mistyped: false };
    Ok(page(home::render(&kiosk.around(look), &typed)))
}

fn typed_after(form: &Fields) -> String {
    let mut typed: String =
        form.get("number").unwrap_or_default().chars().take(MOST_TYPED).collect();
    match form.get("key") {
        Some("delete") => {
            typed.pop();
        }
        Some(key) if key.len() == 1 && key.chars().all(|key| key.is_ascii_digit()) => {
            typed.push_str(key);
        }
        _ => {}
    }
    typed
}

async fn typed_number(kiosk: &Arc<Kiosk>, look: Look, typed: String) -> Response {
    // A hand scanner may have typed a ticket into the field.
    let (presented, method) = if looks_like_a_ticket(&typed) {
        (Presented::scanned(&typed), Method::Scanner)
    } else {
        match Presented::typed(&typed) {
            Ok(presented) => (presented, Method::Number),
            Err(_) => {
                let typed = home::Typed { digits: typed, mistyped: true };
                return page(home::render(&kiosk.around(look), &typed));
            }
        }
    };
    match kiosk.present(presented, method, look).await {
        Screened::Result | Screened::Same | Screened::Overtaken => {
            reply::see_other(&look.link("/result"))
        }
        Screened::Failed(trouble) => out_of_service(kiosk, look, &trouble),
    }
}
