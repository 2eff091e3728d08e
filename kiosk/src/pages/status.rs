//! The page that says how far this station's records have come: for staff, who find it behind "get
//! help".

use domain::day::clock_text;
use link::words::sentence;
use maud::{Markup, html};
use web::fill;

use super::frame::{Around, Screen, page};
use super::look::Look;
use crate::station::{LinkWord, StationStatus};

/// The most ranges of lost records that are listed; the log has all.
const RANGES: usize = 10;

/// Stored here, at the site, at headquarters; since when not, and why.
#[must_use]
pub fn render(around: &Around, status: &StationStatus) -> Markup {
    let look = around.look;
    let screen = Screen { scans: false, ..Screen::opened("status", "kiosk_status.title") };
    let content = html! {
        div.status {
            h1 tabindex="-1" { (look.both("kiosk_status.title")) }
            dl {
                (line(look, "kiosk_status.here", &records(look, status.stored_here)))
                (line(look, "kiosk_status.site", &at_site(look, status)))
                (line(look, "kiosk_status.headquarters", &at_headquarters(look, status)))
                // With one machine there is nothing to tell apart.
                @if let (Some(address), Some(_)) = (&status.site_address, &status.other_address) {
                    (line(look, "kiosk_status.server", address))
                }
                @if let Some(code) = status.trouble {
                    (line(look, "kiosk_status.why", &why(look, code)))
                }
            }
            @if status.low_space { p.note { (look.both("kiosk_status.low")) } }
            @if !status.lost.is_empty() { (lost(look, &status.lost)) }
            a.main href=(look.link("/")) { (look.both("kiosk.home")) }
        }
    };
    page(around, &screen, "/status", &content)
}

fn line(look: Look, what: &'static str, says: &str) -> Markup {
    html! {
        div {
            dt { (look.both(what)) }
            dd { (says) }
        }
    }
}

fn records(look: Look, count: u64) -> String {
    fill(look.text("kiosk_status.records"), &[("n", &count.to_string())])
}

fn at_site(look: Look, status: &StationStatus) -> String {
    if status.all_delivered {
        return fill(look.text("kiosk_status.all"), &[("n", &status.at_site.to_string())]);
    }
    let (there, waiting) = (status.at_site.to_string(), status.waiting.to_string());
    let since = match status.link {
        LinkWord::Offline => status.behind_since_ms.or(status.since_ms),
        _ => status.behind_since_ms,
    };
    let since = since.map_or_else(|| "–".to_owned(), clock_text);
    let values = [("n", there.as_str()), ("waiting", &waiting), ("time", &since)];
    fill(look.text("kiosk_status.some"), &values)
}

fn at_headquarters(look: Look, status: &StationStatus) -> String {
    match status.at_headquarters {
        None => look.text("kiosk_status.unknown").to_owned(),
        Some(count) if count >= status.stored_here => {
            fill(look.text("kiosk_status.all"), &[("n", &count.to_string())])
        }
        Some(count) => records(look, count),
    }
}

fn why(look: Look, code: &str) -> String {
    sentence(look.lang, code, look.text("kiosk_status.the_site"))
}

fn lost(look: Look, ranges: &[(u64, u64)]) -> Markup {
    html! {
        section.note {
            p { (look.both("kiosk_status.lost")) }
            ul {
                @for (first, last) in ranges.iter().take(RANGES) {
                    li { (first) "–" (last) }
                }
                @if ranges.len() > RANGES { li { "…" } }
            }
        }
    }
}
