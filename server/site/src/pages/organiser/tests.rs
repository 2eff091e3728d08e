//! The organiser's pages over a real store: who may open them, what each form comes to.

use std::collections::BTreeMap;

use domain::fair::Fair;
use domain::verdict::Stage;
use warp::http::header::LOCATION;
use web::testing::{get, post};
use web::{Door, Lang, StatusCode};

use super::board::Board;
use crate::check_in::{Shown, check_in};
use crate::pages::staff::testing::{empty, opened, rehearsed};

const PAGES: [&str; 11] = [
    "/organiser",
    "/organiser/fair",
    "/organiser/employers",
    "/organiser/accounts",
    "/organiser/kiosks",
    "/organiser/open",
    "/organiser/open/confirm",
    "/organiser/close",
    "/organiser/headquarters",
    "/organiser/standby",
    "/organiser/stick",
];

#[tokio::test]
async fn the_pages_are_the_organisers_alone() {
    let given = rehearsed().await;
    let account = given.volunteer.account;
    let confirm = format!("/organiser/accounts/{account}/close");
    let more = ["/live/organiser", confirm.as_str()];
    for path in PAGES.iter().chain(&more) {
        assert_eq!(get(path).send(&given.app).await.status, 401, "{path}");
        let plain = get(path).cookie(&given.organiser.cookie).door(Door::Plain);
        assert_ne!(plain.send(&given.app).await.status, 200, "{path}");
        for other in [&given.volunteer, &given.booth] {
            assert_eq!(given.get(other, path).await.status, StatusCode::FORBIDDEN, "{path}");
        }
    }
    given.speaks_both(&given.organiser, &PAGES).await;
    given.speaks_both(&given.organiser, &[&confirm]).await;
    for path in PAGES.iter().skip(1).filter(|path| **path != "/organiser/open") {
        let unproved = post(path).cookie(&given.organiser.cookie).form(&[("name", "x")]);
        let got = unproved.send(&given.app).await;
        assert!(got.status.is_client_error(), "{path}: {}", got.status);
    }
    assert_eq!(given.site.fair(Fair::stage), Stage::Rehearsal, "a form without its proof worked");
}

#[tokio::test]
async fn staff_come_to_their_own_work() {
    let given = rehearsed().await;
    let homes = [(&given.organiser, "/organiser"), (&given.volunteer, "/desk")];
    for (who, home) in homes.into_iter().chain([(&given.booth, "/booth")]) {
        assert_eq!(given.get(who, "/staff").await.header(LOCATION), home);
    }
    let nobody = get("/staff").send(&given.app).await;
    assert_eq!(nobody.header(LOCATION), "/sign-in?next=/staff");
}

#[tokio::test]
async fn the_fair_is_set_up_by_its_form() {
    let given = empty().await;
    given.speaks_both(&given.organiser, &PAGES).await;
    let fields = |from, to, address| {
        [
            ("name", "春风送岗"),
            ("place", "中山广场"),
            ("district", "zhongshan"),
            ("date_from", from),
            ("date_to", to),
            ("address", address),
        ]
    };
    let path = "/organiser/fair";
    let good = "http://192.168.1.10:8080";
    let cases = [
        (fields("2026-11-26", "2026-11-24", good), "id=\"date_to-error\""),
        (fields("2026-11-24", "2026-11-26", "no address"), "id=\"address-error\""),
        (fields("", "2026-11-26", good), "请填写“第一天”"),
    ];
    for (fields, expected) in cases {
        let got = given.send(&given.organiser, path, &fields).await;
        let page = got.text();
        assert!(got.status.is_client_error() && page.contains(expected), "{expected}: {page}");
        assert!(page.contains("value=\"中山广场\""), "what was typed is gone");
    }
    assert_eq!(given.site.fair(Fair::stage), Stage::Unplanned);
    let saved = given.send(&given.organiser, path, &fields("2026-11-24", "2026-11-26", good)).await;
    assert_eq!(saved.status, StatusCode::SEE_OTHER, "{}", saved.text());
    let page = given.get(&given.organiser, saved.header(LOCATION)).await.text();
    assert!(page.contains("<svg") && page.contains(good), "no code to try on a phone");
}

#[tokio::test]
async fn a_spreadsheet_is_taken_in_whole_or_not_at_all() {
    let given = rehearsed().await;
    let who = &given.organiser;
    let csrf = given.csrf(who, "/organiser/employers").await;
    let send = |content: &'static str| {
        post("/organiser/employers").cookie(&who.cookie).file(
            &[("csrf", &csrf)],
            "list",
            ("list.csv", content.as_bytes()),
        )
    };
    let before = given.site.fair(|fair| fair.employers().count());
    let head = "用人单位,岗位名称,招聘人数,展位号,薪资\n";
    let wrong = send(
        "用人单位,岗位名称,招聘人数,展位号,薪资\n好单位,焊工,3,C01,面议\n单位,电工,很多,C02,x\n",
    );
    let wrong = wrong.send(&given.app).await;
    let page = wrong.text();
    assert_eq!(wrong.status, StatusCode::UNPROCESSABLE_ENTITY, "{page}");
    assert!(page.contains("<td>3</td><td>C</td>") && page.contains("<td>E</td>"), "{page}");
    assert_eq!(given.site.fair(|fair| fair.employers().count()), before, "half was imported");
    assert!(head.starts_with("用人单位"));
    let good = send("用人单位,岗位名称,招聘人数,展位号,薪资\n好单位,焊工,3,C01,4000-6000元/月\n");
    let good = good.send(&given.app).await;
    assert_eq!(good.status, StatusCode::OK, "{}", good.text());
    assert!(good.text().contains("C01") && good.text().contains("好单位"));
    assert_eq!(given.site.fair(|fair| fair.employers().count()), before + 1);
    let none = post("/organiser/employers").cookie(&who.cookie);
    let none = none.file(&[("csrf", &csrf)], "list", ("", b"")).send(&given.app).await;
    assert!(none.text().contains("请先选择文件"), "{}", none.text());
}

#[tokio::test]
async fn accounts_are_made_shown_once_and_closed() {
    let given = rehearsed().await;
    let who = &given.organiser;
    let path = "/organiser/accounts";
    let fields = |role, booth| {
        [("role", role), ("login", "新人"), ("password", "eight-or-more"), ("booth", booth)]
    };
    for (role, booth, expected) in
        [("booth", "", "要写展位号"), ("booth", "Z99", "没有这个展位"), ("clerk", "", "不能设立")]
    {
        let got = given.send(who, path, &fields(role, booth)).await;
        assert!(got.status.is_client_error() && got.text().contains(expected), "{}", got.text());
    }
    let made = given.send(who, path, &fields("booth", "b02")).await;
    assert!(made.status.is_success() && made.text().contains("eight-or-more"), "{}", made.text());
    let later = given.get(who, path).await.text();
    assert!(later.contains("新人") && !later.contains("eight-or-more"), "shown twice");
    let close = format!("{path}/{}/close", given.volunteer.account);
    assert_eq!(given.get(&given.volunteer, "/desk").await.status, 200);
    assert_eq!(given.send(who, &close, &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(given.get(&given.volunteer, "/desk").await.status, 401, "still signed in");
    let own = format!("{path}/{}/close", who.account);
    assert_eq!(given.get(who, &own).await.status, StatusCode::NOT_FOUND, "locks themselves out");
}

#[tokio::test]
async fn a_kiosk_gets_a_code_that_is_shown() {
    let given = rehearsed().await;
    let path = "/organiser/kiosks";
    let made = given.send(&given.organiser, path, &[("name", "东门1号机")]).await;
    let page = made.text();
    assert!(page.contains("class=\"one-time-code\"") && page.contains("东门1号机"), "{page}");
    assert!(page.contains("http://192.168.1.10:8080"), "the address to type is missing");
    let refused = given.send(&given.organiser, path, &[("name", " ")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let unknown = format!("{path}/{}/revoke", domain::ids::NodeId([9; 16]));
    assert_eq!(given.get(&given.organiser, &unknown).await.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn opening_and_closing_take_two_steps() {
    let given = rehearsed().await;
    let who = &given.organiser;
    let list = given.get(who, "/organiser/open").await.text();
    assert!(list.contains("href=\"/organiser/open/confirm\"") && list.contains("还没有"));
    assert!(!list.contains("action=\"/organiser/open"), "one step opens");
    let asked = given.get(who, "/organiser/open/confirm").await.text();
    assert!(asked.contains("都不计入统计"), "{asked}");
    let early = given.send(who, "/organiser/close", &[]).await;
    assert_eq!(early.status, StatusCode::CONFLICT);
    assert_eq!(given.site.fair(Fair::stage), Stage::Rehearsal);
    let done = given.send(who, "/organiser/open/confirm", &[]).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER);
    assert_eq!(given.site.fair(Fair::stage), Stage::Open);
    let again = given.send(who, "/organiser/open/confirm", &[]).await;
    assert!(again.text().contains("已经开放了"));
    given.speaks_both(who, &PAGES).await;
    assert_eq!(given.send(who, "/organiser/close", &[]).await.status, StatusCode::SEE_OTHER);
    assert_eq!(given.site.fair(Fair::stage), Stage::Closed);
    given.speaks_both(who, &PAGES).await;
}

#[tokio::test]
async fn the_overview_follows_and_says_nothing_twice() {
    let given = opened().await;
    let board = Board::new(&given.site);
    let mut told = BTreeMap::new();
    assert!(board.news(Lang::Zh, &mut told).is_some());
    assert_eq!(told.get("persons").map(String::as_str), Some("0"));
    let ticket = given.seeker().await;
    let by = given.volunteer.account;
    let shown = Shown::Ticket(ticket.ticket.clone());
    check_in(&given.site, &shown, domain::event::Method::Scanner, by).await.unwrap();
    let fresh = Board::new(&given.site);
    assert!(fresh.news(Lang::Zh, &mut told).is_some());
    assert_eq!(told.get("persons").map(String::as_str), Some("1"));
    assert!(fresh.news(Lang::Zh, &mut told).is_none(), "said twice");
    let page = given.get(&given.organiser, "/organiser").await.text();
    assert!(page.contains("data-live=\"persons\">1<"), "{page}");
    assert!(!page.contains("司女士") && !page.contains("司马小红"), "a name is shown");
}

#[tokio::test]
async fn a_wrong_code_of_headquarters_is_said() {
    let given = rehearsed().await;
    let fields = [("url", "http://127.0.0.1:9"), ("code", "nonsense")];
    let got = given.send(&given.organiser, "/organiser/headquarters", &fields).await;
    assert_eq!(got.status, StatusCode::UNPROCESSABLE_ENTITY, "{}", got.text());
    assert!(got.text().contains("登记码不对") && got.text().contains("value=\"nonsense\""));
    let fields = [("url", "http://127.0.0.1:9"), ("code", "00000-00000")];
    let got = given.send(&given.organiser, "/organiser/headquarters", &fields).await;
    assert!(got.text().contains("联系不上总部"), "{}", got.text());
}
