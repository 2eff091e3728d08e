//! P3: what the journal appends in a second, beside the same bytes written and synced plainly.

use std::path::Path;

use anyhow::{Context, Result};

use super::Figure;
use super::figure::Round;
use super::goals::{Goal, P3};

/// Measures both group sizes on the disk below `directory`.
///
/// # Errors
///
/// The disk's.
pub fn figures(directory: &Path) -> Result<Vec<Figure>> {
    P3.iter().map(|goal| figure(directory, *goal)).collect()
}

fn figure(directory: &Path, goal: Goal) -> Result<Figure> {
    let group = u64::try_from(goal.width())?;
    let speed = store::append_speed::measure(directory, group).context("measuring the journal")?;
    let (measured, against) = (speed.journal_per_second, speed.raw_per_second);
    Ok(Figure::of_medians(goal, "records/s", Round { measured, against }))
}
