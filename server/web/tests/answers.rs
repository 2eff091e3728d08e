//! What a client gets, in process: problem documents, pages, headers, bodies.

use hyper::Method;
use hyper::header::{
    ACCEPT, CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HOST, HeaderName, RETRY_AFTER,
    SET_COOKIE,
};
use maud::html;
use serde::{Deserialize, Serialize};
use warp::Filter;
use web::body::BodyLimit;
use web::testing::{self, ask, get, post};
use web::{ApiError, App, Call, Door, Page, Response, StatusCode, reply, routes};

#[derive(Serialize, Deserialize)]
struct Count {
    talks: u32,
}

async fn page(call: Call) -> Result<Response, ApiError> {
    Ok(Page::new(&call, "页面").live("/live", "numbers").body(html! { p { "</script>" } }).reply())
}

async fn count(mut call: Call) -> Result<Response, ApiError> {
    let count: Count = call.json().await?;
    reply::json(&Count { talks: count.talks + 1 })
}

async fn upload(mut call: Call) -> Result<Response, ApiError> {
    let upload = call.upload(BodyLimit { size_bytes: 1_000, ..BodyLimit::UPLOAD }).await?;
    let file = upload.file("list")?;
    let sheet = upload.fields.required("sheet")?;
    Ok(reply::plain(StatusCode::OK, format!("{} {} {sheet}", file.name, file.bytes.len())))
}

async fn form(mut call: Call) -> Result<Response, ApiError> {
    let form = call.form().await?;
    let age: Option<u8> = form.parsed("openings")?;
    let wishes: Vec<&str> = form.all("wish").collect();
    Ok(reply::plain(StatusCode::OK, format!("{} {age:?} {wishes:?}", form.required("name")?)))
}

async fn full(_: Call) -> Result<Response, ApiError> {
    Err(ApiError::unavailable("busy").inside("queue of 8 is full").detail("desk 3"))
}

async fn broken(_: Call) -> Result<Response, ApiError> {
    panic!("on purpose");
}

fn app() -> App {
    routes::app(vec![
        routes::under(
            "api",
            vec![
                routes::handle(warp::path!("count").and(warp::post()), count),
                routes::handle(warp::path!("full").and(warp::get()), full),
                routes::handle(warp::path!("broken").and(warp::get()), broken),
            ],
        ),
        routes::handle(warp::path!("page").and(warp::get()), page),
        routes::handle(warp::path!("upload").and(warp::post()), upload),
        routes::handle(warp::path!("form").and(warp::post()), form),
        routes::handle(warp::path!("full").and(warp::get()), full),
        routes::fold(web::health::routes(|| Err("the journal is being read".into()))),
    ])
}

#[tokio::test]
async fn a_problem_document_says_what_happened_and_nothing_of_the_inside() {
    let got = get("/api/full").header(ACCEPT, "application/json").send(&app()).await;
    assert_eq!(got.status, 503);
    assert_eq!(got.header(CONTENT_TYPE), "application/problem+json");
    assert_eq!(got.header(RETRY_AFTER), "2");
    let id = got.header(HeaderName::from_static("x-request-id"));
    assert_eq!(id.len(), 16);
    let expected = format!(
        "{{\"type\":\"urn:springbreeze:problem:busy\",\"title\":\"现在很忙，请稍等再试\",\
         \"status\":503,\"code\":\"busy\",\"detail\":\"desk 3\",\
         \"instance\":\"urn:springbreeze:request:{id}\"}}"
    );
    assert_eq!(got.text(), expected);
    let english = get("/api/full?lang=en").send(&app()).await;
    assert!(english.text().contains("It is busy now"), "{}", english.text());
}

#[tokio::test]
async fn a_person_gets_a_page_with_a_number_to_quote() {
    let got = get("/full").header(ACCEPT, "text/html,*/*").send(&app()).await;
    assert_eq!((got.status.as_u16(), got.header(CONTENT_TYPE)), (503, "text/html; charset=utf-8"));
    let text = got.text();
    assert!(text.contains("现在很忙"), "{text}");
    assert!(text.contains(got.header(HeaderName::from_static("x-request-id"))), "{text}");
    assert!(!text.contains("queue of 8"), "{text}");
}

#[tokio::test]
async fn what_no_route_wants_has_its_status_and_code() {
    for (method, path, status, code) in [
        (Method::GET, "/api/nothing", 404, "not_found"),
        (Method::GET, "/api/count", 405, "method_not_allowed"),
        (Method::DELETE, "/api/full", 405, "method_not_allowed"),
    ] {
        let got = ask(method, path).send(&app()).await;
        assert_eq!((got.status.as_u16(), got.code().as_str()), (status, code), "{path}");
    }
}

#[tokio::test]
async fn a_panic_costs_one_answer() {
    let app = app();
    let got = get("/api/broken").send(&app).await;
    assert_eq!((got.status.as_u16(), got.code().as_str()), (500, "internal"));
    assert!(!got.text().contains("on purpose"));
    assert_eq!(get("/page").send(&app).await.status, 200);
}

#[tokio::test]
async fn odd_targets_and_foreign_names_on_loopback_are_refused() {
    for (method, target) in [
        (Method::CONNECT, "host.test:80"),
        (Method::GET, "http://a.test/page"),
        (Method::OPTIONS, "*"),
    ] {
        let got = ask(method, target).send(&app()).await;
        assert_eq!(got.status, 400, "{target}");
    }
    let rebound = get("/page").header(HOST, "evil.test").send(&app()).await;
    assert_eq!(rebound.status, 421);
    let network = get("/page").header(HOST, "fair.test").door(Door::Plain).send(&app()).await;
    assert_eq!(network.status, 200);
}

#[tokio::test]
async fn json_of_every_wrong_kind_is_named() {
    let app = app();
    let good = post("/api/count").json(&Count { talks: 4 }).send(&app).await;
    assert_eq!(good.json::<Count>().talks, 5);
    let raw = |body: &str| {
        post("/api/count").header(CONTENT_TYPE, "application/json").body(body.to_owned())
    };
    for (ask, status, code, detail) in [
        (raw("{\"talks\":\"4\"}"), 400, "json_wrong", "talks: invalid type"),
        (raw("{}"), 400, "json_wrong", "missing field `talks`"),
        (raw("{\"talks\":"), 400, "json_syntax", "EOF"),
        (raw("[4]"), 400, "json_wrong", "an object is expected"),
        (raw("[4"), 400, "json_syntax", "EOF"),
        (raw(&" ".repeat(70_000)), 413, "body_too_large", ""),
        (post("/api/count").body("{}"), 415, "unsupported_type", "application/json"),
    ] {
        let got = ask.send(&app).await;
        assert_eq!((got.status.as_u16(), got.code().as_str()), (status, code));
        assert!(got.text().contains(detail), "{}", got.text());
    }
}

#[tokio::test]
async fn forms_and_uploads_arrive_whole_or_are_refused() {
    let app = app();
    let fields = [("name", " 王 "), ("openings", "3"), ("wish", "a"), ("wish", "b")];
    let got = post("/form").form(&fields).send(&app).await;
    assert_eq!(got.text(), "王 Some(3) [\"a\", \"b\"]");
    let wrong = post("/form").form(&[("openings", "many")]).header(ACCEPT, "*/json");
    let wrong = wrong.send(&app).await;
    assert_eq!((wrong.status.as_u16(), wrong.code().as_str()), (400, "field_wrong"));
    let missing = post("/form").form(&[]).header(ACCEPT, "*/json").send(&app).await;
    assert!(missing.text().contains("请填写“name”"), "{}", missing.text());

    let upload = |size: usize| {
        let content = vec![b'x'; size];
        let ask = post("/upload").file(&[("sheet", "一")], "list", ("a.xlsx", &content));
        ask.header(ACCEPT, "*/json")
    };
    assert_eq!(upload(300).send(&app).await.text(), "a.xlsx 300 一");
    let large = upload(2_000).send(&app).await;
    assert_eq!((large.status.as_u16(), large.code().as_str()), (413, "body_too_large"));
    let cut = post("/upload")
        .header(CONTENT_TYPE, "multipart/form-data; boundary=edge")
        .header(ACCEPT, "*/json")
        .body("--edge\r\nContent-Disposition: form-data; name=\"list\"; filename=\"a\"\r\n\r\nx");
    assert_eq!(cut.send(&app).await.code(), "upload_broken");
}

#[tokio::test]
async fn pages_are_strict_and_everything_has_its_headers() {
    let app = app();
    let got = get("/page").send(&app).await;
    let policy = got.header(CONTENT_SECURITY_POLICY);
    for part in ["default-src 'self'", "frame-ancestors 'none'", "object-src 'none'"] {
        assert!(policy.contains(part), "{policy}");
    }
    assert!(!policy.contains("unsafe"), "{policy}");
    assert_eq!(got.header(CACHE_CONTROL), "no-store");
    assert_eq!(got.header(HeaderName::from_static("x-content-type-options")), "nosniff");
    assert!(got.header(HeaderName::from_static("permissions-policy")).contains("camera=()"));
    let text = got.text();
    assert!(!text.contains("style="), "{text}");
    assert!(text.contains("&lt;/script&gt;"), "{text}");
    assert_eq!(text.matches("<h1").count(), 1);
    for asset in text.split('"').filter(|part| part.starts_with("/a/")) {
        assert_eq!(get(asset).send(&app).await.status, 200, "{asset}");
    }
    assert_eq!(get("/healthz").send(&app).await.status, 200);
    let ready = get("/readyz").send(&app).await;
    assert_eq!(
        (ready.status.as_u16(), ready.text().as_str()),
        (503, "the journal is being read\n")
    );
}

#[tokio::test]
async fn a_reader_keeps_language_and_size_by_links_alone() {
    let app = app();
    let got = get("/page?a=1&lang=en").send(&app).await;
    let text = got.text();
    assert!(text.contains("<html lang=\"en\" class=\"type-normal\">"), "{text}");
    assert!(text.contains("href=\"/page?a=1&amp;lang=zh\""), "{text}");
    let cookie = got.cookie("lang").unwrap();
    let next = get("/page").cookie(&cookie).cookie("type=large").send(&app).await;
    assert!(next.text().contains("<html lang=\"en\" class=\"type-large\">"));
    assert!(next.headers.get(SET_COOKIE).is_none());
    let odd = testing::get("/page?lang=xx&type=y").send(&app).await;
    assert!(odd.text().contains("<html lang=\"zh-CN\" class=\"type-normal\">"));
}
