//! A verdict in words: a title that can be read from arm's length, and what to do now.

use domain::day::clock_text;
use domain::verdict::Verdict;
use maud::{Markup, html};
use web::text::{Lang, fill, lookup};

use crate::pages::seeker;
use crate::site::Site;

/// The verdict's title.
pub(super) fn title(verdict: &Verdict, lang: Lang) -> &'static str {
    lookup(lang, &format!("verdict.{}", verdict.code())).unwrap_or_default()
}

/// What the verdict means, and what to do now.
pub(super) fn sentence(site: &Site, verdict: &Verdict, lang: Lang) -> String {
    let template = lookup(lang, &format!("verdict.{}_more", verdict.code())).unwrap_or_default();
    match verdict {
        Verdict::AlreadyCheckedIn { at, station } => {
            let name = site.fair(|fair| fair.enrolled(*station).map(|known| known.name.clone()));
            let desk = lookup(lang, "desk_check_in.at_desk").unwrap_or_default();
            let station = name.as_deref().unwrap_or(desk);
            let at = clock_text(at.unix_ms());
            fill(template, &[("time", &at), ("station", station)])
        }
        Verdict::NotForToday { days } => fill(template, &[("days", &seeker::days(*days, lang))]),
        _ => template.to_owned(),
    }
}

/// The verdict as a block that is seen at once.
pub(super) fn block(site: &Site, verdict: &Verdict, lang: Lang, more: &Markup) -> Markup {
    let (class, sign) = match verdict {
        Verdict::Welcome => ("verdict ok", "✓"),
        Verdict::AlreadyCheckedIn { .. } => ("verdict again", "✓"),
        Verdict::NotForToday { .. } | Verdict::NotGenuine | Verdict::AskVolunteer { .. } => {
            ("verdict stop", "!")
        }
    };
    html! {
        section class=(class) role="status" {
            p .verdict-title {
                span .sign aria-hidden="true" { (sign) } " " (title(verdict, lang))
            }
            p { (sentence(site, verdict, lang)) }
            (more)
        }
    }
}

#[cfg(test)]
mod tests {
    use domain::day::{Day, Days};
    use domain::ids::{Hlc, NodeId};
    use domain::verdict::Doubt;

    use super::*;

    #[test]
    fn every_verdict_has_a_title_and_a_sentence_in_both_languages() {
        let days = Days { first: Day(1), last: Day(1) };
        let mut all = vec![
            Verdict::Welcome,
            Verdict::AlreadyCheckedIn { at: Hlc::from_ms(0), station: NodeId([0; 16]) },
            Verdict::NotForToday { days },
            Verdict::NotGenuine,
        ];
        let doubts = [
            Doubt::TicketRevoked,
            Doubt::UnknownKey,
            Doubt::FairNotOpen,
            Doubt::FairClosed,
            Doubt::RehearsalMixed,
            Doubt::UnknownNumber,
            Doubt::UnknownVersion,
        ];
        all.extend(doubts.map(|reason| Verdict::AskVolunteer { reason }));
        for verdict in all {
            for lang in Lang::ALL {
                let more = format!("verdict.{}_more", verdict.code());
                assert!(!title(&verdict, lang).is_empty(), "{verdict:?} {lang:?}");
                assert!(lookup(lang, &more).is_some(), "{more}");
            }
        }
    }
}
