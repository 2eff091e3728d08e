//! One site: how it stands, its figures, how far its nodes' records have arrived, ending its trust.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::codes::SeekerGroup;
use domain::event::RecordRange;
use domain::ids::NodeId;
use domain::role::Right;
use maud::{Markup, html};
use office::Staff;
use web::page::{csrf_field, table};
use web::{ApiError, Call, Lang, Response, reply, t};

use super::{clerk, frame, live, overview, sites, tables, words};
use crate::contacts::Standing;
use crate::figures::SiteFigures;
use crate::hq::Hq;

pub(super) async fn show(hq: Arc<Hq>, node: NodeId, call: Call) -> Result<Response, ApiError> {
    let staff = clerk(&hq, &call)?;
    let lang = call.lang();
    let figures = hq.figures();
    let site = figures.site(node).ok_or(ApiError::not_found("unknown_node"))?;
    let names = words::of_codes(lang);
    let group = |code| SeekerGroup::from_code(code).map(|group| group.name(names));
    let body = html! {
        (facts(lang, site))
        (tables::numbers(lang, &site.statistics))
        (tables::by_day(lang, &site.statistics.days))
        (tables::by_code(lang, t(lang, "hq.by_group"), &site.statistics.groups, group))
        (overview::desks(lang, &site.statistics))
        (nodes(lang, site))
        (missing(lang, site))
        (replacing(lang, site, &staff))
        @if site.standing != Standing::Revoked { (ending(lang, site, &staff)) }
    };
    let stream = format!("/sites/{node}/live");
    let page = frame(&hq, &call, &staff, &site.name);
    Ok(page.live(&stream, live::EVENT).body(body).reply())
}

/// Ends the site's trust.
pub(super) async fn revoke(
    hq: Arc<Hq>,
    node: NodeId,
    mut call: Call,
) -> Result<Response, ApiError> {
    clerk(&hq, &call)?;
    let form = call.form().await?;
    let staff = hq.office.staff_form(&call, &form, Right::RunHeadquarters)?;
    hq.revoke(node, staff.actor.account).await?;
    Ok(reply::see_other(&format!("/sites/{node}")))
}

fn facts(lang: Lang, site: &SiteFigures) -> Markup {
    html! {
        dl .card {
            dt { (t(lang, "hq.state")) }
            dd data-live="site_state" { (words::standing(lang, site)) }
            @if let Some(fair) = &site.fair {
                dt { (t(lang, "hq.fair")) }
                dd { (fair.name) }
                dt { (t(lang, "hq.place")) }
                dd { (fair.place) }
                dt { (t(lang, "hq.days")) }
                dd { (fair.days) }
            }
            dt { (t(lang, "hq.stage")) }
            dd data-live="site_stage" { (words::stage(lang, site.stage)) }
            dt { (t(lang, "hq.records")) }
            dd data-live="site_records" { (site.records) }
            dt { (t(lang, "hq.received")) }
            dd data-live="site_received" { (sites::received(site)) }
        }
    }
}

/// The site server and its stations: how many records, in how many runs.
fn nodes(lang: Lang, site: &SiteFigures) -> Markup {
    let mut by_origin: BTreeMap<NodeId, (u64, u64)> = BTreeMap::new();
    for (origin, head) in &site.heads {
        let (records, runs) = by_origin.entry(*origin).or_default();
        *records += head.seq.0;
        *runs += 1;
    }
    let row = |(origin, (records, runs)): (&NodeId, &(u64, u64))| {
        let kind = if *origin == site.node {
            "hq.site"
        } else if site.before.contains(origin) {
            "hq.site_before"
        } else {
            "hq.station"
        };
        vec![
            html! { (t(lang, kind)) },
            html! { code { (origin) } },
            html! { span .figure { (records) } },
            html! { span .figure { (runs) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = by_origin.iter().map(row).collect();
    let keys = ["hq.kind", "hq.node", "hq.records", "hq.runs"];
    html! {
        @if !rows.is_empty() {
            (table(t(lang, "hq.nodes"), &keys.map(|key| t(lang, key)), &rows))
        }
    }
}

/// What a lost machine took with it, by name.
fn missing(lang: Lang, site: &SiteFigures) -> Markup {
    let row = |range: &RecordRange| {
        vec![
            html! { code { (range.origin) } },
            html! { span .figure { (range.first) "–" (range.last) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = site.missing.iter().map(row).collect();
    html! {
        @if !rows.is_empty() {
            (table(t(lang, "hq.missing"), &[t(lang, "hq.node"), t(lang, "hq.records_named")], &rows))
        }
    }
}

/// In two steps, too: the lost machine is believed no more.
fn replacing(lang: Lang, site: &SiteFigures, staff: &Staff) -> Markup {
    html! {
        details .card {
            summary { (t(lang, "hq.replace")) }
            p { (t(lang, "hq.replace_note")) }
            form method="post" action={ "/sites/" (site.node) "/replace" } {
                (csrf_field(&staff.csrf()))
                button .plain type="submit" { (t(lang, "hq.replace_now")) }
            }
        }
    }
}

/// In two steps: it can't be taken back.
fn ending(lang: Lang, site: &SiteFigures, staff: &Staff) -> Markup {
    html! {
        details .card {
            summary { (t(lang, "hq.end_trust")) }
            p { (t(lang, "hq.end_trust_note")) }
            form method="post" action={ "/sites/" (site.node) "/revoke" } {
                (csrf_field(&staff.csrf()))
                button .plain.danger type="submit" { (t(lang, "hq.end_trust_now")) }
            }
        }
    }
}
