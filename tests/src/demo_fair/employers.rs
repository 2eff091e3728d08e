//! Draws employers and their postings.

use domain::codes::{Education, Lang, Occupation, OccupationGroup};
use domain::day::Day;
use domain::employer::{BoothNumber, Condition, Conditions, EmploymentType, PayRange, PayUnit};

use super::chance::Chance;
use super::market::{self, Market};
use super::names::{self, Names};
use super::{DemoEmployer, DemoPosting, EMPLOYERS};

/// Postings of one employer, least and most: seven or eight on average.
const POSTINGS: (u32, u32) = (3, 12);
/// Booths of one zone of the hall.
const ZONE_BOOTHS: usize = 20;

/// Postings that most employers have besides their own trade.
const SIDE_GROUPS: [(OccupationGroup, u32); 5] = [
    (OccupationGroup::Office, 4),
    (OccupationGroup::Finance, 3),
    (OccupationGroup::Property, 3),
    (OccupationGroup::Warehousing, 2),
    (OccupationGroup::Transport, 2),
];

pub(super) fn draw(chance: &mut Chance) -> Vec<DemoEmployer> {
    let markets = market::weighted();
    let mut trades: Vec<Market> = (0..EMPLOYERS).map(|_| chance.weighted(&markets)).collect();
    // Booths stand by trade, as in most halls.
    trades.sort_by_key(|trade| trade.group);
    let mut names = Names::default();
    let mut employers = Vec::new();
    for (place, trade) in trades.into_iter().enumerate() {
        employers.push(employer(chance, &mut names, place, trade));
    }
    employers
}

fn employer(chance: &mut Chance, names: &mut Names, place: usize, trade: Market) -> DemoEmployer {
    let district = chance.weighted(&market::DISTRICTS);
    let address = names::address(chance, district);
    let count = chance.between(POSTINGS.0, POSTINGS.1);
    let mut postings: Vec<DemoPosting> = Vec::new();
    while postings.len() < usize::try_from(count).unwrap_or(0) {
        let is_side = postings.len() >= 2 && chance.percent(30);
        let market = if is_side { market::of(chance.weighted(&SIDE_GROUPS)) } else { Some(trade) };
        let posting = posting(chance, &market.unwrap_or(trade));
        let posting = DemoPosting { district, address: address.clone(), ..posting };
        // Big firms repeat a title only with other pay; small ones have each once.
        if postings.iter().all(|other| other.title != posting.title || other.pay != posting.pay) {
            postings.push(posting);
        }
    }
    DemoEmployer {
        name: names.employer(chance, trade.industry),
        credit_code: if chance.percent(85) { names::credit_code(chance) } else { None },
        industry: trade.industry,
        booth: booth(place),
        postings,
    }
}

fn booth(place: usize) -> BoothNumber {
    let zone = ('A'..='Z').nth(place / ZONE_BOOTHS).unwrap_or('Z');
    let number = u8::try_from(place % ZONE_BOOTHS + 1).unwrap_or(1);
    BoothNumber::new(zone, number).expect("a zone has at most twenty booths")
}

fn posting(chance: &mut Chance, market: &Market) -> DemoPosting {
    let occupations: Vec<Occupation> = market.group.occupations().collect();
    let occupation = *chance.one_of(&occupations);
    let is_part_time = chance.percent(6);
    let conditions = conditions(chance);
    DemoPosting {
        title: title(chance, occupation),
        occupation,
        openings: openings(chance, market),
        employment: if is_part_time { EmploymentType::PartTime } else { EmploymentType::FullTime },
        pay: pay(chance, market, is_part_time),
        education_min: education(chance, market),
        district: domain::codes::District::Zhongshan,
        address: String::new(),
        conditions,
        valid_until: chance.percent(40).then(|| last_day(chance)),
        text: text(chance, conditions),
    }
}

fn title(chance: &mut Chance, occupation: Occupation) -> String {
    let name = occupation.name(Lang::Zh);
    match chance.below(10) {
        0 => format!("急聘{name}"),
        1 => format!("{name}（可培训上岗）"),
        _ => name.to_owned(),
    }
}

/// Most postings want a few; the mean is four or five.
fn openings(chance: &mut Chance, market: &Market) -> u16 {
    let most = market.openings;
    let few = chance.between(1, most.min(3));
    let count = if chance.percent(35) { chance.between(few, most) } else { few };
    u16::try_from(count).unwrap_or(1)
}

fn pay(chance: &mut Chance, market: &Market, is_part_time: bool) -> Option<PayRange> {
    if chance.percent(7) {
        return None;
    }
    if is_part_time {
        let low_yuan = chance.between(18, 25);
        return Some(PayRange { low_yuan, high_yuan: low_yuan + 5, per: PayUnit::Hour });
    }
    let near = |chance: &mut Chance, yuan: u32| (yuan * chance.between(85, 120) / 100).max(1_000);
    let low = near(chance, market.pay.0) / 500 * 500;
    let high = near(chance, market.pay.1) / 500 * 500;
    let low = low.max(2_500);
    Some(PayRange::monthly(low, if chance.percent(10) { low } else { high.max(low + 500) }))
}

fn education(chance: &mut Chance, market: &Market) -> Option<Education> {
    let usual = market.education?;
    let rank = usual.rank()?;
    match chance.below(10) {
        0 | 1 => None,
        2 => Education::of_rank(rank + 1),
        _ => Some(usual),
    }
}

fn conditions(chance: &mut Chance) -> Conditions {
    let shares = [
        (Condition::Meals, 45),
        (Condition::Lodging, 30),
        (Condition::SocialInsurance, 75),
        (Condition::HousingFund, 25),
        (Condition::WeekendsOff, 20),
        (Condition::Shuttle, 12),
    ];
    let mut drawn: Conditions = shares
        .into_iter()
        .filter(|(_, share)| chance.percent(*share))
        .map(|(one, _)| one)
        .collect();
    match chance.below(10) {
        0 | 1 => drawn = drawn.with(Condition::NightShifts),
        2..=5 => drawn = drawn.with(Condition::DayShifts),
        _ => {}
    }
    drawn
}

/// A day of a spring so far off that the demo does not run out of postings.
fn last_day(chance: &mut Chance) -> Day {
    let start: Day = "2035-03-31".parse().expect("a date");
    start.plus(u16::try_from(chance.below(60)).unwrap_or(0))
}

/// What a clerk copies from the employer's letter; it states the conditions in words.
fn text(chance: &mut Chance, conditions: Conditions) -> String {
    const DUTIES: &[&str] = &[
        "服从安排，吃苦耐劳",
        "有相关经验者优先",
        "能适应岗位节奏，责任心强",
        "提供岗前培训，师傅带徒",
        "年满18周岁，男女不限",
    ];
    const WORDS: &[(Condition, &str)] = &[
        (Condition::SocialInsurance, "缴纳五险"),
        (Condition::HousingFund, "有公积金"),
        (Condition::WeekendsOff, "双休"),
        (Condition::Shuttle, "班车接送"),
        (Condition::NightShifts, "两班倒"),
        (Condition::DayShifts, "长白班"),
    ];
    let mut parts = vec![*chance.one_of(DUTIES)];
    parts.extend(WORDS.iter().filter(|(one, _)| conditions.has(*one)).map(|(_, word)| *word));
    parts.join("；")
}
