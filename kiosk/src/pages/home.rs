//! The start page: the invitation, the camera's picture, the keypad, the way to a ticket.

use maud::{Markup, html};
use web::{Lang, t};

use super::frame::{Around, Leaves, Screen, page};
use super::icon::Icon;
use super::look::Look;
use super::stage::{Wanted, stage};

/// The ten slogans of the 2018 notice, in its order.
const SLOGANS: [&str; 10] = [
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

/// The digits typed so far, and whether they turned out wrong.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Typed {
    /// What stands in the field.
    pub digits: String,
    /// It is no ticket's number.
    pub mistyped: bool,
}

/// The start page.
#[must_use]
pub fn render(around: &Around, typed: &Typed) -> Markup {
    let look = around.look;
    let screen = Screen { leaves: Leaves::Never, ..Screen::opened("idle", "kiosk_home.invite") };
    let content = html! {
        div.invite {
            h1 { (look.both(around.invitation)) }
        }
        (stage(look, Wanted::Ticket))
        (slogans(look))
        div.ways {
            a.main.walk-in href=(look.link("/walk-in")) {
                (Icon::Ticket.draw())
                strong { (look.both("kiosk_home.walk_in")) }
                span.more { (look.text("kiosk_home.walk_in_more")) }
            }
            (keypad(look, typed))
        }
    };
    page(around, &screen, "/", &content)
}

/// One slogan is in sight at a time; screen readers find them as a list.
fn slogans(look: Look) -> Markup {
    html! {
        section.slogans aria-label=(look.text("kiosk_home.slogans")) {
            ul {
                @for key in SLOGANS {
                    li {
                        span.first lang=(Lang::Zh.tag()) { (t(Lang::Zh, key)) }
                        @if !look.large || look.lang == Lang::En {
                            span.second lang=(Lang::En.tag()) { (t(Lang::En, key)) }
                        }
                    }
                }
            }
        }
    }
}

/// Each key is a button of the form, so the keypad works without script too.
fn keypad(look: Look, typed: &Typed) -> Markup {
    html! {
        form.keypad method="post" action=(look.link("/number")) autocomplete="off"
            data-hint=(look.text("kiosk_home.number_hint"))
            data-wrong=(look.text("kiosk_home.mistyped")) {
            p.label id="number-label" {
                strong { (look.text("kiosk_home.number")) }
                span.hint role="status" class=[typed.mistyped.then_some("wrong")] {
                    @if typed.mistyped {
                        (look.text("kiosk_home.mistyped"))
                    } @else {
                        (look.text("kiosk_home.number_hint"))
                    }
                }
            }
            // Enter in the field means OK, so that button comes first in the form.
            button.enter type="submit" name="key" value="ok" tabindex="-1" aria-hidden="true" {}
            input name="number" value=(typed.digits) inputmode="none" maxlength="13"
                autocomplete="off" spellcheck="false" aria-labelledby="number-label";
            div.keys {
                @for digit in ["1", "2", "3", "4", "5", "6", "7", "8", "9"] {
                    button type="submit" name="key" value=(digit) { (digit) }
                }
                button.word type="submit" name="key" value="delete" {
                    (look.text("kiosk_home.key_delete"))
                }
                button type="submit" name="key" value="0" { "0" }
                button.word.ok type="submit" name="key" value="ok" {
                    (look.text("kiosk_home.key_ok"))
                }
            }
        }
    }
}
