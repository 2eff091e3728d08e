//! A real browser: Debian's Chromium without a window, driven by its chromedriver.
//!
//! One driver on a port of its own and one profile a test; at most [`AT_ONCE`] browsers at a
//! time. Invariant: dropping a [`Browser`] leaves no process and no file.

mod axe;
mod camera;
mod crawl;
mod devtools;
mod inspect;
mod keyboard;
mod screens;

use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};
use fantoccini::{Client, ClientBuilder};
use hyper_util::client::legacy::connect::HttpConnector;
use serde_json::{Value, json};
use tempfile::TempDir;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::wait;

pub use axe::Violation;
pub use camera::{fake_camera, write_y4m};
pub use crawl::{Crawled, Walk};
pub use devtools::Devtools;
pub use inspect::{KIOSK, PAGES, Rules};

/// How many browsers run at the same time: each takes some 450 MB.
pub const AT_ONCE: usize = 2;
/// How long driver and browser may take to start.
const START_BOUND: Duration = Duration::from_secs(30);

/// How often processes are looked for again that were being born while others were killed.
const KILL_ROUNDS: usize = 20;
/// The file with what the driver said at its start.
const SAID: &str = "driver.txt";

/// The sizes in which every page must stand: an upright kiosk, a small laptop, a tablet, a phone.
pub const SIZES: [Size; 4] = [
    Size { width_px: 1080, height_px: 1920 },
    Size { width_px: 1280, height_px: 800 },
    Size { width_px: 768, height_px: 1024 },
    Size { width_px: 390, height_px: 844 },
];

/// The size of a screen.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// Its width in CSS pixels.
    pub width_px: u32,
    /// Its height in CSS pixels.
    pub height_px: u32,
}

/// A browser with one tab.
#[derive(Debug)]
pub struct Browser {
    /// What it is driven by.
    pub client: Client,
    driver: Driver,
    _permit: OwnedSemaphorePermit,
}

impl Browser {
    /// Starts one, with more Chromium arguments if need be (a fake camera, host rules).
    ///
    /// # Errors
    ///
    /// When Chromium or its driver are missing or don't start.
    pub async fn start(more: &[String]) -> Result<Self> {
        let permit = permits().acquire_owned().await?;
        let driver = Driver::start()?;
        let port = driver.port().await?;
        let client = ClientBuilder::new(HttpConnector::new())
            .capabilities(capabilities(&driver.profile.path().join("user"), more)?)
            .connect(&format!("http://127.0.0.1:{port}"))
            .await
            .context("Chromium did not start: is the package chromium installed?")?;
        Ok(Self { client, driver, _permit: permit })
    }

    /// The directory it keeps everything in while it runs.
    #[must_use]
    pub fn profile(&self) -> &Path {
        self.driver.profile.path()
    }

    /// Opens a page and waits until it is loaded.
    ///
    /// # Errors
    ///
    /// When it can't be loaded.
    pub async fn open(&self, url: &str) -> Result<()> {
        self.client.goto(url).await.with_context(|| format!("opening {url}"))
    }

    /// Runs a script in the page; `return` gives its value back.
    ///
    /// # Errors
    ///
    /// When it throws.
    pub async fn run(&self, script: &str, args: Vec<Value>) -> Result<Value> {
        Ok(self.client.execute(script, args).await?)
    }

    /// Gives the screen exactly this size.
    ///
    /// # Errors
    ///
    /// When the browser refuses.
    pub async fn resize(&self, size: Size) -> Result<()> {
        let metrics = json!({
            "width": size.width_px, "height": size.height_px,
            "deviceScaleFactor": 1, "mobile": false,
        });
        self.devtools("Emulation.setDeviceMetricsOverride", metrics).await?;
        Ok(())
    }

    /// A picture of the screen as PNG, kept under a name below `target/pictures`.
    ///
    /// # Errors
    ///
    /// When it can't be taken or kept.
    pub async fn picture(&self, name: &str) -> Result<Vec<u8>> {
        let png = self.client.screenshot().await?;
        let folder = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/pictures"));
        std::fs::create_dir_all(folder)?;
        std::fs::write(folder.join(name).with_extension("png"), &png)?;
        Ok(png)
    }

    /// Errors that pages wrote to the console since the last call.
    ///
    /// # Errors
    ///
    /// When the browser refuses.
    pub async fn console_errors(&self) -> Result<Vec<String>> {
        let entries = self.client.issue_cmd(devtools::ConsoleLog).await?;
        let entries = entries.as_array().cloned().unwrap_or_default();
        let severe = entries.iter().filter(|entry| entry["level"] == "SEVERE");
        Ok(severe.map(|entry| entry["message"].to_string()).collect())
    }

    /// One command of Chromium's own protocol.
    ///
    /// # Errors
    ///
    /// When the browser refuses.
    pub async fn devtools(&self, command: &'static str, parameters: Value) -> Result<Value> {
        Ok(self.client.issue_cmd(Devtools { command, parameters }).await?)
    }

    /// Waits until a script's value is true.
    ///
    /// # Errors
    ///
    /// When time is up: names `what` was waited for.
    pub async fn until(&self, what: &str, bound: Duration, script: &str) -> Result<()> {
        let script = format!("return Boolean({script})");
        wait::until_true(what, bound, async || {
            Ok(self.run(&script, vec![]).await? == Value::Bool(true))
        })
        .await
    }
}

/// A chromedriver and the profile of its browser; dropping it ends both.
#[derive(Debug)]
struct Driver {
    process: Child,
    profile: TempDir,
}

impl Driver {
    /// Starts it on a port that it chooses.
    fn start() -> Result<Self> {
        let profile = tempfile::tempdir()?;
        let process = Command::new("chromedriver")
            .args(["--port=0", "--log-level=SEVERE"])
            .stdin(Stdio::null())
            .stdout(std::fs::File::create(profile.path().join(SAID))?)
            .stderr(Stdio::null())
            .spawn()
            .context("chromedriver is missing: run scripts/install-tools browser")?;
        Ok(Self { process, profile })
    }

    async fn port(&self) -> Result<u16> {
        wait::until("chromedriver's port", START_BOUND, async || {
            let text = std::fs::read_to_string(self.profile.path().join(SAID))?;
            let port = text.split_once("successfully on port ").map(|(_, rest)| rest);
            Ok(port.and_then(|rest| rest.split_once('.')?.0.parse().ok()))
        })
        .await
    }
}

impl Drop for Driver {
    /// Kills the driver, and every process that works on this profile.
    fn drop(&mut self) {
        // Errors mean that it is gone already.
        let _ = self.process.kill();
        let _ = self.process.wait();
        let profile = self.profile.path().display().to_string();
        // Killing one may start none, but a list is only true for a moment: until none is left.
        for _ in 0..KILL_ROUNDS {
            let ours = processes_on(&profile);
            if ours.is_empty() {
                return;
            }
            for id in ours {
                let _ = crate::process::signal(id, "KILL");
            }
        }
    }
}

/// The processes whose command line names this profile.
fn processes_on(profile: &str) -> Vec<u32> {
    let entries = std::fs::read_dir("/proc").into_iter().flatten().flatten();
    let ours = entries.filter(|entry| {
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(profile)
    });
    ours.filter_map(|entry| entry.file_name().to_string_lossy().parse().ok()).collect()
}

fn permits() -> Arc<Semaphore> {
    static PERMITS: std::sync::OnceLock<Arc<Semaphore>> = std::sync::OnceLock::new();
    Arc::clone(PERMITS.get_or_init(|| Arc::new(Semaphore::new(AT_ONCE))))
}

fn capabilities(user_data: &Path, more: &[String]) -> Result<serde_json::Map<String, Value>> {
    let mut args: Vec<String> = [
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--disable-quic",
        "--no-first-run",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--mute-audio",
        "--autoplay-policy=no-user-gesture-required",
    ]
    .map(str::to_owned)
    .to_vec();
    args.push(format!("--user-data-dir={}", user_data.display()));
    args.extend_from_slice(more);
    let capabilities = json!({
        "goog:chromeOptions": { "args": args },
        "goog:loggingPrefs": { "browser": "ALL" },
    });
    capabilities.as_object().cloned().context("an object")
}
