//! The page of a station that can't serve: why, and where to go instead.

use maud::{Markup, html};

use super::frame::{Around, Leaves, Screen, page};
use super::icon::Icon;

/// Out of service. `reason` is for the staff: a sentence that says what to do.
#[must_use]
pub fn out_of_service(around: &Around, reason: &str) -> Markup {
    let look = around.look;
    let screen = Screen {
        leaves: Leaves::After { seconds: 30, next: "/" },
        scans: false,
        ..Screen::opened("out", "kiosk_out.title")
    };
    let content = html! {
        div.verdict {
            div.sign { (Icon::Pause.draw()) }
            h1 { (look.both("kiosk_out.title")) }
            p.sentence { (look.both("kiosk_out.more")) }
            p.note { (look.text("kiosk_out.staff")) ": " (reason) }
        }
    };
    page(around, &screen, "/", &content)
}
