//! Check-ins, outcomes, shifts and consultations.

use std::sync::Arc;

use domain::codes::{ConsultationCategory, ConsultationOutcome, Desk};
use domain::command::{Command, Scanned};
use domain::day::{Day, clock_text};
use domain::employer::BoothNumber;
use domain::event::{Method, TalkOutcome};
use domain::ids::{ConsultationId, PostingId, Reference, ShortNumber};
use domain::role::Right;
use domain::verdict::Verdict;
use serde::{Deserialize, Serialize};
use warp::Filter;
use web::{ApiError, Call, Response, Route, StatusCode, reply, routes};

use super::{with, words};
use crate::booths;
use crate::check_in::{Shown, check_in};
use crate::consultations::{self, ConsultationForm};
use crate::site::Site;
use crate::suggestions::{StopJson, route_json};

pub(super) fn routes(site: &Arc<Site>) -> Vec<Route> {
    let refer = {
        let site = Arc::clone(site);
        move |id, call| referral(Arc::clone(&site), id, call)
    };
    let post = |name: &'static str| {
        warp::path!("api" / "v1" / ..)
            .and(warp::path(name))
            .and(warp::path::end())
            .and(warp::post())
    };
    let shifts = || warp::path!("api" / "v1" / "shifts");
    let consultations = || warp::path!("api" / "v1" / "consultations");
    vec![
        routes::handle(post("check-ins"), with(site, check_in_one)),
        routes::handle(post("outcomes"), with(site, outcome)),
        routes::handle(shifts().and(warp::post()), with(site, start_shift)),
        routes::handle(shifts().and(warp::delete()), with(site, end_shift)),
        routes::handle(consultations().and(warp::post()), with(site, record)),
        routes::handle(consultations().and(warp::get()), with(site, list)),
        routes::handle_one(
            warp::path!("api" / "v1" / "consultations" / ConsultationId / "referrals")
                .and(warp::post()),
            refer,
        ),
    ]
}

/// A ticket's text or a number, exactly one of them.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub(super) struct ShownJson {
    ticket: Option<String>,
    number: Option<NumberJson>,
}

/// A number as programs and people write it.
#[derive(Debug, Deserialize)]
#[serde(untagged)]
enum NumberJson {
    Number(u32),
    Text(String),
}

impl ShownJson {
    fn optional(self) -> Result<Option<Shown>, ApiError> {
        match (self.ticket, self.number) {
            (Some(ticket), None) => Ok(Some(Shown::Ticket(ticket))),
            (None, Some(NumberJson::Number(number))) => Ok(Some(Shown::Number(number.to_string()))),
            (None, Some(NumberJson::Text(typed))) => Ok(Some(Shown::Number(typed))),
            (None, None) => Ok(None),
            (Some(_), Some(_)) => Err(ApiError::unprocessable("ticket_or_number")),
        }
    }

    pub(super) fn required(self) -> Result<Shown, ApiError> {
        self.optional()?.ok_or(ApiError::unprocessable("ticket_or_number"))
    }
}

#[derive(Debug, Deserialize)]
struct CheckInJson {
    #[serde(flatten)]
    shown: ShownJson,
    method: Option<Method>,
}

/// What a check-in came to, as the API says it.
#[derive(Debug, Serialize)]
struct ScannedJson {
    verdict: &'static str,
    admits: bool,
    at: Option<String>,
    station: Option<String>,
    days: Option<String>,
    reference: Option<Reference>,
    number: Option<ShortNumber>,
    route: Vec<StopJson>,
}

async fn check_in_one(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::CheckIn)?;
    let asked: CheckInJson = call.json().await?;
    let shown = asked.shown.required()?;
    let method = asked.method.unwrap_or(Method::Api);
    let scanned = check_in(&site, &shown, method, staff.actor.account).await?;
    reply::json(&scanned_json(&site, &scanned, words(call.lang())))
}

/// Parses a check-in and answers as one, without checking or storing anything: what a check-in is
/// measured against.
pub(crate) async fn echo_check_in(mut call: Call) -> Result<Response, ApiError> {
    let asked: CheckInJson = call.json().await?;
    asked.shown.required()?;
    let stop = |booth: &str| StopJson::example(booth);
    reply::json(&ScannedJson {
        verdict: Verdict::Welcome.code(),
        admits: true,
        at: None,
        station: None,
        days: None,
        reference: Some(Reference([7; 8])),
        number: None,
        route: vec![stop("A01"), stop("B02"), stop("C03")],
    })
}

fn scanned_json(site: &Site, scanned: &Scanned, lang: domain::codes::Lang) -> ScannedJson {
    let (at, station) = match scanned.verdict {
        Verdict::AlreadyCheckedIn { at, station } => {
            let name = site.fair(|fair| fair.enrolled(station).map(|known| known.name.clone()));
            (Some(clock_text(at.unix_ms())), name)
        }
        _ => (None, None),
    };
    let days = match scanned.verdict {
        Verdict::NotForToday { days } => Some(days.to_string()),
        _ => None,
    };
    let admitted = scanned.reference.filter(|_| scanned.verdict.admits());
    let route = admitted.map_or_else(Vec::new, |reference| {
        route_json(&site.route_by_codes(scanned.codes, reference), lang)
    });
    ScannedJson {
        verdict: scanned.verdict.code(),
        admits: scanned.verdict.admits(),
        at,
        station,
        days,
        reference: scanned.reference,
        number: scanned.number,
        route,
    }
}

#[derive(Debug, Deserialize)]
struct OutcomeJson {
    #[serde(flatten)]
    shown: ShownJson,
    booth: Option<String>,
    posting: Option<PostingId>,
    outcome: TalkOutcome,
}

/// What a booth's people learn about a seeker.
#[derive(Debug, Serialize)]
struct CardJson {
    number: Option<ShortNumber>,
    form_of_address: Option<String>,
    wanted: Vec<&'static str>,
}

async fn outcome(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::RecordOutcome)?;
    let asked: OutcomeJson = call.json().await?;
    let booth = asked.booth.as_deref().map(booth_number).transpose()?;
    let booth = staff.own_booth(booth)?;
    let shown = asked.shown.required()?;
    let what = (booth, asked.posting, asked.outcome);
    let card = booths::record_outcome(&site, &staff, &shown, what).await?;
    let lang = words(call.lang());
    let wanted = card.profile.iter().flat_map(|profile| &profile.wish.wanted);
    let said = CardJson {
        number: card.number,
        wanted: wanted.map(|wanted| wanted.name(lang)).collect(),
        form_of_address: card.profile.map(|profile| profile.form_of_address),
    };
    reply::json_with(StatusCode::CREATED, &said)
}

/// Reads a booth number such as `A01`.
fn booth_number(text: &str) -> Result<BoothNumber, ApiError> {
    text.parse().map_err(|_| ApiError::not_found("unknown_booth"))
}

#[derive(Debug, Deserialize)]
struct ShiftJson {
    desk: Desk,
}

async fn start_shift(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::Consult)?;
    let asked: ShiftJson = call.json().await?;
    let account = staff.actor.account;
    let command = Command::StartShift { account, desk: asked.desk.code() };
    site.office.ask(command, Some(account)).await?;
    reply::json_with(StatusCode::CREATED, &serde_json::json!({ "desk": asked.desk }))
}

async fn end_shift(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::Consult)?;
    let account = staff.actor.account;
    site.office.ask(Command::EndShift { account }, Some(account)).await?;
    Ok(reply::no_content())
}

#[derive(Debug, Deserialize)]
struct ConsultationJson {
    #[serde(flatten)]
    shown: ShownJson,
    category: ConsultationCategory,
    outcome: ConsultationOutcome,
    #[serde(default)]
    minutes: u16,
    facts: String,
    #[serde(default)]
    advice: String,
    #[serde(default)]
    articles: String,
    contact: Option<String>,
    opponent: Option<String>,
}

async fn record(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::Consult)?;
    let asked: ConsultationJson = call.json().await?;
    let form = ConsultationForm {
        shown: asked.shown.optional()?,
        category: Some(asked.category),
        outcome: Some(asked.outcome),
        minutes: asked.minutes,
        facts: asked.facts,
        advice: asked.advice,
        articles: asked.articles,
        contact: asked.contact,
        opponent: asked.opponent,
    };
    let filed = consultations::record(&site, form, &staff).await?;
    reply::json_with(StatusCode::CREATED, &filed)
}

/// A consultation in a volunteer's list.
#[derive(Debug, Serialize)]
struct ConsultationLine {
    id: ConsultationId,
    number: String,
    at: String,
    desk: Option<Desk>,
    category: Option<ConsultationCategory>,
    outcome: Option<ConsultationOutcome>,
    minutes: u16,
    anonymous: bool,
    facts: Option<String>,
    advice: Option<String>,
    articles: Option<String>,
    referred_to: Option<ConsultationOutcome>,
}

async fn list(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    site.office.staff(&call, Right::Consult)?;
    let day: Option<Day> = call.query().parsed("day")?;
    let day = day.unwrap_or_else(|| site.office.today());
    let lines: Vec<ConsultationLine> =
        consultations::of_day(&site, day).await?.iter().map(line).collect();
    reply::json(&lines)
}

fn line(read: &consultations::Read) -> ConsultationLine {
    let open = read.open;
    let said = |pick: fn(&domain::sealed::ConsultationText) -> &String| {
        read.text.as_ref().map(|text| pick(text).clone())
    };
    ConsultationLine {
        id: read.id,
        number: consultations::number(open.day, open.serial),
        at: clock_text(read.time.unix_ms()),
        desk: Desk::from_code(open.desk),
        category: ConsultationCategory::from_code(open.category),
        outcome: ConsultationOutcome::from_code(open.outcome),
        minutes: open.minutes,
        anonymous: open.anonymous,
        facts: said(|text| &text.facts),
        advice: said(|text| &text.advice),
        articles: said(|text| &text.articles),
        referred_to: read
            .referred
            .as_ref()
            .and_then(|(referred, _)| ConsultationOutcome::from_code(referred.to)),
    }
}

#[derive(Debug, Deserialize)]
struct ReferralJson {
    to: ConsultationOutcome,
    #[serde(default)]
    passed_on: String,
    #[serde(default)]
    consent: bool,
    due: Option<Day>,
}

async fn referral(
    site: Arc<Site>,
    id: ConsultationId,
    mut call: Call,
) -> Result<Response, ApiError> {
    let staff = site.office.staff_change(&call, Right::Consult)?;
    let asked: ReferralJson = call.json().await?;
    let what = (asked.consent, asked.due, asked.passed_on);
    consultations::refer(&site, id, asked.to, what, &staff).await?;
    reply::json_with(StatusCode::CREATED, &serde_json::json!({ "id": id, "to": asked.to }))
}
