//! The streams behind the pages: one for all sites, one for each site. An event is a flat object
//! whose fields have the names that [`super::tables`] gives to its cells.

use std::sync::Arc;

use domain::day::Day;
use domain::ids::NodeId;
use domain::statistics::{Counts, Statistics};
use futures_util::StreamExt;
use futures_util::future::ready;
use serde_json::{Map, Value};
use tokio_stream::wrappers::WatchStream;
use web::live::LiveEvent;
use web::{ApiError, Call, Lang, Response};

use super::{clerk, tables, words};
use crate::figures::{Figures, SiteFigures};
use crate::hq::Hq;

/// The name of the events.
pub(super) const EVENT: &str = "numbers";

type Fields = Map<String, Value>;

/// The figures of all sites.
pub(super) async fn all(hq: Arc<Hq>, call: Call) -> Result<Response, ApiError> {
    clerk(&hq, &call)?;
    let lang = call.lang();
    stream(&hq, move |figures| Some(of_all(lang, figures)))
}

/// The figures of one site.
pub(super) async fn of_site(hq: Arc<Hq>, node: NodeId, call: Call) -> Result<Response, ApiError> {
    clerk(&hq, &call)?;
    hq.enrolled(node)?;
    let lang = call.lang();
    stream(&hq, move |figures| {
        let site = figures.site(node)?;
        let mut fields = of_statistics(&site.statistics);
        put_site(&mut fields, lang, "site", site);
        Some(fields)
    })
}

fn stream(
    hq: &Hq,
    fields: impl Fn(&Figures) -> Option<Fields> + Send + Sync + 'static,
) -> Result<Response, ApiError> {
    let events = WatchStream::new(hq.published.subscribe())
        .map(move |figures| LiveEvent::json(EVENT, &fields(&figures)?).ok())
        .filter_map(ready);
    hq.live.events(events)
}

fn of_all(lang: Lang, figures: &Figures) -> Fields {
    let mut fields = of_statistics(&figures.total);
    fields.insert("sites".to_owned(), figures.sites.len().into());
    fields.insert("heard_of".to_owned(), figures.heard_of().into());
    for site in &figures.sites {
        let row = site.node.to_string();
        put_counts(&mut fields, &format!("{row}_"), &site.statistics.total);
        put_site(&mut fields, lang, &row, site);
    }
    fields
}

fn of_statistics(statistics: &Statistics) -> Fields {
    let mut fields = Fields::new();
    let total = &statistics.total;
    put_counts(&mut fields, "", total);
    let others = [
        ("tickets", total.tickets),
        ("registered", total.registered),
        ("employers", statistics.employers),
        ("openings", statistics.openings),
        ("volunteers", statistics.volunteers),
    ];
    fields.extend(others.map(|(name, count)| (name.to_owned(), count.into())));
    for (day, counts) in &statistics.days {
        let day: &Day = day;
        put_counts(&mut fields, &format!("{day}_"), counts);
    }
    fields
}

fn put_site(fields: &mut Fields, lang: Lang, row: &str, site: &SiteFigures) {
    fields.insert(format!("{row}_state"), words::standing(lang, site).into());
    fields.insert(format!("{row}_records"), site.records.into());
    fields.insert(format!("{row}_stage"), words::stage(lang, site.stage).into());
    let received = site.contact.as_ref().and_then(|contact| contact.received_ms);
    if let Some(received_ms) = received {
        fields.insert(format!("{row}_received"), words::moment(received_ms).into());
    }
}

fn put_counts(fields: &mut Fields, before: &str, counts: &Counts) {
    for column in &tables::COLUMNS {
        fields.insert(format!("{before}{}", column.name), (column.of)(counts).into());
    }
}
