//! The program: opens the store, listens, prints what the operator needs, and stops cleanly.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::role::Role;
use journal::{Damage, Lost};
use link::Receiving;
use office::{Office, sign_in_routes};
use store::{Report, Store, StoreError};
use web::serve::{BindError, Doors, Limits, announce};
use web::{ApiError, App, Stop, health, routes};

use crate::hq::Hq;
use crate::machine::HqMachine;
use crate::rows::HqRows;
use crate::{SOFTWARE, api, pages};

/// The cookie of its sessions; others than a site's, since cookies know no ports.
pub(crate) const COOKIE: &str = "sb_hq";

/// How headquarters is to run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Its directory: nothing else belongs in it.
    pub data: PathBuf,
    /// Where it listens.
    pub doors: Doors,
}

/// Why headquarters does not run; the text is for the operator and says what to do.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The directory can't be used.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An address can't be opened.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// The system gives no random numbers.
    #[error("headquarters can't start: {0}")]
    Office(#[from] ApiError),
    /// The lines for the operator can't be written.
    #[error("standard output can't be written to ({0}): leave it open")]
    Output(#[from] io::Error),
}

/// Runs headquarters until the stop.
///
/// # Errors
/// What kept it from starting, or from stopping cleanly.
pub async fn run(options: Options, stop: Stop) -> Result<(), Failure> {
    let listeners = options.doors.open()?;
    let data = options.data.clone();
    let opened = tokio::task::spawn_blocking(move || open(&data)).await;
    let (store, report) = opened.map_err(|_| StoreError::Panicked)??;
    tell_recovery(&report);
    let office = Arc::new(Office::new(store.clone(), COOKIE, Role::Clerk)?);
    let hq = Arc::new(Hq::new(Arc::clone(&office), stop.clone()));
    let code = office.setup_code().map(|code| format!("setup code: {code}"));
    announce(&listeners, code.as_slice())?;
    let telling = {
        let (hq, stop) = (Arc::clone(&hq), stop.clone());
        tokio::spawn(async move { hq.publish(stop).await })
    };
    web::serve::serve(listeners, app(&hq), Limits::default(), stop).await;
    // Ends with the same stop; a panic in it has cost live numbers only.
    let _ended = telling.await;
    store.close().await?;
    Ok(())
}

/// Opens the store of a directory, or makes one. Blocks while it reads everything.
///
/// # Errors
/// As [`Store::open`].
pub fn open(directory: &Path) -> Result<(Store<HqMachine>, Report), StoreError> {
    office::open(directory, SOFTWARE, HqMachine::new, |key, _| Box::new(HqRows(key)))
}

/// Everything headquarters answers to.
#[must_use]
pub fn app(hq: &Arc<Hq>) -> App {
    let asked = Arc::clone(hq);
    let ready = move || match asked.office.store.stopped() {
        None => Ok(()),
        Some(stop) => Err(stop.to_string()),
    };
    let receiving = Receiving::new(Arc::clone(hq));
    let mut all = vec![link::routes(&receiving), routes::fold(api::routes(hq))];
    all.extend(sign_in_routes::routes(&hq.office));
    all.extend(pages::routes(hq, &receiving));
    all.extend(health::routes(ready));
    routes::app(all)
}

fn tell_recovery(report: &Report) {
    let recovery = &report.recovery;
    tracing::info!(records = recovery.records, clean = recovery.was_clean, "the journal is open");
    if let Some(torn) = recovery.torn {
        let (bytes, records) = (torn.bytes, torn.records);
        tracing::warn!(bytes, records, "an unclean stop's end was cut; it may have been confirmed");
    }
    recovery.lost.iter().for_each(tell_lost);
    recovery.damage.iter().for_each(tell_damage);
}

fn tell_lost(lost: &Lost) {
    tracing::error!(?lost, "records were lost to damage");
}

fn tell_damage(damage: &Damage) {
    tracing::error!(?damage, "the journal is damaged here");
}
