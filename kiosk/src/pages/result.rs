//! What somebody sees who presented something: one word that fills the screen, then the way on.

use domain::ids::ShortNumber;
use maud::{Markup, PreEscaped, html};
use web::{Lang, fill, t};

use super::frame::{Around, Leaves, Screen, page};
use super::icon::Icon;
use super::look::Look;
use crate::route::Stop;

/// The word of a verdict.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Word {
    /// Come in.
    Welcome,
    /// Came in before.
    Already {
        /// When, as in `09:12`.
        time: String,
        /// Where.
        place: Place,
    },
    /// For other days.
    NotForToday {
        /// Which.
        days: String,
    },
    /// Not of this fair.
    NotGenuine,
    /// A volunteer helps; the key of the sentence that says why.
    Ask {
        /// The key of the sentence.
        why: &'static str,
    },
}

/// Where somebody checked in before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// At this very station.
    Here,
    /// At a station of that name.
    Named(String),
    /// At one whose name is not known here.
    Elsewhere,
}

impl Place {
    fn name(&self, lang: Lang) -> &str {
        match self {
            Self::Here => t(lang, "kiosk_verdict.already_here"),
            Self::Named(name) => name,
            Self::Elsewhere => t(lang, "kiosk_verdict.already_elsewhere"),
        }
    }
}

impl Word {
    /// Its name for scripts and tests.
    #[must_use]
    pub const fn name(&self) -> &'static str {
        match self {
            Self::Welcome => "welcome",
            Self::Already { .. } => "already",
            Self::NotForToday { .. } => "other_day",
            Self::NotGenuine => "not_genuine",
            Self::Ask { .. } => "ask",
        }
    }

    const fn tone(&self) -> &'static str {
        match self {
            Self::Welcome => "rise",
            Self::Already { .. } => "double",
            Self::NotForToday { .. } | Self::NotGenuine | Self::Ask { .. } => "fall",
        }
    }

    const fn icon(&self) -> Icon {
        match self {
            Self::Welcome => Icon::Check,
            Self::Already { .. } => Icon::Again,
            Self::NotForToday { .. } => Icon::Calendar,
            Self::NotGenuine => Icon::Question,
            Self::Ask { .. } => Icon::Hand,
        }
    }

    fn heading(&self, look: Look) -> Markup {
        match self {
            Self::Welcome => look.both("kiosk_verdict.welcome"),
            Self::Already { .. } => look.both("kiosk_verdict.already"),
            Self::NotForToday { .. } => look.both("kiosk_verdict.not_for_today"),
            Self::NotGenuine => look.both("kiosk_verdict.not_genuine"),
            Self::Ask { .. } => look.both("kiosk_verdict.ask"),
        }
    }

    fn sentence(&self, look: Look) -> Markup {
        match self {
            Self::Welcome => look.both("kiosk_verdict.welcome_more"),
            Self::Already { time, place } => already(look, time, place),
            Self::NotForToday { days } => {
                look.both_with("kiosk_verdict.not_for_today_more", &[("days", days)])
            }
            Self::NotGenuine => look.both("kiosk_verdict.not_genuine_more"),
            Self::Ask { why } => look.both(why),
        }
    }
}

/// A result, with everything that is forgotten when it goes.
#[derive(Debug, Clone)]
pub struct Shown {
    /// The verdict's word.
    pub word: Word,
    /// The ticket's short number, where known.
    pub number: Option<ShortNumber>,
    /// The route; empty when there is nothing to suggest.
    pub route: Vec<Stop>,
    /// The fresh ticket, when this is one.
    pub ticket: Option<Fresh>,
}

/// A ticket just handed out.
#[derive(Debug, Clone)]
pub struct Fresh {
    /// Its address, as the QR code holds it.
    pub address: String,
    /// The site doesn't know it yet.
    pub issued_offline: bool,
}

/// Seconds for each part of a result; the page counts them, the station forgets a little later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Seconds {
    /// For the word, or the ticket.
    pub verdict: u64,
    /// For the route.
    pub route: u64,
}

/// The page of a verdict.
#[must_use]
pub fn verdict(around: &Around, scan: u64, shown: &Shown, seconds: Seconds) -> Markup {
    if let Some(fresh) = &shown.ticket {
        return ticket(around, scan, shown, fresh, seconds);
    }
    let look = around.look;
    let word = &shown.word;
    let admitted = matches!(word, Word::Welcome | Word::Already { .. });
    let next = if shown.route.is_empty() || !admitted { "/" } else { "/result/route" };
    let screen = Screen {
        verdict: Some(word.name()),
        scan: Some(scan),
        tone: Some(word.tone()),
        leaves: Leaves::After { seconds: seconds.verdict, next },
        ..Screen::opened("verdict", title(word))
    };
    let content = html! {
        div.verdict {
            div.sign { (word.icon().draw()) }
            h1 tabindex="-1" { (word.heading(look)) }
            p.sentence { (word.sentence(look)) }
            @if admitted { (facts(look, shown)) }
            @if !admitted { (ways_on(look, word)) }
        }
    };
    page(around, &screen, "/result", &content)
}

const fn title(word: &Word) -> &'static str {
    match word {
        Word::Welcome => "kiosk_verdict.welcome",
        Word::Already { .. } => "kiosk_verdict.already",
        Word::NotForToday { .. } => "kiosk_verdict.not_for_today",
        Word::NotGenuine => "kiosk_verdict.not_genuine",
        Word::Ask { .. } => "kiosk_verdict.ask",
    }
}

fn already(look: Look, time: &str, place: &Place) -> Markup {
    let line = |lang| {
        let values = [("time", time), ("station", place.name(lang))];
        fill(t(lang, "kiosk_verdict.already_more"), &values)
    };
    let (first, second) = (look.lang, look.lang.other());
    html! {
        span.first lang=(first.tag()) { (line(first)) }
        @if !look.large { " " span.second lang=(second.tag()) { (line(second)) } }
    }
}

fn facts(look: Look, shown: &Shown) -> Markup {
    html! {
        dl.facts {
            @if let Some(number) = shown.number {
                div { dt { (look.text("kiosk_verdict.number")) } dd { (number.grouped()) } }
            }
            @if let Some(stop) = shown.route.first() {
                div { dt { (look.text("kiosk_verdict.first_booth")) } dd { (stop.booth) } }
            }
        }
        @if !shown.route.is_empty() {
            a.main href=(look.link("/result/route")) {
                (Icon::Route.draw()) span { (look.both("kiosk_verdict.see_route")) }
            }
        }
    }
}

fn ways_on(look: Look, word: &Word) -> Markup {
    let may_register = matches!(word, Word::NotForToday { .. } | Word::NotGenuine);
    html! {
        @if may_register {
            a.main href=(look.link("/walk-in")) {
                (Icon::Ticket.draw()) span { (look.both("kiosk_home.walk_in")) }
            }
        } @else {
            a.main href=(look.link("/help")) {
                (Icon::Hand.draw()) span { (look.both("kiosk.help")) }
            }
        }
    }
}

/// The page of the route: one to three booths, each with why.
#[must_use]
pub fn route(around: &Around, scan: u64, shown: &Shown, seconds: Seconds) -> Markup {
    let look = around.look;
    let screen = Screen {
        scan: Some(scan),
        leaves: Leaves::After { seconds: seconds.route, next: "/" },
        ..Screen::opened("route", "kiosk_route.title")
    };
    let content = html! {
        div.route {
            h1 tabindex="-1" { (look.both("kiosk_route.title")) }
            @if let Some(number) = shown.number {
                p.number { (look.text("kiosk_verdict.number")) " " b { (number.grouped()) } }
            }
            ol.stops { @for stop in &shown.route { (route_stop(look, stop)) } }
            div.ways-on {
                a.plain href=(look.link("/jobs")) { (look.both("kiosk_route.all")) }
                (button(look, "/result/longer", "kiosk.longer", "plain"))
                (button(look, "/result/done", "kiosk.done", "main"))
            }
        }
    };
    page(around, &screen, "/result/route", &content)
}

fn route_stop(look: Look, stop: &Stop) -> Markup {
    html! {
        li {
            p.booth { span { (look.text("kiosk_route.booth")) } b { (stop.booth) } }
            div {
                h2 { (stop.posting) }
                p.employer { (stop.employer) }
                @if !stop.reasons.is_empty() {
                    p.reasons {
                        @for reason in &stop.reasons { span { (reason.in_language(look.lang)) } }
                    }
                }
            }
        }
    }
}

/// The page of a fresh ticket: to be photographed, or its number remembered.
fn ticket(around: &Around, scan: u64, shown: &Shown, fresh: &Fresh, seconds: Seconds) -> Markup {
    let look = around.look;
    let next = if shown.route.is_empty() { "/" } else { "/result/route" };
    let screen = Screen {
        verdict: Some(shown.word.name()),
        scan: Some(scan),
        tone: Some(shown.word.tone()),
        leaves: Leaves::After { seconds: seconds.verdict, next },
        ..Screen::opened("ticket", "kiosk_walk_in.ready")
    };
    let content = html! {
        div.ticket {
            div.paper {
                h1 tabindex="-1" { (look.both("kiosk_walk_in.ready")) }
                div.qr { (qr(&fresh.address)) }
                @if let Some(number) = shown.number { p.number { b { (number.grouped()) } } }
                p.unseen { (look.text("kiosk_verdict.number")) }
            }
            div.beside {
                p.sentence { (look.both("kiosk_walk_in.ready_more")) }
                p { (look.both("kiosk_walk_in.remember")) }
                @if fresh.issued_offline { p.note { (look.text("kiosk_walk_in.later_more")) } }
                div.ways-on {
                    @if shown.route.is_empty() {
                        a.plain href=(look.link("/jobs")) { (look.both("kiosk_route.all")) }
                        (button(look, "/result/done", "kiosk_walk_in.shown", "main"))
                    } @else {
                        (button(look, "/result/done", "kiosk.done", "plain"))
                        a.main href=(look.link("/result/route")) {
                            (Icon::Route.draw()) span { (look.both("kiosk_verdict.see_route")) }
                        }
                    }
                }
            }
        }
    };
    page(around, &screen, "/result", &content)
}

fn button(look: Look, action: &str, key: &str, class: &str) -> Markup {
    html! {
        form method="post" action=(look.link(action)) {
            button class=(class) type="submit" { (look.both(key)) }
        }
    }
}

/// The QR code as a drawing; nothing when the address is too long for one, and then the number
/// beside it serves.
fn qr(address: &str) -> Markup {
    use qrcode::render::svg;
    use qrcode::{EcLevel, QrCode};
    let Ok(code) = QrCode::with_error_correction_level(address.as_bytes(), EcLevel::M) else {
        return html! {};
    };
    let drawing = code.render::<svg::Color<'_>>().min_dimensions(240, 240).build();
    // The declaration before the drawing has no place inside a page.
    let start = drawing.find("<svg").unwrap_or_default();
    PreEscaped(drawing.get(start..).unwrap_or_default().to_owned())
}
