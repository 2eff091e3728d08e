use super::wording::{Severity, WordingRule, check};
use super::*;

fn rules(text: &str) -> Vec<(WordingRule, Severity)> {
    let mut rules: Vec<_> =
        check(text).iter().map(|finding| (finding.rule, finding.severity())).collect();
    rules.dedup();
    rules
}

#[test]
fn booth_numbers_are_read_as_they_are_written() {
    for text in ["A01", "a1", "A-01", "Ａ０１", "A区01号", " a 01 "] {
        assert_eq!(text.parse::<BoothNumber>().unwrap().to_string(), "A01", "{text}");
    }
    for text in ["", "A", "A0", "A100", "01", "AB1", "展位", "A01B", "é1", "A-"] {
        assert_eq!(text.parse::<BoothNumber>(), Err(BadBoothNumber), "{text}");
    }
    let several = BoothNumber::list("A01、b12,C3").unwrap();
    assert_eq!(several.iter().map(ToString::to_string).collect::<Vec<_>>(), ["A01", "B12", "C03"]);
    assert_eq!(BoothNumber::list("A01、壹号"), Err(BadBoothNumber));
}

#[test]
fn booth_numbers_survive_storage_and_refuse_nonsense() {
    let booth: BoothNumber = "Z99".parse().unwrap();
    let stored = minicbor::to_vec(booth).unwrap();
    assert_eq!(minicbor::decode::<BoothNumber>(&stored).unwrap(), booth);
    for code in [0_u16, 100, 2_600, 2_601, u16::MAX] {
        let stored = minicbor::to_vec(code).unwrap();
        assert!(minicbor::decode::<BoothNumber>(&stored).is_err(), "{code}");
    }
}

#[test]
fn credit_codes_have_a_check_sign() {
    let code: CreditCode = "91350100M000100Y43".parse().unwrap();
    assert_eq!(code.as_str(), "91350100M000100Y43");
    assert_eq!("９１350100m000100y43".parse::<CreditCode>().unwrap(), code);
    assert_eq!("91350100M000100Y44".parse::<CreditCode>(), Err(BadCreditCode::CheckSign));
    assert_eq!("91350100M000100Y4".parse::<CreditCode>(), Err(BadCreditCode::Form));
    assert_eq!("91350100O000100Y43".parse::<CreditCode>(), Err(BadCreditCode::Form));
    assert_eq!("".parse::<CreditCode>(), Err(BadCreditCode::Form));
    assert_eq!("企业".parse::<CreditCode>(), Err(BadCreditCode::Form));
}

#[test]
fn pay_comes_to_a_month() {
    let hourly = PayRange { low_yuan: 20, high_yuan: 25, per: PayUnit::Hour };
    assert_eq!(hourly.per_month(), Some((3_480, 4_350)));
    let daily = PayRange { low_yuan: 200, high_yuan: 200, per: PayUnit::Day };
    assert_eq!(daily.per_month(), Some((4_350, 4_350)));
    let piece = PayRange { low_yuan: 1, high_yuan: 2, per: PayUnit::Piece };
    assert_eq!(piece.per_month(), None);
    assert_eq!(PayRange::monthly(4_000, 6_000).per_month(), Some((4_000, 6_000)));
}

#[test]
fn conditions_are_found_unless_denied() {
    let found = Conditions::find("五险一金，包吃住，长白班，有班车");
    let expected = [
        Condition::Meals,
        Condition::Lodging,
        Condition::SocialInsurance,
        Condition::HousingFund,
        Condition::DayShifts,
        Condition::Shuttle,
    ];
    assert_eq!(found, expected.into_iter().collect());
    assert_eq!(Conditions::find("不包吃住"), Conditions::NONE);
    assert_eq!(Conditions::find("食宿自理"), Conditions::NONE);
    let shifts = Conditions::NONE.with(Condition::NightShifts);
    assert_eq!(Conditions::find("两班倒\n自理"), shifts, "two lines are no phrase");
    assert_eq!(Conditions::find("无夜班"), Conditions::NONE.with(Condition::DayShifts));
    assert_eq!(Conditions::find("提供住宿，不包吃"), Conditions::NONE.with(Condition::Lodging));
}

#[test]
fn forbidden_conditions_block() {
    let cases = [
        ("限男性，能吃苦", WordingRule::Sex),
        ("女士优先", WordingRule::Sex),
        ("未婚或已育", WordingRule::Family),
        ("限 本地户口", WordingRule::Hukou),
        ("汉族", WordingRule::Ethnicity),
        ("乙肝携带者勿扰", WordingRule::Health),
        ("残疾人勿扰", WordingRule::Disability),
        ("年满15周岁即可", WordingRule::Minors),
    ];
    for (text, rule) in cases {
        assert!(rules(text).contains(&(rule, Severity::Block)), "{text}: {:?}", rules(text));
        assert!(!rule.source(crate::codes::Lang::Zh).is_empty());
    }
}

#[test]
fn risky_conditions_warn() {
    assert_eq!(rules("入职交押金200元"), [(WordingRule::Deposit, Severity::Warn)]);
    assert_eq!(rules("18-45岁"), [(WordingRule::Age, Severity::Warn)]);
    assert_eq!(rules("35周岁以下"), [(WordingRule::Age, Severity::Warn)]);
    assert_eq!(rules("女工若干"), [(WordingRule::Sex, Severity::Warn)]);
}

#[test]
fn lawful_wording_passes() {
    for text in [
        "男女不限，不收押金，年满18周岁",
        "18周岁以上，有健康证，能适应夜班",
        "性别不限，年龄不限，户籍不限",
        "民族饭店招服务员",
        "",
        "岁岁平安",
        "名额有限\n男装导购",
    ] {
        assert_eq!(rules(text), [], "{text}");
    }
}

#[test]
fn a_posting_of_a_later_version_still_reads() {
    let posting = Posting {
        id: PostingId([1; 8]),
        employer: EmployerId([2; 8]),
        title: "电焊工".to_owned(),
        occupation: Occupation::find("电焊工"),
        openings: 3,
        employment: EmploymentType::FullTime,
        pay: Some(PayRange::monthly(6_000, 9_000)),
        education_min: None,
        place: Place::default(),
        conditions: Conditions::find("包吃"),
        valid_until: None,
        text: "限男".to_owned(),
    };
    assert!(!posting.is_publishable());
    let mut stored = minicbor::to_vec(&posting).unwrap();
    assert_eq!(minicbor::decode::<Posting>(&stored).unwrap(), posting);
    // A map with one field more, as a later version would write it.
    stored[0] += 1;
    stored.extend([0x18, 99, 0x01]);
    assert_eq!(minicbor::decode::<Posting>(&stored).unwrap(), posting);
}
