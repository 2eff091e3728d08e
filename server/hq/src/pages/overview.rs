//! All sites together: totals, days, sites, what the desks were asked.

use std::sync::Arc;

use domain::codes::{ConsultationCategory, ConsultationOutcome, Desk};
use domain::statistics::Statistics;
use maud::{Markup, html};
use web::page::{Tone, link_button, notice};
use web::{ApiError, Call, Lang, Response, t};

use super::{clerk, frame, live, sites, tables, words};
use crate::figures::Figures;
use crate::hq::Hq;

pub(super) async fn show(hq: Arc<Hq>, call: Call) -> Result<Response, ApiError> {
    let staff = clerk(&hq, &call)?;
    let lang = call.lang();
    let figures = hq.figures();
    let body = html! {
        @if figures.sites.is_empty() { (nobody(lang)) } @else { (filled(lang, &figures)) }
    };
    let page = frame(&hq, &call, &staff, t(lang, "hq.overview_title"));
    Ok(page.live("/live", live::EVENT).body(body).reply())
}

fn nobody(lang: Lang) -> Markup {
    notice(
        lang,
        Tone::Warn,
        &html! {
            p { (t(lang, "hq.no_site_yet")) }
            p .actions { (link_button("/enrol", t(lang, "hq.enrol"))) }
        },
    )
}

fn filled(lang: Lang, figures: &Figures) -> Markup {
    html! {
        p .standing {
            (t(lang, "hq.site_count")) " " strong data-live="sites" { (figures.sites.len()) }
            " · "
            (t(lang, "hq.heard_of")) " " strong data-live="heard_of" { (figures.heard_of()) }
        }
        (tables::numbers(lang, &figures.total))
        p .quiet { (t(lang, "hq.persons_note")) }
        (tables::by_day(lang, &figures.total.days))
        (sites::with_figures(lang, figures))
        (desks(lang, &figures.total))
    }
}

/// What the volunteers' desks were asked, small cells hidden.
pub(super) fn desks(lang: Lang, statistics: &Statistics) -> Markup {
    let names = words::of_codes(lang);
    let desk = |code| Desk::from_code(code).map(|desk| desk.name(names));
    let category = |code| ConsultationCategory::from_code(code).map(|it| it.name(names));
    let outcome = |code| ConsultationOutcome::from_code(code).map(|it| it.name(names));
    let by_desk = &statistics.consultations_by_desk;
    html! {
        @if statistics.total.consultations > 0 {
            h2 { (t(lang, "hq.consultations")) }
            div .side-by-side {
                (tables::by_code(lang, t(lang, "hq.by_category"),
                    &statistics.consultations_by_category, category))
                div {
                    (tables::by_code(lang, t(lang, "hq.by_desk"), by_desk, desk))
                    (tables::by_code(lang, t(lang, "hq.by_outcome"),
                        &statistics.consultations_by_outcome, outcome))
                }
            }
            p .quiet { (t(lang, "hq.small_cells")) }
        }
    }
}
