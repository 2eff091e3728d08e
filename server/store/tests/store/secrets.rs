//! What is secret lies in no file in the clear, and what is erased can't be read again.

use std::path::Path;

use domain::ids::Seq;
use store::{FileDisk, Store};

use crate::rows::{Numbers, options};
use crate::toy::{Command, Toy, open};

const CANARY: &str = "canary-丁香-7431";

#[tokio::test(flavor = "multi_thread")]
async fn a_secret_is_in_no_file_and_opens_while_its_key_is_here() {
    let directory = tempfile::tempdir().unwrap();
    let view = Box::new(Numbers(1));
    let (store, _) = Store::open(options(&directory), Toy::default(), Some(view)).unwrap();
    store.run(Command::Keep(CANARY)).await.unwrap();
    let name = (store.node(), store.epoch());
    let entry = store.entries(name.0, name.1, Seq(2), 1).await.unwrap().remove(0);
    let record = entry.record().unwrap();
    let opened = store.open_sealed(&record, &entry);
    assert_eq!(opened[0].as_deref().map(Vec::as_slice), Some(CANARY.as_bytes()));
    store.close().await.unwrap();
    assert_eq!(files_with(directory.path(), CANARY.as_bytes()), Vec::<String>::new());
    assert_eq!(files_with(directory.path(), record.sealed[0].key.0.as_slice()).len(), 3);

    let disk = FileDisk::open(directory.path()).unwrap();
    let (store, report) = open(&disk).unwrap();
    assert_eq!((report.keyring.freed, store.keys().count()), (0, 2));
    assert!(store.erase(record.sealed[0].key).await.unwrap());
    assert!(!store.erase(record.sealed[0].key).await.unwrap());
    assert!(store.open_sealed(&record, &entry)[0].is_none());
    drop(store);
    let (store, _) = open(&disk).unwrap();
    let opened = store.open_sealed(&record, &entry);
    assert!(opened[0].is_none() && opened[1].is_some());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_erased_elsewhere_is_gone_and_never_taken_late() {
    let disk = journal::disk::MemoryDisk::new();
    let (writer, _) = open(&disk).unwrap();
    writer.run(Command::Keep("kept")).await.unwrap();
    let (origin, epoch) = (writer.node(), writer.epoch());
    let entries = writer.entries(origin, epoch, Seq(1), 1 << 20).await.unwrap();
    let sealed = entries.iter().find_map(|entry| Some(entry.record().unwrap().sealed.first()?.key));
    let name = sealed.unwrap();
    let keys = vec![(name, writer.keys().get(name).unwrap())];

    let other = journal::disk::MemoryDisk::new();
    let (store, _) = open(&other).unwrap();
    assert_eq!(store.forget(vec![name]).await.unwrap(), 0);
    let late = store::IncomingBatch { origin, entries, keys };
    store.ingest(late).await.unwrap().outcome.unwrap();
    assert!(!store.keys().has(name));
    drop(store);
    let (store, _) = open(&other).unwrap();
    assert!(!store.keys().has(name));
    assert_eq!(writer.forget(vec![name]).await.unwrap(), 1);
    assert!(!writer.keys().has(name));
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_whose_record_never_came_to_be_are_freed() {
    let disk = journal::disk::MemoryDisk::new();
    let store = crate::toy::open_memory(&disk);
    store.run(Command::Keep("kept")).await.unwrap();
    // The keyring is synced twice, then the journal's sync fails.
    let call = journal::disk::memory::FaultyCall::Sync;
    let kind = journal::DiskErrorKind::Io;
    let fault = journal::disk::memory::DiskFault { call, after: 2, kind, stays: true };
    disk.order_fault(Some(fault));
    assert!(store.run(Command::Keep("lost")).await.is_err());
    drop(store);
    disk.order_fault(None);
    let mut freed = 0;
    for seed in 0..20 {
        let disk = disk.copy();
        disk.crash(seed);
        let (store, report) = open(&disk).unwrap();
        assert_eq!(store.keys().count() + report.keyring.freed, 4);
        freed += report.keyring.freed;
    }
    assert!(freed > 0);
}

fn files_with(directory: &Path, wanted: &[u8]) -> Vec<String> {
    let mut found = Vec::new();
    let mut open = vec![directory.to_path_buf()];
    while let Some(next) = open.pop() {
        for entry in std::fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else if std::fs::read(&path).unwrap().windows(wanted.len()).any(|w| w == wanted) {
                found.push(path.display().to_string());
            }
        }
    }
    found
}
