//! Starts the station.

use std::io::Write;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use anyhow::{Context, bail};
use clap::Parser;
use kiosk::kiosk::Kiosk;
use kiosk::station::Station;
use web::serve::{Limits, Listener, announce, serve};

/// The station of a fair: scans tickets and says who may come in, with or without a network.
#[derive(Debug, Parser)]
#[command(name = "springbreeze-kiosk", version)]
struct Arguments {
    /// Where this station keeps its journal and what it knows of the fair.
    #[arg(long, value_name = "DIR")]
    data: PathBuf,
    /// Where its pages are; loopback only, since the camera and the keypad are on this machine.
    #[arg(long, value_name = "ADDRESS", default_value = "127.0.0.1:8090")]
    listen: SocketAddr,
    /// The site server, such as http://192.168.1.10:8080; with --code, the first time.
    #[arg(long, value_name = "URL")]
    site: Option<String>,
    /// The one-time code from the organiser's page; needed once.
    #[arg(long, value_name = "CODE", requires = "site")]
    code: Option<String>,
    /// The site server was replaced by another machine: go to that one, with everything recorded here.
    #[arg(long = "move", requires = "code")]
    moves: bool,
    /// What this station is called.
    #[arg(long, value_name = "NAME", default_value = "")]
    name: String,
}

fn main() -> ExitCode {
    let arguments = Arguments::parse();
    let filter = tracing_subscriber::EnvFilter::try_from_env("SPRINGBREEZE_LOG")
        .unwrap_or_else(|_| tracing_subscriber::EnvFilter::new("info"));
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    match start(&arguments) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            // Nothing is left to do if even this can't be written.
            let _closed = writeln!(std::io::stderr(), "springbreeze-kiosk: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn start(arguments: &Arguments) -> anyhow::Result<()> {
    if !arguments.listen.ip().is_loopback() {
        bail!("a station listens on this machine only: give --listen 127.0.0.1:PORT");
    }
    let runtime = tokio::runtime::Runtime::new().context("the system gives no threads")?;
    runtime.block_on(run(arguments))
}

async fn run(arguments: &Arguments) -> anyhow::Result<()> {
    let listener = Listener::bind(arguments.listen)?;
    let station = Station::open(&arguments.data)?;
    enrol(&station, arguments).await?;
    let listeners = vec![listener];
    announce(&listeners, &[])?;
    let (stopper, stop) = web::stop::pair();
    tokio::spawn(async move {
        wait_for_signal().await;
        stopper.stop();
    });
    let kiosk = Kiosk::new(Arc::clone(&station));
    serve(listeners, kiosk::routes::app(&kiosk), Limits::default(), stop).await;
    station.close().await;
    Ok(())
}

/// Takes up the line to the site, enrols there first, or moves. Without a code the page asks for one.
async fn enrol(station: &Arc<Station>, arguments: &Arguments) -> anyhow::Result<()> {
    let enrolled = station.take_up_line()?;
    let Some((site, code)) = arguments.site.as_ref().zip(arguments.code.as_ref()) else {
        if !enrolled {
            tracing::info!("not enrolled yet: open the page, or give --site and --code");
        }
        return Ok(());
    };
    if !enrolled {
        station.enrol(site, code, &arguments.name).await?;
    } else if arguments.moves {
        station.move_to(site, code, &arguments.name).await?;
    } else {
        return Ok(());
    }
    tracing::info!(site, "enrolled");
    Ok(())
}

/// Ctrl-C, or what a service manager sends.
async fn wait_for_signal() {
    use tokio::signal::unix::{SignalKind, signal};
    let Ok(mut terminate) = signal(SignalKind::terminate()) else {
        let _asked = tokio::signal::ctrl_c().await;
        return;
    };
    tokio::select! {
        _ = tokio::signal::ctrl_c() => {}
        _ = terminate.recv() => {}
    }
}
