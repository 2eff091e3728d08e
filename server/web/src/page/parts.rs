//! The parts pages are made of: each has its label, its hint and its error in the right places
//! for eyes, keyboards and screen readers.

use maud::{Markup, html};

use crate::session::CSRF_FIELD;
use crate::text::{Lang, fill, text};

/// The one main thing to do on a page: a submit button.
#[must_use]
pub fn big_button(label: &str) -> Markup {
    html! { button .big type="submit" { (label) } }
}

/// A submit button for what is done rarely or besides. A name and a value tell several in one
/// form apart.
#[must_use]
pub fn quiet_button(label: &str, name: &str, value: &str) -> Markup {
    html! { button .plain type="submit" name=(name) value=(value) { (label) } }
}

/// A way on that looks like the main thing to do.
#[must_use]
pub fn link_button(path: &str, label: &str) -> Markup {
    html! { a .big href=(path) { (label) } }
}

/// The proof that a form is ours; in every form that changes something.
#[must_use]
pub fn csrf_field(csrf: &str) -> Markup {
    html! { input type="hidden" name=(CSRF_FIELD) value=(csrf); }
}

/// How something went.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tone {
    /// Done.
    Ok,
    /// Look at this.
    Warn,
    /// Not done.
    Bad,
}

/// A message that stands out, by colour, sign and word.
#[must_use]
pub fn notice(lang: Lang, tone: Tone, inside: &Markup) -> Markup {
    let (class, sign, word) = match tone {
        Tone::Ok => ("notice ok", "✓", "notice.ok"),
        Tone::Warn => ("notice warn", "!", "notice.warn"),
        Tone::Bad => ("notice bad", "×", "notice.bad"),
    };
    html! {
        div class=(class) role=[(tone != Tone::Ok).then_some("alert")] {
            p .word { span .sign aria-hidden="true" { (sign) } " " (text(lang, word)) }
            (inside)
        }
    }
}

/// The kinds of input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Input {
    /// One line.
    Text,
    /// Several lines.
    Area,
    /// Hidden while typed.
    Password,
    /// Digits, with the keypad for them: PINs, codes, counts.
    Digits,
    /// A telephone number.
    Tel,
    /// A day.
    Date,
    /// A time of day.
    Time,
    /// A file; the form needs `enctype="multipart/form-data"`.
    File,
}

/// A labelled input. Optional unless [`Field::required`].
#[derive(Clone, Copy, Debug)]
pub struct Field<'a> {
    name: &'a str,
    label: &'a str,
    input: Input,
    value: &'a str,
    hint: Option<&'a str>,
    error: Option<&'a str>,
    required: bool,
    autocomplete: Option<&'a str>,
    accept: Option<&'a str>,
}

impl<'a> Field<'a> {
    /// A field of one line.
    #[must_use]
    pub const fn new(name: &'a str, label: &'a str) -> Self {
        Self {
            name,
            label,
            input: Input::Text,
            value: "",
            hint: None,
            error: None,
            required: false,
            autocomplete: None,
            accept: None,
        }
    }

    /// Of another kind.
    #[must_use]
    pub const fn input(mut self, input: Input) -> Self {
        self.input = input;
        self
    }

    /// Already filled in.
    #[must_use]
    pub const fn value(mut self, value: &'a str) -> Self {
        self.value = value;
        self
    }

    /// With a hint under the label.
    #[must_use]
    pub const fn hint(mut self, hint: &'a str) -> Self {
        self.hint = Some(hint);
        self
    }

    /// With what is wrong with the value.
    #[must_use]
    pub const fn error(mut self, error: Option<&'a str>) -> Self {
        self.error = error;
        self
    }

    /// Must be filled in.
    #[must_use]
    pub const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// What browsers may fill in: `"username"`, `"current-password"`, `"off"`.
    #[must_use]
    pub const fn autocomplete(mut self, what: &'a str) -> Self {
        self.autocomplete = Some(what);
        self
    }

    /// The types of file offered: `".xlsx"`, `"image/*"`.
    #[must_use]
    pub const fn accept(mut self, types: &'a str) -> Self {
        self.accept = Some(types);
        self
    }

    /// The label, the hint, the error and the input.
    #[must_use]
    pub fn render(&self) -> Markup {
        html! {
            div .field .wrong[self.error.is_some()] {
                label for=(self.name) { (self.label) }
                @if let Some(hint) = self.hint { p .hint id=(self.part("hint")) { (hint) } }
                @if let Some(error) = self.error { p .error id=(self.part("error")) { (error) } }
                (self.control())
            }
        }
    }

    fn control(&self) -> Markup {
        let invalid = self.error.map(|_| "true");
        let described = self.described();
        if self.input == Input::Area {
            return html! {
                textarea id=(self.name) name=(self.name) rows="5" required[self.required]
                    aria-invalid=[invalid] aria-describedby=[described] { (self.value) }
            };
        }
        let (kind, mode) = self.kind();
        let value =
            matches!(self.input, Input::Password | Input::File).then_some("").unwrap_or(self.value);
        html! {
            input id=(self.name) name=(self.name) type=(kind) inputmode=[mode]
                value=[(!value.is_empty()).then_some(value)] required[self.required]
                autocomplete=[self.autocomplete] accept=[self.accept]
                aria-invalid=[invalid] aria-describedby=[described];
        }
    }

    const fn kind(&self) -> (&'static str, Option<&'static str>) {
        match self.input {
            Input::Text | Input::Area => ("text", None),
            Input::Password => ("password", None),
            Input::Digits => ("text", Some("numeric")),
            Input::Tel => ("tel", Some("tel")),
            Input::Date => ("date", None),
            Input::Time => ("time", None),
            Input::File => ("file", None),
        }
    }

    fn part(&self, part: &str) -> String {
        format!("{}-{part}", self.name)
    }

    fn described(&self) -> Option<String> {
        let hint = self.hint.map(|_| self.part("hint"));
        let error = self.error.map(|_| self.part("error"));
        let ids: Vec<String> = hint.into_iter().chain(error).collect();
        (!ids.is_empty()).then(|| ids.join(" "))
    }
}

/// A group of tiles to choose from: one of them, or several.
#[derive(Clone, Copy, Debug)]
pub struct Choices<'a> {
    /// The name of the fields.
    pub name: &'a str,
    /// The question.
    pub legend: &'a str,
    /// Pairs of value and label.
    pub options: &'a [(&'a str, &'a str)],
    /// The values already chosen.
    pub chosen: &'a [&'a str],
}

impl Choices<'_> {
    /// Exactly one may be chosen.
    #[must_use]
    pub fn one(&self) -> Markup {
        self.render("radio")
    }

    /// Any number may be chosen.
    #[must_use]
    pub fn several(&self) -> Markup {
        self.render("checkbox")
    }

    fn render(&self, kind: &str) -> Markup {
        html! {
            fieldset .tiles {
                legend { (self.legend) }
                div .grid {
                    @for (value, label) in self.options {
                        label .tile {
                            input type=(kind) name=(self.name) value=(value)
                                checked[self.chosen.contains(value)];
                            span { (label) }
                        }
                    }
                }
            }
        }
    }
}

/// A table with its caption; scrolls by itself where the window is narrow.
#[must_use]
pub fn table(caption: &str, head: &[&str], rows: &[Vec<Markup>]) -> Markup {
    html! {
        div .table-frame role="region" aria-label=(caption) tabindex="0" {
            table {
                caption { (caption) }
                thead { tr { @for name in head { th scope="col" { (name) } } } }
                tbody {
                    @for row in rows { tr { @for cell in row { td { (cell) } } } }
                }
            }
        }
    }
}

/// A number with its label, filled by `live.js` from the field `name`.
#[must_use]
pub fn live_number(label: &str, name: &str, value: &str) -> Markup {
    html! {
        div .number {
            span .label { (label) }
            " "
            strong data-live=(name) { (value) }
        }
    }
}

/// The way through a long list; pages count from 1. `path` ends before `page=`.
#[must_use]
pub fn pages(lang: Lang, path: &str, page: u32, of: u32) -> Markup {
    let place =
        fill(text(lang, "pages.place"), &[("page", &page.to_string()), ("of", &of.to_string())]);
    html! {
        @if of > 1 {
            nav .pages aria-label=(text(lang, "pages.label")) {
                @if page > 1 {
                    a href={ (path) "page=" (page - 1) } rel="prev" { (text(lang, "pages.before")) }
                }
                span { (place) }
                @if page < of {
                    a href={ (path) "page=" (page + 1) } rel="next" { (text(lang, "pages.after")) }
                }
            }
        }
    }
}
