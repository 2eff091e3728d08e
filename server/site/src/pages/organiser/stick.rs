//! The way to headquarters on a USB stick: the file to take along, its receipt, and the
//! acknowledgement that comes back.

use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use domain::day::moment_text;
use domain::role::Right;
use maud::{Markup, html};
use office::Staff;
use sync::bundle::Range;
use sync::bundle::acknowledgement::Acknowledgement;
use web::body::BodyLimit;
use web::page::{Field, Input, Tone, big_button, csrf_field, notice, table};
use web::{ApiError, Call, Lang, Response, fill, reply, t};

use super::figures::{at_headquarters, count, is_well};
use crate::by_hand::{Extent, Receipt};
use crate::pages::staff;
use crate::site::Site;

/// An acknowledgement is small: a few bytes for each run of each node.
const UPLOAD: BodyLimit = BodyLimit { size_bytes: 5 << 20, wait: Duration::from_secs(60) };
const BUNDLE: &str = "application/octet-stream";

/// What was asked for last.
enum Came {
    Nothing,
    Acknowledged(Acknowledgement),
    Refused(ApiError),
}

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(answer(&site, &call, &staff, &Came::Nothing))
}

/// The file, as a download.
pub(super) async fn export(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::RunFair).await?;
    let extent = if form.get("all").is_some() { Extent::All } else { Extent::Rest };
    match site.write_bundle(extent).await {
        Ok((receipt, file)) => Ok(reply::download(BUNDLE, &receipt.name, Bytes::from(file))),
        Err(failure) => {
            let refused = staff::mendable(failure.into())?;
            Ok(answer(&site, &call, &staff, &Came::Refused(refused)))
        }
    }
}

/// Headquarters' acknowledgement.
pub(super) async fn acknowledge(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    site.office.staff(&call, Right::RunFair)?;
    let upload = call.upload(UPLOAD).await?;
    let staff = site.office.staff_form(&call, &upload.fields, Right::RunFair)?;
    let taken = match upload.file("acknowledgement") {
        Ok(file) => site.take_acknowledgement(&file.bytes).map_err(ApiError::from),
        Err(missing) => Err(missing),
    };
    let came = match taken {
        Ok(said) => Came::Acknowledged(said),
        Err(refused) => Came::Refused(staff::mendable(refused)?),
    };
    Ok(answer(&site, &call, &staff, &came))
}

fn answer(site: &Site, call: &Call, staff: &Staff, came: &Came) -> Response {
    let lang = call.lang();
    let state = site.headquarters.state();
    let refused = match came {
        Came::Refused(refused) => Some(refused),
        Came::Nothing | Came::Acknowledged(_) => None,
    };
    let tone = if is_well(&state) { Tone::Ok } else { Tone::Warn };
    let body = html! {
        (staff::refusal(lang, refused))
        @if let Came::Acknowledged(said) = came { (acknowledged(lang, said)) }
        (notice(lang, tone, &html! { p { (at_headquarters(&state, lang)) } }))
        @if state.address.is_none() {
            p { (t(lang, "carry.not_linked")) }
        } @else {
            (forms(lang, staff))
            (written(lang, site.office.me(), site.by_hand.receipt().as_ref()))
        }
    };
    let title = t(lang, "carry.title");
    staff::reply(staff::page(site, call, staff, title, &body).wide(), refused)
}

fn forms(lang: Lang, staff: &Staff) -> Markup {
    html! {
        p { (t(lang, "carry.lead")) }
        form .card method="post" action="/organiser/stick" {
            (csrf_field(&staff.csrf()))
            p .hint { (t(lang, "carry.export_hint")) }
            p .actions { (big_button(t(lang, "carry.export"))) }
        }
        form .card method="post" action="/organiser/stick/acknowledgement"
            enctype="multipart/form-data" {
            h2 { (t(lang, "carry.back")) }
            p { (t(lang, "carry.back_lead")) }
            (csrf_field(&staff.csrf()))
            (Field::new("acknowledgement", t(lang, "carry.back_file")).input(Input::File)
                .accept(".ack").hint(t(lang, "carry.back_hint")).required().render())
            p .actions { (big_button(t(lang, "carry.back_take"))) }
        }
        details .card {
            summary { (t(lang, "carry.everything")) }
            p { (t(lang, "carry.everything_lead")) }
            form method="post" action="/organiser/stick" {
                (csrf_field(&staff.csrf()))
                input type="hidden" name="all" value="1";
                button .plain type="submit" { (t(lang, "carry.export_all")) }
            }
        }
    }
}

fn acknowledged(lang: Lang, said: &Acknowledgement) -> Markup {
    let records = count(said.records());
    let time = moment_text(said.made_at_ms);
    let text = fill(t(lang, "carry.back_done"), &[("time", &time), ("count", &records)]);
    notice(lang, Tone::Ok, &html! { p { (text) } })
}

fn written(lang: Lang, me: domain::ids::NodeId, receipt: Option<&Receipt>) -> Markup {
    let Some(receipt) = receipt else {
        return html! { p .quiet { (t(lang, "carry.no_receipt")) } };
    };
    let rows: Vec<Vec<Markup>> =
        receipt.manifest.ranges.iter().map(|range| row(lang, me, range)).collect();
    let heads = ["carry.node", "carry.run", "carry.from_to", "carry.count"];
    html! {
        section {
            h2 { (t(lang, "carry.receipt")) }
            p .hint { (t(lang, "carry.receipt_hint")) }
            dl .card {
                dt { (t(lang, "carry.file")) }
                dd { (receipt.name) }
                dt { (t(lang, "carry.made")) }
                dd { (moment_text(receipt.manifest.made_at_ms)) }
                dt { (t(lang, "carry.count")) }
                dd { (count(receipt.manifest.records())) }
                dt { (t(lang, "carry.file_size")) }
                dd { (receipt.size_bytes) }
                dt { (t(lang, "carry.file_hash")) }
                dd .as-typed { (receipt.hash) }
            }
            @if !receipt.manifest.complete {
                (notice(lang, Tone::Warn, &html! { p { (t(lang, "carry.rest_follows")) } }))
            }
            (table(t(lang, "carry.what"), &heads.map(|key| t(lang, key)), &rows))
        }
    }
}

fn row(lang: Lang, me: domain::ids::NodeId, range: &Range) -> Vec<Markup> {
    let kind = if range.origin == me { "hq.site" } else { "hq.station" };
    vec![
        html! { (t(lang, kind)) " " code { (range.origin) } },
        html! { code { (format!("{:016x}", range.epoch.0)) } },
        html! { (range.first) "–" (range.last) },
        html! { (count(range.records())) },
    ]
}
