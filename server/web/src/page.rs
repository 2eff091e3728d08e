//! The frame of every page, and the parts pages are made of.
//!
//! Invariant: a page works without script and loads only from this server; it says its
//! language, has one `h1`, a way past the header, a way to the other language and to larger
//! type. What a page is about is the caller's.

mod parts;

use hyper::StatusCode;
use maud::{DOCTYPE, Markup, PreEscaped, html};

use crate::Response;
use crate::assets::asset_url;
use crate::call::Head;
use crate::headers;
use crate::reader::TypeSize;
use crate::text::{Lang, text};

pub use parts::{
    Choices, Field, Input, Tone, big_button, csrf_field, link_button, live_number, notice, pages,
    quiet_button, table,
};

/// The frames there are.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shell {
    /// Header, one heading, footer: phones and desks.
    Full,
    /// Nothing around: a kiosk or a hall screen brings its own heading and its own style.
    Bare,
}

/// A page being put together.
#[derive(Debug)]
pub struct Page<'a> {
    head: &'a Head,
    lang: Lang,
    title: String,
    shell: Shell,
    wide: bool,
    styles: Vec<&'static str>,
    scripts: Vec<&'static str>,
    texts: Vec<&'static str>,
    nav: Vec<(String, &'static str)>,
    account: Option<(String, String)>,
    live: Option<(&'a str, &'a str)>,
    camera: bool,
    mark: Markup,
    body: Markup,
}

impl<'a> Page<'a> {
    /// A page for the reader of a request. The title is also its heading.
    #[must_use]
    pub fn new(head: &'a Head, title: &str) -> Self {
        Self {
            head,
            lang: head.lang(),
            title: title.to_owned(),
            shell: Shell::Full,
            wide: false,
            styles: vec!["style/base.css", "style/parts.css"],
            scripts: Vec::new(),
            texts: Vec::new(),
            nav: Vec::new(),
            account: None,
            live: None,
            camera: false,
            mark: Markup::default(),
            body: Markup::default(),
        }
    }

    /// In this language, whatever the reader's browser prefers: a kiosk's browser prefers what
    /// its system was installed with. See [`Head::chosen_lang`].
    #[must_use]
    pub const fn lang(mut self, lang: Lang) -> Self {
        self.lang = lang;
        self
    }

    /// In another frame.
    #[must_use]
    pub const fn shell(mut self, shell: Shell) -> Self {
        self.shell = shell;
        self
    }

    /// As wide as the window allows, for tables and overviews.
    #[must_use]
    pub const fn wide(mut self) -> Self {
        self.wide = true;
        self
    }

    /// With a style of its own after the base: `"style/kiosk.css"`.
    #[must_use]
    pub fn style(mut self, name: &'static str) -> Self {
        self.styles.push(name);
        self
    }

    /// With a module: `"script/scan.js"`.
    #[must_use]
    pub fn script(mut self, name: &'static str) -> Self {
        self.scripts.push(name);
        self
    }

    /// With texts its scripts reach by `t("kiosk.hold_still")` from `script/text.js`.
    #[must_use]
    pub fn texts(mut self, keys: &[&'static str]) -> Self {
        self.texts.extend_from_slice(keys);
        self
    }

    /// With ways to other pages: pairs of path and label. The present one is marked.
    #[must_use]
    pub fn nav(mut self, ways: Vec<(String, &'static str)>) -> Self {
        self.nav = ways;
        self
    }

    /// With the name of who is signed in and a sign-out button (`POST /sign-out`), which needs
    /// the session's proof.
    #[must_use]
    pub fn account(mut self, name: &str, csrf: String) -> Self {
        self.account = Some((name.to_owned(), csrf));
        self
    }

    /// With a stream of live events from `path`; `events` are their names, separated by blanks.
    /// Fills elements `data-live="<field>"` and says when the line is lost.
    #[must_use]
    pub fn live(mut self, path: &'a str, events: &'a str) -> Self {
        self.live = Some((path, events));
        self.script("script/live.js").texts(&["live.lost", "live.back"])
    }

    /// May use the camera.
    #[must_use]
    pub const fn camera(mut self) -> Self {
        self.camera = true;
        self
    }

    /// With this above everything else, whatever the page is about.
    #[must_use]
    pub fn mark(mut self, mark: Markup) -> Self {
        self.mark = mark;
        self
    }

    /// With this inside.
    #[must_use]
    pub fn body(mut self, body: Markup) -> Self {
        self.body = body;
        self
    }

    /// The finished answer.
    #[must_use]
    pub fn reply(self) -> Response {
        let mut response = crate::reply::html(StatusCode::OK, self.render());
        if self.camera {
            headers::allow_camera(&mut response);
        }
        response
    }

    /// The document.
    #[must_use]
    pub fn render(&self) -> Markup {
        let size = self.head.type_size().code();
        let name = text(self.lang, "product.name");
        html! {
            (DOCTYPE)
            html lang=(self.lang.tag()) class=(format!("type-{size}")) {
                head {
                    meta charset="utf-8";
                    meta name="viewport" content="width=device-width, initial-scale=1";
                    meta name="color-scheme" content="light";
                    title { (self.title) " · " (name) }
                    link rel="icon" type="image/svg+xml" href=(asset_url("picture/mark.svg"));
                    @for style in &self.styles {
                        link rel="stylesheet" href=(asset_url(style));
                    }
                    script type="module" src=(asset_url("script/enhance.js")) {}
                    @for script in &self.scripts {
                        script type="module" src=(asset_url(script)) {}
                    }
                }
                body data-live-source=[self.live.map(|(path, _)| path)]
                    data-live-events=[self.live.map(|(_, events)| events)] {
                    @match self.shell {
                        Shell::Full => (self.full()),
                        Shell::Bare => main #main .bare { (self.mark) (self.live_line()) (self.body) },
                    }
                    div #announce .unseen role="status" {}
                    (self.script_texts())
                }
            }
        }
    }

    fn full(&self) -> Markup {
        html! {
            a .skip href="#main" { (text(self.lang, "page.skip")) }
            (self.header())
            main #main class=[self.wide.then_some("wide")] {
                h1 tabindex="-1" { (self.title) }
                (self.mark)
                (self.live_line())
                (self.body)
            }
            footer .foot {
                p { strong { (text(self.lang, "page.free")) } }
                p { (text(self.lang, "page.theme")) }
            }
        }
    }

    fn header(&self) -> Markup {
        html! {
            header .top {
                a .brand href="/" {
                    img src=(asset_url("picture/mark.svg")) alt="" width="40" height="40";
                    span { (text(self.lang, "product.name")) }
                }
                (self.ways())
                div .choices-of-reader { (self.size_switch()) (self.lang_switch()) }
                @if let Some((name, csrf)) = &self.account {
                    form .who method="post" action="/sign-out" {
                        (csrf_field(csrf))
                        span { (name) }
                        button type="submit" { (text(self.lang, "sign_in.leave")) }
                    }
                }
            }
        }
    }

    fn ways(&self) -> Markup {
        let here = self.head.uri.path();
        html! {
            @if !self.nav.is_empty() {
                nav aria-label=(text(self.lang, "page.ways")) {
                    ul {
                        @for (path, label) in &self.nav {
                            li {
                                a href=(path) aria-current=[(path == here).then_some("page")] {
                                    (label)
                                }
                            }
                        }
                    }
                }
            }
        }
    }

    fn size_switch(&self) -> Markup {
        let size = self.head.type_size();
        let key = match size {
            TypeSize::Normal => "page.larger",
            TypeSize::Large => "page.smaller",
        };
        html! {
            a href=(self.head.address_with("type", size.other().code())) {
                (text(self.lang, key))
            }
        }
    }

    fn lang_switch(&self) -> Markup {
        let other = self.lang.other();
        html! {
            a href=(self.head.address_with("lang", other.code()))
                lang=(other.tag()) hreflang=(other.tag()) { (other.own_name()) }
        }
    }

    /// Where `live.js` says that the line is lost.
    fn live_line(&self) -> Markup {
        html! {
            @if self.live.is_some() { p .live-lost data-live-age="" hidden {} }
        }
    }

    /// The texts scripts need, as a block of data, which the policy allows.
    fn script_texts(&self) -> Markup {
        let texts: std::collections::BTreeMap<&str, &str> =
            self.texts.iter().map(|key| (*key, text(self.lang, key))).collect();
        let json = serde_json::to_string(&texts).unwrap_or_default().replace('<', "\\u003c");
        html! {
            @if !texts.is_empty() {
                script #texts type="application/json" { (PreEscaped(json)) }
            }
        }
    }
}
