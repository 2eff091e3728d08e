//! What an employer records at the booth.

use anyhow::{Result, ensure};
use serde_json::{Value, json};

use crate::http::Http;

/// Records that a talk ended with an intention.
///
/// # Errors
///
/// When the site refuses.
pub async fn record_intention(employer: &Http, booth: &str, ticket_text: &str) -> Result<()> {
    let outcome = json!({ "booth": booth, "ticket": ticket_text, "outcome": "intention" });
    let answer = employer.post("/api/v1/outcomes", &outcome).await?.success()?;
    ensure!(!answer.text().contains("phone"), "a booth must not see a phone number");
    Ok(())
}

/// The number of a booth that an employer of the fair has.
///
/// # Errors
///
/// When none has one.
pub fn first_booth(employers: &[Value]) -> Result<String> {
    let booth = employers.iter().find_map(|employer| employer["booths"][0].as_str());
    booth.map(str::to_owned).ok_or_else(|| anyhow::anyhow!("no employer has a booth"))
}
