//! A ticket by its address: the page that a phone shows at the door, and its picture.

use std::sync::Arc;

use domain::fair::Fair;
use domain::ids::ShortNumber;
use domain::ticket::Ticket;
use domain::verdict::{Presented, Stage, Verdict, admit};
use warp::http::HeaderValue;
use web::{ApiError, Call, Head, Response, reply};

use super::{Public, ticket_page};
use crate::booths;
use crate::site::{Guesser, Site};
use crate::suggestions::Route;

/// The side of the picture that a seeker saves.
const PICTURE_PX: usize = 512;

/// A genuine ticket as its page shows it.
pub(super) struct Shown {
    pub(super) ticket: Ticket,
    /// The ticket's text, as it stands in its address.
    pub(super) text: String,
    /// The address in the QR code.
    pub(super) address: String,
    /// The number for whoever can't scan; none for a ticket that was printed in advance and for
    /// one of a station whose records have not arrived yet.
    pub(super) number: Option<ShortNumber>,
    /// What would be said at the door now.
    pub(super) verdict: Verdict,
    pub(super) stage: Stage,
    pub(super) route: Route,
}

/// `GET /T/<ticket>`, with `.png` or `.svg` behind it the picture alone.
pub(super) async fn show(
    public: Arc<Public>,
    asked: String,
    call: Call,
) -> Result<Response, ApiError> {
    if asked.contains('.') {
        return picture(public, asked, call).await;
    }
    let response = match genuine(&public.site, &asked, &call) {
        Ok(ticket) => {
            let shown = shown(&public.site, ticket, &asked).await;
            ticket_page::reply(&public, &call, &shown)
        }
        Err(error) if error.code() == UNKNOWN => ticket_page::reply_unknown(&public, &call),
        Err(error) => return Err(error),
    };
    Ok(unlisted(response))
}

/// The QR code of a genuine ticket as a picture: this draws no codes of anything else.
pub(super) async fn picture(
    public: Arc<Public>,
    asked: String,
    call: Call,
) -> Result<Response, ApiError> {
    let (text, kind) = asked.rsplit_once('.').ok_or(ApiError::not_found("not_found"))?;
    let site = &public.site;
    let address = |text: &str| {
        let ticket = genuine(site, text, &call);
        ticket.map(|_| site.ticket_url(&text.to_ascii_uppercase()))
    };
    let response = match kind {
        "png" => reply::bytes("image/png", web::qr::png(&address(text)?, PICTURE_PX).into()),
        "svg" => reply::bytes("image/svg+xml", web::qr::svg(&address(text)?).into()),
        _ => return Err(ApiError::not_found("not_found")),
    };
    Ok(unlisted(response))
}

const UNKNOWN: &str = "unknown_ticket";

/// A ticket that is one; whatever is none counts as a guess.
fn genuine(site: &Site, text: &str, head: &Head) -> Result<Ticket, ApiError> {
    let fair = site.fair(Fair::tag);
    let of_a_lost_key = || site.fair(|fair| site.keys.of_a_lost_key(text, fair));
    site.keys.check(text, fair).or_else(|doubt| of_a_lost_key().ok_or(doubt)).or_else(|_| {
        let who = Guesser::Peer(head.arrival.peer.ip());
        site.may_guess(who)?;
        site.guessed_wrong(who);
        Err(ApiError::not_found(UNKNOWN))
    })
}

async fn shown(site: &Site, ticket: Ticket, asked: &str) -> Shown {
    let (reference, today) = (ticket.reference(), site.office.today());
    let text = asked.to_ascii_uppercase();
    let (number, verdict, stage) = site.fair(|fair| {
        let (ledger, stage) = (fair.ledger(), fair.stage());
        let issued = ledger.ticket(reference).and_then(|state| state.issued);
        let old_key = fair.key_generation().is_some_and(|newest| ticket.generation < newest);
        let presented = Presented {
            days: ticket.days,
            rehearsal: ticket.rehearsal,
            doubtful_key: old_key && issued.is_none(),
            today: Some(today),
        };
        let verdict = admit(stage, presented, ledger.known(reference, today));
        (issued.map(|issued| issued.number), verdict, stage)
    });
    Shown {
        address: site.ticket_url(&text),
        number,
        verdict,
        route: route(site, &ticket).await,
        ticket,
        text,
        stage,
    }
}

/// By what the seeker said, or by the few codes of the ticket; nothing for a guest, to whom every
/// booth is as near as the next.
async fn route(site: &Site, ticket: &Ticket) -> Route {
    let reference = ticket.reference();
    let registered = site.fair(|fair| {
        let state = fair.ledger().ticket(reference);
        state.is_some_and(|state| state.registered_on.is_some())
    });
    if registered {
        let mut profile = booths::profile(site, reference).ok().flatten();
        if profile.is_none() && site.office.rows_current().await.is_ok() {
            profile = booths::profile(site, reference).ok().flatten();
        }
        if let Some(profile) = profile.filter(|profile| !profile.wish.is_empty()) {
            return site.route_by_wish(&profile.wish, reference);
        }
    }
    if ticket.codes == [0; 2] {
        Route::default()
    } else {
        site.route_by_codes(ticket.codes, reference)
    }
}

/// A ticket's page and picture belong to one person: no search engine lists them, no cache keeps
/// them.
fn unlisted(mut response: Response) -> Response {
    let headers = response.headers_mut();
    headers.insert("x-robots-tag", HeaderValue::from_static("noindex, nofollow"));
    headers.insert("cache-control", HeaderValue::from_static("no-store"));
    response
}
