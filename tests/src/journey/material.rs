//! What the journey takes from the demo fair.

use anyhow::{Result, bail};

/// The employers' spreadsheet, as a clerk would send it.
///
/// # Errors
///
/// When it can't be made.
pub fn workbook() -> Result<Vec<u8>> {
    bail!("the demo fair is not there yet")
}

/// The seekers of the demo fair, as their phones would send them.
///
/// # Errors
///
/// When they can't be made.
pub fn registrations() -> Result<Vec<serde_json::Value>> {
    bail!("the demo fair is not there yet")
}
