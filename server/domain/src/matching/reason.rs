//! Why a booth was suggested, in sentences made from the very numbers that ranked it.

use serde::Serialize;

use crate::codes::{District, Education, Lang, Occupation};
use crate::employer::{Condition, Conditions};

use super::features::Features;
use super::score::{NEUTRAL, Terms};
use super::wish::{Wanted, Wish};

/// The most reasons given for one suggestion.
const REASONS_MAX: usize = 3;

/// A term of the comparison.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Term {
    /// How near the occupation is to those wished for.
    Occupation,
    /// How the pay lies to the hope.
    Pay,
    /// How near the place is.
    Place,
    /// Whether the seeker's education reaches the minimum.
    Education,
    /// Which of the wished conditions are offered.
    Conditions,
}

/// What a term found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case", tag = "fact")]
pub enum Fact {
    /// The occupation is one wished for.
    WishedOccupation {
        /// Which.
        occupation: Occupation,
    },
    /// The occupation is akin to one wished for.
    AkinOccupation {
        /// Which it is.
        occupation: Occupation,
    },
    /// Pay from the lower end on meets the hope, or its upper end does.
    PayMet {
        /// Lower end, yuan per month.
        low: u32,
        /// Upper end, yuan per month.
        high: u32,
        /// The hope, yuan per month.
        hope: u32,
    },
    /// Pay stays below the hope.
    PayBelow {
        /// Upper end, yuan per month.
        high: u32,
        /// The hope, yuan per month.
        hope: u32,
    },
    /// The place is in a district wished for.
    WishedDistrict {
        /// Which.
        district: District,
    },
    /// The place is next to a district wished for.
    NextDistrict {
        /// Which it is.
        district: District,
    },
    /// The place is in another part of the city.
    FarDistrict {
        /// Which it is.
        district: District,
    },
    /// Any education will do.
    NoMinimum,
    /// The seeker's education reaches the minimum.
    MinimumReached {
        /// The minimum.
        minimum: Education,
    },
    /// The seeker's education is below the minimum.
    BelowMinimum {
        /// The minimum.
        minimum: Education,
    },
    /// Wished conditions that are offered.
    Offered {
        /// Which.
        conditions: Conditions,
    },
}

/// One reason for or against a booth.
#[derive(Debug, Clone, Copy, PartialEq, Serialize)]
pub struct Reason {
    /// The term.
    pub term: Term,
    /// Its value in the score, 0 to 1; above one half speaks for the booth.
    pub value: f64,
    /// What it found.
    #[serde(flatten)]
    pub fact: Fact,
}

impl Reason {
    /// The reason as a sentence for the seeker.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        match self.fact {
            Fact::WishedOccupation { occupation } => {
                let name = occupation.name(lang);
                in_words(
                    lang,
                    format!("正是您想找的：{name}"),
                    format!("What you look for: {name}"),
                )
            }
            Fact::AkinOccupation { occupation } => {
                let name = occupation.name(lang);
                in_words(lang, format!("相近的工种：{name}"), format!("Akin to your wish: {name}"))
            }
            Fact::PayMet { low, high, hope } => in_words(
                lang,
                format!("每月{low}–{high}元，您希望{hope}元"),
                format!("{low}–{high} yuan a month; you hope for {hope}"),
            ),
            Fact::PayBelow { high, hope } => in_words(
                lang,
                format!("每月最多{high}元，低于您希望的{hope}元"),
                format!("At most {high} yuan a month, below the {hope} you hope for"),
            ),
            Fact::WishedDistrict { district } => {
                let name = district.name(lang);
                in_words(lang, format!("就在{name}"), format!("In {name}"))
            }
            Fact::NextDistrict { district } => {
                let name = district.name(lang);
                in_words(lang, format!("在相邻的{name}"), format!("Next door, in {name}"))
            }
            Fact::FarDistrict { district } => {
                let name = district.name(lang);
                in_words(lang, format!("地点较远：{name}"), format!("Farther away: {name}"))
            }
            Fact::NoMinimum => in_words(lang, "学历不限".into(), "Any education will do".into()),
            Fact::MinimumReached { minimum } => {
                let name = minimum.name(lang);
                in_words(lang, format!("学历符合（{name}）"), format!("Education fits ({name})"))
            }
            Fact::BelowMinimum { minimum } => {
                let name = minimum.name(lang);
                in_words(lang, format!("要求学历：{name}"), format!("Asks for education: {name}"))
            }
            Fact::Offered { conditions } => {
                let zh: Vec<_> = conditions.iter().map(|one| one.name(Lang::Zh)).collect();
                let en: Vec<_> = conditions.iter().map(|one| one.name(Lang::En)).collect();
                in_words(lang, zh.join("、"), en.join(", "))
            }
        }
    }
}

fn in_words(lang: Lang, zh: String, en: String) -> String {
    match lang {
        Lang::Zh => zh,
        Lang::En => en,
    }
}

/// What speaks for a posting, weightiest first, and what speaks most against it.
pub(super) fn explain(
    wish: &Wish,
    offer: &Features,
    terms: &Terms,
) -> (Vec<Reason>, Option<Reason>) {
    let found = [
        occupation(wish, offer, terms.occupation),
        pay(wish, offer, terms.pay),
        place(offer, terms.place),
        education(offer, terms.education),
        conditions(wish, offer, terms.conditions),
    ];
    let mut reasons: Vec<Reason> = found.into_iter().flatten().collect();
    reasons.sort_by(|a, b| b.value.total_cmp(&a.value));
    // The sort is stable, so equal values stay in the order of weight.
    let caution = reasons.last().filter(|reason| reason.value < NEUTRAL).copied();
    reasons.retain(|reason| reason.value > NEUTRAL);
    reasons.truncate(REASONS_MAX);
    (reasons, caution)
}

// A value of exactly NEUTRAL says that one side was silent: nothing to tell.

fn occupation(wish: &Wish, offer: &Features, value: f64) -> Option<Reason> {
    let occupation = offer.occupation.filter(|_| !wish.wanted.is_empty())?;
    let is_wished = wish.wanted.iter().any(|wanted| match *wanted {
        Wanted::Occupation(wished) => wished == occupation,
        Wanted::Group(group) => Some(group) == offer.group,
    });
    let fact = if is_wished {
        Fact::WishedOccupation { occupation }
    } else {
        Fact::AkinOccupation { occupation }
    };
    Some(Reason { term: Term::Occupation, value, fact })
}

fn pay(wish: &Wish, offer: &Features, value: f64) -> Option<Reason> {
    let (hope, (low, high)) = (wish.pay_low?, offer.pay?);
    let fact =
        if high >= hope { Fact::PayMet { low, high, hope } } else { Fact::PayBelow { high, hope } };
    Some(Reason { term: Term::Pay, value, fact })
}

fn place(offer: &Features, value: f64) -> Option<Reason> {
    let district = offer.district?;
    let fact = if value >= 1.0 {
        Fact::WishedDistrict { district }
    } else if value > NEUTRAL {
        Fact::NextDistrict { district }
    } else if value < NEUTRAL {
        Fact::FarDistrict { district }
    } else {
        return None;
    };
    Some(Reason { term: Term::Place, value, fact })
}

fn education(offer: &Features, value: f64) -> Option<Reason> {
    let fact = match offer.education_min {
        _ if (value - NEUTRAL).abs() < f64::EPSILON => return None,
        None => Fact::NoMinimum,
        Some(minimum) if value > NEUTRAL => Fact::MinimumReached { minimum },
        Some(minimum) => Fact::BelowMinimum { minimum },
    };
    Some(Reason { term: Term::Education, value, fact })
}

fn conditions(wish: &Wish, offer: &Features, value: f64) -> Option<Reason> {
    let conditions: Conditions = wish
        .conditions
        .shared(offer.conditions)
        .iter()
        .collect::<Vec<Condition>>()
        .into_iter()
        .collect();
    if conditions == Conditions::NONE {
        return None;
    }
    Some(Reason { term: Term::Conditions, value, fact: Fact::Offered { conditions } })
}
