use std::collections::BTreeMap;

use domain::ids::{Epoch, Seq};
use proptest::prelude::*;

use super::*;
use crate::disk::MemoryDisk;
use crate::log::{Journal, Pause};
use crate::record::Entry;
use crate::testing::{Author, append, open, scan};

/// A day of two nodes in several segments, stopped cleanly; what it holds.
fn day() -> (MemoryDisk, Vec<Entry>) {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
    let mut all = Vec::new();
    for round in 0..24 {
        let group =
            [one.transaction(1 + round % 4, 150), two.transaction(2, 40), one.transaction(1, 60)];
        append(&mut journal, &group.concat());
        all.extend(group.concat());
    }
    journal.commit_empty(Pause::Stop).unwrap();
    (disk, all)
}

fn segments(disk: &MemoryDisk) -> Vec<(String, usize)> {
    let names = crate::Disk::list(disk).unwrap();
    let size = |name: &String| disk.contents(name).unwrap().len();
    names.iter().map(|name| (name.clone(), size(name))).collect()
}

/// Everything that is missing is named, and everything else is there.
fn all_named(journal: &Journal<MemoryDisk>, recovery: &Recovery, all: &[Entry]) -> usize {
    let held: BTreeMap<Vec<u8>, ()> =
        scan(journal).into_iter().map(|entry| (entry.open, ())).collect();
    let mut missing = 0;
    for entry in all {
        let view = entry.view().unwrap();
        let lost = recovery.lost.iter().any(|lost| {
            (lost.origin, lost.epoch) == (view.origin, view.epoch)
                && (lost.first..=lost.last).contains(&view.seq)
        });
        assert_eq!(lost, !held.contains_key(&entry.open), "record {}", view.seq);
        if lost {
            missing += 1;
            let read = journal.read(view.origin, view.epoch, view.seq, 1);
            assert!(read.unwrap_err().is_damaged());
        } else {
            let read = journal.read(view.origin, view.epoch, view.seq, 1).unwrap();
            assert_eq!(&read[0], entry);
        }
    }
    assert_eq!(held.len() + missing, all.len());
    missing
}

/// The part of a segment that is used.
fn used(disk: &MemoryDisk, name: &str) -> usize {
    let bytes = disk.contents(name).unwrap();
    bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count()
}

#[test]
fn a_flipped_byte_before_the_last_commit_is_named_and_all_else_kept() {
    let (disk, all) = day();
    let commit = 64;
    let mut lost_in_all = 0;
    for (name, _) in segments(&disk) {
        let last = used(&disk, &name);
        let last = if name == segments(&disk).last().unwrap().0 { last - commit } else { last };
        for place in (0..last).step_by(31) {
            let disk = disk.copy();
            disk.rot(&name, |bytes| bytes[place] ^= 0x40);
            let (journal, recovery) = open(&disk);
            assert_eq!((recovery.torn, recovery.was_clean), (None, false), "{name} {place}");
            let [damage] = recovery.damage[..] else { panic!("{name} {place}: {recovery:?}") };
            assert_eq!(segment::name(damage.segment), name);
            let place = long(place);
            assert!(damage.offset <= place && place < damage.offset + damage.bytes);
            let missing = all_named(&journal, &recovery, &all);
            assert!(missing <= 1, "one byte costs at most one record");
            lost_in_all += missing;
            assert_eq!(open(&disk).1, recovery, "and again the next time");
        }
    }
    assert!(lost_in_all > 300);
}

#[test]
fn writing_goes_on_after_damage_and_it_stays_named() {
    let (disk, mut all) = day();
    disk.rot("00000001.log", |bytes| bytes[400..900].fill(0xff));
    let (mut journal, recovery) = open(&disk);
    let missing = all_named(&journal, &recovery, &all);
    assert!(missing > 1);
    let head = journal.heads().latest(domain::ids::NodeId([1; 16])).unwrap();
    let mut next = Author::after(head, domain::ids::NodeId([1; 16]), 11);
    let more = next.transaction(30, 200);
    append(&mut journal, &more);
    all.extend(more);
    journal.commit_empty(Pause::Stop).unwrap();
    let (journal, again) = open(&disk);
    assert_eq!((again.damage.clone(), again.lost.clone()), (recovery.damage, recovery.lost));
    assert!(!again.was_clean);
    assert_eq!(all_named(&journal, &again, &all), missing);
}

#[test]
fn a_missing_segment_is_named() {
    let (disk, all) = day();
    crate::Disk::remove(&disk, "00000002.log").unwrap();
    let (journal, recovery) = open(&disk);
    assert_eq!(recovery.damage[0].segment, 2);
    assert!(all_named(&journal, &recovery, &all) > 10);
    crate::Disk::remove(&disk, "00000001.log").unwrap();
    let (journal, recovery) = open(&disk);
    assert_eq!(recovery.damage[0].segment, 1);
    assert!(all_named(&journal, &recovery, &all) > 10);
}

#[test]
fn a_zeroed_block_or_whole_lost_groups_are_named() {
    let (disk, all) = day();
    for (from, until) in [(0, 4096), (512, 1024), (4096, 8192), (128, 8192)] {
        let disk = disk.copy();
        disk.rot("00000001.log", |bytes| bytes[from..until].fill(0));
        let (journal, recovery) = open(&disk);
        assert!(!recovery.damage.is_empty(), "{from}..{until}");
        assert_eq!(recovery.torn, None);
        assert!(all_named(&journal, &recovery, &all) > 0);
    }
}

#[test]
fn a_cut_tail_is_named_and_what_is_before_it_kept() {
    let (disk, all) = day();
    for (name, size) in segments(&disk) {
        let last = name == segments(&disk).last().unwrap().0;
        for cut in (0..size).step_by(97).chain([size - 1]) {
            let disk = disk.copy();
            disk.rot(&name, |bytes| bytes.truncate(cut));
            let (journal, recovery) = open(&disk);
            let named = recovery.damage.iter().any(|it| segment::name(it.segment) == name);
            assert!(named || recovery.torn.is_some() || cut < 128, "{name} cut at {cut}");
            if last {
                let held = scan(&journal);
                assert_eq!(held[..], all[..held.len()], "{name} cut at {cut}");
            } else {
                assert!(named, "{name} cut at {cut}");
                all_named(&journal, &recovery, &all);
            }
        }
    }
}

#[test]
fn a_damaged_last_group_is_cut_whole_and_counted() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    let first = author.transaction(3, 100);
    append(&mut journal, &first);
    let from = used(&disk, "00000001.log").next_multiple_of(8);
    let mut second = author.transaction(2, 100);
    second.extend(author.transaction(2, 100));
    append(&mut journal, &second);
    let end = used(&disk, "00000001.log");
    for place in from..end {
        let disk = disk.copy();
        disk.rot("00000001.log", |bytes| bytes[place] ^= 1);
        let (mut journal, recovery) = open(&disk);
        let torn = recovery.torn.unwrap();
        assert_eq!(torn.bytes, long(end - from), "byte {place}");
        assert!(torn.records >= 3 && torn.transactions >= 1);
        assert_eq!((recovery.damage, recovery.records), (vec![], 3));
        assert_eq!(scan(&journal), first);
        let bytes = disk.contents("00000001.log").unwrap();
        assert!(bytes[from..].iter().all(|byte| *byte == 0), "the tail is zeroed");
        append(&mut journal, &second[..1]);
        assert_eq!(open(&disk).1, Recovery { records: 4, ..Recovery::default() });
    }
}

#[test]
fn a_torn_first_group_of_a_segment_takes_the_segment_with_it() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    let first = author.transaction(40, 100);
    append(&mut journal, &first);
    let second = author.transaction(40, 100);
    append(&mut journal, &second);
    for place in [0, 64, 127, 128, 3000] {
        let disk = disk.copy();
        disk.rot("00000002.log", |bytes| bytes[place] ^= 1);
        let (mut journal, recovery) = open(&disk);
        assert!(recovery.torn.is_some() && recovery.damage.is_empty(), "byte {place}");
        assert_eq!(scan(&journal), first);
        assert!(disk.contents("00000002.log.torn").is_some());
        append(&mut journal, &second);
        let (journal, recovery) = open(&disk);
        assert_eq!((recovery.torn, recovery.records), (None, 80));
        assert_eq!(scan(&journal), [&first[..], &second[..]].concat());
    }
}

/// A commit lost to damage with no later one for its epoch: the heads are hashed anew.
#[test]
fn heads_are_found_without_their_commit() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
    append(&mut journal, &one.transaction(3, 100));
    let entries = [one.transaction(3, 100), two.transaction(2, 100)].concat();
    append(&mut journal, &entries);
    let commit = used(&disk, "00000001.log").next_multiple_of(8) - 8;
    append(&mut journal, &two.transaction(2, 100));
    append(&mut journal, &two.transaction(2, 100));
    disk.rot("00000001.log", |bytes| bytes[commit] ^= 1);
    let (journal, recovery) = open(&disk);
    assert_eq!((recovery.damage.len(), recovery.lost.len(), recovery.records), (1, 0, 12));
    let held = *journal.heads().get(one.origin, Epoch(10)).unwrap();
    assert_eq!((held.head, held.ended), (one.head, Seq(6)));
    assert_eq!(journal.heads().head(two.origin, Epoch(20)), Some(two.head));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    /// Whatever happens to the bytes: nothing panics, nothing is shown twice or out of order, and
    /// what is shown was written.
    #[test]
    fn any_rot_is_survived(
        spots in proptest::collection::vec(
            (1..4_u32, 0..8192_usize, 0..600_usize, any::<u8>()), 1..6,
        ),
        cut in proptest::option::of((1..4_u32, 0..8192_usize)),
    ) {
        let (disk, all) = day();
        for (number, from, length, byte) in spots {
            disk.rot(&segment::name(number), |bytes| {
                let end = bytes.len();
                bytes[from.min(end)..(from + length).min(end)].fill(byte);
            });
        }
        if let Some((number, size)) = cut {
            disk.rot(&segment::name(number), |bytes| bytes.truncate(size));
        }
        let (journal, recovery) = open(&disk);
        let order: BTreeMap<Vec<u8>, usize> =
            all.iter().enumerate().map(|(place, entry)| (entry.open.clone(), place)).collect();
        let places: Vec<usize> = scan(&journal).iter().map(|entry| order[&entry.open]).collect();
        prop_assert!(places.is_sorted_by(|one, next| one < next));
        prop_assert_eq!(long(places.len()), recovery.records);
        let again = open(&disk).1;
        prop_assert_eq!(again.records, recovery.records);
    }
}
