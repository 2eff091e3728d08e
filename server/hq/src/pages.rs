//! The clerk's pages: overview, sites, one site, enrolling a site. Server-rendered; a light script
//! keeps the numbers live.

pub(crate) mod enrol;
mod live;
mod overview;
mod site;
mod sites;
mod stick;
mod tables;
mod words;

use std::future::Future;
use std::sync::Arc;

use domain::ids::NodeId;
use domain::role::Right;
use link::Receiving;
use office::{Staff, accounts};
use warp::Filter;
use warp::reject::Rejection;
use web::{ApiError, Call, Page, Response, Route, StatusCode, reply, routes, t};

use crate::hq::Hq;

/// All of them.
pub(crate) fn routes(hq: &Arc<Hq>, receiving: &Arc<Receiving<Hq>>) -> Vec<Route> {
    let taking = Arc::clone(receiving);
    let acknowledging = Arc::clone(receiving);
    let (get, post) = (warp::get, warp::post);
    let replacing = Arc::clone(hq);
    let (one, of_one, ending) = (Arc::clone(hq), Arc::clone(hq), Arc::clone(hq));
    vec![
        page(warp::path::end().and(get()), hq, overview::show),
        page(warp::path!("sites").and(get()), hq, sites::show),
        page(warp::path!("enrol").and(get()), hq, enrol::show),
        page(warp::path!("enrol").and(post()), hq, enrol::give),
        page(warp::path!("live").and(get()), hq, live::all),
        routes::handle_one(warp::path!("sites" / NodeId).and(get()), move |node, call| {
            let hq = Arc::clone(&one);
            signed_in(hq, call, move |hq, call| site::show(hq, node, call))
        }),
        routes::handle_one(warp::path!("sites" / NodeId / "live").and(get()), move |node, call| {
            live::of_site(Arc::clone(&of_one), node, call)
        }),
        page(warp::path!("stick").and(get()), hq, stick::show),
        routes::handle(warp::path!("stick").and(post()), move |call| {
            stick::take(Arc::clone(&taking), call)
        }),
        routes::handle_one(
            warp::path!("sites" / NodeId / "acknowledgement.ack").and(get()),
            move |node, call| stick::acknowledge(Arc::clone(&acknowledging), node, call),
        ),
        routes::handle_one(warp::path!("sites" / NodeId / "replace").and(post()), {
            move |node, call| enrol::replace(Arc::clone(&replacing), node, call)
        }),
        routes::handle_one(warp::path!("sites" / NodeId / "revoke").and(post()), {
            move |node, call| site::revoke(Arc::clone(&ending), node, call)
        }),
    ]
}

fn page<M, W>(matched: M, hq: &Arc<Hq>, handler: fn(Arc<Hq>, Call) -> W) -> Route
where
    M: Filter<Extract = (), Error = Rejection> + Clone + Send + Sync + 'static,
    W: Future<Output = Result<Response, ApiError>> + Send + 'static,
{
    let hq = Arc::clone(hq);
    routes::handle(matched, move |call| signed_in(Arc::clone(&hq), call, handler))
}

/// Whoever looks without being signed in gets to the sign-in, and from there back.
async fn signed_in<H, W>(hq: Arc<Hq>, call: Call, handler: H) -> Result<Response, ApiError>
where
    H: FnOnce(Arc<Hq>, Call) -> W,
    W: Future<Output = Result<Response, ApiError>>,
{
    let next = call.uri.path().to_owned();
    match handler(Arc::clone(&hq), call).await {
        Err(error) if error.status() == StatusCode::UNAUTHORIZED => {
            let is_fresh = hq.office.setup_code().is_some();
            let sign_in = format!("/sign-in?next={next}");
            Ok(reply::see_other(if is_fresh { "/setup" } else { &sign_in }))
        }
        other => other,
    }
}

/// The clerk who looks.
fn clerk(hq: &Hq, call: &Call) -> Result<Staff, ApiError> {
    hq.office.staff(call, Right::RunHeadquarters)
}

/// The frame of every page for a clerk.
fn frame<'a>(hq: &Hq, call: &'a Call, staff: &Staff, title: &str) -> Page<'a> {
    let lang = call.lang();
    let ways = [("/", "hq.overview"), ("/sites", "hq.sites"), ("/enrol", "hq.enrol")];
    let ways = ways.into_iter().map(|(path, key)| (path.to_owned(), t(lang, key))).collect();
    // While the rows are being rebuilt, the role stands for the name.
    let known = accounts::credentials(&hq.office, staff.actor.account).ok().flatten();
    let name = known.map_or_else(|| t(lang, "role.clerk").to_owned(), |known| known.name);
    Page::new(call, title)
        .mark(office::lost::marks(lang, &hq.office.store.status()))
        .nav(ways)
        .account(&name, staff.csrf())
        .style("style/hq.css")
        .wide()
}
