//! An import is there whole or not at all, whichever write of it fails.

use std::sync::Arc;

use domain::command::{Catalogue, Command, Reply};
use domain::day::{Day, Days};
use domain::employer::{Employer, EmploymentType, Place, Posting};
use domain::event::FairPlanned;
use domain::ids::{EmployerId, FairTag, PostingId};
use domain::ticket::TicketKey;
use journal::DiskErrorKind;
use journal::disk::MemoryDisk;
use journal::disk::memory::{DiskFault, FaultyCall};
use office::{Answer, Asked, OfficeMachine};
use site::machine::FairMachine;
use store::{Opening, Store, SystemWorld};

const EMPLOYERS: u8 = 40;

fn catalogue() -> Catalogue {
    let mut catalogue = Catalogue::default();
    for number in 0..EMPLOYERS {
        let id = EmployerId([number; 8]);
        let booth = format!("A{:02}", number + 1).parse().unwrap();
        let name = format!("样例单位{number}");
        let employer = Employer { id, name, credit_code: None, industry: None, booth: None };
        catalogue.employers.push(employer);
        catalogue.booths.push((booth, id));
        catalogue.postings.extend((0..8).map(|posting| Posting {
            id: PostingId([number, posting, 0, 0, 0, 0, 0, 1]),
            employer: id,
            title: format!("岗位{posting}"),
            occupation: None,
            openings: 3,
            employment: EmploymentType::FullTime,
            pay: None,
            education_min: None,
            place: Place { district: None, address: "中山路一号".to_owned() },
            conditions: domain::employer::Conditions::default(),
            valid_until: None,
            text: "包吃住，五险一金".repeat(20),
        }));
    }
    catalogue
}

fn plan() -> Command {
    let today = Day(2_255);
    let planned = FairPlanned {
        fair: FairTag([1; 4]),
        name: "春风送岗".to_owned(),
        place: "广场".to_owned(),
        district: 210_202,
        days: Days { first: today, last: today },
        address: "http://10.0.0.1".to_owned(),
        entry_limit: None,
    };
    Command::PlanFair(planned, TicketKey([1; 32]))
}

fn open(disk: &MemoryDisk) -> Store<FairMachine, MemoryDisk> {
    let me = store::identity(disk).unwrap().node_id();
    let opening = Opening {
        disk: disk.clone(),
        views: None,
        software: "a test".to_owned(),
        segment_bytes: 256 * 1024,
        world: Arc::new(SystemWorld { wall_clock: || 1_772_668_800_000 }),
    };
    opening.open(FairMachine::new(me)).unwrap().0
}

async fn ask(store: &Store<FairMachine, MemoryDisk>, command: Command) -> Option<Reply> {
    let answer = store.run(Asked { command, actor: None, device: None }).await.ok()?;
    let Answer::Done(reply) = answer else { panic!("refused: {answer:?}") };
    Some(reply)
}

fn employers(store: &Store<FairMachine, MemoryDisk>) -> usize {
    store.read(|machine| machine.fair().employers().count())
}

#[tokio::test(flavor = "multi_thread")]
async fn whichever_write_or_sync_fails_nothing_is_half_imported() {
    let (mut whole, mut none) = (0, 0);
    for call in [FaultyCall::Write, FaultyCall::Sync] {
        for after in 0..8 {
            let fault = DiskFault { call, after, kind: DiskErrorKind::Io, stays: false };
            match imported_under(fault).await {
                0 => none += 1,
                _ => whole += 1,
            }
        }
    }
    assert!(whole > 0 && none > 0, "{whole} whole, {none} none: the faults met nothing");
}

/// How many employers are there after a fault in the import and a power cut.
async fn imported_under(fault: DiskFault) -> usize {
    let disk = MemoryDisk::new();
    let store = open(&disk);
    ask(&store, plan()).await.unwrap();
    disk.order_fault(Some(fault));
    let answered = ask(&store, Command::ImportEmployers(catalogue())).await.is_some();
    let _stopped = store.close().await;
    disk.order_fault(None);
    disk.crash(fault.after);
    let store = open(&disk);
    let found = employers(&store);
    assert!(found == 0 || found == usize::from(EMPLOYERS), "{found} employers: {fault:?}");
    assert!(!answered || found > 0, "an answered import is gone: {fault:?}");
    store.close().await.unwrap();
    found
}
