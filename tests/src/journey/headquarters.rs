//! The site's way to headquarters.

use std::time::Duration;

use anyhow::{Context, Result};
use serde_json::json;

use super::Figures;
use super::nodes::{Nodes, enrolment_code};
use crate::wait;

/// How long the last record may take to headquarters.
const ARRIVAL_BOUND: Duration = Duration::from_secs(20);

/// Enrols the site at headquarters.
///
/// # Errors
///
/// When either refuses.
pub async fn enrol_site(nodes: &Nodes) -> Result<()> {
    enrol_site_at(nodes, nodes.hq.process.url()).await
}

/// Enrols the site at headquarters, which it reaches at this address.
///
/// # Errors
///
/// When either refuses.
pub async fn enrol_site_at(nodes: &Nodes, url: &str) -> Result<()> {
    let asked = json!({ "role": "site", "name": "中山区会场" });
    let code = enrolment_code(&nodes.clerk, &asked).await?;
    let headquarters = json!({ "url": url, "code": code });
    nodes.organiser.post("/api/v1/headquarters", &headquarters).await?.success()?;
    Ok(())
}

/// Waits until headquarters counts exactly this.
///
/// # Errors
///
/// Says what it counts instead when time is up.
pub async fn until_counted(nodes: &Nodes, expected: &Figures) -> Result<()> {
    until_counted_within(nodes, expected, ARRIVAL_BOUND).await
}

/// The same over a line that takes its time.
///
/// # Errors
///
/// As [`until_counted`].
pub async fn until_counted_within(
    nodes: &Nodes,
    expected: &Figures,
    bound: Duration,
) -> Result<()> {
    let mut last = None;
    let waited = wait::until_true("headquarters' counts", bound, async || {
        let counted = Figures::of_headquarters(&nodes.clerk).await?;
        last = Some(counted);
        Ok(counted == *expected)
    });
    waited.await.with_context(|| format!("expected {expected:?}, counted {last:?}"))
}
