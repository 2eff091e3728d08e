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
    /// Offer the measuring routes of `scripts/bench`.
    #[arg(long, hide = true)]
    bench: bool,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let options = site::Options {
        data: arguments.data,
        doors: arguments.listen.into(),
        bench: arguments.bench,
    };
    until_told::run(|stop| site::run(options, stop))
}
