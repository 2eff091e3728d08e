use std::ops::ControlFlow;

use domain::ids::{Epoch, Hlc, NodeId, Seq};
use proptest::prelude::*;

use super::*;
use crate::disk::memory::{DiskFault, FaultyCall};
use crate::disk::{Disk, MemoryDisk};
use crate::position::Position;
use crate::record::Entry;
use crate::testing::{Author, STORE, append, open, scan};

#[test]
fn what_was_committed_is_there_in_order_and_the_same_bytes() {
    let disk = MemoryDisk::new();
    let (mut journal, recovery) = open(&disk);
    assert!(recovery.was_clean && recovery.records == 0);
    let (mut one, mut two) = (Author::new(1, 10), Author::new(2, 20));
    let mut all = Vec::new();
    for _ in 0..40 {
        let group =
            [one.transaction(3, 90), two.transaction(1, 10), one.transaction(1, 300)].concat();
        append(&mut journal, &group);
        all.extend(group);
    }
    assert!(disk.list().unwrap().len() > 3, "segments were switched");
    for reopened in [false, true] {
        if reopened {
            drop(journal);
            journal = open(&disk).0;
        }
        assert_eq!(scan(&journal), all);
        assert_eq!(journal.heads().head(one.origin, Epoch(10)), Some(one.head));
        assert_eq!(*journal.heads(), *journal.ahead());
        let of_one: Vec<Entry> =
            all.iter().filter(|it| it.view().unwrap().origin == one.origin).cloned().collect();
        assert_eq!(journal.read(one.origin, Epoch(10), Seq(1), usize::MAX).unwrap(), of_one);
        let some = journal.read(one.origin, Epoch(10), Seq(50), 1000).unwrap();
        assert!(some.len() > 2 && of_one[49..].starts_with(&some));
        assert_eq!(journal.read(one.origin, Epoch(10), Seq(50), 0).unwrap(), of_one[49..50]);
        assert_eq!(journal.read(one.origin, Epoch(10), Seq(161), 99), Ok(vec![]));
        assert_eq!(journal.read(one.origin, Epoch(99), Seq(1), 99), Ok(vec![]));
        assert_eq!(journal.reader().records(), 200);
        assert_eq!(journal.store_id(), STORE);
    }
}

#[test]
fn the_time_of_receipt_is_kept_beside_the_record() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let (mut own, mut other) = (Author::new(1, 10), Author::new(2, 20));
    let mut group = own.transaction(2, 10);
    journal.stage(&group[0]).unwrap();
    journal.stage(&group[1]).unwrap();
    group.extend(other.transaction(4, 10));
    for (time, entry) in (7..).zip(&group[2..]) {
        journal.stage_received(entry, Hlc(time)).unwrap();
    }
    journal.commit().unwrap();
    let (journal, recovery) = open(&disk);
    assert_eq!((recovery.records, scan(&journal)), (6, group.clone()));
    let mut times = Vec::new();
    let seen = journal.scan(Position::START, |scanned| {
        times.push(scanned.received.map(|time| time.0));
        ControlFlow::Continue(())
    });
    assert!(seen.is_ok());
    assert_eq!(times, [None, None, Some(7), Some(8), Some(9), Some(10)]);
    assert_eq!(journal.read(other.origin, Epoch(20), Seq(1), usize::MAX).unwrap(), group[2..]);
}

#[test]
fn a_scan_goes_on_where_it_stopped() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    let mut all = Vec::new();
    let (mut cursor, mut seen) = (Position::START, Vec::new());
    for round in 0..30 {
        let group = author.transaction(7, 120);
        append(&mut journal, &group);
        all.extend(group);
        let mut most = if round == 29 { usize::MAX } else { 4 };
        cursor = journal
            .scan(Position::from_bytes(cursor.to_bytes()), |scanned| {
                assert!(scanned.at >= cursor && scanned.next > scanned.at);
                seen.push(scanned.entry.to_entry());
                most -= 1;
                if most == 0 { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
            })
            .unwrap();
    }
    assert_eq!(seen, all);
    assert_eq!(cursor, journal.reader().end());
}

#[test]
fn readers_see_nothing_that_is_not_durable() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(2, 10));
    let durable = author.head;
    let reader = journal.reader();
    for entry in author.transaction(2, 10) {
        journal.stage(&entry).unwrap();
    }
    assert_eq!(journal.ahead().head(author.origin, Epoch(10)), Some(author.head));
    assert_eq!(reader.heads().head(author.origin, Epoch(10)), Some(durable));
    assert_eq!((reader.records(), scan(&journal).len(), journal.staged()), (2, 2, 2));
    journal.discard();
    assert_eq!(journal.ahead().head(author.origin, Epoch(10)), Some(durable));
    assert_eq!(journal.staged(), 0);
}

#[test]
fn what_does_not_follow_is_refused_and_the_group_goes_on() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    let all = author.transaction(3, 10);
    assert!(matches!(
        journal.stage(&all[1]),
        Err(JournalError::Misfit(Misfit::FirstNotOne { .. }))
    ));
    journal.stage(&all[0]).unwrap();
    for wrong in [&all[0], &all[2]] {
        let gap = Misfit::Gap { epoch: Epoch(10), expected: Seq(2) };
        assert_eq!(journal.stage(wrong), Err(JournalError::Misfit(gap)));
    }
    let bad = Entry { open: vec![1, 2, 3], sealed: vec![] };
    assert!(matches!(journal.stage(&bad), Err(JournalError::Record(_))));
    journal.stage(&all[1]).unwrap();
    journal.commit().unwrap();
    assert_eq!(scan(&journal), all[..2]);
    assert_eq!(journal.check(author.origin, &all).map(|it| (it.duplicates, it.fresh)), Ok((2, 1)));
}

#[test]
fn a_group_larger_than_a_segment_is_there_whole() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(2, 10));
    journal.prepare_next().unwrap();
    let import = author.transaction(1000, 100);
    append(&mut journal, &import);
    append(&mut journal, &author.transaction(2, 10));
    let (journal, recovery) = open(&disk);
    assert_eq!((recovery.records, recovery.torn, recovery.damage), (1004, None, vec![]));
    assert_eq!(scan(&journal)[2..1002], import);
}

#[test]
fn an_empty_group_takes_the_last_one_out_of_doubt_and_a_stop_is_known() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    assert_eq!(journal.commit_empty(Pause::Idle), Ok(CommitNumber(0)));
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(2, 10));
    assert!(!open(&disk).1.was_clean);
    assert_eq!(journal.commit_empty(Pause::Idle), Ok(CommitNumber(2)));
    assert_eq!(journal.commit_empty(Pause::Idle), Ok(CommitNumber(2)));
    assert!(!open(&disk).1.was_clean);
    assert_eq!(journal.commit_empty(Pause::Stop), Ok(CommitNumber(3)));
    assert_eq!(journal.commit_empty(Pause::Stop), Ok(CommitNumber(3)));
    let (mut journal, recovery) = open(&disk);
    assert!(recovery.was_clean);
    assert_eq!(journal.commit_empty(Pause::Idle), Ok(CommitNumber(3)));
    append(&mut journal, &author.transaction(2, 10));
    assert!(!open(&disk).1.was_clean);
}

#[test]
fn a_prepared_segment_is_used_and_found_again() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(2, 10));
    assert!(!journal.wants_next());
    journal.prepare_next().unwrap();
    journal.prepare_next().unwrap();
    let (mut journal, recovery) = open(&disk);
    assert_eq!((recovery.torn, recovery.damage), (None, vec![]));
    let (writes, _) = disk.calls_made();
    for _ in 0..2 {
        append(&mut journal, &author.transaction(25, 120));
    }
    assert_eq!(disk.calls_made().0 - writes, 2, "two groups, no new segment");
    assert!(disk.contents("00000002.log").unwrap()[0] != 0);
    assert_eq!(open(&disk).1.records, 52);
}

#[test]
fn the_next_segment_is_wanted_once_the_present_one_is_half_full() {
    let (mut journal, _) = open(&MemoryDisk::new());
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(10, 120));
    assert!(!journal.wants_next());
    append(&mut journal, &author.transaction(10, 120));
    assert!(journal.wants_next());
    journal.prepare_next().unwrap();
    assert!(!journal.wants_next());
}

/// Whatever is changed in this crate: a segment of today has these bytes, for ever.
#[test]
fn the_format_of_a_segment_stays() {
    use sha2::Digest;
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(4, 30));
    journal.stage_received(&author.transaction(1, 30)[0], Hlc(0x55)).unwrap();
    journal.commit_empty(Pause::Stop).unwrap();
    let bytes = disk.contents("00000001.log").unwrap();
    assert_eq!(bytes.len(), 8192);
    let digest: [u8; 32] = sha2::Sha256::digest(&bytes).into();
    assert_eq!(
        crate::Hash(digest).to_string(),
        "20a00c92d7e5d4b8b027e5f9522472650b2cdacf262f739e2fc05bd08d8fa1e5"
    );
}

#[test]
fn one_write_and_one_sync_make_a_group() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(1, 10));
    let before = disk.calls_made();
    append(&mut journal, &author.transaction(20, 10));
    assert_eq!(disk.calls_made(), (before.0 + 1, before.1 + 1));
}

#[test]
fn a_full_disk_refuses_and_goes_on_when_there_is_room() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(10, 100));
    disk.limit_bytes(Some(9000));
    let (held, before) = (author.head, author.clone());
    let refused = author.transaction(60, 100);
    for entry in &refused {
        journal.stage(entry).unwrap();
    }
    let full = journal.commit().unwrap_err();
    assert!(full.is_full() && !full.must_reopen());
    assert_eq!(journal.ahead().head(author.origin, Epoch(10)), Some(held));
    let (again, recovery) = open(&disk);
    assert_eq!((recovery.records, recovery.torn, scan(&again).len()), (10, None, 10));
    author = before;
    append(&mut journal, &author.transaction(2, 100));
    disk.limit_bytes(None);
    append(&mut journal, &author.transaction(60, 100));
    assert_eq!(open(&disk).1.records, 72);
}

#[test]
fn another_stores_segment_and_a_later_format_are_refused() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(70, 100));
    append(&mut journal, &author.transaction(70, 100));
    let newer = disk.copy();
    newer.rot("00000002.log", |bytes| {
        bytes[8] = 2;
        let sum = crc32c::crc32c(&bytes[..124]);
        bytes[124..128].copy_from_slice(&sum.to_le_bytes());
    });
    let options = Options { new_store_id: STORE, segment_bytes: 8192 };
    let no = Journal::open(newer, options).err();
    assert_eq!(no, Some(JournalError::Format { segment: 2, version: 2 }));
    disk.rot("00000002.log", |bytes| {
        bytes[16] ^= 1;
        let sum = crc32c::crc32c(&bytes[..124]);
        bytes[124..128].copy_from_slice(&sum.to_le_bytes());
    });
    let no = Journal::open(disk, options).err();
    assert_eq!(no, Some(JournalError::ForeignSegment(2)));
}

/// What a node does, as far as its journal can tell.
#[derive(Debug, Clone)]
enum Step {
    /// A group of transactions: author, records, bytes each.
    Group(Vec<(usize, usize, usize)>),
    Idle,
    Prepare,
    Discard(usize),
    /// Stop cleanly, or without a word, or by a power cut; then start again.
    Stop,
    Kill,
    Crash(u64),
    /// The power goes in the middle of this group's write or sync.
    Fault(FaultyCall, u64, usize, u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let groups = proptest::collection::vec((0..3_usize, 1..6_usize, 0..400_usize), 1..5);
    let call = prop_oneof![Just(FaultyCall::Write), Just(FaultyCall::Sync)];
    let step = prop_oneof![
        8 => groups.prop_map(Step::Group),
        1 => Just(Step::Idle),
        1 => Just(Step::Prepare),
        1 => (1..5_usize).prop_map(Step::Discard),
        1 => Just(Step::Stop),
        1 => Just(Step::Kill),
        2 => any::<u64>().prop_map(Step::Crash),
        3 => (call, 0..3_u64, 1..40_usize, any::<u64>())
            .prop_map(|(call, after, records, seed)| Step::Fault(call, after, records, seed)),
    ];
    proptest::collection::vec(step, 1..40)
}

/// The journal beside a Vec that says what it must hold.
struct Model {
    disk: MemoryDisk,
    journal: Journal<MemoryDisk>,
    authors: Vec<Author>,
    acknowledged: Vec<Entry>,
    epochs: u64,
}

impl Model {
    fn new() -> Self {
        let disk = MemoryDisk::new();
        let journal = open(&disk).0;
        let authors = (0..3).map(|node| Author::new(node, u64::from(node))).collect();
        Self { disk, journal, authors, acknowledged: Vec::new(), epochs: 100 }
    }

    fn run(&mut self, step: &Step) {
        match step {
            Step::Group(transactions) => {
                let mut group = Vec::new();
                for (author, records, bytes) in transactions {
                    group.extend(self.authors[*author].transaction(*records, *bytes));
                }
                append(&mut self.journal, &group);
                self.acknowledged.extend(group);
            }
            Step::Idle => drop(self.journal.commit_empty(Pause::Idle).unwrap()),
            Step::Prepare => self.journal.prepare_next().unwrap(),
            Step::Discard(records) => {
                let mut author = self.authors[0].clone();
                for entry in author.transaction(*records, 30) {
                    self.journal.stage(&entry).unwrap();
                }
                self.journal.discard();
            }
            Step::Stop => {
                self.journal.commit_empty(Pause::Stop).unwrap();
                let clean = self.reopen(&[]);
                assert!(clean, "a clean stop is seen as one");
            }
            Step::Kill => drop(self.reopen(&[])),
            Step::Crash(seed) => {
                self.disk.crash(*seed);
                self.reopen(&[]);
            }
            Step::Fault(call, after, records, seed) => self.fault(*call, *after, *records, *seed),
        }
        assert_eq!(scan(&self.journal), self.acknowledged);
        assert_eq!(*self.journal.heads(), *self.journal.ahead());
    }

    fn fault(&mut self, call: FaultyCall, after: u64, records: usize, seed: u64) {
        let kind = crate::DiskErrorKind::Io;
        self.disk.order_fault(Some(DiskFault { call, after, kind, stays: seed.is_multiple_of(2) }));
        for _ in 0..4 {
            let group = self.authors[1].transaction(records, 100);
            for entry in &group {
                self.journal.stage(entry).unwrap();
            }
            match self.journal.commit() {
                Ok(_) => self.acknowledged.extend(group),
                Err(failed) => {
                    assert!(failed.must_reopen(), "{failed}");
                    let again = self.journal.commit().unwrap_err();
                    assert!(again.must_reopen() && self.journal.stage(&group[0]).is_err());
                    self.disk.order_fault(None);
                    if seed.is_multiple_of(3) {
                        self.disk.crash(seed);
                    }
                    self.reopen(&group);
                    return;
                }
            }
        }
        self.disk.order_fault(None);
    }

    /// Opens again; of what was not acknowledged all may be there, or nothing.
    fn reopen(&mut self, unsure: &[Entry]) -> bool {
        let (journal, recovery) = open(&self.disk);
        self.journal = journal;
        let held = scan(&self.journal);
        let sure = self.acknowledged.len();
        assert_eq!(held[..sure.min(held.len())], self.acknowledged[..]);
        assert!(held.len() == sure || held[sure..] == *unsure, "a group is there whole or not");
        assert_eq!((&recovery.damage, &recovery.lost), (&vec![], &vec![]), "a crash is no damage");
        self.acknowledged = held;
        for author in &mut self.authors {
            self.epochs += 1;
            let latest = self.journal.heads().latest(author.origin);
            *author = match latest {
                Some(parent) => Author::after(parent, author.origin, self.epochs),
                None => Author::new(author.origin.0[0], self.epochs),
            };
        }
        // What was read is durable: losing power right now changes nothing.
        let copy = self.disk.copy();
        assert_eq!(scan(&open(&copy).0), self.acknowledged);
        recovery.was_clean
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]
    #[test]
    fn nothing_acknowledged_is_lost_and_no_group_is_halved(steps in steps()) {
        let mut model = Model::new();
        for step in &steps {
            model.run(step);
        }
    }
}

/// Runs a fixed day with the nth call failing; whether it failed.
fn day_with_fault(call: FaultyCall, after: u64, stays: bool) -> bool {
    let mut model = Model::new();
    let kind = crate::DiskErrorKind::Io;
    model.disk.order_fault(Some(DiskFault { call, after, kind, stays }));
    for round in 0..12 {
        let group = model.authors[round % 3].transaction(9, 150);
        for entry in &group {
            model.journal.stage(entry).unwrap();
        }
        let committed = model.journal.commit();
        if committed.is_ok() {
            model.acknowledged.extend(group);
            if model.journal.commit_empty(Pause::Idle).is_ok() {
                continue;
            }
            model.disk.order_fault(None);
            model.reopen(&[]);
        } else {
            model.disk.order_fault(None);
            model.reopen(&group);
        }
    }
    model.disk.order_fault(None);
    model.disk.crash(after);
    model.reopen(&[]);
    model.disk.faults_met() > 0
}

#[test]
fn whichever_write_or_sync_fails_nothing_acknowledged_is_lost() {
    for call in [FaultyCall::Write, FaultyCall::Sync] {
        for stays in [false, true] {
            let struck = (0..).take_while(|after| day_with_fault(call, *after, stays)).count();
            assert!(struck > 25, "{struck} calls of {call:?} were made to fail");
        }
    }
}

#[test]
fn a_fault_while_opening_leaves_everything_for_the_next_time() {
    let full = MemoryDisk::new();
    let (mut journal, _) = open(&full);
    let mut author = Author::new(1, 10);
    append(&mut journal, &author.transaction(5, 100));
    let held = scan(&journal);
    full.order_fault(Some(DiskFault {
        call: FaultyCall::Sync,
        after: 0,
        kind: crate::DiskErrorKind::Io,
        stays: false,
    }));
    for entry in author.transaction(5, 100) {
        journal.stage(&entry).unwrap();
    }
    assert!(journal.commit().unwrap_err().must_reopen());
    let mut struck = 0;
    for call in [FaultyCall::Write, FaultyCall::Sync] {
        for after in 0..3 {
            let kind = crate::DiskErrorKind::Io;
            full.order_fault(Some(DiskFault { call, after, kind, stays: false }));
            let options = Options { new_store_id: STORE, segment_bytes: 8192 };
            if let Err(failed) = Journal::open(full.clone(), options) {
                assert!(matches!(failed, JournalError::Disk(_)));
                struck += 1;
            }
            full.order_fault(None);
        }
    }
    assert!(struck >= 3);
    let (journal, _) = open(&full);
    assert!(scan(&journal).starts_with(&held));
    assert_eq!(
        *journal.heads().epochs(NodeId([1; 16])).iter().map(|it| it.head.epoch).collect::<Vec<_>>(),
        [Epoch(10)]
    );
}
