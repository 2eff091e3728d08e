//! What a reader chose for all pages: the language and the size of the type. Kept in two
//! cookies that name nobody, set by links (`?lang=en`, `?type=large`), so no script is needed.

use hyper::header::HeaderValue;

use crate::call::Head;
use crate::text::Lang;

/// The size of the type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub enum TypeSize {
    /// As designed.
    #[default]
    Normal,
    /// One and a half times as large (大字).
    Large,
}

impl TypeSize {
    /// The value of `?type=`, of the cookie and of the class on `<html>`.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Normal => "normal",
            Self::Large => "large",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Normal => Self::Large,
            Self::Large => Self::Normal,
        }
    }

    fn parse(code: &str) -> Option<Self> {
        [Self::Normal, Self::Large].into_iter().find(|size| size.code() == code)
    }
}

const LANG: &str = "lang";
const TYPE: &str = "type";
const YEAR_S: u32 = 31_536_000;

impl Head {
    /// The reader's language: `?lang=`, else the cookie, else what the browser prefers, else
    /// Chinese.
    #[must_use]
    pub fn lang(&self) -> Lang {
        self.chosen_lang()
            .or_else(|| self.header(hyper::header::ACCEPT_LANGUAGE).and_then(Lang::preferred))
            .unwrap_or_default()
    }

    /// The language the reader chose here, if they did.
    #[must_use]
    pub fn chosen_lang(&self) -> Option<Lang> {
        asked(self, LANG).or_else(|| self.cookie(LANG)).and_then(Lang::parse)
    }

    /// The reader's size of type.
    #[must_use]
    pub fn type_size(&self) -> TypeSize {
        asked(self, TYPE)
            .or_else(|| self.cookie(TYPE))
            .and_then(TypeSize::parse)
            .unwrap_or_default()
    }

    /// The same address with one choice changed, for the links that change it.
    pub(crate) fn address_with(&self, key: &str, value: &str) -> String {
        let kept = self
            .uri
            .query()
            .unwrap_or_default()
            .split('&')
            .filter(|pair| !pair.is_empty() && pair.split('=').next() != Some(key));
        let changed = format!("{key}={value}");
        let query: Vec<&str> = kept.chain([changed.as_str()]).collect();
        format!("{}?{}", self.uri.path(), query.join("&"))
    }
}

/// The cookies that remember a choice just made.
pub(crate) fn cookies(head: &Head) -> impl Iterator<Item = HeaderValue> {
    let lang = asked(head, LANG).and_then(Lang::parse).map(|lang| (LANG, lang.code()));
    let size = asked(head, TYPE).and_then(TypeSize::parse).map(|size| (TYPE, size.code()));
    lang.into_iter().chain(size).filter_map(|(name, value)| {
        let cookie = format!("{name}={value}; Path=/; Max-Age={YEAR_S}; SameSite=Lax");
        HeaderValue::try_from(cookie).ok()
    })
}

fn asked<'a>(head: &'a Head, key: &str) -> Option<&'a str> {
    let pairs = head.uri.query()?.split('&');
    pairs.filter_map(|pair| pair.split_once('=')).find_map(|(k, v)| (k == key).then_some(v))
}
