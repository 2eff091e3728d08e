//! Step 4: one-time codes for kiosks, and ending the trust in one that was lost.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use domain::day::clock_text;
use domain::fair::Fair;
use domain::ids::NodeId;
use domain::role::Right;
use maud::{Markup, PreEscaped, html};
use office::{Staff, now_ms};
use web::page::{Field, Tone, big_button, csrf_field, notice, table};
use web::{ApiError, Call, Lang, Response, fill, reply, t};

use super::figures::{count, seen};
use super::steps::{Step, next, steps};
use crate::enrolment::{CODE_LIFE_MS, NewCode};
use crate::overview::NodeState;
use crate::pages::staff;
use crate::site::Site;

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(answer(&site, &call, &staff, "", &Ok(None)))
}

pub(super) async fn make_code(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::RunFair).await?;
    let name = form.get("name").unwrap_or_default();
    let made = match site.new_code(name) {
        Ok(code) => Ok(Some(code)),
        Err(refused) => Err(staff::mendable(refused)?),
    };
    Ok(answer(&site, &call, &staff, name, &made))
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    typed: &str,
    made: &Result<Option<NewCode>, ApiError>,
) -> Response {
    let lang = call.lang();
    let refused = made.as_ref().err();
    let typed = if refused.is_some() { typed } else { "" };
    let nodes = site.overview().nodes;
    let body = html! {
        (steps(site, lang, Step::Kiosks))
        (staff::refusal(lang, refused))
        @if let Ok(Some(code)) = made { (to_type(site, lang, code)) }
        form .card method="post" action="/organiser/kiosks" {
            (csrf_field(&staff.csrf()))
            (Field::new("name", t(lang, "organiser_kiosks.name")).value(typed)
                .hint(t(lang, "organiser_kiosks.name_hint")).required()
                .autocomplete("off").render())
            p .actions { (big_button(t(lang, "organiser_kiosks.make"))) }
        }
        (list(lang, &nodes))
        @if let Some(generation) = site.fair(Fair::key_generation) {
            p .quiet {
                (fill(t(lang, "organiser_ticket_key.current"), &[("number", &(generation + 1).to_string())])) " "
                a href="/organiser/ticket-key" { (t(lang, "organiser_ticket_key.title")) }
            }
            p .quiet {
                @if site.server_key_waits.load(Ordering::Relaxed) { (t(lang, "organiser_server_key.waits")) " " }
                a href="/organiser/server-key" { (t(lang, "organiser_server_key.title")) }
            }
        }
        (next(lang, Step::Kiosks))
    };
    let title = t(lang, "organiser_kiosks.title");
    staff::reply(staff::page(site, call, staff, title, &body).wide(), refused)
}

/// The code and what to do with it.
fn to_type(site: &Site, lang: Lang, code: &NewCode) -> Markup {
    let until = clock_text(now_ms().saturating_add(CODE_LIFE_MS));
    let address = site.fair(|fair| fair.settings().map(|settings| settings.address.clone()));
    html! {
        section .card {
            h2 { (fill(t(lang, "organiser_kiosks.code_for"), &[("name", &code.name)])) }
            @if let Some(invitation) = &code.invitation {
                p { (t(lang, "organiser_kiosks.show_code")) }
                div .code role="img" aria-label=(t(lang, "organiser_kiosks.qr")) {
                    (PreEscaped(web::qr::svg(invitation)))
                }
                p { (t(lang, "organiser_kiosks.or_type")) }
            }
            p .one-time-code { (code.code) }
            p { (fill(t(lang, "organiser_kiosks.until"), &[("time", &until)])) }
            ol {
                li { (t(lang, "organiser_kiosks.step_open")) }
                li {
                    (t(lang, "organiser_kiosks.step_address")) " "
                    span .as-typed {
                        (address.as_deref().unwrap_or(t(lang, "organiser_kiosks.no_address")))
                    }
                }
                li { (t(lang, "organiser_kiosks.step_code")) }
                li { (t(lang, "organiser_kiosks.step_done")) }
            }
            p .actions {
                a .plain href="/organiser/kiosks" { (t(lang, "organiser_kiosks.look")) }
            }
        }
    }
}

fn list(lang: Lang, nodes: &[NodeState]) -> Markup {
    let head = [
        t(lang, "organiser_kiosks.name"),
        t(lang, "organiser_live.state"),
        t(lang, "organiser_live.records"),
        t(lang, "organiser_kiosks.revoke"),
    ];
    let rows: Vec<Vec<Markup>> = nodes
        .iter()
        .map(|node| {
            let label = fill(t(lang, "organiser_kiosks.revoke_one"), &[("name", &node.name)]);
            vec![
                html! { (node.name) },
                html! { (seen(node, lang, now_ms())) },
                html! { (count(node.records)) },
                html! {
                    @if !node.revoked {
                        a href={ "/organiser/kiosks/" (node.node) "/revoke" } aria-label=(label) {
                            (t(lang, "organiser_kiosks.revoke"))
                        }
                    }
                },
            ]
        })
        .collect();
    html! {
        @if nodes.is_empty() {
            p .quiet { (t(lang, "organiser_kiosks.none")) }
        } @else {
            (table(t(lang, "organiser_kiosks.list"), &head, &rows))
        }
    }
}

pub(super) async fn ask_revoke(
    site: Arc<Site>,
    node: NodeId,
    call: Call,
) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    let lang = call.lang();
    let name = site.fair(|fair| fair.device(node).map(|device| device.name.clone()));
    let name = name.ok_or(ApiError::not_found("unknown_node"))?;
    let asked = fill(t(lang, "organiser_kiosks.revoke_ask"), &[("name", &name)]);
    let body = html! {
        (notice(lang, Tone::Warn, &html! { p { (asked) } }))
        (staff::confirm(lang, &staff, &format!("/organiser/kiosks/{node}/revoke"), ("organiser_kiosks.revoke", "/organiser/kiosks")))
    };
    let title = t(lang, "organiser_kiosks.revoke_title");
    Ok(staff::page(&site, &call, &staff, title, &body).reply())
}

pub(super) async fn revoke(
    site: Arc<Site>,
    node: NodeId,
    mut call: Call,
) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    site.revoke(node, staff.actor.account).await?;
    Ok(reply::see_other("/organiser/kiosks"))
}
