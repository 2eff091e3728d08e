//! What every page of the station shares: head, top line, the bar with help in its corner.

use maud::{DOCTYPE, Markup, PreEscaped, html};

use super::icon::Icon;
use super::look::Look;

/// What is around a page.
#[derive(Debug, Clone)]
pub struct Around {
    /// Language and size.
    pub look: Look,
    /// The fair's name, once known.
    pub fair: Option<String>,
    /// What this station is called.
    pub station: String,
    /// The fair is in rehearsal.
    pub rehearsal: bool,
    /// The site can't be reached.
    pub island: bool,
    /// The start page's heading: the invitation, or why nothing can be scanned.
    pub invitation: &'static str,
    /// What the page's scripts compare to see that this page is out of date.
    pub state: String,
}

/// Where a page goes by itself when nobody touches it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Leaves {
    /// It stays.
    Never,
    /// After a minute without a touch, with a warning first.
    WhenIdle,
    /// After so many seconds to that path, with a bar that shrinks.
    After {
        /// Seconds.
        seconds: u64,
        /// Where to; `/` ends it.
        next: &'static str,
    },
}

/// What makes one page.
#[derive(Debug)]
pub struct Screen {
    /// Its name for scripts, tests and style.
    pub name: &'static str,
    /// Its title.
    pub title: &'static str,
    /// The verdict it shows.
    pub verdict: Option<&'static str>,
    /// The number of the scan it shows.
    pub scan: Option<u64>,
    /// The tone with which it appears.
    pub tone: Option<&'static str>,
    /// How it ends.
    pub leaves: Leaves,
    /// Codes are read while it stands.
    pub scans: bool,
    /// It has the bar with help, size and language.
    pub bar: bool,
}

impl Screen {
    /// A page that somebody opened by touch.
    #[must_use]
    pub const fn opened(name: &'static str, title: &'static str) -> Self {
        Self {
            name,
            title,
            verdict: None,
            scan: None,
            tone: None,
            leaves: Leaves::WhenIdle,
            scans: true,
            bar: true,
        }
    }
}

/// Seconds after which a page without script goes back to the start.
const NO_SCRIPT_IDLE_SECONDS: u64 = 90;

/// A whole page around its `content`, which becomes the page's `main`.
#[must_use]
pub fn page(around: &Around, screen: &Screen, path: &str, content: &Markup) -> Markup {
    let look = around.look;
    html! {
        (DOCTYPE)
        html lang=(look.lang.tag()) class=[look.large.then_some("large")] {
            (head(around, screen))
            body data-screen=(screen.name) data-verdict=[screen.verdict]
                data-state=(around.state) data-scans=[screen.scans.then_some("yes")] {
                (top(around))
                main id="screen" data-screen=(screen.name) data-verdict=[screen.verdict]
                    data-scan=[screen.scan] data-tone=[screen.tone]
                    data-seconds=[seconds(screen)] data-next=[next(look, screen)] {
                    (content)
                    (shrinking_bar(look, screen))
                }
                @if screen.bar { (bar(look, path)) }
                (idle_warning(look))
            }
        }
    }
}

fn head(around: &Around, screen: &Screen) -> Markup {
    let look = around.look;
    html! {
        head {
            meta charset="utf-8";
            meta name="viewport" content="width=device-width, initial-scale=1";
            title { (look.text(screen.title)) " · " (look.text("kiosk.title")) }
            link rel="icon" href="data:,";
            link rel="stylesheet" href=(web::assets::asset_url("style/kiosk.css"));
            @if let Some((wait, path)) = without_script(look, screen) {
                noscript { meta http-equiv="refresh" content=(format!("{wait};url={path}")); }
            }
            (script("script/kiosk.js"))
            @if screen.scans { (script("script/scan.js")) }
            @if screen.name == "idle" { (script("script/keypad.js")) }
            (script("script/idle.js"))
        }
    }
}

fn script(name: &'static str) -> Markup {
    html! { script type="module" src=(web::assets::asset_url(name)) {} }
}

fn without_script(look: Look, screen: &Screen) -> Option<(u64, String)> {
    match screen.leaves {
        Leaves::Never => None,
        Leaves::WhenIdle => Some((NO_SCRIPT_IDLE_SECONDS, "/".to_owned())),
        Leaves::After { seconds, next } => Some((seconds, link_unless_home(look, next))),
    }
}

fn seconds(screen: &Screen) -> Option<u64> {
    match screen.leaves {
        Leaves::After { seconds, .. } => Some(seconds),
        Leaves::Never | Leaves::WhenIdle => None,
    }
}

fn next(look: Look, screen: &Screen) -> Option<String> {
    match screen.leaves {
        Leaves::After { next, .. } => Some(link_unless_home(look, next)),
        Leaves::Never | Leaves::WhenIdle => None,
    }
}

/// The start page is for the next person, in the first language and normal type.
fn link_unless_home(look: Look, path: &'static str) -> String {
    if path == "/" { path.to_owned() } else { look.link(path) }
}

fn top(around: &Around) -> Markup {
    let look = around.look;
    html! {
        header.top {
            p.fair {
                (mark())
                span {
                    (around.fair.as_deref().unwrap_or_else(|| look.text("kiosk.fair_unknown")))
                }
            }
            p.states {
                @if around.rehearsal { span.chip.rehearsal { (look.text("kiosk.rehearsal")) } }
                @if around.island { span.chip.island { (look.text("kiosk.island")) } }
                span.chip.station { (around.station) }
            }
        }
    }
}

/// The mark of the programme: three leaves in the wind.
fn mark() -> Markup {
    PreEscaped(
        "<svg class=\"mark\" viewBox=\"0 0 48 48\" aria-hidden=\"true\">\
         <path fill=\"#9be0b4\" d=\"M24 44C12 36 10 24 14 14c8 4 12 14 10 30z\"/>\
         <path fill=\"#ffffff\" d=\"M24 44c-2-14 4-28 16-36 4 14-2 28-16 36z\"/>\
         <path fill=\"#ffd98a\" d=\"M24 44c4-8 12-12 20-10-3 7-11 11-20 10z\"/></svg>"
            .to_owned(),
    )
}

fn bar(look: Look, path: &str) -> Markup {
    let (language, size) = (look.in_other_language(), look.in_other_size());
    let size_key = if look.large { "kiosk.normal" } else { "kiosk.large" };
    html! {
        nav.bar aria-label=(look.text("kiosk.controls")) {
            a.small href=(language.link(path)) lang=(language.lang.tag()) {
                (language.lang.own_name())
            }
            a.small href=(size.link(path)) { (look.text(size_key)) }
            button.small.volume type="button" hidden data-volume="2"
                data-words=(volume_words(look)) {
                (look.text("kiosk.sound")) " " span { (look.text("kiosk.sound_loud")) }
            }
            a.help href=(look.link("/help")) { (Icon::Hand.draw()) span { (look.both("kiosk.help")) } }
        }
    }
}

fn volume_words(look: Look) -> String {
    [look.text("kiosk.sound_off"), look.text("kiosk.sound_middle"), look.text("kiosk.sound_loud")]
        .join("|")
}

fn shrinking_bar(look: Look, screen: &Screen) -> Markup {
    html! {
        @if let Some(seconds) = seconds(screen) {
            div.lasting class=(format!("lasts-{seconds}")) { div {} }
            p.unseen { (look.text("kiosk_verdict.closes")) }
        }
    }
}

fn idle_warning(look: Look) -> Markup {
    let wait = if look.large { "120" } else { "60" };
    html! {
        section.idle-warning hidden data-wait=(wait) role="alertdialog"
            aria-labelledby="idle-title" {
            div {
                (Icon::Clock.draw())
                h2 id="idle-title" { (look.both("kiosk_idle.title")) }
                p data-text=(look.text("kiosk_idle.more")) {}
                button.main type="button" { (look.both("kiosk_idle.stay")) }
            }
        }
    }
}
