use std::collections::HashSet;

use super::*;

/// Every list keeps its promises: numbers and names unique, each reads back as itself, and what a
/// later version wrote comes through unchanged.
macro_rules! sound_lists {
    ($($test:ident: $name:ident),+ $(,)?) => {$(
        #[test]
        fn $test() {
            let mut codes = HashSet::new();
            let mut keys = HashSet::new();
            for value in $name::ALL.iter().copied() {
                assert!(codes.insert(value.code()) && keys.insert(value.key()), "{value:?}");
                assert_eq!($name::from_code(value.code()), Some(value));
                assert_eq!($name::from_key(value.key()), Some(value));
                let stored = minicbor::to_vec(value).unwrap();
                assert_eq!(stored, minicbor::to_vec(value.code()).unwrap());
                assert_eq!(minicbor::decode::<$name>(&stored).unwrap(), value);
                assert!(value.key().chars().all(|c| c.is_ascii_lowercase() || c == '_'));
                assert!(Lang::ALL.iter().all(|lang| !value.name(*lang).is_empty()));
            }
            assert_eq!($name::from_key("unknown"), None);
            assert_eq!($name::from_code(251), None);
            let later: $name = minicbor::decode(&[0x18, 251]).unwrap();
            assert_eq!(later, $name::Unknown(251));
            assert_eq!(minicbor::to_vec(later).unwrap(), [0x18, 251]);
        }
    )+};
}

sound_lists! {
    education: Education,
    districts: District,
    industries: Industry,
    groups_of_seekers: SeekerGroup,
    desks: Desk,
    categories: ConsultationCategory,
    outcomes: ConsultationOutcome,
    groups_of_occupations: OccupationGroup,
}

#[test]
fn the_numbers_are_those_of_the_standards() {
    assert_eq!(District::Zhongshan.code(), 210_202);
    assert_eq!(District::Zhuanghe.code(), 210_283);
    assert_eq!(District::ALL.len(), 10);
    assert_eq!(Education::Bachelor.code(), 21);
    assert_eq!(Industry::ALL.len(), 20);
    assert_eq!(Industry::Manufacturing.letter(), Some('C'));
    assert_eq!(Industry::from_letter('T'), Some(Industry::International));
    assert_eq!(Industry::Unknown(40).letter(), None);
    assert_eq!(ConsultationCategory::ALL.len(), 16);
    let referrals = ConsultationOutcome::ALL.iter().filter(|outcome| outcome.is_referral());
    assert!(referrals.clone().all(|outcome| outcome.key().starts_with("to_")));
    assert_eq!(referrals.count(), 9);
}

#[test]
fn the_minimum_is_the_lowest_level_named() {
    let expected = [
        ("大专及以上", Some(Education::College)),
        ("中专或高中以上", Some(Education::SeniorMiddle)),
        ("职业高中", Some(Education::Vocational)),
        ("中等专科", Some(Education::Secondary)),
        ("初中/高中/大专均可", Some(Education::JuniorMiddle)),
        ("硕士研究生", Some(Education::Master)),
        ("全日制 本科", Some(Education::Bachelor)),
        ("不限", None),
    ];
    for (text, level) in expected {
        assert_eq!(
            Education::find(text).and_then(Education::rank),
            level.and_then(Education::rank)
        );
    }
    assert_eq!(Education::find("职业高中"), Some(Education::Vocational));
    assert_eq!(Education::SeniorMiddle.rank(), Education::Technical.rank());
}

#[test]
fn places_and_industries_are_read_from_plain_words() {
    assert_eq!(District::find("大连市甘井子区 红旗街道"), Some(District::Ganjingzi));
    assert_eq!(District::find("金普新区（开发区）"), Some(District::Jinzhou));
    assert_eq!(District::find("沈阳市和平区"), None);
    assert_eq!(Industry::find("食品加工"), Some(Industry::Manufacturing));
    assert_eq!(Industry::find("c"), Some(Industry::Manufacturing));
    assert_eq!(Industry::find("批发和零售业"), Some(Industry::Trade));
    assert_eq!(Industry::find(""), None);
    assert!(District::Zhongshan.is_next_to(District::Ganjingzi));
    assert!(District::Ganjingzi.is_next_to(District::Zhongshan));
    assert!(!District::Zhongshan.is_next_to(District::Zhuanghe));
}

#[test]
fn sensitive_groups_are_marked() {
    assert!(SeekerGroup::Disabled.is_sensitive());
    assert!(!SeekerGroup::MigrantWorker.is_sensitive());
}

#[test]
fn text_becomes_comparable() {
    assert_eq!(plain(" ４０００～６０００ 元／月 "), "4000~6000元/月");
    assert_eq!(plain("Ａ０１\u{3000}区"), "a01区");
}
