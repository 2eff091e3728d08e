//! The registration as one page of taps: nothing must be filled in, little can be typed.

use domain::codes::{Branch, District, Education, Lang as Words, OccupationGroup};
use domain::employer::Condition;
use domain::matching::Wish;
use maud::{Markup, html};
use web::page::{Field, Input, Tone, big_button, csrf_field, notice};
use web::{ApiError, Lang, fill, t};

use super::form::{Before, CONDITIONS, LEVELS, PAYS, TITLES, field_of, groups};
use crate::pages::words;
use crate::registration::NOTICE_VERSION;
use crate::retention::RETENTION_DAYS;

/// The longest surname on a line that others may read: no more than a form of address.
const SURNAME_IN_THE_CLEAR: u32 = 2;
/// The longest surname elsewhere.
const SURNAME_MAX: u32 = 18;

/// The branches with the heading of each, in the order in which they are shown.
const BRANCHES: [(Branch, &str); 6] = [
    (Branch::Making, "seeker_form.making"),
    (Branch::Building, "seeker_form.building"),
    (Branch::Moving, "seeker_form.moving"),
    (Branch::Serving, "seeker_form.serving"),
    (Branch::Office, "seeker_form.office"),
    (Branch::Farming, "seeker_form.farming"),
];

/// The form at hand.
pub(super) struct FormPage<'a> {
    pub(super) lang: Lang,
    /// Whether nobody can read along: then a phone number may be asked for.
    pub(super) private: bool,
    pub(super) before: Before<'a>,
    pub(super) refused: Option<&'a ApiError>,
    /// The proof of a volunteer who helps.
    pub(super) csrf: Option<String>,
}

/// Tiles of one question.
struct Tiles<'a> {
    name: &'static str,
    kind: &'static str,
    options: Vec<(String, &'a str)>,
}

impl FormPage<'_> {
    pub(super) fn render(&self) -> Markup {
        html! {
            (self.refusal())
            (self.skip())
            form .register method="post" action="/register" {
                @if let Some(csrf) = &self.csrf { (csrf_field(csrf)) }
                (self.address())
                (self.wanted())
                (self.pay())
                (self.places())
                (self.education())
                (self.conditions())
                (self.groups())
                (self.contact())
                (self.notice())
                div .send { (big_button(t(self.lang, "seeker_form.send"))) }
                p .quiet { (t(self.lang, "seeker_form.send_hint")) }
            }
        }
    }

    fn text(&self, key: &str) -> &'static str {
        t(self.lang, key)
    }

    fn words(&self) -> Words {
        words(self.lang)
    }

    fn error(&self, field: &str) -> Option<String> {
        let refused = self.refused?;
        (field_of(refused.code()) == Some(field)).then(|| refused.sentence(self.lang))
    }

    /// What is wrong, on top, with a way to the place.
    fn refusal(&self) -> Markup {
        let Some(refused) = self.refused else { return Markup::default() };
        let sentence = refused.sentence(self.lang);
        notice(
            self.lang,
            Tone::Bad,
            &html! {
                p {
                    @match field_of(refused.code()) {
                        Some(field) => a href={ "#" (field) } { (sentence) },
                        None => (sentence),
                    }
                }
            },
        )
    }

    /// The ticket at one touch.
    fn skip(&self) -> Markup {
        html! {
            form .skip-form method="post" action="/register" {
                @if let Some(csrf) = &self.csrf { (csrf_field(csrf)) }
                p { (self.text("seeker_form.lead")) }
                button .plain type="submit" name="guest" value="1" {
                    (self.text("seeker_form.skip"))
                }
            }
        }
    }

    fn address(&self) -> Markup {
        let most = if self.private { SURNAME_MAX } else { SURNAME_IN_THE_CLEAR };
        let error = self.error("surname");
        let titles = TITLES.map(|(key, title)| {
            let english = if key == "mr" { "Mr" } else { "Ms" };
            (key.to_owned(), self.words().pick(title, english))
        });
        let tiles = Tiles { name: "title", kind: "radio", options: titles.to_vec() };
        html! {
            section {
                h2 { (self.text("seeker_form.address")) }
                div .field .wrong[error.is_some()] {
                    label for="surname" { (self.text("seeker_form.surname")) }
                    p .hint #surname-hint { (self.text("seeker_form.surname_hint")) }
                    @if let Some(error) = &error { p .error #surname-error { (error) } }
                    input #surname .short type="text" name="surname" maxlength=(most)
                        value=(self.before.text("surname")) autocomplete="off"
                        aria-invalid=[error.as_ref().map(|_| "true")]
                        aria-describedby="surname-hint";
                }
                (self.tiles(&tiles, "seeker_form.title", None))
            }
        }
    }

    fn wanted(&self) -> Markup {
        let most = Wish::WANTED_MAX.to_string();
        let error = self.error("want");
        html! {
            section {
                h2 #want { (self.text("seeker_form.wanted")) }
                p .hint { (fill(self.text("seeker_form.wanted_hint"), &[("most", &most)])) }
                div .wrong[error.is_some()] {
                    @if let Some(error) = &error { p .error { "× " (error) } }
                    @for (branch, heading) in BRANCHES {
                        (self.tiles(&self.branch(branch), heading, None))
                    }
                }
            }
        }
    }

    fn branch(&self, branch: Branch) -> Tiles<'static> {
        let groups = OccupationGroup::ALL.iter().filter(|group| group.branch() == Some(branch));
        let options = groups.map(|group| (group.key().to_owned(), group.name(self.words())));
        Tiles { name: "want", kind: "checkbox", options: options.collect() }
    }

    fn pay(&self) -> Markup {
        let labels = PAYS.map(|yuan| {
            let number = yuan.to_string();
            let label = fill(self.text("seeker_form.from"), &[("yuan", &number)]);
            (number, label)
        });
        let any = (String::new(), self.text("seeker_form.any"));
        let rest = labels.iter().map(|(key, label)| (key.clone(), label.as_str()));
        let options = std::iter::once(any).chain(rest).collect();
        let tiles = Tiles { name: "pay", kind: "radio", options };
        html! {
            section #pay {
                h2 { (self.text("seeker_form.pay")) }
                (self.tiles(&tiles, "seeker_form.pay_legend", self.error("pay").as_deref()))
            }
        }
    }

    fn places(&self) -> Markup {
        let options =
            District::ALL.iter().map(|one| (one.key().to_owned(), one.name(self.words())));
        let tiles = Tiles { name: "district", kind: "checkbox", options: options.collect() };
        html! {
            section {
                h2 { (self.text("seeker_form.places")) }
                (self.tiles(&tiles, "seeker_form.places_legend", None))
                (self.tick("only_districts", "seeker_form.only_districts"))
            }
        }
    }

    fn education(&self) -> Markup {
        let level = |level: Education| {
            let key = match level {
                Education::JuniorMiddle => "seeker_form.junior_middle",
                Education::SeniorMiddle => "seeker_form.senior_middle",
                Education::Master => "seeker_form.master",
                _ => return (level.key().to_owned(), level.name(self.words())),
            };
            (level.key().to_owned(), self.text(key))
        };
        let any = (String::new(), self.text("seeker_form.unsaid"));
        let options = std::iter::once(any).chain(LEVELS.map(level)).collect();
        let tiles = Tiles { name: "education", kind: "radio", options };
        html! {
            section {
                h2 { (self.text("seeker_form.education")) }
                (self.tiles(&tiles, "seeker_form.education_legend", None))
            }
        }
    }

    fn conditions(&self) -> Markup {
        let words = self.words();
        let options = CONDITIONS.map(|one: Condition| (one.key().to_owned(), one.name(words)));
        let tiles = Tiles { name: "condition", kind: "checkbox", options: options.to_vec() };
        html! {
            section {
                h2 { (self.text("seeker_form.conditions")) }
                (self.tiles(&tiles, "seeker_form.conditions_legend", None))
                (self.tick("no_nights", "seeker_form.no_nights"))
            }
        }
    }

    fn groups(&self) -> Markup {
        let options = groups().map(|one| (one.key().to_owned(), one.name(self.words())));
        let tiles = Tiles { name: "group", kind: "checkbox", options: options.collect() };
        let opened = groups().any(|group| self.before.has("group", group.key()));
        html! {
            section {
                h2 { (self.text("seeker_form.groups")) }
                details open[opened] {
                    summary { (self.text("seeker_form.groups_open")) }
                    (self.tiles(&tiles, "seeker_form.groups_legend", None))
                }
            }
        }
    }

    /// Name and phone number, where nobody can read along; elsewhere the way to a place where
    /// they can be left.
    fn contact(&self) -> Markup {
        let (name, phone) = (self.text("seeker_form.name"), self.text("seeker_form.phone"));
        let error = self.error("contact");
        html! {
            section {
                h2 { (self.text("seeker_form.contact")) }
                @if self.private {
                    (Field::new("phone", phone).input(Input::Tel)
                        .value(self.before.text("phone")).hint(self.text("seeker_form.phone_hint"))
                        .error(self.error("phone").as_deref()).autocomplete("tel").render())
                    (Field::new("name", name).value(self.before.text("name"))
                        .autocomplete("name").render())
                    div #contact .wrong[error.is_some()] {
                        @if let Some(error) = &error { p .error { "× " (error) } }
                        (self.tick("contact", "seeker_form.contact_agree"))
                    }
                } @else {
                    p { (self.text("seeker_form.contact_elsewhere")) }
                }
            }
        }
    }

    /// What is kept, what for, how long, and what one may ask (个人信息保护法 arts. 14–17).
    fn notice(&self) -> Markup {
        let days = RETENTION_DAYS.to_string();
        let version = NOTICE_VERSION.to_string();
        html! {
            section .card .privacy aria-labelledby="privacy" {
                h2 #privacy { (self.text("seeker_notice.heading")) }
                ul {
                    li { (self.text("seeker_notice.who")) }
                    li { (self.text("seeker_notice.what")) }
                    li { (self.text("seeker_notice.seen")) }
                    li { (fill(self.text("seeker_notice.how_long"), &[("days", &days)])) }
                    li { (self.text("seeker_notice.rights")) }
                    li { (self.text("seeker_notice.under_16")) }
                }
                p .quiet { (fill(self.text("seeker_notice.version"), &[("version", &version)])) }
            }
        }
    }

    fn tick(&self, name: &'static str, key: &'static str) -> Markup {
        html! {
            label .tile .tick {
                input type="checkbox" name=(name) value="1" checked[self.before.has(name, "1")];
                span { (self.text(key)) }
            }
        }
    }

    fn tiles(&self, tiles: &Tiles<'_>, legend: &str, error: Option<&str>) -> Markup {
        let nothing_yet = tiles.kind == "radio" && self.before.text(tiles.name).is_empty();
        html! {
            fieldset .tiles .wrong[error.is_some()] {
                legend { (self.text(legend)) }
                @if let Some(error) = error { p .error { "× " (error) } }
                div .grid {
                    @for (value, label) in &tiles.options {
                        label .tile {
                            input type=(tiles.kind) name=(tiles.name) value=(value)
                                checked[self.before.has(tiles.name, value)
                                    || (nothing_yet && value.is_empty())];
                            span { (label) }
                        }
                    }
                }
            }
        }
    }
}
