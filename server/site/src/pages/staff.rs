//! What the staff's pages share: who is signed in, a form with its rights checked, the frame, and
//! the field that takes a ticket or a number.
//!
//! Invariant: a handler asks for its right before it reads or shows anything. A refusal that the
//! person can mend is shown on the form they sent, with what they typed.

use std::future::Future;
use std::sync::Arc;
use std::time::Duration;

use domain::day::Day;
use domain::event::Method;
use domain::fair::Fair;
use domain::role::{Right, Role};
use domain::verdict::Stage;
use maud::{Markup, html};
use office::Staff;
use office::sign_in_routes::role_key;
use web::body::BodyLimit;
use web::page::{Tone, csrf_field, notice};
use web::{ApiError, Call, Fields, Head, Lang, Page, Response, StatusCode, fill, t};

use crate::check_in::Shown;
use crate::site::Site;

/// The largest form: the five texts of a consultation, 4,000 characters each.
const FORM: BodyLimit = BodyLimit { size_bytes: 256 << 10, wait: Duration::from_secs(30) };

/// A handler with what it shares.
pub(super) fn with<W: Future>(
    site: &Arc<Site>,
    handler: fn(Arc<Site>, Call) -> W,
) -> impl Fn(Call) -> W + Clone + use<W> {
    let site = Arc::clone(site);
    move |call| handler(Arc::clone(&site), call)
}

/// A handler with what it shares and a part of its path.
pub(super) fn with_one<A, W: Future>(
    site: &Arc<Site>,
    handler: fn(Arc<Site>, A, Call) -> W,
) -> impl Fn(A, Call) -> W + Clone + use<A, W> {
    let site = Arc::clone(site);
    move |part, call| handler(Arc::clone(&site), part, call)
}

/// Somebody with a right, and the form they sent.
pub(super) async fn form(
    site: &Site,
    call: &mut Call,
    right: Right,
) -> Result<(Staff, Fields), ApiError> {
    site.office.staff(call, right)?;
    let kind = call.header(warp::http::header::CONTENT_TYPE).unwrap_or_default();
    let fields = if kind.starts_with("multipart/") {
        call.upload(FORM).await?.fields
    } else {
        call.form().await?
    };
    let staff = site.office.staff_form(call, &fields, right)?;
    Ok((staff, fields))
}

/// A refusal that is shown on the form; any other ends the request.
///
/// # Errors
/// The refusal, where the person can't mend it: nobody signed in, a right missing, a failure.
pub(super) fn mendable(refused: ApiError) -> Result<ApiError, ApiError> {
    let status = refused.status();
    let final_one = matches!(status, StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN);
    if final_one || status.is_server_error() { Err(refused) } else { Ok(refused) }
}

/// What must be filled in; a refusal names it by its label.
pub(super) fn needed(form: &Fields, name: &str, label: &str) -> Result<String, ApiError> {
    let value = form.filled(name).map(str::to_owned);
    value.ok_or_else(|| ApiError::bad_request("field_missing").value("field", label))
}

/// A day that may be left out.
pub(super) fn day(form: &Fields, name: &str, label: &str) -> Result<Option<Day>, ApiError> {
    let wrong = |_| ApiError::bad_request("field_wrong").value("field", label);
    form.filled(name).map(str::parse).transpose().map_err(wrong)
}

/// A page in the staff's frame: the ways of the role, the name, the mark of a rehearsal.
pub(super) fn page<'a>(
    site: &Site,
    head: &'a Head,
    staff: &Staff,
    title: &str,
    body: &Markup,
) -> Page<'a> {
    let lang = head.lang();
    let role = staff.actor.role;
    let rehearsal = site.fair(Fair::stage) == Stage::Rehearsal;
    Page::new(head, title)
        .style("style/staff.css")
        .mark(office::lost::marks(lang, &site.store().status()))
        .nav(ways(role, lang))
        .account(&name(site, staff, lang), staff.csrf())
        .body(html! {
            @if rehearsal {
                p .rehearsal {
                    strong { (t(lang, "staff.rehearsal")) } " " (t(lang, "staff.rehearsal_more"))
                }
            }
            (elsewhere(site, lang))
            (body)
        })
}

/// Where to go, on a machine at which nothing is recorded.
fn elsewhere(site: &Site, lang: Lang) -> Markup {
    let follows =
        site.follows().map(|followed| ("organiser_standby.follows", followed.address.clone()));
    let superseded = || Some(("organiser_standby.superseded", site.superseded_by()?));
    html! {
        @if let Some((key, address)) = follows.or_else(superseded) {
            (notice(lang, Tone::Warn, &html! {
                p { (fill(t(lang, key), &[("address", &address)])) }
            }))
        }
    }
}

/// Does what was asked about on a page, or goes back: what the button says, and where back is.
pub(super) fn confirm(
    lang: Lang,
    staff: &Staff,
    action: &str,
    (does, back): (&str, &str),
) -> Markup {
    html! {
        form .actions method="post" action=(action) {
            (csrf_field(&staff.csrf()))
            button .plain .danger type="submit" { (t(lang, does)) }
            a href=(back) { (t(lang, "staff.back")) }
        }
    }
}

/// The page, under the status of the refusal that it shows.
pub(super) fn reply(page: Page<'_>, refused: Option<&ApiError>) -> Response {
    let mut response = page.reply();
    if let Some(refused) = refused {
        *response.status_mut() = refused.status();
    }
    response
}

/// What was refused, for the top of a form.
pub(super) fn refusal(lang: Lang, refused: Option<&ApiError>) -> Markup {
    html! {
        @if let Some(refused) = refused {
            (notice(lang, Tone::Bad, &html! { p { (refused.sentence(lang)) } }))
        }
    }
}

fn ways(role: Role, lang: Lang) -> Vec<(String, &'static str)> {
    let ways: &[(&str, &str)] = match role {
        Role::Organiser => &[
            ("/organiser", "staff.overview"),
            ("/organiser/fair", "staff.set_up"),
            ("/organiser/kiosks", "staff.devices"),
            ("/organiser/headquarters", "staff.headquarters"),
            ("/desk/check-in", "staff.check_in"),
        ],
        Role::Volunteer => &[
            ("/desk", "staff.desk"),
            ("/desk/check-in", "staff.check_in"),
            ("/register", "staff.register"),
            ("/desk/consultations/new", "staff.consult"),
            ("/desk/consultations", "staff.day_list"),
        ],
        Role::Booth => &[("/booth", "staff.booth")],
        Role::Clerk => &[],
    };
    ways.iter().map(|(path, key)| ((*path).to_owned(), t(lang, key))).collect()
}

/// The account's name, or its role while the lists that hold names are being rebuilt.
fn name(site: &Site, staff: &Staff, lang: Lang) -> String {
    let known = office::accounts::credentials(&site.office, staff.actor.account);
    let name = known.ok().flatten().map(|credentials| credentials.name);
    name.unwrap_or_else(|| t(lang, role_key(staff.actor.role)).to_owned())
}

/// The name of the field that takes a ticket or a number.
pub(super) const SHOWN: &str = "shown";

/// What was scanned or typed: digits are a number, anything else is a ticket's text.
pub(super) fn shown_of(typed: &str) -> Shown {
    let in_number =
        |c: char| c.is_ascii_digit() || ('０'..='９').contains(&c) || " -\u{3000}".contains(c);
    let typed = typed.trim().to_owned();
    if typed.chars().all(in_number) { Shown::Number(typed) } else { Shown::Ticket(typed) }
}

/// How it came: a line from a hand scanner, or keys.
pub(super) const fn method_of(shown: &Shown) -> Method {
    match shown {
        Shown::Ticket(_) => Method::Scanner,
        Shown::Number(_) => Method::Number,
    }
}

/// The field for a scanner's line or six digits. The first thing on its page that takes keys, so
/// that a hand scanner finds it.
pub(super) fn scan_field(lang: Lang, error: Option<&str>) -> Markup {
    let described = if error.is_some() { "shown-hint shown-error" } else { "shown-hint" };
    html! {
        div .field .wrong[error.is_some()] {
            label for=(SHOWN) { (t(lang, "staff.shown")) }
            p .hint #shown-hint { (t(lang, "staff.shown_hint")) }
            @if let Some(error) = error { p .error #shown-error { (error) } }
            input .scan #shown name=(SHOWN) type="text" required autofocus autocomplete="off" autocapitalize="none" spellcheck="false"
                maxlength="300" aria-describedby=(described)
                aria-invalid=[error.map(|_| "true")];
        }
    }
}

#[cfg(test)]
pub(super) mod testing;

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_are_a_number_and_anything_else_a_ticket() {
        for typed in ["123456", " 123 456 ", "123-456", "１２３４５６"] {
            assert!(matches!(shown_of(typed), Shown::Number(_)), "{typed}");
        }
        for typed in ["HTTP://FAIR/T/ABC", "ABCDEF", "12345A"] {
            assert!(matches!(shown_of(typed), Shown::Ticket(_)), "{typed}");
        }
    }
}
