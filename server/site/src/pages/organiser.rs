//! The organiser's pages: five visible steps from nothing to an open fair, the overview while it
//! runs, its end.
//!
//! Invariant: nothing here shows a seeker's name or what was said at a desk. What can't be taken
//! back is asked for twice.

mod accounts;
mod address;
mod board;
mod close;
mod employers;
mod fair;
mod figures;
mod headquarters;
mod kiosks;
mod new_key;
mod open;
mod overview;
mod standby;
mod steps;
mod stick;

use std::sync::Arc;

use domain::ids::{AccountId, NodeId};
use warp::Filter;
use web::{Route, routes};

use super::staff::{with, with_one};
use crate::site::Site;
use board::Board;

/// The routes of the organiser's pages.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let board = Arc::new(Board::new(site));
    let (shown, followed) = (Arc::clone(&board), board);
    let (get, post) = (warp::get, warp::post);
    let below = |name: &'static str| {
        warp::path!("organiser" / ..).and(warp::path(name)).and(warp::path::end())
    };
    let account = || warp::path!("organiser" / "accounts" / AccountId / "close");
    let kiosk = || warp::path!("organiser" / "kiosks" / NodeId / "revoke");
    let acknowledgement = || warp::path!("organiser" / "stick" / "acknowledgement");
    let promote = || warp::path!("organiser" / "standby" / "promote");
    let confirm = || warp::path!("organiser" / "open" / "confirm");
    let mut all = vec![
        routes::handle(warp::path!("organiser").and(get()), move |call| {
            std::future::ready(overview::show(&shown, &call))
        }),
        routes::handle(warp::path!("live" / "organiser").and(get()), move |call| {
            std::future::ready(overview::follow(&followed, &call))
        }),
    ];
    all.extend([
        routes::handle(below("fair").and(get()), with(site, fair::show)),
        routes::handle(below("fair").and(post()), with(site, fair::save)),
        routes::handle(below("employers").and(get()), with(site, employers::show)),
        routes::handle(below("employers").and(post()), with(site, employers::take)),
        routes::handle(below("accounts").and(get()), with(site, accounts::show)),
        routes::handle(below("accounts").and(post()), with(site, accounts::create)),
        routes::handle_one(account().and(get()), with_one(site, accounts::ask_close)),
        routes::handle_one(account().and(post()), with_one(site, accounts::close)),
        routes::handle(below("kiosks").and(get()), with(site, kiosks::show)),
        routes::handle(below("kiosks").and(post()), with(site, kiosks::make_code)),
        routes::handle_one(kiosk().and(get()), with_one(site, kiosks::ask_revoke)),
        routes::handle_one(kiosk().and(post()), with_one(site, kiosks::revoke)),
        routes::handle(below("ticket-key").and(get()), with(site, new_key::ask_ticket_key)),
        routes::handle(below("ticket-key").and(post()), with(site, new_key::draw_ticket_key)),
        routes::handle(below("server-key").and(get()), with(site, new_key::ask_server_key)),
        routes::handle(below("server-key").and(post()), with(site, new_key::draw_server_key)),
        routes::handle(below("open").and(get()), with(site, open::show)),
        routes::handle(confirm().and(get()), with(site, open::ask)),
        routes::handle(confirm().and(post()), with(site, open::open)),
        routes::handle(below("close").and(get()), with(site, close::ask)),
        routes::handle(below("close").and(post()), with(site, close::close)),
        routes::handle(below("stick").and(get()), with(site, stick::show)),
        routes::handle(below("stick").and(post()), with(site, stick::export)),
        routes::handle(acknowledgement().and(get()), with(site, stick::show)),
        routes::handle(acknowledgement().and(post()), with(site, stick::acknowledge)),
        routes::handle(below("headquarters").and(get()), with(site, headquarters::show)),
        routes::handle(below("headquarters").and(post()), with(site, headquarters::link)),
        routes::handle(below("standby").and(get()), with(site, standby::show)),
        routes::handle(below("standby").and(post()), with(site, standby::make_code)),
        routes::handle(promote().and(get()), with(site, standby::ask_promote)),
        routes::handle(promote().and(post()), with(site, standby::promote)),
    ]);
    all
}

#[cfg(test)]
mod tests;
