//! The big screen in the hall: how the fair goes, where it is crowded, how to join. Public numbers
//! only; nobody is named.
//!
//! A room reads it from far: both languages at once, few words, and a plain sign when what it shows
//! is old.

mod board;
mod screen;

use std::future::ready;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::StreamExt;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::IntervalStream;
use warp::Filter;
use web::page::Shell;
use web::{ApiError, Call, Page, Response, Route, routes, t};

use crate::site::Site;

use board::Board;

/// At most one update in so long a time.
const UPDATE_EVERY: Duration = Duration::from_secs(1);

/// The routes of the big screen.
#[must_use]
pub fn routes(site: &Arc<Site>) -> Vec<Route> {
    let board = Arc::new(Board::new(site));
    let (shown, followed) = (Arc::clone(&board), board);
    vec![
        routes::handle(warp::path!("hall").and(warp::get()), move |call| {
            ready(show(&shown, &call))
        }),
        routes::handle(warp::path!("live" / "hall").and(warp::get()), move |call: Call| {
            ready(follow(&followed, call.arrival.peer.ip()))
        }),
    ]
}

fn show(board: &Board, call: &Call) -> Result<Response, ApiError> {
    let lang = call.chosen_lang().unwrap_or_default();
    let night = call.query().get("night").is_some();
    let page = Page::new(call, t(lang, "hall.title"))
        .lang(lang)
        .shell(Shell::Bare)
        .style("style/hall.css")
        .live("/live/hall", "hall")
        .script("script/hall.js")
        .texts(&["hall.quiet", "hall.some", "hall.busy", "hall.full"]);
    Ok(page.body(screen::render(&board.moment(), lang, night)).reply())
}

/// The numbers as they are now, and again whenever they changed, but never twice in a second.
fn follow(board: &Arc<Board>, peer: IpAddr) -> Result<Response, ApiError> {
    let mut ticks = interval(UPDATE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let board = Arc::clone(board);
    let mut told = None;
    let events = IntervalStream::new(ticks).filter_map({
        let board = Arc::clone(&board);
        move |_| {
            let event = board.news(&mut told, office::now_ms());
            ready(event)
        }
    });
    board.stream(peer, events)
}

#[cfg(test)]
mod tests {
    use futures_util::stream;
    use web::Door;

    use super::*;
    use crate::pages::seeker::given::opened;

    #[tokio::test]
    async fn screens_and_phones_that_follow_leave_the_staffs_streams_alone() {
        let given = opened().await;
        let app = web::routes::app(routes(&given.site));
        let held: Vec<Response> = {
            let board = Arc::new(Board::new(&given.site));
            let follow = |number| follow(&board, std::net::Ipv4Addr::from(number).into());
            (0..u32::from(u16::MAX)).map_while(|number| follow(number).ok()).collect()
        };
        assert!(!held.is_empty());
        let one_more = web::testing::get("/live/hall").door(Door::Plain).send(&app).await;
        assert_eq!(one_more.status, web::StatusCode::SERVICE_UNAVAILABLE);
        assert!(given.site.live.events(stream::pending()).is_ok(), "none left for the staff");
        drop(held);
    }
}
