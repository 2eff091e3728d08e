//! What an earlier version wrote, this one reads: its nodes' directories, its messages, its tickets.
//! And what this version does not know yet, it carries on unchanged.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::path::Path;

use anyhow::{Context, Result, ensure};
use data_encoding::HEXLOWER;
use domain::command::{Command, Presentation, Reply, Scan};
use domain::day::Day;
use domain::decide::{Decided, decide};
use domain::event::Method;
use domain::fair::Fair;
use end_to_end::compatibility::{self as kept, Expected, Held, STORE, head_text};
use end_to_end::hq::Hq;
use end_to_end::journey::account::{CLERK, ORGANISER, VOLUNTEER};
use end_to_end::journey::{Figures, station};
use end_to_end::kiosk::{Enrolment, Kiosk};
use end_to_end::process::{Process, binary};
use end_to_end::site::{Site, sign_in};
use end_to_end::wait;
use journal::NodePublic;
use serde_json::Value;
use site::machine::FairMachine;
use site::ticket_keys::TicketKeys;
use sync::batch::Unverified;
use sync::hello::{HELLO_PURPOSE, Hello, Signed};

/// A free port of this machine.
const FREE: &str = "127.0.0.1:0";

/// A version's nodes, unpacked where they may be opened.
fn unpacked(version: &Path, name: &str) -> tempfile::TempDir {
    let work = tempfile::tempdir().unwrap();
    kept::unpack(&version.join(name), &work.path().join(name)).unwrap();
    work
}

fn each_version(check: impl Fn(&Path, &Expected)) {
    for version in kept::versions().unwrap() {
        check(&version, &kept::expected(&version).unwrap());
    }
}

#[test]
fn the_files_of_all_versions_together_are_small() {
    let files = end_to_end::canary::files_below(&kept::directory()).unwrap();
    let bytes: u64 = files.iter().map(|file| file.metadata().unwrap().len()).sum();
    assert!(bytes < 300_000, "{bytes} bytes");
}

#[test]
fn every_journal_holds_what_it_held_and_is_found_whole() {
    each_version(|version, expected| {
        for (name, held) in &expected.journals {
            let work = unpacked(version, name);
            let data = kept::journal_of(work.path(), name);
            assert_eq!(Held::of(&data).unwrap(), *held, "{name}");
            end_to_end::journey::secret::verify(&data).unwrap();
        }
    });
}

#[test]
fn batch_and_hello_are_read_and_are_their_senders() {
    each_version(|version, expected| {
        let public = HEXLOWER.decode(expected.site_public.as_bytes()).unwrap();
        let public = NodePublic::from_bytes(&public).unwrap();
        let bytes = std::fs::read(version.join("batch")).unwrap();
        let (header, unverified) = Unverified::parse(&bytes).unwrap();
        assert_eq!((header.sender, header.store), (public.node_id(), STORE));
        let batch = unverified.verify(header, public, Some(public)).unwrap();
        assert_eq!(batch.entries.len(), expected.batch_records);
        assert_eq!(head_text(&batch.last), expected.batch_last);

        let bytes = std::fs::read(version.join("hello")).unwrap();
        let signed: Signed = minicbor::decode(&bytes).unwrap();
        let hello: Hello = signed.read(public, HELLO_PURPOSE).unwrap();
        assert_eq!((hello.sender, hello.view_version), (public.node_id(), 5));
        assert_eq!(hello.common_protocol(), Some(sync::limits::PROTOCOL));
        let head = hello.heads.first().unwrap();
        let stream = format!("{}/{:016x}", head.origin, head.head.epoch.0);
        assert_eq!(expected.journals["site"].heads[&stream], head_text(&head.head));
    });
}

#[test]
fn a_bundle_and_its_acknowledgement_are_taken() {
    each_version(|version, _| {
        let (hq, site) = (unpacked(version, "hq"), unpacked(version, "site"));
        let (hq, site) = (hq.path().join("hq"), site.path().join("site"));
        let bundle = version.join(kept::BUNDLE);
        for result in ["新收 new", "nothing new"] {
            let said = server(&["journal", "import"], &[("--data", &hq), ("--from", &bundle)]);
            assert!(said.contains(result), "{said}");
        }
        let word = version.join(kept::ACKNOWLEDGEMENT);
        let said = server(&["journal", "import"], &[("--data", &site), ("--from", &word)]);
        assert!(said.contains("总部回执"), "{said}");
    });
}

#[test]
fn a_backup_is_made_into_the_node_that_it_was_made_of() {
    each_version(|version, expected| {
        let work = unpacked(version, "backup");
        let (backup, new) = (work.path().join("backup"), work.path().join("new"));
        server(&["restore"], &[("--from", &backup), ("--data", &new)]);
        assert_eq!(Held::of(&new).unwrap(), expected.journals["site"]);
    });
}

/// What the server prints, having done its work.
fn server(command: &[&str], paths: &[(&str, &Path)]) -> String {
    let mut server = std::process::Command::new(binary("springbreeze-server").unwrap());
    server.args(command);
    for (name, path) in paths {
        server.arg(name).arg(path);
    }
    let output = server.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[tokio::test]
async fn the_site_counts_the_same_and_the_desk_reads_what_was_said() {
    for version in kept::versions().unwrap() {
        let expected = kept::expected(&version).unwrap();
        let work = unpacked(&version, "site");
        let mut site = Site::start(&work.path().join("site"), FREE, &[]).await.unwrap();
        let nobody = site.http().unwrap();
        let organiser = sign_in(&nobody, ORGANISER.login, ORGANISER.password).await.unwrap();
        assert_eq!(Figures::of_site(&organiser).await.unwrap(), expected.figures);
        let volunteer = sign_in(&nobody, VOLUNTEER.login, VOLUNTEER.password).await.unwrap();
        assert_eq!(said(&volunteer, &expected.day).await.unwrap(), [expected.facts.as_str()]);
        stop(&mut site.process).await;
    }
}

/// What was said at the desk on a day.
async fn said(volunteer: &end_to_end::http::Http, day: &str) -> Result<Vec<String>> {
    let path = format!("/api/v1/consultations?day={day}");
    let listed: Value = volunteer.get(&path).await?.document()?;
    let all = listed["consultations"].as_array().or(listed.as_array());
    let all = all.with_context(|| format!("a list, not {listed}"))?;
    let facts = all.iter().map(|one| one["facts"].as_str().map(str::to_owned));
    facts.collect::<Option<_>>().with_context(|| format!("no text in {listed}"))
}

#[tokio::test]
async fn headquarters_counts_the_same() {
    for version in kept::versions().unwrap() {
        let expected = kept::expected(&version).unwrap();
        let work = unpacked(&version, "hq");
        let mut hq = Hq::start(&work.path().join("hq"), FREE).await.unwrap();
        let clerk = sign_in(&hq.http().unwrap(), CLERK.login, CLERK.password).await.unwrap();
        assert_eq!(Figures::of_headquarters(&clerk).await.unwrap(), expected.figures);
        stop(&mut hq.process).await;
    }
}

#[tokio::test]
async fn the_kiosk_knows_its_fair_and_its_tickets_without_its_site() {
    for version in kept::versions().unwrap() {
        let expected = kept::expected(&version).unwrap();
        let work = unpacked(&version, "kiosk");
        let nowhere = Enrolment { site_url: "http://127.0.0.1:9", code: None, name: "" };
        let data = work.path().join("kiosk");
        let mut kiosk = Kiosk::start(&data, FREE, nowhere).await.unwrap();
        let status = wait::until("the kiosk's status", station::HANDOVER_BOUND, async || {
            kiosk.status().await.map(Some)
        });
        assert_eq!(status.await.unwrap()["stage"], expected.kiosk_stage);
        // Whatever today is, the ticket is genuine; without its site the kiosk does not know the day
        // for sure, so it holds the ticket's days against nobody.
        let seen = kiosk.scan(&expected.tickets.presented).await.unwrap();
        let today = Day::of_ms(store::wall_clock_ms());
        let day: Day = expected.day.parse().unwrap();
        let verdict = if today == day { "already" } else { "welcome" };
        assert_eq!((seen.verdict.as_str(), seen.decided_by.as_str()), (verdict, "station"));
        stop(&mut kiosk.process).await;
    }
}

async fn stop(process: &mut Process) {
    assert!(process.stop().await.unwrap().success());
}

#[tokio::test]
async fn tickets_get_the_verdict_that_they_got_on_their_day() {
    for version in kept::versions().unwrap() {
        let expected = kept::expected(&version).unwrap();
        let work = unpacked(&version, "site");
        let (store, report) = site::open(&work.path().join("site")).unwrap();
        assert!(report.recovery.was_clean && report.unread == 0, "{report:?}");
        let keys = TicketKeys::default();
        keys.refresh(&store).await.unwrap();
        let verdict = |text: &str| {
            let fair = store.read(|machine| office_fair(machine).tag());
            let ticket = keys.check(text, fair).expect("a genuine ticket");
            let presented = Presentation::Ticket(ticket);
            let today = expected.day.parse().unwrap();
            let scan = Command::CheckIn(Scan { presented, method: Method::Scanner, today });
            let node = store.node();
            let decided = store.read(|machine| decide(office_fair(machine), node, &scan));
            let Ok(Decided { reply: Reply::Scanned(scanned), .. }) = decided else {
                panic!("a check-in is always answered with a verdict")
            };
            scanned.verdict.code()
        };
        assert_eq!(verdict(&expected.tickets.presented), "already_checked_in");
        assert_eq!(verdict(&expected.tickets.fresh), "welcome");
        store.close().await.unwrap();
    }
}

fn office_fair(machine: &FairMachine) -> &Fair {
    office::OfficeMachine::fair(machine)
}

#[test]
fn what_is_kept_is_never_written_again() {
    let generator = binary("compatibility").unwrap();
    let output = std::process::Command::new(generator).output().unwrap();
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(!output.status.success() && said.contains("is kept already"), "{said}");
}

#[test]
fn a_changed_file_is_found_out() -> Result<()> {
    let versions = kept::versions()?;
    let version = versions.first().context("a version")?;
    let work = unpacked(version, "site");
    let data = work.path().join("site");
    let segment = data.join("00000001.log");
    let mut bytes = std::fs::read(&segment)?;
    let byte = bytes.get_mut(4_096).context("a segment is longer")?;
    *byte ^= 1;
    std::fs::write(&segment, bytes)?;
    let held = Held::of(&data)?;
    ensure!(held != kept::expected(version)?.journals["site"], "{held:?}");
    Ok(())
}
