//! `springbreeze-server site`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::listen::Listen;
use crate::until_told;

/// Arguments of `site`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Directory in which everything is kept; made if it is not there.
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,
    #[command(flatten)]
    listen: Listen,
    /// Become the standby of the site server at this address.
    #[arg(long, value_name = "URL", requires_all = ["code", "reached_at"])]
    follow: Option<String>,
    /// The one-time code that the organiser's page "Standby" shows.
    #[arg(long, value_name = "CODE", requires = "follow")]
    code: Option<String>,
    /// Where the site server reaches this machine.
    #[arg(long, value_name = "URL", requires = "follow")]
    reached_at: Option<String>,
    /// Offer the measuring routes of `scripts/bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let Arguments { follow, code, reached_at, .. } = &arguments;
    let follow = match (follow.clone(), code.clone(), reached_at.clone()) {
        (Some(site), Some(code), Some(reached_at)) => Some(site::Follow { site, code, reached_at }),
        _ => None,
    };
    let options = site::Options {
        follow,
        data: arguments.data,
        doors: arguments.listen.into(),
        bench: arguments.bench,
    };
    until_told::run(|stop| site::run(options, stop))
}
