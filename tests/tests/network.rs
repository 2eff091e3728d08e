//! Bad networks between real nodes: whatever the line does, each record arrives once, and nobody
//! is told that something was delivered which was not.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::sync::atomic::AtomicU64;
use std::time::{Duration, Instant};

use anyhow::{Result, ensure};
use end_to_end::demo::fill_fair;
use end_to_end::journey::{
    Addresses, Figures, Nodes, Reach, headquarters, material, seekers, station,
};
use end_to_end::relay::{Mode, Relay, Tally, Weather};
use end_to_end::tried::Tried;
use end_to_end::wait;
use serde_json::{Value, json};

/// How long a person may wait for a verdict, whatever the network does.
const VERDICT_BOUND: Duration = Duration::from_secs(5);
/// How long the site may take to say the truth about a line that has gone bad.
const HONESTY_BOUND: Duration = Duration::from_secs(60);
/// Everything arrives within this once the line is good again.
const ARRIVAL_BOUND: Duration = Duration::from_secs(90);
/// How often somebody comes at most.
const PERSON_PACE: Duration = Duration::from_millis(500);
/// 256 kbit/s.
const SLOW_BYTES_PER_SECOND: u32 = 32_000;

/// An open fair whose kiosk reaches the site, and whose site reaches headquarters, through relays.
async fn nodes(directory: &std::path::Path) -> (Nodes, Relay) {
    let mut nodes = Nodes::start(directory, &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    nodes.enrol_kiosk(Reach::Relay, "127.0.0.1:0").await.unwrap();
    let wan = Relay::open(nodes.hq.process.host_port()).await.unwrap();
    headquarters::enrol_site_at(&nodes, &wan.url()).await.unwrap();
    station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
    (nodes, wan)
}

#[tokio::test]
async fn a_bad_network_delivers_everything_once() {
    let directory = tempfile::tempdir().unwrap();
    let (nodes, wan) = nodes(directory.path()).await;
    let bad = Weather { seed: 20_180_305, delay_ms: 60, cuts: 25, damages: 15 };
    let lines = [Mode::Bad(bad), Mode::AnswersLost, Mode::Closed, Mode::Bad(bad), Mode::Portal];
    let mut persons = 0;
    for line in lines {
        let before = (mishaps(nodes.relay.tally()), mishaps(wan.tally()));
        nodes.relay.set(line);
        wan.set(line);
        // People come until the line has done its worst on both hops.
        let began = Instant::now();
        for came in 1.. {
            somebody_comes(&nodes).await.unwrap_or_else(|error| panic!("{line:?}: {error:#}"));
            persons += 1;
            // A fast machine gives the line its time: the kiosk's numbers are not without end.
            let mishap = wait::until_true("a mishap", PERSON_PACE, async || {
                Ok(mishaps(nodes.relay.tally()) > before.0 && mishaps(wan.tally()) > before.1)
            });
            let met = mishap.await.is_ok();
            if came >= 6 && (met || line == Mode::Closed) {
                break;
            }
            assert!(began.elapsed() < ARRIVAL_BOUND, "{line:?}: no mishap, {came} came");
        }
        nodes.relay.set(Mode::Forward);
        wan.set(Mode::Forward);
        until_reached(&nodes).await.unwrap();
    }
    let counted = Figures::of_site(&nodes.organiser).await.unwrap();
    assert_eq!((counted.persons, counted.entries, counted.conflicts), (persons, persons, 0));
    until_counted(&nodes, &counted).await.unwrap();
    // The kiosk learns from the site what headquarters has; the page asks.
    let kiosk = nodes.kiosk().unwrap();
    wait::until_true("the kiosk to know of headquarters", HONESTY_BOUND, async || {
        let page = kiosk.http().get("/status").await?.success()?.text();
        let status = kiosk.status().await?;
        ensure!(status["all_delivered"] == true, "{status}");
        Ok(status["at_headquarters"] == status["stored_here"] && page.contains("总部收到"))
    })
    .await
    .unwrap();
    let (tally, other) = (nodes.relay.tally(), wan.tally());
    let both =
        |count: fn(&Tally) -> &AtomicU64| Tally::read(count(tally)) + Tally::read(count(other));
    let happened = [
        both(|tally| &tally.delays),
        both(|tally| &tally.cuts),
        both(|tally| &tally.damages),
        both(|tally| &tally.answers_lost),
        both(|tally| &tally.portal_pages),
    ];
    assert!(happened.iter().all(|count| *count > 0), "a fault never happened: {tally:?} {other:?}");
    let times = usize::try_from(mishaps(tally) + mishaps(other)).unwrap();
    let found = usize::try_from(persons).unwrap();
    Tried::new(times, found).tell("a line cut, damaged, answers lost, a portal between").unwrap();
}

/// Somebody without a ticket gets one at the kiosk, in time whatever the line does.
async fn somebody_comes(nodes: &Nodes) -> Result<()> {
    let began = Instant::now();
    station::walk_in(nodes.kiosk()?).await?;
    ensure!(began.elapsed() < VERDICT_BOUND, "it took {:?}", began.elapsed());
    Ok(())
}

/// How often the line did something that it should not.
fn mishaps(tally: &Tally) -> u64 {
    let counts = [&tally.cuts, &tally.damages, &tally.answers_lost, &tally.portal_pages];
    counts.into_iter().map(Tally::read).sum()
}

#[tokio::test]
async fn the_page_of_a_guest_network_is_no_answer() {
    let directory = tempfile::tempdir().unwrap();
    let (nodes, wan) = nodes(directory.path()).await;
    let anybody = nodes.site.http().unwrap();
    let before = Figures::of_site(&nodes.organiser).await.unwrap();
    until_counted(&nodes, &before).await.unwrap();
    nodes.relay.set(Mode::Portal);
    wan.set(Mode::Portal);
    let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
    let seen = nodes.kiosk().unwrap().scan(&ticket.ticket_url).await.unwrap();
    assert_eq!(seen.decided_by, "station");
    wait::until_true("honesty", HONESTY_BOUND, async || {
        let kiosk = nodes.kiosk()?.status().await?;
        let overview: Value = nodes.organiser.get("/api/v1/overview").await?.document()?;
        let up = &overview["headquarters"];
        ensure!(kiosk["waiting"] != json!(0), "the kiosk says that all is handed over: {kiosk}");
        ensure!(up["all_delivered"] == json!(false), "the site says that all is delivered: {up}");
        Ok(kiosk["site"] != "reachable" && !up["trouble"].is_null())
    })
    .await
    .unwrap();
    nodes.relay.set(Mode::Forward);
    wan.set(Mode::Forward);
    until_reached(&nodes).await.unwrap();
    let counted = Figures::of_site(&nodes.organiser).await.unwrap();
    assert_eq!(counted.persons, before.persons + 1);
    until_counted(&nodes, &counted).await.unwrap();
}

#[tokio::test]
async fn a_slow_line_that_breaks_goes_on_where_it_was() {
    let directory = tempfile::tempdir().unwrap();
    let (nodes, wan) = nodes(directory.path()).await;
    wan.set(Mode::Closed);
    let records = register_many(&nodes, 1_500).await.unwrap();
    let mut last = tickets_at_headquarters(&nodes).await.unwrap();
    assert!(last < 100, "the line was not closed: {last}");
    let mut cuts = 0;
    let began = Instant::now();
    while last < records {
        assert!(began.elapsed() < ARRIVAL_BOUND, "{last} of {records} after {cuts} cuts");
        wan.set(Mode::Rate(SLOW_BYTES_PER_SECOND));
        let more = wait::until("more at headquarters", ARRIVAL_BOUND, async || {
            let now = tickets_at_headquarters(&nodes).await?;
            Ok((now > last).then_some(now))
        });
        last = more.await.unwrap();
        wan.set(Mode::Closed);
        cuts += 1;
    }
    assert!(cuts > 1, "all of it came before the first cut");
    wan.set(Mode::Forward);
    let counted = Figures::of_site(&nodes.organiser).await.unwrap();
    until_counted(&nodes, &counted).await.unwrap();
}

/// Registers that many, many at once; how many tickets there are then.
async fn register_many(nodes: &Nodes, count: usize) -> Result<u64> {
    // At a staff tablet: the door for phones lets one address in at a person's pace.
    let anybody = nodes.organiser.clone();
    for _ in 0..count / 50 {
        let mut some = tokio::task::JoinSet::new();
        for _ in 0..50 {
            let anybody = anybody.clone();
            some.spawn(async move { seekers::register(&anybody, &seekers::a_seeker()).await });
        }
        while let Some(done) = some.join_next().await {
            done??;
        }
    }
    Ok(Figures::of_site(&nodes.organiser).await?.tickets)
}

async fn tickets_at_headquarters(nodes: &Nodes) -> Result<u64> {
    Ok(Figures::of_headquarters(&nodes.clerk).await?.tickets)
}

/// Waits until the site has all that the kiosk has.
async fn until_reached(nodes: &Nodes) -> Result<()> {
    let kiosk = nodes.kiosk()?;
    wait::until_true("the kiosk to hand over", ARRIVAL_BOUND, async || {
        let status = kiosk.status().await?;
        Ok(status["waiting"] == json!(0) && status["site"] == "reachable")
    })
    .await
}

async fn until_counted(nodes: &Nodes, expected: &Figures) -> Result<()> {
    headquarters::until_counted_within(nodes, expected, ARRIVAL_BOUND).await
}
