use super::*;
use crate::StoreId;
use crate::disk::MemoryDisk;
use crate::disk::memory::{DiskFault, FaultyCall};
use crate::log::Pause;
use crate::testing::{Author, STORE, append, open, scan};

const NEW: StoreId = StoreId([0xcd; 16]);

/// A day of two nodes, one of which starts anew in the middle.
fn day() -> (MemoryDisk, Vec<Entry>) {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
    for round in 0..16 {
        if round == 8 {
            two = Author::after(two.head, two.origin, 21);
        }
        let group = [one.transaction(1 + round % 4, 150), two.transaction(3, 90)];
        append(&mut journal, &group.concat());
    }
    journal.commit_empty(Pause::Stop).unwrap();
    (disk, scan(&journal))
}

fn brought(all: &[Entry], may: impl Fn(&View<'_>) -> bool) -> Brought {
    let mut brought = Brought::default();
    for entry in all {
        let view = entry.view().unwrap();
        if may(&view) {
            brought.put((view.origin, view.epoch, view.seq), entry.without_sealed());
            brought.put((view.origin, view.epoch, view.seq), entry.clone());
            brought.put((view.origin, view.epoch, view.seq), entry.without_sealed());
        }
    }
    brought
}

fn mend(disk: &MemoryDisk, brought: &Brought) -> Result<(), JournalError> {
    let options = Options { new_store_id: NEW, segment_bytes: 8192 };
    open(disk).0.mend(disk, options, brought)
}

/// What is lost, of which only the second node's is elsewhere.
fn is_twos(view: &View<'_>) -> bool {
    view.origin == NodeId([2; 16])
}

/// Each origin's records in the order in which they lie, with parents before children.
fn of(entries: &[Entry], origin: u8) -> Vec<Vec<u8>> {
    let of_it = entries.iter().filter(|entry| entry.view().unwrap().origin == NodeId([origin; 16]));
    of_it.map(|entry| entry.open.clone()).collect()
}

#[test]
fn wherever_it_is_damaged_what_came_back_lies_in_its_order_and_the_rest_stays_named() {
    let (disk, all) = day();
    let names = Disk::list(&disk).unwrap();
    let (mut whole, mut partly) = (0, 0);
    for name in names.iter().filter(|name| segment::number(name).is_some()) {
        let used = disk.contents(name).unwrap().iter().rposition(|byte| *byte != 0).unwrap();
        for place in (0..used).step_by(211) {
            let rotten = disk.copy();
            rotten.rot(name, |bytes| bytes[place..(place + 700).min(used)].fill(0x5a));
            let lost = open(&rotten.copy()).1.lost;
            if lost.is_empty() {
                continue;
            }
            let held = scan(&open(&rotten.copy()).0);
            let mended = rotten.copy();
            mend(&mended, &brought(&all, |_| true)).unwrap();
            let (journal, recovery) = open(&mended);
            assert_eq!((&recovery.damage, &recovery.lost), (&vec![], &vec![]), "{name} {place}");
            assert_eq!(journal.store_id(), NEW);
            for origin in [1, 2] {
                let now = of(&scan(&journal), origin);
                assert_eq!(now[..], of(&all, origin)[..now.len()], "{name} {place}");
                assert!(now.len() >= of(&held, origin).len());
            }
            whole += 1;

            mend(&rotten, &brought(&all, is_twos)).unwrap();
            let (mut journal, recovery) = open(&rotten);
            let still: Vec<_> = lost.iter().filter(|lost| lost.origin == NodeId([1; 16])).collect();
            assert_eq!(recovery.lost.iter().collect::<Vec<_>>(), still, "{name} {place}");
            assert_eq!(recovery.damage, vec![]);
            assert!(of(&scan(&journal), 1).len() >= of(&held, 1).len());
            // It goes on as before, over the hole and after another start.
            let head = journal.heads().latest(NodeId([1; 16])).unwrap();
            let mut more = Author::after(head, NodeId([1; 16]), 77);
            append(&mut journal, &more.transaction(3, 60));
            drop(journal);
            assert_eq!(open(&rotten).1.lost, recovery.lost);
            partly += usize::from(!still.is_empty());
        }
    }
    assert!(whole > 40 && partly > 20, "{whole} {partly}");
}

#[test]
fn the_end_of_an_epoch_that_the_next_one_names_is_lost_by_name() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let (mut one, mut other) = (Author::new(1, 10), Author::new(3, 30));
    append(&mut journal, &one.transaction(3, 50));
    let from = journal.reader().end();
    append(&mut journal, &one.transaction(4, 50));
    let to = journal.reader().end();
    append(&mut journal, &other.transaction(2, 50));
    let mut next = Author::after(one.head, one.origin, 11);
    append(&mut journal, &next.transaction(2, 50));
    drop(journal);
    disk.rot("00000001.log", |bytes| bytes[from.offset()..to.offset()].fill(0xee));
    let (journal, recovery) = open(&disk);
    let lost = &recovery.lost;
    assert_eq!(lost.len(), 1, "{lost:?}");
    assert_eq!((lost[0].first, lost[0].last), (Seq(4), Seq(7)));
    assert_eq!(journal.heads().head(one.origin, Epoch(10)), Some(one.head));
}

#[test]
fn wherever_the_power_goes_the_old_or_the_new_journal_is_there() {
    let (disk, all) = day();
    disk.rot("00000001.log", |bytes| bytes[1500..2600].fill(0x5a));
    let (journal, recovery) = open(&disk);
    let before = scan(&journal);
    assert!(!recovery.lost.is_empty());
    drop(journal);
    let back = brought(&all, |_| true);
    let (mut old, mut new) = (0, 0);
    for call in [FaultyCall::Write, FaultyCall::Sync] {
        for after in 0.. {
            let struck = disk.copy();
            let kind = DiskErrorKind::Io;
            let journal = open(&struck).0;
            struck.order_fault(Some(DiskFault { call, after, kind, stays: true }));
            let options = Options { new_store_id: NEW, segment_bytes: 8192 };
            let outcome = journal.mend(&struck, options, &back);
            let met = struck.faults_met() > 0;
            struck.order_fault(None);
            struck.crash(after);
            let (journal, recovery) = open(&struck);
            let is_new = journal.store_id() == NEW;
            if is_new {
                assert_eq!((recovery.damage, recovery.lost), (vec![], vec![]), "{call:?} {after}");
                let now = scan(&journal);
                assert!([1, 2].iter().all(|origin| of(&now, *origin) == of(&all, *origin)));
                new += 1;
            } else {
                assert_eq!(journal.store_id(), STORE);
                assert!(scan(&journal) == before && outcome.is_err(), "{call:?} {after}");
                old += 1;
            }
            let names = Disk::list(&struck).unwrap();
            assert!(!is_new || names.iter().all(|name| name != MARKER));
            if !met {
                break;
            }
        }
    }
    assert!(old > 7 && new > 4, "{old} {new}");
}
