//! How a site stands, in words.

use domain::codes;
use domain::day::{Day, clock_text, moment_text};
use domain::verdict::Stage;
use web::{Lang, fill, t};

use crate::contacts::Standing;
use crate::figures::SiteFigures;

/// How a site stands, as a sentence.
pub(super) fn standing(lang: Lang, site: &SiteFigures) -> String {
    let contact = site.contact.as_ref();
    match site.standing {
        Standing::NeverSeen => t(lang, "hq.never_seen").to_owned(),
        Standing::Revoked => t(lang, "hq.revoked").to_owned(),
        Standing::Behind(missing) => fill(t(lang, "hq.behind"), &[("count", &missing.to_string())]),
        Standing::UpToDate => {
            let since = moment(contact.map_or(0, |contact| contact.since_ms));
            fill(t(lang, "hq.up_to_date"), &[("time", &since)])
        }
        Standing::Silent => match contact {
            Some(contact) => fill(t(lang, "hq.silent"), &[("time", &moment(contact.last_ms))]),
            None => {
                let latest = moment(site.latest.unix_ms());
                fill(t(lang, "hq.not_heard"), &[("time", &latest)])
            }
        },
    }
}

/// A moment as people read it: the time of day, with the date where it is not today.
pub(super) fn moment(unix_ms: u64) -> String {
    let (day, today) = (Day::of_ms(unix_ms), Day::of_ms(office::now_ms()));
    if day == today { clock_text(unix_ms) } else { moment_text(unix_ms) }
}

/// Where a fair stands.
pub(super) fn stage(lang: Lang, stage: Stage) -> &'static str {
    let key = match stage {
        Stage::Unplanned => "hq.unplanned",
        Stage::Rehearsal => "hq.rehearsal",
        Stage::Open => "hq.open",
        Stage::Closed => "hq.closed",
    };
    t(lang, key)
}

/// The language of the names of codes.
pub(super) const fn of_codes(lang: Lang) -> codes::Lang {
    match lang {
        Lang::Zh => codes::Lang::Zh,
        Lang::En => codes::Lang::En,
    }
}
