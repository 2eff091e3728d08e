//! A site server with an open fair, and the standby that follows it.

use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::{Value, json};

use crate::demo::fill_fair;
use crate::http::Http;
use crate::journey::account::ORGANISER;
use crate::journey::{enrolment_code, material, seekers};
use crate::relay::Relay;
use crate::site::{Site, Ticket};
use crate::wait;

/// How long the standby may take to have everything.
const FOLLOWS_BOUND: Duration = Duration::from_secs(60);

/// A site server with an open fair, and its standby behind a line that can be cut.
pub struct Pair {
    /// The site server.
    pub site: Site,
    /// Its organiser there.
    pub organiser: Http,
    /// The standby.
    pub standby: Site,
    /// From the site server to the standby.
    pub line: Relay,
}

impl Pair {
    /// Starts both below a directory, and waits until the standby keeps up.
    ///
    /// # Errors
    /// When one of them does not start or refuses.
    pub async fn start(directory: &Path) -> Result<Self> {
        let (site, organiser) = open_fair(directory).await?;
        Self::follow(directory, site, organiser).await
    }

    /// Lets a standby follow a site server that runs.
    ///
    /// # Errors
    /// When one of them does not start or refuses.
    pub async fn follow(directory: &Path, site: Site, organiser: Http) -> Result<Self> {
        let line = Relay::open("127.0.0.1:1").await?;
        let standby = start_standby(&directory.join("standby"), &site, &organiser, &line).await?;
        let pair = Self { site, organiser, standby, line };
        pair.until_it_keeps_up().await?;
        Ok(pair)
    }

    /// Waits until the standby keeps up, so that answers wait for it.
    ///
    /// # Errors
    /// When it does not in time.
    pub async fn until_it_keeps_up(&self) -> Result<()> {
        self.until(|state| state.get("keeps_up") == Some(&Value::Bool(true))).await
    }

    /// How it stands, as the site server says.
    ///
    /// # Errors
    /// When it does not answer.
    pub async fn state(&self) -> Result<Value> {
        self.organiser.get("/api/v1/standby").await?.document()
    }

    /// Waits until it stands like that.
    ///
    /// # Errors
    /// When time is up.
    pub async fn until(&self, is: impl Fn(&Value) -> bool) -> Result<()> {
        wait::until_true("the standby's state", FOLLOWS_BOUND, async || {
            Ok(is(&self.state().await?))
        })
        .await
    }

    /// Somebody takes a ticket at the site server and is let in there.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn somebody_comes(&self) -> Result<Ticket> {
        somebody_comes(&self.organiser).await
    }

    /// The organiser, signed in at the standby.
    ///
    /// # Errors
    /// When it refuses.
    pub async fn at_standby(&self) -> Result<Http> {
        ORGANISER.sign_in(&self.standby.http()?).await
    }
}

/// A site server with an open fair, and its organiser.
///
/// # Errors
/// When it does not start or refuses.
pub async fn open_fair(directory: &Path) -> Result<(Site, Http)> {
    let site = Site::start(&directory.join("site"), "127.0.0.1:0", &[]).await?;
    let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await?;
    fill_fair(&organiser, material::small_workbook()?).await?;
    Ok((site, organiser))
}

async fn start_standby(data: &Path, site: &Site, by: &Http, line: &Relay) -> Result<Site> {
    let made: Value = by.post("/api/v1/standby", &json!({})).await?.document()?;
    let code = made.get("code").and_then(Value::as_str).context("a code")?;
    let (url, reached_at) = (site.process.url().to_owned(), line.url());
    let follow = ["--follow", &url, "--code", code, "--reached-at", &reached_at];
    let standby = Site::start(data, "127.0.0.1:0", &follow).await?;
    line.point_at(standby.process.host_port());
    Ok(standby)
}

/// Somebody takes a ticket and is let in.
///
/// # Errors
/// When the site refuses.
pub async fn somebody_comes(staff: &Http) -> Result<Ticket> {
    let ticket = seekers::register(staff, &seekers::a_seeker()).await?;
    let came = seekers::check_in(staff, &ticket.ticket).await?;
    ensure!(came.verdict == "welcome", "{came:?}");
    Ok(ticket)
}

/// Enrols a site at headquarters; under `replaces`, in the place of that one.
///
/// # Errors
/// When either refuses.
pub async fn enrol_at(
    hq_url: &str,
    clerk: &Http,
    organiser: &Http,
    replaces: Option<&str>,
) -> Result<()> {
    let asked = match replaces {
        Some(lost) => json!({ "replaces": lost }),
        None => json!({ "role": "site", "name": "中山区会场" }),
    };
    let code = enrolment_code(clerk, &asked).await?;
    let linking = json!({ "url": hq_url, "code": code });
    organiser.post("/api/v1/headquarters", &linking).await?.success()?;
    Ok(())
}
