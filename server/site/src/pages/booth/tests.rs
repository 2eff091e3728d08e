//! The booth's page over a real store.

use domain::event::TalkOutcome;
use warp::http::header::LOCATION;
use web::StatusCode;
use web::testing::{get, post};

use crate::pages::staff::testing::{Given, SEWING, opened};

#[tokio::test]
async fn the_page_is_for_booths_alone() {
    let given = opened().await;
    assert_eq!(get("/booth").send(&given.app).await.status, 401);
    for other in [&given.organiser, &given.volunteer] {
        assert_eq!(given.get(other, "/booth").await.status, StatusCode::FORBIDDEN);
    }
    let unproved = post("/booth").cookie(&given.booth.cookie).form(&[("shown", "123456")]);
    assert!(unproved.send(&given.app).await.status.is_client_error());
    given.speaks_both(&given.booth, &["/booth", "/booth?saved=talk"]).await;
    let page = given.get(&given.booth, "/booth").await.text();
    assert!(page.contains("锦绣服装") && page.contains("缝纫工"), "{page}");
    assert!(!page.contains("海风餐饮"), "another booth is shown");
}

#[tokio::test]
async fn the_card_shows_what_a_booth_may_know() {
    let given = opened().await;
    let seeker = given.seeker().await;
    for shown in [seeker.ticket_url.as_str(), &seeker.number_grouped] {
        let got = given.send(&given.booth, "/booth", &[("shown", shown)]).await;
        let page = got.text();
        assert_eq!(got.status, StatusCode::OK, "{page}");
        for expected in ["司女士", &seeker.number_grouped, "缝纫"] {
            assert!(page.contains(expected), "{expected} in {page}");
        }
        for secret in ["13800138000", "司马小红", &seeker.ticket] {
            assert!(!page.contains(secret), "the card shows {secret}");
        }
        assert_eq!(page.matches("name=\"outcome\"").count(), 5, "one tap each");
    }
    let unknown = given.send(&given.booth, "/booth", &[("shown", "123")]).await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
    assert!(unknown.text().contains("没有查到这张入场码"), "{}", unknown.text());
    let nothing = given.send(&given.booth, "/booth", &[]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
}

#[tokio::test]
async fn an_outcome_is_one_tap_and_recorded_again_to_set_it_right() {
    let given = opened().await;
    let number = given.seeker().await.number_grouped;
    let posting = SEWING.to_string();
    let fields =
        |outcome| [("shown", number.as_str()), ("posting", posting.as_str()), ("outcome", outcome)];
    let done = given.send(&given.booth, "/booth", &fields("intention")).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    assert!(!done.header(LOCATION).contains(&number), "an address names a seeker");
    let page = given.get(&given.booth, done.header(LOCATION)).await.text();
    assert!(page.contains("已登记：有意向") && page.contains("今天的洽谈：1"), "{page}");
    assert!(!page.contains("13800138000") && !page.contains("司马小红"));
    let card = given.send(&given.booth, "/booth", &[("shown", &number)]).await.text();
    assert!(card.contains("之前登记的是“有意向”") && card.contains("selected"), "{card}");
    given.send(&given.booth, "/booth", &fields("none")).await;
    assert_eq!(recorded(&given), [TalkOutcome::None], "set right, not added");
    let odd = given.send(&given.booth, "/booth", &fields("married")).await;
    assert_eq!(odd.status, StatusCode::UNPROCESSABLE_ENTITY);
    let foreign = domain::ids::PostingId([2; 8]).to_string();
    let wrong = [("shown", number.as_str()), ("posting", foreign.as_str()), ("outcome", "talk")];
    let wrong = given.send(&given.booth, "/booth", &wrong).await;
    assert!(wrong.text().contains("这个展位没有这个岗位"), "{}", wrong.text());
    assert_eq!(recorded(&given), [TalkOutcome::None]);
}

fn recorded(given: &Given) -> Vec<TalkOutcome> {
    given.site.fair(|fair| fair.ledger().talks().map(|talk| talk.recorded.outcome).collect())
}
