use std::collections::HashSet;

use super::*;

#[test]
fn the_table_has_no_two_of_anything() {
    let mut codes = HashSet::new();
    let mut keys = HashSet::new();
    let mut national = HashSet::new();
    let mut names = HashSet::new();
    for group in OccupationGroup::ALL {
        assert!(keys.insert(group.key()), "{}", group.key());
        assert!(group.occupations().count() >= 5, "{}", group.key());
        assert!(group.branch().is_some());
    }
    for row in all_rows() {
        assert!(codes.insert(row.code), "{}", row.code);
        assert!(keys.insert(row.key), "{}", row.key);
        assert!(row.national.is_empty() || national.insert(row.national), "{}", row.national);
        for name in std::iter::once(row.zh).chain(row.aliases.split(' ')) {
            assert!(names.insert(name), "{name}");
            assert_eq!(name, plain(name), "aliases are compared in plain form");
        }
    }
    assert!(codes.len() >= 150);
}

#[test]
fn numbers_name_their_group_and_national_codes_have_their_form() {
    for occupation in Occupation::all() {
        assert!(!matches!(occupation.group(), OccupationGroup::Unknown(_)), "{occupation:?}");
        assert_ne!(occupation.code() % GROUP_SIZE, 0);
        if let Some(code) = occupation.national_code() {
            let form: String =
                code.chars().map(|c| if c.is_ascii_digit() { 'd' } else { c }).collect();
            assert_eq!(form, "d-dd-dd-dd", "{occupation:?}");
        }
    }
}

#[test]
fn every_name_finds_its_own_occupation() {
    for row in all_rows() {
        for name in std::iter::once(row.zh).chain(row.aliases.split(' ')) {
            assert_eq!(Occupation::find(name), Some(Occupation(row.code)), "{name}");
        }
    }
}

#[test]
fn titles_as_clerks_write_them_are_understood() {
    let expected = [
        ("急聘电焊工（二保焊）", "welder"),
        ("数控车工", "cnc_operator"),
        ("ＣＮＣ操作", "cnc_operator"),
        ("叉车 司机", "forklift_driver"),
        ("酒店前台", "front_desk_clerk"),
        ("火锅店服务员", "waiter"),
        ("夜班保安", "security_guard"),
        ("Java开发工程师", "programmer"),
        ("超市收银员", "cashier"),
        ("海参养殖工人", "aquaculture_worker"),
        ("船舶电工", "ship_electrician"),
        ("中控员", "fire_control_operator"),
    ];
    for (title, key) in expected {
        assert_eq!(Occupation::find(title).map(Occupation::key), Some(key), "{title}");
    }
    assert_eq!(Occupation::find("诚聘精英"), None);
    assert_eq!(Occupation::find(""), None);
}

#[test]
fn an_occupation_of_a_later_version_keeps_its_number_and_group() {
    let later: Occupation = minicbor::decode(&minicbor::to_vec(399_u16).unwrap()).unwrap();
    assert_eq!(later.group(), OccupationGroup::Electrical);
    assert_eq!(later.name(Lang::En), "Electrical and electronic");
    assert_eq!(minicbor::to_vec(later).unwrap(), minicbor::to_vec(399_u16).unwrap());
    assert_eq!(Occupation::from_code(399), None);
}
