//! A new ticket key while the fair runs: nobody who has a ticket notices, and stations go over to it.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use domain::ticket::{MAX_GENERATION, UncheckedTicket};
use end_to_end::demo::fill_fair;
use end_to_end::http::{Answer, Http};
use end_to_end::journey::account::VOLUNTEER;
use end_to_end::journey::{Addresses, Nodes, Reach, material, seekers, station};
use end_to_end::wait;
use serde_json::{Value, json};

/// How long a kiosk with a network may go on with the old key.
const CHANGE_BOUND: Duration = Duration::from_secs(20);

async fn draw(by: &Http) -> Answer {
    by.post("/api/v1/ticket-keys", &json!({})).await.unwrap()
}

fn generation(ticket: &str) -> u8 {
    UncheckedTicket::read(ticket).unwrap().claimed_generation()
}

#[tokio::test]
async fn a_new_ticket_key_leaves_tickets_good_and_reaches_every_station() {
    let directory = tempfile::tempdir().unwrap();
    let mut nodes = Nodes::start(directory.path(), &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    let volunteer = VOLUNTEER.create(&nodes.organiser, None).await.unwrap();
    nodes.enrol_kiosk(Reach::Direct, "127.0.0.1:0").await.unwrap();
    let kiosk = nodes.kiosk().unwrap();
    station::until_ready(kiosk).await.unwrap();
    let before = seekers::register(&volunteer, &seekers::a_seeker()).await.unwrap();
    let first = generation(&before.ticket);

    assert_eq!(draw(&volunteer).await.status, 403, "a volunteer draws no key");
    let drawn: Value = draw(&nodes.organiser).await.document().unwrap();
    assert_eq!(drawn["generation"], first + 1);
    let after = seekers::register(&volunteer, &seekers::a_seeker()).await.unwrap();
    assert_eq!(generation(&after.ticket), first + 1);
    let of_the_kiosk = wait::until("a kiosk's ticket of the new key", CHANGE_BOUND, async || {
        let given = station::walk_in(kiosk).await?;
        let ticket = given["ticket"].as_str().unwrap().to_owned();
        Ok((generation(&ticket) == first + 1).then_some(ticket))
    });
    let of_the_kiosk = of_the_kiosk.await.unwrap();
    for ticket in [&before.ticket, &after.ticket] {
        assert_eq!(kiosk.scan(ticket).await.unwrap().verdict, "welcome");
    }
    station::until_handed_over(kiosk).await.unwrap();
    let known = seekers::check_in(&volunteer, &of_the_kiosk).await.unwrap();
    assert_eq!(known.verdict, "already_checked_in", "whoever takes one at the kiosk is in");

    for next in first + 2..=MAX_GENERATION {
        let drawn: Value = draw(&nodes.organiser).await.document().unwrap();
        assert_eq!(drawn["generation"], next);
    }
    let refused = draw(&nodes.organiser).await;
    assert_eq!((refused.status, refused.code().unwrap().as_str()), (409, "keys_used_up"));
    let last = seekers::check_in(&volunteer, &before.ticket).await.unwrap();
    assert_eq!(last.verdict, "already_checked_in");
}
