//! The page behind "get help": a sign that a volunteer sees from afar, and the way to the desk.

use maud::{Markup, html};

use super::frame::{Around, Leaves, Screen, page};
use super::icon::Icon;

/// Seconds for which the sign stands; it may be taken down at any time.
const SIGN_SECONDS: u64 = 120;

/// The sign.
#[must_use]
pub fn render(around: &Around) -> Markup {
    let look = around.look;
    let screen = Screen {
        tone: Some("call"),
        leaves: Leaves::After { seconds: SIGN_SECONDS, next: "/" },
        ..Screen::opened("help", "kiosk_help.sign")
    };
    let content = html! {
        div.verdict {
            div.sign { (Icon::Hand.draw()) }
            h1 tabindex="-1" { (look.both("kiosk_help.sign")) }
            p.sentence { (look.both("kiosk_help.title")) }
            p.sentence { (look.both_with("kiosk_help.station", &[("name", &around.station)])) }
            p { (look.both("kiosk_help.more")) }
            div.ends {
                a.main href=(look.link("/")) { (look.both("kiosk_help.cancel")) }
                a.staff href=(look.link("/status")) { (look.both("kiosk_help.status")) }
            }
        }
    };
    page(around, &screen, "/help", &content)
}
