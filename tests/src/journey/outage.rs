//! The kiosk's network goes away and comes back.

use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};

use super::nodes::Nodes;
use super::station;
use crate::kiosk::Seen;
use crate::relay::Mode;

/// How long a person may wait for a verdict when the site says nothing.
const VERDICT_BOUND: Duration = Duration::from_secs(3);
/// How far behind the site's answers come while a scan is under way.
const SLOWED: Duration = Duration::from_millis(150);

/// Cuts the network while a scan is under way: the kiosk's own verdict must come all the same.
///
/// # Errors
///
/// When there is no verdict, or another.
pub async fn cut_mid_scan(nodes: &Nodes, png: Vec<u8>) -> Result<Seen> {
    nodes.relay.set(Mode::SlowAnswers(SLOWED));
    let scan = in_time(station::show(nodes.kiosk()?, png, "welcome"));
    let cut = async {
        tokio::time::sleep(SLOWED / 3).await;
        nodes.relay.set(Mode::Closed);
    };
    let (seen, ()) = tokio::join!(scan, cut);
    seen
}

/// Makes the network silent: connections open, nothing comes back. A ticket is checked in and
/// a walk-in gets one.
///
/// # Errors
///
/// When either does not work.
pub async fn silence(nodes: &Nodes, png: Vec<u8>) -> Result<()> {
    nodes.relay.set(Mode::Silent);
    let kiosk = nodes.kiosk()?;
    let seen = in_time(station::show(kiosk, png, "welcome")).await?;
    ensure!(seen.decided_by == "station", "{seen:?}");
    in_time(station::walk_in(kiosk)).await?;
    let status = kiosk.status().await?;
    let waiting = status["waiting"].as_u64().with_context(|| status.to_string())?;
    ensure!(waiting > 0, "nothing waits for the network: {status}");
    Ok(())
}

/// Gives the network back and waits until the site has everything.
///
/// # Errors
///
/// When it has not in time.
pub async fn restore(nodes: &Nodes) -> Result<()> {
    nodes.relay.set(Mode::Forward);
    station::until_handed_over(nodes.kiosk()?).await
}

async fn in_time<T>(work: impl Future<Output = Result<T>>) -> Result<T> {
    let began = Instant::now();
    let done = work.await?;
    let took = began.elapsed();
    ensure!(took < VERDICT_BOUND, "it took {took:?}");
    Ok(done)
}
