//! The volunteer's start page: the shift, and what can be done.

use std::sync::Arc;

use domain::codes::Desk;
use domain::command::Command;
use domain::day::clock_text;
use domain::fair::Shift;
use domain::role::Right;
use maud::{Markup, html};
use office::Staff;
use web::page::{big_button, csrf_field, quiet_button};
use web::{ApiError, Call, Lang, Response, fill, reply, t};

use crate::pages::{staff, words};
use crate::site::Site;

/// What a volunteer can do: the way, its label, what it is for.
const WAYS: [(&str, &str, &str); 4] = [
    ("/desk/check-in", "staff.check_in", "desk_home.check_in_for"),
    ("/register", "staff.register", "desk_home.register_for"),
    ("/desk/consultations/new", "staff.consult", "desk_home.consult_for"),
    ("/desk/consultations", "staff.day_list", "desk_home.day_list_for"),
];

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::Consult)?;
    Ok(answer(&site, &call, &staff, None))
}

/// Starts or ends the shift.
pub(super) async fn change(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, form) = staff::form(&site, &mut call, Right::Consult).await?;
    let account = staff.actor.account;
    let command = if form.get("shift") == Some("end") {
        Ok(Command::EndShift { account })
    } else {
        let desk = form.filled("desk").and_then(Desk::from_key);
        desk.map(|desk| Command::StartShift { account, desk: desk.code() })
            .ok_or(ApiError::unprocessable("unknown_code"))
    };
    let done = match command {
        Ok(command) => site.office.ask(command, Some(account)).await.map(|_| ()),
        Err(refused) => Err(refused),
    };
    match done {
        Ok(()) => Ok(reply::see_other("/desk")),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            Ok(answer(&site, &call, &staff, Some(&refused)))
        }
    }
}

fn answer(site: &Site, call: &Call, staff: &Staff, refused: Option<&ApiError>) -> Response {
    let lang = call.lang();
    let shift = site.fair(|fair| fair.ledger().shift(staff.actor.account));
    let body = html! {
        (staff::refusal(lang, refused))
        @match shift {
            Some(shift) => (running(lang, staff, shift)),
            None => (start(lang, staff)),
        }
        ul .ways {
            @for (path, label, what_for) in WAYS {
                li {
                    a href=(path) {
                        strong { (t(lang, label)) }
                        span .quiet { (t(lang, what_for)) }
                    }
                }
            }
        }
    };
    staff::reply(staff::page(site, call, staff, t(lang, "desk_home.title"), &body), refused)
}

fn running(lang: Lang, staff: &Staff, shift: Shift) -> Markup {
    let desk = Desk::from_code(shift.desk).unwrap_or(Desk::Unknown(shift.desk));
    let since = clock_text(shift.since.unix_ms());
    let values = [("desk", desk.name(words(lang))), ("time", &since)];
    html! {
        form .card .shift method="post" action="/desk" {
            (csrf_field(&staff.csrf()))
            p .on-duty { (fill(t(lang, "desk_home.running"), &values)) }
            (quiet_button(t(lang, "desk_home.end"), "shift", "end"))
        }
    }
}

fn start(lang: Lang, staff: &Staff) -> Markup {
    html! {
        form .card method="post" action="/desk" {
            (csrf_field(&staff.csrf()))
            fieldset .tiles {
                legend { (t(lang, "desk_home.which")) }
                p .hint { (t(lang, "desk_home.why")) }
                div .grid {
                    @for desk in Desk::ALL {
                        label .tile {
                            input type="radio" name="desk" value=(desk.key()) required;
                            span { (desk.name(words(lang))) }
                        }
                    }
                }
            }
            p .actions { (big_button(t(lang, "desk_home.start"))) }
        }
    }
}
