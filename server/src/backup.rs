//! `springbreeze-server backup` and `restore`.

use std::io::Write;
use std::path::PathBuf;
use std::process::ExitCode;
use std::time::{Duration, Instant};

use anyhow::Context;
use clap::Args;
use domain::day::moment_text;
use journal::follow::Tail;
use store::backup::{Backup, BackupError, KEYRING_DAYS, Pass};
use store::restore::{KeysRestored, Restored, restore};
use store::{FileDisk, StoreError, wall_clock_ms};
use tokio::signal::unix::{SignalKind, signal};

use crate::journal::{directory_of, ensure_whole};

/// Arguments of `backup`.
#[derive(Args)]
pub(crate) struct BackupArguments {
    /// The node's directory; the node may run.
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,
    /// The backup's directory, best on another disk.
    #[arg(long, value_name = "DIRECTORY")]
    to: PathBuf,
    /// Go on copying what happens, until told to stop.
    #[arg(long)]
    follow: bool,
}

/// Arguments of `restore`.
#[derive(Args)]
pub(crate) struct RestoreArguments {
    /// The backup's directory.
    #[arg(long, value_name = "DIRECTORY")]
    from: PathBuf,
    /// The directory of the node made anew: empty, or not there.
    #[arg(long, value_name = "DIRECTORY")]
    data: PathBuf,
}

/// How often a follower looks: a running node ends a quiet group after a second.
const LOOK_EVERY: Duration = Duration::from_millis(300);
/// How long one backup of a running node waits for its last group to be followed by another.
const IN_DOUBT: Duration = Duration::from_secs(10);
/// How often a follower says how it stands though nothing changed.
const TELL_EVERY: Duration = Duration::from_secs(60);

pub(crate) fn backup(arguments: &BackupArguments) -> anyhow::Result<ExitCode> {
    let data = directory_of(&arguments.data)?;
    if arguments.follow {
        let runtime = tokio::runtime::Runtime::new().context("the system gives no threads")?;
        return runtime.block_on(follow(Backup::open(&data, &arguments.to)?));
    }
    // Nobody starts the node meanwhile, so that its last group counts too; a running one keeps its
    // lock, and is read without.
    let (_stopped, tail) = match FileDisk::open(&data) {
        Ok(disk) => (Some(disk), Tail::Still),
        Err(StoreError::InUse(_)) => (None, Tail::Growing),
        Err(error) => return Err(error.into()),
    };
    let mut backup = Backup::open(&data, &arguments.to)?;
    let pass = whole(&mut backup, tail)?;
    backup.close()?;
    tell(&pass)?;
    Ok(ExitCode::SUCCESS)
}

/// Copies everything that was there when this began.
fn whole(backup: &mut Backup, tail: Tail) -> anyhow::Result<Pass> {
    let began = Instant::now();
    let mut copied = 0;
    let mut wanted = None;
    loop {
        let pass = match backup.pass(tail, wall_clock_ms()) {
            Ok(pass) => pass,
            // A group that was seen half.
            Err(BackupError::Journal(error))
                if error.is_damaged() && began.elapsed() < IN_DOUBT =>
            {
                std::thread::sleep(LOOK_EVERY);
                continue;
            }
            Err(error) => return Err(error.into()),
        };
        copied += pass.copied;
        let wanted = *wanted.get_or_insert(pass.reached.in_doubt.unwrap_or(pass.reached.at));
        if pass.reached.at >= wanted {
            return Ok(Pass { copied, ..pass });
        }
        anyhow::ensure!(
            began.elapsed() < IN_DOUBT,
            "the node's last records are not followed by others: stop it, and back up again"
        );
        std::thread::sleep(LOOK_EVERY);
    }
}

async fn follow(mut backup: Backup) -> anyhow::Result<ExitCode> {
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut behind: Option<Instant> = None;
    let mut told: Option<Instant> = None;
    loop {
        let looked = tokio::task::spawn_blocking(move || {
            let pass = backup.pass(Tail::Growing, wall_clock_ms());
            (backup, pass)
        });
        let (open, pass) = looked.await.context("the backup ended by a fault in the program")?;
        backup = open;
        match pass {
            Ok(pass) => {
                behind = None;
                let due = told.is_none_or(|told: Instant| told.elapsed() >= TELL_EVERY);
                if pass.copied > 0 || due {
                    tell(&pass)?;
                    told = Some(Instant::now());
                }
            }
            Err(error) if error.may_pass() => {
                let since = *behind.get_or_insert_with(Instant::now);
                let seconds = since.elapsed().as_secs();
                if told.is_none_or(|told| told.elapsed() >= Duration::from_secs(1)) {
                    let mut out = std::io::stdout().lock();
                    writeln!(out, "落后 behind for {seconds} s: {error}")?;
                    told = Some(Instant::now());
                }
            }
            Err(error) => return Err(error.into()),
        }
        tokio::select! {
            _ = interrupted.recv() => break,
            _ = terminated.recv() => break,
            () = tokio::time::sleep(LOOK_EVERY) => {}
        }
    }
    backup.close()?;
    Ok(ExitCode::SUCCESS)
}

fn tell(pass: &Pass) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let latest = pass.latest.map_or_else(String::new, |time| moment_text(time.unix_ms()));
    writeln!(
        out,
        "已备份 backed up: {} records of {}, {} of them new, up to {latest}; keys until {}",
        pass.records,
        pass.node,
        pass.copied,
        moment_text(pass.keyring_until_ms)
    )
}

pub(crate) fn run_restore(arguments: &RestoreArguments) -> anyhow::Result<ExitCode> {
    ensure_whole(&arguments.from)?;
    let restored = restore(&arguments.from, &arguments.data, wall_clock_ms())?;
    tell_restored(&restored)?;
    Ok(ExitCode::SUCCESS)
}

fn tell_restored(restored: &Restored) -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    let Restored { node, store, records, .. } = restored;
    writeln!(out, "已恢复 restored: {records} records of {node}, in the new store {store}")?;
    let latest = restored.latest.map_or_else(String::new, |time| moment_text(time.unix_ms()));
    writeln!(out, "本机最后一条 its own last record is of {latest}")?;
    match restored.keys {
        KeysRestored::None => writeln!(
            out,
            "没有密钥备份 no copy of the keyring: sealed texts and ticket keys can't be opened"
        )?,
        KeysRestored::Expired { until_ms } => writeln!(
            out,
            "密钥备份已过期 the copy of the keyring was good until {} ({KEYRING_DAYS} days): its \
             keys are not used, and what they sealed stays closed",
            moment_text(until_ms)
        )?,
        KeysRestored::Kept { keys, erased } => {
            writeln!(out, "密钥 keys: {keys}, {erased} that were erased since left out")?;
        }
    }
    writeln!(
        out,
        "可能缺少 what happened here after that is missing; kiosks bring their own records again, \
         except what was said there in confidence after the backup; headquarters keeps what it has"
    )
}
