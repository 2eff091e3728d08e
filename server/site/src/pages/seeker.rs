//! What seekers see on their own phones: the fair's start page, registration, the ticket, and what
//! is on offer.
//!
//! Invariant: no page here shows a name or a phone number, and none but the registration changes
//! anything. Everything works without script and over a plain line, on which nothing personal is
//! asked.

mod catalogue;
mod form;
mod form_page;
mod home;
mod postings;
mod register;
mod ticket;
mod ticket_page;
mod when;

use std::future::Future;
use std::sync::Arc;

use domain::employer::BoothNumber;
use domain::fair::Fair;
use domain::verdict::Stage;
use maud::{Markup, html};
use warp::Filter;
use web::{Call, Head, Lang, Page, Route, routes, t};

use crate::site::Site;

use catalogue::Catalogue;
pub(super) use when::days;

/// The slogans of the notice of 2018, appendix 1.
pub(super) const SLOGANS: [&str; 10] = [
    "kiosk_slogan.s01",
    "kiosk_slogan.s02",
    "kiosk_slogan.s03",
    "kiosk_slogan.s04",
    "kiosk_slogan.s05",
    "kiosk_slogan.s06",
    "kiosk_slogan.s07",
    "kiosk_slogan.s08",
    "kiosk_slogan.s09",
    "kiosk_slogan.s10",
];

/// What the handlers share.
struct Public {
    site: Arc<Site>,
    catalogue: Catalogue,
}

/// The routes of the public pages.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let public = Arc::new(Public { site: Arc::clone(site), catalogue: Catalogue::default() });
    let read = warp::get;
    let booth = warp::path!("postings" / "booth" / BoothNumber).and(read());
    let api_ticket = warp::path!("api" / "v1" / "tickets" / String).and(read());
    vec![
        routes::handle_one(warp::path!("T" / String).and(read()), with_one(&public, ticket::show)),
        routes::handle_one(warp::path!("t" / String).and(read()), with_one(&public, ticket::show)),
        routes::handle_one(api_ticket, with_one(&public, ticket::picture)),
        routes::handle(warp::path::end().and(read()), with(&public, home::show)),
        routes::handle(warp::path!("register").and(read()), with(&public, register::show)),
        routes::handle(warp::path!("register").and(warp::post()), with(&public, register::take)),
        routes::handle(warp::path!("postings").and(read()), with(&public, postings::list)),
        routes::handle_one(booth, with_one(&public, postings::booth)),
    ]
}

fn with<W: Future>(
    public: &Arc<Public>,
    handler: fn(Arc<Public>, Call) -> W,
) -> impl Fn(Call) -> W + Clone + use<W> {
    let public = Arc::clone(public);
    move |call| handler(Arc::clone(&public), call)
}

fn with_one<A, W: Future>(
    public: &Arc<Public>,
    handler: fn(Arc<Public>, A, Call) -> W,
) -> impl Fn(A, Call) -> W + Clone + use<A, W> {
    let public = Arc::clone(public);
    move |part, call| handler(Arc::clone(&public), part, call)
}

/// A page for seekers, with the ways between them once there is a fair.
fn page<'a>(public: &Public, head: &'a Head, title: &str) -> Page<'a> {
    let lang = head.lang();
    let planned = public.site.fair(Fair::stage) != Stage::Unplanned;
    let ways = vec![
        ("/register".to_owned(), t(lang, "seeker.get_ticket")),
        ("/postings".to_owned(), t(lang, "seeker.all_postings")),
    ];
    Page::new(head, title)
        .style("style/seeker.css")
        .mark(office::room::mark(lang, &public.site.store().status()))
        .nav(if planned { ways } else { Vec::new() })
}

/// The mark of everything that belongs to the rehearsal.
fn rehearsal_mark(lang: Lang) -> Markup {
    html! {
        p .rehearsal {
            strong { (t(lang, "seeker.rehearsal")) } " " (t(lang, "seeker.rehearsal_more"))
        }
    }
}

#[cfg(test)]
pub(super) mod given;
#[cfg(test)]
mod tests;
