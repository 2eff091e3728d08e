//! The doors of a node that people run: naming the first of its staff, signing in and out, for
//! programs (JSON and a bearer token) and for people (pages and a cookie).
//!
//! Invariant: nothing here works on a line that others can read, and a form only works from a page
//! of this node. Which rights a session gives is decided in [`crate::staff`], not here.

mod pages;

use std::future::Future;
use std::sync::Arc;

use domain::role::{Actor, Role};
use serde::{Deserialize, Serialize};
use warp::Filter;
use web::session::{Session, same_origin};
use web::{ApiError, Call, Fields, Response, Route, reply, routes};

use crate::accounts::{self, Wanted};
use crate::moment::utc_text;
use crate::office::{Office, OfficeMachine};

/// All of them, with their whole paths: `/api/v1/setup`, `/api/v1/sign-in`, `/api/v1/sign-out`,
/// `/setup`, `/sign-in`, `/sign-out`.
#[must_use]
pub fn routes<M: OfficeMachine>(office: &Arc<Office<M>>) -> Vec<Route> {
    let (get, post) = (warp::get, warp::post);
    let api = |name: &'static str| warp::path!("api" / "v1" / ..).and(warp::path(name));
    let api = move |name| api(name).and(warp::path::end()).and(post());
    vec![
        routes::handle(api("sign-in"), with(office, sign_in)),
        routes::handle(api("sign-out"), with(office, sign_out)),
        routes::handle(api("setup"), with(office, set_up)),
        routes::handle(warp::path!("sign-in").and(get()), with(office, show_sign_in)),
        routes::handle(warp::path!("sign-in").and(post()), with(office, sign_in_by_form)),
        routes::handle(warp::path!("sign-out").and(post()), with(office, sign_out_by_form)),
        routes::handle(warp::path!("setup").and(get()), with(office, show_setup)),
        routes::handle(warp::path!("setup").and(post()), with(office, set_up_by_form)),
    ]
}

/// A handler with what it shares.
fn with<M: OfficeMachine, W: Future>(
    office: &Arc<Office<M>>,
    handler: fn(Arc<Office<M>>, Call) -> W,
) -> impl Fn(Call) -> W + Clone + use<M, W> {
    let office = Arc::clone(office);
    move |call| handler(Arc::clone(&office), call)
}

/// What a program gets that has signed in.
#[derive(Debug, Serialize)]
struct Signed {
    /// To be shown as `Authorization: Bearer …`.
    token: String,
    /// The role's code.
    role: &'static str,
    /// When the token ends, RFC 3339 in UTC.
    expires_at: String,
}

#[derive(Deserialize)]
struct SignIn {
    login: String,
    password: String,
}

#[derive(Deserialize)]
struct SetUp {
    code: String,
    login: String,
    /// What people call them; the login where it is left out.
    name: Option<String>,
    password: String,
}

async fn sign_in<M: OfficeMachine>(
    office: Arc<Office<M>>,
    mut call: Call,
) -> Result<Response, ApiError> {
    let asked: SignIn = call.json().await?;
    let actor = accounts::sign_in(&office, &call, &asked.login, &asked.password).await?;
    signed(&office, actor)
}

async fn set_up<M: OfficeMachine>(
    office: Arc<Office<M>>,
    mut call: Call,
) -> Result<Response, ApiError> {
    call.staff_door()?;
    let asked: SetUp = call.json().await?;
    let wanted = first_of_staff(&office, asked.login, asked.name, asked.password);
    let actor = accounts::set_up(&office, &asked.code, wanted).await?;
    signed(&office, actor)
}

/// A program forgets its token by itself; a page that signs out by script loses its cookie.
async fn sign_out<M: OfficeMachine>(
    office: Arc<Office<M>>,
    call: Call,
) -> Result<Response, ApiError> {
    if let Some(staff) = office.who(&call)? {
        staff.session().allow_change(&call, None)?;
    }
    Ok(reply::with_cookie(reply::no_content(), office.sessions.no_cookie(call.door())))
}

fn signed<M: OfficeMachine>(office: &Office<M>, actor: Actor) -> Result<Response, ApiError> {
    let session = office.new_session(actor.account, actor.role);
    reply::json(&Signed {
        token: office.sessions.token(&session),
        role: actor.role.code(),
        expires_at: utc_text(session.expires_at_ms),
    })
}

async fn show_sign_in<M: OfficeMachine>(
    office: Arc<Office<M>>,
    call: Call,
) -> Result<Response, ApiError> {
    call.staff_door()?;
    let query = call.query();
    let next = local_path(query.get("next"), home(&office));
    // An expired session is no obstacle to a new one.
    if office.who(&call).ok().flatten().is_some() {
        return Ok(reply::see_other(next));
    }
    let login = pages::SignInPage { next, login: "", refused: None, fresh: is_fresh(&office) };
    Ok(login.reply(&call))
}

async fn sign_in_by_form<M: OfficeMachine>(
    office: Arc<Office<M>>,
    mut call: Call,
) -> Result<Response, ApiError> {
    let form = form_of_ours(&mut call).await?;
    let next = local_path(form.get("next"), home(&office));
    let login = form.filled("login").unwrap_or_default();
    let password = form.get("password").unwrap_or_default();
    match accounts::sign_in(&office, &call, login, password).await {
        Ok(actor) => Ok(enter(&office, &call, actor, next)),
        Err(refused) if refused.status().is_client_error() => {
            let refused = Some(&refused);
            let page = pages::SignInPage { next, login, refused, fresh: is_fresh(&office) };
            Ok(page.reply(&call))
        }
        Err(failed) => Err(failed),
    }
}

async fn sign_out_by_form<M: OfficeMachine>(
    office: Arc<Office<M>>,
    mut call: Call,
) -> Result<Response, ApiError> {
    let form = call.form().await?;
    // Whose session has ended is signed out already.
    if let Some(staff) = office.who(&call).ok().flatten() {
        staff.session().allow_change(&call, form.csrf())?;
    }
    let gone = office.sessions.no_cookie(call.door());
    Ok(reply::with_cookie(reply::see_other("/sign-in"), gone))
}

async fn show_setup<M: OfficeMachine>(
    office: Arc<Office<M>>,
    call: Call,
) -> Result<Response, ApiError> {
    call.staff_door()?;
    if !is_fresh(&office) {
        return Ok(reply::see_other("/sign-in"));
    }
    let role = office.first_role();
    Ok(pages::SetupPage { role, filled: &Fields::default(), refused: None }.reply(&call))
}

async fn set_up_by_form<M: OfficeMachine>(
    office: Arc<Office<M>>,
    mut call: Call,
) -> Result<Response, ApiError> {
    let form = form_of_ours(&mut call).await?;
    match named(&office, &form).await {
        Ok(actor) => Ok(enter(&office, &call, actor, home(&office))),
        Err(refused) if refused.status().is_client_error() => {
            let role = office.first_role();
            Ok(pages::SetupPage { role, filled: &form, refused: Some(&refused) }.reply(&call))
        }
        Err(failed) => Err(failed),
    }
}

async fn named<M: OfficeMachine>(office: &Office<M>, form: &Fields) -> Result<Actor, ApiError> {
    let code = form.required("code")?;
    let login = form.required("login")?.to_owned();
    let name = form.filled("name").map(str::to_owned);
    let password = form.get("password").unwrap_or_default().to_owned();
    accounts::set_up(office, code, first_of_staff(office, login, name, password)).await
}

fn first_of_staff<M: OfficeMachine>(
    office: &Office<M>,
    login: String,
    name: Option<String>,
    password: String,
) -> Wanted {
    let name = name.unwrap_or_else(|| login.clone());
    Wanted { login, name, password, role: office.first_role(), booth: None }
}

/// The form of somebody who is not signed in, from a page of ours.
async fn form_of_ours(call: &mut Call) -> Result<Fields, ApiError> {
    call.staff_door()?;
    same_origin(call)?;
    call.form().await
}

fn is_fresh<M: OfficeMachine>(office: &Office<M>) -> bool {
    office.setup_code().is_some()
}

fn enter<M: OfficeMachine>(office: &Office<M>, call: &Call, actor: Actor, next: &str) -> Response {
    let session: Session = office.new_session(actor.account, actor.role);
    reply::with_cookie(reply::see_other(next), office.sessions.cookie(&session, call.door()))
}

/// Where to go after signing in: only a page of this node, else a link from elsewhere could lead
/// people who trust this form to another host.
fn local_path<'a>(asked: Option<&'a str>, home: &'static str) -> &'a str {
    let is_local = |path: &&str| {
        path.starts_with('/')
            && !path.starts_with("//")
            && path.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'\\')
    };
    asked.filter(is_local).unwrap_or(home)
}

/// Where staff begin: a site's first page is the public's.
fn home<M: OfficeMachine>(office: &Office<M>) -> &'static str {
    match office.first_role() {
        Role::Clerk => "/",
        Role::Organiser | Role::Volunteer | Role::Booth => "/staff",
    }
}

/// The name of a role for people.
#[must_use]
pub fn role_key(role: Role) -> &'static str {
    match role {
        Role::Organiser => "role.organiser",
        Role::Volunteer => "role.volunteer",
        Role::Booth => "role.booth",
        Role::Clerk => "role.clerk",
    }
}

#[cfg(test)]
mod tests {
    use super::local_path;

    #[test]
    fn only_pages_of_this_node_come_next() {
        for path in ["/", "/sites/ab?day=2026-03-05", "/desk#talks"] {
            assert_eq!(local_path(Some(path), "/"), path);
        }
        let foreign = [
            "",
            "//evil.example/",
            "/\\evil.example",
            "https://evil.example",
            "desk",
            "/a\nb",
            "/\t/b",
        ];
        for path in foreign {
            assert_eq!(local_path(Some(path), "/staff"), "/staff", "{path:?}");
        }
        assert_eq!(local_path(None, "/staff"), "/staff");
    }
}
