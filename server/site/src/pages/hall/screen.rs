//! What the big screen looks like.

use domain::employer::BoothNumber;
use domain::event::FairPlanned;
use domain::verdict::Stage;
use maud::{Markup, PreEscaped, html};
use web::assets::asset_url;
use web::{Lang, t};

use super::board::{Moment, Numbers};
use crate::pages::seeker::{SLOGANS, days};

/// With more booths than these their signs would be too small to read: zones alone are shown.
const MOST_BOOTHS: usize = 160;
/// The words of the levels of crowding.
pub(super) const LEVELS: [&str; 4] = ["hall.quiet", "hall.some", "hall.busy", "hall.full"];

pub(super) fn render(moment: &Moment, lang: Lang, night: bool) -> Markup {
    html! {
        div .hall .night[night] {
            @match &moment.settings {
                None => (unplanned(lang)),
                Some(settings) => {
                    (head(settings, moment, lang))
                    div .middle {
                        div .how-it-goes {
                            (numbers(&moment.numbers, lang))
                            (map(moment, lang))
                        }
                        (join(settings, lang))
                    }
                    (slogans(lang))
                }
            }
        }
    }
}

fn unplanned(lang: Lang) -> Markup {
    html! {
        div .alone {
            h1 { (t(lang, "product.name")) }
            p { (t(lang, "seeker_home.unplanned")) }
        }
    }
}

fn head(settings: &FairPlanned, moment: &Moment, lang: Lang) -> Markup {
    html! {
        header .head {
            img src=(asset_url("picture/mark.svg")) alt="" width="80" height="80";
            div .fair {
                h1 { (settings.name) }
                p { (settings.place) " · " (days(settings.days, lang)) }
            }
            @if moment.stage == Stage::Rehearsal {
                p .rehearsal-sign { (both(lang, "seeker.rehearsal")) }
            }
            p .clock data-live="clock" { (moment.numbers.clock) }
        }
    }
}

/// A word in both languages, the reader's first.
fn both(lang: Lang, key: &str) -> Markup {
    let other = lang.other();
    html! {
        span .first { (t(lang, key)) }
        " "
        span .second lang=(other.tag()) { (t(other, key)) }
    }
}

/// What grows during the day large, what is on offer beside it.
fn numbers(numbers: &Numbers, lang: Lang) -> Markup {
    let one = |key: &str, name: &str, value: String| {
        html! {
            li { span .word { (both(lang, key)) } " " strong data-live=(name) { (value) } }
        }
    };
    html! {
        div .figures {
            ul .counters {
                (one("hall.persons", "persons", numbers.persons.to_string()))
                (one("hall.talks", "talks", numbers.talks.to_string()))
                (one("hall.intentions", "intentions", numbers.intentions.to_string()))
            }
            ul .on-offer {
                (one("hall.employers", "employers", numbers.employers.to_string()))
                (one("hall.postings", "postings", numbers.postings.to_string()))
                (one("hall.openings", "openings", numbers.openings.to_string()))
            }
        }
    }
}

fn map(moment: &Moment, lang: Lang) -> Markup {
    let booths: usize = moment.zones.values().map(Vec::len).sum();
    html! {
        section .map aria-label=(t(lang, "hall.map")) {
            div .map-head {
                h2 { (both(lang, "hall.map")) }
                ul .legend {
                    @for (level, key) in LEVELS.iter().enumerate() {
                        li { i data-level=(level) {} (t(lang, key)) }
                    }
                }
            }
            ul .zones {
                @for (zone, members) in &moment.zones {
                    (zone_panel(moment, *zone, members, (booths <= MOST_BOOTHS, lang)))
                }
            }
        }
    }
}

fn zone_panel(
    moment: &Moment,
    zone: char,
    members: &[BoothNumber],
    (each, lang): (bool, Lang),
) -> Markup {
    let level = moment.numbers.zones.get(&zone).copied().unwrap_or_default();
    let word = LEVELS.get(level).copied().unwrap_or_default();
    html! {
        li data-zone=(zone) data-level=(level) {
            p .zone-sign {
                strong { (zone) } span .level { (t(lang, word)) }
            }
            @if each {
                ul .cells {
                    @for booth in members {
                        li data-booth=(booth)
                            data-level=(moment.numbers.booths.get(booth).copied().unwrap_or(0)) {
                            (booth.number())
                        }
                    }
                }
            }
        }
    }
}

fn join(settings: &FairPlanned, lang: Lang) -> Markup {
    let address = format!("{}/register", settings.address);
    html! {
        section .join {
            h2 { (both(lang, "hall.scan")) }
            div .code role="img" aria-label=(t(lang, "hall.scan")) {
                (PreEscaped(web::qr::svg(&address)))
            }
            p .address { (address) }
            p .kiosks { (both(lang, "hall.kiosks")) }
            p .free { (both(lang, "page.free")) }
        }
    }
}

fn slogans(lang: Lang) -> Markup {
    html! {
        footer .slogans {
            ul {
                @for slogan in SLOGANS { li { (t(lang, slogan)) } }
            }
        }
    }
}
