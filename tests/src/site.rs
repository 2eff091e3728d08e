//! A site server in a process of its own, and what one can ask of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Result;
use serde::Deserialize;
use serde_json::{Value, json};

use crate::clock::{self, WrongClock};
use crate::http::Http;
use crate::process::{Launch, Process, binary};
use crate::wait;

/// How long a server that has just started may take to know its people.
const SIGN_IN_BOUND: Duration = Duration::from_secs(20);

/// A running site.
#[derive(Debug)]
pub struct Site {
    /// Its process.
    pub process: Process,
    /// Its directory.
    pub data: PathBuf,
}

/// Somebody's session.
#[derive(Debug, Clone, Deserialize)]
pub struct SignedIn {
    /// What to show with every request.
    pub token: String,
    /// In which role.
    pub role: String,
}

/// What an import brought.
#[derive(Debug, Clone, Deserialize)]
pub struct Imported {
    /// Employers taken over.
    pub employers: u64,
    /// Their postings.
    pub postings: u64,
    /// Their booths.
    pub booths: u64,
}

/// A ticket handed out.
#[derive(Debug, Clone, Deserialize)]
pub struct Ticket {
    /// What stands for it in records.
    pub reference: String,
    /// The short number under the code, as people read it.
    pub number_grouped: String,
    /// Its text, the last part of the address in the code.
    pub ticket: String,
    /// The address in the code.
    pub ticket_url: String,
}

/// What a presented ticket led to.
#[derive(Debug, Clone, Deserialize)]
pub struct CheckedIn {
    /// The stable code of the verdict.
    pub verdict: String,
    /// What stands for the ticket in records.
    #[serde(default)]
    pub reference: Option<String>,
    /// The booths suggested.
    #[serde(default)]
    pub route: Vec<Value>,
}

/// A consultation that was logged.
#[derive(Debug, Clone, Deserialize)]
pub struct Consultation {
    /// Its id.
    pub id: String,
}

impl Site {
    /// Starts a site on `data`, with more arguments if need be, logging beside it.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(data: &Path, listen: &str, more: &[&str]) -> Result<Self> {
        Self::start_at(data, listen, more, None).await
    }

    /// The same on a machine whose clock is wrong.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start_at(
        data: &Path,
        listen: &str,
        more: &[&str],
        clock: Option<WrongClock>,
    ) -> Result<Self> {
        let launch = clock::under(clock, Self::launch(data, more)?)?;
        let process = Process::start_at(launch, listen).await?;
        Ok(Self { process, data: data.to_owned() })
    }

    /// How it is started.
    ///
    /// # Errors
    ///
    /// When there is no binary.
    pub fn launch(data: &Path, more: &[&str]) -> Result<Launch> {
        server_launch("site", data, more)
    }

    /// Speaks to it as nobody in particular.
    ///
    /// # Errors
    ///
    /// When this machine can't speak HTTP.
    pub fn http(&self) -> Result<Http> {
        Http::new(self.process.url())
    }

    /// Creates the first organiser with the code that a fresh site prints.
    ///
    /// # Errors
    ///
    /// When the site is not fresh, or refuses.
    pub async fn set_up(&self, login: &str, password: &str) -> Result<Http> {
        set_up(&self.process, login, password).await
    }
}

/// How `springbreeze-server` is started as `site` or `hq`.
pub(crate) fn server_launch(kind: &str, data: &Path, more: &[&str]) -> Result<Launch> {
    let mut args = vec![kind.into(), "--data".into(), data.into()];
    args.extend(more.iter().map(Into::into));
    let program = binary("springbreeze-server")?;
    Ok(Launch { name: kind.to_owned(), program, args, log: log_beside(data) })
}

/// The log of a node lies beside its directory, not in it.
pub(crate) fn log_beside(data: &Path) -> PathBuf {
    data.with_extension("log")
}

/// Creates the first account of a fresh server and signs in with it.
pub(crate) async fn set_up(process: &Process, login: &str, password: &str) -> Result<Http> {
    let code = process.printed_after("setup code: ").await?;
    let http = Http::new(process.url())?;
    let first = json!({ "code": code, "login": login, "password": password });
    http.post("/api/v1/setup", &first).await?.success()?;
    sign_in(&http, login, password).await
}

/// Signs in, and speaks as that person from then on.
///
/// # Errors
///
/// When login or password are wrong.
pub async fn sign_in(http: &Http, login: &str, password: &str) -> Result<Http> {
    let account = json!({ "login": login, "password": password });
    // A server that has just started may still be making its lists of people: it says so, and asks
    // for patience.
    let heard = wait::until("a sign-in to be heard", SIGN_IN_BOUND, async || {
        let answer = http.post("/api/v1/sign-in", &account).await?;
        Ok((answer.status != 503).then_some(answer))
    });
    let signed_in: SignedIn = heard.await?.document()?;
    Ok(http.with_token(&signed_in.token))
}
