//! The restore drill: a fair is backed up while it runs and goes on, its site is lost, and a new one
//! made from the backup takes its place.

#![expect(
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use std::time::Duration;

use end_to_end::compatibility::Held;
use end_to_end::demo::fill_fair;
use end_to_end::http::Http;
use end_to_end::journey::account::VOLUNTEER;
use end_to_end::journey::{
    Addresses, Figures, Nodes, Reach, desk, headquarters, material, secret, seekers, station,
};
use end_to_end::process::{binary, signal};
use end_to_end::site::Consultation;
use end_to_end::tried::Tried;
use end_to_end::wait;
use serde_json::Value;

const BOUND: Duration = Duration::from_secs(20);
const FACTS: &str = "只有备份也带着钥匙才读得到的话";

struct Drill {
    nodes: Nodes,
    volunteer: Http,
    consultation: Consultation,
    work: tempfile::TempDir,
}

impl Drill {
    async fn new() -> Self {
        let work = tempfile::tempdir().unwrap();
        let mut nodes = Nodes::start(&work.path().join("nodes"), &Addresses::free()).await.unwrap();
        fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
        headquarters::enrol_site(&nodes).await.unwrap();
        nodes.enrol_kiosk(Reach::Direct, &Addresses::free().kiosk).await.unwrap();
        station::until_ready(nodes.kiosk().unwrap()).await.unwrap();
        let volunteer = VOLUNTEER.create(&nodes.organiser, None).await.unwrap();
        desk::start_shift(&volunteer).await.unwrap();
        let anybody = nodes.site.http().unwrap();
        let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap().ticket;
        let consultation = desk::consult(&volunteer, &ticket, FACTS).await.unwrap();
        Self { nodes, volunteer, consultation, work }
    }

    async fn somebody_comes(&self) {
        let anybody = self.nodes.site.http().unwrap();
        let ticket = seekers::register(&anybody, &seekers::a_seeker()).await.unwrap();
        let kiosk = self.nodes.kiosk().unwrap();
        station::until_ready(kiosk).await.unwrap();
        assert_eq!(kiosk.scan(&ticket.ticket).await.unwrap().verdict, "welcome");
        station::until_handed_over(kiosk).await.unwrap();
    }

    fn backup_directory(&self) -> PathBuf {
        self.work.path().join("backup")
    }

    async fn at_site(&self) -> Figures {
        Figures::of_site(&self.nodes.organiser).await.unwrap()
    }
}

fn server(arguments: &[&str]) -> Output {
    let program = binary("springbreeze-server").unwrap();
    Command::new(program).args(arguments).output().unwrap()
}

fn said(output: &Output) -> String {
    let both = [output.stdout.as_slice(), &output.stderr].concat();
    String::from_utf8_lossy(&both).into_owned()
}

fn text(path: &Path) -> &str {
    path.to_str().unwrap()
}

/// A follower of the site.
fn follow(data: &Path, to: &Path) -> Child {
    let program = binary("springbreeze-server").unwrap();
    let mut command = Command::new(program);
    command.args(["backup", "--follow", "--data", text(data), "--to", text(to)]);
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap()
}

/// What a journal holds that another process may have the lock of: a copy is looked into.
fn held(directory: &Path) -> anyhow::Result<Held> {
    let copy = tempfile::tempdir()?;
    for entry in std::fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_type()?.is_file() {
            std::fs::copy(entry.path(), copy.path().join(entry.file_name()))?;
        }
    }
    Held::of(copy.path())
}

#[tokio::test]
async fn a_site_made_anew_from_its_backup_brings_everything_back_in_step() {
    let mut drill = Drill::new().await;
    let (data, to) = (drill.nodes.site.data.clone(), drill.backup_directory());
    drill.somebody_comes().await;
    let mut follower = follow(&data, &to);
    drill.somebody_comes().await;
    let at_backup = drill.at_site().await;
    wait::until_true("the backup to have everything", BOUND, async || {
        Ok(held(&to.join("journal"))?.heads == held(&data)?.heads)
    })
    .await
    .unwrap();
    signal(follower.id(), "TERM").unwrap();
    assert!(follower.wait().unwrap().success());
    let backed_up = Held::of(&to.join("journal")).unwrap();

    // The fair goes on, headquarters hears of it, and then the site's machine is lost.
    drill.somebody_comes().await;
    let lost = drill.at_site().await;
    headquarters::until_counted(&drill.nodes, &lost).await.unwrap();
    drill.nodes.site.process.kill().await.unwrap();
    std::fs::remove_dir_all(&data).unwrap();

    let restored = server(&["restore", "--from", text(&to), "--data", text(&data)]);
    assert!(restored.status.success(), "{}", said(&restored));
    assert!(said(&restored).contains("可能缺少"), "{}", said(&restored));
    assert_eq!(Held::of(&data).unwrap(), backed_up);
    secret::verify(&data).unwrap();
    let again = server(&["restore", "--from", text(&to), "--data", text(&data)]);
    assert!(!again.status.success() && said(&again).contains("not empty"), "{}", said(&again));

    drill.nodes.site.process.restart().await.unwrap();
    // Headquarters may have given back some of the rest already.
    let tickets = drill.at_site().await.tickets;
    assert!((at_backup.tickets..=lost.tickets).contains(&tickets), "{tickets}");
    let facts = desk::facts_again(&drill.volunteer, &drill.consultation).await.unwrap();
    assert_eq!(facts, FACTS);
    // The kiosk brings again what it recorded since, and headquarters gives the rest back.
    let back = wait::until_true("what was lost to be at the site again", BOUND, async || {
        let here = drill.at_site().await;
        Ok(here.entries == lost.entries && here.tickets == lost.tickets)
    });
    if let Err(error) = back.await {
        let status = drill.nodes.kiosk().unwrap().status().await;
        panic!("{error:#}: {:?} of {lost:?}, {status:?}", drill.at_site().await);
    }
    // What happens from now on arrives everywhere, and both have the same.
    drill.somebody_comes().await;
    assert_eq!(drill.at_site().await.entries, lost.entries + 1);
    wait::until_true("headquarters' count", BOUND, async || {
        let counted = Figures::of_headquarters(&drill.nodes.clerk).await?;
        Ok(counted.entries == lost.entries + 1 && counted.tickets == lost.tickets + 1)
    })
    .await
    .unwrap();
    wait::until_true("the site to say that all is delivered", BOUND, async || {
        let overview: Value = drill.nodes.organiser.get("/api/v1/overview").await?.document()?;
        Ok(overview.pointer("/headquarters/all_delivered") == Some(&Value::Bool(true)))
    })
    .await
    .unwrap();
    // The node made anew is backed up into the same directory.
    let once = server(&["backup", "--data", text(&data), "--to", text(&to)]);
    assert!(once.status.success(), "{}", said(&once));
    drill.nodes.stop().await.unwrap();
    let once = server(&["backup", "--data", text(&data), "--to", text(&to)]);
    assert!(once.status.success(), "{}", said(&once));
    let (of_backup, of_site) = (Held::of(&to.join("journal")).unwrap(), Held::of(&data).unwrap());
    assert_eq!(of_backup.heads, of_site.heads);
    let found = usize::try_from(lost.entries + lost.tickets).unwrap();
    Tried::new(1, found).tell("a site lost, restored from an old backup").unwrap();
}

#[tokio::test]
async fn headquarters_restored_from_an_old_backup_gets_from_the_site_what_it_lost() {
    let mut drill = Drill::new().await;
    let (data, to) = (drill.nodes.hq.data.clone(), drill.backup_directory());
    drill.somebody_comes().await;
    let at_backup = drill.at_site().await;
    headquarters::until_counted(&drill.nodes, &at_backup).await.unwrap();
    let once = server(&["backup", "--data", text(&data), "--to", text(&to)]);
    assert!(once.status.success(), "{}", said(&once));
    drill.somebody_comes().await;
    drill.somebody_comes().await;
    let lost = drill.at_site().await;
    headquarters::until_counted(&drill.nodes, &lost).await.unwrap();
    drill.nodes.hq.process.kill().await.unwrap();
    std::fs::remove_dir_all(&data).unwrap();
    let restored = server(&["restore", "--from", text(&to), "--data", text(&data)]);
    assert!(restored.status.success(), "{}", said(&restored));

    drill.nodes.hq.process.restart().await.unwrap();
    headquarters::until_counted(&drill.nodes, &lost).await.unwrap();
    drill.somebody_comes().await;
    let counted = drill.at_site().await;
    headquarters::until_counted(&drill.nodes, &counted).await.unwrap();
    drill.nodes.stop().await.unwrap();
    secret::verify(&data).unwrap();
    let found = usize::try_from(counted.entries + counted.tickets).unwrap();
    Tried::new(1, found).tell("headquarters lost, restored from an old backup").unwrap();
}

#[tokio::test]
async fn a_running_site_is_backed_up_once_and_a_changed_backup_is_not_restored() {
    let mut drill = Drill::new().await;
    let (data, to) = (drill.nodes.site.data.clone(), drill.backup_directory());
    drill.somebody_comes().await;
    // What is written meanwhile (a signature, once it is quiet) goes into the next one.
    wait::until_true("a backup with everything", BOUND, async || {
        let before = held(&data)?.heads;
        let once = server(&["backup", "--data", text(&data), "--to", text(&to)]);
        assert!(once.status.success(), "{}", said(&once));
        let here = Held::of(&to.join("journal"))?.heads;
        assert!(here.len() == before.len(), "{here:?} {before:?}");
        Ok(here == held(&data)?.heads)
    })
    .await
    .unwrap();
    // The kiosk's directory is taken for its journal.
    drill.nodes.stop().await.unwrap();
    let kiosk = drill.nodes.kiosk().unwrap().data.clone();
    secret::verify(&kiosk).unwrap();

    let segment = to.join("journal/00000001.log");
    let mut bytes = std::fs::read(&segment).unwrap();
    bytes[5_000] ^= 1;
    std::fs::write(&segment, bytes).unwrap();
    let new = drill.work.path().join("new");
    let restored = server(&["restore", "--from", text(&to), "--data", text(&new)]);
    assert!(!restored.status.success() && !new.exists(), "{}", said(&restored));
    assert!(said(&restored).contains("corruption"), "{}", said(&restored));
}
