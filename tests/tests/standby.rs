//! A standby follows its site server: it has every record and key, records nothing itself, and an
//! answer waits for it only as long as it keeps up.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::path::Path;
use std::time::Duration;

use anyhow::Result;
use end_to_end::demo::fill_fair;
use end_to_end::http::Http;
use end_to_end::journey::{material, seekers};
use end_to_end::relay::{Mode, Relay};
use end_to_end::site::{Site, sign_in};
use end_to_end::wait;
use reqwest::Method;
use serde_json::{Value, json};

/// How long the standby may take to have everything.
const FOLLOWS_BOUND: Duration = Duration::from_secs(60);
const LOGIN: &str = "organiser";
const PASSWORD: &str = "a password of the standby test";

/// A site server with an open fair, and its standby behind a line that can be cut.
struct Pair {
    site: Site,
    organiser: Http,
    standby: Site,
    line: Relay,
}

impl Pair {
    async fn start(directory: &Path) -> Self {
        let site = Site::start(&directory.join("site"), "127.0.0.1:0", &[]).await.unwrap();
        let organiser = site.set_up(LOGIN, PASSWORD).await.unwrap();
        fill_fair(&organiser, material::small_workbook().unwrap()).await.unwrap();
        let made = organiser.post("/api/v1/standby", &json!({})).await.unwrap();
        let made: Value = made.document().unwrap();
        let code = made["code"].as_str().unwrap();
        let line = Relay::open("127.0.0.1:1").await.unwrap();
        let (url, reached_at) = (site.process.url().to_owned(), line.url());
        let follow = ["--follow", &url, "--code", code, "--reached-at", &reached_at];
        let data = directory.join("standby");
        let standby = Site::start(&data, "127.0.0.1:0", &follow).await.unwrap();
        line.point_at(standby.process.host_port());
        let pair = Self { site, organiser, standby, line };
        pair.until(|state| state["keeps_up"] == true).await;
        pair
    }

    async fn state(&self) -> Result<Value> {
        self.organiser.get("/api/v1/standby").await?.document()
    }

    async fn until(&self, is: impl Fn(&Value) -> bool) {
        let reached = wait::until_true("the standby's state", FOLLOWS_BOUND, async || {
            Ok(is(&self.state().await?))
        });
        reached.await.unwrap();
    }

    async fn somebody_comes(&self) {
        let ticket = seekers::register(&self.organiser, &seekers::a_seeker()).await.unwrap();
        let came = seekers::check_in(&self.organiser, &ticket.ticket).await.unwrap();
        assert_eq!(came.verdict, "welcome");
    }
}

async fn persons(staff: &Http) -> u64 {
    let overview: Value = staff.get("/api/v1/overview").await.unwrap().document().unwrap();
    overview["persons_today"].as_u64().unwrap()
}

#[tokio::test]
async fn a_standby_has_everything_and_records_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut pair = Pair::start(directory.path()).await;
    let http = pair.standby.http().unwrap();
    // Its people are those of the site server: their accounts and passwords came with the keys.
    let there = sign_in(&http, LOGIN, PASSWORD).await.unwrap();
    for came in 1..=5 {
        pair.somebody_comes().await;
        // The answer came after the standby had the record durably.
        assert!(pair.state().await.unwrap()["keeps_up"] == true, "it fell behind");
        assert_eq!(persons(&there).await, came);
    }
    let state: Value = there.get("/api/v1/standby").await.unwrap().document().unwrap();
    assert_eq!(state["follows"].as_str(), Some(pair.site.process.url()));
    let refused = http.post("/api/v1/seekers", &seekers::a_seeker()).await.unwrap();
    assert_eq!((refused.status, refused.code().as_deref()), (409, Some("site_follows")));
    let page = there.get("/organiser").await.unwrap().success().unwrap().text();
    assert!(page.contains(pair.site.process.url()), "{page}");

    // It goes on following after a start of either.
    pair.standby.process.restart().await.unwrap();
    pair.line.point_at(pair.standby.process.host_port());
    pair.until(|state| state["keeps_up"] == true && state["waiting"] == 0).await;
    assert_eq!(persons(&there.at(pair.standby.process.url())).await, 5);

    // What is erased at the site server is erased at the standby.
    let told = seekers::register(&pair.organiser, &seekers::a_seeker()).await.unwrap();
    let erased = json!({ "ticket": told.ticket }).to_string().into_bytes();
    let body = Some(("application/json", erased));
    let answer = pair.organiser.send(Method::DELETE, "/api/v1/seekers", body).await.unwrap();
    answer.success().unwrap();
    pair.until(|state| state["keeps_up"] == true && state["waiting"] == 0).await;
    pair.site.process.stop().await.unwrap();
    pair.standby.process.stop().await.unwrap();
    let keys = |data: &Path| {
        let (store, _) = site::open(data).unwrap();
        store.keys().count()
    };
    assert_eq!(keys(&pair.site.data), keys(&pair.standby.data));
}

#[tokio::test]
async fn a_line_that_is_cut_holds_up_one_answer_and_is_told() {
    let directory = tempfile::tempdir().unwrap();
    let pair = Pair::start(directory.path()).await;
    let there = sign_in(&pair.standby.http().unwrap(), LOGIN, PASSWORD).await.unwrap();
    for mode in [Mode::Silent, Mode::Closed] {
        pair.line.set(mode);
        pair.somebody_comes().await;
        pair.until(|state| state["keeps_up"] == false).await;
        let state = pair.state().await.unwrap();
        assert!(state["behind_since_ms"].as_u64().is_some(), "{state}");
        pair.somebody_comes().await;
        let page = pair.organiser.get("/organiser/standby").await.unwrap();
        assert_eq!(page.status, 200);
        pair.line.set(Mode::Forward);
        pair.until(|state| state["keeps_up"] == true && state["waiting"] == 0).await;
        assert!(pair.state().await.unwrap()["behind_since_ms"].is_null());
    }
    assert_eq!(persons(&there).await, 4);
}
