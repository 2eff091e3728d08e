//! `springbreeze-server hq`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::listen::Listen;
use crate::until_told;

/// Arguments of `hq`.
#[derive(Args)]
pub(crate) struct Arguments {
    /// Directory in which everything is kept; made if it is not there.
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,
    #[command(flatten)]
    listen: Listen,
}

pub(crate) fn run(arguments: Arguments) -> anyhow::Result<ExitCode> {
    let options = hq::Options { data: arguments.data, doors: arguments.listen.into() };
    until_told::run(|stop| hq::run(options, stop))
}
