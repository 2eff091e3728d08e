//! The page of a station that belongs to no fair yet: it reads the QR code of the organiser's page, or
//! takes the site's address and a one-time code.

use maud::{Markup, html};

use super::frame::{Around, Leaves, Screen, page};
use super::look::Look;
use super::stage::{Wanted, stage};

/// What was typed, and what became of it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Attempt {
    /// The site's address.
    pub site: String,
    /// What the station is to be called.
    pub name: String,
    /// Key of the sentence that says why it failed.
    pub sorry: Option<&'static str>,
}

/// What can be in the way, by the name that a page's address carries.
const SORRY: [(&str, &str); 7] = [
    ("refused", "kiosk_setup.refused"),
    ("unreachable", "kiosk_setup.unreachable"),
    ("other", "kiosk_setup.other"),
    ("not_whole", "kiosk_setup.not_whole"),
    ("not_kept", "kiosk_setup.not_kept"),
    ("incomplete", "kiosk_setup.incomplete"),
    ("no_code", "kiosk_setup.no_code"),
];

/// The sentence of a name, if there is one.
#[must_use]
pub fn sorry(name: &str) -> Option<&'static str> {
    SORRY.iter().find(|(known, _)| *known == name).map(|(_, key)| *key)
}

/// The camera and the form.
#[must_use]
pub fn render(around: &Around, attempt: &Attempt) -> Markup {
    let look = around.look;
    let screen = Screen { scans: true, ..quiet("setup") };
    let content = html! {
        div.pairing {
            div.invite {
                h1 tabindex="-1" { (look.both("kiosk_setup.title")) }
                p.sentence { (look.both("kiosk_setup.lead")) }
                @if let Some(key) = attempt.sorry { p.note role="alert" { (look.both(key)) } }
            }
            (stage(look, Wanted::Invitation))
            (form(look, attempt))
        }
    };
    page(around, &screen, "/", &content)
}

fn form(look: Look, attempt: &Attempt) -> Markup {
    html! {
        form.fields method="post" action=(look.link("/setup")) autocomplete="off" {
            p { (look.both("kiosk_setup.or_type")) }
            label for="site" { (look.both("kiosk_setup.site")) }
            input id="site" name="site" type="text" inputmode="url" value=(attempt.site)
                spellcheck="false" placeholder=(look.text("kiosk_setup.site_hint"));
            label for="code" { (look.both("kiosk_setup.code")) }
            input id="code" name="code" required spellcheck="false";
            label for="name" { (look.both("kiosk_setup.name")) }
            input id="name" name="name" maxlength="40" value=(attempt.name)
                placeholder=(look.text("kiosk_setup.name_hint"));
            button.main type="submit" { (look.both("kiosk_setup.submit")) }
        }
    }
}

/// Enrolled, but the fair's settings have not come yet.
#[must_use]
pub fn waiting(around: &Around) -> Markup {
    let look = around.look;
    let screen = Screen { leaves: Leaves::After { seconds: 4, next: "/" }, ..quiet("waiting") };
    let content = html! {
        div.verdict { h1 { (look.both("kiosk_setup.waiting")) } }
    };
    page(around, &screen, "/", &content)
}

fn quiet(name: &'static str) -> Screen {
    Screen {
        leaves: Leaves::Never,
        scans: false,
        bar: false,
        ..Screen::opened(name, "kiosk_setup.title")
    }
}
