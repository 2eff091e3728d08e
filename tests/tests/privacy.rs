//! What is personal or confidential stands in no file, no log and no answer where it does not
//! belong: every such field is filled with a text that stands nowhere else, and everything the
//! three nodes have is searched for it.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::time::Duration;

use anyhow::{Context, Result, ensure};
use end_to_end::canary::{Canary, files_below};
use end_to_end::http::Http;
use end_to_end::journey::account::{EMPLOYER, ORGANISER, VOLUNTEER};
use end_to_end::journey::{
    Addresses, Nodes, Reach, booth, fair, headquarters, material, secret, seekers, station,
};
use end_to_end::site::Ticket;
use end_to_end::wait;
use serde_json::{Value, json};

/// How long a stream of live updates may take to tell of something.
const UPDATE_BOUND: Duration = Duration::from_secs(30);
/// A phone number that nobody has.
const PHONE: &str = "13900047281";
/// Texts for the other fields.
const NAME: &str = "欧阳金丝雀一号甲乙";
const FACTS: &str = "金丝雀事实:工头扣押身份证";
const ADVICE: &str = "金丝雀意见:先收集工资条";
const OPPONENT: &str = "金丝雀被投诉单位甲公司";
const CONTACT: &str = "金丝雀联系13900047282";
const PASSED_ON: &str = "金丝雀转介:望尽快回访";

#[tokio::test]
async fn canaries_stay_where_they_belong() {
    let directory = tempfile::tempdir().unwrap();
    let mut nodes = Nodes::start(directory.path(), &Addresses::free()).await.unwrap();
    let streams = [
        nodes.site.http().unwrap().listen("/live/hall").await.unwrap(),
        nodes.organiser.listen("/live/organiser").await.unwrap(),
        nodes.clerk.listen("/live").await.unwrap(),
    ];
    let ticket = fill(&mut nodes).await.unwrap();
    let confidential = [NAME, FACTS, ADVICE, OPPONENT, CONTACT, PASSED_ON, PHONE].map(Canary::new);
    let passwords = [ORGANISER.password, VOLUNTEER.password, EMPLOYER.password].map(Canary::new);

    search_answers(&nodes, &confidential).await.unwrap();
    // The streams have their own pace: each must have told of what happened.
    for stream in &streams {
        let told =
            wait::until_true("an update", UPDATE_BOUND, async || Ok(updates(&stream.so_far()) > 1));
        told.await.unwrap();
    }
    assert!(nodes.stop().await.unwrap() == 3);
    for stream in streams {
        let said = stream.to_its_end().await.unwrap();
        let text = String::from_utf8_lossy(&said);
        assert!(updates(&said) > 1, "a stream that tells nothing: {text}");
        for canary in &confidential {
            assert!(canary.find_in(&said).is_empty(), "a stream says “{}”", canary.text());
        }
    }
    let files = files_below(directory.path()).unwrap();
    assert!(files.len() > 10, "too little to search: {files:?}");
    for canary in confidential.iter().chain(&passwords) {
        let found = canary.find_below(directory.path()).unwrap();
        assert!(found.is_empty(), "“{}” stands in {found:?}", canary.text());
        for node in ["site", "kiosk/journal", "hq"] {
            secret::search_records(&directory.path().join(node), canary).unwrap();
        }
    }
    a_stolen_kiosk_opens_no_ticket(&directory.path().join("kiosk"), &ticket);
}

fn updates(said: &[u8]) -> usize {
    String::from_utf8_lossy(said).matches("data:").count()
}

/// The ticket was given out on a phone and shown at no kiosk: neither its text nor the secret in
/// it stands in any file of the kiosk, so nobody can open the seeker's page with them.
fn a_stolen_kiosk_opens_no_ticket(kiosk: &std::path::Path, ticket: &Ticket) {
    let text = Canary::new(&ticket.ticket);
    assert_eq!(text.find_below(kiosk).unwrap(), []);
    let raw = data_encoding::BASE32_NOPAD.decode(ticket.ticket.as_bytes());
    let raw = raw.expect("a ticket's text is base 32");
    // Version and key generation, the fair's four bytes, then the ten bytes of the id.
    let id = Canary::of_bytes(&ticket.reference, &raw[5..15]);
    assert_eq!(id.find_below(kiosk).unwrap(), []);
    // The reference is there, as it must be: the kiosk knows the ticket when it sees it.
    let reference = data_encoding::HEXLOWER.decode(ticket.reference.as_bytes()).unwrap();
    let reference = Canary::of_bytes(&ticket.reference, &reference);
    assert!(!reference.find_below(kiosk).unwrap().is_empty(), "the kiosk was never told of it");
}

/// A fair with every personal and confidential field filled; the ticket of a seeker who was never
/// at the kiosk.
async fn fill(nodes: &mut Nodes) -> Result<Ticket> {
    end_to_end::demo::fill_fair(&nodes.organiser, material::small_workbook()?).await?;
    headquarters::enrol_site(nodes).await?;
    nodes.enrol_kiosk(Reach::Relay, "127.0.0.1:0").await?;
    station::until_ready(nodes.kiosk()?).await?;
    let anybody = nodes.site.http()?;
    let mut seeker = seekers::a_seeker();
    seeker["name"] = json!(NAME);
    seeker["phone"] = json!(PHONE);
    seeker["purposes"] = json!(["matching", "contact"]);
    let ticket = seekers::register(&anybody, &seeker).await?;
    let other = seekers::register(&anybody, &seeker).await?;
    let png = seekers::ticket_png(&anybody, &other).await?;
    station::show(nodes.kiosk()?, png, "welcome").await?;
    station::walk_in(nodes.kiosk()?).await?;
    let number = booth::first_booth(&fair::employers(&nodes.organiser).await?)?;
    let employer = EMPLOYER.create(&nodes.organiser, Some(&number)).await?;
    let outcome = json!({ "booth": number, "ticket": ticket.ticket, "outcome": "hire" });
    let card = employer.post("/api/v1/outcomes", &outcome).await?.success()?;
    for canary in [NAME, PHONE].map(Canary::new) {
        ensure!(canary.find_in(&card.body).is_empty(), "the booth sees “{}”", canary.text());
    }
    let volunteer = VOLUNTEER.create(&nodes.organiser, None).await?;
    consult(&volunteer, &ticket).await?;
    station::until_handed_over(nodes.kiosk()?).await?;
    let counted = end_to_end::journey::Figures::of_site(&nodes.organiser).await?;
    headquarters::until_counted(nodes, &counted).await?;
    Ok(ticket)
}

async fn consult(volunteer: &Http, ticket: &Ticket) -> Result<()> {
    end_to_end::journey::desk::start_shift(volunteer).await?;
    let told = json!({
        "ticket": ticket.ticket, "category": "unpaid_wages", "outcome": "rights_explained",
        "facts": FACTS, "advice": ADVICE, "opponent": OPPONENT, "contact": CONTACT, "minutes": 9,
    });
    let logged: Value = volunteer.post("/api/v1/consultations", &told).await?.document()?;
    let id = logged["id"].as_str().context("an id")?;
    let referral = json!({
        "to": "to_labour_inspection", "passed_on": PASSED_ON, "consent": true,
        "due": end_to_end::journey::fair::today()?.plus(5).to_string(),
    });
    let path = format!("/api/v1/consultations/{id}/referrals");
    volunteer.post(&path, &referral).await?.success()?;
    let listed = volunteer.get("/api/v1/consultations").await?.success()?;
    ensure!(listed.text().contains(FACTS), "the volunteer can't read it: {}", listed.text());
    Ok(())
}

/// What anybody, the organiser, the kiosk and headquarters are told.
async fn search_answers(nodes: &Nodes, canaries: &[Canary]) -> Result<()> {
    let anybody = nodes.site.http()?;
    let hq_anybody = nodes.hq.http()?;
    let kiosk = nodes.kiosk()?.http().clone();
    let asked: [(&Http, &[&str]); 5] = [
        (
            &anybody,
            &[
                "/",
                "/hall",
                "/postings",
                "/metrics",
                "/healthz",
                "/api/v1/fair",
                "/api/v1/employers",
            ],
        ),
        (&nodes.organiser, &["/api/v1/overview", "/api/v1/conflicts", "/organiser"]),
        (&nodes.clerk, &["/api/v1/sites", "/api/v1/statistics", "/"]),
        (&hq_anybody, &["/", "/metrics", "/healthz"]),
        (&kiosk, &["/", "/jobs", "/result", "/api/v1/status", "/metrics"]),
    ];
    for (http, paths) in asked {
        for path in paths {
            // A page that is not there says nothing either.
            let answer = http.get(path).await?;
            for canary in canaries {
                let found = canary.find_in(&answer.body);
                ensure!(found.is_empty(), "{path} says “{}”", canary.text());
            }
        }
    }
    Ok(())
}
