//! The page of a station that belongs to no fair yet: the site's address and a one-time code.

use maud::{Markup, html};

use super::frame::{Around, Leaves, Screen, page};

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

/// The form.
#[must_use]
pub fn render(around: &Around, attempt: &Attempt) -> Markup {
    let look = around.look;
    let screen = quiet("setup");
    let content = html! {
        div.question {
            h1 tabindex="-1" { (look.both("kiosk_setup.title")) }
            p.sentence { (look.both("kiosk_setup.lead")) }
            @if let Some(key) = attempt.sorry { p.note role="alert" { (look.both(key)) } }
            form.fields method="post" action=(look.link("/setup")) autocomplete="off" {
                label for="site" { (look.both("kiosk_setup.site")) }
                input id="site" name="site" type="url" required value=(attempt.site)
                    placeholder=(look.text("kiosk_setup.site_hint"));
                label for="code" { (look.both("kiosk_setup.code")) }
                input id="code" name="code" required spellcheck="false";
                label for="name" { (look.both("kiosk_setup.name")) }
                input id="name" name="name" maxlength="40" value=(attempt.name)
                    placeholder=(look.text("kiosk_setup.name_hint"));
                button.main type="submit" { (look.both("kiosk_setup.submit")) }
            }
        }
    };
    page(around, &screen, "/", &content)
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
