//! `scripts/demo`: a whole fair on this machine, or the walk through one that checks it.

use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::{Context, Result, ensure};
use clap::Parser;
use end_to_end::demo;
use end_to_end::journey::report::Reported;
use end_to_end::journey::{Addresses, Report, walk};
use tokio::signal::unix::{SignalKind, signal};

/// A whole fair on this machine: headquarters, a site server and a kiosk.
#[derive(Debug, Parser)]
#[command(name = "scripts/demo", version)]
struct Options {
    /// Walk the whole journey, print a line a step, and stop.
    #[arg(long)]
    check: bool,
    /// Keep the data here instead of in a temporary directory.
    #[arg(long, value_name = "DIR")]
    data: Option<PathBuf>,
    /// The first of three ports: site, kiosk, headquarters.
    #[arg(long, default_value_t = 8700, value_name = "PORT")]
    port: u16,
}

fn main() -> ExitCode {
    let done = tokio::runtime::Runtime::new()
        .context("no threads to be had")
        .and_then(|runtime| runtime.block_on(run(Options::parse())));
    match done {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            if error.downcast_ref::<Reported>().is_none() {
                eprintln!("{error:#}");
            }
            ExitCode::FAILURE
        }
    }
}

async fn run(options: Options) -> Result<()> {
    let temporary = tempfile::tempdir().context("no temporary directory: set TMPDIR")?;
    let is_kept = options.data.is_some();
    let directory = options.data.unwrap_or_else(|| temporary.path().to_owned());
    let mut stopped = Stopped::listen()?;
    let report = Report::default();
    if options.check {
        ensure!(is_usable(&directory)?, "{} is not empty: choose another", directory.display());
        tokio::select! {
            done = walk(&report, &directory) => done?,
            () = stopped.wait() => anyhow::bail!("interrupted"),
        }
        if is_kept {
            report.line(&format!("the data is in {}", directory.display()));
        }
        return Ok(());
    }
    let addresses = Addresses::from_port(options.port);
    let (mut nodes, note) = tokio::select! {
        started = demo::start(&report, &directory, &addresses) => started?,
        () = stopped.wait() => anyhow::bail!("interrupted"),
    };
    report.line(&demo::invitation(&nodes, &note)?);
    stopped.wait().await;
    let stop = async { Ok(((), format!("{} processes", nodes.stop().await?))) };
    report.line("");
    report.step("all stopped", stop).await
}

/// Whether the check may begin here: it must be empty, so that it counts only its own.
fn is_usable(directory: &std::path::Path) -> Result<bool> {
    let unwritable = || format!("{} can't be written: choose another", directory.display());
    std::fs::create_dir_all(directory).with_context(unwritable)?;
    Ok(std::fs::read_dir(directory).with_context(unwritable)?.next().is_none())
}

/// Ctrl-C, or being asked to stop.
struct Stopped {
    interrupt: tokio::signal::unix::Signal,
    terminate: tokio::signal::unix::Signal,
    hang_up: tokio::signal::unix::Signal,
}

impl Stopped {
    fn listen() -> Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hang_up: signal(SignalKind::hangup())?,
        })
    }

    async fn wait(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hang_up.recv() => {}
        }
    }
}
