//! The two languages, and which one a reader gets.

/// A language of the pages. Chinese comes first wherever nothing says otherwise.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Lang {
    /// 简体中文
    #[default]
    Zh,
    /// English
    En,
}

impl Lang {
    /// Both, in the order shown.
    pub const ALL: [Self; 2] = [Self::Zh, Self::En];

    /// The value of a `lang` attribute.
    #[must_use]
    pub const fn tag(self) -> &'static str {
        match self {
            Self::Zh => "zh-CN",
            Self::En => "en",
        }
    }

    /// The value of `?lang=` and of the cookie.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Zh => "zh",
            Self::En => "en",
        }
    }

    /// The language's own name, for the switch.
    #[must_use]
    pub const fn own_name(self) -> &'static str {
        match self {
            Self::Zh => "中文",
            Self::En => "English",
        }
    }

    /// The other one.
    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Zh => Self::En,
            Self::En => Self::Zh,
        }
    }

    /// Reads `zh` or `en`, also with a region.
    #[must_use]
    pub fn parse(code: &str) -> Option<Self> {
        let main = code.split(['-', '_']).next().unwrap_or_default();
        Self::ALL.into_iter().find(|lang| main.eq_ignore_ascii_case(lang.code()))
    }

    /// The first known language of an `Accept-Language`. Browsers list them in order of liking,
    /// so weights need no reading.
    pub(crate) fn preferred(header: &str) -> Option<Self> {
        header
            .split(',')
            .filter_map(|entry| entry.split(';').next())
            .find_map(|tag| Self::parse(tag.trim()))
    }
}

#[cfg(test)]
mod tests {
    use super::Lang;

    #[test]
    fn the_first_known_language_wins() {
        assert_eq!(Lang::preferred("fr, en-GB;q=0.8, zh;q=0.5"), Some(Lang::En));
        assert_eq!(Lang::preferred("zh-Hans-CN,en"), Some(Lang::Zh));
        assert_eq!(Lang::preferred("*"), None);
    }
}
