//! Draws seekers, as their phones or a volunteer's tablet would register them.

use domain::codes::{District, Education, Occupation, OccupationGroup, Purpose, SeekerGroup};
use domain::employer::{Condition, Conditions};
use domain::matching::{Wanted, Wish};
use serde::Serialize;

use super::SEEKERS;
use super::chance::Chance;
use super::market;
use super::names;

/// An invented seeker.
#[derive(Debug, Clone, PartialEq)]
pub struct Seeker {
    /// A common surname with a title.
    pub form_of_address: String,
    /// A number that is not assigned; some give none.
    pub phone: Option<String>,
    /// What they are looking for.
    pub wish: Wish,
    /// Groups they count themselves to; some skip it.
    pub groups: Vec<SeekerGroup>,
    /// Agrees to nothing and says nothing: a guest.
    pub is_guest: bool,
}

/// A registration as the API takes it.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub struct Registration {
    form_of_address: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    phone: Option<String>,
    wish: Wish,
    groups: Vec<SeekerGroup>,
    purposes: Vec<Purpose>,
    notice_version: u16,
}

impl Seeker {
    /// The registration on a page that asks for no phone number: a phone on plain HTTP.
    #[must_use]
    pub fn on_a_phone(&self) -> Registration {
        self.registration(None)
    }

    /// The registration with a volunteer, who may be told the phone number.
    #[must_use]
    pub fn with_a_volunteer(&self) -> Registration {
        self.registration(self.phone.clone().filter(|_| !self.is_guest))
    }

    fn registration(&self, phone: Option<String>) -> Registration {
        let mut purposes = Vec::new();
        if !self.is_guest {
            purposes.push(Purpose::Matching);
        }
        if phone.is_some() {
            purposes.push(Purpose::Contact);
        }
        let wish = if self.is_guest { Wish::default() } else { self.wish.clone() };
        let groups = if self.is_guest { Vec::new() } else { self.groups.clone() };
        let form_of_address = self.form_of_address.clone();
        Registration { form_of_address, phone, wish, groups, purposes, notice_version: 1 }
    }
}

/// The mix of groups at a spring fair.
const GROUPS: [(SeekerGroup, u32); 8] = [
    (SeekerGroup::MigrantWorker, 36),
    (SeekerGroup::LaidOff, 12),
    (SeekerGroup::RegisteredUnemployed, 12),
    (SeekerGroup::Graduate, 14),
    (SeekerGroup::EarlierGraduate, 6),
    (SeekerGroup::ChangingJob, 12),
    (SeekerGroup::InDifficulty, 4),
    (SeekerGroup::Other, 4),
];

pub(super) fn draw(chance: &mut Chance) -> Vec<Seeker> {
    (0..u32::try_from(SEEKERS).unwrap_or(0)).map(|number| seeker(chance, number)).collect()
}

fn seeker(chance: &mut Chance, number: u32) -> Seeker {
    let group = chance.weighted(&GROUPS);
    let education = education(chance, group);
    let wish = wish(chance, group, education);
    Seeker {
        form_of_address: names::form_of_address(chance),
        phone: chance.percent(80).then(|| names::phone(number)),
        wish,
        groups: if chance.percent(85) { vec![group] } else { Vec::new() },
        is_guest: chance.percent(10),
    }
}

fn education(chance: &mut Chance, group: SeekerGroup) -> Option<Education> {
    use Education::{Bachelor, College, JuniorMiddle, Master, Primary, Secondary, SeniorMiddle};
    if chance.percent(15) {
        return None;
    }
    Some(match group {
        SeekerGroup::Graduate | SeekerGroup::EarlierGraduate => {
            chance.weighted(&[(Secondary, 10), (College, 42), (Bachelor, 42), (Master, 6)])
        }
        SeekerGroup::MigrantWorker => chance.weighted(&[
            (Primary, 8),
            (JuniorMiddle, 48),
            (SeniorMiddle, 20),
            (Secondary, 14),
            (College, 10),
        ]),
        _ => chance.weighted(&[
            (JuniorMiddle, 26),
            (SeniorMiddle, 24),
            (Secondary, 18),
            (College, 22),
            (Bachelor, 10),
        ]),
    })
}

fn wish(chance: &mut Chance, group: SeekerGroup, education: Option<Education>) -> Wish {
    let markets = market::weighted();
    let first = chance.weighted(&markets);
    let mut wanted = vec![one_wanted(chance, first.group)];
    if chance.percent(55) {
        let second = chance.weighted(&markets).group;
        wanted.push(one_wanted(chance, second));
    }
    let middle = (first.pay.0 + first.pay.1) / 2;
    // A third hopes for more than the market pays.
    let share = if chance.percent(30) { chance.between(110, 140) } else { chance.between(70, 100) };
    let is_from_outside = group == SeekerGroup::MigrantWorker;
    Wish {
        wanted,
        pay_low: chance.percent(88).then(|| middle * share / 100 / 100 * 100),
        districts: districts(chance),
        education,
        conditions: conditions(chance, is_from_outside),
        only_districts: chance.percent(10),
        no_nights: chance.percent(15),
    }
    .tidied()
}

fn one_wanted(chance: &mut Chance, group: OccupationGroup) -> Wanted {
    if chance.percent(50) {
        return Wanted::Group(group);
    }
    let occupations: Vec<Occupation> = group.occupations().collect();
    Wanted::Occupation(*chance.one_of(&occupations))
}

fn districts(chance: &mut Chance) -> Vec<District> {
    let count = chance.weighted(&[(0, 35), (1, 45), (2, 20)]);
    (0..count).map(|_| chance.weighted(&market::DISTRICTS)).collect()
}

fn conditions(chance: &mut Chance, is_from_outside: bool) -> Conditions {
    let shares = [
        (Condition::Meals, if is_from_outside { 45 } else { 15 }),
        (Condition::Lodging, if is_from_outside { 50 } else { 8 }),
        (Condition::SocialInsurance, 40),
    ];
    shares.into_iter().filter(|(_, share)| chance.percent(*share)).map(|(one, _)| one).collect()
}
