//! Records carried by hand, with real processes: from a site without a network to headquarters and
//! the acknowledgement back, on the pages and on the command line; and everything that can be wrong
//! with such a file.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::Duration;

use end_to_end::canary::Canary;
use end_to_end::compatibility::Held;
use end_to_end::demo::fill_fair;
use end_to_end::http::{Answer, Http};
use end_to_end::journey::account::VOLUNTEER;
use end_to_end::journey::{
    Addresses, Figures, Nodes, Reach, desk, headquarters, material, secret, seekers, station,
};
use end_to_end::process::binary;
use end_to_end::wait;
use reqwest::Method;
use serde_json::Value;

const BOUND: Duration = Duration::from_secs(20);
const FACTS: &str = "金丝雀-随身带走也看不到的话-5193";

/// A site that was enrolled at headquarters, which is gone from the network since, and what
/// happened after that, at the site and at a kiosk that is switched off by now.
struct Cut {
    nodes: Nodes,
    figures: Figures,
    _work: tempfile::TempDir,
}

impl Cut {
    /// Headquarters is stopped before anything happens; the site goes on.
    async fn new() -> Self {
        let work = tempfile::tempdir().unwrap();
        let mut nodes = Nodes::start(work.path(), &Addresses::free()).await.unwrap();
        fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
        headquarters::enrol_site(&nodes).await.unwrap();
        nodes.hq.process.stop().await.unwrap();
        nodes.enrol_kiosk(Reach::Direct, &Addresses::free().kiosk).await.unwrap();
        station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
        let anybody = nodes.site.http().unwrap();
        let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
        let kiosk = nodes.kiosk().unwrap();
        assert_eq!(kiosk.scan(&ticket.ticket).await.unwrap().verdict, "welcome");
        station::until_handed_over(kiosk).await.unwrap();
        nodes.stop_kiosk().await.unwrap();
        let mut cut = Self { nodes, figures: Figures::default(), _work: work };
        let volunteer = VOLUNTEER.create(&cut.nodes.organiser, None).await.unwrap();
        desk::start_shift(&volunteer).await.unwrap();
        let anybody = cut.nodes.site.http().unwrap();
        let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
        desk::consult(&volunteer, &ticket.ticket, FACTS).await.unwrap();
        cut.figures = Figures::of_site(&cut.nodes.organiser).await.unwrap();
        cut
    }

    async fn somebody_comes(&mut self) {
        let anybody = self.nodes.site.http().unwrap();
        let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
        let came = seekers::check_in(&self.nodes.organiser, &ticket.ticket).await.unwrap();
        assert_eq!(came.verdict, "welcome");
        self.figures = Figures::of_site(&self.nodes.organiser).await.unwrap();
    }

    /// The file that the organiser's page gives.
    async fn bundle(&self, all: bool) -> Vec<u8> {
        let fields: &[(&str, &str)] = if all { &[("all", "1")] } else { &[] };
        let answer = form(&self.nodes.organiser, "/organiser/stick", fields).await;
        assert_eq!(answer.status, 200, "{}", answer.text());
        assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
        let name = answer.header("content-disposition").unwrap().to_owned();
        assert!(name.ends_with(".bundle\""), "{name}");
        answer.body
    }

    /// Brings a file to the page of headquarters, which runs again but can't be reached from the
    /// site: its address is another one now.
    async fn headquarters_elsewhere(&mut self) {
        let data = self.nodes.hq.data.clone();
        self.nodes.hq = end_to_end::hq::Hq::start(&data, "127.0.0.1:0").await.unwrap();
        let account = end_to_end::journey::account::CLERK;
        let http = self.nodes.hq.http().unwrap();
        let signed_in = end_to_end::site::sign_in(&http, account.login, account.password);
        self.nodes.clerk = signed_in.await.unwrap();
    }

    async fn bring(&self, file: &[u8]) -> Answer {
        upload(&self.nodes.clerk, "/stick", "bundle", file).await
    }

    async fn acknowledgement(&self) -> Vec<u8> {
        let sites: Value = self.nodes.clerk.get("/api/v1/sites").await.unwrap().document().unwrap();
        let site = sites.pointer("/sites/0/node").and_then(Value::as_str).unwrap();
        let path = format!("/sites/{site}/acknowledgement.ack");
        self.nodes.clerk.get(&path).await.unwrap().success().unwrap().body
    }

    async fn at_headquarters(&self) -> Figures {
        Figures::of_headquarters(&self.nodes.clerk).await.unwrap()
    }

    /// What the site says of headquarters.
    async fn delivered(&self) -> Value {
        let overview: Value =
            self.nodes.organiser.get("/api/v1/overview").await.unwrap().document().unwrap();
        overview["headquarters"].clone()
    }
}

async fn form(http: &Http, path: &str, fields: &[(&str, &str)]) -> Answer {
    let pairs: Vec<String> = fields.iter().map(|(name, value)| format!("{name}={value}")).collect();
    let body = pairs.join("&").into_bytes();
    let kind = "application/x-www-form-urlencoded";
    http.send(Method::POST, path, Some((kind, body))).await.unwrap()
}

async fn upload(http: &Http, path: &str, field: &str, file: &[u8]) -> Answer {
    let head = format!(
        "--cut\r\ncontent-disposition: form-data; name=\"{field}\"; filename=\"x\"\r\n\
         content-type: application/octet-stream\r\n\r\n"
    );
    let body = [head.as_bytes(), file, b"\r\n--cut--\r\n"].concat();
    http.send(Method::POST, path, Some(("multipart/form-data; boundary=cut", body))).await.unwrap()
}

/// The sentence of a refusal, as the page shows it.
fn sentence(code: &str) -> String {
    let table = include_str!("../../assets/text/carry.toml");
    let line = table.lines().find(|line| line.starts_with(&format!("{code} = ")));
    let line = line.unwrap_or_else(|| panic!("{code} has no sentence"));
    line.split('"').nth(1).unwrap().to_owned()
}

#[tokio::test]
async fn a_site_without_a_network_is_counted_and_knows_it() {
    let mut cut = Cut::new().await;
    let file = cut.bundle(false).await;
    assert!(Canary::new(FACTS).find_in(&file).is_empty());
    let receipt = cut.nodes.organiser.get("/organiser/stick").await.unwrap().text();
    assert!(receipt.contains("SHA-256"), "{receipt}");

    cut.headquarters_elsewhere().await;
    let first = cut.bring(&file).await.success().unwrap().text();
    assert!(first.contains("全部收下"), "{first}");
    assert_eq!(cut.at_headquarters().await, cut.figures);
    // Twice is as good as once, and says so.
    let records = Held::of(&copy(&cut.nodes.hq.data)).unwrap();
    let again = cut.bring(&file).await.success().unwrap().text();
    assert!(again.contains("没有新记录"), "{again}");
    assert_eq!(cut.at_headquarters().await, cut.figures);
    assert_eq!(Held::of(&copy(&cut.nodes.hq.data)).unwrap(), records);

    // Before the acknowledgement is back the site does not claim anything.
    assert_eq!(cut.delivered().await["all_delivered"], false);
    let back = cut.acknowledgement().await;
    let taken = upload(&cut.nodes.organiser, ACKNOWLEDGE, "acknowledgement", &back).await;
    assert!(taken.success().unwrap().text().contains("回执已收下"));
    wait::until_true("the site to know", BOUND, async || {
        let state = cut.delivered().await;
        Ok(state["all_delivered"] == true)
    })
    .await
    .unwrap();
    // Now there is nothing to carry, until something happens; then only that is carried.
    let nothing = form(&cut.nodes.organiser, "/organiser/stick", &[]).await;
    assert!(nothing.text().contains(&sentence("carry_nothing")), "{}", nothing.text());
    cut.somebody_comes().await;
    assert_eq!(cut.delivered().await["all_delivered"], false);
    let rest = cut.bundle(false).await;
    assert!(rest.len() < file.len() / 2, "{} of {}", rest.len(), file.len());
    cut.bring(&rest).await.success().unwrap();
    assert_eq!(cut.at_headquarters().await, cut.figures);

    // What was sealed stayed at the site, decrypted and decoded.
    cut.nodes.stop().await.unwrap();
    let canary = Canary::new(FACTS);
    secret::search_records(&cut.nodes.hq.data, &canary).unwrap();
    assert_eq!(canary.find_below(&cut.nodes.hq.data).unwrap(), []);
    // It is in the site's journal, so that not finding it means something.
    secret::verify(&cut.nodes.hq.data).unwrap();
}

const ACKNOWLEDGE: &str = "/organiser/stick/acknowledgement";

/// A copy of a running node's journal, to look into: the node holds the lock of its own.
fn copy(data: &Path) -> PathBuf {
    let work = tempfile::tempdir().unwrap().keep();
    for entry in std::fs::read_dir(data).unwrap() {
        let entry = entry.unwrap();
        if entry.file_type().unwrap().is_file() {
            std::fs::copy(entry.path(), work.join(entry.file_name())).unwrap();
        }
    }
    work
}

#[tokio::test]
async fn whatever_is_wrong_with_a_file_has_its_own_sentence_and_changes_nothing() {
    let mut cut = Cut::new().await;
    let file = cut.bundle(false).await;
    cut.headquarters_elsewhere().await;
    let refused = async |file: &[u8], code: &str| {
        let answer = cut.bring(file).await;
        assert_eq!(answer.status, 422, "{code}: {}", answer.text());
        assert!(answer.text().contains(&sentence(code)), "{code}: {}", answer.text());
    };
    // Pulled too early: at every 4 KiB, and in between.
    for length in (0..file.len()).step_by(4096).chain([1, 7, 40, file.len() - 1]) {
        refused(&file[..length], "carry_cut").await;
    }
    for place in [60, 300, file.len() / 2, file.len() - 1] {
        let mut changed = file.clone();
        changed[place] ^= 1;
        refused(&changed, "carry_changed").await;
    }
    refused(b"PK\x03\x04 a spreadsheet", "carry_not_ours").await;
    let back = cut.acknowledgement().await;
    refused(&back, "carry_other_kind").await;
    // Another fair, with another headquarters, brought here by mistake.
    let other = Cut::new().await;
    refused(&other.bundle(false).await, "carry_not_for_us").await;
    assert_eq!(cut.at_headquarters().await, Figures::default());
    cut.bring(&file).await.success().unwrap();
    assert_eq!(cut.at_headquarters().await, cut.figures);

    // At the site, too.
    let site = &cut.nodes.organiser;
    let good = cut.acknowledgement().await;
    let answer = upload(&other.nodes.organiser, ACKNOWLEDGE, "acknowledgement", &good).await;
    assert!(answer.text().contains(&sentence("carry_other_receiver")), "{}", answer.text());
    let answer = upload(site, ACKNOWLEDGE, "acknowledgement", &file).await;
    assert!(answer.text().contains(&sentence("carry_other_kind")), "{}", answer.text());
    let answer = upload(site, ACKNOWLEDGE, "acknowledgement", &good[..good.len() - 9]).await;
    assert!(answer.text().contains(&sentence("carry_cut")), "{}", answer.text());
    assert_eq!(cut.delivered().await["all_delivered"], false);
}

#[tokio::test]
async fn a_gap_names_the_records_that_are_missing() {
    let mut cut = Cut::new().await;
    let first = cut.bundle(false).await;
    let before = cut.nodes.hq.data.with_extension("before");
    copy_whole(&cut.nodes.hq.data, &before);
    cut.headquarters_elsewhere().await;
    cut.bring(&first).await.success().unwrap();
    let back = cut.acknowledgement().await;
    upload(&cut.nodes.organiser, ACKNOWLEDGE, "acknowledgement", &back).await.success().unwrap();
    wait::until_true("the site to know", BOUND, async || {
        Ok(cut.delivered().await["all_delivered"] == true)
    })
    .await
    .unwrap();
    cut.somebody_comes().await;
    let second = cut.bundle(false).await;

    // Headquarters falls back to what it was before the first stick.
    cut.nodes.hq.process.stop().await.unwrap();
    std::fs::remove_dir_all(&cut.nodes.hq.data).unwrap();
    copy_whole(&before, &cut.nodes.hq.data);
    cut.headquarters_elsewhere().await;
    let answer = cut.bring(&second).await.success().unwrap().text();
    assert!(answer.contains("缺前面的第 ") && answer.contains("没有收下"), "{answer}");
    assert_eq!(cut.at_headquarters().await, Figures::default());
    // With everything written again it is whole.
    let all = cut.bundle(true).await;
    cut.bring(&all).await.success().unwrap();
    assert_eq!(cut.at_headquarters().await, cut.figures);
}

fn copy_whole(from: &Path, to: &Path) {
    std::fs::create_dir_all(to).unwrap();
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.file_type().unwrap().is_dir() {
            copy_whole(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn journal(arguments: &[&str]) -> Output {
    let program = binary("springbreeze-server").unwrap();
    Command::new(program).arg("journal").args(arguments).output().unwrap()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

fn file_in(directory: &Path, ending: &str) -> PathBuf {
    let mut entries = std::fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let found = entries.find(|path| path.extension().is_some_and(|found| found == ending));
    found.unwrap_or_else(|| panic!("no .{ending} in {}", directory.display()))
}

#[tokio::test]
async fn stopped_nodes_carry_by_the_command_line() {
    let mut cut = Cut::new().await;
    cut.nodes.stop().await.unwrap();
    let stick = tempfile::tempdir().unwrap();
    let (site, hq) = (cut.nodes.site.data.clone(), cut.nodes.hq.data.clone());

    let exported = journal(&["export", "--data", text(&site), "--to", text(stick.path())]);
    let said = String::from_utf8_lossy(&exported.stdout).into_owned();
    assert!(exported.status.success(), "{}", String::from_utf8_lossy(&exported.stderr));
    assert!(said.contains("可以拔出 safe to remove") && said.contains("SHA-256"), "{said}");
    let bundle = file_in(stick.path(), "bundle");
    assert!(
        !stick.path().read_dir().unwrap().any(|entry| {
            entry.unwrap().path().extension().is_some_and(|ending| ending == "part")
        })
    );

    let back = stick.path().join("back.ack");
    let import = ["import", "--data", text(&hq), "--from", text(&bundle)];
    let with_word = [import.as_slice(), &["--acknowledge", text(&back)]].concat();
    let imported = journal(&with_word);
    let said = String::from_utf8_lossy(&imported.stdout).into_owned();
    assert!(imported.status.success(), "{}", String::from_utf8_lossy(&imported.stderr));
    assert!(said.contains("新收 new"), "{said}");
    let again = journal(&import);
    let said = String::from_utf8_lossy(&again.stdout).into_owned();
    assert!(again.status.success() && said.contains("nothing new"), "{said}");

    // The file is for nobody else, and a site is no headquarters.
    let wrong = journal(&["import", "--data", text(&site), "--from", text(&bundle)]);
    let said = String::from_utf8_lossy(&wrong.stderr).into_owned();
    assert!(!wrong.status.success() && said.contains("carry_not_for_us"), "{said}");

    let acknowledged = journal(&["import", "--data", text(&site), "--from", text(&back)]);
    let said = String::from_utf8_lossy(&acknowledged.stdout).into_owned();
    assert!(acknowledged.status.success() && said.contains("总部回执"), "{said}");
    // All that is left is what starting to look for more has written itself.
    let rest = journal(&["export", "--data", text(&site), "--to", text(stick.path())]);
    let said = String::from_utf8_lossy(&rest.stdout).into_owned();
    assert!(said.contains("records: 2\n") || said.contains("records: 3\n"), "{said}");

    cut.headquarters_elsewhere().await;
    assert_eq!(cut.at_headquarters().await, cut.figures);
}

#[test]
fn a_directory_without_a_node_is_left_alone() {
    let empty = tempfile::tempdir().unwrap();
    let exported = journal(&["export", "--data", text(empty.path()), "--to", "/dev/null"]);
    assert!(!exported.status.success());
    assert_eq!(empty.path().read_dir().unwrap().count(), 0);
}
