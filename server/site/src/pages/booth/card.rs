//! Who stands before the booth, with one tap for what came of the talk.

use domain::event::OutcomeRecorded;
use maud::{Markup, html};
use web::page::csrf_field;
use web::{Lang, fill, t};

use super::outcome;
use crate::booths::{BoothView, Card};
use crate::pages::{staff, words};

/// A seeker's card at a booth.
pub(super) struct OnCard<'a> {
    pub(super) card: &'a Card,
    pub(super) view: &'a BoothView,
    /// What was recorded of an earlier talk.
    pub(super) before: Option<OutcomeRecorded>,
    /// What stands for the ticket in the form.
    pub(super) shown: &'a str,
}

impl OnCard<'_> {
    pub(super) fn render(&self, lang: Lang, csrf: &str) -> Markup {
        html! {
            form .card .seeker method="post" action="/booth" {
                (csrf_field(csrf))
                input type="hidden" name=(staff::SHOWN) value=(self.shown);
                (self.who(lang))
                (self.earlier(lang))
                (self.postings(lang))
                fieldset {
                    legend { (t(lang, "booth.outcome")) }
                    div .outcomes {
                        @for outcome in outcome::ALL {
                            button class=(format!("outcome {}", outcome::code(outcome)))
                                type="submit" name="outcome" value=(outcome::code(outcome)) {
                                (t(lang, outcome::key(outcome)))
                            }
                        }
                    }
                }
                p .actions { a href="/booth" { (t(lang, "booth.another")) } }
            }
        }
    }

    fn who(&self, lang: Lang) -> Markup {
        let profile = self.card.profile.as_ref();
        let address = profile.map(|known| known.form_of_address.as_str());
        let address = address.filter(|text| !text.is_empty());
        let wanted = profile.map(|known| known.wish.wanted.as_slice()).unwrap_or_default();
        let wanted: Vec<&str> = wanted.iter().map(|wanted| wanted.name(words(lang))).collect();
        html! {
            div .who-is-it {
                h2 { (address.unwrap_or(t(lang, "booth.guest"))) }
                @if let Some(number) = self.card.number {
                    p .ticket-number { strong { (number.grouped()) } }
                }
            }
            @if !wanted.is_empty() {
                p .quiet { (t(lang, "booth.wanted")) }
                ul .chips { @for name in wanted { li { (name) } } }
            }
        }
    }

    fn earlier(&self, lang: Lang) -> Markup {
        html! {
            @if let Some(before) = &self.before {
                p .earlier {
                    (fill(
                        t(lang, "booth.before"),
                        &[("outcome", t(lang, outcome::key(before.outcome)))],
                    ))
                }
            }
        }
    }

    fn postings(&self, lang: Lang) -> Markup {
        let before = self.before.and_then(|before| before.posting);
        html! {
            @if !self.view.postings.is_empty() {
                div .field {
                    label for="posting" { (t(lang, "booth.which_posting")) }
                    select #posting name="posting" {
                        option value="" { (t(lang, "booth.any_posting")) }
                        @for posting in &self.view.postings {
                            option value=(posting.id) selected[before == Some(posting.id)] {
                                (posting.title)
                            }
                        }
                    }
                }
            }
        }
    }
}
