//! The one question before a ticket: how to address somebody. It may be skipped.

use maud::{Markup, html};

use super::frame::{Around, Screen, page};
use super::look::Look;

/// The question. `sorry` is the key of a sentence when the last try came to nothing.
#[must_use]
pub fn render(around: &Around, sorry: Option<&'static str>) -> Markup {
    let look = around.look;
    let screen = Screen::opened("walk-in", "kiosk_walk_in.title");
    let content = html! {
        div.question {
            p.step { (look.text("kiosk_walk_in.step")) }
            h1 tabindex="-1" { (look.both("kiosk_walk_in.title")) }
            p.sentence { (look.both("kiosk_walk_in.promise")) }
            @if let Some(key) = sorry { p.note role="alert" { (look.both(key)) } }
            form.choices method="post" action=(look.link("/walk-in")) {
                (choice(look, "mr", "kiosk_walk_in.mr"))
                (choice(look, "ms", "kiosk_walk_in.ms"))
                button.plain type="submit" name="form_of_address" value="none" {
                    (look.both("kiosk_walk_in.skip"))
                }
            }
            div.ways-on {
                a.plain href=(look.link("/")) { (look.both("kiosk.back")) }
            }
            p.organisers { (look.text("kiosk.free")) " · " (look.text("kiosk.organisers")) }
        }
    };
    page(around, &screen, "/walk-in", &content)
}

fn choice(look: Look, value: &str, key: &str) -> Markup {
    html! {
        button.main type="submit" name="form_of_address" value=(value) { (look.both(key)) }
    }
}
