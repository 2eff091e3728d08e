//! The public pages as a phone asks for them, over a real store.

use domain::fair::Fair;
use rxing::BarcodeFormat;
use rxing::helpers::detect_in_luma;
use warp::http::header::{CACHE_CONTROL, CONTENT_TYPE, HeaderName, LOCATION, ORIGIN};
use web::testing::{Got, get, post};
use web::{Door, StatusCode};

use super::given::{ADDRESS, Given, ORGANISER, empty, opened, rehearsed};
use crate::planning::open;

/// A ticket by the form on a phone; where its page is.
async fn registered(given: &Given, fields: &[(&str, &str)]) -> String {
    let got = post("/register").door(Door::Plain).form(fields).send(&given.app).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text());
    got.header(LOCATION).to_owned()
}

async fn seen(given: &Given, path: &str) -> Got {
    let got = get(path).door(Door::Plain).send(&given.app).await;
    assert_eq!(got.status, StatusCode::OK, "{path}: {}", got.text());
    got
}

#[tokio::test]
async fn before_a_fair_is_set_up_the_pages_say_so() {
    let given = empty().await;
    let home = seen(&given, "/").await.text();
    assert!(home.contains("href=\"/setup\"") && home.contains("href=\"/sign-in\""));
    assert!(seen(&given, "/hall").await.text().contains("招聘会还没有设置好"));
    assert!(!seen(&given, "/register").await.text().contains("<form"));
    let refused = post("/register").form(&[("guest", "1")]).send(&given.app).await;
    assert_eq!(refused.status, StatusCode::CONFLICT, "{}", refused.text());
}

#[tokio::test]
async fn a_guest_has_a_ticket_at_one_touch() {
    let given = opened().await;
    let path = registered(&given, &[("guest", "1")]).await;
    let page = seen(&given, &path).await;
    assert_eq!(page.header(CACHE_CONTROL), "no-store");
    assert!(page.header(HeaderName::from_static("x-robots-tag")).contains("noindex"));
    let text = page.text();
    let number = given.site.fair(|fair| {
        let ledger = fair.ledger();
        ledger.tickets().find_map(|(_, state)| state.issued).unwrap().number
    });
    assert!(text.contains(&number.grouped()), "the number is not on the page");
    assert!(text.contains("<svg") && text.contains("shape-rendering"));
    assert!(text.contains("/postings?group=catering"), "a guest gets no other way in");
    assert!(!text.contains("class=\"route\""));
    // The same page by a small t, as some readers of codes write it.
    seen(&given, &path.replace("/T/", "/t/").to_lowercase()).await;
}

#[tokio::test]
async fn a_wish_gives_a_route_with_reasons_and_no_name() {
    let given = opened().await;
    let fields = [("surname", "司"), ("title", "ms"), ("want", "garment"), ("pay", "5000")];
    let path = registered(&given, &fields).await;
    let page = seen(&given, &path).await.text();
    assert!(page.contains("href=\"/postings/booth/A01#p-"), "{page}");
    assert!(page.contains("正是您想找的"));
    assert!(!page.contains('司'), "the page says a name");
    let english = seen(&given, &format!("{path}?lang=en")).await.text();
    assert!(english.contains("What you look for"));
}

#[tokio::test]
async fn the_picture_of_a_ticket_reads_back_as_its_address() {
    let given = opened().await;
    let path = registered(&given, &[("guest", "1")]).await;
    let expected = format!("{}{path}", ADDRESS.to_uppercase());
    let api = path.replace("/T/", "/api/v1/tickets/");
    for address in [format!("{path}.png"), format!("{api}.png")] {
        let got = seen(&given, &address).await;
        assert_eq!(got.header(CONTENT_TYPE), "image/png");
        let picture = image::load_from_memory(&got.body).unwrap().into_luma8();
        assert_eq!(picture.dimensions(), (512, 512));
        let format = Some(BarcodeFormat::QR_CODE);
        let read = detect_in_luma(picture.into_raw(), 512, 512, format).unwrap();
        assert_eq!(read.getText(), expected);
    }
    let drawing = seen(&given, &format!("{api}.svg")).await;
    assert_eq!(drawing.header(CONTENT_TYPE), "image/svg+xml");
    assert!(drawing.text().starts_with("<svg"));
}

#[tokio::test]
async fn what_is_no_ticket_gets_a_friendly_page_and_is_slowed_down() {
    let given = opened().await;
    let good = registered(&given, &[("guest", "1")]).await;
    let mut wrong = good.clone();
    let last = wrong.pop().unwrap();
    wrong.push(if last == 'A' { 'B' } else { 'A' });
    for path in [wrong.as_str(), "/T/HELLO", "/T/%E7%8E%8B"] {
        let got = get(path).door(Door::Plain).send(&given.app).await;
        assert_eq!(got.status, StatusCode::NOT_FOUND, "{path}");
        assert!(got.text().contains("这个码打不开"));
    }
    let forged = get(&format!("{wrong}.png")).send(&given.app).await;
    assert_eq!(forged.status, StatusCode::NOT_FOUND);
    assert_eq!(get("/T/A.gif").send(&given.app).await.status, StatusCode::NOT_FOUND);
    let mut status = StatusCode::NOT_FOUND;
    for _ in 0..100 {
        status = get(&wrong).send(&given.app).await.status;
        if status != StatusCode::NOT_FOUND {
            break;
        }
    }
    assert_eq!(status, StatusCode::TOO_MANY_REQUESTS, "guessing goes on for ever");
}

#[tokio::test]
async fn on_a_plain_line_no_phone_number_is_asked_or_taken() {
    let given = opened().await;
    let plain = seen(&given, "/register").await.text();
    assert!(!plain.contains("name=\"phone\"") && plain.contains("没有加密"));
    let fields = [("phone", "13800138000"), ("contact", "1")];
    let refused = post("/register").door(Door::Plain).form(&fields).send(&given.app).await;
    assert_eq!(refused.status, StatusCode::FORBIDDEN);
    let private = get("/register").send(&given.app).await.text();
    assert!(private.contains("name=\"phone\"") && private.contains("name=\"contact\""));
}

#[tokio::test]
async fn errors_stand_beside_their_field_and_what_was_filled_in_stays() {
    let given = opened().await;
    let many = [("want", "garment"), ("want", "catering"), ("want", "retail"), ("want", "sales")];
    let cases: [(&[(&str, &str)], &str); 3] = [
        (&many, "最多选 3 个"),
        (&[("phone", "123"), ("contact", "1")], "id=\"phone-error\""),
        (&[("phone", "13800138000")], "class=\"wrong\" id=\"contact\""),
    ];
    for (fields, expected) in cases {
        let got = post("/register").form(fields).send(&given.app).await;
        assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.text());
        assert!(got.text().contains(expected), "{expected} in {}", got.text());
    }
    let again = post("/register").form(&many).send(&given.app).await.text();
    assert!(again.contains("value=\"garment\" checked"));
    let foreign = post("/register").form(&[("guest", "1")]).header(ORIGIN, "http://evil.test");
    assert_eq!(foreign.send(&given.app).await.status, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn a_ticket_of_the_rehearsal_is_marked_and_worth_nothing_afterwards() {
    let given = rehearsed().await;
    let path = registered(&given, &[("guest", "1")]).await;
    assert!(seen(&given, &path).await.text().contains("演练"));
    assert!(seen(&given, "/").await.text().contains("演练"));
    open(&given.site, ORGANISER).await.unwrap();
    let page = seen(&given, &path).await.text();
    assert!(page.contains("演练时领的票"));
    assert!(!seen(&given, "/").await.text().contains("演练"));
}

#[tokio::test]
async fn postings_are_listed_filtered_and_never_with_forbidden_wording() {
    let given = opened().await;
    let all = seen(&given, "/postings").await.text();
    assert!(all.contains("缝纫工") && all.contains("厨师") && all.contains("5000–7000 元/月"));
    assert!(!all.contains("限女性"), "forbidden wording is shown");
    let some = seen(&given, "/postings?group=catering&page=99").await.text();
    assert!(some.contains("厨师") && !some.contains("缝纫工"));
    seen(&given, "/postings?group=nonsense&district=&page=x").await;
    let booth = seen(&given, "/postings/booth/A01").await.text();
    assert!(booth.contains("缝纫工") && !booth.contains("厨师"));
    for path in ["/postings/booth/C09", "/postings/booth/nowhere"] {
        assert_eq!(get(path).send(&given.app).await.status, StatusCode::NOT_FOUND, "{path}");
    }
}

#[tokio::test]
async fn names_are_written_as_text_not_as_markup() {
    let given = opened().await;
    for path in ["/", "/hall"] {
        let page = seen(&given, path).await.text();
        assert!(page.contains("春季&lt;招聘会&gt;") && !page.contains("<招聘会>"), "{path}");
    }
}

#[tokio::test]
async fn every_page_speaks_both_languages_and_names_its_heading_once() {
    let given = opened().await;
    let ticket = registered(&given, &[("guest", "1")]).await;
    for path in ["/", "/register", &ticket, "/postings", "/postings/booth/A01", "/hall"] {
        for lang in ["zh", "en"] {
            let page = seen(&given, &format!("{path}?lang={lang}")).await.text();
            let tag = if lang == "en" { "en" } else { "zh-CN" };
            assert!(page.contains(&format!("<html lang=\"{tag}\"")), "{path} {lang}");
            assert_eq!(page.matches("<h1").count(), 1, "{path} {lang}");
            assert!(!page.contains('…'), "{path} {lang}: a text is missing");
            assert!(page.len() < 60_000, "{path}: {} bytes", page.len());
        }
    }
    assert_eq!(given.site.fair(Fair::stage), domain::verdict::Stage::Open);
}
