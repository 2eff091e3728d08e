//! The list of sites: how each stands, and the figures of each.

use std::sync::Arc;

use maud::{Markup, html};
use web::page::{link_button, table};
use web::{ApiError, Call, Lang, Response, t};

use super::{clerk, frame, live, tables, words};
use crate::figures::{Figures, SiteFigures};
use crate::hq::Hq;

pub(super) async fn show(hq: Arc<Hq>, call: Call) -> Result<Response, ApiError> {
    let staff = clerk(&hq, &call)?;
    let lang = call.lang();
    let figures = hq.figures();
    let body = html! {
        @if figures.sites.is_empty() {
            p { (t(lang, "hq.no_site_yet")) }
        } @else {
            (with_standing(lang, &figures))
        }
        p .actions {
            (link_button("/enrol", t(lang, "hq.enrol")))
            (link_button("/stick", t(lang, "carry.hq_way")))
        }
    };
    let page = frame(&hq, &call, &staff, t(lang, "hq.sites"));
    Ok(page.live("/live", live::EVENT).body(body).reply())
}

/// Every site with how it stands.
fn with_standing(lang: Lang, figures: &Figures) -> Markup {
    let keys = ["hq.site", "hq.fair", "hq.state", "hq.records", "hq.received"];
    let row = |site: &SiteFigures| {
        let node = site.node;
        vec![
            link(site),
            html! {
                @if let Some(fair) = &site.fair {
                    (fair.name) br;
                    span .quiet {
                        (fair.days) " · "
                        span data-live={ (node) "_stage" } { (words::stage(lang, site.stage)) }
                    }
                } @else {
                    (words::stage(lang, site.stage))
                }
            },
            html! { strong data-live={ (node) "_state" } { (words::standing(lang, site)) } },
            html! { span .figure data-live={ (node) "_records" } { (site.records) } },
            html! { span data-live={ (node) "_received" } { (received(site)) } },
        ]
    };
    let rows: Vec<Vec<Markup>> = figures.sites.iter().map(row).collect();
    table(t(lang, "hq.sites"), &keys.map(|key| t(lang, key)), &rows)
}

/// Every site with its figures.
pub(super) fn with_figures(lang: Lang, figures: &Figures) -> Markup {
    let entries = figures.sites.iter().map(|site| site.statistics.total.entries);
    let most = entries.max().unwrap_or(0);
    let row = |site: &SiteFigures| {
        let node = site.node.to_string();
        let mut row = vec![link(site)];
        row.extend(tables::cells_of(&node, &site.statistics.total, most));
        row
    };
    let rows: Vec<Vec<Markup>> = figures.sites.iter().map(row).collect();
    let mut head = vec![t(lang, "hq.site")];
    head.extend(tables::heads(lang));
    tables::in_columns(t(lang, "hq.by_site"), &head, &rows)
}

/// When records of a site last arrived.
pub(super) fn received(site: &SiteFigures) -> String {
    let received = site.contact.as_ref().and_then(|contact| contact.received_ms);
    received.map_or_else(|| "—".to_owned(), words::moment)
}

fn link(site: &SiteFigures) -> Markup {
    html! { a href={ "/sites/" (site.node) } { (site.name) } }
}
