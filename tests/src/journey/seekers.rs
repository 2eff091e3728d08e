//! Seekers registering on their phones, and their tickets.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::http::Http;
use crate::site::{CheckedIn, Ticket};

/// What the check's own seeker wishes, in words of the demo fair.
#[must_use]
pub fn a_seeker() -> Value {
    json!({
        "form_of_address": "王女士",
        "wish": { "wanted": ["waiter", "warehousing"], "pay_low": 4000, "districts": ["zhongshan"] },
        "groups": ["migrant_worker"],
        "purposes": ["matching"],
        "notice_version": 1,
    })
}

/// Registers somebody as from a phone: signed in as nobody.
///
/// # Errors
///
/// When the site refuses.
pub async fn register(anybody: &Http, seeker: &Value) -> Result<Ticket> {
    let ticket: Ticket = anybody.post("/api/v1/seekers", seeker).await?.document()?;
    ensure!(!ticket.ticket.is_empty() && !ticket.reference.is_empty(), "{ticket:?}");
    Ok(ticket)
}

/// The ticket's code as PNG.
///
/// # Errors
///
/// When the site gives no picture.
pub async fn ticket_png(anybody: &Http, ticket: &Ticket) -> Result<Vec<u8>> {
    let answer = anybody.get(&format!("/api/v1/tickets/{}.png", ticket.ticket)).await?.success()?;
    ensure!(answer.header("content-type") == Some("image/png"), "{:?}", answer.headers);
    Ok(answer.body)
}

/// Checks a ticket in at a staff tablet.
///
/// # Errors
///
/// When the site refuses.
pub async fn check_in(staff: &Http, ticket_text: &str) -> Result<CheckedIn> {
    staff.post("/api/v1/check-ins", &json!({ "ticket": ticket_text })).await?.document()
}
