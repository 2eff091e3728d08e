//! What people do at the kiosk.

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::kiosk::{Kiosk, Seen};
use crate::wait;

/// How long a kiosk may take to learn what it needs, or to hand over what it has.
pub const HANDOVER_BOUND: Duration = Duration::from_secs(20);

/// Waits until the kiosk reaches the site and has what it needs to judge and to suggest.
///
/// # Errors
///
/// When it does not in time.
pub async fn until_ready(kiosk: &Kiosk) -> Result<Value> {
    wait::until("the kiosk to be ready", HANDOVER_BOUND, async || {
        let status = kiosk.status().await?;
        let is_open = status["stage"] == "open";
        Ok((status["site"] == "reachable" && is_open).then_some(status))
    })
    .await
}

/// Waits until the site has all that the kiosk recorded.
///
/// # Errors
///
/// When it has not in time.
pub async fn until_handed_over(kiosk: &Kiosk) -> Result<()> {
    wait::until_true("the kiosk to hand over", HANDOVER_BOUND, async || {
        let status = kiosk.status().await?;
        // The record of a moment ago included, of which the line may not have heard yet.
        status["all_delivered"].as_bool().with_context(|| status.to_string())
    })
    .await
}

/// Holds a ticket's picture up to the camera; the verdict must be this.
///
/// # Errors
///
/// When the kiosk sees no code or another verdict.
pub async fn show(kiosk: &Kiosk, png: Vec<u8>, verdict: &str) -> Result<Seen> {
    let seen = kiosk.show_png(png).await?;
    ensure!(seen.found, "no code found in the picture");
    ensure!(seen.verdict == verdict, "the verdict is {seen:?}");
    Ok(seen)
}

/// Takes a ticket without having one.
///
/// # Errors
///
/// When the kiosk gives none.
pub async fn walk_in(kiosk: &Kiosk) -> Result<Value> {
    let asked = json!({ "form_of_address": "mr" });
    let given: Value = kiosk.http().post("/api/v1/walk-ins", &asked).await?.document()?;
    ensure!(given["ticket"].is_string(), "no ticket in {given}");
    Ok(given)
}
