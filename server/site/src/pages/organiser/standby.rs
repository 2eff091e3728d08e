//! The standby: a code for a machine that follows, and how far it has everything.

use std::sync::Arc;

use domain::day::clock_text;
use domain::role::Right;
use maud::{Markup, html};
use office::{Staff, now_ms};
use web::page::{Tone, big_button, csrf_field, link_button, notice, table};
use web::{ApiError, Call, Lang, Response, fill, reply, t};

use super::figures::count;
use crate::disagreements::{Disagreements, Shown};
use crate::enrolment::{CODE_LIFE_MS, NewCode};
use crate::pages::staff;
use crate::site::Site;
use crate::standby::StandbyState;

/// So many disagreements are on the page; the API names more.
const SHOWN_MOST: usize = 200;

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(answer(&site, &call, &staff, &Ok(None)))
}

pub(super) async fn make_code(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    let made = match site.new_standby_code() {
        Ok(code) => Ok(Some(code)),
        Err(refused) => Err(staff::mendable(refused)?),
    };
    Ok(answer(&site, &call, &staff, &made))
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    made: &Result<Option<NewCode>, ApiError>,
) -> Response {
    let lang = call.lang();
    let state = site.standby_state();
    let refused = made.as_ref().err();
    let tone = if state.keeps_up { Tone::Ok } else { Tone::Warn };
    let records_here = state.follows.is_none() && state.superseded_by.is_none();
    let body = html! {
        (staff::refusal(lang, refused))
        @if let Some(from) = &state.took_over_from {
            (notice(lang, Tone::Ok, &html! {
                p { (fill(t(lang, "organiser_standby.took_over"), &[("address", from)])) }
            }))
            @if site.names_old_address() {
                (notice(lang, Tone::Warn, &html! {
                    p {
                        (t(lang, "organiser_standby.old_address")) " "
                        a href="/organiser/fair" { (t(lang, "organiser_standby.new_address")) }
                    }
                }))
            }
            (disagreements(&site.disagreements(), lang))
        }
        @if records_here {
            (notice(lang, tone, &html! {
                p { (at_standby(&state, lang)) }
                @if let Some(address) = &state.address { p .as-typed { (address) } }
            }))
        }
        @if let Ok(Some(code)) = made { (to_type(lang, code)) }
        @if records_here {
            p { (t(lang, "organiser_standby.lead")) }
            form .card method="post" action="/organiser/standby" {
                (csrf_field(&staff.csrf()))
                p { (t(lang, "organiser_standby.once")) }
                p .actions { (big_button(t(lang, "organiser_standby.make"))) }
            }
        }
        @if state.follows.is_some() {
            p { (t(lang, "organiser_standby.promote_lead")) }
            p .actions { (link_button("/organiser/standby/promote", t(lang, "organiser_standby.promote"))) }
        }
    };
    let title = t(lang, "organiser_standby.title");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}

/// Asks once more, and says what will happen: two machines must not record one fair.
pub(super) async fn ask_promote(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(asked(&site, &call, &staff, None))
}

pub(super) async fn promote(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    match site.promote(staff.actor.account).await {
        Ok(()) => Ok(reply::see_other("/organiser/standby")),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            Ok(asked(&site, &call, &staff, Some(&refused)))
        }
    }
}

fn asked(site: &Site, call: &Call, staff: &Staff, refused: Option<&ApiError>) -> Response {
    let lang = call.lang();
    let body = html! {
        (staff::refusal(lang, refused))
        ol .card {
            li { (t(lang, "organiser_standby.step_off")) }
            li { (t(lang, "organiser_standby.step_records")) }
            li { (t(lang, "organiser_standby.step_staff")) }
            li { (t(lang, "organiser_standby.step_return")) }
        }
        (notice(lang, Tone::Warn, &html! { p { (t(lang, "organiser_standby.for_good")) } }))
        (staff::confirm(lang, staff, "/organiser/standby/promote", ("organiser_standby.promote_now", "/organiser/standby")))
    };
    let title = t(lang, "organiser_standby.promote");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}

/// What the old machine recorded against what was recorded here, and which of the two counts.
fn disagreements(found: &Disagreements, lang: Lang) -> Markup {
    if found.disagreements.is_empty() {
        return html! { p .quiet { (t(lang, "organiser_standby.agreed")) } };
    }
    let row = |it: &Shown| {
        let about = match it.about {
            "let_in_twice" => t(lang, "organiser_standby.about_twice"),
            "let_in_withdrawn" => t(lang, "organiser_standby.about_withdrawn"),
            "outcome" => t(lang, "organiser_standby.about_outcome"),
            "booth" => t(lang, "organiser_standby.about_booth"),
            _ => t(lang, "organiser_standby.about_settings"),
        };
        let counts =
            if it.there_counts { "organiser_standby.there" } else { "organiser_standby.here" };
        vec![
            html! { (about) },
            html! {
                @if let Some(number) = it.number { (number.grouped()) " " }
                @if let Some(booth) = it.booth { (booth) }
            },
            html! { (clock_text(it.there_at.unix_ms())) },
            html! { (t(lang, counts)) },
        ]
    };
    let rows: Vec<Vec<Markup>> = found.disagreements.iter().take(SHOWN_MOST).map(row).collect();
    let hidden = found.disagreements.len().saturating_sub(SHOWN_MOST);
    let more = found.more.saturating_add(u64::try_from(hidden).unwrap_or(u64::MAX));
    let names = [
        t(lang, "organiser_standby.about"),
        t(lang, "organiser_standby.whose"),
        t(lang, "organiser_standby.there_at"),
        t(lang, "organiser_standby.counts"),
    ];
    html! {
        p { (t(lang, "organiser_standby.disagree")) }
        (table(t(lang, "organiser_standby.disagreements"), &names, &rows))
        @if more > 0 {
            p .quiet { (fill(t(lang, "organiser_standby.more"), &[("count", &count(more))])) }
        }
    }
}

/// The code and what to do with it.
fn to_type(lang: Lang, code: &NewCode) -> Markup {
    let until = clock_text(now_ms().saturating_add(CODE_LIFE_MS));
    html! {
        section .card {
            h2 { (t(lang, "organiser_standby.code")) }
            p .one-time-code { (code.code) }
            p { (fill(t(lang, "organiser_kiosks.until"), &[("time", &until)])) }
            p { (t(lang, "organiser_standby.how")) }
            p .as-typed {
                "springbreeze-server site --data DIR --listen ADDRESS:PORT --follow URL --code "
                (code.code) " --reached-at URL"
            }
        }
    }
}

/// How far the standby has everything, or whom this machine follows.
pub(super) fn at_standby(state: &StandbyState, lang: Lang) -> String {
    if let Some(site) = &state.follows {
        return fill(t(lang, "organiser_standby.follows"), &[("address", site)]);
    }
    if let Some(standby) = &state.superseded_by {
        return fill(t(lang, "organiser_standby.superseded"), &[("address", standby)]);
    }
    if state.address.is_none() {
        return t(lang, "organiser_standby.none").to_owned();
    }
    let waiting = count(state.waiting);
    match (state.keeps_up, state.behind_since_ms.map(clock_text)) {
        (true, _) => t(lang, "organiser_standby.keeps_up").to_owned(),
        (false, Some(since)) => {
            let values = [("time", since.as_str()), ("count", &waiting)];
            fill(t(lang, "organiser_standby.behind"), &values)
        }
        (false, None) => fill(t(lang, "organiser_standby.catching_up"), &[("count", &waiting)]),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_state_has_its_sentence() {
        let none = StandbyState::default();
        let known = StandbyState { address: Some("http://b".to_owned()), ..none.clone() };
        let kept = StandbyState { keeps_up: true, ..known.clone() };
        let behind =
            StandbyState { behind_since_ms: Some(1_772_323_200_000), waiting: 7, ..known.clone() };
        let follows = StandbyState { follows: Some("http://a".to_owned()), ..none.clone() };
        let over = StandbyState { superseded_by: Some("http://b".to_owned()), ..none.clone() };
        for lang in [Lang::Zh, Lang::En] {
            let all = [&none, &known, &kept, &behind, &follows, &over]
                .map(|state| at_standby(state, lang));
            let different: std::collections::BTreeSet<_> = all.iter().collect();
            assert_eq!(different.len(), all.len(), "{all:?}");
            assert!(all[3].contains("08:00") && all[3].contains('7'), "{}", all[3]);
            assert!(all[4].contains("http://a"), "{}", all[4]);
            assert!(all[5].contains("http://b"), "{}", all[5]);
        }
    }
}
