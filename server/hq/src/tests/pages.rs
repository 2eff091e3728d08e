//! The pages, as a browser gets them.

use web::testing::{Got, get, post};

use super::fixture::{Desk, Hall, SECRET};

fn csrf(page: &str) -> String {
    let found = page.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    found.expect("a proof").to_owned()
}

fn cookie(got: &Got) -> String {
    got.cookie("sb_hq").expect("a session")
}

/// Sets up and comes back with the session's cookie.
async fn set_up(desk: &Desk) -> String {
    let code = desk.hq.office.setup_code().unwrap();
    let form = [
        ("code", code.as_str()),
        ("login", "clerk"),
        ("name", "王老师"),
        ("password", "spring breeze"),
    ];
    let done = post("/setup").form(&form).send(&desk.app).await;
    assert_eq!((done.status.as_u16(), done.header(LOCATION)), (303, "/"), "{}", done.text());
    cookie(&done)
}

const LOCATION: warp::http::HeaderName = warp::http::header::LOCATION;

#[tokio::test]
async fn a_fresh_headquarters_leads_to_its_setup_and_then_in() {
    let desk = Desk::open();
    assert_eq!(get("/").send(&desk.app).await.header(LOCATION), "/setup");
    let page = get("/setup").send(&desk.app).await;
    assert!(page.text().contains("设置码"), "{}", page.text());
    let wrong = [("code", "AAAA-AAAA"), ("login", "clerk"), ("password", "spring breeze")];
    let refused = post("/setup").form(&wrong).send(&desk.app).await;
    assert_eq!(refused.status, 403);
    assert!(
        refused.text().contains("value=\"clerk\"") && !refused.text().contains("spring breeze")
    );
    let missing = post("/setup").form(&[("login", "clerk")]).send(&desk.app).await;
    assert_eq!(missing.status, 400);
    let session = set_up(&desk).await;
    let home = get("/").cookie(&session).send(&desk.app).await;
    assert!(home.text().contains("王老师") && home.text().contains("还没有登记现场"));
    assert_eq!(get("/setup").send(&desk.app).await.header(LOCATION), "/sign-in");
}

#[tokio::test]
async fn signing_in_leads_back_and_out_and_only_to_pages_of_this_node() {
    let desk = Desk::open();
    let session = set_up(&desk).await;
    assert_eq!(get("/sites").send(&desk.app).await.header(LOCATION), "/sign-in?next=/sites");
    let page = get("/sign-in?next=/sites").send(&desk.app).await.text();
    assert!(page.contains("name=\"next\" value=\"/sites\""), "{page}");
    let form = |password, next| [("login", "clerk"), ("password", password), ("next", next)];
    let wrong = post("/sign-in").form(&form("nonsense!", "/sites")).send(&desk.app).await;
    assert_eq!(wrong.status, 401);
    assert!(wrong.text().contains("value=\"clerk\"") && wrong.text().contains("value=\"/sites\""));
    let right = post("/sign-in").form(&form("spring breeze", "/sites")).send(&desk.app).await;
    assert_eq!((right.status.as_u16(), right.header(LOCATION)), (303, "/sites"));
    let elsewhere = form("spring breeze", "//evil.example/");
    let right = post("/sign-in").form(&elsewhere).send(&desk.app).await;
    assert_eq!(right.header(LOCATION), "/");
    let foreign = post("/sign-in")
        .form(&form("spring breeze", "/"))
        .header(warp::http::header::ORIGIN, "http://evil.example");
    assert_eq!(foreign.send(&desk.app).await.status, 403);

    let home = get("/").cookie(&session).send(&desk.app).await.text();
    let unproved = post("/sign-out").cookie(&session).form(&[]).send(&desk.app).await;
    assert_eq!(unproved.status, 403);
    let proof = csrf(&home);
    let out = post("/sign-out").cookie(&session).form(&[("csrf", proof.as_str())]);
    let out = out.send(&desk.app).await;
    assert_eq!((out.header(LOCATION), cookie(&out).as_str()), ("/sign-in", "sb_hq="));
}

#[tokio::test]
async fn the_pages_show_sites_figures_and_no_small_cell_in_both_languages() {
    let desk = Desk::open();
    let session = set_up(&desk).await;
    let hall = Hall::with(1, 7).await;
    desk.enrol(&hall.site, "中山区会场").await;
    let sites = get("/sites").cookie(&session).send(&desk.app).await.text();
    assert!(sites.contains("中山区会场") && sites.contains("从未收到"), "{sites}");
    desk.take_all(&hall.site, hall.site.id()).await;
    desk.take_all(&hall.site, hall.kiosk.id()).await;

    let one = format!("/sites/{}", hall.site.id());
    for path in ["/", &one] {
        let page = get(path).cookie(&session).send(&desk.app).await.text();
        assert!(page.contains("data-live=\"persons\">7<"), "{path}: {page}");
        assert!(page.contains("data-live=\"2026-03-05_entries\">7<"), "{path}");
        assert!(page.contains("&lt;5") && page.contains("欠薪"), "{path}");
        assert!(!page.contains(SECRET) && !page.contains("style="), "{path}");
        let english = get(&format!("{path}?lang=en")).cookie(&session).send(&desk.app).await.text();
        assert!(english.contains("Unpaid wages") && english.contains("Intentions"), "{path}");
    }
    let page = get(&one).cookie(&session).send(&desk.app).await.text();
    assert!(page.contains("春风行动第1场") && page.contains(&hall.kiosk.id().to_string()));
    let unknown = get("/sites/00112233445566778899aabbccddeeff").cookie(&session);
    assert_eq!(unknown.send(&desk.app).await.status, 404);
}

#[tokio::test]
async fn a_code_is_shown_with_what_to_type_and_a_wrong_name_is_said_beside_its_field() {
    let desk = Desk::open();
    let session = set_up(&desk).await;
    let page = get("/enrol").cookie(&session).send(&desk.app).await.text();
    let proof = csrf(&page);
    let ask = |name: &'static str| {
        post("/enrol").cookie(&session).form(&[("csrf", proof.as_str()), ("name", name)])
    };
    let given = ask("中山区会场").send(&desk.app).await.text();
    assert!(given.contains("中山区会场") && given.contains("http://localhost"), "{given}");
    let code = given.split("enrolment-code\">").nth(1).and_then(|rest| rest.split('<').next());
    assert!(sync::enrol::Code::parse(code.unwrap()).is_some());
    let refused = ask(" ").send(&desk.app).await;
    assert_eq!(refused.status, 400);
    assert!(refused.text().contains("aria-invalid=\"true\""));
    let unproved = post("/enrol").cookie(&session).form(&[("name", "x")]).send(&desk.app).await;
    assert_eq!(unproved.status, 403);
}

#[tokio::test]
async fn a_site_is_dropped_by_a_form_with_its_proof() {
    let desk = Desk::open();
    let session = set_up(&desk).await;
    let hall = Hall::with(1, 1).await;
    desk.enrol(&hall.site, "会场").await;
    let path = format!("/sites/{}", hall.site.id());
    let page = get(&path).cookie(&session).send(&desk.app).await.text();
    let revoke = format!("{path}/revoke");
    let unproved = post(&revoke).cookie(&session).form(&[]).send(&desk.app).await;
    assert_eq!(unproved.status, 403);
    let proof = csrf(&page);
    let done = post(&revoke).cookie(&session).form(&[("csrf", proof.as_str())]);
    assert_eq!(done.send(&desk.app).await.header(LOCATION), path);
    let page = get(&path).cookie(&session).send(&desk.app).await.text();
    assert!(page.contains("已停止接收") && !page.contains(&revoke));
}
