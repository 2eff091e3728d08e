//! The terms of a comparison and what they add up to.

use crate::codes::{District, Education};
use crate::employer::{Condition, Conditions};

use super::features::Features;
use super::wish::{Wanted, Wish};

/// The value of a term about which one side says nothing.
pub(super) const NEUTRAL: f64 = 0.5;

/// Another occupation of the group wished for.
const SAME_GROUP: f64 = 0.6;
/// Any occupation of a group wished for as a whole: a little less than one wished for by name.
const WHOLE_GROUP: f64 = 0.9;
/// Another group of the same branch.
const SAME_BRANCH: f64 = 0.2;
/// A district next to one wished for.
const NEXT_DISTRICT: f64 = 0.6;
/// Any other district.
const FAR_DISTRICT: f64 = 0.2;
/// Pay whose upper end just meets the hope.
const PAY_JUST_MET: f64 = 0.6;
/// The share by which pay may fall short of the hope before its term is zero.
const PAY_SHORTFALL_MAX: f64 = 0.3;
/// Education one rank below the minimum.
const ONE_RANK_BELOW: f64 = 0.3;

/// Weights of the seeker's view.
const SEEKER_OCCUPATION: f64 = 0.5;
const SEEKER_PAY: f64 = 0.25;
const SEEKER_PLACE: f64 = 0.15;
const SEEKER_CONDITIONS: f64 = 0.1;
/// Weights of the employer's view.
const EMPLOYER_OCCUPATION: f64 = 0.5;
const EMPLOYER_EDUCATION: f64 = 0.5;

/// How a posting fits a wish, term by term, each in [0, 1].
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Terms {
    pub(super) occupation: f64,
    pub(super) pay: f64,
    pub(super) place: f64,
    pub(super) education: f64,
    pub(super) conditions: f64,
}

impl Terms {
    /// The geometric mean of both views.
    pub(super) fn score(&self) -> f64 {
        let seeker = SEEKER_OCCUPATION * self.occupation
            + SEEKER_PAY * self.pay
            + SEEKER_PLACE * self.place
            + SEEKER_CONDITIONS * self.conditions;
        let employer = EMPLOYER_OCCUPATION * self.occupation + EMPLOYER_EDUCATION * self.education;
        (seeker * employer).sqrt().clamp(0.0, 1.0)
    }
}

/// The terms of a posting for a wish; none if the seeker rules it out, or if it is nowhere near the
/// occupations wished for.
pub(super) fn terms(wish: &Wish, offer: &Features) -> Option<Terms> {
    let occupation = occupation(&wish.wanted, offer);
    if occupation <= 0.0 || is_ruled_out(wish, offer) {
        return None;
    }
    Some(Terms {
        occupation,
        pay: pay(wish.pay_low, offer.pay),
        place: place(&wish.districts, offer.district),
        education: education(wish.education, offer.education_min),
        conditions: conditions(wish.conditions, offer.conditions),
    })
}

fn is_ruled_out(wish: &Wish, offer: &Features) -> bool {
    let elsewhere = |district| !wish.districts.is_empty() && !wish.districts.contains(&district);
    (wish.only_districts && offer.district.is_some_and(elsewhere))
        || (wish.no_nights && offer.conditions.has(Condition::NightShifts))
}

fn occupation(wanted: &[Wanted], offer: &Features) -> f64 {
    let (Some(occupation), false) = (offer.occupation, wanted.is_empty()) else { return NEUTRAL };
    let near = |wanted: &Wanted| match *wanted {
        Wanted::Occupation(wished) if wished == occupation => 1.0,
        Wanted::Group(group) if Some(group) == offer.group => WHOLE_GROUP,
        Wanted::Occupation(wished) if Some(wished.group()) == offer.group => SAME_GROUP,
        _ if offer.branch.is_some() && wanted.group().branch() == offer.branch => SAME_BRANCH,
        _ => 0.0,
    };
    wanted.iter().map(near).fold(0.0, f64::max)
}

/// The part of the range at or above the hope, from [`PAY_JUST_MET`] up; below it, falling to zero.
fn pay(hope: Option<u32>, range: Option<(u32, u32)>) -> f64 {
    let (Some(hope), Some((low, high))) = (hope.map(f64::from), range) else { return NEUTRAL };
    let (low, high) = (f64::from(low), f64::from(high));
    if low >= hope {
        1.0
    } else if high >= hope {
        PAY_JUST_MET + (1.0 - PAY_JUST_MET) * (high - hope) / (high - low)
    } else {
        let shortfall = (hope - high) / (hope * PAY_SHORTFALL_MAX);
        PAY_JUST_MET * (1.0 - shortfall).max(0.0)
    }
}

fn place(wished: &[District], district: Option<District>) -> f64 {
    let (Some(district), false) = (district, wished.is_empty()) else { return NEUTRAL };
    if wished.contains(&district) {
        1.0
    } else if wished.iter().any(|near| near.is_next_to(district)) {
        NEXT_DISTRICT
    } else {
        FAR_DISTRICT
    }
}

/// Only being below the minimum counts; more than asked for is no fault.
fn education(own: Option<Education>, minimum: Option<Education>) -> f64 {
    let Some(own) = own.and_then(Education::rank) else { return NEUTRAL };
    let Some(minimum) = minimum else { return 1.0 };
    let Some(minimum) = minimum.rank() else { return NEUTRAL };
    match minimum.saturating_sub(own) {
        0 => 1.0,
        1 => ONE_RANK_BELOW,
        _ => 0.0,
    }
}

/// Each wish that is offered counts full, each about which nothing is said counts as neutral.
fn conditions(wished: Conditions, offered: Conditions) -> f64 {
    if wished == Conditions::NONE {
        return NEUTRAL;
    }
    let met = f64::from(wished.shared(offered).count()) / f64::from(wished.count());
    NEUTRAL + (1.0 - NEUTRAL) * met
}
