//! A kiosk in a process of its own, and what its page asks of it.

use std::path::{Path, PathBuf};

use anyhow::Result;
use reqwest::Method;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::{self, WrongClock};
use crate::http::Http;
use crate::process::{Launch, Process, binary};
use crate::site::log_beside;

/// A running kiosk.
#[derive(Debug)]
pub struct Kiosk {
    /// Its process.
    pub process: Process,
    /// Its directory.
    pub data: PathBuf,
    http: Http,
}

/// What the kiosk made of a picture or a line.
#[derive(Debug, Clone, Deserialize)]
pub struct Seen {
    /// Whether there was a code in it.
    #[serde(default)]
    pub found: bool,
    /// The stable code of the verdict.
    #[serde(default)]
    pub verdict: String,
    /// Who decided: `site` or `station`.
    #[serde(default)]
    pub decided_by: String,
    /// The booths suggested.
    #[serde(default)]
    pub route: Vec<Value>,
}

/// How a kiosk is enrolled.
#[derive(Debug, Clone, Copy)]
pub struct Enrolment<'a> {
    /// Where it finds the site.
    pub site_url: &'a str,
    /// The one-time code; none for a kiosk that is enrolled already.
    pub code: Option<&'a str>,
    /// What people call it.
    pub name: &'a str,
}

impl Kiosk {
    /// Starts a kiosk on `data`, enrolling it the first time.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(data: &Path, listen: &str, enrolment: Enrolment<'_>) -> Result<Self> {
        Self::start_at(data, listen, enrolment, None).await
    }

    /// The same on a machine whose clock is wrong.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start_at(
        data: &Path,
        listen: &str,
        enrolment: Enrolment<'_>,
        clock: Option<WrongClock>,
    ) -> Result<Self> {
        let Enrolment { site_url, code, name } = enrolment;
        let code = code.iter().flat_map(|code| ["--code", *code]);
        let told: Vec<&str> =
            ["--site", site_url, "--name", name].into_iter().chain(code).collect();
        Self::told(data, listen, &told, clock).await
    }

    /// Starts a kiosk that has a site, and moves it to another with a code of that one.
    ///
    /// # Errors
    ///
    /// When it does not start, or the other site does not take it.
    pub async fn moved(data: &Path, site_url: &str, code: &str) -> Result<Self> {
        let told = ["--site", site_url, "--code", code, "--move"];
        Self::told(data, "127.0.0.1:0", &told, None).await
    }

    async fn told(
        data: &Path,
        listen: &str,
        told: &[&str],
        clock: Option<WrongClock>,
    ) -> Result<Self> {
        let mut args = vec!["--data".into(), data.into()];
        args.extend(told.iter().map(Into::into));
        let program = binary("springbreeze-kiosk")?;
        let launch = Launch { name: "kiosk".to_owned(), program, args, log: log_beside(data) };
        let launch = clock::under(clock, launch)?;
        let process = Process::start_at(launch, listen).await?;
        let http = Http::new(process.url())?;
        Ok(Self { process, data: data.to_owned(), http })
    }

    /// Speaks to it as its own page does.
    #[must_use]
    pub fn http(&self) -> &Http {
        &self.http
    }

    /// Shows it a picture, as the camera would.
    ///
    /// # Errors
    ///
    /// When it does not answer, or refuses.
    pub async fn show_png(&self, png: Vec<u8>) -> Result<Seen> {
        let body = Some(("image/png", png));
        self.http.send(Method::POST, "/api/v1/frames", body).await?.document()
    }

    /// A line from a hand scanner.
    ///
    /// # Errors
    ///
    /// As [`Kiosk::show_png`].
    pub async fn scan(&self, text: &str) -> Result<Seen> {
        self.http.post("/api/v1/scans", &json!({ "text": text })).await?.document()
    }

    /// A number typed on the keypad.
    ///
    /// # Errors
    ///
    /// As [`Kiosk::show_png`].
    pub async fn type_number(&self, number: &str) -> Result<Seen> {
        self.http.post("/api/v1/numbers", &json!({ "number": number })).await?.document()
    }

    /// Whether it reaches the site and what it still has to hand over.
    ///
    /// # Errors
    ///
    /// As [`Kiosk::show_png`].
    pub async fn status(&self) -> Result<Value> {
        self.http.get("/api/v1/status").await?.document()
    }
}
