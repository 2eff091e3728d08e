//! A start from a snapshot ends where a start from the first record ends, or the snapshot isn't
//! used: whatever happened before, and whatever became of the snapshot or the journal since.

use domain::ids::{Hlc, KeyId, Seq};
use journal::Record;
use journal::disk::MemoryDisk;
use proptest::prelude::*;
use store::{Decision, IncomingBatch, Machine, Report, SNAPSHOT_FILES, Store};

use crate::toy::{Answer, Command, Toy, open_memory, opening};

/// The toy with snapshots, by rules of this number.
#[derive(Clone, Debug, Default, PartialEq)]
struct Kept<const RULES: u64>(Toy);

impl<const RULES: u64> Machine for Kept<RULES> {
    type Command = Command;
    type Answer = Answer;

    const RULES: Option<u64> = Some(RULES);
    const KEPT_EVERY: u64 = 16;

    fn decide(&self, command: Command, now: Hlc) -> Decision<Answer> {
        self.0.decide(command, now)
    }

    fn fold(&mut self, record: &Record) {
        self.0.fold(record);
    }

    fn judge(&self, record: &Record) -> Option<Answer> {
        self.0.judge(record)
    }

    fn save(&self) -> Vec<u8> {
        let numbers = self.0.numbers.iter().copied();
        [self.0.folded].into_iter().chain(numbers).flat_map(u64::to_be_bytes).collect()
    }

    fn load(&self, saved: &[u8]) -> Option<Self> {
        let (words, []) = saved.as_chunks::<8>() else { return None };
        let mut words = words.iter().map(|word| u64::from_be_bytes(*word));
        let folded = words.next()?;
        Some(Self(Toy { folded, numbers: words.collect() }))
    }
}

type KeptStore = Store<Kept<1>, MemoryDisk>;

fn open_kept(disk: &MemoryDisk) -> (KeptStore, Report) {
    opening(disk.clone()).open(Kept::default()).unwrap()
}

/// What a start gives that knows nothing of snapshots: the state, the keys, the own clock.
fn from_scratch(disk: &MemoryDisk) -> (Toy, usize, Hlc) {
    seen(&opening(disk.copy()).open(Toy::default()).unwrap().0, Toy::clone)
}

fn seen<M: Machine>(store: &Store<M, MemoryDisk>, toy: impl Fn(&M) -> Toy) -> (Toy, usize, Hlc) {
    let (own, epoch) = (store.node(), store.epoch());
    let first = store.reader().open_part_of(own, epoch, Seq(1)).unwrap().unwrap();
    let time = journal::View::decode(&first).unwrap().time;
    (store.read(toy), store.keys().count(), time)
}

/// A history that a snapshot was made of at a clean stop, and a few records after it.
async fn day() -> MemoryDisk {
    let disk = MemoryDisk::new();
    for round in 0..3 {
        let (store, _) = open_kept(&disk);
        store.run(Command::AddAll((round * 100..round * 100 + 90).collect())).await.unwrap();
        store.run(Command::Keep("a name")).await.unwrap();
        store.close().await.unwrap();
    }
    let (store, _) = open_kept(&disk);
    store.run(Command::Add(1_000)).await.unwrap();
    drop(store);
    disk
}

fn same_as_from_scratch(disk: &MemoryDisk) -> Report {
    let expected = from_scratch(disk);
    let (store, report) = open_kept(disk);
    assert_eq!(seen(&store, |kept| kept.0.clone()), expected);
    report
}

#[tokio::test(flavor = "multi_thread")]
async fn only_what_came_after_is_folded() {
    let disk = day().await;
    let report = same_as_from_scratch(&disk.copy());
    assert!(report.folded < 10 && report.recovery.records > 270, "{report:?}");
    let text = "a name".as_bytes();
    for name in SNAPSHOT_FILES {
        let kept = disk.contents(name).unwrap();
        assert!(kept.windows(text.len()).all(|window| !window.eq_ignore_ascii_case(text)));
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn while_it_runs_snapshots_are_made_too() {
    let disk = MemoryDisk::new();
    let (store, _) = open_kept(&disk);
    // Put off where the last one is still being written, so there is one in the end.
    for number in 0.. {
        store.run(Command::Add(number)).await.unwrap();
        if number > 200 && SNAPSHOT_FILES.iter().all(|name| disk.contents(name).is_some()) {
            break;
        }
    }
    drop(store);
    disk.crash(3);
    let report = same_as_from_scratch(&disk);
    assert!(report.folded < report.recovery.records);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_snapshot_is_not_used_wherever_the_damage_is() {
    let day = day().await;
    let (mut older, mut none) = (0, 0);
    for place in 0..100 {
        let disk = day.copy();
        for name in SNAPSHOT_FILES.iter().take(1 + place % 2) {
            disk.rot(name, |bytes| {
                let at = bytes.len() * place / 100;
                match place % 5 {
                    0 => bytes.truncate(at),
                    1 => bytes[at..].fill(0),
                    _ => bytes[at] ^= 1 << (place % 8),
                }
            });
        }
        let report = same_as_from_scratch(&disk);
        assert!(report.recovery.damage.is_empty());
        older += usize::from(report.folded < report.recovery.records);
        none += usize::from(report.folded == report.recovery.records);
    }
    assert_eq!((older, none), (50, 50));
}

/// The next one takes the place of what is not whole, never of the one that was used.
#[tokio::test(flavor = "multi_thread")]
async fn a_damaged_newest_snapshot_does_not_cost_the_older_one() {
    let day = day().await;
    let ends = SNAPSHOT_FILES.map(|name| day.contents(name).unwrap());
    for (which, name) in SNAPSHOT_FILES.into_iter().enumerate() {
        let disk = day.copy();
        disk.rot(name, |bytes| *bytes.last_mut().unwrap() ^= 1);
        let rotten = disk.contents(name).unwrap();
        let (store, report) = open_kept(&disk);
        assert!(report.folded < report.recovery.records, "the other one is used");
        // The next but one, sixteen records later, would take the place of the other.
        for number in 2_000..3_000 {
            store.run(Command::Add(number)).await.unwrap();
            if disk.contents(name).unwrap() != rotten {
                break;
            }
        }
        assert!(disk.contents(name).unwrap() != rotten, "it was made anew");
        assert!(disk.contents(SNAPSHOT_FILES[1 - which]).unwrap() == ends[1 - which]);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_of_other_rules_is_not_used() {
    let disk = day().await;
    let expected = from_scratch(&disk);
    let (store, report) = opening(disk.clone()).open(Kept::<2>::default()).unwrap();
    assert_eq!(seen(&store, |kept| kept.0.clone()), expected);
    assert_eq!(report.folded, report.recovery.records);
    store.close().await.unwrap();
    let (_store, report) = opening(disk.clone()).open(Kept::<2>::default()).unwrap();
    assert!(report.folded < 10, "its own is used: {report:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_snapshot_does_not_outlive_the_journal_that_it_was_made_from() {
    let day = day().await;
    // Damaged since: what is lost is not counted as if it were there.
    let disk = day.copy();
    disk.rot("00000001.log", |bytes| bytes[6_000] ^= 1);
    let report = same_as_from_scratch(&disk);
    assert_eq!((report.recovery.damage.len(), report.folded), (1, report.recovery.records));
    // Once more records came, one is made of what is left, and used.
    let (store, _) = open_kept(&disk);
    store.run(Command::AddAll((2_000..2_100).collect())).await.unwrap();
    store.close().await.unwrap();
    let report = same_as_from_scratch(&disk);
    assert!(report.folded < 10, "{report:?}");

    // Another journal in its place, also one of the same beginning that then went another way.
    let old = MemoryDisk::new();
    let (store, _) = open_kept(&old);
    store.run(Command::AddAll((0..90).collect())).await.unwrap();
    store.close().await.unwrap();
    let fork = old.copy();
    for (disk, first) in [(&old, 100), (&fork, 200)] {
        let (store, _) = open_kept(disk);
        store.run(Command::AddAll((first..first + 90).collect())).await.unwrap();
        store.close().await.unwrap();
    }
    let all = |disk: &MemoryDisk| SNAPSHOT_FILES.map(|name| disk.contents(name).unwrap());
    for (journal, snapshots) in [(&fork, all(&old)), (&old, all(&day)), (&day, all(&fork))] {
        let disk = journal.copy();
        for (name, content) in SNAPSHOT_FILES.iter().zip(snapshots) {
            disk.rot(name, |bytes| *bytes = content);
        }
        same_as_from_scratch(&disk);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stop_that_fails_anywhere_while_it_keeps_the_state_costs_nothing() {
    use journal::disk::memory::{DiskFault, FaultyCall};
    let day = day().await;
    let mut met = 0;
    for call in [FaultyCall::Write, FaultyCall::Sync] {
        for after in 0..8 {
            for seed in 0..6 {
                let disk = day.copy();
                let (store, _) = open_kept(&disk);
                store.run(Command::AddAll((3_000..3_020).collect())).await.unwrap();
                let fault =
                    DiskFault { call, after, kind: journal::DiskErrorKind::Io, stays: true };
                disk.order_fault(Some(fault));
                let _what_is_answered_is_kept = store.close().await;
                met += disk.faults_met();
                disk.order_fault(None);
                disk.crash(seed);
                let report = same_as_from_scratch(&disk);
                assert!(report.folded < 60, "an older one is always there: {report:?}");
                let (store, _) = open_kept(&disk);
                assert!(store.read(|kept| kept.0.numbers.contains(&3_019)));
            }
        }
    }
    assert!(met > 20, "{met}");
}

#[derive(Debug, Clone)]
enum Step {
    Add(u16),
    Keep,
    EraseOne,
    /// So many records of another node's, wherever its transactions end.
    Hear(usize),
    Stop,
    Kill(u64),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let step = prop_oneof![
        4 => (1_u16..40).prop_map(Step::Add),
        2 => Just(Step::Keep),
        1 => Just(Step::EraseOne),
        5 => (1_usize..9).prop_map(Step::Hear),
        2 => Just(Step::Stop),
        1 => any::<u64>().prop_map(Step::Kill),
    ];
    proptest::collection::vec(step, 1..60)
}

/// Plays a history; at every start compares with a start from the first record. Answers how many
/// starts a snapshot served.
async fn play(steps: Vec<Step>) -> usize {
    let other = open_memory(&MemoryDisk::new());
    for first in 0..40 {
        let command = Command::AddAll((first * 10..first * 10 + first % 7 + 1).collect());
        other.run(command).await.unwrap();
    }
    let heard = other.entries(other.node(), other.epoch(), Seq(1), 1_000_000).await.unwrap();
    let disk = MemoryDisk::new();
    let (mut store, _) = open_kept(&disk);
    let (mut next, mut at, mut served) = (10_000, 0, 0);
    for step in steps.into_iter().chain([Step::Stop, Step::Hear(9), Step::Kill(1)]) {
        match step {
            Step::Add(count) => {
                let numbers = (next..next + u64::from(count)).collect();
                store.run(Command::AddAll(numbers)).await.unwrap();
                next += u64::from(count);
            }
            Step::Keep => assert!(store.run(Command::Keep("x")).await.is_ok()),
            Step::EraseOne => {
                let named = last_key(&store);
                store.erase_all(named.into_iter().collect()).await.unwrap();
            }
            Step::Hear(count) => {
                let entries: Vec<_> = heard.iter().skip(at).take(count).cloned().collect();
                at += entries.len();
                if !entries.is_empty() {
                    let batch = IncomingBatch { origin: other.node(), entries, keys: Vec::new() };
                    store.ingest(batch).await.unwrap().outcome.unwrap();
                }
            }
            Step::Stop | Step::Kill(_) => {
                if let Step::Kill(seed) = step {
                    drop(store);
                    disk.crash(seed);
                } else {
                    store.close().await.unwrap();
                }
                let expected = from_scratch(&disk);
                let (opened, report) = open_kept(&disk);
                let (toy, keys, time) = seen(&opened, |kept| kept.0.clone());
                assert_eq!((toy, keys), (expected.0, expected.1));
                assert!(time >= expected.2);
                served += usize::from(report.folded < report.recovery.records);
                store = opened;
            }
        }
    }
    served
}

fn last_key(store: &KeptStore) -> Option<KeyId> {
    let mut last = None;
    let scan = store.reader().scan(journal::Position::START, |scanned| {
        let record = scanned.entry.view().unwrap().to_record();
        last = record.sealed.first().map(|part| part.key).or(last);
        std::ops::ControlFlow::Continue(())
    });
    scan.unwrap();
    last
}

#[test]
fn any_history_starts_as_if_there_were_no_snapshot() {
    let runtime = tokio::runtime::Builder::new_multi_thread().worker_threads(2).build().unwrap();
    let served = std::cell::Cell::new(0);
    let mut runner = proptest::test_runner::TestRunner::new(ProptestConfig::with_cases(60));
    let outcome = runner.run(&steps(), |steps| {
        served.set(served.get() + runtime.block_on(play(steps)));
        Ok(())
    });
    outcome.unwrap();
    assert!(served.get() > 60, "{}", served.get());
}
