//! System calls of a site that fail, or at which it dies: strace (of the operating system's tools)
//! gets in between.
//!
//! It counts by thread and by kind of call, so a fault that strikes at the nth does so in every
//! thread that comes so far. Needs the right to trace, as root has it.

use std::fmt;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::process::{Child, Command};

use crate::process::{self, Launch};
use crate::wait;

/// How long strace may take to get in between.
const ATTACH_BOUND: Duration = Duration::from_secs(10);
/// How long one attempt may take: a thread that was started meanwhile is never seen.
const ATTEMPT_BOUND: Duration = Duration::from_secs(1);
/// What strace writes into its log at a call that it made fail.
const FAILED: &str = "(INJECTED)";

/// What happens at a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Blow {
    /// It fails once with EIO: the disk could not do it.
    Fails,
    /// It fails with ENOSPC, and every later one of its kind too: no room.
    NoRoom,
    /// The process is killed at it.
    Kills,
}

impl fmt::Display for Blow {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Fails => "failing",
            Self::NoRoom => "without room",
            Self::Kills => "killing",
        })
    }
}

/// The nth call of a kind, and what happens at it.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    /// The kind of call, such as `fdatasync`.
    pub call: &'static str,
    /// Which one, from one on.
    pub nth: usize,
    /// What happens.
    pub blow: Blow,
}

impl Fault {
    fn expression(self) -> String {
        let Self { call, nth, blow } = self;
        match blow {
            Blow::Fails => format!("inject={call}:error=EIO:when={nth}"),
            Blow::NoRoom => format!("inject={call}:error=ENOSPC:when={nth}+"),
            Blow::Kills => format!("inject={call}:signal=KILL:when={nth}"),
        }
    }

    /// How a process is started that meets this fault, and where strace tells of it.
    #[must_use]
    pub fn from_the_start(self, launch: Launch) -> (Launch, PathBuf) {
        let told = launch.log.with_extension("calls");
        let mut args = vec!["-D".into(), "-f".into(), "-qq".into(), "-o".into(), (&told).into()];
        args.extend(["-e".into(), format!("trace={}", self.call).into()]);
        args.extend(["-e".into(), self.expression().into(), launch.program.into()]);
        args.extend(launch.args);
        (Launch { program: "strace".into(), args, ..launch }, told)
    }

    /// Lets a running process meet this fault, counted from now on.
    ///
    /// # Errors
    ///
    /// When it can't be traced.
    pub async fn from_now_on(self, process_id: u32, told: &Path) -> Result<Tracing> {
        let until = Instant::now() + ATTACH_BOUND;
        loop {
            let mut tracing = Tracing { strace: self.strace_of(process_id, told)?, process_id };
            if wait::until("strace", ATTEMPT_BOUND, async || tracing.sits()).await.is_ok() {
                return Ok(tracing);
            }
            ensure!(Instant::now() < until, "strace can't get in between");
            tracing.let_go().await?;
        }
    }

    /// The log goes on where an attempt before ended: a fault may have struck by then.
    fn strace_of(self, process_id: u32, told: &Path) -> Result<Child> {
        let mut strace = Command::new("strace");
        strace.args(["-f", "-A", "-o"]).arg(told).args(["-e", &format!("trace={}", self.call)]);
        strace.args(["-e", &self.expression(), "-p", &process_id.to_string()]);
        strace.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).kill_on_drop(true);
        strace.spawn().context("starting strace")
    }
}

/// A strace that sits in a running process.
#[derive(Debug)]
pub struct Tracing {
    strace: Child,
    process_id: u32,
}

impl Tracing {
    /// `Some` once every thread is traced, or the process has met its fault and is gone.
    fn sits(&mut self) -> Result<Option<()>> {
        if self.strace.try_wait()?.is_none() {
            return Ok(all_threads_are_traced(self.process_id).then_some(()));
        }
        ensure!(threads(self.process_id).is_empty(), "strace may not trace");
        Ok(Some(()))
    }

    async fn let_go(mut self) -> Result<()> {
        if let Some(strace) = self.strace.id() {
            process::signal(strace, "TERM")?;
        }
        self.to_its_end().await
    }

    /// Waits until the process has ended and strace has told all.
    ///
    /// # Errors
    ///
    /// When the system can't say.
    pub async fn to_its_end(&mut self) -> Result<()> {
        self.strace.wait().await?;
        Ok(())
    }
}

/// Why nothing can be traced here, if so.
#[must_use]
pub fn missing() -> Option<String> {
    let mut strace = std::process::Command::new("strace");
    strace.args(["-f", "-o", "/dev/null", "true"]).stdin(Stdio::null());
    match strace.output() {
        Ok(output) if output.status.success() => None,
        Ok(output) => {
            let said = String::from_utf8_lossy(&output.stderr);
            Some(format!("nothing can be traced here: {}", said.trim()))
        }
        Err(_) => Some("strace is not installed: run scripts/install-tools calls".to_owned()),
    }
}

/// Whether strace told of a call that it made fail. (Of one at which it killed it tells nothing.)
#[must_use]
pub fn has_failed(told: &Path) -> bool {
    std::fs::read_to_string(told).unwrap_or_default().contains(FAILED)
}

/// A thread that another one starts while strace counts them is missed, so all are looked at.
fn all_threads_are_traced(process_id: u32) -> bool {
    let threads = threads(process_id);
    !threads.is_empty() && threads.iter().all(|status| !status.contains("TracerPid:\t0\n"))
}

/// What the system says of each thread; of a process that has ended, nothing.
fn threads(process_id: u32) -> Vec<String> {
    let tasks = std::fs::read_dir(format!("/proc/{process_id}/task"));
    let tasks = tasks.into_iter().flatten().flatten();
    let said = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("status")).ok());
    said.filter(|status| !status.contains("State:\tZ")).collect()
}
