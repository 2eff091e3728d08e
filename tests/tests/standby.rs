//! A standby follows its site server: it has every record and key, records nothing itself, and an
//! answer waits for it only as long as it keeps up.

#![expect(
    clippy::unwrap_used,
    clippy::indexing_slicing,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::path::Path;

use end_to_end::http::Http;
use end_to_end::journey::seekers;
use end_to_end::pair::Pair;
use end_to_end::relay::Mode;
use reqwest::Method;
use serde_json::{Value, json};

async fn persons(staff: &Http) -> u64 {
    let overview: Value = staff.get("/api/v1/overview").await.unwrap().document().unwrap();
    overview["persons_today"].as_u64().unwrap()
}

#[tokio::test]
async fn a_standby_has_everything_and_records_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let mut pair = Pair::start(directory.path()).await.unwrap();
    let http = pair.standby.http().unwrap();
    // Its people are those of the site server: their accounts and passwords came with the keys.
    let there = pair.at_standby().await.unwrap();
    for came in 1..=5 {
        pair.somebody_comes().await.unwrap();
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
    pair.until(|state| state["keeps_up"] == true && state["waiting"] == 0).await.unwrap();
    assert_eq!(persons(&there.at(pair.standby.process.url())).await, 5);

    // What is erased at the site server is erased at the standby.
    let told = seekers::register(&pair.organiser, &seekers::a_seeker()).await.unwrap();
    let erased = json!({ "ticket": told.ticket }).to_string().into_bytes();
    let body = Some(("application/json", erased));
    let answer = pair.organiser.send(Method::DELETE, "/api/v1/seekers", body).await.unwrap();
    answer.success().unwrap();
    pair.until(|state| state["keeps_up"] == true && state["waiting"] == 0).await.unwrap();
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
    let pair = Pair::start(directory.path()).await.unwrap();
    let there = pair.at_standby().await.unwrap();
    for mode in [Mode::Silent, Mode::Closed] {
        pair.line.set(mode);
        pair.somebody_comes().await.unwrap();
        pair.until(|state| state["keeps_up"] == false).await.unwrap();
        let state = pair.state().await.unwrap();
        assert!(state["behind_since_ms"].as_u64().is_some(), "{state}");
        pair.somebody_comes().await.unwrap();
        let page = pair.organiser.get("/organiser/standby").await.unwrap();
        assert_eq!(page.status, 200);
        pair.line.set(Mode::Forward);
        pair.until(|state| state["keeps_up"] == true && state["waiting"] == 0).await.unwrap();
        assert!(pair.state().await.unwrap()["behind_since_ms"].is_null());
    }
    assert_eq!(persons(&there).await, 4);
}
