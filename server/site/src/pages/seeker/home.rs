//! The start page: which fair this is, when and where, and the one thing to do now.

use std::sync::Arc;

use domain::event::FairPlanned;
use domain::verdict::Stage;
use maud::{Markup, html};
use web::page::{Tone, big_button, link_button, notice};
use web::{ApiError, Call, Lang, Response, fill, t};

use super::catalogue::Offers;
use super::{Public, SLOGANS, page, rehearsal_mark, when};

pub(super) async fn show(public: Arc<Public>, call: Call) -> Result<Response, ApiError> {
    let lang = call.lang();
    let (settings, stage) = public.site.fair(|fair| (fair.settings().cloned(), fair.stage()));
    let Some(settings) = settings else {
        let page = page(&public, &call, t(lang, "seeker_home.unplanned"));
        return Ok(page.body(unplanned(lang)).reply());
    };
    let offers = public.catalogue.offers(&public.site);
    let day = usize::from(public.site.office.today().0);
    let slogan = SLOGANS.iter().cycle().nth(day % SLOGANS.len()).copied().unwrap_or_default();
    let body = html! {
        div .home {
            @if stage == Stage::Rehearsal { (rehearsal_mark(lang)) }
            (place_and_days(&settings, lang))
            @if stage == Stage::Closed { (closed(lang)) } @else { (doors(lang)) }
            (on_offer(&offers, lang))
            (steps(lang))
            (desks(lang))
            p .slogan { (t(lang, slogan)) }
            p .staff-door { a href="/sign-in" { (t(lang, "seeker_home.staff")) } }
        }
    };
    Ok(page(&public, &call, &settings.name).body(body).reply())
}

fn unplanned(lang: Lang) -> Markup {
    html! {
        p .lead { (t(lang, "seeker_home.unplanned_lead")) }
        div .card {
            h2 { (t(lang, "seeker_home.organiser")) }
            p { (t(lang, "seeker_home.organiser_how")) }
            p .actions {
                (link_button("/sign-in", t(lang, "sign_in.open")))
                a .plain href="/setup" { (t(lang, "seeker_home.first_setup")) }
            }
        }
    }
}

fn place_and_days(settings: &FairPlanned, lang: Lang) -> Markup {
    html! {
        dl .when-where {
            dt { (t(lang, "seeker.days")) }
            dd { (when::days(settings.days, lang)) }
            dt { (t(lang, "seeker.place")) }
            dd { (settings.place) }
        }
        p .free { strong { (t(lang, "page.free")) } " " (t(lang, "seeker_home.free_more")) }
    }
}

/// The one main thing, and the way for those in a hurry.
fn doors(lang: Lang) -> Markup {
    html! {
        div .doors {
            (link_button("/register", t(lang, "seeker.get_ticket")))
            form method="post" action="/register" {
                input type="hidden" name="guest" value="1";
                button .plain type="submit" { (t(lang, "seeker_form.skip")) }
            }
        }
        p .quiet { (t(lang, "seeker_home.doors_hint")) }
    }
}

fn closed(lang: Lang) -> Markup {
    notice(lang, Tone::Warn, &html! { p { (t(lang, "seeker_home.closed")) } })
}

fn on_offer(offers: &Offers, lang: Lang) -> Markup {
    let number = |label: &str, value: String| {
        html! { li { strong { (value) } " " span { (t(lang, label)) } } }
    };
    html! {
        section .on-offer {
            h2 { (t(lang, "seeker.all_postings")) }
            @if offers.all.is_empty() {
                p { (t(lang, "seeker_home.no_postings")) }
            } @else {
                ul .figures {
                    (number("seeker_home.employers", offers.employers().to_string()))
                    (number("seeker_home.postings", offers.all.len().to_string()))
                    (number("seeker_home.openings", offers.openings().to_string()))
                }
                p { a .plain href="/postings" { (t(lang, "seeker_home.see_all")) } }
            }
        }
    }
}

fn steps(lang: Lang) -> Markup {
    html! {
        section {
            h2 { (t(lang, "seeker_home.how")) }
            ol .steps {
                @for key in ["seeker_home.step1", "seeker_home.step2", "seeker_home.step3"] {
                    li { (t(lang, key)) }
                }
            }
        }
    }
}

fn desks(lang: Lang) -> Markup {
    let names: Vec<&str> =
        domain::codes::Desk::ALL.iter().map(|desk| desk.name(crate::pages::words(lang))).collect();
    let names = names.join(t(lang, "seeker.list_comma"));
    html! {
        section {
            h2 { (t(lang, "seeker_home.desks")) }
            p { (fill(t(lang, "seeker_home.desks_more"), &[("desks", &names)])) }
        }
    }
}

/// The button by itself, for pages that offer a new ticket.
pub(super) fn new_ticket(lang: Lang) -> Markup {
    html! {
        form method="post" action="/register" {
            input type="hidden" name="guest" value="1";
            (big_button(t(lang, "seeker_ticket.another")))
        }
    }
}
