//! Step 1: the fair's settings, and whether a phone can open the address.

use std::sync::Arc;

use domain::codes::District;
use domain::event::FairPlanned;
use domain::role::Right;
use maud::{Markup, PreEscaped, html};
use office::Staff;
use web::page::{Choices, Field, Input, Tone, big_button, csrf_field, notice};
use web::{ApiError, Call, Fields, Lang, Response, fill, reply, t};

use super::address::suggested;
use super::steps::{Step, next, steps};
use crate::pages::{staff, words};
use crate::planning::{FairForm, plan};
use crate::site::Site;

/// What stands in the form.
#[derive(Default)]
struct Typed {
    name: String,
    place: String,
    district: String,
    date_from: String,
    date_to: String,
    address: String,
    entry_limit: String,
}

impl Typed {
    fn of_form(form: &Fields) -> Self {
        let typed = |name| form.get(name).unwrap_or_default().to_owned();
        Self {
            name: typed("name"),
            place: typed("place"),
            district: typed("district"),
            date_from: typed("date_from"),
            date_to: typed("date_to"),
            address: typed("address"),
            entry_limit: typed("entry_limit"),
        }
    }

    fn of_settings(settings: &FairPlanned) -> Self {
        Self {
            name: settings.name.clone(),
            place: settings.place.clone(),
            district: District::from_code(settings.district)
                .map(|district| district.key().to_owned())
                .unwrap_or_default(),
            date_from: settings.days.first.to_string(),
            date_to: settings.days.last.to_string(),
            address: settings.address.clone(),
            entry_limit: settings.entry_limit.map(|limit| limit.to_string()).unwrap_or_default(),
        }
    }
}

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    let typed = match site.fair(|fair| fair.settings().map(Typed::of_settings)) {
        Some(typed) => typed,
        None => Typed { address: suggested(&call).unwrap_or_default(), ..Typed::default() },
    };
    Ok(answer(&site, &call, &staff, &typed, None))
}

pub(super) async fn save(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::RunFair).await?;
    let planned = match read(&form, call.lang()) {
        Ok(read) => plan(&site, read, staff.actor.account).await,
        Err(refused) => Err(refused),
    };
    match planned {
        Ok(()) => Ok(reply::see_other("/organiser/fair?saved=1")),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            Ok(answer(&site, &call, &staff, &Typed::of_form(&form), Some(&refused)))
        }
    }
}

fn read(form: &Fields, lang: Lang) -> Result<FairForm, ApiError> {
    let needed = |name, label| staff::needed(form, name, t(lang, label));
    let day = |name, key| {
        let label = t(lang, key);
        staff::needed(form, name, label)?;
        staff::day(form, name, label)?.ok_or(ApiError::unprocessable("bad_days"))
    };
    let district = needed("district", "organiser_fair.district")?;
    let limit = t(lang, "organiser_fair.limit");
    let wrong = |_| ApiError::bad_request("field_wrong").value("field", limit);
    Ok(FairForm {
        name: needed("name", "organiser_fair.name")?,
        place: needed("place", "organiser_fair.place")?,
        district: District::from_key(&district).ok_or(ApiError::unprocessable("unknown_code"))?,
        date_from: day("date_from", "organiser_fair.from")?,
        date_to: day("date_to", "organiser_fair.to")?,
        address: needed("address", "organiser_fair.address")?,
        entry_limit: form.filled("entry_limit").map(str::parse).transpose().map_err(wrong)?,
    })
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    typed: &Typed,
    refused: Option<&ApiError>,
) -> Response {
    let lang = call.lang();
    let saved = call.query().get("saved").is_some() && refused.is_none();
    let address = site.fair(|fair| fair.settings().map(|settings| settings.address.clone()));
    let body = html! {
        (steps(site, lang, Step::Fair))
        (staff::refusal(lang, refused))
        @if saved {
            (notice(lang, Tone::Ok, &html! { p { (t(lang, "organiser_fair.saved")) } }))
        }
        @if let Some(address) = address.filter(|_| refused.is_none()) { (on_a_phone(lang, &address)) }
        form .card method="post" action="/organiser/fair" {
            (csrf_field(&staff.csrf()))
            (fields(lang, typed, refused, suggested(call).as_deref()))
            p .actions { (big_button(t(lang, "organiser_fair.save"))) }
        }
        @if refused.is_none() { (next(lang, Step::Fair)) }
    };
    let title = t(lang, "organiser_fair.title");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}

fn fields(
    lang: Lang,
    typed: &Typed,
    refused: Option<&ApiError>,
    suggested: Option<&str>,
) -> Markup {
    let districts: Vec<(&str, &str)> =
        District::ALL.iter().map(|district| (district.key(), district.name(words(lang)))).collect();
    let refused_as = |code: &str| {
        refused.filter(|refused| refused.code() == code).map(|refused| refused.sentence(lang))
    };
    let (bad_days, bad_address) = (refused_as("bad_days"), refused_as("bad_address"));
    let hint = match suggested {
        Some(address) => fill(t(lang, "organiser_fair.address_try"), &[("address", address)]),
        None => t(lang, "organiser_fair.address_hint").to_owned(),
    };
    html! {
        (Field::new("name", t(lang, "organiser_fair.name")).value(&typed.name)
            .hint(t(lang, "organiser_fair.name_hint")).required().autocomplete("off").render())
        (Field::new("place", t(lang, "organiser_fair.place")).value(&typed.place)
            .required().autocomplete("off").render())
        (Choices {
            name: "district",
            legend: t(lang, "organiser_fair.district"),
            options: &districts,
            chosen: &[typed.district.as_str()],
        }.one())
        div .pair {
            (Field::new("date_from", t(lang, "organiser_fair.from")).input(Input::Date)
                .value(&typed.date_from).required().render())
            (Field::new("date_to", t(lang, "organiser_fair.to")).input(Input::Date)
                .value(&typed.date_to).required().error(bad_days.as_deref()).render())
        }
        (Field::new("address", t(lang, "organiser_fair.address")).value(&typed.address)
            .hint(&hint).required().error(bad_address.as_deref()).autocomplete("off").render())
        (Field::new("entry_limit", t(lang, "organiser_fair.limit")).input(Input::Digits)
            .value(&typed.entry_limit).hint(t(lang, "organiser_fair.limit_hint"))
            .autocomplete("off").render())
    }
}

/// The address as a code, for the one test that counts.
fn on_a_phone(lang: Lang, address: &str) -> Markup {
    html! {
        section .card .try-it {
            div .code role="img" aria-label=(t(lang, "organiser_fair.code")) {
                (PreEscaped(web::qr::svg(address)))
            }
            div {
                h2 { (t(lang, "organiser_fair.try")) }
                p { (t(lang, "organiser_fair.try_how")) }
                p .as-typed { (address) }
                p .hint { (t(lang, "organiser_fair.try_fails")) }
            }
        }
    }
}
