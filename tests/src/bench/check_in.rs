//! P1a: full check-ins by HTTP from staff tablets, beside a route of the same server that parses
//! and answers the same bodies, checks nothing and stores nothing.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde_json::json;

use super::figure::Round;
use super::goals::{Goal, P1A};
use super::load::{self, Requests};
use super::{Figure, ROUNDS};
use crate::demo::fill_fair;
use crate::http::Http;
use crate::journey::account::{ORGANISER, VOLUNTEER};
use crate::journey::material;
use crate::site::Site;

/// The route that is measured.
pub const FULL: &str = "/api/v1/check-ins";
/// How long each side's turn lasts at most.
const TURN: Duration = Duration::from_secs(3);
/// Tickets for one turn: more than the fastest server checks in.
const TICKETS_A_TURN: usize = 150_000;
/// How many tickets are fetched by one request.
const TICKETS_AT_ONCE: usize = 10_000;

/// A site whose bench routes are open, with a filled fair.
#[derive(Debug)]
pub struct Bench {
    site: Site,
    volunteer: Http,
}

impl Bench {
    /// Starts it below `directory`.
    ///
    /// # Errors
    ///
    /// When the site does not start or refuses.
    pub async fn start(directory: &Path) -> Result<Self> {
        let site = Site::start(&directory.join("site"), "127.0.0.1:0", &["--bench"]).await?;
        let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await?;
        fill_fair(&organiser, material::workbook()?).await?;
        let volunteer = VOLUNTEER.create(&organiser, None).await?;
        Ok(Self { site, volunteer })
    }

    /// Starts it on a directory that has a filled fair.
    ///
    /// # Errors
    ///
    /// When the site does not start, or the volunteer can't sign in.
    pub async fn start_again(data: &Path) -> Result<Self> {
        let site = Site::start(data, "127.0.0.1:0", &["--bench"]).await?;
        let volunteer = VOLUNTEER.sign_in(&site.http()?).await?;
        Ok(Self { site, volunteer })
    }

    /// Stops it cleanly.
    ///
    /// # Errors
    ///
    /// When it does not stop in time.
    pub async fn stop(&mut self) -> Result<()> {
        let status = self.site.process.stop().await?;
        ensure!(status.success(), "the site did not stop cleanly");
        Ok(())
    }

    /// Host and port of its address.
    #[must_use]
    pub fn host_port(&self) -> &str {
        self.site.process.host_port()
    }

    /// Its process number.
    ///
    /// # Errors
    ///
    /// When it has ended.
    pub fn process_id(&self) -> Result<u32> {
        self.site.process.id()
    }

    /// [`load::run`] on it.
    ///
    /// # Errors
    ///
    /// As there.
    pub async fn load(&self, lists: &[Arc<Requests>], lasting: Duration) -> Result<load::Reached> {
        load::run(self.host_port(), lists, lasting).await
    }

    /// Measures P1a.
    ///
    /// # Errors
    ///
    /// When an answer is no success: then nothing was measured.
    pub async fn check_ins(&self) -> Result<Vec<Figure>> {
        let mut figures = Vec::new();
        for goal in P1A {
            figures.push(self.figure(goal).await?);
        }
        Ok(figures)
    }

    async fn figure(&self, goal: Goal) -> Result<Figure> {
        let mut rounds = Vec::new();
        for number in 0..ROUNDS {
            let tickets = self.tickets(TICKETS_A_TURN).await?;
            let full = (FULL, self.requests(FULL, &tickets)?);
            let stub = ("/bench/check-ins", self.requests("/bench/check-ins", &tickets)?);
            // Each side goes first every other time.
            let (first, second) = if number % 2 == 0 { (&full, &stub) } else { (&stub, &full) };
            let one = self.turn(goal, first).await?;
            let two = self.turn(goal, second).await?;
            let (measured, against) = if number % 2 == 0 { (one, two) } else { (two, one) };
            rounds.push(Round { measured, against });
        }
        Figure::of(goal, "req/s", &rounds)
    }

    async fn turn(&self, goal: Goal, side: &(&str, Arc<Requests>)) -> Result<f64> {
        let (path, requests) = side;
        let shared = vec![Arc::clone(requests); goal.width()];
        let reached = load::run(self.site.process.host_port(), &shared, TURN);
        let reached = reached.await.with_context(|| format!("{} on {path}", goal.name))?;
        Ok(reached.per_second())
    }

    /// Full requests to a route, one for each ticket.
    ///
    /// # Errors
    ///
    /// When nobody is signed in.
    pub fn requests(&self, path: &str, tickets: &[String]) -> Result<Arc<Requests>> {
        let token = self.volunteer.token().context("signed in")?;
        let headers =
            format!("Content-Type: application/json\r\nAuthorization: Bearer {token}\r\n");
        let host = self.site.process.host_port();
        let request = |ticket: &String| {
            let body = json!({ "ticket": ticket }).to_string();
            load::post(host, path, &headers, body.as_bytes())
        };
        Ok(Requests::new(tickets.iter().map(request).collect()))
    }

    /// Fresh tickets of the fair, never presented before.
    ///
    /// # Errors
    ///
    /// When the site gives none.
    pub async fn tickets(&self, count: usize) -> Result<Vec<String>> {
        let mut tickets = Vec::with_capacity(count);
        while tickets.len() < count {
            let path = format!("/bench/tickets?count={TICKETS_AT_ONCE}");
            let text = self.volunteer.get(&path).await?.success()?.text();
            let before = tickets.len();
            tickets.extend(text.lines().map(str::to_owned));
            ensure!(tickets.len() > before, "no tickets to be had");
        }
        tickets.truncate(count);
        Ok(tickets)
    }
}
