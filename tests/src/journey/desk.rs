//! What a volunteer does at the desk.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use super::fair::today;
use crate::http::Http;
use crate::site::Consultation;
use crate::wait;

/// How many days the legal aid centre has.
const REFERRAL_DAYS: u16 = 15;

/// Starts a shift at the legal desk.
///
/// # Errors
///
/// When the site refuses.
pub async fn start_shift(volunteer: &Http) -> Result<()> {
    volunteer.post("/api/v1/shifts", &json!({ "desk": "legal_aid" })).await?.success()?;
    Ok(())
}

/// Logs a consultation with confidential text about somebody with a ticket.
///
/// # Errors
///
/// When the site refuses.
pub async fn consult(volunteer: &Http, ticket: &str, confidential: &str) -> Result<Consultation> {
    let told = json!({
        "ticket": ticket,
        "category": "unpaid_wages",
        "facts": confidential,
        "advice": "先与用人单位协商,协商不成的,向劳动监察投诉。",
        "articles": "劳动合同法第三十条",
        "outcome": "legal_aid_guided",
        "minutes": 20,
    });
    volunteer.post("/api/v1/consultations", &told).await?.document()
}

/// Refers it to legal aid, with consent.
///
/// # Errors
///
/// When the site refuses.
pub async fn refer(volunteer: &Http, consultation: &Consultation) -> Result<()> {
    let path = format!("/api/v1/consultations/{}/referrals", consultation.id);
    let due = today()?.plus(REFERRAL_DAYS).to_string();
    let referral = json!({
        "to": "to_legal_aid", "passed_on": "欠薪,请联系本人。", "consent": true, "due": due,
    });
    volunteer.post(&path, &referral).await?.success()?;
    Ok(())
}

/// How long a site may take to make its lists anew after it was killed.
const REBUILD_BOUND: Duration = Duration::from_secs(60);

/// The confidential text as the volunteer reads it again, after the lists are there again.
///
/// # Errors
///
/// When it is not there in time.
pub async fn facts_again(volunteer: &Http, consultation: &Consultation) -> Result<String> {
    wait::until("the volunteer's list", REBUILD_BOUND, async || {
        facts(volunteer, consultation).await.map(Some)
    })
    .await
}

/// The confidential text as the volunteer reads it again.
///
/// # Errors
///
/// When it is not there.
pub async fn facts(volunteer: &Http, consultation: &Consultation) -> Result<String> {
    let listed: Value = volunteer.get("/api/v1/consultations").await?.document()?;
    let all = if listed.is_array() { &listed } else { &listed["consultations"] };
    let all = all.as_array().with_context(|| format!("no consultations in {listed}"))?;
    let found = all.iter().find(|entry| entry["id"] == consultation.id.as_str());
    let found = found.with_context(|| format!("{} is not listed", consultation.id))?;
    let facts = found["facts"].as_str().unwrap_or_default().to_owned();
    ensure!(!facts.is_empty(), "its text is not there: {found}");
    Ok(facts)
}
