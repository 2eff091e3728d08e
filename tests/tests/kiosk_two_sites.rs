//! A kiosk knows the site server and its standby: it goes on with whichever takes its records.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::collections::BTreeSet;
use std::path::Path;
use std::time::Duration;

use end_to_end::http::Http;
use end_to_end::journey::account::EMPLOYER;
use end_to_end::journey::nodes::enrolment_code;
use end_to_end::journey::{Figures, booth, fair, seekers, station};
use end_to_end::kiosk::{Enrolment, Kiosk};
use end_to_end::pair::Pair;
use end_to_end::relay::Mode;
use end_to_end::wait;
use serde_json::{Value, json};

/// How long a kiosk may take to find out where it is to go, and nodes to have everything.
const BOUND: Duration = Duration::from_secs(60);
const KIOSK_NAME: &str = "东门1号机";

/// An open fair with a site server, its standby, and a kiosk that knows both.
struct Hall {
    pair: Pair,
    kiosk: Kiosk,
    /// Every short number that somebody was given.
    numbers: BTreeSet<String>,
}

impl Hall {
    async fn open(directory: &Path) -> Self {
        let pair = Pair::start(directory).await.unwrap();
        let asked = json!({ "role": "kiosk", "name": KIOSK_NAME });
        let code = enrolment_code(&pair.organiser, &asked).await.unwrap();
        let site_url = pair.site.process.url();
        let enrolment = Enrolment { site_url, code: Some(&code), name: KIOSK_NAME };
        let kiosk = Kiosk::start(&directory.join("kiosk"), "127.0.0.1:0", enrolment).await.unwrap();
        station::until_ready(&kiosk).await.unwrap();
        let hall = Self { pair, kiosk, numbers: BTreeSet::new() };
        let standby = hall.pair.line.url();
        hall.until("the standby is known", |status| status["other_address"] == standby).await;
        hall
    }

    async fn until(&self, what: &str, is: impl Fn(&Value) -> bool) {
        let mut last = Value::Null;
        let reached = wait::until_true(what, BOUND, async || {
            last = self.kiosk.status().await?;
            Ok(is(&last))
        });
        reached.await.unwrap_or_else(|error| panic!("{error:#}: {last}"));
    }

    /// Waits until the kiosk speaks to this machine, and that one has everything.
    async fn until_at(&self, address: &str) {
        self.until("the kiosk is there", |status| {
            status["site_address"] == address
                && status["site"] == "reachable"
                && status["all_delivered"] == true
        })
        .await;
    }

    async fn standby_has_everything(&self) {
        self.pair.until(|state| state["keeps_up"] == true && state["waiting"] == 0).await.unwrap();
    }

    /// Somebody registers on a phone; the address in their ticket.
    async fn ticket(&mut self, anybody: &Http) -> String {
        let given = seekers::register(anybody, &seekers::a_seeker()).await.unwrap();
        assert!(self.numbers.insert(given.number_grouped), "a number was given twice");
        given.ticket_url
    }

    /// Somebody with a ticket comes to the kiosk; who decided.
    async fn somebody_comes(&self, ticket_url: &str) -> String {
        let seen = self.kiosk.scan(ticket_url).await.unwrap();
        assert_eq!(seen.verdict, "welcome");
        seen.decided_by
    }

    /// Somebody without a ticket gets one at the kiosk; its text.
    async fn walk_in(&mut self) -> String {
        let given = station::walk_in(&self.kiosk).await.unwrap();
        let number = given["number_grouped"].as_str().unwrap().to_owned();
        assert!(self.numbers.insert(number), "a number was given twice");
        given["ticket"].as_str().unwrap().to_owned()
    }

    /// The organiser promotes the standby.
    async fn promote(&self) -> Http {
        let there = self.pair.at_standby().await.unwrap();
        let promoted = there.post("/api/v1/standby/promotion", &json!({})).await.unwrap();
        promoted.success().unwrap();
        there
    }

    /// Waits until everybody who came, and every number, is counted once.
    async fn until_all_counted(&self, organiser: &Http, persons: u64) {
        let mut last = None;
        let tickets = u64::try_from(self.numbers.len()).unwrap();
        let counted = wait::until_true("everybody counted", BOUND, async || {
            let counted = Figures::of_site(organiser).await?;
            last = Some(counted);
            Ok((counted.persons, counted.tickets, counted.conflicts) == (persons, tickets, 0))
        });
        counted.await.unwrap_or_else(|error| panic!("{error:#}: {persons}, {tickets}, {last:?}"));
    }
}

#[tokio::test]
async fn an_unpromoted_standby_takes_nothing_and_the_kiosk_goes_on_with_the_site_server() {
    let directory = tempfile::tempdir().unwrap();
    let mut hall = Hall::open(directory.path()).await;
    let anybody = hall.pair.site.http().unwrap();
    let (first, second) = (hall.ticket(&anybody).await, hall.ticket(&anybody).await);
    hall.walk_in().await;
    station::until_handed_over(&hall.kiosk).await.unwrap();

    hall.pair.site.process.kill().await.unwrap();
    assert_eq!(hall.somebody_comes(&first).await, "station");
    hall.walk_in().await;
    hall.until("the kiosk says that the standby waits", |status| {
        status["trouble"] == "sync_standby_waits" && status["site"] == "unreachable"
    })
    .await;
    let page = hall.kiosk.http().get("/status?lang=en").await.unwrap().success().unwrap().text();
    assert!(page.contains("waits until the organiser promotes it"), "{page}");

    hall.pair.site.process.restart().await.unwrap();
    let site = hall.pair.site.process.url().to_owned();
    hall.until_at(&site).await;
    hall.until("nothing is in the way", |status| status["trouble"].is_null()).await;
    assert_eq!(hall.somebody_comes(&second).await, "site");
    hall.walk_in().await;
    let organiser = hall.pair.organiser.clone();
    hall.until_all_counted(&organiser, 5).await;
    hall.standby_has_everything().await;
}

#[tokio::test]
async fn the_kiosk_finds_the_promoted_standby_by_itself_and_brings_everything() {
    let directory = tempfile::tempdir().unwrap();
    let mut hall = Hall::open(directory.path()).await;
    let organiser = hall.pair.organiser.clone();
    let anybody = hall.pair.site.http().unwrap();
    let mut tickets = Vec::new();
    for _ in 0..4 {
        tickets.push(hall.ticket(&anybody).await);
    }
    let at_booth = booth::first_booth(&fair::employers(&organiser).await.unwrap()).unwrap();
    EMPLOYER.create(&organiser, Some(&at_booth)).await.unwrap();
    assert_eq!(hall.somebody_comes(tickets.first().unwrap()).await, "site");
    let known_to_both = hall.walk_in().await;
    station::until_handed_over(&hall.kiosk).await.unwrap();
    hall.standby_has_everything().await;

    hall.pair.site.process.kill().await.unwrap();
    assert_eq!(hall.somebody_comes(tickets.get(1).unwrap()).await, "station");
    let known_to_the_kiosk = hall.walk_in().await;
    let there = hall.promote().await;
    let standby = hall.pair.line.url();
    hall.until_at(&standby).await;
    assert_eq!(hall.somebody_comes(tickets.get(2).unwrap()).await, "site");
    let anybody = hall.pair.standby.http().unwrap();
    let fresh = hall.ticket(&anybody).await;
    // Its ticket's key and number are news to the kiosk, which takes them from the new site's view.
    assert_eq!(hall.somebody_comes(&fresh).await, "site");
    for _ in 0..3 {
        hall.walk_in().await;
    }
    hall.until_all_counted(&there, 9).await;
    // What walk-ins said is read here, whether the lost machine had it or not.
    let employer = EMPLOYER.sign_in(&anybody).await.unwrap();
    for ticket in [known_to_both, known_to_the_kiosk] {
        let outcome = json!({ "booth": at_booth, "ticket": ticket, "outcome": "talk" });
        wait::until_true("the form of address", BOUND, async || {
            let card: Value = employer.post("/api/v1/outcomes", &outcome).await?.document()?;
            Ok(card["form_of_address"] == "先生")
        })
        .await
        .unwrap();
    }

    let page = hall.kiosk.http().get("/status").await.unwrap().success().unwrap().text();
    assert!(page.contains(&standby), "{page}");

    // It stays there over a start of its own, and when the old machine is back.
    hall.pair.site.process.restart().await.unwrap();
    hall.kiosk.process.restart().await.unwrap();
    hall.until_at(&standby).await;
    assert_eq!(hall.somebody_comes(tickets.get(3).unwrap()).await, "site");
    hall.until_all_counted(&there, 10).await;
}

/// While both answer, a kiosk stays; once the old site server has heard that it was superseded, it sends
/// its kiosks away.
#[tokio::test]
async fn a_superseded_site_server_is_left_for_the_promoted_standby() {
    let directory = tempfile::tempdir().unwrap();
    let mut hall = Hall::open(directory.path()).await;
    let anybody = hall.pair.site.http().unwrap();
    let first = hall.ticket(&anybody).await;
    hall.standby_has_everything().await;
    hall.pair.line.set(Mode::Closed);
    let there = hall.promote().await;
    // The first answer waits for the standby, longer than anybody at the kiosk does.
    hall.somebody_comes(&first).await;
    hall.walk_in().await;
    let site = hall.pair.site.process.url().to_owned();
    hall.until_at(&site).await;
    let second = hall.ticket(&anybody).await;
    let anybody_there = hall.pair.standby.http().unwrap();
    let third = hall.ticket(&anybody_there).await;

    hall.pair.line.set(Mode::Forward);
    let standby = hall.pair.line.url();
    hall.until_at(&standby).await;
    for ticket in [second, third] {
        assert_eq!(hall.somebody_comes(&ticket).await, "site");
    }
    hall.walk_in().await;
    hall.until_all_counted(&there, 5).await;
}
