//! Enrolling by QR code: a kiosk without a network address typed anywhere, and a site at headquarters.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::path::Path;
use std::time::Duration;

use domain::ids::NodeId;
use end_to_end::browser::{Browser, KIOSK};
use end_to_end::demo::fill_fair;
use end_to_end::http::Http;
use end_to_end::journey::{Addresses, Nodes, material, station};
use end_to_end::kiosk::{Enrolment, Kiosk};
use end_to_end::wait;
use image::{GrayImage, Luma};
use qrcode::{Color, EcLevel, QrCode};
use serde_json::{Value, json};
use sync::enrol::Invitation;

const SCAN_BOUND: Duration = Duration::from_secs(20);
const MODULE_PX: usize = 8;
const QUIET_MODULES: usize = 4;

async fn open_fair(directory: &Path) -> Nodes {
    let nodes = Nodes::start(directory, &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    nodes
}

async fn invitation(by: &Http, role: &str) -> String {
    let asked = json!({ "role": role, "name": "西门2号机" });
    let given: Value =
        by.post("/api/v1/enrolment-codes", &asked).await.unwrap().document().unwrap();
    given.get("invitation").and_then(Value::as_str).unwrap().to_owned()
}

/// A kiosk that was told nothing.
async fn stranger(directory: &Path) -> Kiosk {
    let told = Enrolment { site_url: "http://127.0.0.1:9", code: None, name: "" };
    Kiosk::start(directory, "127.0.0.1:0", told).await.unwrap()
}

async fn accept(kiosk: &Kiosk, invitation: &str) -> (u16, String) {
    let answer = kiosk.http().post("/api/v1/enrolments", &json!({ "code": invitation })).await;
    let answer = answer.unwrap();
    (answer.status, answer.text())
}

fn picture(text: &str) -> GrayImage {
    let code = QrCode::with_error_correction_level(text, EcLevel::M).unwrap();
    let (colors, width) = (code.to_colors(), code.width());
    let side = u32::try_from((width + 2 * QUIET_MODULES) * MODULE_PX).unwrap();
    GrayImage::from_fn(side, side, |x, y| {
        let module =
            |px: u32| (usize::try_from(px).unwrap() / MODULE_PX).checked_sub(QUIET_MODULES);
        let inside = module(x).zip(module(y)).filter(|(x, y)| *x < width && *y < width);
        let dark = inside.and_then(|(x, y)| colors.get(y * width + x)) == Some(&Color::Dark);
        Luma([if dark { 0 } else { 255 }])
    })
}

#[tokio::test]
async fn a_qr_code_is_all_that_a_kiosk_and_a_site_need() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = open_fair(&directory.path().join("nodes")).await;
    let kiosk = stranger(&directory.path().join("first")).await;
    let text = invitation(&nodes.organiser, "kiosk").await;
    let meant: Invitation = text.parse().unwrap();
    let other = Invitation { issuer: NodeId([7; 16]), ..meant };
    let (status, problem) = accept(&kiosk, &other.text()).await;
    assert_eq!(status, 422, "{problem}");
    assert!(problem.contains("another server answers"), "{problem}");
    assert_eq!(accept(&kiosk, &text).await.0, 201, "the code was not used up by the wrong one");
    station::until_ready(&kiosk).await.unwrap();
    assert_eq!(kiosk.status().await.unwrap()["name"], "西门2号机");
    let second = stranger(&directory.path().join("second")).await;
    let (status, problem) = accept(&second, &text).await;
    assert_eq!(status, 422);
    assert!(problem.contains("the code is not known there, or was used"), "{problem}");

    let text = invitation(&nodes.clerk, "site").await;
    let meant: Invitation = text.parse().unwrap();
    let other = Invitation { issuer: NodeId([7; 16]), ..meant }.text();
    let link = async |code: &str| {
        let answer = nodes.organiser.post("/api/v1/headquarters", &json!({ "code": code })).await;
        answer.unwrap()
    };
    let refused = link(&other).await;
    assert!(refused.text().contains("another_server"), "{}", refused.text());
    assert!(link(&text[..30]).await.text().contains("bad_invitation"));
    assert_eq!(link(&text).await.status, 201);
}

#[tokio::test]
async fn a_code_held_up_to_a_new_kiosk_connects_it() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = open_fair(&directory.path().join("nodes")).await;
    let kiosk = stranger(&directory.path().join("kiosk")).await;
    let url = kiosk.process.url();
    let browser = Browser::start(&[]).await.unwrap();
    browser.canvas_camera().await.unwrap();
    let mut breaches = Vec::new();
    for (name, path) in [("pairing", "/setup"), ("pairing-other", "/setup?sorry=other")] {
        let found = browser.inspect(name, &format!("{url}{path}"), KIOSK).await.unwrap();
        breaches.extend(found);
    }
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));

    browser.open(&format!("{url}/?lang=en")).await.unwrap();
    let hold_up = async |text: &str| {
        let picture = picture(text);
        wait::until_true("the camera", SCAN_BOUND, async || {
            browser.hold_up(&picture).await.map(|()| true)
        })
        .await
        .unwrap();
    };
    hold_up("HTTP://ELSEWHERE.EXAMPLE/").await;
    let told = "document.body.innerText.includes('not a code that connects a kiosk')";
    browser.until("the sentence", SCAN_BOUND, told).await.unwrap();
    hold_up(&invitation(&nodes.organiser, "kiosk").await).await;
    let idle = "document.body.dataset.screen === 'idle'";
    browser.until("the start page", SCAN_BOUND, idle).await.unwrap();
    station::until_ready(&kiosk).await.unwrap();
    assert_eq!(browser.console_errors().await.unwrap(), Vec::<String>::new());
}
