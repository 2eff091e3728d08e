//! The site server's key is changed by plan, twice: stations and headquarters go over to the new one by
//! themselves, and everything of before stays good.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::fs;
use std::time::Duration;

use end_to_end::demo::fill_fair;
use end_to_end::faults::{OpenFair, copy_of};
use end_to_end::http::Http;
use end_to_end::journey::account::{ORGANISER, VOLUNTEER};
use end_to_end::journey::{
    Addresses, Figures, Nodes, Reach, desk, headquarters, material, secret, seekers, station,
};
use end_to_end::site::Site;
use end_to_end::wait;
use serde_json::{Value, json};

/// How long stations and headquarters may take to hear of a key, or to go over to it.
const BOUND: Duration = Duration::from_secs(60);
const FACTS: &str = "三个月未发工资";

async fn draw(by: &Http) -> String {
    let drawn = by.post("/api/v1/server-keys", &json!({})).await.unwrap();
    let drawn: Value = drawn.document().unwrap();
    drawn["node"].as_str().unwrap().to_owned()
}

/// Waits until the kiosk knows the key that was drawn, and headquarters has the record that names it.
async fn until_everybody_knows(nodes: &Nodes, next: &str) {
    wait::until_true("the kiosk to know the new key", BOUND, async || {
        Ok(nodes.kiosk()?.status().await?["other_node"] == next)
    })
    .await
    .unwrap();
    wait::until_true("headquarters to have everything", BOUND, async || {
        let overview: Value = nodes.organiser.get("/api/v1/overview").await?.document()?;
        Ok(overview.pointer("/headquarters/all_delivered") == Some(&Value::Bool(true)))
    })
    .await
    .unwrap();
}

#[tokio::test]
async fn the_server_key_changes_and_nobody_notices() {
    let directory = tempfile::tempdir().unwrap();
    let mut nodes = Nodes::start(directory.path(), &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    headquarters::enrol_site(&nodes).await.unwrap();
    nodes.enrol_kiosk(Reach::Direct, "127.0.0.1:0").await.unwrap();
    station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
    let volunteer = VOLUNTEER.create(&nodes.organiser, None).await.unwrap();
    desk::start_shift(&volunteer).await.unwrap();
    let seeker = seekers::register(&volunteer, &seekers::a_seeker()).await.unwrap();
    let consultation = desk::consult(&volunteer, &seeker.ticket, FACTS).await.unwrap();
    let refused = volunteer.post("/api/v1/server-keys", &json!({})).await.unwrap();
    assert_eq!(refused.status, 403, "a volunteer draws no key");

    for _ in 0..2 {
        let next = draw(&nodes.organiser).await;
        assert_eq!(draw(&nodes.organiser).await, next, "one is drawn, not two");
        until_everybody_knows(&nodes, &next).await;
        nodes.site.process.restart().await.unwrap();
        nodes.organiser = ORGANISER.sign_in(&nodes.site.http().unwrap()).await.unwrap();
        let volunteer = VOLUNTEER.sign_in(&nodes.site.http().unwrap()).await.unwrap();

        let kiosk = nodes.kiosk().unwrap();
        station::until_ready(kiosk).await.unwrap();
        assert_ne!(kiosk.scan(&seeker.ticket).await.unwrap().verdict, "not_genuine");
        let given = station::walk_in(kiosk).await.unwrap();
        station::until_handed_over(kiosk).await.unwrap();
        let ticket = given["ticket"].as_str().unwrap();
        let known = seekers::check_in(&volunteer, ticket).await.unwrap();
        assert_eq!(known.verdict, "already_checked_in");
        assert_eq!(desk::facts(&volunteer, &consultation).await.unwrap(), FACTS);
        let expected = Figures::of_site(&nodes.organiser).await.unwrap();
        headquarters::until_counted(&nodes, &expected).await.unwrap();
        assert_ne!(draw(&nodes.organiser).await, next, "the one drawn is in use");
    }
    nodes.stop().await.unwrap();
    secret::verify(&nodes.site.data).unwrap();
}

/// Cut short after any of its steps, it is finished by the next start.
#[tokio::test]
async fn a_change_that_was_cut_short_is_finished_by_the_next_start() {
    let directory = tempfile::tempdir().unwrap();
    let OpenFair { mut site, organiser, volunteer } =
        OpenFair::start(&directory.path().join("site")).await.unwrap();
    let seeker = seekers::register(&volunteer, &seekers::a_seeker()).await.unwrap();
    seekers::check_in(&volunteer, &seeker.ticket).await.unwrap();
    let next = draw(&organiser).await;
    site.process.stop().await.unwrap();
    let done = copy_of(&site.data).unwrap();
    let done = done.path().join("site");
    Site::start(&done, "127.0.0.1:0", &[]).await.unwrap().process.stop().await.unwrap();

    let steps = ["follows.cbor", "node.key", "node.key.copy"];
    for taken in 0..=steps.len() {
        let cut = copy_of(&site.data).unwrap();
        let data = cut.path().join("site");
        for step in &steps[..taken] {
            fs::copy(done.join(step), data.join(step)).unwrap();
        }
        if taken > 0 {
            fs::remove_dir_all(data.join("views")).unwrap();
        }
        let mut again = Site::start(&data, "127.0.0.1:0", &[]).await.unwrap();
        assert!(!data.join("node.key.next").exists(), "after {:?}", &steps[..taken]);
        let http = again.http().unwrap();
        let volunteer = VOLUNTEER.sign_in(&http).await.unwrap();
        let known = seekers::check_in(&volunteer, &seeker.ticket).await.unwrap();
        assert_eq!(known.verdict, "already_checked_in");
        seekers::register(&volunteer, &seekers::a_seeker()).await.unwrap();
        let organiser = ORGANISER.sign_in(&http).await.unwrap();
        assert_ne!(draw(&organiser).await, next, "the one drawn is in use");
        again.process.stop().await.unwrap();
        secret::verify(&data).unwrap();
    }
}
