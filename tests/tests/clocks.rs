//! Machines whose clock is 400 days off, ahead or behind: nothing is refused or lost for it, and
//! what people see has the right day.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::time::{SystemTime, UNIX_EPOCH};

use end_to_end::clock::WrongClock;
use end_to_end::demo::fill_fair;
use end_to_end::http::Http;
use end_to_end::journey::account::{ORGANISER, VOLUNTEER};
use end_to_end::journey::{
    Addresses, Figures, Nodes, desk, enrolment_code, fair, headquarters, material, seekers, station,
};
use end_to_end::kiosk::{Enrolment, Kiosk};
use end_to_end::relay::Mode;
use end_to_end::site::{Site, sign_in};
use end_to_end::tried::Tried;
use serde_json::{Value, json};

/// What a kiosk says of a ticket that came in before.
async fn came_in_at_ms(kiosk: &Kiosk, ticket_url: &str) -> u64 {
    kiosk.scan("HTTP://ELSEWHERE.EXAMPLE/T/ABC").await.unwrap();
    let asked = json!({ "text": ticket_url });
    let seen: Value = kiosk.http().post("/api/v1/scans", &asked).await.unwrap().document().unwrap();
    assert_eq!(seen["verdict"], "already", "{seen}");
    seen["at_ms"].as_u64().unwrap()
}

fn now_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap();
    u64::try_from(since.as_millis()).unwrap()
}

/// Everything that the site counts lies on this very day.
async fn assert_all_of_today(organiser: &Http) {
    let overview: Value = organiser.get("/api/v1/overview").await.unwrap().document().unwrap();
    let today = fair::today().unwrap().to_string();
    let days = overview.pointer("/statistics/days").unwrap();
    let named: Vec<&str> = match days {
        Value::Object(days) => days.keys().map(String::as_str).collect(),
        days => days.as_array().unwrap().iter().map(|day| day["day"].as_str().unwrap()).collect(),
    };
    assert_eq!(named, [today], "{days}");
}

/// Somebody comes in with a fresh ticket, and tries again.
async fn comes_in(nodes: &Nodes, kiosk: &Kiosk) {
    let anybody = nodes.site.http().unwrap();
    let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
    assert_eq!(kiosk.scan(&ticket.ticket_url).await.unwrap().verdict, "welcome");
    let at_ms = came_in_at_ms(kiosk, &ticket.ticket_url).await;
    assert!(at_ms.abs_diff(now_ms()) < 600_000, "came in at {at_ms}");
}

async fn a_kiosk_with_a_wrong_clock(days: i32) {
    let directory = tempfile::tempdir().unwrap();
    let nodes = Nodes::start(directory.path(), &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    headquarters::enrol_site(&nodes).await.unwrap();
    let asked = json!({ "role": "kiosk", "name": "东门1号机" });
    let code = enrolment_code(&nodes.organiser, &asked).await.unwrap();
    let data = directory.path().join("kiosk");
    let site_url = nodes.relay.url();
    let mut enrolment = Enrolment { site_url: &site_url, code: Some(&code), name: "东门1号机" };
    let clock = Some(WrongClock { days });
    let mut kiosk = Kiosk::start_at(&data, "127.0.0.1:0", enrolment, clock).await.unwrap();
    let status = station::until_ready(&kiosk).await.unwrap();
    let off_days = status["clock_offset_ms"].as_i64().unwrap() / 86_400_000;
    assert!((off_days + i64::from(days)).abs() <= 1, "the clock is right: {status}");

    comes_in(&nodes, &kiosk).await;
    nodes.relay.set(Mode::Closed);
    station::walk_in(&kiosk).await.unwrap();
    nodes.relay.set(Mode::Forward);
    station::until_handed_over(&kiosk).await.unwrap();

    // Somebody sets the clock right. What is recorded from now on has the right time.
    kiosk.process.stop().await.unwrap();
    enrolment.code = None;
    let kiosk = Kiosk::start(&data, "127.0.0.1:0", enrolment).await.unwrap();
    station::until_ready(&kiosk).await.unwrap();
    comes_in(&nodes, &kiosk).await;
    station::until_handed_over(&kiosk).await.unwrap();
    let counted = Figures::of_site(&nodes.organiser).await.unwrap();
    assert_eq!((counted.persons, counted.entries, counted.conflicts), (3, 3, 0));
    assert_all_of_today(&nodes.organiser).await;
    headquarters::until_counted(&nodes, &counted).await.unwrap();
    Tried::new(1, 3).tell("a kiosk's clock 400 days off").unwrap();
}

#[tokio::test]
async fn a_kiosk_ahead_of_its_time_is_as_good_as_another() {
    a_kiosk_with_a_wrong_clock(400).await;
}

#[tokio::test]
async fn a_kiosk_behind_its_time_is_as_good_as_another() {
    a_kiosk_with_a_wrong_clock(-400).await;
}

#[tokio::test]
async fn a_site_that_once_ran_ahead_counts_today_as_today() {
    let directory = tempfile::tempdir().unwrap();
    let data = directory.path().join("site");
    let clock = Some(WrongClock { days: 400 });
    let mut site = Site::start_at(&data, "127.0.0.1:0", &[], clock).await.unwrap();
    site.set_up(ORGANISER.login, ORGANISER.password).await.unwrap();
    site.process.stop().await.unwrap();
    let site = Site::start(&data, "127.0.0.1:0", &[]).await.unwrap();
    let anybody = site.http().unwrap();
    let organiser = sign_in(&anybody, ORGANISER.login, ORGANISER.password).await.unwrap();
    fill_fair(&organiser, material::small_workbook().unwrap()).await.unwrap();
    let volunteer = VOLUNTEER.create(&organiser, None).await.unwrap();
    let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
    seekers::check_in(&volunteer, &ticket.ticket).await.unwrap();
    desk::start_shift(&volunteer).await.unwrap();
    desk::consult(&volunteer, &ticket.ticket, "欠薪三个月").await.unwrap();
    assert_all_of_today(&organiser).await;
    let again = seekers::check_in(&volunteer, &ticket.ticket).await.unwrap();
    assert_eq!(again.verdict, "already_checked_in");
}
