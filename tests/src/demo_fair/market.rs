//! The market for work: what each group of occupations pays, asks for and is asked for.

use domain::codes::{District, Education, Industry, OccupationGroup};

/// What is usual in a group of occupations.
#[derive(Debug, Clone, Copy)]
pub(super) struct Market {
    pub(super) group: OccupationGroup,
    /// Usual pay in yuan a month: lower end and upper end.
    pub(super) pay: (u32, u32),
    /// The education that most postings ask for; none if any will do.
    pub(super) education: Option<Education>,
    pub(super) industry: Industry,
    /// How many people a posting usually wants at most.
    pub(super) openings: u32,
}

const fn market(
    group: OccupationGroup,
    pay: (u32, u32),
    education: Option<Education>,
    industry: Industry,
    openings: u32,
) -> Market {
    Market { group, pay, education, industry, openings }
}

const JUNIOR: Option<Education> = Some(Education::JuniorMiddle);
const SENIOR: Option<Education> = Some(Education::SeniorMiddle);
const SECONDARY: Option<Education> = Some(Education::Secondary);
const COLLEGE: Option<Education> = Some(Education::College);
const BACHELOR: Option<Education> = Some(Education::Bachelor);

/// All groups, the most offered first: their weights follow a Zipf law.
pub(super) const MARKETS: [Market; 24] = [
    market(OccupationGroup::GeneralProduction, (4_500, 6_500), JUNIOR, Industry::Manufacturing, 20),
    market(OccupationGroup::Catering, (3_800, 5_500), None, Industry::Hospitality, 6),
    market(OccupationGroup::Machining, (5_500, 8_500), SECONDARY, Industry::Manufacturing, 8),
    market(OccupationGroup::Sales, (4_000, 8_000), SENIOR, Industry::Trade, 8),
    market(OccupationGroup::Property, (2_800, 4_000), None, Industry::RealEstate, 8),
    market(OccupationGroup::FoodProcessing, (4_200, 6_000), JUNIOR, Industry::Manufacturing, 20),
    market(OccupationGroup::Retail, (3_500, 5_000), SENIOR, Industry::Trade, 6),
    market(OccupationGroup::Warehousing, (4_200, 6_000), JUNIOR, Industry::Transport, 8),
    market(OccupationGroup::Equipment, (5_500, 9_000), SECONDARY, Industry::Manufacturing, 8),
    market(OccupationGroup::Office, (3_500, 5_500), COLLEGE, Industry::Business, 2),
    market(OccupationGroup::Electrical, (5_000, 7_500), SECONDARY, Industry::Manufacturing, 6),
    market(OccupationGroup::CustomerService, (3_800, 6_000), COLLEGE, Industry::Information, 12),
    market(OccupationGroup::Delivery, (5_000, 9_000), None, Industry::Transport, 20),
    market(OccupationGroup::Care, (4_000, 7_000), None, Industry::Household, 8),
    market(OccupationGroup::Transport, (5_000, 8_000), JUNIOR, Industry::Transport, 6),
    market(OccupationGroup::Hospitality, (3_500, 5_000), SENIOR, Industry::Hospitality, 6),
    market(OccupationGroup::Technology, (6_000, 12_000), BACHELOR, Industry::Information, 5),
    market(OccupationGroup::FittingRepair, (5_000, 8_000), SECONDARY, Industry::Household, 4),
    market(OccupationGroup::Garment, (4_500, 7_000), None, Industry::Manufacturing, 15),
    market(OccupationGroup::Construction, (6_000, 9_000), None, Industry::Construction, 10),
    market(OccupationGroup::Finance, (4_000, 6_500), COLLEGE, Industry::Finance, 2),
    market(OccupationGroup::EducationHealth, (4_000, 7_000), COLLEGE, Industry::Health, 4),
    market(OccupationGroup::Chemical, (5_000, 7_500), SECONDARY, Industry::Manufacturing, 6),
    market(OccupationGroup::Farming, (4_000, 6_000), None, Industry::Agriculture, 5),
];

/// Weights after rank^-0.8, in thousandths: the Zipf law of fairs.
pub(super) const ZIPF: [u32; 24] = [
    1000, 574, 415, 330, 276, 238, 211, 189, 172, 158, 147, 137, 128, 121, 115, 109, 104, 99, 95,
    91, 88, 84, 81, 79,
];

/// Districts by how many of the fair's employers and seekers are there.
pub(super) const DISTRICTS: [(District, u32); 10] = [
    (District::Ganjingzi, 28),
    (District::Jinzhou, 24),
    (District::Shahekou, 12),
    (District::Zhongshan, 9),
    (District::Xigang, 7),
    (District::Lushunkou, 6),
    (District::Pulandian, 5),
    (District::Wafangdian, 4),
    (District::Zhuanghe, 4),
    (District::Changhai, 1),
];

/// The markets with their weights.
pub(super) fn weighted() -> Vec<(Market, u32)> {
    MARKETS.into_iter().zip(ZIPF).collect()
}

/// The market of a group.
pub(super) fn of(group: OccupationGroup) -> Option<Market> {
    MARKETS.into_iter().find(|market| market.group == group)
}
