//! Everything on offer, with pay and requirements plainly before the talk; and one booth's offers.

use std::sync::Arc;

use domain::codes::{District, Lang as Words, OccupationGroup};
use domain::employer::{BoothNumber, PayRange, Posting};
use maud::{Markup, html};
use web::page::{Tone, big_button, notice, pages};
use web::{ApiError, Call, Lang, Response, fill, t};

use super::catalogue::{Offer, Offers, Wanted};
use super::{Public, page};
use crate::booths;
use crate::pages::words;

/// Postings on one page: a phone scrolls through about as many screens.
const PAGE_POSTINGS: usize = 20;

pub(super) async fn list(public: Arc<Public>, call: Call) -> Result<Response, ApiError> {
    let lang = call.lang();
    let query = call.query();
    let wanted = Wanted {
        group: query.filled("group").and_then(OccupationGroup::from_key),
        district: query.filled("district").and_then(District::from_key),
    };
    let offers = public.catalogue.offers(&public.site);
    let found = offers.wanted(wanted);
    let of = found.len().div_ceil(PAGE_POSTINGS).max(1);
    let number: usize = query.parsed("page").ok().flatten().unwrap_or(1).clamp(1, of);
    let shown = found.iter().skip((number - 1) * PAGE_POSTINGS).take(PAGE_POSTINGS);
    let count = |of: usize| u32::try_from(of).unwrap_or(u32::MAX);
    let body = html! {
        (filter(&offers, wanted, lang))
        p .found role="status" { (sum(&found, lang)) }
        @if found.is_empty() && !offers.all.is_empty() {
            p { a .plain href="/postings" { (t(lang, "seeker_postings.show_all")) } }
        }
        ul .postings { @for offer in shown { (entry(offer, &ask_at(offer, lang), lang)) } }
        (pages(lang, &way(wanted), count(number), count(of)))
    };
    Ok(page(&public, &call, t(lang, "seeker.all_postings")).body(body).reply())
}

/// `GET /postings/booth/A01`.
pub(super) async fn booth(
    public: Arc<Public>,
    booth: BoothNumber,
    call: Call,
) -> Result<Response, ApiError> {
    let lang = call.lang();
    let view = booths::view(&public.site, booth)?;
    let offers = public.catalogue.offers(&public.site);
    let here = offers.at(booth);
    let title = format!("{booth} {}", view.employer);
    let body = html! {
        p .booth-line {
            span .booth-sign { (booth) }
            span { (fill(t(lang, "seeker_postings.go_to"), &[("booth", &booth.to_string())])) }
        }
        @if here.is_empty() {
            (notice(lang, Tone::Warn, &html! { p { (t(lang, "seeker_postings.none_here")) } }))
        }
        ul .postings { @for offer in here { (entry(offer, &Markup::default(), lang)) } }
        p .actions { a .plain href="/postings" { (t(lang, "seeker.all_postings")) } }
    };
    Ok(page(&public, &call, &title).body(body).reply())
}

/// A plain form: works without script, and its address can be passed on.
fn filter(offers: &Offers, wanted: Wanted, lang: Lang) -> Markup {
    let groups: Vec<_> = offers
        .groups()
        .into_iter()
        .map(|(group, count)| (group.key(), group.name(words(lang)), count))
        .collect();
    let districts: Vec<_> = offers
        .districts()
        .into_iter()
        .map(|(district, count)| (district.key(), district.name(words(lang)), count))
        .collect();
    html! {
        form .filter method="get" action="/postings" {
            (select("group", t(lang, "seeker_postings.group"), &groups,
                wanted.group.map(OccupationGroup::key), lang))
            (select("district", t(lang, "seeker_postings.district"), &districts,
                wanted.district.map(District::key), lang))
            (big_button(t(lang, "seeker_postings.show")))
        }
    }
}

fn select(
    name: &str,
    label: &str,
    options: &[(&str, &str, usize)],
    chosen: Option<&str>,
    lang: Lang,
) -> Markup {
    html! {
        div .field {
            label for=(name) { (label) }
            select id=(name) name=(name) {
                option value="" { (t(lang, "seeker_postings.any")) }
                @for (key, word, count) in options {
                    option value=(key) selected[chosen == Some(*key)] { (word) " (" (count) ")" }
                }
            }
        }
    }
}

fn sum(found: &[&Offer], lang: Lang) -> String {
    let openings: u64 = found.iter().map(|offer| u64::from(offer.posting.openings)).sum();
    match found.len() {
        0 => t(lang, "seeker_postings.nothing").to_owned(),
        count => fill(
            t(lang, "seeker_postings.sum"),
            &[("postings", &count.to_string()), ("openings", &openings.to_string())],
        ),
    }
}

/// The address of this list, ending where the number of the page follows.
fn way(wanted: Wanted) -> String {
    let mut way = "/postings?".to_owned();
    if let Some(group) = wanted.group {
        way.push_str("group=");
        way.push_str(group.key());
        way.push('&');
    }
    if let Some(district) = wanted.district {
        way.push_str("district=");
        way.push_str(district.key());
        way.push('&');
    }
    way
}

/// A posting; `ask_at` says whose it is, where the page does not.
fn entry(offer: &Offer, ask_at: &Markup, lang: Lang) -> Markup {
    let posting = &offer.posting;
    html! {
        li .card .posting id={ "p-" (posting.id) } {
            h2 { (posting.title) }
            p .pay { (pay(posting.pay, lang)) }
            (ask_at)
            (facts(posting, lang))
            (extras(posting, words(lang)))
            @if !posting.text.trim().is_empty() {
                details {
                    summary { (t(lang, "seeker_postings.more")) }
                    p .text { (posting.text) }
                }
            }
        }
    }
}

fn ask_at(offer: &Offer, lang: Lang) -> Markup {
    let label = |booth: &BoothNumber| {
        fill(t(lang, "seeker_postings.booth_label"), &[("booth", &booth.to_string())])
    };
    html! {
        p .employer {
            @for booth in &offer.booths {
                a .booth-sign href={ "/postings/booth/" (booth) } aria-label=(label(booth)) {
                    (booth)
                }
                " "
            }
            span { (offer.employer) }
        }
    }
}

fn facts(posting: &Posting, lang: Lang) -> Markup {
    let place = &posting.place;
    let district = place.district.map(|district| district.name(words(lang)));
    let education = match posting.education_min {
        None => t(lang, "seeker_postings.any_education").to_owned(),
        Some(level) => {
            fill(t(lang, "seeker_postings.education"), &[("level", level.name(words(lang)))])
        }
    };
    let openings = posting.openings.to_string();
    html! {
        ul .facts {
            li { (fill(t(lang, "seeker_postings.openings"), &[("n", &openings)])) }
            li { (education) }
            li { (posting.employment.name(words(lang))) }
            @if !place.address.trim().is_empty() {
                li .where { (place.address) }
            } @else if let Some(district) = district {
                li { (district) }
            }
        }
    }
}

fn extras(posting: &Posting, words: Words) -> Markup {
    html! {
        @if posting.conditions.count() > 0 {
            ul .extras { @for one in posting.conditions.iter() { li { (one.name(words)) } } }
        }
    }
}

fn pay(range: Option<PayRange>, lang: Lang) -> String {
    let Some(range) = range else { return t(lang, "seeker_postings.pay_open").to_owned() };
    let unit = range.per.name(words(lang));
    let (low, high) = (range.low_yuan.to_string(), range.high_yuan.to_string());
    let key = if low == high { "seeker_postings.pay_one" } else { "seeker_postings.pay" };
    fill(t(lang, key), &[("low", &low), ("high", &high), ("unit", unit)])
}
