//! The site machine is lost with all it held: a new one takes its place, gets back what headquarters
//! has, the kiosk brings the rest, and what nobody holds is named.

use std::time::Duration;

use end_to_end::demo::fill_fair;
use end_to_end::journey::account::ORGANISER;
use end_to_end::journey::nodes::enrolment_code;
use end_to_end::journey::{
    Addresses, Figures, Nodes, Reach, headquarters, material, seekers, station,
};
use end_to_end::kiosk::Kiosk;
use end_to_end::site::Site;
use end_to_end::wait;
use serde_json::{Value, json};

const BOUND: Duration = Duration::from_secs(40);

#[tokio::test]
async fn a_new_machine_takes_the_place_of_a_lost_site() {
    let directory = tempfile::tempdir().unwrap();
    let directory = directory.path().join("nodes");
    let mut nodes = Nodes::start(&directory, &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    headquarters::enrol_site(&nodes).await.unwrap();
    nodes.enrol_kiosk(Reach::Direct, "127.0.0.1:0").await.unwrap();
    station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
    let anybody = nodes.site.http().unwrap();
    let mut tickets = Vec::new();
    for _ in 0..3 {
        let given = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
        tickets.push(given.ticket_url);
    }
    let kiosk = nodes.kiosk().unwrap();
    assert_eq!(kiosk.scan(&tickets[0]).await.unwrap().verdict, "welcome");
    station::until_handed_over(kiosk).await.unwrap();
    let before = Figures::of_site(&nodes.organiser).await.unwrap();
    headquarters::until_counted(&nodes, &before).await.unwrap();
    let sites: Value = nodes.clerk.get("/api/v1/sites").await.unwrap().document().unwrap();
    let lost = sites["sites"][0]["node"].as_str().unwrap().to_owned();

    // The machine is gone. The kiosk goes on alone: what it records is nowhere else.
    nodes.site.process.kill().await.unwrap();
    std::fs::remove_dir_all(&nodes.site.data).unwrap();
    let kiosk = nodes.kiosk().unwrap();
    assert_eq!(kiosk.scan(&tickets[1]).await.unwrap().verdict, "welcome");

    let fresh = Site::start(&directory.join("site-2"), "127.0.0.1:0", &[]).await.unwrap();
    let organiser = fresh.set_up(ORGANISER.login, ORGANISER.password).await.unwrap();
    let code = enrolment_code(&nodes.clerk, &json!({ "replaces": lost })).await.unwrap();
    let linking = json!({ "url": nodes.hq.process.url(), "code": code });
    organiser.post("/api/v1/headquarters", &linking).await.unwrap().success().unwrap();
    wait::until_true("the figures to come back", BOUND, async || {
        Ok(Figures::of_site(&organiser).await.ok() == Some(before))
    })
    .await
    .unwrap();

    // Somebody at the kiosk moves it to the new machine; what it recorded alone comes along.
    nodes.stop_kiosk().await.unwrap();
    let asked = json!({ "role": "kiosk", "name": "东门1号机" });
    let code = enrolment_code(&organiser, &asked).await.unwrap();
    let data = directory.join("kiosk");
    let kiosk = Kiosk::moved(&data, fresh.process.url(), &code).await.unwrap();
    station::until_ready(&kiosk).await.unwrap();
    station::until_handed_over(&kiosk).await.unwrap();
    wait::until_true("the kiosk's own record", BOUND, async || {
        let counted = Figures::of_site(&organiser).await?;
        Ok(counted.persons == before.persons + 1)
    })
    .await
    .unwrap();

    // Tickets of the lost machine, whose key is gone, are still good; and new ones are handed out.
    wait::until_true("the kiosk to know the tickets", BOUND, async || {
        Ok(kiosk.scan(&tickets[2]).await?.verdict == "welcome")
    })
    .await
    .unwrap();
    assert_eq!(kiosk.scan(&tickets[0]).await.unwrap().verdict, "already");
    let anybody = fresh.http().unwrap();
    let given = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
    wait::until_true("the kiosk to have the new key", BOUND, async || {
        Ok(kiosk.scan(&given.ticket_url).await?.verdict == "welcome")
    })
    .await
    .unwrap();
    station::until_handed_over(&kiosk).await.unwrap();
    let after = Figures::of_site(&organiser).await.unwrap();
    assert_eq!((after.persons, after.conflicts), (before.persons + 3, 0));
    headquarters::until_counted(&nodes, &after).await.unwrap();

    // Headquarters knows one site, the new machine, and nothing is missing of what the old one told.
    let sites: Value = nodes.clerk.get("/api/v1/sites").await.unwrap().document().unwrap();
    assert_eq!(sites["sites"].as_array().unwrap().len(), 1, "{sites}");
    assert_eq!(sites["sites"][0]["before"], json!([lost]));
    let overview: Value = organiser.get("/api/v1/overview").await.unwrap().document().unwrap();
    assert!(overview["lost_with_machine"].is_array(), "{overview}");
}
