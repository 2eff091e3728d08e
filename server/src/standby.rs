//! `springbreeze-server standby`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;

use anyhow::Context;
use clap::Subcommand;

use crate::journal::disk;

/// What can be done with a standby.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Let a stopped standby take the place of the site server that it follows. Switch that one off first.
    Promote {
        /// The standby's directory.
        #[arg(long, value_name = "DIRECTORY")]
        data: PathBuf,
    },
}

pub(crate) fn run(command: &Command) -> anyhow::Result<ExitCode> {
    let Command::Promote { data } = command;
    // Only a node that is there: opening makes none.
    drop(disk(data)?);
    let runtime = tokio::runtime::Runtime::new().context("the system gives no threads")?;
    runtime.block_on(site::promote(data))?;
    let mut out = std::io::stdout().lock();
    writeln!(out, "已接替原来的服务器，请照常启动这台机器。")?;
    writeln!(
        out,
        "It took the site server's place. Start it as before: `springbreeze-server site`."
    )?;
    Ok(ExitCode::SUCCESS)
}
