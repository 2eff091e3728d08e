//! The two pages of somebody who is not signed in yet.

use domain::role::Role;
use maud::{Markup, html};
use web::page::{Field, Input, Tone, big_button, notice};
use web::{ApiError, Call, Fields, Lang, Page, Response, fill, t};

use super::role_key;
use crate::accounts::{MAX_PASSWORD_CHARACTERS, MIN_PASSWORD_CHARACTERS};

/// The sign-in.
pub(super) struct SignInPage<'a> {
    pub(super) next: &'a str,
    pub(super) login: &'a str,
    pub(super) refused: Option<&'a ApiError>,
    /// Nobody has been named yet: the way to the setup is shown.
    pub(super) fresh: bool,
}

impl SignInPage<'_> {
    pub(super) fn reply(&self, call: &Call) -> Response {
        let lang = call.lang();
        let body = html! {
            @if self.fresh {
                (notice(lang, Tone::Warn, &html! {
                    p { (t(lang, "sign_in.nobody_yet")) }
                    p .actions { a href="/setup" { (t(lang, "setup.heading")) } }
                }))
            }
            (refusal(lang, self.refused))
            form .card method="post" action="/sign-in" {
                input type="hidden" name="next" value=(self.next);
                (Field::new("login", t(lang, "sign_in.login"))
                    .value(self.login).required().autocomplete("username").render())
                (Field::new("password", t(lang, "sign_in.password")).input(Input::Password)
                    .required().autocomplete("current-password").render())
                p .actions { (big_button(t(lang, "sign_in.open"))) }
            }
        };
        answer(Page::new(call, t(lang, "sign_in.open")).body(body), self.refused)
    }
}

/// Naming the first of the staff.
pub(super) struct SetupPage<'a> {
    pub(super) role: Role,
    pub(super) filled: &'a Fields,
    pub(super) refused: Option<&'a ApiError>,
}

impl SetupPage<'_> {
    pub(super) fn reply(&self, call: &Call) -> Response {
        let lang = call.lang();
        let role = t(lang, role_key(self.role));
        let body = html! {
            p { (fill(t(lang, "setup.lead"), &[("role", role)])) }
            (refusal(lang, self.refused))
            form .card method="post" action="/setup" { (self.fields(lang)) }
        };
        answer(Page::new(call, t(lang, "setup.heading")).body(body), self.refused)
    }

    fn fields(&self, lang: Lang) -> Markup {
        let typed = |name| self.filled.get(name).unwrap_or_default();
        let (least, most) =
            (MIN_PASSWORD_CHARACTERS.to_string(), MAX_PASSWORD_CHARACTERS.to_string());
        let length = fill(t(lang, "setup.password_hint"), &[("least", &least), ("most", &most)]);
        html! {
            (Field::new("code", t(lang, "setup.code")).hint(t(lang, "setup.code_hint"))
                .value(typed("code")).required().autocomplete("off").render())
            (Field::new("login", t(lang, "sign_in.login")).hint(t(lang, "setup.login_hint"))
                .value(typed("login")).required().autocomplete("username").render())
            (Field::new("name", t(lang, "setup.name")).hint(t(lang, "setup.name_hint"))
                .value(typed("name")).autocomplete("name").render())
            (Field::new("password", t(lang, "sign_in.password")).input(Input::Password)
                .hint(&length).required().autocomplete("new-password").render())
            p .actions { (big_button(t(lang, "setup.go"))) }
        }
    }
}

fn refusal(lang: Lang, refused: Option<&ApiError>) -> Markup {
    html! {
        @if let Some(refused) = refused {
            (notice(lang, Tone::Bad, &html! { p { (refused.sentence(lang)) } }))
        }
    }
}

/// The page, under the refusal's status if there is one.
fn answer(page: Page<'_>, refused: Option<&ApiError>) -> Response {
    let mut response = page.reply();
    if let Some(refused) = refused {
        *response.status_mut() = refused.status();
    }
    response
}
