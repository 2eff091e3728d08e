//! Every route of the API with every role, and with nobody: one table.

use domain::role::{Right, Role};
use web::StatusCode;

use super::given::Given;

/// Method, path, and the right it takes; none where anybody may.
const TABLE: &[(&str, &str, Option<Right>)] = &[
    ("GET", "/api/v1/fair", None),
    ("GET", "/api/v1/employers", None),
    ("POST", "/api/v1/seekers", None),
    ("DELETE", "/api/v1/seekers", Some(Right::CheckIn)),
    ("POST", "/api/v1/fair", Some(Right::RunFair)),
    ("POST", "/api/v1/employers/import", Some(Right::RunFair)),
    ("POST", "/api/v1/accounts", Some(Right::RunFair)),
    ("POST", "/api/v1/enrolment-codes", Some(Right::RunFair)),
    ("POST", "/api/v1/headquarters", Some(Right::RunFair)),
    ("POST", "/api/v1/server-keys", Some(Right::RunFair)),
    ("POST", "/api/v1/ticket-keys", Some(Right::RunFair)),
    ("DELETE", "/api/v1/devices/00000000000000000000000000000000", Some(Right::RunFair)),
    ("GET", "/api/v1/standby", Some(Right::SeeOverview)),
    ("POST", "/api/v1/standby", Some(Right::RunFair)),
    ("GET", "/api/v1/standby/disagreements", Some(Right::SeeOverview)),
    ("POST", "/api/v1/standby/promotion", Some(Right::RunFair)),
    ("GET", "/api/v1/overview", Some(Right::SeeOverview)),
    ("GET", "/api/v1/conflicts", Some(Right::SeeOverview)),
    ("POST", "/api/v1/check-ins", Some(Right::CheckIn)),
    ("POST", "/api/v1/outcomes", Some(Right::RecordOutcome)),
    ("POST", "/api/v1/shifts", Some(Right::Consult)),
    ("DELETE", "/api/v1/shifts", Some(Right::Consult)),
    ("POST", "/api/v1/consultations", Some(Right::Consult)),
    ("GET", "/api/v1/consultations", Some(Right::Consult)),
    ("POST", "/api/v1/consultations/0000000000000000/referrals", Some(Right::Consult)),
    ("POST", "/api/v1/fair/close", Some(Right::RunFair)),
    ("POST", "/api/v1/fair/open", Some(Right::RunFair)),
];

#[tokio::test]
async fn every_route_with_every_role() {
    let given = Given::rehearsal().await;
    let staff = [
        (Role::Organiser, &given.organiser),
        (Role::Volunteer, &given.volunteer),
        (Role::Booth, &given.booth),
    ];
    for (method, path, right) in TABLE {
        let nobody = given.ask(method, path, "").await;
        let refused = nobody.status == StatusCode::UNAUTHORIZED;
        assert_eq!(refused, right.is_some(), "{method} {path} by nobody: {}", nobody.text());
        for (role, token) in staff {
            let got = given.ask(method, path, token).await;
            let may = right.is_none_or(|right| role.may(right));
            let forbidden = got.status == StatusCode::FORBIDDEN && got.code() == "role_missing";
            assert_eq!(forbidden, !may, "{method} {path} by {role:?}: {}", got.text());
            assert_ne!(got.status, StatusCode::UNAUTHORIZED, "{method} {path} by {role:?}");
            assert!(!got.status.is_server_error(), "{method} {path}: {}", got.text());
        }
    }
}

/// A route that stands in no table is found by its text in the sources.
#[test]
fn the_table_has_every_route_of_the_api() {
    let sources = [
        include_str!("../../src/api/desk.rs"),
        include_str!("../../src/api/devices.rs"),
        include_str!("../../src/api/fair.rs"),
        include_str!("../../src/api/figures.rs"),
        include_str!("../../src/api/seekers.rs"),
        include_str!("../../src/api/standby.rs"),
    ];
    let routes: usize = sources.iter().map(|source| source.matches("routes::handle").count()).sum();
    assert_eq!(routes, TABLE.len(), "a route is missing in the table, or twice");
}

#[tokio::test]
async fn a_booth_records_only_for_itself() {
    let given = Given::open().await;
    let ticket = given.ticket().await;
    let talk =
        |booth: &str| serde_json::json!({ "ticket": ticket, "booth": booth, "outcome": "hire" });
    let own = given.post("/api/v1/outcomes", &given.booth, &talk("A01")).await;
    assert_eq!(own.status, StatusCode::CREATED, "{}", own.text());
    let other = given.post("/api/v1/outcomes", &given.booth, &talk("B01")).await;
    assert_eq!((other.status, other.code().as_str()), (StatusCode::FORBIDDEN, "not_your_booth"));
}
