//! A whole small program: a page, an API route, a form, a live page. Read this first.

use std::sync::Arc;

use maud::html;
use tokio::sync::watch;
use warp::Filter;
use web::live::{Live, LiveEvent};
use web::page::{Choices, Field, Input, big_button, csrf_field, live_number};
use web::session::{Lines, Session, Sessions};
use web::testing::{get, post};
use web::{ApiError, App, Call, Door, Page, Response, Stop, reply, routes, t};

/// What handlers share: one `Arc`, cloned into each route.
struct Desk {
    sessions: Sessions,
    live: Live,
    numbers: watch::Receiver<LiveEvent>,
}

const NOW_MS: u64 = 1_000;

/// A page with a form. Words come from the tables: `t(lang, "section.key")`.
async fn show(desk: Arc<Desk>, call: Call) -> Result<Response, ApiError> {
    let signed = desk.sessions.require(&call, NOW_MS)?;
    let lang = call.lang();
    let body = html! {
        (live_number(t(lang, "page.free"), "talks", "0"))
        form method="post" action="/desk" data-enhance {
            (csrf_field(&signed.csrf()))
            (Field::new("openings", t(lang, "pages.label")).input(Input::Digits).required().render())
            (Choices { name: "wish", legend: "…", options: &[("a", "A")], chosen: &[] }.several())
            (big_button(t(lang, "sign_in.open")))
        }
    };
    let page = Page::new(&call, t(lang, "product.name")).live("/desk/live", "numbers");
    Ok(page.account("王老师", signed.csrf()).body(body).reply())
}

/// A form: session first, then the body, then the right to change; after it a redirect.
async fn save(desk: Arc<Desk>, mut call: Call) -> Result<Response, ApiError> {
    let signed = desk.sessions.require(&call, NOW_MS)?;
    let form = call.form().await?;
    signed.allow_change(&call, form.csrf())?;
    let openings: u32 = form
        .parsed("openings")?
        .ok_or_else(|| ApiError::bad_request("field_missing").value("field", "openings"))?;
    if openings == 0 {
        return Err(ApiError::unprocessable("field_wrong").value("field", "openings"));
    }
    Ok(reply::see_other("/desk"))
}

#[derive(serde::Serialize, serde::Deserialize)]
struct Told {
    talks: Vec<u32>,
}

/// An API route with a parameter and a JSON object.
async fn count(booth: u16, mut call: Call) -> Result<Response, ApiError> {
    let Told { talks } = call.json().await?;
    reply::json(&(booth, talks.len()))
}

fn app(desk: &Arc<Desk>) -> App {
    let (a, b, c) = (Arc::clone(desk), Arc::clone(desk), Arc::clone(desk));
    let api = warp::path!("v1" / "booths" / u16 / "talks").and(warp::post());
    routes::app(vec![
        routes::under("api", vec![routes::handle_one(api, count)]),
        routes::handle(warp::path!("desk").and(warp::get()), move |call| show(a.clone(), call)),
        routes::handle(warp::path!("desk").and(warp::post()), move |call| save(b.clone(), call)),
        routes::handle(warp::path!("desk" / "live").and(warp::get()), move |_| {
            std::future::ready(c.live.watch(c.numbers.clone()))
        }),
    ])
}

#[tokio::test]
async fn the_small_program_works() {
    let (_stopper, stop): (_, Stop) = web::stop::pair();
    let first = LiveEvent::json("numbers", &serde_json::json!({ "talks": 3 })).expect("JSON");
    let desk = Arc::new(Desk {
        sessions: Sessions::new(&zeroize::Zeroizing::new([1; 32]), "sb_guide", Lines::Private),
        live: Live::new(100, stop),
        numbers: watch::channel(first).1,
    });
    let app = app(&desk);
    let session = Session { account: [1; 8], role: 1, issued_at_ms: 0, expires_at_ms: 2_000 };
    let cookie = desk.sessions.cookie(&session, Door::Loopback);
    let cookie = cookie.to_str().expect("text").split(';').next().expect("a pair").to_owned();

    let page = get("/desk").cookie(&cookie).send(&app).await;
    let text = page.text();
    let csrf = text.split("name=\"csrf\" value=\"").nth(1).and_then(|rest| rest.split('"').next());
    let fields = [("csrf", csrf.expect("a proof")), ("openings", "2")];
    let saved = post("/desk").cookie(&cookie).form(&fields).send(&app).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let counted =
        post("/api/v1/booths/7/talks").json(&Told { talks: vec![1, 2, 3] }).send(&app).await;
    assert_eq!(counted.text(), "[7,3]");
    assert_eq!(get("/desk").send(&app).await.status, 401);
}
