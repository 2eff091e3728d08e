//! Whatever a program sends, it gets a clear answer with a code, and nothing stored is touched.

use serde_json::{Value, json};
use web::testing::post;
use web::{Door, StatusCode};

use super::given::Given;

async fn refused(given: &Given, path: &str, token: &str, body: &Value) -> (u16, String) {
    let got = given.post(path, token, body).await;
    (got.status.as_u16(), got.code())
}

#[tokio::test]
async fn bodies_of_the_wrong_form_are_named() {
    let given = Given::open().await;
    let (organiser, volunteer) = (&given.organiser, &given.volunteer);
    for (path, token, body) in [
        ("/api/v1/fair", organiser, json!({ "name": 5 })),
        ("/api/v1/fair", organiser, json!([])),
        ("/api/v1/accounts", organiser, json!({ "login": "x", "role": "king", "password": "p" })),
        ("/api/v1/check-ins", volunteer, json!({ "ticket": 5 })),
        ("/api/v1/shifts", volunteer, json!({ "desk": "nowhere" })),
        ("/api/v1/seekers", organiser, json!({ "wish": { "pay_low": "much" } })),
    ] {
        let (status, code) = refused(&given, path, token, &body).await;
        assert_eq!(status, 400, "{path} {body}: {code}");
    }
    let cut = post("/api/v1/check-ins").bearer(volunteer).body("{\"ticket\":");
    let json = web::testing::Ask::header(cut, CONTENT_TYPE, "application/json");
    assert_eq!(json.send(&given.app).await.status, StatusCode::BAD_REQUEST);
}

const CONTENT_TYPE: warp::http::HeaderName = warp::http::header::CONTENT_TYPE;

#[tokio::test]
async fn refusals_have_their_codes() {
    let given = Given::open().await;
    let (organiser, volunteer) = (&given.organiser, &given.volunteer);
    let ticket = given.ticket().await;
    for (path, token, body, expect) in [
        ("/api/v1/check-ins", volunteer, json!({}), (422, "ticket_or_number")),
        (
            "/api/v1/check-ins",
            volunteer,
            json!({ "ticket": ticket, "number": 100_001 }),
            (422, "ticket_or_number"),
        ),
        (
            "/api/v1/seekers",
            organiser,
            json!({ "phone": "123", "purposes": ["contact"] }),
            (422, "bad_phone"),
        ),
        ("/api/v1/seekers", organiser, json!({ "phone": "13800138000" }), (422, "purpose_missing")),
        (
            "/api/v1/seekers",
            organiser,
            json!({ "form_of_address": "长".repeat(21) }),
            (422, "bad_text"),
        ),
        ("/api/v1/consultations", volunteer, consultation("x"), (409, "no_shift")),
        ("/api/v1/fair/open", organiser, json!({}), (409, "fair_already_open")),
        ("/api/v1/enrolment-codes", organiser, json!({ "name": "" }), (422, "bad_text")),
        (
            "/api/v1/enrolment-codes",
            organiser,
            json!({ "name": "x", "role": "site" }),
            (422, "role_not_here"),
        ),
        (
            "/api/v1/accounts",
            organiser,
            json!({ "login": "volunteer", "password": "long enough", "role": "volunteer" }),
            (409, "login_taken"),
        ),
        (
            "/api/v1/accounts",
            organiser,
            json!({ "login": "new", "password": "short", "role": "volunteer" }),
            (422, "password_length"),
        ),
        (
            "/api/v1/headquarters",
            organiser,
            json!({ "url": "http://127.0.0.1:9", "code": "?" }),
            (422, "bad_code"),
        ),
        (
            "/api/v1/headquarters",
            organiser,
            json!({ "url": "http://127.0.0.1:9", "code": "AAAAA-AAAAA" }),
            (503, "headquarters_unreachable"),
        ),
    ] {
        let (status, code) = refused(&given, path, token, &body).await;
        assert_eq!((status, code.as_str()), expect, "{path} {body}");
    }
}

fn consultation(facts: &str) -> Value {
    json!({ "category": "unpaid_wages", "outcome": "answered", "facts": facts })
}

#[tokio::test]
async fn codes_that_are_no_tickets_get_their_verdicts() {
    let given = Given::open().await;
    let ticket = given.ticket().await;
    let swapped = |from: usize| {
        let mut letters: Vec<char> = ticket.chars().collect();
        letters[from] = if letters[from] == 'A' { 'B' } else { 'A' };
        letters.into_iter().collect::<String>()
    };
    // 30 is within the id, 12 too, 1 within the fair's name; 20 characters are cut.
    let cut = ticket[..27].to_owned();
    for (shown, expect) in [
        (json!({ "ticket": "https://example.com/" }), "not_genuine"),
        (json!({ "ticket": "" }), "not_genuine"),
        (json!({ "ticket": cut }), "not_genuine"),
        (json!({ "ticket": swapped(30) }), "not_genuine"),
        (json!({ "ticket": swapped(12) }), "not_genuine"),
        (json!({ "ticket": swapped(3) }), "not_genuine"),
        (json!({ "number": 100_002 }), "unknown_number"),
        (json!({ "number": "12 34" }), "unknown_number"),
        (json!({ "ticket": ticket }), "welcome"),
        (json!({ "ticket": format!("HTTP://SOMEWHERE/T/{ticket}") }), "already_checked_in"),
    ] {
        let got = given.post("/api/v1/check-ins", &given.volunteer, &shown).await;
        assert_eq!(got.status, StatusCode::OK, "{shown}: {}", got.text());
        assert_eq!(got.json::<Value>()["verdict"], expect, "{shown}");
    }
    let overview = given.get("/api/v1/overview", &given.organiser).await.json::<Value>();
    let total = &overview["statistics"]["total"];
    assert_eq!((&total["persons"], &total["refused"]), (&json!(1), &json!(8)));
}

#[tokio::test]
async fn guessing_numbers_is_slowed_down() {
    let given = Given::open().await;
    let mut refused = None;
    for number in 0..60 {
        let shown = json!({ "number": 900_000 + number });
        let got = given.post("/api/v1/check-ins", &given.volunteer, &shown).await;
        if got.status == StatusCode::TOO_MANY_REQUESTS {
            refused = Some((number, got.code()));
            break;
        }
    }
    assert_eq!(refused, Some((41, "too_many_tries".to_owned())));
}

#[tokio::test]
async fn what_is_personal_is_not_taken_in_the_clear() {
    let given = Given::open().await;
    let body = json!({ "phone": "13800138000", "purposes": ["contact"] });
    let plain = post("/api/v1/seekers").door(Door::Plain).json(&body).send(&given.app).await;
    assert_eq!((plain.status, plain.code().as_str()), (StatusCode::FORBIDDEN, "personal_on_plain"));
    let staff = post("/api/v1/check-ins").door(Door::Plain).bearer(&given.volunteer);
    let staff = staff.json(&json!({ "number": 1 })).send(&given.app).await;
    assert_eq!((staff.status, staff.code().as_str()), (StatusCode::FORBIDDEN, "staff_door_plain"));
    let body = json!({ "login": "organiser", "password": "a long password" });
    let sign_in = post("/api/v1/sign-in").door(Door::Plain).json(&body).send(&given.app).await;
    assert_eq!(sign_in.code(), "staff_door_plain");
}
