//! The way to headquarters: enrolling there, and how far everything has arrived.

use std::sync::Arc;

use domain::role::Right;
use maud::{Markup, html};
use office::Staff;
use office::lost::LostRange;
use sync::RefusalCode;
use sync::status::Trouble;
use web::page::{Field, Tone, big_button, csrf_field, link_button, notice};
use web::{ApiError, Call, Fields, Lang, Response, fill, reply, t};

use super::figures::{at_headquarters, is_well};
use crate::headquarters::HeadquartersState;
use crate::pages::staff;
use crate::site::Site;

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(answer(&site, &call, &staff, &Fields::default(), None))
}

pub(super) async fn link(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::RunFair).await?;
    let (url, code) = (form.get("url").unwrap_or_default(), form.get("code").unwrap_or_default());
    match site.link_headquarters(url, code, staff.actor.account).await {
        Ok(()) => Ok(reply::see_other("/organiser/headquarters")),
        Err(refused) => {
            // A headquarters out of reach is nobody's failure here: the form stays.
            let refused = match refused.code() {
                "headquarters_unreachable" => refused,
                _ => staff::mendable(refused)?,
            };
            Ok(answer(&site, &call, &staff, &form, Some(&refused)))
        }
    }
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    typed: &Fields,
    refused: Option<&ApiError>,
) -> Response {
    let lang = call.lang();
    let state = site.headquarters.state();
    let address = typed.get("url").or(state.address.as_deref()).unwrap_or_default();
    let code = typed.get("code").unwrap_or_default();
    let tone = if is_well(&state) { Tone::Ok } else { Tone::Warn };
    let body = html! {
        (staff::refusal(lang, refused))
        (notice(lang, tone, &html! {
            p { (at_headquarters(&state, lang)) }
            @if let Some(address) = &state.address { p .as-typed { (address) } }
        }))
        (lost_with_machine(site, lang))
        (unknown_there(site, &state, lang))
        p { (t(lang, "organiser_hq.lead")) }
        form .card method="post" action="/organiser/headquarters" {
            (csrf_field(&staff.csrf()))
            (Field::new("url", t(lang, "organiser_hq.address")).value(address)
                .hint(t(lang, "organiser_hq.address_hint"))
                .autocomplete("off").render())
            (Field::new("code", t(lang, "organiser_hq.code")).value(code)
                .hint(t(lang, "organiser_hq.code_hint")).required().autocomplete("off").render())
            p .actions { (big_button(t(lang, "organiser_hq.link"))) }
        }
        p .actions {
            (link_button("/organiser/stick", t(lang, "carry.way")))
            (link_button("/organiser/standby", t(lang, "organiser_standby.title")))
        }
    };
    let title = t(lang, "organiser_hq.title");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}

/// What to do where headquarters has never heard of the standby that was promoted.
fn unknown_there(site: &Site, state: &HeadquartersState, lang: Lang) -> Markup {
    let unknown = RefusalCode::UnknownSender;
    let refused = state.trouble == Some(Trouble::Refused(unknown).code());
    html! {
        @if refused && site.standby.followed.is_some() {
            (notice(lang, Tone::Warn, &html! { p { (t(lang, "organiser_hq.unknown_standby")) } }))
        }
    }
}

/// Where this machine took a lost one's place: what that one took with it, by name.
fn lost_with_machine(site: &Site, lang: Lang) -> Markup {
    let me = site.office.me();
    let (replaced, before) =
        site.fair(|fair| (fair.replaced(me).is_some(), fair.before(me).to_vec()));
    let missing = site.lost_with_machine();
    let named = |range: &LostRange| {
        let node = range.origin;
        let name = site.fair(|fair| fair.device(node).map(|device| device.name.clone()));
        let of_site =
            before.contains(&node).then(|| t(lang, "organiser_hq.lost_machine").to_owned());
        let name = name.or(of_site).unwrap_or_else(|| node.to_string());
        let (first, last) = (range.first.to_string(), range.last.to_string());
        let names = [("node", name.as_str()), ("first", &first), ("last", &last)];
        fill(t(lang, "lost.range"), &names)
    };
    html! {
        @if replaced && site.standby.followed.is_none() {
            (notice(lang, Tone::Warn, &html! {
                p { (t(lang, "organiser_hq.replaced")) }
                @if missing.is_empty() {
                    p { (t(lang, "organiser_hq.nothing_missing")) }
                } @else {
                    p { (t(lang, "organiser_hq.missing")) }
                    ul { @for range in &missing { li { (named(range)) } } }
                }
            }))
        }
    }
}
