//! The station by its own port, in process.

use std::io::Cursor;
use std::sync::Arc;

use domain::ids::{NodeId, ShortNumber};
use domain::verdict::Stage;
use serde_json::{Value, json};
use sync::enrol::{Code, Invitation};
use warp::http::header::{CONTENT_TYPE, ORIGIN};
use web::StatusCode;
use web::testing::{Got, get, post};

use super::app;
use crate::decode::Grey;
use crate::scenes::Scene;
use crate::station::Station;
use crate::testing::{Hall, address, ticket};

fn frame(text: &str) -> Grey {
    Scene { width: 320, height: 320, module_px: 5.0, ..Scene::default() }.draw(text, 1)
}

fn png(grey: &Grey) -> Vec<u8> {
    let picture =
        image::GrayImage::from_raw(grey.width(), grey.height(), grey.pixels().to_vec()).unwrap();
    let mut bytes = Vec::new();
    picture.write_to(&mut Cursor::new(&mut bytes), image::ImageFormat::Png).unwrap();
    bytes
}

async fn send_frame(hall: &Hall, grey: &Grey) -> Got {
    let path = format!("/scan?width={}&height={}", grey.width(), grey.height());
    let pixels = grey.pixels().to_vec();
    post(&path)
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(pixels)
        .send(&app(&hall.kiosk))
        .await
}

#[tokio::test]
async fn a_new_station_asks_where_it_belongs_and_then_invites() {
    let hall = Hall::strangers();
    let app = app(&hall.kiosk);
    let page = get("/").send(&app).await;
    assert!(page.text().contains("data-screen=\"setup\""));
    let empty = post("/setup").form(&[("site", ""), ("code", "")]).send(&app).await;
    assert!(empty.text().contains("请填写地址和代码"));
    let wrong = [("site", hall.site.url()), ("code", "00000-00000".to_owned())];
    let wrong: Vec<_> = wrong.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let refused = post("/setup?lang=en").form(&wrong).send(&app).await;
    assert!(refused.text().contains("The code is wrong"), "{}", refused.text());
    hall.site.tell(crate::testing::settings(Stage::Open), Vec::new());
    let body = json!({ "site": hall.site.url(), "code": hall.site.code() });
    let enrolled = post("/api/v1/enrolments").json(&body).send(&app).await;
    assert_eq!(enrolled.status, StatusCode::CREATED);
    let again = post("/api/v1/enrolments").json(&body).send(&app).await;
    assert_eq!(again.code(), "station_enrolled_already");
    hall.until(|station| station.settings(|known| known.is_some())).await;
    let home = get("/").send(&app).await.text();
    assert!(home.contains("data-screen=\"idle\"") && home.contains("请把入场码对准镜头"));
}

/// A QR code before the camera enrols; one that is of no use says why, and is tried once.
#[tokio::test]
async fn a_code_that_invites_enrols_a_new_station() {
    let hall = Hall::strangers();
    let app = app(&hall.kiosk);
    let good = hall.site.invitation();
    let text = good.text();
    let gone = |got: &Got| {
        let go = got.headers.get("kiosk-go").map(|go| go.to_str().unwrap().to_owned());
        (got.status, go)
    };
    let nothing = (StatusCode::NO_CONTENT, None);
    let to = |path: &str| (StatusCode::NO_CONTENT, Some(path.to_owned()));
    let refused = [
        (address(&ticket(1)), "/setup?sorry=no_code"),
        (text.get(..40).unwrap().to_owned(), "/setup?sorry=not_whole"),
        (Invitation { issuer: NodeId([1; 16]), ..good.clone() }.text(), "/setup?sorry=other"),
        (Invitation { code: Code::from_random([9; 10]), ..good }.text(), "/setup?sorry=refused"),
    ];
    for (text, path) in refused {
        assert_eq!(gone(&send_frame(&hall, &frame(&text)).await), to(path));
        assert_eq!(gone(&send_frame(&hall, &frame(&text)).await), nothing, "still held up");
        let page = get(path).send(&app).await.text();
        assert!(page.contains("role=\"alert\""), "{path}");
    }
    assert_eq!(gone(&post("/scan/line").body(text).send(&app).await), to("/"));
    assert!(hall.kiosk.station.is_enrolled());
    let again = post("/api/v1/enrolments").json(&json!({ "code": "SPRINGBREEZE-1" }));
    assert_eq!(again.send(&app).await.code(), "station_not_enrolled");
}

/// Frame after frame of the same code is one scan with one verdict.
#[tokio::test]
async fn a_code_held_before_the_camera_is_one_verdict() {
    let hall = Hall::open().await;
    let grey = frame(&address(&ticket(1)));
    let first = send_frame(&hall, &grey).await;
    assert_eq!(first.status, StatusCode::OK);
    let page = first.text();
    assert!(page.contains("data-verdict=\"welcome\"") && page.contains("data-scan=\"1\""));
    assert!(page.contains("data-next=\"/result/route\"") && page.contains("A12"));
    for _ in 0..3 {
        assert_eq!(send_frame(&hall, &grey).await.status, StatusCode::NO_CONTENT);
    }
    let route = get("/result/route").send(&app(&hall.kiosk)).await.text();
    assert!(route.contains("data-screen=\"route\"") && route.contains("操作工"));
    let next = send_frame(&hall, &frame(&address(&ticket(2)))).await.text();
    assert!(next.contains("data-scan=\"2\""), "the next person's code takes the screen");
    let done = post("/result/done").send(&app(&hall.kiosk)).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(get("/result").send(&app(&hall.kiosk)).await.status, StatusCode::SEE_OTHER);
}

#[tokio::test]
async fn a_frame_without_a_code_may_bring_a_hint() {
    let hall = Hall::open().await;
    let dark = Grey::from_raw(100, 100, vec![2; 10_000]).unwrap();
    let answer = send_frame(&hall, &dark).await;
    assert_eq!(answer.status, StatusCode::NO_CONTENT);
    assert_eq!(answer.headers.get("kiosk-hint").unwrap(), "brighter");
    let app = app(&hall.kiosk);
    let short = post("/scan?width=100&height=100")
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(vec![0; 9]);
    assert!(short.send(&app).await.text().contains("这张图片读不了"));
    let unsaid = post("/scan")
        .header(CONTENT_TYPE, "application/octet-stream")
        .body(vec![0; 9])
        .send(&app)
        .await;
    assert_eq!(unsaid.status, StatusCode::BAD_REQUEST);
}

#[tokio::test]
async fn a_hand_scanner_and_the_keypad_lead_to_the_same_page() {
    let hall = Hall::open().await;
    let app = app(&hall.kiosk);
    let line = format!("{}\r", address(&ticket(3)));
    let scanned = post("/scan/line")
        .header(CONTENT_TYPE, "text/plain")
        .body(line.into_bytes())
        .send(&app)
        .await;
    assert!(scanned.text().contains("data-verdict=\"welcome\""));
    let typed = post("/number").form(&[("number", "12"), ("key", "3")]).send(&app).await;
    assert!(typed.text().contains("value=\"123\""), "a key works without script");
    let deleted = post("/number").form(&[("number", "12"), ("key", "delete")]).send(&app).await;
    assert!(deleted.text().contains("value=\"1\""));
    let wrong = post("/number").form(&[("number", "123456"), ("key", "ok")]).send(&app).await;
    assert!(wrong.text().contains("data-screen=\"idle\"") && wrong.text().contains("wrong"));
    let number = ShortNumber::of_serial(77_777).unwrap().grouped();
    let unknown = post("/number").form(&[("number", &number), ("key", "ok")]).send(&app).await;
    assert_eq!(unknown.headers.get("location").unwrap(), "/result");
    let page = get("/result").send(&app).await.text();
    assert!(page.contains("data-verdict=\"ask\"") && page.contains("没有查到这个号码"));
    let text = address(&ticket(4));
    let into_field = post("/number").form(&[("number", &text)]).send(&app).await;
    assert_eq!(into_field.status, StatusCode::SEE_OTHER);
    assert!(get("/result").send(&app).await.text().contains("data-verdict=\"welcome\""));
}

#[tokio::test]
async fn a_walk_in_has_a_ticket_after_two_forms() {
    let hall = Hall::open().await;
    let app = app(&hall.kiosk);
    assert!(get("/walk-in").send(&app).await.text().contains("怎么称呼您"));
    let given = post("/walk-in?lang=en").form(&[("form_of_address", "ms")]).send(&app).await;
    assert_eq!(given.headers.get("location").unwrap(), "/result?lang=en");
    let page = get("/result?lang=en").send(&app).await.text();
    assert!(page.contains("data-screen=\"ticket\"") && page.contains("<svg"));
    assert!(page.contains(&ShortNumber::of_serial(20_000).unwrap().grouped()));
    let odd = post("/walk-in").form(&[("form_of_address", "dr")]).send(&app).await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    post("/walk-in").form(&[("form_of_address", "none")]).send(&app).await;
    let none = post("/walk-in").form(&[("form_of_address", "none")]).send(&app).await;
    assert!(none.text().contains("本机的号码用完了"));
}

/// The phone that photographs the ticket shows it to the camera: that is no scan.
#[tokio::test]
async fn a_photographed_ticket_does_not_scan_itself() {
    let hall = Hall::open().await;
    post("/walk-in").form(&[("form_of_address", "mr")]).send(&app(&hall.kiosk)).await;
    let address = hall.kiosk.shown(|_, shown| shown.ticket.clone().unwrap().address).unwrap();
    assert_eq!(send_frame(&hall, &frame(&address)).await.status, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn programs_scan_walk_in_and_ask() {
    let hall = Hall::open().await;
    let app = app(&hall.kiosk);
    let picture = png(&frame(&address(&ticket(5))));
    let found = post("/api/v1/frames")
        .header(CONTENT_TYPE, "image/png")
        .body(picture.clone())
        .send(&app)
        .await;
    let found: Value = found.json();
    assert_eq!((&found["verdict"], &found["found"]), (&json!("welcome"), &json!(true)));
    assert_eq!(found["decided_by"], "site");
    assert_eq!(found["route"][0]["booth"], "A12");
    let again: Value = post("/api/v1/scans")
        .header(CONTENT_TYPE, "image/png")
        .body(picture)
        .send(&app)
        .await
        .json();
    assert_eq!(
        (&again["verdict"], &again["code"]),
        (&json!("already"), &json!("already_checked_in"))
    );
    assert!(again["at"].as_str().is_some_and(|at| at.len() == 5));
    let screen = get("/result").send(&app).await.text();
    assert!(screen.contains("data-verdict=\"already\""), "the screen shows it, too");
    let text = json!({ "text": address(&ticket(6)) });
    let by_text: Value = post("/api/v1/scans").json(&text).send(&app).await.json();
    assert_eq!(by_text["verdict"], "welcome");
    let guest = post("/api/v1/walk-ins").json(&json!({ "form_of_address": "ms" }));
    let guest = guest.send(&app).await;
    assert_eq!(guest.status, StatusCode::CREATED);
    let guest: Value = guest.json();
    let number = json!({ "number": guest["number"] });
    let by_number: Value = post("/api/v1/numbers").json(&number).send(&app).await.json();
    assert_eq!(by_number["reference"], guest["reference"]);
    let blank = png(&Grey::from_raw(200, 200, vec![250; 40_000]).unwrap());
    let nothing: Value = post("/api/v1/frames")
        .header(CONTENT_TYPE, "image/png")
        .body(blank)
        .send(&app)
        .await
        .json();
    assert_eq!(nothing, json!({ "found": false, "hint": null }));
    hall.until(|station| station.status().all_delivered).await;
    let status: Value = get("/api/v1/status").send(&app).await.json();
    assert_eq!(status["link"], "online");
    assert_eq!(status["stored_here"], status["at_site"]);
    assert_eq!((&status["enrolled"], &status["waiting"]), (&json!(true), &json!(0)));
}

#[tokio::test]
async fn odd_requests_get_a_reason() {
    let hall = Hall::open().await;
    let app = app(&hall.kiosk);
    let wrong = post("/api/v1/numbers").json(&json!({ "number": 123_456 })).send(&app).await;
    assert_eq!(
        (wrong.status, wrong.code().as_str()),
        (StatusCode::UNPROCESSABLE_ENTITY, "number_wrong")
    );
    let both = json!({ "text": "a", "number": 1 });
    assert_eq!(post("/api/v1/scans").json(&both).send(&app).await.status, StatusCode::BAD_REQUEST);
    let junk = post("/api/v1/frames")
        .header(CONTENT_TYPE, "image/png")
        .body(b"junk".to_vec())
        .send(&app)
        .await;
    assert_eq!(junk.code(), "picture_bad");
    let foreign = post("/result/done").header(ORIGIN, "http://elsewhere.example");
    assert_eq!(foreign.send(&app).await.status, StatusCode::FORBIDDEN);
    assert_eq!(get("/healthz").send(&app).await.status, StatusCode::OK);
    assert_eq!(get("/readyz").send(&app).await.status, StatusCode::OK);
    assert_eq!(get("/nowhere").send(&app).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn pages_of_an_island_say_so_and_are_kept_nowhere() {
    let hall = Hall::open().await;
    let before = get("/pulse").send(&app(&hall.kiosk)).await.text();
    hall.site.go_away();
    hall.until(Station::is_island).await;
    let page = get("/").send(&app(&hall.kiosk)).await;
    assert!(page.text().contains("断网照常签到"));
    assert_eq!(page.headers.get("cache-control").unwrap(), "no-store");
    assert!(
        page.headers.get("permissions-policy").unwrap().to_str().unwrap().contains("camera=(self)")
    );
    assert_ne!(get("/pulse").send(&app(&hall.kiosk)).await.text(), before);
    for path in ["/help", "/status", "/jobs", "/jobs?page=99", "/jobs?page=x", "/walk-in"] {
        assert_eq!(get(path).send(&app(&hall.kiosk)).await.status, StatusCode::OK, "{path}");
    }
    assert_eq!(Arc::strong_count(&hall.kiosk), 1, "no request holds on to the kiosk");
}
