//! Records from elsewhere: each once, judged, in their transactions.

use domain::ids::Seq;
use journal::disk::MemoryDisk;
use journal::{Entry, Misfit};
use store::{IncomingBatch, Store};

use crate::toy::{Answer, Command, Toy, numbers, open_memory};

type MemoryStore = Store<Toy, MemoryDisk>;

async fn batch(from: &MemoryStore, first: u64) -> IncomingBatch {
    let name = (from.node(), from.epoch());
    let entries = from.entries(name.0, name.1, Seq(first), 1_000_000).await.unwrap();
    IncomingBatch { origin: from.node(), entries, keys: Vec::new() }
}

fn part(batch: &IncomingBatch, range: std::ops::Range<usize>) -> IncomingBatch {
    let entries: Vec<Entry> = batch.entries[range].to_vec();
    IncomingBatch { origin: batch.origin, entries, keys: batch.keys.clone() }
}

#[tokio::test(flavor = "multi_thread")]
async fn records_arrive_once_and_are_judged_each_time() {
    let (station, site) = (MemoryDisk::new(), MemoryDisk::new());
    let (station, store) = (open_memory(&station), open_memory(&site));
    store.run(Command::Add(7)).await.unwrap();
    station.run(Command::AddAll(vec![6, 7, 8])).await.unwrap();
    let all = batch(&station, 1).await;
    let first = store.ingest(all.clone()).await.unwrap();
    let accepted = first.outcome.unwrap();
    assert_eq!((accepted.fresh, accepted.duplicates), (4, 0));
    // A transaction is folded when it is whole; until then its records are judged without it.
    let (added, already) = (Some(Answer::Added), Some(Answer::Already));
    assert_eq!(first.judged, [None, added, already, added]);
    assert_eq!(numbers(&store), [6, 7, 8]);

    let folded = store.read(|toy| toy.folded);
    let again = store.ingest(all.clone()).await.unwrap();
    assert_eq!(again.outcome.unwrap().duplicates, 4);
    assert_eq!(again.judged, [None, already, already, already]);
    assert_eq!(store.read(|toy| toy.folded), folded);
    assert_eq!(store.heads().latest(station.node()), station.heads().latest(station.node()));

    drop(store);
    site.crash(2);
    let store = open_memory(&site);
    assert_eq!(numbers(&store), [6, 7, 8]);
    let name = (station.node(), station.epoch());
    assert_eq!(store.entries(name.0, name.1, Seq(1), 1_000_000).await.unwrap(), all.entries);
}

#[tokio::test(flavor = "multi_thread")]
async fn what_does_not_fit_is_an_answer_and_changes_nothing() {
    let (station, site) = (open_memory(&MemoryDisk::new()), open_memory(&MemoryDisk::new()));
    for number in 0..5 {
        station.run(Command::Add(number)).await.unwrap();
    }
    let all = batch(&station, 1).await;
    let (before, records) = (site.read(Toy::clone), site.status().records);
    let late = site.ingest(part(&all, 2..5)).await.unwrap();
    assert!(matches!(late.outcome, Err(Misfit::FirstNotOne { .. })));
    site.ingest(part(&all, 0..2)).await.unwrap().outcome.unwrap();
    let gap = site.ingest(part(&all, 3..5)).await.unwrap();
    assert!(matches!(gap.outcome, Err(Misfit::Gap { expected: Seq(3), .. })), "{gap:?}");
    assert!(gap.judged.is_empty());
    let mut changed = part(&all, 2..4);
    let last = changed.entries[1].open.len() - 2;
    changed.entries[1].open.truncate(last);
    let corrupt = site.ingest(changed).await.unwrap();
    assert!(matches!(corrupt.outcome, Err(Misfit::Corrupt { place: 1, .. })), "{corrupt:?}");
    assert_eq!(site.status().records, records + 2);
    assert_eq!(site.read(Toy::clone).numbers.len(), before.numbers.len() + 1);
    site.ingest(part(&all, 1..6)).await.unwrap().outcome.unwrap();
    assert_eq!(numbers(&site), [0, 1, 2, 3, 4]);
    let mut other = part(&all, 5..6);
    let payload = other.entries[0].open.len() - 2;
    other.entries[0].open[payload] ^= 0xff;
    let fork = site.ingest(other).await.unwrap();
    assert!(matches!(fork.outcome, Err(Misfit::Fork { seq: Seq(6), .. })), "{fork:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn half_a_transaction_is_stored_but_not_folded() {
    let site = MemoryDisk::new();
    let (station, store) = (open_memory(&MemoryDisk::new()), open_memory(&site));
    station.run(Command::AddAll((0..10).collect())).await.unwrap();
    let all = batch(&station, 1).await;
    store.ingest(part(&all, 0..6)).await.unwrap().outcome.unwrap();
    assert_eq!(numbers(&store), []);
    drop(store);
    let store = open_memory(&site);
    assert_eq!(numbers(&store), []);
    assert_eq!(store.heads().latest(station.node()).unwrap().seq, Seq(6));
    store.ingest(part(&all, 6..11)).await.unwrap().outcome.unwrap();
    assert_eq!(numbers(&store), (0..10).collect::<Vec<_>>());
    drop(store);
    assert_eq!(numbers(&open_memory(&site)), (0..10).collect::<Vec<_>>());
}

#[tokio::test(flavor = "multi_thread")]
async fn keys_come_beside_the_records_and_stay() {
    let (station, site) = (MemoryDisk::new(), MemoryDisk::new());
    let (station, store) = (open_memory(&station), open_memory(&site));
    station.run(Command::Keep("a secret")).await.unwrap();
    let mut all = batch(&station, 1).await;
    let record = all.entries[1].record().unwrap();
    store.ingest(all.clone()).await.unwrap().outcome.unwrap();
    assert_eq!(store.open_sealed(&record, &all.entries[1]), [None, None]);
    all.keys = record
        .sealed
        .iter()
        .map(|part| (part.key, station.keys().get(part.key).unwrap()))
        .collect();
    let again = store.ingest(all.clone()).await.unwrap();
    assert_eq!(again.outcome.unwrap().fresh, 0);
    drop(store);
    site.crash(9);
    let store = open_memory(&site);
    let opened = store.open_sealed(&record, &all.entries[1]);
    assert_eq!(opened[0].as_deref().map(Vec::as_slice), Some(&b"a secret"[..]));
    assert_eq!(opened[1].as_deref().map(Vec::as_slice), Some(&b"A SECRET"[..]));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_key_that_comes_later_is_stored_and_none_is_ever_replaced() {
    let site_disk = MemoryDisk::new();
    let (station, site) = (open_memory(&MemoryDisk::new()), open_memory(&site_disk));
    station.run(Command::Keep("女士")).await.unwrap();
    let bare = batch(&station, 1).await;
    let record = bare.entries[1].record().unwrap();
    let names: Vec<_> = record.sealed.iter().map(|named| named.key).collect();
    let key = |place: usize| station.keys().get(names[place]).unwrap();
    site.ingest(bare.clone()).await.unwrap().outcome.unwrap();
    assert_eq!(site.keys().count(), 0);
    let gap = IncomingBatch { keys: vec![(names[0], key(0))], ..part(&bare, 0..0) };
    assert!(site.ingest(gap).await.unwrap().outcome.is_err());
    assert_eq!(site.keys().count(), 0, "records that don't fit bring no key");
    let first = IncomingBatch { keys: vec![(names[0], key(0))], ..bare.clone() };
    assert_eq!(site.ingest(first).await.unwrap().outcome.unwrap().fresh, 0);
    let both = vec![(names[0], key(1)), (names[1], key(1))];
    site.ingest(IncomingBatch { keys: both, ..bare.clone() }).await.unwrap().outcome.unwrap();

    drop(site);
    site_disk.crash(1);
    let site = open_memory(&site_disk);
    assert_eq!(site.keys().get(names[0]), Some(key(0)), "not replaced");
    let opened = site.open_sealed(&record, &bare.entries[1]);
    assert_eq!(opened[0].as_deref().map(Vec::as_slice), Some("女士".as_bytes()));
    assert!(opened[1].is_some());
    assert_eq!(site.erase_all(names.clone()).await.unwrap(), 2);
    assert_eq!(site.erase_all(names).await.unwrap(), 0);
}
