//! All booths with what they offer, a page at a time, so that nobody has to scroll.

use maud::{Markup, html};
use web::fill;

use super::frame::{Around, Screen, page};
use super::look::Look;
use crate::route::Booth;

/// Booths on one page.
pub const BOOTHS_A_PAGE: usize = 8;

/// Page `number` (from 1) of all booths.
#[must_use]
pub fn render(around: &Around, booths: &[Booth], number: usize) -> Markup {
    let look = around.look;
    let screen = Screen::opened("jobs", "kiosk_route.none");
    let pages = booths.len().div_ceil(BOOTHS_A_PAGE).max(1);
    let number = number.clamp(1, pages);
    let content = html! {
        div.jobs {
            h1 tabindex="-1" { (look.both("kiosk_route.none")) }
            @if booths.is_empty() { p.sentence { (look.both("kiosk_route.empty")) } }
            ol.booths {
                @for booth in booths.iter().skip((number - 1) * BOOTHS_A_PAGE).take(BOOTHS_A_PAGE) {
                    li {
                        b { (booth.number) }
                        div {
                            h2 { (booth.employer) }
                            p { (booth.postings.join(" · ")) }
                        }
                    }
                }
            }
            (pager(look, number, pages))
        }
    };
    page(around, &screen, &format!("/jobs?page={number}"), &content)
}

fn pager(look: Look, number: usize, pages: usize) -> Markup {
    let (now, of) = (number.to_string(), pages.to_string());
    let path = |page: usize| look.link(&format!("/jobs?page={page}"));
    html! {
        p.of { (fill(look.text("kiosk_route.page"), &[("n", &now), ("of", &of)])) }
        div.ways-on {
            @if number > 1 {
                a.plain href=(path(number - 1)) { (look.both("kiosk_route.previous")) }
            }
            a.plain href=(look.link("/")) { (look.both("kiosk.home")) }
            @if number < pages {
                a.main href=(path(number + 1)) { (look.both("kiosk_route.next")) }
            }
        }
    }
}
