//! The kiosk as people meet it: a real browser, a camera that sees a real ticket, a real site.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use domain::ids::ShortNumber;
use domain::number::LAST_SERIAL;
use end_to_end::browser::{Browser, KIOSK, fake_camera, write_y4m};
use end_to_end::demo::fill_fair;
use end_to_end::journey::{Addresses, Nodes, Reach, fair, material, seekers, station};
use end_to_end::relay::Mode;
use end_to_end::wait;
use fantoccini::Locator;
use image::{GrayImage, Luma, imageops};

/// Longer than any result stands.
const RESULT_BOUND: Duration = Duration::from_secs(40);
/// How long a scan may take on a busy machine.
const SCAN_BOUND: Duration = Duration::from_secs(15);
/// A camera's picture.
const WIDTH_PX: u32 = 1280;
const HEIGHT_PX: u32 = 720;

/// An open fair with a kiosk that is ready.
async fn nodes(directory: &std::path::Path) -> Nodes {
    let mut nodes = Nodes::start(directory, &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::workbook().unwrap()).await.unwrap();
    nodes.enrol_kiosk(Reach::Relay, "127.0.0.1:0").await.unwrap();
    station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
    nodes
}

/// A fresh ticket as its holder shows it.
async fn ticket_picture(nodes: &Nodes) -> GrayImage {
    let anybody = nodes.site.http().unwrap();
    let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
    let png = seekers::ticket_png(&anybody, &ticket).await.unwrap();
    let picture = image::load_from_memory(&png).unwrap().to_luma8();
    imageops::resize(&picture, 480, 480, imageops::FilterType::Triangle)
}

#[tokio::test]
async fn a_ticket_before_the_camera_goes_from_idle_to_idle() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = nodes(&directory.path().join("fair")).await;
    let empty = GrayImage::from_pixel(WIDTH_PX, HEIGHT_PX, Luma([120]));
    let mut held_up = empty.clone();
    imageops::overlay(&mut held_up, &ticket_picture(&nodes).await, 400, 120);
    // Three seconds of nothing, four of the ticket, then nothing for longer than the test lasts.
    let film = directory.path().join("film.y4m");
    let pictures = [vec![&empty; 6], vec![&held_up; 8], vec![&empty; 100]].concat();
    write_y4m(&film, &pictures, 2).unwrap();

    let browser = Browser::start(&fake_camera(&film)).await.unwrap();
    browser.note_screens().await.unwrap();
    browser.open(nodes.kiosk().unwrap().process.url()).await.unwrap();
    let seen = wait::until("idle again", RESULT_BOUND, async || {
        let screens = browser.screens().await?;
        Ok((screens.len() > 1 && screens.last().is_some_and(|last| last == "idle"))
            .then_some(screens))
    });
    assert_eq!(seen.await.unwrap(), ["idle", "verdict welcome", "route", "idle"]);
    assert_eq!(browser.console_errors().await.unwrap(), Vec::<String>::new());
}

#[tokio::test]
async fn one_scan_has_one_verdict_however_late_the_site_answers() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = nodes(directory.path()).await;
    let browser = Browser::start(&[]).await.unwrap();
    browser.canvas_camera().await.unwrap();
    browser.note_screens().await.unwrap();
    browser.open(nodes.kiosk().unwrap().process.url()).await.unwrap();
    for late_ms in [0, 150, 250, 5_000] {
        let picture = ticket_picture(&nodes).await;
        station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
        nodes.relay.set(Mode::SlowAnswers(Duration::from_millis(late_ms)));
        browser.forget_screens().await.unwrap();
        wait::until_true("the camera", SCAN_BOUND, async || {
            browser.hold_up(&picture).await.map(|()| true)
        })
        .await
        .unwrap();
        wait::until_true("a verdict", SCAN_BOUND, async || {
            Ok(browser.screens().await?.iter().any(|screen| screen.starts_with("verdict")))
        })
        .await
        .unwrap_or_else(|error| panic!("{late_ms} ms: {error:#}"));
        browser.take_away().await.unwrap();
        // The result stands longer than the latest answer takes: had that changed anything, it
        // would be among the screens.
        wait::until_true("idle again", RESULT_BOUND, async || {
            Ok(browser.screens().await?.last().is_some_and(|last| last == "idle"))
        })
        .await
        .unwrap();
        let screens = browser.screens().await.unwrap();
        assert_eq!(screens, ["verdict welcome", "route", "idle"], "{late_ms} ms");
        nodes.relay.set(Mode::Forward);
    }
    station::until_handed_over(nodes.kiosk().unwrap()).await.unwrap();
    let counted = end_to_end::journey::Figures::of_site(&nodes.organiser).await.unwrap();
    assert_eq!((counted.persons, counted.entries, counted.conflicts), (4, 4, 0));
}

#[tokio::test]
async fn every_page_of_the_kiosk_is_for_everybody() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = nodes(directory.path()).await;
    let kiosk = nodes.kiosk().unwrap();
    let url = kiosk.process.url();
    let browser = Browser::start(&[]).await.unwrap();
    let mut breaches = Vec::new();
    for path in ["/", "/walk-in", "/jobs", "/help", "/status", "/setup"] {
        let name = format!("kiosk{}", path.replace('/', "-"));
        let found = browser.inspect(&name, &format!("{url}{path}"), KIOSK).await.unwrap();
        breaches.extend(found);
    }
    browser.hold_still().await.unwrap();
    for name in ["welcome", "already", "not_genuine", "ask"] {
        breaches.extend(inspect_result(&browser, &nodes, name).await);
    }
    breaches.extend(inspect_route(&browser, &nodes).await);
    breaches.extend(inspect_walk_in(&browser, url).await);
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
}

#[tokio::test]
async fn a_ticket_for_another_day_is_told_its_days() {
    let directory = tempfile::tempdir().unwrap();
    let mut nodes = Nodes::start(directory.path(), &Addresses::free()).await.unwrap();
    let later = fair::today().unwrap().plus(7);
    fair::plan_from(&nodes.organiser, later).await.unwrap();
    fair::import(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    fair::open(&nodes.organiser).await.unwrap();
    nodes.enrol_kiosk(Reach::Direct, "127.0.0.1:0").await.unwrap();
    station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
    let browser = Browser::start(&[]).await.unwrap();
    browser.hold_still().await.unwrap();
    let breaches = inspect_result(&browser, &nodes, "other_day").await;
    assert!(breaches.is_empty(), "{} breaches:\n{}", breaches.len(), breaches.join("\n"));
    let shown = browser.run("return document.body.innerText", vec![]).await.unwrap();
    let day = later.to_string();
    assert!(shown.as_str().unwrap().contains(&day), "{day} is not in {shown}");
}

/// Languages and type sizes of the kiosk's pages.
const LOOKS: [&str; 4] =
    ["lang=zh&type=normal", "lang=zh&type=large", "lang=en&type=normal", "lang=en&type=large"];

fn picture_name(of: &str, look: &str) -> String {
    format!("kiosk-{of}-{}", look.replace("&type=", "-").replace("lang=", ""))
}

/// A kind of result, shown anew for each language and type size.
async fn inspect_result(browser: &Browser, nodes: &Nodes, name: &str) -> Vec<String> {
    let kiosk = nodes.kiosk().unwrap();
    let mut breaches = Vec::new();
    for look in LOOKS {
        scan(nodes, name).await;
        browser.open(&format!("{}/result?{look}", kiosk.process.url())).await.unwrap();
        browser.until("the result", SCAN_BOUND, "document.body.dataset.verdict").await.unwrap();
        let picture = picture_name(&format!("result-{name}"), look);
        breaches.extend(browser.inspect_look(&picture, KIOSK).await.unwrap());
    }
    breaches.extend(browser.by_keyboard().await.unwrap());
    breaches
}

/// Shows the kiosk what leads to this kind of result.
async fn scan(nodes: &Nodes, name: &str) {
    let kiosk = nodes.kiosk().unwrap();
    // Something else in between, or it would be the same scan.
    let other = "HTTP://ELSEWHERE.EXAMPLE/T/ABC";
    let scans = match name {
        "not_genuine" => vec!["HTTP://ELSEWHERE.EXAMPLE/T/DEF".to_owned(), other.to_owned()],
        "ask" => vec![other.to_owned()],
        _ => {
            let anybody = nodes.site.http().unwrap();
            let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
            match name {
                "already" => vec![ticket.ticket_url.clone(), other.to_owned(), ticket.ticket_url],
                _ => vec![ticket.ticket_url],
            }
        }
    };
    let mut seen = String::new();
    for text in scans {
        seen = kiosk.scan(&text).await.unwrap().verdict;
    }
    if name == "ask" {
        let unknown = ShortNumber::of_serial(LAST_SERIAL).unwrap().grouped();
        seen = kiosk.type_number(&unknown).await.unwrap().verdict;
    }
    assert_eq!(seen, name);
}

async fn inspect_route(browser: &Browser, nodes: &Nodes) -> Vec<String> {
    let mut breaches = Vec::new();
    for look in LOOKS {
        scan(nodes, "welcome").await;
        let url = nodes.kiosk().unwrap().process.url();
        browser.open(&format!("{url}/result/route?{look}")).await.unwrap();
        browser
            .until("the route", SCAN_BOUND, "document.body.dataset.screen === 'route'")
            .await
            .unwrap();
        breaches.extend(browser.inspect_look(&picture_name("route", look), KIOSK).await.unwrap());
    }
    breaches.extend(browser.by_keyboard().await.unwrap());
    breaches
}

/// The ticket that somebody without one gets, as its page shows it.
async fn inspect_walk_in(browser: &Browser, url: &str) -> Vec<String> {
    let mut breaches = Vec::new();
    for look in LOOKS {
        browser.open(&format!("{url}/walk-in?{look}")).await.unwrap();
        let skip = Locator::Css("button[name=form_of_address][value=none]");
        browser.client.find(skip).await.unwrap().click().await.unwrap();
        browser
            .until("the ticket", SCAN_BOUND, "document.body.dataset.screen === 'ticket'")
            .await
            .unwrap();
        breaches.extend(browser.inspect_look(&picture_name("ticket", look), KIOSK).await.unwrap());
    }
    breaches.extend(browser.by_keyboard().await.unwrap());
    breaches
}
