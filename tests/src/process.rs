//! Real processes: started on a free port of this machine, stopped, killed, started again.
//!
//! Invariant: a process started here never outlives its [`Process`].

use std::ffi::OsString;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::process::{ExitStatus, Stdio};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncBufReadExt, BufReader};
use tokio::process::{Child, ChildStdout, Command};

use crate::wait;

/// How long a process may take until it says where it listens.
const START_BOUND: Duration = Duration::from_secs(20);
/// How long a process may take to stop when asked to.
const STOP_BOUND: Duration = Duration::from_secs(10);
/// What a server prints before each address at which it listens.
pub const LISTENING: &str = "listening on ";

/// How a process is started, and started again.
#[derive(Debug, Clone)]
pub struct Launch {
    /// What it is called in messages and in the name of its log file.
    pub name: String,
    /// The binary.
    pub program: PathBuf,
    /// Its arguments, without `--listen`.
    pub args: Vec<OsString>,
    /// Where its log (standard error) is kept; later starts are appended.
    pub log: PathBuf,
}

/// A running process that has said where it listens.
#[derive(Debug)]
pub struct Process {
    launch: Launch,
    child: Child,
    url: String,
    printed: Arc<Mutex<Vec<String>>>,
}

impl Process {
    /// Starts it on a free port and waits until it listens.
    ///
    /// # Errors
    ///
    /// When it can't be started, or ends before it listens: with the last lines of its log.
    pub async fn start(launch: Launch) -> Result<Self> {
        Self::start_at(launch, "127.0.0.1:0").await
    }

    /// Starts it on the given address and waits until it listens.
    ///
    /// # Errors
    ///
    /// As [`Process::start`].
    pub async fn start_at(launch: Launch, listen: &str) -> Result<Self> {
        let mut child = spawn(&launch, listen)?;
        let printed = Arc::new(Mutex::new(Vec::new()));
        let stdout = child.stdout.take().context("its output is piped")?;
        tokio::spawn(collect_lines(stdout, Arc::clone(&printed)));
        let mut process = Self { launch, child, url: String::new(), printed };
        process.url = process.wait_until_listening().await?;
        Ok(process)
    }

    /// Its address, such as `http://127.0.0.1:41234`.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Host and port of its address.
    #[must_use]
    pub fn host_port(&self) -> &str {
        self.url.split_once("://").map_or(self.url.as_str(), |(_, rest)| rest)
    }

    /// What follows `label` on a line it printed, waiting for the line if need be.
    ///
    /// # Errors
    ///
    /// When no such line comes in time.
    pub async fn printed_after(&self, label: &str) -> Result<String> {
        let what = format!("“{label}…” from {}", self.launch.name);
        wait::until(&what, START_BOUND, async || Ok(self.printed(label))).await
    }

    /// Its process number.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn id(&self) -> Result<u32> {
        self.child.id().with_context(|| format!("{} has ended", self.launch.name))
    }

    /// SIGKILL: it gets no chance to write anything more.
    ///
    /// # Errors
    ///
    /// When it had ended already.
    pub async fn kill(&mut self) -> Result<()> {
        ensure!(self.child.try_wait()?.is_none(), "{} had ended already", self.launch.name);
        self.child.kill().await.with_context(|| format!("killing {}", self.launch.name))
    }

    /// SIGTERM: asks it to stop, and waits until it has.
    ///
    /// # Errors
    ///
    /// When it does not stop in time.
    pub async fn stop(&mut self) -> Result<ExitStatus> {
        signal(self.id()?, "TERM")?;
        match tokio::time::timeout(STOP_BOUND, self.child.wait()).await {
            Ok(status) => Ok(status?),
            Err(_) => {
                self.child.kill().await?;
                bail!("{} did not stop within {STOP_BOUND:?}", self.launch.name)
            }
        }
    }

    /// Whether it still runs.
    ///
    /// # Errors
    ///
    /// When the system can't say.
    pub fn is_running(&mut self) -> Result<bool> {
        Ok(self.child.try_wait()?.is_none())
    }

    /// Starts it again with the same arguments on the same port, after it was stopped or killed.
    ///
    /// # Errors
    ///
    /// As [`Process::start`].
    pub async fn restart(&mut self) -> Result<()> {
        if self.is_running()? {
            self.child.kill().await?;
        }
        let listen = self.host_port().to_owned();
        *self = Self::start_at(self.launch.clone(), &listen).await?;
        Ok(())
    }

    /// How it was started.
    #[must_use]
    pub fn launch(&self) -> &Launch {
        &self.launch
    }

    fn printed(&self, label: &str) -> Option<String> {
        let lines = self.printed.lock().unwrap_or_else(PoisonError::into_inner);
        lines.iter().find_map(|line| line.strip_prefix(label)).map(|rest| rest.trim().to_owned())
    }

    async fn wait_until_listening(&mut self) -> Result<String> {
        let began = tokio::time::Instant::now();
        loop {
            if let Some(url) = self.printed(LISTENING) {
                return Ok(url.trim_end_matches('/').to_owned());
            }
            if let Some(status) = self.child.try_wait()? {
                bail!("{} ended ({status}): {}", self.launch.name, tail(&self.launch.log));
            }
            if began.elapsed() > START_BOUND {
                bail!("{} did not listen in time: {}", self.launch.name, tail(&self.launch.log));
            }
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }
}

/// Where a binary of this workspace lies, built if nobody said it is.
///
/// # Errors
///
/// When it can't be built.
pub fn binary(name: &str) -> Result<PathBuf> {
    static BUILT: OnceLock<Result<(), String>> = OnceLock::new();
    let directory = binary_directory()?;
    if std::env::var_os("SPRINGBREEZE_BUILT").is_none() {
        BUILT
            .get_or_init(|| build(&directory).map_err(|error| format!("{error:#}")))
            .clone()
            .map_err(anyhow::Error::msg)?;
    }
    let path = directory.join(name);
    ensure!(path.exists(), "{} is missing: run cargo build --workspace --bins", path.display());
    Ok(path)
}

/// Sends a signal by name to one process.
///
/// # Errors
///
/// When the process is gone.
pub fn signal(process_id: u32, name: &str) -> Result<()> {
    let line = format!("kill -{name} {process_id}");
    let status = std::process::Command::new("sh").args(["-c", &line]).status()?;
    ensure!(status.success(), "process {process_id} is gone");
    Ok(())
}

/// The last lines of a log, for a message.
#[must_use]
pub fn tail(log: &Path) -> String {
    let text = std::fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
    let skip = lines.len().saturating_sub(5);
    let last = lines.into_iter().skip(skip).collect::<Vec<_>>().join("\n");
    if last.is_empty() { "it said nothing".to_owned() } else { last }
}

fn spawn(launch: &Launch, listen: &str) -> Result<Child> {
    let log = File::options().create(true).append(true).open(&launch.log);
    let log = log.with_context(|| format!("opening {}", launch.log.display()))?;
    Command::new(&launch.program)
        .args(&launch.args)
        .args(["--listen", listen])
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(log)
        .kill_on_drop(true)
        // Its own group: Ctrl-C in a terminal reaches the demo alone, which then stops each.
        .process_group(0)
        .spawn()
        .with_context(|| format!("starting {}", launch.program.display()))
}

async fn collect_lines(stdout: ChildStdout, printed: Arc<Mutex<Vec<String>>>) {
    let mut lines = BufReader::new(stdout).lines();
    while let Ok(Some(line)) = lines.next_line().await {
        printed.lock().unwrap_or_else(PoisonError::into_inner).push(line);
    }
}

/// `target/debug` or `target/release`, from where this very program lies.
fn binary_directory() -> Result<PathBuf> {
    let this = std::env::current_exe()?;
    let directory = this.parent().context("a program lies in a directory")?;
    let is_test = directory.file_name().is_some_and(|name| name == "deps");
    let directory = if is_test { directory.parent().unwrap_or(directory) } else { directory };
    Ok(directory.to_owned())
}

fn build(directory: &Path) -> Result<()> {
    let release = directory.file_name().is_some_and(|name| name == "release");
    let mut cargo = std::process::Command::new("cargo");
    cargo.args(["build", "--quiet", "-p", "springbreeze-server", "-p", "springbreeze-kiosk"]);
    cargo.args(release.then_some("--release"));
    cargo.current_dir(concat!(env!("CARGO_MANIFEST_DIR"), "/.."));
    ensure!(cargo.status()?.success(), "building the binaries failed");
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shell(script: &str, directory: &Path) -> Launch {
        Launch {
            name: "shell".to_owned(),
            program: "sh".into(),
            args: ["-c", script].map(OsString::from).to_vec(),
            log: directory.join("shell.log"),
        }
    }

    #[tokio::test]
    async fn reads_the_address_and_stops_on_request() {
        let directory = tempfile::tempdir().unwrap();
        let script = "echo 'setup code: AB12'; echo 'listening on http://127.0.0.1:9'; \
                      trap 'exit 0' TERM; while :; do sleep 0.02; done";
        let mut process = Process::start(shell(script, directory.path())).await.unwrap();
        assert_eq!(process.url(), "http://127.0.0.1:9");
        assert_eq!(process.host_port(), "127.0.0.1:9");
        assert_eq!(process.printed_after("setup code: ").await.unwrap(), "AB12");
        assert!(process.is_running().unwrap());
        assert!(process.stop().await.unwrap().success());
        assert!(!process.is_running().unwrap());
    }

    #[tokio::test]
    async fn tells_why_a_start_failed() {
        let directory = tempfile::tempdir().unwrap();
        let launch = shell("echo 'port 80 is taken' >&2; exit 1", directory.path());
        let message = Process::start(launch).await.unwrap_err().to_string();
        assert!(message.contains("port 80 is taken"), "{message}");
    }

    #[tokio::test]
    async fn a_dropped_process_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let script = "echo 'listening on http://127.0.0.1:9'; exec sleep 60";
        let process = Process::start(shell(script, directory.path())).await.unwrap();
        let id = process.id().unwrap();
        drop(process);
        wait::until_true("its end", Duration::from_secs(5), async || {
            let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap_or_default();
            Ok(status.is_empty() || status.contains("State:\tZ"))
        })
        .await
        .unwrap();
    }
}
