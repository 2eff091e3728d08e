//! What the ticket's page looks like: the code, the number, where to go first. No name.

use domain::day::clock_text;
use domain::verdict::{Doubt, Stage, Verdict};
use maud::{Markup, PreEscaped, html};
use web::page::{Tone, link_button, notice};
use web::{Head, Lang, Response, StatusCode, fill, t};

use super::ticket::Shown;
use super::{Public, home, page, rehearsal_mark, when};
use crate::pages::words;
use crate::suggestions::RouteStop;

pub(super) fn reply(public: &Public, head: &Head, shown: &Shown) -> Response {
    let lang = head.lang();
    let fair = public.site.fair(|fair| fair.settings().cloned());
    let groups = public.catalogue.offers(&public.site).groups();
    let body = html! {
        div .ticket-page {
            @if shown.stage == Stage::Rehearsal { (rehearsal_mark(lang)) }
            (state(shown, lang))
            (card(shown, fair.as_ref().map_or("", |fair| fair.name.as_str()), lang))
            @if let Some(fair) = &fair {
                dl .when-where {
                    dt { (t(lang, "seeker.days")) }
                    dd { (when::days(shown.ticket.days, lang)) }
                    dt { (t(lang, "seeker.place")) }
                    dd { (fair.place) }
                }
            }
            section {
                h2 { (t(lang, "seeker_ticket.route")) }
                @if shown.route.is_empty() {
                    p { (t(lang, "seeker_ticket.no_route")) }
                    ul .ways {
                        @for group in groups.keys() {
                            li {
                                a .plain href={ "/postings?group=" (group.key()) } {
                                    (group.name(words(lang)))
                                }
                            }
                        }
                    }
                } @else {
                    p { (t(lang, "seeker_ticket.route_lead")) }
                    ol .route { @for stop in shown.route.iter() { (stop_on_route(stop, lang)) } }
                }
                p .actions { a .plain href="/postings" { (t(lang, "seeker.all_postings")) } }
            }
            p .quiet { (t(lang, "seeker_ticket.privacy")) }
        }
    };
    page(public, head, t(lang, "seeker_ticket.title")).body(body).reply()
}

/// For an address that is no ticket of this fair.
pub(super) fn reply_unknown(public: &Public, head: &Head) -> Response {
    let lang = head.lang();
    let planned = public.site.fair(domain::fair::Fair::stage) != Stage::Unplanned;
    let body = html! {
        p .lead { (t(lang, "seeker_ticket.unknown_lead")) }
        ul {
            li { (t(lang, "seeker_ticket.unknown_scan")) }
            li { (t(lang, "seeker_ticket.unknown_desk")) }
        }
        p .actions {
            @if planned { (link_button("/register", t(lang, "seeker_ticket.another"))) }
            a href="/" { (t(lang, "failure.home")) }
        }
    };
    let mut response = page(public, head, t(lang, "seeker_ticket.unknown")).body(body).reply();
    *response.status_mut() = StatusCode::NOT_FOUND;
    response
}

/// What the door would say now, unless it is simply welcome.
fn state(shown: &Shown, lang: Lang) -> Markup {
    let (tone, sentence) = match shown.verdict {
        Verdict::Welcome => {
            return html! { p .lead { (t(lang, "seeker_ticket.show_it")) } };
        }
        Verdict::AlreadyCheckedIn { at, .. } => {
            let at = clock_text(at.unix_ms());
            (Tone::Ok, fill(t(lang, "seeker_ticket.checked_in"), &[("at", &at)]))
        }
        Verdict::NotForToday { days } => {
            let days = when::days(days, lang);
            (Tone::Warn, fill(t(lang, "seeker_ticket.other_day"), &[("days", &days)]))
        }
        Verdict::NotGenuine => (Tone::Warn, t(lang, "seeker_ticket.at_the_desk").to_owned()),
        Verdict::AskVolunteer { reason } => (Tone::Warn, t(lang, doubt(reason)).to_owned()),
    };
    html! {
        (notice(lang, tone, &html! { p { (sentence) } }))
        @if matches!(shown.verdict, Verdict::AskVolunteer { reason: Doubt::RehearsalMixed })
            && shown.stage == Stage::Open { (home::new_ticket(lang)) }
    }
}

const fn doubt(reason: Doubt) -> &'static str {
    match reason {
        Doubt::TicketRevoked => "seeker_ticket.revoked",
        Doubt::FairClosed => "seeker_ticket.closed",
        Doubt::RehearsalMixed => "seeker_ticket.rehearsal_mixed",
        Doubt::UnknownKey | Doubt::FairNotOpen | Doubt::UnknownNumber | Doubt::UnknownVersion => {
            "seeker_ticket.at_the_desk"
        }
    }
}

fn card(shown: &Shown, fair: &str, lang: Lang) -> Markup {
    html! {
        div .ticket {
            @if shown.ticket.rehearsal { p .stamp { (t(lang, "seeker.rehearsal")) } }
            p .of-fair { (fair) }
            div .code role="img" aria-label=(t(lang, "seeker_ticket.code")) {
                (PreEscaped(web::qr::svg(&shown.address)))
            }
            @if let Some(number) = shown.number {
                p .number-label { (t(lang, "seeker_ticket.number")) }
                p .number-big { (number.grouped()) }
            }
            p .save {
                a .big href={ "/T/" (shown.text) ".png" } download="ticket.png" {
                    (t(lang, "seeker_ticket.save"))
                }
            }
            p .hint { (t(lang, "seeker_ticket.save_hint")) }
        }
    }
}

fn stop_on_route(stop: &RouteStop, lang: Lang) -> Markup {
    html! {
        li {
            a .stop href={ "/postings/booth/" (stop.booth) "#p-" (stop.posting_id) } {
                span .booth-sign { (stop.booth) }
                span .what {
                    strong { (stop.posting) }
                    span { (stop.employer) }
                }
            }
            ul .reasons {
                @for reason in &stop.reasons { li { (reason.sentence(words(lang))) } }
                @if let Some(caution) = &stop.caution {
                    li .caution { (caution.sentence(words(lang))) }
                }
            }
        }
    }
}
