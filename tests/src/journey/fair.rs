//! Setting up a fair, its employers, and opening it.

use anyhow::{Context, Result, ensure};
use domain::day::Day;
use reqwest::Method;
use serde_json::{Value, json};

use crate::http::Http;
use crate::site::Imported;

/// What a spreadsheet is sent as.
const XLSX: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// Sets up a fair that lasts from yesterday to tomorrow, so that no midnight ends it.
///
/// # Errors
///
/// When the site refuses.
pub async fn plan(organiser: &Http) -> Result<()> {
    plan_from(organiser, Day(today()?.0.saturating_sub(1))).await
}

/// Sets up a fair of three days from `first` on.
///
/// # Errors
///
/// When the site refuses.
pub async fn plan_from(organiser: &Http, first: Day) -> Result<()> {
    let fair = json!({
        "name": "大连市“春风送岗”招聘会",
        "place": "体育馆前广场",
        "district": "zhongshan",
        "date_from": first.to_string(),
        "date_to": first.plus(2).to_string(),
        "address": organiser.base(),
    });
    organiser.post("/api/v1/fair", &fair).await?.success()?;
    Ok(())
}

/// Opens it: from now on what happens counts.
///
/// # Errors
///
/// When the site refuses, or does not call it open afterwards.
pub async fn open(organiser: &Http) -> Result<()> {
    organiser.post("/api/v1/fair/open", &json!({})).await?.success()?;
    let fair: Value = organiser.get("/api/v1/fair").await?.document()?;
    ensure!(fair["stage"] == "open", "the fair is not open: {fair}");
    Ok(())
}

/// Imports a spreadsheet of employers.
///
/// # Errors
///
/// When the site refuses, or does not list as many employers afterwards.
pub async fn import(organiser: &Http, workbook: Vec<u8>) -> Result<Imported> {
    let body = Some((XLSX, workbook));
    let answer = organiser.send(Method::POST, "/api/v1/employers/import", body).await?;
    let imported: Imported = answer.document()?;
    let listed = employers(organiser).await?.len();
    let counted = usize::try_from(imported.employers)?;
    ensure!(listed == counted && listed > 0, "{counted} imported, {listed} listed");
    ensure!(imported.postings > 0 && imported.booths > 0, "{imported:?}");
    Ok(imported)
}

/// The employers of the fair.
///
/// # Errors
///
/// When the site does not list them.
pub async fn employers(by: &Http) -> Result<Vec<Value>> {
    let listed: Value = by.get("/api/v1/employers").await?.document()?;
    let employers = if listed.is_array() { &listed } else { &listed["employers"] };
    employers.as_array().cloned().with_context(|| format!("no employers in {listed}"))
}

/// The day that fairs count now.
///
/// # Errors
///
/// When the clock of this machine stands before 1970.
pub fn today() -> Result<Day> {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH)?;
    Ok(Day::of_ms(u64::try_from(since.as_millis())?))
}
