//! The fair at a glance, live: figures, every node, headquarters, what somebody should look at.

use std::collections::BTreeMap;
use std::future::ready;
use std::sync::Arc;
use std::time::Duration;

use domain::day::clock_text;
use domain::fair::Fair;
use domain::role::Right;
use domain::verdict::Stage;
use futures_util::StreamExt;
use maud::{Markup, html};
use office::now_ms;
use tokio::time::{MissedTickBehavior, interval};
use tokio_stream::wrappers::IntervalStream;
use web::page::{Tone, link_button, live_number, notice, table};
use web::{ApiError, Call, Lang, Response, fill, t};

use super::board::{Board, EVENT};
use super::figures::{NUMBERS, count, fields, records_name, seen_name};
use super::steps::Step;
use crate::overview::{Conflict, Overview};
use crate::pages::{seeker, staff};

/// At most one update in so long a time.
const UPDATE_EVERY: Duration = Duration::from_secs(1);
/// How many conflicts are listed; more than a few say that something is wrong with a station.
const CONFLICTS_MOST: usize = 100;

pub(super) fn show(board: &Board, call: &Call) -> Result<Response, ApiError> {
    let site = &board.site;
    let staff = site.office.staff(call, Right::SeeOverview)?;
    let lang = call.lang();
    let overview = board.overview();
    let now = fields(&overview, lang, now_ms());
    let body = html! {
        (standing(&board.site.fair(Standing::of), lang))
        @if !overview.lists_ready {
            (notice(lang, Tone::Warn, &html! { p { (t(lang, "refusal.lists_rebuilding")) } }))
        }
        h2 { (t(lang, "organiser_live.figures")) }
        div .numbers {
            @for (name, label) in NUMBERS {
                (live_number(t(lang, label), name, now.get(name).map_or("", String::as_str)))
            }
        }
        h2 { (t(lang, "organiser_live.nodes")) }
        (nodes(&overview, &now, lang))
        h2 { (t(lang, "organiser_live.to_look_at")) }
        (conflicts(&site.conflicts(), lang))
    };
    let title = t(lang, "organiser_live.title");
    let page = staff::page(site, call, &staff, title, &body).wide();
    Ok(page.live("/live/organiser", EVENT).reply())
}

/// The numbers as they are, and again whenever they changed, as long as the session lasts.
pub(super) fn follow(board: &Arc<Board>, call: &Call) -> Result<Response, ApiError> {
    let staff = board.site.office.staff(call, Right::SeeOverview)?;
    let lang = call.lang();
    let mut ticks = interval(UPDATE_EVERY);
    ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let (account, ends_ms) = (staff.actor.account, staff.session().session.expires_at_ms);
    let asked = Arc::clone(board);
    let may_look = move |_: &_| {
        let is_open = asked.site.fair(|fair| fair.account(account).is_some());
        ready(is_open && now_ms() < ends_ms)
    };
    let told_by = Arc::clone(board);
    let mut told = BTreeMap::new();
    let events = IntervalStream::new(ticks)
        .take_while(may_look)
        .filter_map(move |_| ready(told_by.news(lang, &mut told)));
    board.site.live.events(events)
}

/// Where the fair stands.
struct Standing {
    stage: Stage,
    name: Option<String>,
    when_and_where: Option<(domain::day::Days, String)>,
    next: Step,
}

impl Standing {
    fn of(fair: &Fair) -> Self {
        let settings = fair.settings();
        let next = Step::ALL.into_iter().find(|step| !step.is_done(fair));
        Self {
            stage: fair.stage(),
            name: settings.map(|settings| settings.name.clone()),
            when_and_where: settings.map(|settings| (settings.days, settings.place.clone())),
            next: next.unwrap_or(Step::Open),
        }
    }
}

fn standing(standing: &Standing, lang: Lang) -> Markup {
    let (key, class) = match standing.stage {
        Stage::Unplanned => ("organiser_live.unplanned", "stage"),
        Stage::Rehearsal => ("organiser_live.rehearsing", "stage rehearsing"),
        Stage::Open => ("organiser_live.open", "stage open"),
        Stage::Closed => ("organiser_live.closed", "stage"),
    };
    html! {
        section .card .standing {
            div {
                p .stage-line { span class=(class) { (t(lang, key)) } }
                @if let Some(name) = &standing.name { p .fair-name { (name) } }
                @if let Some((days, place)) = &standing.when_and_where {
                    p .quiet { (seeker::days(*days, lang)) " · " (place) }
                }
            }
            div .actions {
                @match standing.stage {
                    Stage::Unplanned | Stage::Rehearsal => {
                        (link_button(standing.next.path(), &format!(
                            "{}{}",
                            t(lang, "organiser_steps.next"),
                            standing.next.label(lang),
                        )))
                    }
                    Stage::Open => a .plain href="/organiser/close" {
                        (t(lang, "organiser_close.title"))
                    },
                    Stage::Closed => {}
                }
                a href="/hall" { (t(lang, "organiser_live.hall")) }
            }
        }
    }
}

fn nodes(overview: &Overview, now: &BTreeMap<String, String>, lang: Lang) -> Markup {
    let head = [
        t(lang, "organiser_kiosks.name"),
        t(lang, "organiser_live.state"),
        t(lang, "organiser_live.records"),
    ];
    let live = |name: String| {
        let value = now.get(&name).map_or("", String::as_str);
        html! { span data-live=(name) { (value) } }
    };
    let mut rows: Vec<Vec<Markup>> = overview
        .nodes
        .iter()
        .map(|node| vec![html! { (node.name) }, live(seen_name(node)), live(records_name(node))])
        .collect();
    rows.push(vec![
        html! { a href="/organiser/headquarters" { (t(lang, "staff.headquarters")) } },
        live("headquarters".to_owned()),
        live("records".to_owned()),
    ]);
    if overview.standby.address.is_some() {
        rows.push(vec![
            html! { a href="/organiser/standby" { (t(lang, "organiser_standby.title")) } },
            live("standby".to_owned()),
            Markup::default(),
        ]);
    }
    html! {
        (table(t(lang, "organiser_live.nodes_caption"), &head, &rows))
        @if overview.unknown_records > 0 {
            p .quiet {
                (fill(
                    t(lang, "organiser_live.unknown_records"),
                    &[("count", &count(overview.unknown_records))],
                ))
            }
        }
    }
}

fn conflicts(conflicts: &[Conflict], lang: Lang) -> Markup {
    let head = [
        t(lang, "organiser_live.number"),
        t(lang, "organiser_live.times"),
        t(lang, "organiser_live.first"),
        t(lang, "organiser_live.first_at"),
    ];
    let rows: Vec<Vec<Markup>> = conflicts
        .iter()
        .take(CONFLICTS_MOST)
        .map(|conflict| {
            let number = conflict.number.map(domain::ids::ShortNumber::grouped);
            let at = clock_text(conflict.first_at.unix_ms());
            let station = Some(conflict.first_station.as_str()).filter(|name| !name.is_empty());
            vec![
                html! { (number.as_deref().unwrap_or(t(lang, "organiser_live.no_number"))) },
                html! { (conflict.times) },
                html! { (conflict.day) " " (at) },
                html! { (station.unwrap_or(t(lang, "organiser_live.desk"))) },
            ]
        })
        .collect();
    html! {
        @if rows.is_empty() {
            p .quiet { (t(lang, "organiser_live.no_conflicts")) }
        } @else {
            p { (t(lang, "organiser_live.conflicts_lead")) }
            (table(t(lang, "organiser_live.conflicts"), &head, &rows))
        }
    }
}
