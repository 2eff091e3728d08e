//! Wrong, cut, foreign and forged input, sent to real servers: each gets a code and a sentence of
//! its own, nothing panics, and nothing already stored is touched.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::time::Duration;

use anyhow::Result;
use end_to_end::demo::fill_fair;
use end_to_end::http::{Answer, Http};
use end_to_end::journey::account::{EMPLOYER, VOLUNTEER};
use end_to_end::journey::{
    Addresses, Figures, Nodes, Reach, booth, fair, material, seekers, station,
};
use reqwest::Method;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

const SHEET: &str = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";

/// A fair with everybody signed in.
struct Everybody {
    nodes: Nodes,
    anybody: Http,
    volunteer: Http,
    employer: Http,
    booth: String,
    ticket: String,
}

async fn everybody(directory: &std::path::Path) -> Everybody {
    let mut nodes = Nodes::start(directory, &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    nodes.enrol_kiosk(Reach::Direct, "127.0.0.1:0").await.unwrap();
    let employers = fair::employers(&nodes.organiser).await.unwrap();
    let booth = booth::first_booth(&employers).unwrap();
    let employer = EMPLOYER.create(&nodes.organiser, Some(&booth)).await.unwrap();
    let volunteer = VOLUNTEER.create(&nodes.organiser, None).await.unwrap();
    let anybody = nodes.site.http().unwrap();
    let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap().ticket;
    station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
    Everybody { nodes, anybody, volunteer, employer, booth, ticket }
}

/// What a refusal must be: this status and code, and a sentence that is not the general one.
fn check(answer: &Answer, status: u16, code: &str) {
    let said = answer.text();
    assert_eq!(answer.status, status, "{}: {said}", answer.asked);
    assert_eq!(answer.code().as_deref(), Some(code), "{}: {said}", answer.asked);
    let problem: Value = serde_json::from_slice(&answer.body).unwrap();
    let title = problem.get("title").and_then(Value::as_str).unwrap_or_default();
    let is_general = title.is_empty() || title.starts_with("没有办成");
    assert!(!is_general, "{} has no sentence of its own: {said}", answer.asked);
    let kind = answer.header("content-type").unwrap_or_default();
    assert_eq!(kind, "application/problem+json", "{}", answer.asked);
}

#[tokio::test]
async fn programs_are_told_what_is_wrong() {
    let directory = tempfile::tempdir().unwrap();
    let all = everybody(directory.path()).await;
    let before = Figures::of_site(&all.nodes.organiser).await.unwrap();
    wrong_documents(&all).await.unwrap();
    wrong_people(&all).await.unwrap();
    wrong_spreadsheets(&all).await.unwrap();
    let after = Figures::of_site(&all.nodes.organiser).await.unwrap();
    assert_eq!(before, after, "a refused request changed something");
}

async fn wrong_documents(all: &Everybody) -> Result<()> {
    let seekers = "/api/v1/seekers";
    let body = |kind, text: &str| Some((kind, text.as_bytes().to_vec()));
    let post = async |path: &str, body| all.anybody.send(Method::POST, path, body).await;
    check(&post(seekers, body("application/json", "{")).await?, 400, "json_syntax");
    for no_object in ["[]", "[7]", "null", "\"王女士\""] {
        check(&post(seekers, body("application/json", no_object)).await?, 400, "json_wrong");
    }
    let wrong_type = r#"{"form_of_address": 7}"#;
    check(&post(seekers, body("application/json", wrong_type)).await?, 400, "json_wrong");
    check(&post(seekers, body("text/plain", "{}")).await?, 415, "unsupported_type");
    let large = format!("{{\"form_of_address\": \"{}\"}}", "长".repeat(200_000));
    check(&post(seekers, body("application/json", &large)).await?, 413, "body_too_large");
    let unknown = json!({ "form_of_address": "王女士", "wish": { "wanted": ["astronaut"] } });
    check(&all.anybody.post(seekers, &unknown).await?, 400, "json_wrong");
    check(&all.anybody.get("/api/v1/nothing").await?, 404, "not_found");
    check(
        &all.anybody.send(Method::DELETE, "/api/v1/overview", None).await?,
        405,
        "method_not_allowed",
    );
    Ok(())
}

async fn wrong_people(all: &Everybody) -> Result<()> {
    let check_in = json!({ "ticket": all.ticket });
    let path = "/api/v1/check-ins";
    check(&all.anybody.post(path, &check_in).await?, 401, "session_needed");
    let forged = all.anybody.with_token("AAAA.BBBB.CCCC");
    check(&forged.post(path, &check_in).await?, 401, "session_needed");
    check(&all.employer.post(path, &check_in).await?, 403, "role_missing");
    check(&all.employer.get("/api/v1/consultations").await?, 403, "role_missing");
    check(&all.nodes.organiser.get("/api/v1/consultations").await?, 403, "role_missing");
    check(&all.volunteer.get("/api/v1/overview").await?, 403, "role_missing");
    let foreign = json!({ "booth": "Z99", "ticket": all.ticket, "outcome": "talk" });
    let answer = all.employer.post("/api/v1/outcomes", &foreign).await?;
    assert!([403, 404].contains(&answer.status), "{}", answer.text());
    let wrong_password = json!({ "login": VOLUNTEER.login, "password": "not-this-one" });
    let answer = all.anybody.post("/api/v1/sign-in", &wrong_password).await?;
    check(&answer, 401, "sign_in_wrong");
    let used = json!({ "code": "AAAA-AAAA", "login": "second", "password": "a-long-password" });
    let answer = all.anybody.post("/api/v1/setup", &used).await?;
    check(&answer, 409, "setup_done");
    let own = json!({ "booth": all.booth, "ticket": "NOT-A-TICKET", "outcome": "talk" });
    let answer = all.employer.post("/api/v1/outcomes", &own).await?;
    assert!((400..500).contains(&answer.status) && answer.code().is_some(), "{}", answer.text());
    Ok(())
}

async fn wrong_spreadsheets(all: &Everybody) -> Result<()> {
    let import = async |bytes: Vec<u8>| {
        let body = Some((SHEET, bytes));
        all.nodes.organiser.send(Method::POST, "/api/v1/employers/import", body).await
    };
    let before = fair::employers(&all.nodes.organiser).await?;
    let good = material::small_workbook()?;
    let mut cut = good.clone();
    cut.truncate(good.len() / 2);
    for wrong in [b"no spreadsheet".to_vec(), Vec::new(), cut, vec![0; 3_000_000]] {
        check(&import(wrong).await?, 422, "import_faults");
    }
    // Far more than the 10 MiB that are read: the sender still hears why.
    check(&import(vec![0; 12 << 20]).await?, 413, "body_too_large");
    let after = fair::employers(&all.nodes.organiser).await?;
    assert_eq!(before, after, "a refused spreadsheet changed something");
    Ok(())
}

#[tokio::test]
async fn the_kiosk_says_what_is_wrong_with_a_code() {
    let directory = tempfile::tempdir().unwrap();
    let all = everybody(directory.path()).await;
    let kiosk = all.nodes.kiosk().unwrap();
    let mut forged: Vec<char> = all.ticket.chars().collect();
    // Another last letter, another code.
    let last = forged.last_mut().unwrap();
    *last = if *last == 'A' { 'Q' } else { 'A' };
    let forged: String = forged.into_iter().collect();
    let cut: String = all.ticket.chars().take(20).collect();
    let long = "一".repeat(5_000);
    for wrong in [forged.as_str(), &cut, "https://example.com/", "\u{7}\u{0}", &long] {
        let seen = kiosk.scan(wrong).await.unwrap();
        assert_eq!(seen.verdict, "not_genuine", "{wrong:?}");
    }
    for wrong in [vec![], b"no picture".to_vec(), vec![0xff; 100_000]] {
        let body = Some(("image/png", wrong));
        let answer = kiosk.http().send(Method::POST, "/api/v1/frames", body).await.unwrap();
        assert!((400..500).contains(&answer.status), "{}: {}", answer.status, answer.text());
    }
    // And the real one is as good as before.
    assert_eq!(kiosk.scan(&all.ticket).await.unwrap().verdict, "welcome");
}

#[tokio::test]
async fn what_is_no_http_costs_one_connection() {
    let directory = tempfile::tempdir().unwrap();
    let nodes = Nodes::start(directory.path(), &Addresses::free()).await.unwrap();
    let host = nodes.site.process.host_port();
    for wrong in [
        "CONNECT example.com:443 HTTP/1.1\r\nHost: example.com\r\n\r\n",
        "GET http://example.com/ HTTP/1.1\r\nHost: example.com\r\n\r\n",
        "OPTIONS * HTTP/1.1\r\nHost: localhost\r\n\r\n",
        "GET / HTTP/1.1\r\nHost: elsewhere.example\r\n\r\n",
        "\u{16}\u{3}\u{1}\u{2}\u{0}nonsense\r\n\r\n",
    ] {
        let answer = exchange(host, wrong).await;
        assert!(!answer.starts_with("HTTP/1.1 5"), "{wrong:?}: {answer}");
        assert!(!answer.starts_with("HTTP/1.1 2"), "{wrong:?}: {answer}");
    }
    // A body that never comes ends with a sentence, not with a connection held for ever.
    let slow = "POST /api/v1/seekers HTTP/1.1\r\nHost: localhost\r\n\
                Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{";
    let answer = exchange(host, slow).await;
    assert!(answer.starts_with("HTTP/1.1 408"), "{answer}");
    nodes.site.http().unwrap().get("/healthz").await.unwrap().success().unwrap();
}

/// Sends some bytes and reads what comes first, if anything comes before the server hangs up.
async fn exchange(host: &str, bytes: &str) -> String {
    let mut stream = TcpStream::connect(host).await.unwrap();
    stream.write_all(bytes.as_bytes()).await.unwrap();
    let mut answer = vec![0; 4096];
    // An error is a reset: an answer too, if a curt one. Nothing at all is none.
    let came = tokio::time::timeout(Duration::from_secs(45), stream.read(&mut answer)).await;
    let size_bytes = came.expect("an answer or an end in time").unwrap_or_default();
    answer.truncate(size_bytes);
    String::from_utf8_lossy(&answer).into_owned()
}
