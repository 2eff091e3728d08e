//! Sessions: what counts as signed in, and what may change something.

use hyper::header::{ACCEPT, HOST, HeaderName, ORIGIN};
use proptest::prelude::*;
use warp::Filter;
use web::session::{Lines, Session, Sessions, ShownBy};
use web::testing::{Ask, get, post};
use web::{ApiError, App, Call, Door, Response, StatusCode, reply, routes};
use zeroize::Zeroizing;

const NOW_MS: u64 = 1_000_000;

fn sessions() -> Sessions {
    Sessions::new(&Zeroizing::new([7; 32]), "sb_site", Lines::Private)
}

fn session() -> Session {
    Session {
        account: *b"account1",
        role: 3,
        issued_at_ms: NOW_MS - 5_000,
        expires_at_ms: NOW_MS + 1,
    }
}

async fn who(call: Call) -> Result<Response, ApiError> {
    let signed = sessions().require(&call, NOW_MS)?;
    Ok(reply::plain(StatusCode::OK, format!("{:?}", signed.shown_by)))
}

async fn change(mut call: Call) -> Result<Response, ApiError> {
    let signed = sessions().require(&call, NOW_MS)?;
    let form = call.form().await?;
    signed.allow_change(&call, form.csrf())?;
    Ok(reply::no_content())
}

fn app() -> App {
    routes::app(vec![
        routes::handle(warp::path!("api" / "who").and(warp::get()), who),
        routes::handle(warp::path!("api" / "change").and(warp::post()), change),
    ])
}

async fn check(ask: Ask, status: u16, code: &str) {
    let got = ask.send(&app()).await;
    let found = if status < 300 { String::new() } else { got.code() };
    assert_eq!((got.status.as_u16(), found.as_str()), (status, code));
}

fn cookie() -> String {
    format!("sb_site={}", sessions().token(&session()))
}

#[tokio::test]
async fn a_true_session_is_known_and_a_false_one_is_nobody() {
    let token = sessions().token(&session());
    check(get("/api/who").cookie(&cookie()), 200, "").await;
    check(get("/api/who").bearer(&token), 200, "").await;
    check(get("/api/who"), 401, "session_needed").await;
    check(get("/api/who").cookie(&format!("other={token}")), 401, "session_needed").await;
    check(get("/api/who").bearer(""), 401, "session_needed").await;
    let other_key = Sessions::new(&Zeroizing::new([8; 32]), "sb_site", Lines::Private);
    check(get("/api/who").bearer(&other_key.token(&session())), 401, "session_needed").await;
    let other_kind = Sessions::new(&Zeroizing::new([7; 32]), "sb_booth", Lines::Private);
    check(get("/api/who").bearer(&other_kind.token(&session())), 401, "session_needed").await;
}

#[tokio::test]
async fn a_session_ends_and_needs_a_private_line() {
    let over = Session { expires_at_ms: NOW_MS, ..session() };
    check(get("/api/who").bearer(&sessions().token(&over)), 401, "session_expired").await;
    let plain = get("/api/who").cookie(&cookie()).door(Door::Plain);
    check(plain, 403, "staff_door_plain").await;
    let on_tls = format!("__Host-{}", cookie());
    check(get("/api/who").cookie(&on_tls).door(Door::Tls), 200, "").await;
    let proxied = HeaderName::from_static("x-forwarded-for");
    let proxied = get("/api/who").cookie(&cookie()).header(proxied, "10.0.0.9");
    check(proxied, 403, "staff_door_plain").await;
}

#[tokio::test]
async fn a_cookie_planted_by_a_page_without_tls_is_nothing_on_tls() {
    let planted = get("/api/who").cookie(&cookie()).door(Door::Tls);
    check(planted, 401, "session_needed").await;
    let both = get("/api/who").cookie(&cookie()).cookie("__Host-sb_site=x").door(Door::Tls);
    check(both, 401, "session_needed").await;
    let bearer = get("/api/who").bearer(&sessions().token(&session())).door(Door::Tls);
    check(bearer, 200, "").await;
}

#[tokio::test]
async fn a_cookie_alone_changes_nothing() {
    let head_of = sessions();
    let proof = proof(&head_of).await;
    let site = HeaderName::from_static("sec-fetch-site");
    let ask = |csrf: &str| post("/api/change").cookie(&cookie()).form(&[("csrf", csrf)]);
    check(ask(&proof), 204, "").await;
    check(ask(""), 403, "csrf_wrong").await;
    check(ask(&sessions().token(&session())), 403, "csrf_wrong").await;
    check(ask(&proof).header(site.clone(), "same-origin"), 204, "").await;
    check(ask(&proof).header(site.clone(), "cross-site"), 403, "foreign_origin").await;
    check(ask(&proof).header(site, "same-site"), 403, "foreign_origin").await;
    check(ask(&proof).header(ORIGIN, "http://localhost"), 204, "").await;
    for origin in ["http://localhost:81", "null", "http://evil.test"] {
        check(ask(&proof).header(ORIGIN, origin), 403, "foreign_origin").await;
    }
    let by_header = post("/api/change").cookie(&cookie()).form(&[]);
    check(by_header.header(HeaderName::from_static("x-csrf"), &proof), 204, "").await;
    let bearer = post("/api/change").bearer(&sessions().token(&session())).form(&[]);
    check(bearer.header(ORIGIN, "http://evil.test").header(HOST, "localhost"), 204, "").await;
    let page = get("/api/who").header(ACCEPT, "text/html");
    check(page, 401, "session_needed").await;
}

/// The proof, taken from within a handler as pages do.
async fn proof(sessions: &Sessions) -> String {
    let sessions = sessions.clone();
    let app = routes::app(vec![routes::handle(warp::path!("proof"), move |call| {
        let sessions = sessions.clone();
        async move {
            let signed = sessions.require(&call, NOW_MS)?;
            assert_eq!(signed.shown_by, ShownBy::Cookie);
            Ok(reply::plain(StatusCode::OK, signed.csrf()))
        }
    })]);
    get("/proof").cookie(&cookie()).send(&app).await.text()
}

#[test]
fn cookies_are_kept_from_scripts_and_other_sites() {
    let text = |door| sessions().cookie(&session(), door).to_str().unwrap().to_owned();
    let local = text(Door::Loopback);
    assert!(local.ends_with("; Path=/; Max-Age=5; HttpOnly; SameSite=Strict"), "{local}");
    assert!(local.starts_with("sb_site="), "{local}");
    let tls = text(Door::Tls);
    // What browsers ask of a name with this beginning: Secure, the whole path, no domain.
    assert!(tls.starts_with("__Host-sb_site="), "{tls}");
    assert!(tls.contains("; Path=/;") && tls.ends_with("; Secure"), "{tls}");
    let out = sessions().no_cookie(Door::Tls);
    assert!(out.to_str().unwrap().starts_with("__Host-sb_site=; Path=/; Max-Age=0;"));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_changed_token_is_a_session(place in 0_usize..56, with in "[A-Za-z0-9_-]") {
        let mut token = sessions().token(&session());
        prop_assert_eq!(token.len(), 56);
        prop_assume!(token[place..=place] != with[..]);
        token.replace_range(place..=place, &with);
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let got = runtime.block_on(get("/api/who").bearer(&token).send(&app()));
        prop_assert_eq!(got.status.as_u16(), 401);
    }
}
