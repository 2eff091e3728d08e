//! How the person at the station wants its pages: language and size. It stands in the address, so
//! nothing is kept anywhere and the next person starts afresh.

use maud::{Markup, html};
use web::{Fields, Lang, fill, t};

/// Language and size of a page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Look {
    /// The language that comes first.
    pub lang: Lang,
    /// Large type: one language only, letters half as large again, more time.
    pub large: bool,
}

impl Look {
    /// Reads the address; what the browser prefers doesn't count, it isn't the person's.
    #[must_use]
    pub fn of(query: &Fields) -> Self {
        let lang = query.get("lang").and_then(Lang::parse).unwrap_or_default();
        Self { lang, large: query.get("type") == Some("large") }
    }

    /// A path with this look.
    #[must_use]
    pub fn link(self, path: &str) -> String {
        let mut parts = Vec::new();
        if self.lang != Lang::default() {
            parts.push(format!("lang={}", self.lang.code()));
        }
        if self.large {
            parts.push("type=large".to_owned());
        }
        if parts.is_empty() {
            return path.to_owned();
        }
        let joint = if path.contains('?') { '&' } else { '?' };
        format!("{path}{joint}{}", parts.join("&"))
    }

    /// The same size in the other language.
    #[must_use]
    pub fn in_other_language(self) -> Self {
        Self { lang: self.lang.other(), ..self }
    }

    /// The same language in the other size.
    #[must_use]
    pub const fn in_other_size(self) -> Self {
        Self { large: !self.large, ..self }
    }

    /// A text in the chosen language.
    #[must_use]
    pub fn text(self, key: &str) -> &'static str {
        t(self.lang, key)
    }

    /// A text in both languages, the chosen one first; large type has room for one.
    #[must_use]
    pub fn both(self, key: &str) -> Markup {
        self.both_with(key, &[])
    }

    /// As [`Look::both`], with values put in.
    #[must_use]
    pub fn both_with(self, key: &str, values: &[(&str, &str)]) -> Markup {
        let (first, second) = (self.lang, self.lang.other());
        html! {
            span.first lang=(first.tag()) { (fill(t(first, key), values)) }
            @if !self.large {
                " "
                span.second lang=(second.tag()) { (fill(t(second, key), values)) }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_look_travels_in_the_address() {
        let look = Look { lang: Lang::En, large: true };
        assert_eq!(look.link("/help"), "/help?lang=en&type=large");
        assert_eq!(look.link("/jobs?page=2"), "/jobs?page=2&lang=en&type=large");
        assert_eq!(Look::default().link("/"), "/");
        let read = Fields::from_urlencoded(b"lang=en&type=large").unwrap();
        assert_eq!(Look::of(&read), look);
        let odd = Fields::from_urlencoded(b"lang=xx&type=%00").unwrap();
        assert_eq!(Look::of(&odd), Look::default());
    }
}
