//! A day at the fair by the API: what is said at a desk stays there, and everything is counted.

use serde_json::{Value, json};
use site::machine::FairMachine;
use store::Machine;
use web::StatusCode;

use super::given::Given;

#[tokio::test]
async fn a_consultation_is_read_by_volunteers_and_counted_for_everybody() {
    let given = Given::open().await;
    let volunteer = &given.volunteer;
    let shift = given.post("/api/v1/shifts", volunteer, &json!({ "desk": "legal_aid" })).await;
    assert_eq!(shift.status, StatusCode::CREATED, "{}", shift.text());
    // Longer than one row of the lists.
    let facts = "被拖欠工资三个月。".repeat(400);
    let new = json!({
        "ticket": given.ticket().await, "category": "unpaid_wages", "outcome": "rights_explained",
        "minutes": 12, "facts": facts, "advice": "先投诉", "articles": "劳动法第五十条",
    });
    let filed = given.post("/api/v1/consultations", volunteer, &new).await;
    assert_eq!(filed.status, StatusCode::CREATED, "{}", filed.text());
    let filed = filed.json::<Value>();
    assert!(filed["number"].as_str().unwrap().ends_with("-001"));

    let path = format!("/api/v1/consultations/{}/referrals", filed["id"].as_str().unwrap());
    let without_consent = json!({ "to": "to_legal_aid", "passed_on": "姓名和电话" });
    let refused = given.post(&path, volunteer, &without_consent).await;
    assert_eq!(refused.code(), "consent_missing");
    let not_a_referral = json!({ "to": "answered", "consent": true });
    assert_eq!(given.post(&path, volunteer, &not_a_referral).await.code(), "unknown_code");
    let agreed = json!({ "to": "to_legal_aid", "passed_on": "姓名和电话", "consent": true });
    assert_eq!(given.post(&path, volunteer, &agreed).await.status, StatusCode::CREATED);

    let list = given.get("/api/v1/consultations", volunteer).await.json::<Value>();
    assert_eq!(list.as_array().unwrap().len(), 1);
    assert_eq!(list[0]["facts"], facts);
    assert_eq!(list[0]["referred_to"], "to_legal_aid");
    for other in [&given.organiser, &given.booth] {
        let refused = given.get("/api/v1/consultations", other).await;
        assert_eq!(refused.status, StatusCode::FORBIDDEN);
    }
    let overview = given.get("/api/v1/overview", &given.organiser).await;
    assert!(!overview.text().contains("工资"));
    let figures = overview.json::<Value>()["statistics"].clone();
    assert_eq!(figures["total"]["consultations"], 1);
    assert_eq!(figures["referrals"], 1);
    let kept = |rules: &FairMachine| assert_eq!(rules.load(&rules.save()).as_ref(), Some(rules));
    given.site.office.store.read(kept);
}

#[tokio::test]
async fn a_booth_sees_a_form_of_address_and_wishes_but_no_phone_number() {
    let given = Given::open().await;
    let seeker = json!({
        "form_of_address": "王女士", "name": "王小红", "phone": "13800138000",
        "purposes": ["contact"], "wish": { "wanted": ["catering"] },
    });
    let ticket = given.post("/api/v1/seekers", &given.volunteer, &seeker).await;
    assert_eq!(ticket.status, StatusCode::CREATED, "{}", ticket.text());
    let ticket = ticket.json::<Value>()["ticket"].clone();
    let talk = json!({ "ticket": ticket, "outcome": "intention" });
    let card = given.post("/api/v1/outcomes", &given.booth, &talk).await;
    let text = card.text();
    assert_eq!(card.json::<Value>()["form_of_address"], "王女士", "{text}");
    assert!(!text.contains("13800138000") && !text.contains("小红"), "{text}");
}

#[tokio::test]
async fn what_a_seeker_said_is_deleted_on_their_wish_and_when_its_time_is_over() {
    let given = Given::open().await;
    let form_of_address = async |ticket: &Value| {
        let talk = json!({ "ticket": ticket, "outcome": "talk" });
        let card = given.post("/api/v1/outcomes", &given.booth, &talk).await;
        assert_eq!(card.status, StatusCode::CREATED, "{}", card.text());
        card.json::<Value>()["form_of_address"].clone()
    };
    let register = async || {
        let seeker = json!({ "form_of_address": "王女士" });
        let got = given.post("/api/v1/seekers", &given.volunteer, &seeker).await;
        got.json::<Value>()["ticket"].clone()
    };
    let (one, other) = (register().await, register().await);
    assert_eq!(form_of_address(&one).await, "王女士");
    let asked = json!({ "ticket": one });
    let erased = given.delete("/api/v1/seekers", &given.volunteer, &asked).await;
    assert_eq!(erased.status, StatusCode::NO_CONTENT, "{}", erased.text());
    assert_eq!(form_of_address(&one).await, Value::Null);
    assert_eq!(form_of_address(&other).await, "王女士");

    let last = given.site.fair(|fair| fair.settings().unwrap().days.last);
    let over = |days| given.site.fair(|fair| site::retention::is_over(fair, last.plus(days)));
    assert!(!over(90) && over(91));
    site::retention::erase_all(&given.site).await.unwrap();
    assert_eq!(form_of_address(&other).await, Value::Null);
}
