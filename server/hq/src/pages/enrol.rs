//! Enrolling a site: a name, then a code and what to type where.

use std::sync::Arc;

use domain::day::clock_text;
use domain::ids::NodeId;
use domain::role::Right;
use maud::{Markup, PreEscaped, html};
use web::page::{Field, Tone, big_button, csrf_field, notice};
use web::{ApiError, Call, Door, Lang, Response, fill, t};

use super::{clerk, frame};
use crate::hq::{CodeGiven, Hq};

pub(super) async fn show(hq: Arc<Hq>, call: Call) -> Result<Response, ApiError> {
    let staff = clerk(&hq, &call)?;
    let lang = call.lang();
    let body = form(lang, &staff.csrf(), ("", None));
    Ok(frame(&hq, &call, &staff, t(lang, "hq.enrol")).body(body).reply())
}

/// Makes a code and shows it, once: it is kept nowhere that a page could show it from again.
pub(super) async fn give(hq: Arc<Hq>, mut call: Call) -> Result<Response, ApiError> {
    clerk(&hq, &call)?;
    let fields = call.form().await?;
    let staff = hq.office.staff_form(&call, &fields, Right::RunHeadquarters)?;
    let name = fields.filled("name").unwrap_or_default();
    let lang = call.lang();
    let (title, body, status) = match hq.new_code(name) {
        Ok(given) => {
            let body = given_code(&hq, lang, name, (&given, &address(&call)));
            (t(lang, "hq.code_title"), body, None)
        }
        Err(refused) if refused.status().is_client_error() => {
            let body = form(lang, &staff.csrf(), (name, Some(&refused.sentence(lang))));
            (t(lang, "hq.enrol"), body, Some(refused.status()))
        }
        Err(failed) => return Err(failed),
    };
    let mut response = frame(&hq, &call, &staff, title).body(body).reply();
    if let Some(status) = status {
        *response.status_mut() = status;
    }
    Ok(response)
}

/// Makes a code for the machine that takes a lost one's place, and shows it, once.
pub(super) async fn replace(
    hq: Arc<Hq>,
    lost: NodeId,
    mut call: Call,
) -> Result<Response, ApiError> {
    clerk(&hq, &call)?;
    let fields = call.form().await?;
    let staff = hq.office.staff_form(&call, &fields, Right::RunHeadquarters)?;
    let lang = call.lang();
    let (given, name) = hq.code_to_replace(lost)?;
    let body = html! {
        p { (t(lang, "hq.replace_steps")) }
        (given_code(&hq, lang, &name, (&given, &address(&call))))
    };
    Ok(frame(&hq, &call, &staff, t(lang, "hq.code_title")).body(body).reply())
}

fn form(lang: Lang, csrf: &str, (name, refused): (&str, Option<&str>)) -> Markup {
    html! {
        p { (t(lang, "hq.enrol_lead")) }
        form .card method="post" action="/enrol" {
            (csrf_field(csrf))
            (Field::new("name", t(lang, "hq.site_name")).hint(t(lang, "hq.site_name_hint"))
                .value(name).error(refused).required().autocomplete("off").render())
            p .actions { (big_button(t(lang, "hq.make_code"))) }
        }
    }
}

fn given_code(hq: &Hq, lang: Lang, name: &str, given: (&CodeGiven, &str)) -> Markup {
    let (given, address) = given;
    let until = clock_text(given.expires_at_ms);
    let invitation = hq.invitation(given, address);
    let code = given.code.shown();
    html! {
        p { (fill(t(lang, "hq.code_for"), &[("name", name)])) }
        p .enrolment-code { (code) }
        (notice(lang, Tone::Warn, &html! {
            p { (fill(t(lang, "hq.code_until"), &[("time", &until)])) }
        }))
        section .card {
            p { (t(lang, "hq.whole_text")) }
            div .code role="img" aria-label=(t(lang, "hq.qr")) {
                (PreEscaped(web::qr::svg(&invitation)))
            }
            p .as-typed .whole-text { (invitation) }
        }
        p { (t(lang, "hq.or_type")) }
        ol .card {
            li { (t(lang, "hq.step_open")) }
            li { (t(lang, "hq.step_address")) " " strong .as-typed { (address) } }
            li { (t(lang, "hq.step_code")) " " strong .as-typed { (code) } }
            li { (t(lang, "hq.step_done")) " " a href="/sites" { (t(lang, "hq.sites")) } }
        }
    }
}

/// The address under which this page was opened: what the site has to reach.
pub(crate) fn address(call: &Call) -> String {
    let scheme = if call.door() == Door::Tls { "https" } else { "http" };
    format!("{scheme}://{}", call.host().unwrap_or("localhost"))
}
