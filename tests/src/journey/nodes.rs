//! The three nodes of a small fair on this machine: headquarters, a site, a kiosk that reaches
//! the site through a relay.

use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use serde_json::json;

use super::account::{CLERK, ORGANISER};
use crate::hq::Hq;
use crate::http::Http;
use crate::kiosk::{Enrolment, Kiosk};
use crate::relay::Relay;
use crate::site::{Site, sign_in};

/// Where the nodes listen.
#[derive(Debug, Clone)]
pub struct Addresses {
    /// Headquarters.
    pub hq: String,
    /// The site.
    pub site: String,
    /// The kiosk.
    pub kiosk: String,
}

impl Addresses {
    /// Three free ports.
    #[must_use]
    pub fn free() -> Self {
        let free = || "127.0.0.1:0".to_owned();
        Self { hq: free(), site: free(), kiosk: free() }
    }

    /// Three ports in a row.
    #[must_use]
    pub fn from_port(first: u16) -> Self {
        let at = |offset: u16| format!("127.0.0.1:{}", first.saturating_add(offset));
        Self { site: at(0), kiosk: at(1), hq: at(2) }
    }
}

/// How the kiosk reaches the site.
#[derive(Debug, Clone, Copy)]
pub enum Reach {
    /// Through the relay, which can cut, silence and slow it.
    Relay,
    /// Straight.
    Direct,
}

/// The nodes, and who speaks to them.
#[derive(Debug)]
pub struct Nodes {
    /// Where they keep their data.
    pub directory: PathBuf,
    /// Headquarters.
    pub hq: Hq,
    /// The site.
    pub site: Site,
    /// The kiosk, once it is enrolled.
    kiosk: Option<Kiosk>,
    /// Between the kiosk and the site.
    pub relay: Relay,
    /// The organiser's session at the site.
    pub organiser: Http,
    /// The clerk's session at headquarters.
    pub clerk: Http,
}

impl Nodes {
    /// Starts headquarters and the site on an empty directory, each with its first account.
    ///
    /// # Errors
    ///
    /// When one of them does not start.
    pub async fn start(directory: &Path, addresses: &Addresses) -> Result<Self> {
        let (hq, site) = start_servers(directory, addresses).await?;
        let clerk = hq.set_up(CLERK.login, CLERK.password).await?;
        let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await?;
        Self::of(directory, (hq, clerk), (site, organiser)).await
    }

    /// Starts headquarters, site and kiosk again on a directory that has them.
    ///
    /// # Errors
    ///
    /// When one of them does not start, or the sign-ins have been changed.
    pub async fn start_again(directory: &Path, addresses: &Addresses) -> Result<Self> {
        let (hq, site) = start_servers(directory, addresses).await?;
        let clerk = sign_in(&hq.http()?, CLERK.login, CLERK.password).await?;
        let organiser = sign_in(&site.http()?, ORGANISER.login, ORGANISER.password).await?;
        let mut nodes = Self::of(directory, (hq, clerk), (site, organiser)).await?;
        nodes.start_kiosk(Reach::Direct, None, &addresses.kiosk).await?;
        Ok(nodes)
    }

    async fn of(directory: &Path, hq: (Hq, Http), site: (Site, Http)) -> Result<Self> {
        let ((hq, clerk), (site, organiser)) = (hq, site);
        let relay = Relay::open(site.process.host_port()).await?;
        let directory = directory.to_owned();
        Ok(Self { directory, hq, site, kiosk: None, relay, organiser, clerk })
    }

    /// Enrols a kiosk at the site and starts it; the kiosk keeps the address that it is given.
    ///
    /// # Errors
    ///
    /// When the site gives no code, or the kiosk does not start.
    pub async fn enrol_kiosk(&mut self, reach: Reach, listen: &str) -> Result<()> {
        let asked = json!({ "role": "kiosk", "name": KIOSK_NAME });
        let code = enrolment_code(&self.organiser, &asked).await?;
        self.start_kiosk(reach, Some(&code), listen).await
    }

    async fn start_kiosk(&mut self, reach: Reach, code: Option<&str>, listen: &str) -> Result<()> {
        let site_url = match reach {
            Reach::Relay => self.relay.url(),
            Reach::Direct => self.site.process.url().to_owned(),
        };
        let enrolment = Enrolment { site_url: &site_url, code, name: KIOSK_NAME };
        let kiosk = Kiosk::start(&self.directory.join("kiosk"), listen, enrolment).await?;
        self.kiosk = Some(kiosk);
        Ok(())
    }

    /// The kiosk.
    ///
    /// # Errors
    ///
    /// When none was enrolled.
    pub fn kiosk(&self) -> Result<&Kiosk> {
        self.kiosk.as_ref().context("no kiosk was enrolled")
    }

    /// Stops the kiosk alone.
    ///
    /// # Errors
    ///
    /// When there is none, or it does not stop in time or cleanly.
    pub async fn stop_kiosk(&mut self) -> Result<()> {
        let kiosk = self.kiosk.as_mut().context("no kiosk was enrolled")?;
        let status = kiosk.process.stop().await?;
        anyhow::ensure!(status.success(), "the kiosk did not stop cleanly: {status}");
        Ok(())
    }

    /// Stops those that run, in the order in which they depend on each other; how many there were.
    ///
    /// # Errors
    ///
    /// When one does not stop in time or cleanly.
    pub async fn stop(&mut self) -> Result<usize> {
        let mut processes = vec![&mut self.site.process, &mut self.hq.process];
        if let Some(kiosk) = &mut self.kiosk {
            processes.insert(0, &mut kiosk.process);
        }
        let mut count = 0;
        for process in processes {
            if !process.is_running()? {
                continue;
            }
            count += 1;
            let status = process.stop().await?;
            let name = &process.launch().name;
            anyhow::ensure!(status.success(), "{name} did not stop cleanly: {status}");
        }
        Ok(count)
    }
}

/// What people call the kiosk.
const KIOSK_NAME: &str = "东门1号机";

/// A one-time code for a node.
///
/// # Errors
///
/// When the server gives none.
pub async fn enrolment_code(by: &Http, asked: &serde_json::Value) -> Result<String> {
    let given: serde_json::Value = by.post("/api/v1/enrolment-codes", asked).await?.document()?;
    given["code"].as_str().map(str::to_owned).context("an enrolment code")
}

async fn start_servers(directory: &Path, addresses: &Addresses) -> Result<(Hq, Site)> {
    std::fs::create_dir_all(directory)?;
    let hq = Hq::start(&directory.join("hq"), &addresses.hq).await?;
    let site = Site::start(&directory.join("site"), &addresses.site, &[]).await?;
    Ok((hq, site))
}
