//! Consultations at the volunteers' desks. What was said is readable by volunteers only, and never
//! leaves the site without the person's consent (法律援助法 art. 21, 个人信息保护法 art. 23).

use domain::codes::{ConsultationCategory, ConsultationOutcome};
use domain::command::{Command, Consultation, Referral, Reply};
use domain::day::Day;
use domain::event::{ConsultationRecorded, ConsultationReferred, Event, decode};
use domain::fair::Fair;
use domain::ids::{ConsultationId, Hlc};
use domain::sealed::{ConsultationText, ReferralText};
use domain::verdict::Stage;
use office::lookup::{self, Found};
use office::{Staff, random};
use web::ApiError;

use crate::check_in::{Shown, identify};
use crate::rows::{CONSULTATION_KEY_BYTES, CONSULTATION_KEYS, CONSULTATIONS, REFERRALS};
use crate::site::Site;

/// The longest consultation, in minutes: a working day.
const MAX_MINUTES: u16 = 600;
/// How many rows are read at a time.
const PAGE_ROWS: usize = 1_000;
/// How many rows a list reads at most, so that memory stays bounded: a day has 50 to 400
/// consultations of one to eight rows each.
const LIST_ROWS_MOST: usize = 20_000;

/// What a volunteer records.
#[derive(Debug, Clone, Default)]
pub struct ConsultationForm {
    /// The person's ticket or number, where they presented it.
    pub shown: Option<Shown>,
    /// What it was about.
    pub category: Option<ConsultationCategory>,
    /// What came of it.
    pub outcome: Option<ConsultationOutcome>,
    /// Minutes it took.
    pub minutes: u16,
    /// What happened.
    pub facts: String,
    /// What was advised.
    pub advice: String,
    /// Articles cited.
    pub articles: String,
    /// How to reach the person.
    pub contact: Option<String>,
    /// The other side.
    pub opponent: Option<String>,
}

/// A consultation as it was filed.
#[derive(Debug, Clone, serde::Serialize)]
pub struct Filed {
    /// Its id.
    pub id: ConsultationId,
    /// The number people see, as in 20260305-007.
    pub number: String,
}

/// A consultation as a volunteer reads it.
pub struct Read {
    /// Its id.
    pub id: ConsultationId,
    /// What stands in the open.
    pub open: ConsultationRecorded,
    /// When it was recorded.
    pub time: Hlc,
    /// What was said; none once its key was erased, or where only the open part came back.
    pub text: Option<ConsultationText>,
    /// Where it was referred.
    pub referred: Option<(ConsultationReferred, Option<ReferralText>)>,
}

/// Records a consultation of the volunteer's running shift.
///
/// # Errors
/// `no_shift`, `unknown_code`, `unknown_ticket`, `bad_text`, `bad_minutes`, `lists_rebuilding`.
pub async fn record(site: &Site, form: ConsultationForm, by: &Staff) -> Result<Filed, ApiError> {
    let shown = form.shown.as_ref();
    let reference = shown.map(|shown| identify(site, shown, by.actor.account)).transpose()?;
    if form.minutes > MAX_MINUTES {
        return Err(ApiError::unprocessable("bad_minutes"));
    }
    let (category, outcome) =
        form.category.zip(form.outcome).ok_or(ApiError::unprocessable("unknown_code"))?;
    site.office.rows_served().await?;
    let credentials = office::accounts::credentials(&site.office, by.actor.account)?;
    let consultation = ConsultationId(random::bytes()?);
    let today = site.office.today();
    let filled = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let (contact, opponent) = (filled(form.contact), filled(form.opponent));
    let command = Command::RecordConsultation(Consultation {
        consultation,
        by: by.actor,
        today,
        category: category.code(),
        outcome: outcome.code(),
        minutes: form.minutes,
        anonymous: reference.is_none() && contact.is_none(),
        text: ConsultationText {
            facts: form.facts,
            advice: form.advice,
            articles: form.articles,
            reference,
            contact,
            opponent,
            recorded_by: credentials.map(|credentials| credentials.name),
        },
    });
    match site.office.ask(command, Some(by.actor.account)).await? {
        Reply::Recorded { serial } => Ok(Filed { id: consultation, number: number(today, serial) }),
        _ => Err(ApiError::internal("a consultation was answered with something else")),
    }
}

/// Refers a consultation to another office.
///
/// # Errors
/// `unknown_consultation`, `unknown_code`, `consent_missing`, `bad_text`.
pub async fn refer(
    site: &Site,
    consultation: ConsultationId,
    to: ConsultationOutcome,
    asked: (bool, Option<Day>, String),
    by: &Staff,
) -> Result<(), ApiError> {
    if !to.is_referral() {
        return Err(ApiError::unprocessable("unknown_code"));
    }
    let (consent, due, passed_on) = asked;
    let text = ReferralText { passed_on };
    let referral = Referral { consultation, to: to.code(), consent, due, text };
    let command = Command::ReferConsultation(referral);
    site.office.ask(command, Some(by.actor.account)).await.map(|_| ())
}

/// A day's consultations of what counts now, the latest first.
///
/// # Errors
/// `lists_rebuilding`.
pub async fn of_day(site: &Site, day: Day) -> Result<Vec<Read>, ApiError> {
    site.office.rows_current().await?;
    let mut prefix = vec![u8::from(site.fair(Fair::stage) != Stage::Open)];
    prefix.extend_from_slice(&day.0.to_be_bytes());
    let rows = site.office.look_up(|views| {
        let mut rows: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
        // Page by page to the end of the day, so that the latest are among them.
        loop {
            let page = match rows.last() {
                None => views.scan_prefix(CONSULTATIONS, &prefix, PAGE_ROWS)?,
                Some((last, _)) => {
                    views.scan_after(CONSULTATIONS, &prefix, &last.clone(), PAGE_ROWS)?
                }
            };
            let more = page.len() == PAGE_ROWS;
            rows.extend(page);
            if !more || rows.len() >= LIST_ROWS_MOST {
                return Ok(rows);
            }
        }
    })?;
    let mut all = Vec::new();
    for (_, bytes) in join(rows) {
        if let Some(read) = lookup::open(&site.office, &bytes).as_ref().and_then(read) {
            all.push(with_referral(site, read)?);
        }
    }
    all.reverse();
    Ok(all)
}

/// One consultation.
///
/// # Errors
/// `unknown_consultation`, `lists_rebuilding`.
pub async fn one(site: &Site, id: ConsultationId) -> Result<Read, ApiError> {
    site.office.rows_current().await?;
    let unknown = || ApiError::not_found("unknown_consultation");
    let key = site.office.look_up(|views| views.get(CONSULTATION_KEYS, &id.0))?;
    let key = key.ok_or_else(unknown)?;
    let found = lookup::record(&site.office, CONSULTATIONS, &key)?;
    with_referral(site, found.as_ref().and_then(read).ok_or_else(unknown)?)
}

fn read(found: &Found) -> Option<Read> {
    let Event::ConsultationRecorded(open) = found.event else { return None };
    let text = found.opened.first().and_then(Option::as_ref);
    let text = text.and_then(|bytes| decode(bytes).ok());
    Some(Read { id: open.consultation, open, time: found.time, text, referred: None })
}

fn with_referral(site: &Site, mut read: Read) -> Result<Read, ApiError> {
    if let Some(found) = lookup::record(&site.office, REFERRALS, &read.id.0)?
        && let Event::ConsultationReferred(referred) = found.event
    {
        let text = found.opened.first().and_then(Option::as_ref);
        read.referred = Some((referred, text.and_then(|bytes| decode(bytes).ok())));
    }
    Ok(read)
}

/// The pieces of each record put together.
fn join(rows: Vec<(Vec<u8>, Vec<u8>)>) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut joined: Vec<(Vec<u8>, Vec<u8>)> = Vec::new();
    for (mut key, piece) in rows {
        key.truncate(CONSULTATION_KEY_BYTES);
        match joined.last_mut() {
            Some((last, bytes)) if *last == key => bytes.extend_from_slice(&piece),
            _ => joined.push((key, piece)),
        }
    }
    joined
}

/// The number people see: date and serial.
#[must_use]
pub fn number(day: Day, serial: u32) -> String {
    format!("{}-{serial:03}", day.date().format("%Y%m%d"))
}
