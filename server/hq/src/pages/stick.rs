//! Records that a site brings on a stick: the form, the receipt, the acknowledgement to carry back.

use std::sync::Arc;

use bytes::Bytes;
use domain::ids::NodeId;
use domain::role::Right;
use link::Receiving;
use link::carry::FILE_BYTES;
use link::receiving::{Came, Imported, Outcome};
use maud::{Markup, html};
use office::Staff;
use std::time::Duration;
use web::body::BodyLimit;
use web::page::{Field, Input, Tone, big_button, csrf_field, notice, table};
use web::{ApiError, Call, Lang, Response, fill, reply, t};

use super::{clerk, frame, words};
use crate::by_hand::acknowledgement;
use crate::hq::Hq;

/// A whole file, over a slow line at that.
const UPLOAD: BodyLimit =
    BodyLimit { size_bytes: FILE_BYTES + (1 << 20), wait: Duration::from_secs(600) };
const ACKNOWLEDGEMENT: &str = "application/octet-stream";

pub(super) async fn show(hq: Arc<Hq>, call: Call) -> Result<Response, ApiError> {
    let staff = clerk(&hq, &call)?;
    let body = form(call.lang(), &staff, None);
    let title = t(call.lang(), "carry.hq_title");
    Ok(frame(&hq, &call, &staff, title).body(body).reply())
}

/// Takes a file over and shows the receipt.
pub(super) async fn take(
    receiving: Arc<Receiving<Hq>>,
    mut call: Call,
) -> Result<Response, ApiError> {
    let hq = receiving.upstream();
    clerk(hq, &call)?;
    let upload = call.upload(UPLOAD).await?;
    let staff = hq.office.staff_form(&call, &upload.fields, Right::RunHeadquarters)?;
    let taken = match upload.file("bundle") {
        Ok(file) => receiving.import(&file.bytes).await.map_err(ApiError::from),
        Err(missing) => Err(missing),
    };
    let lang = call.lang();
    match taken {
        Ok(imported) => {
            let body = receipt(lang, hq, &imported);
            Ok(frame(hq, &call, &staff, t(lang, "carry.hq_receipt")).body(body).reply())
        }
        Err(refused) if refused.status().is_server_error() && refused.code() == "internal" => {
            Err(refused)
        }
        Err(refused) => {
            let body = form(lang, &staff, Some(&refused.sentence(lang)));
            let title = t(lang, "carry.hq_title");
            let mut response = frame(hq, &call, &staff, title).body(body).reply();
            *response.status_mut() = refused.status();
            Ok(response)
        }
    }
}

/// The signed word on how far everything of a site is here.
pub(super) async fn acknowledge(
    receiving: Arc<Receiving<Hq>>,
    site: NodeId,
    call: Call,
) -> Result<Response, ApiError> {
    let hq = receiving.upstream();
    clerk(hq, &call)?;
    hq.enrolled(site)?;
    let (name, file) = acknowledgement(&receiving, site);
    Ok(reply::download(ACKNOWLEDGEMENT, &name, Bytes::from(file)))
}

fn form(lang: Lang, staff: &Staff, refused: Option<&str>) -> Markup {
    html! {
        @if let Some(refused) = refused {
            (notice(lang, Tone::Bad, &html! { p { (refused) } }))
        }
        p { (t(lang, "carry.hq_lead")) }
        form .card method="post" action="/stick" enctype="multipart/form-data" {
            (csrf_field(&staff.csrf()))
            (Field::new("bundle", t(lang, "carry.hq_file")).input(Input::File).accept(".bundle")
                .hint(t(lang, "carry.hq_file_hint")).required().render())
            p .actions { (big_button(t(lang, "carry.hq_take"))) }
        }
    }
}

fn receipt(lang: Lang, hq: &Hq, imported: &Imported) -> Markup {
    let manifest = &imported.manifest;
    let site = manifest.sender;
    let name = hq.enrolled(site).map(|site| site.name).unwrap_or_default();
    let count = manifest.records().to_string();
    let fresh = imported.fresh().to_string();
    let (tone, key) = match (imported.all_held(), imported.fresh()) {
        (true, 0) => (Tone::Ok, "carry.hq_nothing_new"),
        (true, _) => (Tone::Ok, "carry.hq_all_new"),
        (false, _) => (Tone::Warn, "carry.hq_not_all"),
    };
    let said = fill(t(lang, key), &[("count", &count), ("fresh", &fresh)]);
    let rows: Vec<Vec<Markup>> =
        imported.streams.iter().map(|outcome| row(lang, site, outcome)).collect();
    let heads = ["hq.kind", "carry.node", "carry.run", "carry.from_to", "carry.fresh"];
    let mut heads = heads.map(|key| t(lang, key)).to_vec();
    heads.push(t(lang, "carry.result"));
    html! {
        (notice(lang, tone, &html! { p { (said) } }))
        @if !manifest.complete {
            (notice(lang, Tone::Warn, &html! { p { (t(lang, "carry.hq_incomplete")) } }))
        }
        dl .card {
            dt { (t(lang, "carry.hq_from")) }
            dd { a href={ "/sites/" (site) } { (name) } }
            dt { (t(lang, "carry.hq_made")) }
            dd { (words::moment(manifest.made_at_ms)) }
            dt { (t(lang, "carry.count")) }
            dd { (count) }
        }
        (table(t(lang, "carry.what"), &heads, &rows))
        p { (t(lang, "carry.hq_ack_hint")) }
        p .actions {
            a .button.big href={ "/sites/" (site) "/acknowledgement.ack" } download {
                (t(lang, "carry.hq_ack"))
            }
        }
    }
}

fn row(lang: Lang, site: NodeId, outcome: &Outcome) -> Vec<Markup> {
    let range = &outcome.range;
    let kind = if range.origin == site { "hq.site" } else { "hq.station" };
    vec![
        html! { (t(lang, kind)) },
        html! { code { (range.origin) } },
        html! { code { (format!("{:016x}", range.epoch.0)) } },
        html! { span .figure { (range.first) "–" (range.last) } },
        html! { span .figure { (outcome.fresh) } },
        html! { (came(lang, outcome.came)) },
    ]
}

fn came(lang: Lang, came: Came) -> String {
    match came {
        Came::Held => t(lang, "carry.came_held").to_owned(),
        Came::ParentMissing => t(lang, "carry.came_parent_missing").to_owned(),
        Came::Missing { first, last } => {
            let (first, last) = (first.to_string(), last.to_string());
            fill(t(lang, "carry.came_missing"), &[("first", &first), ("last", &last)])
        }
        Came::Fork(seq) => fill(t(lang, "carry.came_fork"), &[("first", &seq.to_string())]),
        Came::Refused(code) => fill(t(lang, "carry.came_refused"), &[("code", code.word())]),
    }
}
