//! Runs a site: opens its store, serves its doors, follows headquarters, stops cleanly.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use domain::role::Role;
use link::Receiving;
use office::Office;
use store::{Report, Store, StoreError};
use web::serve::{BindError, Doors, Limits, announce, serve};
use web::{App, Stop, routes};

use crate::following::{Follow, FollowError, Followed};
use crate::machine::FairMachine;
use crate::promotion::PromoteError;
use crate::rows::SiteRows;
use crate::site::Site;
use crate::{api, pages, retention, rotation};

/// How a site is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where everything is kept.
    pub data: PathBuf,
    /// Where it listens.
    pub doors: Doors,
    /// Becomes the standby of a site server, if it is none yet.
    pub follow: Option<Follow>,
    /// Offers the measuring routes, which check and store nothing.
    pub bench: bool,
}

/// Why a site can't run; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// It can't be a standby.
    #[error(transparent)]
    Follow(#[from] FollowError),
    /// Going over to the new server key failed.
    #[error(transparent)]
    Rotation(#[from] PromoteError),
    /// An address can't be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// Something inside did not start.
    #[error("the site could not start: {0}")]
    Inside(String),
}

/// Runs until told to stop.
///
/// # Errors
/// [`ServeError`] before it serves; afterwards only what kept the stop from being clean.
pub async fn run(options: Options, stop: Stop) -> Result<(), ServeError> {
    let listeners = options.doors.open()?;
    rotation::finish(&options.data).await?;
    let followed = match &options.follow {
        Some(follow) => Some(Followed::begin(&options.data, follow).await?),
        None => Followed::read(&options.data)?,
    };
    let data = options.data.clone();
    let whom = followed.clone();
    let opened = tokio::task::spawn_blocking(move || open_following(&data, whom.as_ref()));
    let (store, report) = opened.await.map_err(inside)??;
    tracing::info!(?report, "store opened");
    let office = Office::new(store, "sb_site", Role::Organiser).map_err(inside)?;
    let site = Site::new(Arc::new(office), stop.clone()).await.map_err(inside)?;
    let site = Arc::new(site.following(followed));
    site.by_hand.keep_in(&options.data);
    site.take_up_ways().await;
    let code = site.office.setup_code().map(|code| format!("setup code: {code}"));
    announce(&listeners, code.as_slice()).map_err(inside)?;
    let keeper = Arc::clone(&site);
    let keeper = tokio::spawn(async move { retention::keep_promise(&keeper).await });
    serve(listeners, app(&site, options.bench), Limits::default(), stop).await;
    keeper.await.map_err(inside)?;
    site.headquarters.close().await;
    site.standby.close().await;
    site.office.store.clone().close().await?;
    Ok(())
}

/// Opens the store of a site's directory, or makes one. Blocks while it reads everything.
///
/// # Errors
/// As [`Store::open`]; or that it can't be read whom a standby follows.
pub fn open(directory: &Path) -> Result<(Store<FairMachine>, Report), FollowError> {
    let followed = Followed::read(directory)?;
    Ok(open_following(directory, followed.as_ref())?)
}

fn open_following(
    directory: &Path,
    followed: Option<&Followed>,
) -> Result<(Store<FairMachine>, Report), StoreError> {
    let followed = followed.map_or_else(Vec::new, Followed::line);
    let line = followed.clone();
    let machine = move |me| FairMachine::following(me, followed);
    let rows = move |key, me| -> Box<dyn store::View> {
        let line = std::iter::once(me).chain(line).collect();
        Box::new(SiteRows { key, line })
    };
    office::open(directory, crate::SOFTWARE, machine, rows)
}

/// All of the site's routes, the busy ones first.
#[must_use]
pub fn app(site: &Arc<Site>, bench: bool) -> App {
    // First of all, so that finding a measuring route costs no more than finding a real one.
    let mut all = if bench { vec![crate::bench::routes(site)] } else { Vec::new() };
    all.push(link::routes(&Receiving::new(Arc::clone(site))));
    all.push(routes::fold(api::routes(site)));
    all.push(routes::fold(office::sign_in_routes::routes(&site.office)));
    all.push(routes::fold(pages::routes(site)));
    let ready = Arc::clone(site);
    all.push(routes::fold(web::health::routes(move || match ready.store().stopped() {
        None => Ok(()),
        Some(stop) => Err(stop.to_string()),
    })));
    routes::app(all)
}

/// With what the error keeps inside: only the operator reads it.
fn inside(error: impl std::fmt::Debug) -> ServeError {
    ServeError::Inside(format!("{error:?}"))
}
