//! The volunteers' pages over a real store.

use warp::http::header::LOCATION;
use web::StatusCode;
use web::testing::{get, post};

use crate::pages::staff::testing::{Given, opened, rehearsed};

const PAGES: [&str; 4] =
    ["/desk", "/desk/check-in", "/desk/consultations/new", "/desk/consultations"];
const SECRET: &str = "老板三个月没发工资";

async fn on_duty() -> Given {
    let given = opened().await;
    let started = given.send(&given.volunteer, "/desk", &[("desk", "legal_aid")]).await;
    assert_eq!(started.status, StatusCode::SEE_OTHER, "{}", started.text());
    given
}

/// Records a consultation; where it can be read.
async fn recorded(given: &Given, more: &[(&str, &str)]) -> String {
    let mut fields = vec![
        ("category", "unpaid_wages"),
        ("outcome", "to_legal_aid"),
        ("facts", SECRET),
        ("advice", "先留证据"),
        ("minutes", "15"),
    ];
    fields.extend_from_slice(more);
    let got = given.send(&given.volunteer, "/desk/consultations/new", &fields).await;
    assert_eq!(got.status, StatusCode::SEE_OTHER, "{}", got.text());
    got.header(LOCATION).to_owned()
}

#[tokio::test]
async fn the_desk_is_the_volunteers_and_checking_in_the_organisers_too() {
    let given = on_duty().await;
    let read = recorded(&given, &[]).await;
    for path in PAGES.iter().chain(&[read.as_str()]) {
        assert_eq!(get(path).send(&given.app).await.status, 401, "{path}");
        assert_eq!(given.get(&given.booth, path).await.status, 403, "{path}");
        let organiser = given.get(&given.organiser, path).await.status;
        let allowed = *path == "/desk/check-in";
        assert_eq!(organiser, if allowed { 200 } else { 403 }, "{path}");
    }
    given.speaks_both(&given.volunteer, &PAGES).await;
    given.speaks_both(&given.volunteer, &[&read]).await;
    for path in PAGES.iter().take(3) {
        let unproved = post(path).cookie(&given.volunteer.cookie).form(&[("shift", "end")]);
        assert!(unproved.send(&given.app).await.status.is_client_error(), "{path}");
    }
}

#[tokio::test]
async fn a_shift_begins_at_a_desk_and_ends() {
    let given = rehearsed().await;
    let who = &given.volunteer;
    let nowhere = given.send(who, "/desk", &[]).await;
    assert_eq!(nowhere.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nowhere.text().contains("有一项没有选择"));
    given.send(who, "/desk", &[("desk", "dispute_mediation")]).await;
    assert!(given.get(who, "/desk").await.text().contains("您在争议调解台"));
    let twice = given.send(who, "/desk", &[("desk", "legal_aid")]).await;
    assert!(twice.text().contains("班次已经开始了"), "{}", twice.text());
    assert_eq!(given.send(who, "/desk", &[("shift", "end")]).await.status, 303);
    assert!(given.get(who, "/desk").await.text().contains("开始班次"));
}

#[tokio::test]
async fn a_ticket_or_a_number_is_checked_in() {
    let given = opened().await;
    let seeker = given.seeker().await;
    let path = "/desk/check-in";
    let checked = |shown: String| {
        let given = &given;
        async move { given.send(&given.volunteer, path, &[("shown", &shown)]).await.text() }
    };
    let first = checked(seeker.ticket_url.clone()).await;
    assert!(first.contains("class=\"verdict ok\"") && first.contains("签到成功"), "{first}");
    assert!(first.contains(&seeker.number_grouped) && first.contains("A01"), "{first}");
    assert!(!first.contains("司女士") && !first.contains(&seeker.ticket), "says too much");
    let again = checked(seeker.number_grouped.clone()).await;
    assert!(again.contains("class=\"verdict again\"") && again.contains("已经签到过"), "{again}");
    let forged = checked("HTTP://192.168.1.10:8080/T/NONSENSE".to_owned()).await;
    assert!(forged.contains("class=\"verdict stop\"") && forged.contains("不是本场的票"));
    let nobody = checked("100004".to_owned()).await;
    assert!(nobody.contains("没有这个号码"), "{nobody}");
    let nothing = given.send(&given.organiser, path, &[("shown", " ")]).await;
    assert_eq!(nothing.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(nothing.text().contains("id=\"shown-error\""));
}

#[tokio::test]
async fn what_was_said_is_on_one_page_and_in_no_list() {
    let given = on_duty().await;
    let seeker = given.seeker().await;
    let more = [("shown", seeker.number_grouped.as_str()), ("contact", "邻居家 84001234")];
    let path = recorded(&given, &more).await;
    let page = given.get(&given.volunteer, &path).await.text();
    for expected in
        [SECRET, "先留证据", "欠薪", &seeker.number_grouped, "邻居家 84001234", "法律援助"]
    {
        assert!(page.contains(expected), "{expected} in {page}");
    }
    let list = given.get(&given.volunteer, "/desk/consultations").await.text();
    assert!(list.contains("-001") && list.contains("欠薪"), "{list}");
    for secret in [SECRET, "邻居家", "司女士", &seeker.number_grouped] {
        assert!(!list.contains(secret), "the list shows {secret}");
    }
    let other_day = given.get(&given.volunteer, "/desk/consultations?day=2026-01-01").await;
    assert!(other_day.text().contains("还没有登记咨询"));
    let odd = given.get(&given.volunteer, "/desk/consultations?day=x").await;
    assert_eq!(odd.status, StatusCode::BAD_REQUEST);
    let unknown = given.get(&given.volunteer, "/desk/consultations/0000000000000000").await;
    assert_eq!(unknown.status, StatusCode::NOT_FOUND);
}

#[tokio::test]
async fn a_refused_consultation_keeps_what_was_typed() {
    let given = opened().await;
    let path = "/desk/consultations/new";
    let good = [("category", "other"), ("outcome", "answered"), ("facts", SECRET)];
    let no_shift = given.send(&given.volunteer, path, &good).await;
    assert_eq!(no_shift.status, StatusCode::CONFLICT);
    assert!(no_shift.text().contains("请先开始班次") && no_shift.text().contains(SECRET));
    given.send(&given.volunteer, "/desk", &[("desk", "legal_aid")]).await;
    let cases: [(&[(&str, &str)], &str); 4] = [
        (&[("outcome", "answered"), ("facts", SECRET)], "请填写“什么事”"),
        (&[("category", "other"), ("outcome", "answered"), ("facts", "")], "请填写“事情经过”"),
        (&[good[0], good[1], good[2], ("minutes", "700")], "0 到 600 分钟"),
        (&[good[0], good[1], good[2], ("shown", "123")], "没有查到这张入场码"),
    ];
    for (fields, expected) in cases {
        let got = given.send(&given.volunteer, path, fields).await;
        assert!(got.status.is_client_error(), "{expected}");
        assert!(got.text().contains(expected), "{expected} in {}", got.text());
    }
    // The longest texts allowed are larger than an ordinary form: the page sends them in parts.
    let long = "长".repeat(4_000);
    let csrf = given.csrf(&given.volunteer, path).await;
    let mut fields = good[..2].to_vec();
    fields.extend([("facts", long.as_str()), ("advice", &long), ("articles", &long)]);
    fields.push(("csrf", &csrf));
    let sent = post(path).cookie(&given.volunteer.cookie).file(&fields, "none", ("", b""));
    let sent = sent.send(&given.app).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
}

#[tokio::test]
async fn nothing_is_passed_on_without_consent() {
    let given = on_duty().await;
    let read = recorded(&given, &[]).await;
    let path = read.split('?').next().unwrap();
    let fields = [("to", "to_legal_aid"), ("passed_on", "请联系本人"), ("due", "2026-12-01")];
    let refused = given.send(&given.volunteer, path, &fields).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(refused.text().contains("没有本人同意") && refused.text().contains("请联系本人"));
    let mut agreed = fields.to_vec();
    agreed.push(("consent", "yes"));
    let done = given.send(&given.volunteer, path, &agreed).await;
    assert_eq!(done.status, StatusCode::SEE_OTHER, "{}", done.text());
    let page = given.get(&given.volunteer, done.header(LOCATION)).await.text();
    assert!(page.contains("请联系本人") && page.contains("2026-12-01"), "{page}");
    let list = given.get(&given.volunteer, "/desk/consultations").await.text();
    assert!(list.contains("转法律援助中心") && !list.contains("请联系本人"));
    let nowhere = given.send(&given.volunteer, path, &[("to", "answered")]).await;
    assert_eq!(nowhere.status, StatusCode::UNPROCESSABLE_ENTITY);
}
