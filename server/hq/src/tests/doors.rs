//! Setup, sign-in, rights and the API, by requests.

use serde_json::{Value, json};
use web::Door;
use web::testing::{ask, get, post};

use super::fixture::{Desk, Hall, SECRET};

#[tokio::test]
async fn the_first_clerk_is_named_once_and_signs_in() {
    let desk = Desk::open();
    let wrong = json!({ "code": "AAAA-AAAA", "login": "clerk", "password": "spring breeze" });
    let refused = post("/api/v1/setup").json(&wrong).send(&desk.app).await;
    assert_eq!((refused.status.as_u16(), refused.code().as_str()), (403, "setup_code_wrong"));
    let code = desk.hq.office.setup_code().unwrap();
    let short = json!({ "code": code, "login": "clerk", "password": "1234567" });
    let refused = post("/api/v1/setup").json(&short).send(&desk.app).await;
    assert_eq!(refused.code(), "password_length");
    let plain = post("/api/v1/setup").door(Door::Plain).json(&short).send(&desk.app).await;
    assert_eq!(plain.code(), "staff_door_plain");
    desk.clerk().await;
    let again = post("/api/v1/setup").json(&wrong).send(&desk.app).await;
    assert_eq!((again.status.as_u16(), again.code().as_str()), (409, "setup_done"));

    let right = json!({ "login": "Clerk ", "password": "spring breeze" });
    let signed = post("/api/v1/sign-in").json(&right).send(&desk.app).await;
    let signed: Value = signed.json();
    assert_eq!(signed["role"], "clerk");
    assert!(signed["expires_at"].as_str().unwrap().ends_with('Z'));
    let token = signed["token"].as_str().unwrap();
    assert_eq!(get("/api/v1/status").bearer(token).send(&desk.app).await.status, 200);
    for (login, password) in [("clerk", "spring breez"), ("nobody", "spring breeze")] {
        let wrong = json!({ "login": login, "password": password });
        let refused = post("/api/v1/sign-in").json(&wrong).send(&desk.app).await;
        assert_eq!((refused.status.as_u16(), refused.code().as_str()), (401, "sign_in_wrong"));
    }
    let desk = desk.restarted().await;
    assert_eq!(desk.hq.office.setup_code(), None);
    assert_eq!(post("/api/v1/sign-in").json(&right).send(&desk.app).await.status, 200);
}

#[tokio::test]
async fn nothing_is_told_to_who_is_not_a_clerk() {
    let desk = Desk::open();
    let node = "00112233445566778899aabbccddeeff";
    let one = format!("/api/v1/sites/{node}");
    for path in ["/api/v1/sites", "/api/v1/statistics", "/api/v1/status", &one] {
        let got = get(path).send(&desk.app).await;
        assert_eq!((got.status.as_u16(), got.code().as_str()), (401, "session_needed"), "{path}");
    }
    let code = json!({ "role": "site", "name": "会场" });
    assert_eq!(post("/api/v1/enrolment-codes").json(&code).send(&desk.app).await.status, 401);
    let revoke = ask("DELETE".parse().unwrap(), &one).send(&desk.app).await;
    assert_eq!(revoke.status, 401);
    let live = format!("/sites/{node}/live");
    for path in ["/live", &live] {
        let got = get(path).send(&desk.app).await;
        assert!([303, 401].contains(&got.status.as_u16()), "{path}: {}", got.status);
    }
    // A session made for another kind of node's staff has no account here.
    let foreign =
        desk.hq.office.new_session(domain::ids::AccountId([5; 8]), domain::role::Role::Clerk);
    let token = desk.hq.office.sessions.token(&foreign);
    assert_eq!(get("/api/v1/sites").bearer(&token).send(&desk.app).await.status, 401);
}

#[tokio::test]
async fn the_api_tells_each_site_and_all_together_and_no_small_cell() {
    let desk = Desk::open();
    let token = desk.clerk().await;
    let hall = Hall::with(1, 7).await;
    let asked = json!({ "role": "site", "name": "中山区会场" });
    let given = post("/api/v1/enrolment-codes").bearer(&token).json(&asked).send(&desk.app).await;
    assert_eq!(given.status, 201);
    let given: Value = given.json();
    assert_eq!(given["code"].as_str().unwrap().len(), 11);
    desk.enrol(&hall.site, "中山区会场").await;
    let empty: Value = serde_json::from_str(&desk.shown("/api/v1/sites", &token).await).unwrap();
    assert_eq!(empty["sites"][0]["state"], "never_seen");
    assert_eq!(empty["sites"][0]["fair"], Value::Null);
    desk.take_all(&hall.site, hall.site.id()).await;
    desk.take_all(&hall.site, hall.kiosk.id()).await;

    let shown = desk.shown("/api/v1/sites", &token).await;
    assert!(!shown.contains(SECRET));
    let shown: Value = serde_json::from_str(&shown).unwrap();
    let site = &shown["sites"][0];
    assert_eq!((&site["name"], &site["state"]), (&json!("中山区会场"), &json!("up_to_date")));
    assert_eq!((&site["persons"], &site["hires"]), (&json!(7), &json!(1)));
    assert_eq!(site["records"], json!(hall.site.store.status().records));
    assert_eq!(site["fair"]["name"], "春风行动第1场");
    assert_eq!(site["statistics"]["days"]["2026-03-05"]["entries"], 7);
    assert_eq!(site["heads"].as_array().unwrap().len(), 2);
    assert!(site["last_received"].as_str().unwrap().ends_with('Z'));
    let alone = desk.shown(&format!("/api/v1/sites/{}", hall.site.id()), &token).await;
    assert_eq!(serde_json::from_str::<Value>(&alone).unwrap(), *site);

    let all: Value = serde_json::from_str(&desk.shown("/api/v1/statistics", &token).await).unwrap();
    assert_eq!((&all["sites"], &all["total"]["talks"]), (&json!(1), &json!(2)));
    let told = &all["consultations_by_category"];
    assert_eq!(told[1]["name"], "overtime");
    assert_eq!((&told[1]["count"], &told[1]["shown"]), (&Value::Null, &json!("<5")));
    assert_eq!((&told[0]["count"], &told[0]["shown"]), (&Value::Null, &json!("—")));
}

#[tokio::test]
async fn wrong_requests_get_a_code_and_change_nothing() {
    let desk = Desk::open();
    let token = desk.clerk().await;
    for (asked, code) in [
        (json!({ "role": "kiosk", "name": "x" }), "role_not_here"),
        (json!({ "name": "" }), "field_missing"),
        (json!({ "name": "长".repeat(50) }), "field_wrong"),
        (json!({ "name": 7 }), "json_wrong"),
        (json!({}), "json_wrong"),
    ] {
        let got = post("/api/v1/enrolment-codes").bearer(&token).json(&asked).send(&desk.app).await;
        assert!(got.status.is_client_error(), "{asked}");
        assert_eq!(got.code(), code, "{asked}");
    }
    let unknown = "/api/v1/sites/00112233445566778899aabbccddeeff";
    assert_eq!(get(unknown).bearer(&token).send(&desk.app).await.code(), "unknown_node");
    let gone = ask("DELETE".parse().unwrap(), unknown).bearer(&token).send(&desk.app).await;
    assert_eq!((gone.status.as_u16(), gone.code().as_str()), (404, "unknown_node"));
    let odd = get("/api/v1/sites/xyz").bearer(&token).send(&desk.app).await;
    assert_eq!(odd.code(), "not_found");
    let broken = post("/sync/v1/hello").body("nonsense").send(&desk.app).await;
    assert!(broken.status.is_client_error());
}

#[tokio::test]
async fn a_site_is_no_longer_accepted_once_a_clerk_says_so() {
    let desk = Desk::open();
    let token = desk.clerk().await;
    let hall = Hall::with(1, 1).await;
    desk.enrol(&hall.site, "会场").await;
    let path = format!("/api/v1/sites/{}", hall.site.id());
    let gone = ask("DELETE".parse().unwrap(), &path).bearer(&token).send(&desk.app).await;
    assert_eq!(gone.status, 204);
    let shown: Value = serde_json::from_str(&desk.shown(&path, &token).await).unwrap();
    assert_eq!(shown["state"], "revoked");
}
