//! Step 5: rehearse, look at the list, open. Opening is asked for twice.

use std::sync::Arc;

use domain::day::Day;
use domain::fair::Fair;
use domain::role::{Right, Role};
use domain::verdict::Stage;
use maud::{Markup, html};
use office::Staff;
use web::page::{Tone, csrf_field, link_button, notice};
use web::{ApiError, Call, Lang, Response, reply, t};

use super::steps::{Step, steps};
use crate::pages::staff;
use crate::planning;
use crate::site::Site;

/// Something to have done before the fair opens: the text of it, where it is done, whether it is.
type Check = (&'static str, &'static str, bool);

fn checks(fair: &Fair, today: Day) -> Vec<Check> {
    let days = fair.settings().map(|settings| settings.days);
    let ledger = fair.ledger();
    let visited = ledger.tickets().any(|(_, ticket)| !ticket.visits.is_empty());
    let mut checks: Vec<Check> = vec![
        ("organiser_open.planned", Step::Fair.path(), Step::Fair.is_done(fair)),
        ("organiser_open.today", Step::Fair.path(), days.is_some_and(|days| days.contains(today))),
        ("organiser_open.booths", Step::Employers.path(), Step::Employers.is_done(fair)),
        ("organiser_open.volunteers", Step::Accounts.path(), has(fair, Role::Volunteer)),
        ("organiser_open.booth_accounts", Step::Accounts.path(), has(fair, Role::Booth)),
        ("organiser_open.kiosks", Step::Kiosks.path(), Step::Kiosks.is_done(fair)),
    ];
    if matches!(fair.stage(), Stage::Unplanned | Stage::Rehearsal) {
        checks.extend([
            ("organiser_open.ticket", "/register", ledger.tickets().next().is_some()),
            ("organiser_open.check_in", "/desk/check-in", visited),
            ("organiser_open.talk", Step::Accounts.path(), ledger.talks().next().is_some()),
        ]);
    }
    checks
}

fn has(fair: &Fair, role: Role) -> bool {
    fair.accounts().any(|(_, account)| account.role == role)
}

pub(super) async fn show(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    let lang = call.lang();
    let today = site.office.today();
    let (stage, checks) = site.fair(|fair| (fair.stage(), checks(fair, today)));
    let body = html! {
        (steps(&site, lang, Step::Open))
        p { (t(lang, "organiser_open.lead")) }
        (checklist(lang, &checks))
        @match stage {
            Stage::Unplanned => (notice(lang, Tone::Warn, &html! {
                p { (t(lang, "refusal.fair_not_planned")) }
            })),
            Stage::Rehearsal => p .actions {
                (link_button("/organiser/open/confirm", t(lang, "organiser_open.go")))
            },
            Stage::Open => (notice(lang, Tone::Ok, &html! {
                p { (t(lang, "organiser_open.is_open")) }
                p .actions { a href="/organiser" { (t(lang, "staff.overview")) } }
            })),
            Stage::Closed => (notice(lang, Tone::Warn, &html! {
                p { (t(lang, "refusal.fair_closed")) }
            })),
        }
    };
    let title = t(lang, "organiser_open.title");
    Ok(staff::page(&site, &call, &staff, title, &body).reply())
}

fn checklist(lang: Lang, checks: &[Check]) -> Markup {
    html! {
        ul .checklist {
            @for (key, path, is_done) in checks {
                li .done[*is_done] {
                    span .place aria-hidden="true" { @if *is_done { "✓" } @else { "·" } }
                    a href=(path) { (t(lang, key)) }
                    span .word {
                        @if *is_done {
                            (t(lang, "organiser_steps.done"))
                        } @else {
                            (t(lang, "organiser_open.missing"))
                        }
                    }
                }
            }
        }
    }
}

pub(super) async fn ask(site: Arc<Site>, call: Call) -> Result<Response, ApiError> {
    let staff = site.office.staff(&call, Right::RunFair)?;
    Ok(confirmation(&site, &call, &staff, None))
}

pub(super) async fn open(site: Arc<Site>, mut call: Call) -> Result<Response, ApiError> {
    let (staff, _) = staff::form(&site, &mut call, Right::RunFair).await?;
    match planning::open(&site, staff.actor.account).await {
        Ok(()) => Ok(reply::see_other("/organiser")),
        Err(refused) => {
            let refused = staff::mendable(refused)?;
            Ok(confirmation(&site, &call, &staff, Some(&refused)))
        }
    }
}

fn confirmation(site: &Site, call: &Call, staff: &Staff, refused: Option<&ApiError>) -> Response {
    let lang = call.lang();
    let body = html! {
        (staff::refusal(lang, refused))
        (notice(lang, Tone::Warn, &html! {
            p { (t(lang, "organiser_open.ends_rehearsal")) }
            p { (t(lang, "organiser_open.not_counted")) }
        }))
        form .actions method="post" action="/organiser/open/confirm" {
            (csrf_field(&staff.csrf()))
            button .big type="submit" { (t(lang, "organiser_open.now")) }
            a href="/organiser/open" { (t(lang, "organiser_open.not_yet")) }
        }
    };
    let title = t(lang, "organiser_open.confirm");
    staff::reply(staff::page(site, call, staff, title, &body), refused)
}
