//! Step 3: accounts for volunteers, booths and further organisers.

use std::sync::Arc;

use domain::command::Command;
use domain::employer::BoothNumber;
use domain::ids::AccountId;
use domain::role::{Right, Role};
use maud::{Markup, html};
use office::accounts::{self, Wanted};
use office::sign_in_routes::role_key;
use office::{Staff, random};
use web::page::{Choices, Field, Tone, big_button, csrf_field, notice, table};
use web::{ApiError, Call, Fields, Lang, Response, fill, reply, t};

use super::steps::{Step, next, steps};
use crate::pages::staff;
use crate::site::Site;

/// The roles of a site, in the order in which accounts are needed.
const ROLES: [Role; 3] = [Role::Volunteer, Role::Booth, Role::Organiser];

/// An account in the list.
struct Listed {
    id: AccountId,
    role: Role,
    booth: Option<BoothNumber>,
    name: String,
    login: String,
}

/// What was just made: shown once.
struct Made {
    login: String,
    password: String,
}

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    answer(&site, &call, &staff, &Fields::default(), Ok(None))
}

pub(super) async fn create(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::RunFair).await?;
    let created = match wanted(&form, call.lang()) {
        Err(refused) => Err(refused),
        Ok(wanted) => {
            let made = Made { login: wanted.login.clone(), password: wanted.password.clone() };
            accounts::create(&site.office, wanted, Some(staff.actor.account)).await.map(|_| made)
        }
    };
    match created {
        Ok(made) => answer(&site, &call, &staff, &Fields::default(), Ok(Some(made))),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            answer(&site, &call, &staff, &form, Err(refused))
        }
    }
}

fn wanted(form: &Fields, lang: Lang) -> Result<Wanted, ApiError> {
    let role = form.filled("role").and_then(Role::from_code).filter(|role| ROLES.contains(role));
    let role = role.ok_or(ApiError::unprocessable("role_not_here"))?;
    let login = staff::needed(form, "login", t(lang, "sign_in.login"))?;
    // A booth number typed for another role is no booth's account.
    let booth = form.filled("booth").filter(|_| role == Role::Booth);
    let booth = booth.map(str::parse).transpose();
    Ok(Wanted {
        name: form.filled("name").map_or_else(|| login.clone(), str::to_owned),
        login,
        password: staff::needed(form, "password", t(lang, "sign_in.password"))?,
        role,
        booth: booth.map_err(|_| ApiError::not_found("unknown_booth"))?,
    })
}

fn listed(site: &Site) -> Result<Vec<Listed>, ApiError> {
    let known: Vec<_> = site.fair(|fair| fair.accounts().collect());
    let mut all = Vec::new();
    for (id, account) in known {
        let credentials = accounts::credentials(&site.office, id)?;
        let (name, login) =
            credentials.map_or_else(Default::default, |known| (known.name, known.login));
        all.push(Listed { id, role: account.role, booth: account.booth, name, login });
    }
    all.sort_by(|a, b| {
        (a.role.number(), a.booth, &a.login).cmp(&(b.role.number(), b.booth, &b.login))
    });
    Ok(all)
}

fn answer(
    site: &Site,
    call: &Call,
    staff: &Staff,
    typed: &Fields,
    came: Result<Option<Made>, ApiError>,
) -> Result<Response, ApiError> {
    let lang = call.lang();
    let (made, refused) = match came {
        Ok(made) => (made, None),
        Err(refused) => (None, Some(refused)),
    };
    let password = match typed.filled("password") {
        Some(typed) => typed.to_owned(),
        None => random::code()?,
    };
    let body = html! {
        (steps(site, lang, Step::Accounts))
        (staff::refusal(lang, refused.as_ref()))
        @if let Some(made) = &made { (to_hand_over(lang, made)) }
        form .card method="post" action="/organiser/accounts" {
            (csrf_field(&staff.csrf()))
            (fields(lang, typed, &password))
            p .actions { (big_button(t(lang, "organiser_accounts.create"))) }
        }
        (list(lang, &listed(site)?, staff))
        (next(lang, Step::Accounts))
    };
    let title = t(lang, "organiser_accounts.title");
    Ok(staff::reply(staff::page(site, call, staff, title, &body).wide(), refused.as_ref()))
}

fn to_hand_over(lang: Lang, made: &Made) -> Markup {
    notice(
        lang,
        Tone::Ok,
        &html! {
            p { (t(lang, "organiser_accounts.made")) }
            dl {
                dt { (t(lang, "sign_in.login")) } dd { (made.login) }
                dt { (t(lang, "sign_in.password")) } dd .as-typed { (made.password) }
            }
        },
    )
}

fn fields(lang: Lang, typed: &Fields, password: &str) -> Markup {
    let value = |name| typed.get(name).unwrap_or_default();
    let roles: Vec<(&str, &str)> =
        ROLES.iter().map(|role| (role.code(), t(lang, role_key(*role)))).collect();
    let chosen = typed.filled("role").unwrap_or(Role::Volunteer.code());
    html! {
        (Choices {
            name: "role",
            legend: t(lang, "organiser_accounts.role"),
            options: &roles,
            chosen: &[chosen],
        }.one())
        div .pair {
            (Field::new("login", t(lang, "sign_in.login")).value(value("login"))
                .hint(t(lang, "setup.login_hint")).required().autocomplete("off").render())
            (Field::new("name", t(lang, "setup.name")).value(value("name"))
                .hint(t(lang, "organiser_accounts.name_hint")).autocomplete("off").render())
            (Field::new("password", t(lang, "sign_in.password")).value(password)
                .hint(t(lang, "organiser_accounts.password_hint")).required()
                .autocomplete("off").render())
            (Field::new("booth", t(lang, "organiser_accounts.booth")).value(value("booth"))
                .hint(t(lang, "organiser_accounts.booth_hint")).autocomplete("off").render())
        }
    }
}

fn list(lang: Lang, listed: &[Listed], staff: &Staff) -> Markup {
    let head = [
        t(lang, "organiser_accounts.role"),
        t(lang, "setup.name"),
        t(lang, "sign_in.login"),
        t(lang, "organiser_accounts.booth"),
        t(lang, "organiser_accounts.close"),
    ];
    let rows: Vec<Vec<Markup>> = listed
        .iter()
        .map(|account| {
            let label = fill(t(lang, "organiser_accounts.close_one"), &[("name", &account.login)]);
            vec![
                html! { (t(lang, role_key(account.role))) },
                html! { (account.name) },
                html! { (account.login) },
                html! { (account.booth.map(|booth| booth.to_string()).unwrap_or_default()) },
                html! {
                    @if account.id == staff.actor.account {
                        (t(lang, "organiser_accounts.you"))
                    } @else {
                        a href={ "/organiser/accounts/" (account.id) "/close" }
                            aria-label=(label) { (t(lang, "organiser_accounts.close")) }
                    }
                },
            ]
        })
        .collect();
    table(t(lang, "organiser_accounts.list"), &head, &rows)
}

/// The account as it is called; it must be open and somebody else's.
fn other(site: &Site, id: AccountId, staff: &Staff) -> Result<String, ApiError> {
    let is_open = site.fair(|fair| fair.account(id).is_some());
    if !is_open || id == staff.actor.account {
        return Err(ApiError::not_found("unknown_account"));
    }
    let known = accounts::credentials(&site.office, id)?;
    Ok(known.map(|known| known.login).unwrap_or_default())
}

pub(super) async fn ask_close(
    site: Arc<Site>,
    id: AccountId,
    call: Call,
) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    let lang = call.lang();
    let login = other(&site, id, &staff)?;
    let asked = fill(t(lang, "organiser_accounts.close_ask"), &[("name", &login)]);
    let body = html! {
        (notice(lang, Tone::Warn, &html! { p { (asked) } }))
        (staff::confirm(lang, &staff, &format!("/organiser/accounts/{id}/close"), ("organiser_accounts.close", "/organiser/accounts")))
    };
    let title = t(lang, "organiser_accounts.close_title");
    Ok(staff::page(&site, &call, &staff, title, &body).reply())
}

pub(super) async fn close(
    site: Arc<Site>,
    id: AccountId,
    mut call: Call,
) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    other(&site, id, &staff)?;
    site.office.ask(Command::DisableAccount(id), Some(staff.actor.account)).await?;
    Ok(reply::see_other("/organiser/accounts"))
}
