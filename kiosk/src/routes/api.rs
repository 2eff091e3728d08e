//! The station for programs: the check, the tests, an integration that prints slips.

use std::sync::Arc;

use domain::ids::{NodeId, Reference};
use domain::verdict::Verdict;
use serde::{Deserialize, Serialize};
use sync::enrol::Invitation;
use warp::Filter;
use web::body::BodyLimit;
use web::session::same_origin;
use web::{ApiError, Call, Lang, Response, Route, StatusCode, reply, routes};

use super::people::form_of_address;
use super::scanning::raw_grey;
use super::with;
use crate::decode::{Grey, Hint, Reading};
use crate::kiosk::Kiosk;
use crate::presented::Presented;
use crate::route::Stop;
use crate::station::{CheckIn, DecidedBy, EnrolTrouble, NoTicket, Trouble};

pub(super) fn routes(kiosk: &Arc<Kiosk>) -> Route {
    let get = warp::get;
    let post = warp::post;
    let all = vec![
        routes::handle(warp::path!("v1" / "frames").and(post()), with(kiosk, frame)),
        routes::handle(warp::path!("v1" / "scans").and(post()), with(kiosk, scan)),
        routes::handle(warp::path!("v1" / "numbers").and(post()), with(kiosk, number)),
        routes::handle(warp::path!("v1" / "walk-ins").and(post()), with(kiosk, walk_in)),
        routes::handle(warp::path!("v1" / "enrolments").and(post()), with(kiosk, enrol)),
        routes::handle(warp::path!("v1" / "status").and(get()), with(kiosk, status)),
    ];
    routes::under("api", all)
}

/// A picture without a code.
#[derive(Serialize)]
struct NothingFound {
    found: bool,
    hint: Option<&'static str>,
}

/// What a scan came to.
#[derive(Serialize)]
struct ScanJson {
    found: bool,
    verdict: &'static str,
    code: &'static str,
    /// When this ticket first came in, as in `09:12`, if it did before.
    at: Option<String>,
    at_ms: Option<u64>,
    /// Where it first came in.
    station: Option<NodeId>,
    number: Option<u32>,
    reference: Option<Reference>,
    route: Vec<StopJson>,
    decided_by: &'static str,
}

#[derive(Serialize)]
struct StopJson {
    booth: String,
    employer: String,
    posting: String,
    reasons: Vec<String>,
    /// The weightiest of the reasons.
    reason: Option<String>,
}

#[derive(Deserialize)]
struct ScanAsked {
    text: Option<String>,
    number: Option<NumberAsked>,
}

#[derive(Deserialize)]
struct NumberOnly {
    number: NumberAsked,
}

/// A number as a number or as people write it.
#[derive(Deserialize)]
#[serde(untagged)]
enum NumberAsked {
    Number(u32),
    Text(String),
}

impl NumberAsked {
    fn presented(&self) -> Result<Presented, ApiError> {
        let presented = match self {
            Self::Number(number) => Presented::typed(&number.to_string()),
            Self::Text(text) => Presented::typed(text),
        };
        presented.map_err(|_| ApiError::unprocessable("number_wrong"))
    }
}

#[derive(Deserialize)]
struct WalkInAsked {
    #[serde(default)]
    form_of_address: Option<String>,
}

#[derive(Serialize)]
struct WalkInJson {
    number: u32,
    number_grouped: String,
    ticket: String,
    ticket_url: String,
    reference: Reference,
    issued_offline: bool,
    route: Vec<StopJson>,
}

#[derive(Deserialize)]
struct EnrolAsked {
    /// Not needed where the code is the whole text of a QR code.
    #[serde(default)]
    site: String,
    code: String,
    #[serde(default)]
    name: String,
}

async fn frame(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let picture = if is_picture(&call) {
        let bytes = call.bytes(BodyLimit::UPLOAD).await?;
        let unpack = move || Grey::from_picture(&bytes);
        let unpacked = tokio::task::spawn_blocking(unpack).await.map_err(ApiError::internal)?;
        unpacked.map_err(|bad| ApiError::bad_request("picture_bad").detail(bad.to_string()))?
    } else {
        raw_grey(&mut call).await?
    };
    match kiosk.read(picture).await {
        None => Err(ApiError::unavailable("busy_reading")),
        Some(Reading::Nothing(hint)) => {
            reply::json(&NothingFound { found: false, hint: hint.map(Hint::code) })
        }
        Some(Reading::Text(text)) => present(&kiosk, &call, Presented::scanned(&text)).await,
    }
}

async fn scan(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    if is_picture(&call) {
        return frame(kiosk, call).await;
    }
    same_origin(&call)?;
    let asked: ScanAsked = call.json().await?;
    let presented = match (&asked.text, &asked.number) {
        (Some(text), None) => Presented::scanned(text),
        (None, Some(number)) => number.presented()?,
        _ => return Err(ApiError::bad_request("field_missing").value("field", "text")),
    };
    present(&kiosk, &call, presented).await
}

async fn number(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let asked: NumberOnly = call.json().await?;
    present(&kiosk, &call, asked.number.presented()?).await
}

fn is_picture(call: &Call) -> bool {
    let kind = call.headers.get("content-type").and_then(|kind| kind.to_str().ok());
    kind.is_some_and(|kind| kind.starts_with("image/"))
}

async fn present(
    kiosk: &Arc<Kiosk>,
    call: &Call,
    presented: Presented,
) -> Result<Response, ApiError> {
    let lang = lang_of(call);
    let check_in = kiosk.present_by_program(presented).await;
    let check_in = check_in.map_err(|trouble| error_of(&trouble))?;
    reply::json(&scan_json(kiosk, &check_in, lang))
}

fn lang_of(call: &Call) -> Lang {
    call.query().get("lang").and_then(Lang::parse).unwrap_or_default()
}

fn scan_json(kiosk: &Kiosk, check_in: &CheckIn, lang: Lang) -> ScanJson {
    let before = match check_in.verdict {
        Verdict::AlreadyCheckedIn { at, station } => Some((at.unix_ms(), station)),
        _ => None,
    };
    ScanJson {
        found: true,
        verdict: kiosk.word_of(&check_in.verdict).name(),
        code: check_in.verdict.code(),
        at: before.map(|(at_ms, _)| domain::day::clock_text(at_ms)),
        at_ms: before.map(|(at_ms, _)| at_ms),
        station: before.map(|(_, station)| station),
        number: check_in.number.map(|number| number.0),
        reference: check_in.reference,
        route: stops_json(&check_in.route, lang),
        decided_by: match check_in.decided_by {
            DecidedBy::Site => "site",
            DecidedBy::Station => "station",
        },
    }
}

fn stops_json(route: &[Stop], lang: Lang) -> Vec<StopJson> {
    let one = |stop: &Stop| {
        let reasons: Vec<String> =
            stop.reasons.iter().map(|reason| reason.in_language(lang).to_owned()).collect();
        StopJson {
            booth: stop.booth.clone(),
            employer: stop.employer.clone(),
            posting: stop.posting.clone(),
            reason: reasons.first().cloned(),
            reasons,
        }
    };
    route.iter().map(one).collect()
}

async fn walk_in(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let lang = lang_of(&call);
    let asked: WalkInAsked = call.json().await?;
    let address = form_of_address(asked.form_of_address.as_deref().unwrap_or("none"))
        .ok_or(ApiError::bad_request("field_wrong").value("field", "form_of_address"))?;
    let work = {
        let kiosk = Arc::clone(&kiosk);
        async move { kiosk.station.walk_in(address, lang.code()).await }
    };
    let issued = tokio::spawn(work).await.map_err(ApiError::internal)?;
    let walk_in = issued.map_err(|trouble| error_of(&trouble))?;
    let answer = WalkInJson {
        number: walk_in.number.0,
        number_grouped: walk_in.number.grouped(),
        ticket: walk_in.text,
        ticket_url: walk_in.address,
        reference: walk_in.reference,
        issued_offline: walk_in.issued_offline,
        route: stops_json(&walk_in.route, lang),
    };
    reply::json_with(StatusCode::CREATED, &answer)
}

async fn enrol(kiosk: Arc<Kiosk>, mut call: Call) -> Result<Response, ApiError> {
    same_origin(&call)?;
    let asked: EnrolAsked = call.json().await?;
    let enrolled = if Invitation::is_meant(&asked.code) {
        kiosk.station.accept(&asked.code).await
    } else {
        kiosk.station.enrol(&asked.site, &asked.code, &asked.name).await
    };
    enrolled.map_err(|trouble| match trouble {
        EnrolTrouble::Already => ApiError::conflict("station_enrolled_already"),
        other => ApiError::unprocessable("station_not_enrolled").detail(other.to_string()),
    })?;
    reply::json_with(StatusCode::CREATED, &kiosk.station.status())
}

async fn status(kiosk: Arc<Kiosk>, _: Call) -> Result<Response, ApiError> {
    reply::json(&kiosk.station.status())
}

fn error_of(trouble: &Trouble) -> ApiError {
    match trouble {
        Trouble::Store(error) => ApiError::unavailable("station_cannot_record").inside(error),
        Trouble::NoTicket(NoTicket::NumbersUsedUp) => ApiError::conflict("station_numbers_used_up"),
        Trouble::NoTicket(NoTicket::NotRunning(_)) => {
            ApiError::conflict("station_fair_not_running")
        }
        Trouble::NoRandomness => ApiError::internal(trouble),
    }
}
