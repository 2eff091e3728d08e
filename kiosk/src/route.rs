//! What the station suggests: booths in an order, and why each.

use web::Lang;

/// A sentence in both languages.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Reason {
    /// In Chinese.
    pub zh: String,
    /// In English.
    pub en: String,
}

impl Reason {
    /// The sentence in a language.
    #[must_use]
    pub fn in_language(&self, lang: Lang) -> &str {
        match lang {
            Lang::Zh => &self.zh,
            Lang::En => &self.en,
        }
    }
}

/// One booth of a route.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Stop {
    /// The booth's number, as on its sign.
    pub booth: String,
    /// Who is there.
    pub employer: String,
    /// What they offer.
    pub posting: String,
    /// Why it is suggested.
    pub reasons: Vec<Reason>,
}

/// One booth in the list of all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Booth {
    /// Its number.
    pub number: String,
    /// Who is there.
    pub employer: String,
    /// The titles of what they offer.
    pub postings: Vec<String>,
}
