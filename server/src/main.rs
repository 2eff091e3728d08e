//! `springbreeze-server`: one program for a fair's site, for headquarters, and for looking into
//! their journals. It parses the command line and hands over; whatever goes wrong, its last line
//! says what to do next.

use std::process::ExitCode;

use clap::{Parser, Subcommand};
use tracing_subscriber::EnvFilter;

mod backup;
mod carry;
mod hq;
mod journal;
mod listen;
mod site;
mod standby;
mod until_told;

/// Runs a "Spring Breeze Job" fair (春风送岗).
#[derive(Parser)]
#[command(name = "springbreeze-server", version, about)]
struct Arguments {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    /// Run the server of a fair on its site.
    Site(site::Arguments),
    /// Run headquarters.
    Hq(hq::Arguments),
    /// Look into the journal of a stopped node, or carry its records by hand.
    #[command(subcommand)]
    Journal(journal::Command),
    /// Let a standby take the site server's place.
    #[command(subcommand)]
    Standby(standby::Command),
    /// Copy a node, running or not, to another disk: once, or on and on.
    Backup(backup::BackupArguments),
    /// Make a node anew from its backup.
    Restore(backup::RestoreArguments),
}

fn main() -> ExitCode {
    let filter = EnvFilter::try_from_env("SPRINGBREEZE_LOG").unwrap_or_else(|_| "info".into());
    tracing_subscriber::fmt().with_env_filter(filter).with_writer(std::io::stderr).init();
    let done = match Arguments::parse().command {
        Command::Site(arguments) => site::run(arguments),
        Command::Hq(arguments) => hq::run(arguments),
        Command::Journal(command) => journal::run(&command),
        Command::Standby(command) => standby::run(&command),
        Command::Backup(arguments) => backup::backup(&arguments),
        Command::Restore(arguments) => backup::run_restore(&arguments),
    };
    match done {
        Ok(code) => code,
        Err(error) => {
            tracing::debug!("{error:?}");
            listen::say_last(&format!("{error:#}"));
            ExitCode::FAILURE
        }
    }
}
