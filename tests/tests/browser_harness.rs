//! The browser harness itself: it sees what is wrong, plays what a camera would see, and leaves
//! nothing behind.

use std::time::Duration;

use end_to_end::browser::{Browser, KIOSK, SIZES, fake_camera, write_y4m};
use end_to_end::pages::serve_page;
use image::{GrayImage, Luma};

const BOUND: Duration = Duration::from_secs(10);

/// A page with one mistake of each kind that the checker must not overlook.
const BAD_PAGE: &str = "<!doctype html><html lang=en><title>bad</title><main><h1>Bad</h1>\
    <button></button><img src='data:,'><p style='color:#aaa;background:#fff'>pale</p><p style='color:#707070;background:#fff'>half pale</p>\
    <a href='/a' style='display:inline-block;width:8px;height:8px;font-size:6px'>a</a>\
    <a href='/b' style='display:inline-block;width:8px;height:8px;font-size:6px'>b</a></main>\
    <p>outside</p><script>console.error('a mistake')</script>";

/// A page with a camera that says how bright the middle of its picture is.
const CAMERA_PAGE: &str = "<!doctype html><html lang=en><title>camera</title><video></video>\
    <script>const video = document.querySelector('video');\
    navigator.mediaDevices.getUserMedia({video: {width: 1280, height: 720}}).then(stream => {\
      video.srcObject = stream; return video.play(); }).then(() => setInterval(() => {\
      const canvas = document.createElement('canvas'); canvas.width = 3; canvas.height = 3;\
      const context = canvas.getContext('2d'); context.drawImage(video, 0, 0, 3, 3);\
      window.bright = context.getImageData(1, 1, 1, 1).data[0]; }, 50));</script>";

#[tokio::test]
async fn a_bad_page_is_seen_as_bad() {
    let url = serve_page(BAD_PAGE).await.unwrap();
    let browser = Browser::start(&[]).await.unwrap();
    browser.open(&url).await.unwrap();
    let violations = browser.axe(true).await.unwrap();
    let found: Vec<&str> = violations.iter().map(|violation| violation.id.as_str()).collect();
    for expected in [
        "button-name",
        "image-alt",
        "color-contrast",
        "region",
        "target-size",
        "color-contrast-enhanced",
    ] {
        assert!(found.contains(&expected), "{expected} not in {found:?}");
    }
    let breaches = browser.inspect_look("harness-bad", KIOSK).await.unwrap();
    let too_small = breaches.iter().any(|breach| breach.contains("px is less than 48"));
    assert!(too_small, "{breaches:?}");
    let errors = browser.console_errors().await.unwrap();
    assert!(errors.iter().any(|error| error.contains("a mistake")), "{errors:?}");
}

#[tokio::test]
async fn sizes_are_exact_and_nothing_is_left_running() {
    let url = serve_page(BAD_PAGE).await.unwrap();
    let browser = Browser::start(&[]).await.unwrap();
    browser.open(&url).await.unwrap();
    for size in SIZES {
        browser.resize(size).await.unwrap();
        let png = browser.picture("harness").await.unwrap();
        let picture = image::load_from_memory(&png).unwrap();
        assert_eq!((picture.width(), picture.height()), (size.width_px, size.height_px));
    }
    let profile = browser.profile().to_owned();
    assert!(processes_naming(&profile.display().to_string()) > 0);
    drop(browser);
    assert_eq!(processes_naming(&profile.display().to_string()), 0);
    assert!(!profile.exists());
}

fn processes_naming(text: &str) -> usize {
    let entries = std::fs::read_dir("/proc").expect("Linux has it").flatten();
    let named = |entry: &std::fs::DirEntry| {
        let command = std::fs::read(entry.path().join("cmdline")).unwrap_or_default();
        String::from_utf8_lossy(&command).contains(text)
    };
    entries.filter(named).count()
}

#[tokio::test]
async fn the_fake_camera_plays_a_film() {
    let directory = tempfile::tempdir().unwrap();
    let film = directory.path().join("film.y4m");
    let picture = GrayImage::from_pixel(1280, 720, Luma([200]));
    write_y4m(&film, &[&picture], 5).unwrap();
    let url = serve_page(CAMERA_PAGE).await.unwrap();
    let browser = Browser::start(&fake_camera(&film)).await.unwrap();
    browser.open(&url).await.unwrap();
    browser.until("the film's grey", BOUND, "Math.abs(window.bright - 200) < 30").await.unwrap();
}

#[tokio::test]
async fn the_canvas_camera_sees_what_is_held_up() {
    let url = serve_page(CAMERA_PAGE).await.unwrap();
    let browser = Browser::start(&[]).await.unwrap();
    browser.canvas_camera().await.unwrap();
    browser.open(&url).await.unwrap();
    browser.until("plain grey", BOUND, "Math.abs(window.bright - 128) < 20").await.unwrap();
    let white = GrayImage::from_pixel(700, 700, Luma([250]));
    browser.hold_up(&white).await.unwrap();
    browser.until("white", BOUND, "window.bright > 220").await.unwrap();
    browser.take_away().await.unwrap();
    browser.until("grey again", BOUND, "Math.abs(window.bright - 128) < 20").await.unwrap();
}
