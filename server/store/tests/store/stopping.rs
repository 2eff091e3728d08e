//! A failing disk: nothing is answered any more, nothing answered is lost. A full one: refused, and
//! on again by itself.

use std::time::{Duration, Instant};

use journal::DiskErrorKind;
use journal::disk::MemoryDisk;
use journal::disk::memory::{DiskFault, FaultyCall};
use store::{FileDisk, Options, Store, StoreError};

use crate::toy::{Answer, Command, Toy, numbers, open, open_memory};

#[tokio::test(flavor = "multi_thread")]
async fn whichever_write_or_sync_fails_what_was_answered_is_kept() {
    for call in [FaultyCall::Write, FaultyCall::Sync] {
        for after in 0..25 {
            one_failing_call(DiskFault { call, after, kind: DiskErrorKind::Io, stays: false })
                .await;
        }
    }
}

async fn one_failing_call(fault: DiskFault) {
    let disk = MemoryDisk::new();
    let store = open_memory(&disk);
    disk.order_fault(Some(fault));
    let mut answered = Vec::new();
    let mut stopped = false;
    for number in 0..40 {
        let command = if number % 3 == 0 { Command::Keep("text") } else { Command::Add(number) };
        match store.run(command).await {
            Ok(_) => {
                assert!(!stopped, "answered after the failure: {fault:?}");
                answered.extend((number % 3 != 0).then_some(number));
            }
            Err(error) => {
                assert!(matches!(error, StoreError::Stopped(_)), "{error}");
                assert!(!error.may_retry() && !error.is_full());
                assert!(error.to_string().contains("start again"), "{error}");
                stopped = true;
            }
        }
    }
    assert!(stopped && store.stopped().is_some(), "the fault never struck: {fault:?}");
    assert!(store.checkpoint_now().await.is_err());
    assert_eq!(numbers(&store), answered, "the published state shows what is durable");
    assert!(store.close().await.is_err());
    disk.crash(fault.after);
    let (store, _) = open(&disk).unwrap();
    let found = numbers(&store);
    assert!(found.starts_with(&answered), "{fault:?}: {answered:?} {found:?}");
    assert_eq!(store.run(Command::Add(99)).await.unwrap(), Answer::Added);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_full_disk_refuses_and_goes_on_by_itself_when_there_is_room() {
    let disk = MemoryDisk::new();
    let store = open_memory(&disk);
    store.run(Command::Keep("a first secret")).await.unwrap();
    disk.limit_bytes(Some(400 * 1024));
    let mut answered = Vec::new();
    let refused = loop {
        let number = u64::try_from(answered.len()).unwrap();
        match store.run(Command::Add(number)).await {
            Ok(_) => answered.push(number),
            Err(error) => break error,
        }
    };
    assert!(refused.is_full() && !matches!(refused, StoreError::Stopped(_)), "{refused}");
    assert!(refused.to_string().contains("make room"), "{refused}");
    assert!(store.status().full);
    assert_eq!(numbers(&store), answered);
    assert_eq!(store.run(Command::Look).await.unwrap(), Answer::Count(answered.len()));
    assert!(store.run(Command::Add(1_000_000)).await.unwrap_err().is_full());

    disk.limit_bytes(None);
    let until = Instant::now() + Duration::from_secs(20);
    while let Err(error) = store.run(Command::Add(1_000_001)).await {
        assert!(error.is_full() && Instant::now() < until, "{error}");
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    answered.push(1_000_001);
    assert_eq!(numbers(&store), answered);
    assert!(!store.status().full);
    drop(store);
    disk.crash(4);
    assert_eq!(numbers(&open_memory(&disk)), answered);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_process_starts_while_the_disk_is_full() {
    let disk = MemoryDisk::new();
    let store = open_memory(&disk);
    store.run(Command::Add(1)).await.unwrap();
    store.close().await.unwrap();
    let held: usize = ["keyring.a", "keyring.b", "node.key", "node.key.copy"]
        .iter()
        .filter_map(|name| disk.contents(name))
        .map(|bytes| bytes.len())
        .sum();
    disk.limit_bytes(Some(u64::try_from(held).unwrap()));
    let store = open_memory(&disk);
    assert_eq!(numbers(&store), [1]);
    // The rest of the present file may take it; if not, it is refused as on any full disk.
    let outcome = store.run(Command::Add(2)).await;
    assert!(outcome.is_ok() || outcome.unwrap_err().is_full());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_clean_stop_leaves_nothing_in_doubt_and_everything_signed() {
    let disk = MemoryDisk::new();
    let (store, _) = open(&disk).unwrap();
    store.run(Command::Add(1)).await.unwrap();
    let (node, epoch, public) = (store.node(), store.epoch(), store.key().public());
    let other = store.clone();
    store.close().await.unwrap();
    assert!(matches!(other.run(Command::Look).await, Err(StoreError::Stopped(_))));
    drop(other);
    let (store, report) = open(&disk).unwrap();
    assert!(report.recovery.was_clean);
    let entries = store.entries(node, epoch, domain::ids::Seq(1), 10_000).await.unwrap();
    let last = entries.last().unwrap().record().unwrap();
    assert_eq!(last.kind, journal::kind::CHECKPOINT);
    let signed = journal::Checkpoint::decode(&last.payload).unwrap();
    let mut head = journal::Head::before(node, epoch);
    for entry in &entries[..entries.len() - 1] {
        head = head.extend(&entry.open);
    }
    signed.verify(public, head.hash).unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_checkpoint_comes_when_asked_for_and_within_a_second_or_two() {
    let disk = MemoryDisk::new();
    let store = open_memory(&disk);
    store.run(Command::Add(1)).await.unwrap();
    let before = store.status().records;
    let head = store.checkpoint_now().await.unwrap().unwrap();
    assert_eq!((store.status().records, head.seq.0), (before + 1, before + 1));
    assert_eq!(store.checkpoint_now().await.unwrap(), Some(head), "there is nothing new to sign");
    store.run(Command::Add(2)).await.unwrap();
    let mut changes = store.changes();
    while store.status().records < before + 3 {
        let change = tokio::time::timeout(Duration::from_secs(10), changes.changed()).await;
        change.expect("signed by itself").unwrap();
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_directory_has_one_user() {
    let directory = tempfile::tempdir().unwrap();
    let options = Options::new(directory.path(), "test");
    let (store, _) = Store::open(options.clone(), Toy::default(), None).unwrap();
    let refused = Store::open(options.clone(), Toy::default(), None).err().unwrap();
    assert!(matches!(refused, StoreError::InUse(_)), "{refused}");
    drop(store);
    let (store, _) = Store::<_, FileDisk>::open(options.clone(), Toy::default(), None).unwrap();
    store.close().await.unwrap();
    Store::open(options, Toy::default(), None).unwrap();
}
