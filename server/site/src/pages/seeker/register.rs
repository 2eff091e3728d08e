//! Registration: the form, and the ticket it gives.

use std::sync::Arc;

use domain::event::Channel;
use domain::fair::Fair;
use domain::role::Right;
use domain::verdict::Stage;
use maud::html;
use office::Staff;
use web::page::{Tone, notice};
use web::{ApiError, Call, Fields, Head, Response, reply, t};

use super::form::{self, Before};
use super::form_page::FormPage;
use super::{Public, page, rehearsal_mark};
use crate::pages::words;
use crate::registration::{Whence, register};

/// `GET /register`.
pub(super) async fn show(public: Arc<Public>, call: Call) -> Result<Response, ApiError> {
    let (lang, stage) = (call.lang(), public.site.fair(Fair::stage));
    let shut = match stage {
        Stage::Unplanned => "refusal.fair_not_planned",
        Stage::Closed => "refusal.fair_closed",
        Stage::Rehearsal | Stage::Open => {
            let helper = helper(&public, &call);
            return Ok(answer(&public, &call, &Fields::default(), (None, helper)));
        }
    };
    let body = notice(lang, Tone::Warn, &html! { p { (t(lang, shut)) } });
    Ok(page(&public, &call, t(lang, "seeker.get_ticket")).body(body).reply())
}

/// `POST /register`: the ticket, or the form again with what is wrong beside its field.
pub(super) async fn take(public: Arc<Public>, mut call: Call) -> Result<Response, ApiError> {
    web::session::same_origin(&call)?;
    let helper = helper(&public, &call);
    let fields = call.form().await?;
    // Without the proof this is anybody's form, which anybody may send.
    let helper = helper.filter(|one| one.session().allow_change(&call, fields.csrf()).is_ok());
    match given(&public, &call, &fields, helper.as_ref()).await {
        Ok(page) => Ok(reply::see_other(&page)),
        Err(error) if error.status().is_server_error() => Err(error),
        Err(error) => Ok(answer(&public, &call, &fields, (Some(&error), helper))),
    }
}

/// The page of the ticket given.
async fn given(
    public: &Public,
    call: &Call,
    fields: &Fields,
    helper: Option<&Staff>,
) -> Result<String, ApiError> {
    let whence = Whence {
        channel: if helper.is_some() { Channel::Tablet } else { Channel::Phone },
        door: call.door(),
        lang: words(call.lang()),
        by: helper.map(|helper| helper.actor.account),
    };
    let given = register(&public.site, form::read(fields)?, whence).await?;
    Ok(given.page)
}

/// A volunteer who is signed in and helps somebody with a tablet. Whoever else has a session, or
/// an old one, is a seeker here.
fn helper(public: &Public, head: &Head) -> Option<Staff> {
    let staff = public.site.office.who(head).ok().flatten();
    staff.filter(|staff| staff.actor.role.may(Right::CheckIn))
}

fn answer(
    public: &Public,
    call: &Call,
    fields: &Fields,
    (refused, helper): (Option<&ApiError>, Option<Staff>),
) -> Response {
    let lang = call.lang();
    let form = FormPage {
        lang,
        private: call.door().is_private(),
        before: Before(fields),
        refused,
        csrf: helper.as_ref().map(Staff::csrf),
    };
    let rehearsal = public.site.fair(Fair::stage) == Stage::Rehearsal;
    let body = html! {
        @if rehearsal { (rehearsal_mark(lang)) }
        (form.render())
    };
    let mut response = page(public, call, t(lang, "seeker.get_ticket")).body(body).reply();
    if let Some(refused) = refused {
        *response.status_mut() = refused.status();
    }
    response
}
