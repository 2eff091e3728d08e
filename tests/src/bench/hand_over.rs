//! P1b: a station's hand-over of one scan over its enrolled session, beside a route of the same
//! server that parses and answers the same bodies, checks nothing and stores nothing.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;

use super::figure::Round;
use super::goals::{Goal, P1B};
use super::load::{self, Requests};
use super::station::{HandOvers, SCANS, Station};
use super::{Figure, ROUNDS};
use crate::demo::fill_fair;
use crate::http::Http;
use crate::journey::account::ORGANISER;
use crate::journey::material;
use crate::site::Site;

/// How long each side's turn lasts at most.
const TURN: Duration = Duration::from_secs(3);
/// Scans for one turn, of all stations: more than the fastest server takes.
const SCANS_A_TURN: usize = 150_000;
/// The route that does nothing.
const STUB: &str = "/bench/hand-over";

/// A site whose bench routes are open, with an open fair, and its stations.
#[derive(Debug)]
struct Bench {
    site: Site,
    organiser: Http,
    stations: Vec<Station>,
}

#[derive(Debug, Deserialize)]
struct Overview {
    statistics: Statistics,
}

#[derive(Debug, Deserialize)]
struct Statistics {
    days: BTreeMap<String, Counted>,
}

#[derive(Debug, Deserialize)]
struct Counted {
    persons: u64,
}

/// Measures P1b below `directory`.
///
/// # Errors
///
/// When an answer is no acknowledgement, or the site has not counted every scan afterwards: then
/// nothing was measured.
pub async fn figures(directory: &Path) -> Result<Vec<Figure>> {
    let mut bench = Bench::start(&directory.join("stations")).await?;
    let mut figures = Vec::new();
    for goal in P1B {
        bench.enrol_up_to(goal.width()).await?;
        figures.push(bench.figure(goal).await?);
    }
    Ok(figures)
}

impl Bench {
    async fn start(data: &Path) -> Result<Self> {
        let site = Site::start(data, "127.0.0.1:0", &["--bench"]).await?;
        let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await?;
        fill_fair(&organiser, material::workbook()?).await?;
        Ok(Self { site, organiser, stations: Vec::new() })
    }

    async fn enrol_up_to(&mut self, count: usize) -> Result<()> {
        for number in self.stations.len()..count {
            let number = u32::try_from(number)?;
            self.stations.push(Station::enrol(&self.organiser, number).await?);
        }
        Ok(())
    }

    async fn figure(&mut self, goal: Goal) -> Result<Figure> {
        let mut rounds = Vec::new();
        for number in 0..ROUNDS {
            self.greet().await?;
            let made = self.hand_overs()?;
            // Each side goes first every other time.
            let stub_first = number % 2 == 1;
            let before = if stub_first { Some(self.stub(&made).await?) } else { None };
            let measured = self.hand_over(goal, &made).await?;
            let against = match before {
                Some(against) => against,
                None => self.stub(&made).await?,
            };
            rounds.push(Round { measured, against });
        }
        // Every record that was acknowledged is there, and every scan counts.
        self.greet().await?;
        self.check_counted().await?;
        Figure::of(goal, "req/s", &rounds)
    }

    async fn greet(&mut self) -> Result<()> {
        for station in &mut self.stations {
            station.greet(&self.organiser).await?;
        }
        Ok(())
    }

    fn hand_overs(&self) -> Result<Vec<HandOvers>> {
        let each = SCANS_A_TURN.div_ceil(self.stations.len().max(1));
        self.stations.iter().map(|station| station.hand_overs(each)).collect()
    }

    async fn hand_over(&mut self, goal: Goal, made: &[HandOvers]) -> Result<f64> {
        let lists = self.lists(SCANS, made, Requests::new)?;
        let reached = load::run(self.site.process.host_port(), &lists, TURN).await;
        let reached = reached.with_context(|| format!("{} on {SCANS}", goal.name))?;
        for ((station, made), list) in self.stations.iter_mut().zip(made).zip(&lists) {
            station.acknowledged(made, list.sent());
        }
        Ok(reached.per_second())
    }

    async fn stub(&self, made: &[HandOvers]) -> Result<f64> {
        let lists = self.lists(STUB, made, Requests::repeated)?;
        let reached = load::run(self.site.process.host_port(), &lists, TURN).await;
        Ok(reached.with_context(|| STUB.to_owned())?.per_second())
    }

    fn lists(
        &self,
        path: &str,
        made: &[HandOvers],
        list: fn(Vec<Vec<u8>>) -> Arc<Requests>,
    ) -> Result<Vec<Arc<Requests>>> {
        let site = (self.site.process.host_port(), path);
        let of_each = self.stations.iter().zip(made);
        of_each.map(|(station, made)| Ok(list(station.requests(site, made)?))).collect()
    }

    async fn check_counted(&self) -> Result<()> {
        let overview: Overview = self.organiser.get("/api/v1/overview").await?.document()?;
        let scans: u64 = self.stations.iter().map(|station| u64::from(station.scans())).sum();
        // Two days, should midnight pass.
        let counted: u64 = overview.statistics.days.values().map(|day| day.persons).sum();
        ensure!(counted == scans, "{scans} persons were handed over, {counted} counted");
        Ok(())
    }
}
