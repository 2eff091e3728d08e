//! A site's disk rots in the middle of what happened: what it lost comes back from headquarters and
//! from the kiosk, and after the next start everything is as it was.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use domain::ids::NodeId;
use end_to_end::compatibility::Held;
use end_to_end::demo::fill_fair;
use end_to_end::journey::account::VOLUNTEER;
use end_to_end::journey::{
    Addresses, Figures, Nodes, Reach, desk, headquarters, material, secret, seekers, station,
};
use end_to_end::site::sign_in;
use end_to_end::tried::Tried;
use end_to_end::wait;
use journal::{Position, verify};
use serde_json::Value;
use store::FileDisk;

const BOUND: Duration = Duration::from_secs(30);
const FACTS: &str = "磁盘坏了也还读得到的话";
/// Bytes that rot in each record.
const ROTTEN_BYTES: usize = 24;

/// A record of a stopped node's journal: whose, and where it lies.
struct Placed {
    origin: NodeId,
    bytes: Vec<u8>,
    at: Position,
}

fn records(data: &Path) -> Vec<Placed> {
    let mut records = Vec::new();
    verify::each(&FileDisk::open(data).unwrap(), |entry, at| {
        let origin = entry.view().unwrap().origin;
        records.push(Placed { origin, bytes: entry.open.to_vec(), at });
    })
    .unwrap();
    records
}

/// Changes the bytes of one record.
fn rot(data: &Path, record: &Placed) {
    let place = record.at.to_string();
    let segment = data.join(place.split(':').next().unwrap());
    let mut bytes = std::fs::read(&segment).unwrap();
    let found = bytes.windows(record.bytes.len()).position(|part| part == record.bytes).unwrap();
    for byte in bytes.iter_mut().skip(found + 8).take(ROTTEN_BYTES) {
        *byte ^= 0x24;
    }
    std::fs::write(segment, bytes).unwrap();
}

async fn overview(nodes: &Nodes) -> anyhow::Result<Value> {
    nodes.organiser.get("/api/v1/overview").await?.document()
}

async fn somebody_comes(nodes: &Nodes) {
    let anybody = nodes.site.http().unwrap();
    let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
    let kiosk = nodes.kiosk().unwrap();
    station::until_ready(kiosk).await.unwrap();
    assert_eq!(kiosk.scan(&ticket.ticket).await.unwrap().verdict, "welcome");
    station::until_handed_over(kiosk).await.unwrap();
}

#[tokio::test]
async fn what_rot_took_comes_back_from_headquarters_and_the_kiosk() {
    let work = tempfile::tempdir().unwrap();
    let directory = work.path().join("nodes");
    let addresses = Addresses::free();
    let mut nodes = Nodes::start(&directory, &addresses).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    headquarters::enrol_site(&nodes).await.unwrap();
    nodes.enrol_kiosk(Reach::Direct, &addresses.kiosk).await.unwrap();
    station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
    let volunteer = VOLUNTEER.create(&nodes.organiser, None).await.unwrap();
    desk::start_shift(&volunteer).await.unwrap();
    let from = records_so_far(&nodes).await;
    for _ in 0..4 {
        somebody_comes(&nodes).await;
    }
    let anybody = nodes.site.http().unwrap();
    let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap().ticket;
    let consultation = desk::consult(&volunteer, &ticket, FACTS).await.unwrap();
    somebody_comes(&nodes).await;
    let before = Figures::of_site(&nodes.organiser).await.unwrap();
    headquarters::until_counted(&nodes, &before).await.unwrap();
    wait::until_true("the site to say that all is delivered", BOUND, async || {
        Ok(overview(&nodes).await?.pointer("/headquarters/all_delivered") == Some(&true.into()))
    })
    .await
    .unwrap();
    let data = nodes.site.data.clone();
    nodes.site.process.stop().await.unwrap();
    let held = Held::of(&data).unwrap();

    // Headquarters is away: the kiosk alone has what it recorded.
    nodes.hq.process.stop().await.unwrap();
    let by_kiosk = rot_some(&data, from, |is_sites| !is_sites);
    mend(&mut nodes, by_kiosk).await;
    assert_eq!(Figures::of_site(&nodes.organiser).await.unwrap(), before);
    nodes.site.process.stop().await.unwrap();
    secret::verify(&data).unwrap();

    // What the site wrote itself is at headquarters.
    nodes.hq.process.restart().await.unwrap();
    let by_headquarters = rot_some(&data, from, |_| true);
    mend(&mut nodes, by_headquarters).await;
    assert_eq!(Figures::of_site(&nodes.organiser).await.unwrap(), before);
    let volunteer =
        sign_in(&nodes.site.http().unwrap(), VOLUNTEER.login, VOLUNTEER.password).await.unwrap();
    assert_eq!(desk::facts_again(&volunteer, &consultation).await.unwrap(), FACTS);
    somebody_comes(&nodes).await;
    nodes.stop().await.unwrap();
    secret::verify(&data).unwrap();
    let after = Held::of(&data).unwrap();
    let same = |(stream, head): (&String, &String)| {
        let seq = |head: &str| head.split(' ').next().and_then(|seq| seq.parse::<u64>().ok());
        let now = after.heads.get(stream).map(String::as_str);
        now == Some(head) || now.and_then(seq) > seq(head)
    };
    assert!(held.heads.iter().all(same), "{held:?} {after:?}");
    let found = usize::try_from(by_kiosk + by_headquarters).unwrap();
    Tried::new(2, found).tell("rot at a site, mended by a kiosk, by headquarters").unwrap();
}

/// Changes some records of the stopped site's journal, in the midst of others; how many.
fn rot_some(data: &Path, from: usize, may: impl Fn(bool) -> bool) -> u64 {
    let all = records(data);
    let site = all.first().unwrap().origin;
    let late = all.get(from..all.len() - 4).unwrap();
    let origins: BTreeSet<NodeId> = late.iter().map(|record| record.origin).collect();
    assert_eq!(origins.len(), 2, "the site's and the kiosk's");
    let mut rotten = 0;
    for origin in origins {
        let of = late.iter().filter(|it| it.origin == origin && may(it.origin == site));
        for record in of.step_by(3).take(3) {
            rot(data, record);
            rotten += 1;
        }
    }
    assert!(rotten > 1 && secret::verify(data).is_err());
    rotten
}

/// Starts the site, waits until everything lost came back, and starts it once more.
async fn mend(nodes: &mut Nodes, rotten: u64) {
    nodes.site.process.restart().await.unwrap();
    let page = nodes.organiser.get("/organiser/stick").await.unwrap().success().unwrap();
    let page = page.text();
    assert!(page.contains("磁盘损坏") || page.contains("已要回"), "{page}");
    wait::until_true("what is lost to come back", BOUND, async || {
        let overview = overview(nodes).await?;
        let lost = overview.get("lost").and_then(Value::as_array).map(Vec::len);
        Ok(lost == Some(0) && brought_back(&overview) == Some(rotten))
    })
    .await
    .unwrap();
    nodes.site.process.stop().await.unwrap();
    nodes.site.process.restart().await.unwrap();
    assert_eq!(brought_back(&overview(nodes).await.unwrap()), Some(0));
}

fn brought_back(overview: &Value) -> Option<u64> {
    overview.get("brought_back").and_then(Value::as_u64)
}

async fn records_so_far(nodes: &Nodes) -> usize {
    let records = overview(nodes).await.unwrap().get("records").and_then(Value::as_u64);
    usize::try_from(records.unwrap()).unwrap()
}
