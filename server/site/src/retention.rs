//! Ending what is kept about people: on their wish, and when the notice's time is over
//! (个人信息保护法 arts. 19, 47). Erased is the key; what it sealed can't be read by anybody any more,
//! here or in any copy of the journal, and the chain stays whole.

use std::time::Duration;

use domain::day::Day;
use domain::fair::Fair;
use domain::ids::{AccountId, KeyId};
use office::{failure, lookup};
use web::ApiError;

use crate::check_in::{Shown, identify};
use crate::rows::PEOPLE;
use crate::site::Site;

/// How long after the fair's last day what seekers said about themselves is kept, in days: what
/// the privacy notice promises.
pub const RETENTION_DAYS: u16 = 90;
/// How often the site looks whether that time is over.
const LOOK_EVERY: Duration = Duration::from_secs(3_600);
/// How many registrations are erased at a time.
const PAGE_ROWS: usize = 500;

/// Erases what the owner of a ticket said about themselves; the ticket stays good.
///
/// # Errors
/// `unknown_ticket`, `lists_rebuilding`, the store's errors; as [`Site::may_record`].
pub async fn erase(site: &Site, shown: &Shown, by: AccountId) -> Result<(), ApiError> {
    site.may_record()?;
    let reference = identify(site, shown, by)?;
    site.office.rows_current().await?;
    let found = lookup::record(&site.office, PEOPLE, &reference.0)?;
    erase_keys(site, found.into_iter().flat_map(|found| found.keys)).await
}

/// Erases what all seekers said about themselves.
///
/// # Errors
/// `lists_rebuilding`, the store's errors.
pub async fn erase_all(site: &Site) -> Result<(), ApiError> {
    let mut last = Vec::new();
    loop {
        let rows = site.office.look_up(|views| views.scan_after(PEOPLE, &[], &last, PAGE_ROWS))?;
        let Some((key, _)) = rows.last() else { return Ok(()) };
        last.clone_from(key);
        let keys = rows.iter().filter_map(|(_, bytes)| lookup::open(&site.office, bytes));
        erase_keys(site, keys.flat_map(|found| found.keys)).await?;
    }
}

async fn erase_keys(site: &Site, keys: impl Iterator<Item = KeyId>) -> Result<(), ApiError> {
    let keys: Vec<KeyId> = keys.filter(|key| site.store().keys().has(*key)).collect();
    if !keys.is_empty() {
        site.store().erase_for_good(keys).await.map_err(failure::stored)?;
    }
    Ok(())
}

/// Whether the time that the notice promises is over.
#[must_use]
pub fn is_over(fair: &Fair, today: Day) -> bool {
    fair.settings().is_some_and(|settings| settings.days.last.plus(RETENTION_DAYS) < today)
}

/// Keeps the notice's promise for as long as the site runs.
pub async fn keep_promise(site: &Site) {
    let stop = site.stop.clone();
    loop {
        erase_if_over(site).await;
        tokio::select! {
            () = stop.stopped() => return,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
}

async fn erase_if_over(site: &Site) {
    let today = site.office.today();
    if !site.fair(|fair| is_over(fair, today)) {
        return;
    }
    if let Err(error) = erase_all(site).await {
        tracing::warn!(?error, "the seekers' details are past their time and can't be erased yet");
    }
}
