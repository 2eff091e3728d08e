//! Every page in every look.

use domain::ids::ShortNumber;
use domain::verdict::Stage;
use maud::Markup;
use web::Lang;

use super::result::{Fresh, Place, Seconds, Shown, Word};
use super::*;
use crate::route::{Booth, Reason, Stop};
use crate::station::{LinkWord, StationStatus};

pub(super) fn around(look: Look) -> Around {
    Around {
        look,
        fair: Some("2026年沙河口区“春风送岗”专场招聘会".to_owned()),
        station: "东门1号机".to_owned(),
        rehearsal: true,
        island: true,
        invitation: "kiosk_home.invite",
        state: "1".to_owned(),
    }
}

fn stop(booth: &str, employer: &str, posting: &str) -> Stop {
    Stop {
        booth: booth.to_owned(),
        employer: employer.to_owned(),
        posting: posting.to_owned(),
        reasons: vec![
            Reason { zh: "岗位对口".to_owned(), en: "Your occupation".to_owned() },
            Reason {
                zh: "月薪 5,000–7,000 元".to_owned(), en: "5,000–7,000 a month".to_owned()
            },
        ],
    }
}

fn shown(word: Word, ticket: bool) -> Shown {
    Shown {
        word,
        number: ShortNumber::of_serial(10_042),
        route: vec![
            stop("A-012", "大连海川精密机械制造有限公司", "数控车床操作工"),
            stop("B-003", "沙河口区新悦家政服务中心", "家政服务员(住家)"),
            stop("C-021", "大连港湾物流", "仓库管理员"),
        ],
        ticket: ticket.then(|| Fresh {
            address: format!("HTTP://192.168.10.20:8080/T/{}", "A2".repeat(24)),
            issued_offline: true,
        }),
    }
}

fn words() -> Vec<Word> {
    vec![
        Word::Welcome,
        Word::Already { time: "09:12".to_owned(), place: Place::Named("西门2号机".to_owned()) },
        Word::NotForToday { days: "2026-03-07 – 2026-03-08".to_owned() },
        Word::NotGenuine,
        Word::Ask { why: "kiosk_verdict.ask_revoked" },
    ]
}

/// A station some of whose records are nowhere else yet.
fn standing() -> StationStatus {
    StationStatus {
        enrolled: true,
        name: "东门1号机".to_owned(),
        stage: Stage::Open,
        stored_here: 1_204,
        at_site: 1_190,
        at_headquarters: Some(1_100),
        waiting: 14,
        behind_since_ms: Some(1_772_672_400_000),
        lost: vec![(17, 21), (40, 40)],
        low_space: true,
        all_delivered: false,
        link: LinkWord::Offline,
        site: "unreachable",
        site_address: Some("http://10.0.0.1".to_owned()),
        other_address: None,
        other_node: None,
        since_ms: Some(1_772_672_400_000),
        trouble: Some("sync_answer_not_ours"),
        view_version: 3,
        clock_offset_ms: None,
        out_of_service: None,
    }
}

#[test]
fn the_status_says_where_records_are_since_when_not_and_why() {
    let look = Look { lang: Lang::En, large: false };
    let text = status::render(&around(look), &standing()).into_string();
    for said in
        ["1204 records", "14 not there since 09:00", "1100 records", "sign in", "17–21", "full"]
    {
        assert!(text.contains(said), "{said} is missing: {text}");
    }
    let all = StationStatus {
        at_site: 1_204,
        at_headquarters: Some(1_204),
        waiting: 0,
        behind_since_ms: None,
        lost: Vec::new(),
        low_space: false,
        all_delivered: true,
        link: LinkWord::Online,
        trouble: None,
        ..standing()
    };
    let text = status::render(&around(look), &all).into_string();
    assert_eq!(text.matches("All of them, 1204 records").count(), 2, "{text}");
    assert!(!text.contains("http://10.0.0.1"), "there is no other machine: {text}");
    let other_address = Some("http://10.0.0.2".to_owned());
    let two = StationStatus { other_address, ..all.clone() };
    assert!(status::render(&around(look), &two).into_string().contains("http://10.0.0.1"));
    let unknown = StationStatus { at_headquarters: None, ..all };
    assert!(status::render(&around(look), &unknown).into_string().contains("Not known yet"));
}

/// All pages, each with its name.
pub(super) fn every_page(look: Look) -> Vec<(String, Markup)> {
    let around = around(look);
    let seconds = Seconds { verdict: 8, route: 8 };
    let typed = home::Typed { digits: "1004".to_owned(), mistyped: true };
    let booths: Vec<Booth> = (1..=14)
        .map(|n| Booth {
            number: format!("A-{n:03}"),
            employer: "大连海川精密机械制造有限公司".to_owned(),
            postings: vec!["数控车床操作工".to_owned(), "质检员".to_owned()],
        })
        .collect();
    let mut pages = vec![
        ("home".to_owned(), home::render(&around, &home::Typed::default())),
        ("home-mistyped".to_owned(), home::render(&around, &typed)),
        ("walk-in".to_owned(), walk_in::render(&around, None)),
        ("walk-in-sorry".to_owned(), walk_in::render(&around, Some("kiosk_walk_in.no_numbers"))),
        ("route".to_owned(), result::route(&around, 7, &shown(Word::Welcome, false), seconds)),
        ("ticket".to_owned(), result::verdict(&around, 7, &shown(Word::Welcome, true), seconds)),
        ("jobs".to_owned(), jobs::render(&around, &booths, 2)),
        ("no-jobs".to_owned(), jobs::render(&around, &[], 1)),
        ("help".to_owned(), help::render(&around)),
        ("status".to_owned(), status::render(&around, &standing())),
        ("out".to_owned(), notice::out_of_service(&around, "磁盘已满,请清出 512 MiB")),
        ("setup".to_owned(), setup::render(&around, &setup::Attempt::default())),
        ("waiting".to_owned(), setup::waiting(&around)),
    ];
    for word in words() {
        let name = word.name().to_owned();
        pages.push((name, result::verdict(&around, 7, &shown(word, false), seconds)));
    }
    pages
}

fn looks() -> [Look; 4] {
    [(Lang::Zh, false), (Lang::Zh, true), (Lang::En, false), (Lang::En, true)]
        .map(|(lang, large)| Look { lang, large })
}

#[test]
fn every_page_renders_in_every_look() {
    for look in looks() {
        for (name, markup) in every_page(look) {
            let text = markup.into_string();
            assert!(text.contains(&format!("<html lang=\"{}\"", look.lang.tag())), "{name}");
            assert_eq!(text.matches("<h1").count(), 1, "{name}: one heading");
            assert_eq!(text.matches("<main").count(), 1, "{name}: one main");
            assert!(
                !text.contains('…')
                    || name == "home"
                    || name.starts_with("home-")
                    || name == "setup"
                    || name == "waiting",
                "{name}: a text is missing"
            );
            assert!(!text.contains("style=\""), "{name}: no inline style under our policy");
            assert!(!text.contains("onclick"), "{name}: no inline script");
            assert!(!text.contains("<title></title>"), "{name}");
        }
    }
}

#[test]
fn the_way_to_a_helper_is_on_every_page_of_a_person() {
    for (name, markup) in every_page(Look::default()) {
        let text = markup.into_string();
        let expected = !matches!(name.as_str(), "setup" | "waiting");
        assert_eq!(text.contains("href=\"/help\""), expected, "{name}");
    }
}

#[test]
fn pages_say_both_languages_unless_large() {
    let normal = home::render(&around(Look::default()), &home::Typed::default()).into_string();
    let zh = normal.find("请把入场码对准镜头</span>").unwrap();
    let en = normal.find("Hold your ticket up to the camera</span>").unwrap();
    assert!(zh < en, "Chinese first");
    let look = Look { lang: Lang::En, large: true };
    let large = home::render(&around(look), &home::Typed::default()).into_string();
    assert!(large.contains("<h1><span class=\"first\" lang=\"en\">"));
    assert!(!large.contains("请把入场码对准镜头"));
}

#[test]
fn a_result_says_where_it_leads_and_never_who() {
    let pages = every_page(Look::default());
    let page = |name: &str| {
        let (_, markup) = pages.iter().find(|(other, _)| other == name).unwrap();
        markup.clone().into_string()
    };
    let welcome = page("welcome");
    assert!(welcome.contains("data-next=\"/result/route\""));
    assert!(welcome.contains("data-tone=\"rise\"") && welcome.contains("data-scan=\"7\""));
    assert!(welcome.contains("A-012") && welcome.contains("data-verdict=\"welcome\""));
    let refused = page("not_genuine");
    assert!(refused.contains("data-next=\"/\"") && !refused.contains("A-012"));
    assert!(refused.contains("href=\"/walk-in\""), "whoever is refused can get a ticket");
    assert!(page("already").contains("09:12"));
    assert!(page("other_day").contains("2026-03-07"));
    assert!(page("ticket").contains("<svg") && page("route").contains("岗位对口"));
}

#[test]
fn what_people_typed_is_escaped() {
    let attempt = setup::Attempt { site: "\"><script>".to_owned(), ..setup::Attempt::default() };
    let page = setup::render(&around(Look::default()), &attempt).into_string();
    assert!(!page.contains("\"><script>"));
}

/// Writes the pages as files for a look in a browser: `SHOW_PAGES=/tmp/pages cargo test …`.
#[test]
fn pages_can_be_looked_at() {
    let Ok(folder) = std::env::var("SHOW_PAGES") else { return };
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("../assets");
    let style = std::fs::read_to_string(root.join("style/kiosk.css")).unwrap();
    for look in looks() {
        for (name, markup) in every_page(look) {
            let size = if look.large { "large" } else { "normal" };
            let file = format!("{folder}/{name}-{}-{size}.html", look.lang.code());
            let text =
                markup.into_string().replace("</head>", &format!("<style>{style}</style></head>"));
            std::fs::write(file, text).unwrap();
        }
    }
}
