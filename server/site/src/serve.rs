//! Runs a site: opens its store, serves its doors, follows headquarters, stops cleanly.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use domain::role::Role;
use office::Office;
use store::StoreError;
use web::serve::{BindError, Limits, Listener, TlsFiles, serve};
use web::{App, Stop, routes};

use crate::machine::FairMachine;
use crate::rows::SiteRows;
use crate::site::Site;
use crate::{api, pages};

/// How a site is run.
#[derive(Debug, Clone)]
pub struct Options {
    /// Where everything is kept.
    pub data: PathBuf,
    /// Where it listens without TLS: staff may sign in there only on loopback.
    pub listen: Vec<SocketAddr>,
    /// Where it listens with TLS.
    pub listen_tls: Vec<SocketAddr>,
    /// Certificate and key for these.
    pub tls: Option<TlsFiles>,
    /// Offers the measuring routes, which check and store nothing.
    pub bench: bool,
}

/// Why a site can't run; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum ServeError {
    /// The store can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// An address can't be listened on.
    #[error(transparent)]
    Bind(#[from] BindError),
    /// TLS without certificate and key.
    #[error("--listen-tls needs --tls-cert and --tls-key")]
    NoCertificate,
    /// Nowhere to listen.
    #[error("give at least one address with --listen or --listen-tls")]
    NoAddress,
    /// Something inside did not start.
    #[error("the site could not start: {0}")]
    Inside(String),
}

/// Runs until told to stop.
///
/// # Errors
/// [`ServeError`] before it serves; afterwards only what kept the stop from being clean.
pub async fn run(options: Options, stop: Stop) -> Result<(), ServeError> {
    let listeners = bind(&options)?;
    let data = options.data.clone();
    let opened = tokio::task::spawn_blocking(move || {
        office::open(&data, crate::SOFTWARE, FairMachine::new, |key| Box::new(SiteRows(key)))
    });
    let (store, report) = opened.await.map_err(inside)??;
    tracing::info!(?report, "store opened");
    let office = Office::new(store, "sb_site", Role::Organiser).map_err(inside)?;
    let site = Site::new(Arc::new(office), stop.clone()).await.map_err(inside)?;
    let site = Arc::new(site);
    site.resume_headquarters().await;
    announce(&listeners, &site).map_err(inside)?;
    serve(listeners, app(&site, options.bench), Limits::default(), stop).await;
    site.headquarters.close().await;
    site.office.store.clone().close().await?;
    Ok(())
}

/// All of the site's routes, the busy ones first.
#[must_use]
pub fn app(site: &Arc<Site>, bench: bool) -> App {
    let mut all = vec![link::routes(Arc::clone(site))];
    all.push(routes::fold(api::routes(site)));
    all.push(routes::fold(office::sign_in_routes::routes(&site.office)));
    all.push(routes::fold(pages::routes(site)));
    let ready = Arc::clone(site);
    all.push(routes::fold(web::health::routes(move || ready.store().stopped().is_none())));
    if bench {
        all.push(routes::fold(crate::bench::routes(site)));
    }
    routes::app(all)
}

fn bind(options: &Options) -> Result<Vec<Listener>, ServeError> {
    let mut listeners = Vec::new();
    for address in &options.listen {
        listeners.push(Listener::bind(*address)?);
    }
    for address in &options.listen_tls {
        let files = options.tls.as_ref().ok_or(ServeError::NoCertificate)?;
        listeners.push(Listener::bind_tls(*address, files)?);
    }
    if listeners.is_empty() {
        return Err(ServeError::NoAddress);
    }
    Ok(listeners)
}

/// Says on standard output what a person or a script needs to know next, one line each.
fn announce(listeners: &[Listener], site: &Site) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for listener in listeners {
        writeln!(out, "listening on {}", listener.url())?;
    }
    if let Some(code) = site.office.setup_code() {
        writeln!(out, "setup code: {code}")?;
    }
    out.flush()
}

fn inside(error: impl std::fmt::Display) -> ServeError {
    ServeError::Inside(error.to_string())
}
