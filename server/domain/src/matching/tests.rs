use proptest::prelude::*;

use super::*;
use crate::codes::{District, Education, Lang, Occupation, OccupationGroup};
use crate::employer::{Condition, Conditions, EmploymentType, PayRange, PayUnit, Place};

const KEY: &[u8] = b"lots";

fn posting(id: u8) -> Posting {
    Posting {
        id: PostingId([id; 8]),
        employer: EmployerId([id; 8]),
        title: String::new(),
        occupation: None,
        openings: 1,
        employment: EmploymentType::FullTime,
        pay: None,
        education_min: None,
        place: Place::default(),
        conditions: Conditions::NONE,
        valid_until: None,
        text: String::new(),
    }
}

fn booth(number: u8) -> BoothNumber {
    BoothNumber::new('A', number).unwrap()
}

fn matcher(postings: &[Posting]) -> Matcher {
    Matcher::new(listings(postings), None, KEY)
}

fn listings(postings: &[Posting]) -> impl Iterator<Item = Listing<'_>> {
    let place = |posting: &Posting| booth(posting.id.0[0] % 99 + 1);
    postings.iter().map(move |posting| Listing { booth: place(posting), posting, reviewed: false })
}

fn only(wish: &Wish, posting: &Posting) -> Option<Suggestion> {
    matcher(std::slice::from_ref(posting)).suggest(wish, 1).pop()
}

fn wish_for(title: &str) -> Wish {
    let occupation = Occupation::find(title).unwrap();
    Wish { wanted: vec![Wanted::Occupation(occupation)], ..Wish::default() }
}

fn any_occupation() -> impl Strategy<Value = Occupation> {
    proptest::sample::select(Occupation::all().collect::<Vec<_>>())
}

fn any_wanted() -> impl Strategy<Value = Wanted> {
    prop_oneof![
        any_occupation().prop_map(Wanted::Occupation),
        proptest::sample::select(OccupationGroup::ALL).prop_map(Wanted::Group),
    ]
}

fn any_education() -> impl Strategy<Value = Option<Education>> {
    proptest::option::of(proptest::sample::select(Education::ALL))
}

prop_compose! {
    fn any_posting()(
        id in 0_u8..=255,
        occupation in proptest::option::of(any_occupation()),
        pay in proptest::option::of((0_u32..20_000, 0_u32..20_000)),
        per in proptest::sample::select(PayUnit::ALL),
        education_min in any_education(),
        district in proptest::option::of(proptest::sample::select(District::ALL)),
        bits in 0_u16..256,
    ) -> Posting {
        Posting {
            occupation,
            pay: pay.map(|(a, b)| PayRange { low_yuan: a.min(b), high_yuan: a.max(b), per }),
            education_min,
            place: Place { district, address: String::new() },
            conditions: Conditions::from_bits(bits),
            ..posting(id)
        }
    }
}

prop_compose! {
    fn any_wish()(
        wanted in proptest::collection::vec(any_wanted(), 0..4),
        pay_low in proptest::option::of(0_u32..20_000),
        districts in proptest::collection::vec(proptest::sample::select(District::ALL), 0..3),
        education in any_education(),
        bits in 0_u16..256,
        only_districts: bool,
        no_nights: bool,
    ) -> Wish {
        let conditions = Conditions::from_bits(bits);
        Wish { wanted, pay_low, districts, education, conditions, only_districts, no_nights }
    }
}

proptest! {
    #[test]
    fn scores_and_terms_lie_between_zero_and_one(wish in any_wish(), posting in any_posting()) {
        for suggestion in matcher(&[posting]).suggest(&wish, 5) {
            prop_assert!((0.0..=1.0).contains(&suggestion.score), "{suggestion:?}");
            prop_assert!(suggestion.reasons.len() <= 3);
            for reason in suggestion.reasons.iter().chain(&suggestion.caution) {
                prop_assert!((0.0..=1.0).contains(&reason.value));
                for lang in Lang::ALL {
                    prop_assert!(!reason.sentence(lang).is_empty());
                }
            }
        }
    }

    #[test]
    fn the_order_of_postings_changes_nothing(
        wish in any_wish(),
        mut postings in proptest::collection::vec(any_posting(), 0..30),
        seeker in proptest::option::of(any::<[u8; 8]>()),
    ) {
        postings.sort_by_key(|posting| posting.id);
        postings.dedup_by_key(|posting| posting.id);
        let ask = Ask { wish: &wish, seeker: seeker.map(Reference), limit: 5 };
        let forward = matcher(&postings).suggest_for(&ask);
        postings.reverse();
        prop_assert_eq!(&forward, &matcher(&postings).suggest_for(&ask));
        let booths: std::collections::BTreeSet<_> = forward.iter().map(|one| one.booth).collect();
        prop_assert_eq!(booths.len(), forward.len());
        prop_assert!(forward.is_sorted_by(|a, b| a.score >= b.score));
    }

    #[test]
    fn what_the_seeker_leaves_out_changes_nothing_between_postings(
        wish in any_wish(),
        posting in any_posting(),
        other in any_posting(),
    ) {
        // Two postings that differ only in what the wish doesn't mention score alike.
        let wish = Wish { pay_low: None, education: None, conditions: Conditions::NONE, ..wish };
        let wish = Wish { no_nights: false, ..wish };
        let twin = Posting {
            pay: other.pay,
            education_min: other.education_min,
            conditions: other.conditions,
            ..posting.clone()
        };
        prop_assert_eq!(
            only(&wish, &posting).map(|one| one.score),
            only(&wish, &twin).map(|one| one.score)
        );
    }

    #[test]
    fn what_a_posting_leaves_out_is_neither_best_nor_worst(
        wish in any_wish(),
        posting in any_posting(),
    ) {
        let wish = Wish { only_districts: false, no_nights: false, ..wish };
        let silent = Posting { pay: None, ..posting.clone() };
        let rich = Posting { pay: Some(PayRange::monthly(50_000, 50_000)), ..posting.clone() };
        let poor = Posting { pay: Some(PayRange::monthly(0, 0)), ..posting };
        let score = |posting| only(&wish, posting).map(|one| one.score);
        let no_hope = wish.pay_low.unwrap_or(0) == 0;
        prop_assert!(score(&rich) >= score(&silent));
        prop_assert!(score(&silent) >= score(&poor) || no_hope);
    }

    #[test]
    fn more_pay_never_lowers_the_score(
        wish in any_wish(),
        posting in any_posting(),
        pay in (0_u32..20_000, 0_u32..20_000),
        more in (0_u32..5_000, 0_u32..5_000),
    ) {
        let (low, high) = (pay.0.min(pay.1), pay.0.max(pay.1));
        let before = Posting { pay: Some(PayRange::monthly(low, high)), ..posting.clone() };
        let (low, high) = (low + more.0, high + more.1.max(more.0));
        let after = Posting { pay: Some(PayRange::monthly(low, high)), ..posting };
        let score = |posting| only(&wish, posting).map(|one| one.score);
        prop_assert!(score(&after) >= score(&before));
    }

    #[test]
    fn more_education_never_lowers_the_score(
        wish in any_wish(),
        posting in any_posting(),
        own in proptest::sample::select(Education::ALL),
    ) {
        let score = |education| {
            only(&Wish { education: Some(education), ..wish.clone() }, &posting).map(|one| one.score)
        };
        prop_assert!(score(Education::Doctor) >= score(own));
    }

    #[test]
    fn ticket_codes_are_a_shorter_wish(wish in any_wish(), codes: [u8; 2]) {
        let short = Wish::from_codes(wish.to_codes());
        prop_assert_eq!(short.to_codes(), wish.to_codes());
        prop_assert!(short.pay_low <= wish.pay_low);
        prop_assert_eq!(
            short.education.and_then(Education::rank),
            wish.education.and_then(Education::rank)
        );
        for wanted in &short.wanted {
            prop_assert!(wish.wanted.iter().any(|wished| wished.group() == wanted.group()));
        }
        let any = Wish::from_codes(codes);
        prop_assert_eq!(Wish::from_codes(any.to_codes()), any);
    }

    #[test]
    fn a_wish_survives_storage(wish in any_wish()) {
        let stored = minicbor::to_vec(&wish).unwrap();
        prop_assert_eq!(&minicbor::decode::<Wish>(&stored).unwrap(), &wish);
    }
}

#[test]
fn the_wished_occupation_comes_first_then_its_group_and_other_branches_never() {
    let titled =
        |id: u8, title: &str| Posting { occupation: Occupation::find(title), ..posting(id) };
    let postings = [
        titled(1, "会计"),
        titled(2, "收银员"),
        titled(3, "钳工"),
        titled(4, "车工"),
        titled(5, "缝纫工"),
    ];
    let found = matcher(&postings).suggest(&wish_for("车工"), 9);
    let ids: Vec<u8> = found.iter().map(|one| one.posting.0[0]).collect();
    assert_eq!(ids, [4, 3, 5]);
    assert_eq!(found[0].reasons[0].sentence(Lang::Zh), "正是您想找的：车工");
    assert_eq!(found[1].reasons[0].term, Term::Occupation);
}

#[test]
fn reasons_say_what_the_numbers_say() {
    let offer = Posting {
        occupation: Occupation::find("电焊工"),
        pay: Some(PayRange::monthly(6_000, 9_000)),
        education_min: Some(Education::College),
        place: Place { district: Some(District::Ganjingzi), address: String::new() },
        conditions: Conditions::NONE.with(Condition::Meals),
        ..posting(1)
    };
    let wish = Wish {
        pay_low: Some(7_000),
        districts: vec![District::Ganjingzi],
        education: Some(Education::JuniorMiddle),
        conditions: Conditions::NONE.with(Condition::Meals),
        ..wish_for("电焊工")
    };
    let found = only(&wish, &offer).unwrap();
    let terms: Vec<Term> = found.reasons.iter().map(|reason| reason.term).collect();
    assert_eq!(terms, [Term::Occupation, Term::Place, Term::Conditions]);
    let caution = found.caution.unwrap();
    assert_eq!(caution.fact, Fact::BelowMinimum { minimum: Education::College });
    assert_eq!(caution.sentence(Lang::En), "Asks for education: Junior college");

    let poor = Posting { pay: Some(PayRange::monthly(3_000, 4_000)), ..offer };
    let wish = Wish { education: Some(Education::Bachelor), ..wish };
    let caution = only(&wish, &poor).unwrap().caution.unwrap();
    assert_eq!(caution.sentence(Lang::Zh), "每月最多4000元，低于您希望的7000元");
}

#[test]
fn what_may_not_be_shown_is_not_suggested() {
    let full = Posting { openings: 0, ..posting(1) };
    let late = Posting { valid_until: Some(Day(99)), ..posting(2) };
    let unlawful = Posting { text: "限男性".to_owned(), ..posting(3) };
    let today = Some(Day(100));
    let postings = [full, late, unlawful];
    assert!(Matcher::new(listings(&postings), today, KEY).is_empty());
    assert_eq!(Matcher::new(listings(&postings), Some(Day(99)), KEY).len(), 1);
    let excused = listings(&postings).map(|listing| Listing { reviewed: true, ..listing });
    assert_eq!(Matcher::new(excused, today, KEY).len(), 1);
}

#[test]
fn the_seekers_own_limits_hold() {
    let night = Posting { conditions: Conditions::NONE.with(Condition::NightShifts), ..posting(1) };
    assert!(only(&Wish { no_nights: true, ..Wish::default() }, &night).is_none());
    assert!(only(&Wish::default(), &night).is_some());
    let far = Posting {
        place: Place { district: Some(District::Zhuanghe), address: String::new() },
        ..posting(2)
    };
    let near = Wish { districts: vec![District::Xigang], ..Wish::default() };
    assert!(only(&near, &far).is_some());
    assert!(only(&Wish { only_districts: true, ..near.clone() }, &far).is_none());
    assert!(only(&Wish { only_districts: true, ..near }, &posting(3)).is_some());
}

#[test]
fn equals_are_spread_over_seekers() {
    let postings: Vec<Posting> = (0..40).map(posting).collect();
    let matcher = matcher(&postings);
    let first = |seeker: u8| {
        let ask = Ask { wish: &Wish::default(), seeker: Some(Reference([seeker; 8])), limit: 1 };
        matcher.suggest_for(&ask)[0].booth
    };
    let booths: std::collections::BTreeSet<BoothNumber> = (0..200).map(first).collect();
    assert!(booths.len() > 30, "only {} of 40 booths are ever first", booths.len());
    assert_eq!(first(7), first(7));
}

#[test]
fn a_price_moves_a_booth_down_and_leaves_its_score() {
    let postings: Vec<Posting> = (1..4).map(posting).collect();
    let matcher = matcher(&postings);
    let wish = Wish::default();
    let ask = Ask { wish: &wish, seeker: None, limit: 3 };
    let plain = matcher.suggest_for(&ask);
    let crowded = plain[0].booth;
    let priced = matcher.suggest_priced(&ask, |booth| if booth == crowded { 0.1 } else { 0.0 });
    assert_eq!(priced[2].booth, crowded);
    assert!((priced[2].score - plain[0].score).abs() < f64::EPSILON);
}
