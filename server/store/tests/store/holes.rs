//! Records that damage took: named, kept when they come back, in their place at the next start.

use domain::ids::Seq;
use journal::disk::MemoryDisk;
use journal::disk::memory::{DiskFault, FaultyCall};
use journal::{DiskErrorKind, Entry, Lost};
use store::{IncomingBatch, Store};

use crate::toy::{Command, Toy, numbers, open, open_memory};

type MemoryStore = Store<Toy, MemoryDisk>;

/// The first and the last record that rot.
const ROTTEN: (u64, u64) = (4, 7);

/// A station with records, and a site that had them all until its disk rotted.
async fn rotten() -> (MemoryStore, MemoryDisk, Vec<Entry>) {
    let (station, disk) = (open_memory(&MemoryDisk::new()), MemoryDisk::new());
    for number in 0..10 {
        station.run(Command::Add(number)).await.unwrap();
        if number == 4 {
            station.run(Command::Keep("secret")).await.unwrap();
        }
    }
    let entries = station.entries(station.node(), station.epoch(), Seq(1), 1 << 20).await.unwrap();
    let site = open_memory(&disk);
    site.run(Command::Add(100)).await.unwrap();
    give(&site, &station, &entries).await;
    site.run(Command::Add(101)).await.unwrap();
    assert_eq!(numbers(&site).len(), 12);
    drop(site);
    for entry in in_hole(&entries) {
        disk.rot("00000001.log", |bytes| {
            let place = bytes.windows(entry.open.len()).position(|it| it == entry.open).unwrap();
            bytes[place + 9] ^= 0x10;
        });
    }
    (station, disk, entries)
}

fn in_hole(entries: &[Entry]) -> Vec<Entry> {
    let (first, last) = ROTTEN;
    let seq = |entry: &&Entry| (first..=last).contains(&entry.view().unwrap().seq.0);
    entries.iter().filter(seq).cloned().collect()
}

async fn give(site: &MemoryStore, station: &MemoryStore, entries: &[Entry]) {
    let batch = IncomingBatch::without_keys(station.node(), entries.to_vec());
    site.ingest(batch).await.unwrap().outcome.unwrap();
}

fn hole_of(station: &MemoryStore, (first, last): (u64, u64)) -> Lost {
    let (origin, epoch) = (station.node(), station.epoch());
    Lost { origin, epoch, first: Seq(first), last: Seq(last) }
}

#[tokio::test(flavor = "multi_thread")]
async fn what_comes_back_is_in_its_place_after_the_next_start_and_nothing_forged_is() {
    let (station, disk, entries) = rotten().await;
    let site = open_memory(&disk);
    let hole = hole_of(&station, ROTTEN);
    assert_eq!(site.lost(), [hole]);
    assert_eq!(numbers(&site).len(), 9, "three numbers and a secret are lost");

    // Under the same names, and not what was there.
    let mut forged = in_hole(&entries);
    let mut record = forged[0].record().unwrap();
    record.payload[7] ^= 1;
    forged[0] = Entry::new(&record, Vec::new()).unwrap();
    give(&site, &station, &forged).await;
    assert_eq!((site.lost(), site.brought_back()), (vec![hole], 0));

    // Piece by piece, from somebody who has no sealed parts.
    let open_parts: Vec<Entry> = in_hole(&entries).iter().map(Entry::without_sealed).collect();
    give(&site, &station, &open_parts[2..]).await;
    assert_eq!(site.lost(), [hole], "nothing proves what comes after a hole in between");
    give(&site, &station, &open_parts[..2]).await;
    assert_eq!(site.lost(), [hole_of(&station, (6, 7))]);
    give(&site, &station, &entries[..6]).await;
    give(&site, &station, &open_parts).await;
    assert_eq!((site.lost(), site.brought_back()), (vec![], 4));
    assert_eq!(site.lacks(), [hole_of(&station, (7, 7))], "the one with sealed parts");
    // Other bytes under its name, sealed parts and all.
    let mut record = entries[6].record().unwrap();
    record.wall_ms = Some(77);
    let other = Entry::new(&record, entries[6].sealed.clone()).unwrap();
    give(&site, &station, &[other]).await;
    assert_eq!(site.lacks(), [hole_of(&station, (7, 7))]);
    // And from the station itself, which has.
    give(&site, &station, &entries).await;
    assert_eq!(site.lacks(), []);
    assert_eq!(numbers(&site).len(), 9, "what is folded stays until the next start");
    let store = site.status().store;
    drop(site);

    disk.crash(5);
    let (site, report) = open(&disk).unwrap();
    assert_eq!((report.mended, report.recovery.damage), (4, vec![]));
    assert_eq!((site.lost(), site.brought_back()), (vec![], 0));
    assert_ne!(site.status().store, store);
    assert_eq!(numbers(&site).len(), 12);
    let back = site.entries(station.node(), station.epoch(), Seq(1), 1 << 20).await.unwrap();
    assert_eq!(back, entries);
    drop(site);
    assert_eq!(open(&disk).unwrap().1.mended, 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn wherever_the_disk_fails_while_it_mends_nothing_is_lost_that_was_there() {
    let (station, disk, entries) = rotten().await;
    let site = open_memory(&disk);
    give(&site, &station, &entries).await;
    drop(site);
    let mut struck = 0;
    for call in [FaultyCall::Write, FaultyCall::Sync] {
        for after in 0..40 {
            let disk = disk.copy();
            let kind = DiskErrorKind::Io;
            disk.order_fault(Some(DiskFault { call, after, kind, stays: true }));
            drop(open(&disk));
            struck += usize::from(disk.faults_met() > 0);
            disk.order_fault(None);
            disk.crash(after);
            let (site, report) = open(&disk).unwrap();
            assert_eq!((site.lost(), report.recovery.damage), (vec![], vec![]), "{call:?} {after}");
            assert_eq!(numbers(&site).len(), 12, "{call:?} {after}");
        }
    }
    assert!(struck > 15, "{struck}");
}
