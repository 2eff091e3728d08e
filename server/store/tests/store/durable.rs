//! What was answered is there again, and what is read is durable.

use domain::ids::Seq;
use journal::disk::MemoryDisk;
use journal::{Journal, NodeStarted, Options, StoreId, kind};
use store::{FileDisk, Store, StoreError};

use crate::gate::GatedDisk;
use crate::toy::{Answer, Command, Toy, numbers, open, open_memory};

#[tokio::test(flavor = "multi_thread")]
async fn what_was_answered_is_there_after_a_stop_and_after_a_kill() {
    let directory = tempfile::tempdir().unwrap();
    for round in 0..4_u64 {
        let disk = FileDisk::open(directory.path()).unwrap();
        let (store, report) = open(&disk).unwrap();
        drop(disk);
        assert_eq!(numbers(&store), (0..round * 50).collect::<Vec<_>>());
        assert!(report.recovery.damage.is_empty());
        let adding = (round * 50..round * 50 + 50).map(|number| store.run(Command::Add(number)));
        for answer in futures(adding).await {
            assert_eq!(answer.unwrap(), Answer::Added);
        }
        if round % 2 == 0 {
            store.close().await.unwrap();
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn after_any_power_cut_everything_answered_is_there() {
    for seed in 0..60 {
        let disk = MemoryDisk::new();
        let store = open_memory(&disk);
        let adding = (0..40).map(|number| store.run(Command::Add(number)));
        for answer in futures(adding).await {
            answer.unwrap();
        }
        // Nobody waits for this one: it may be there or not.
        let waiting = store.clone();
        let last = tokio::spawn(async move { waiting.run(Command::Add(1_000)).await });
        let copy = disk.copy();
        last.abort();
        drop(store);
        copy.crash(seed);
        let found = numbers(&open_memory(&copy));
        assert!(found.starts_with(&(0..40).collect::<Vec<_>>()), "seed {seed}: {found:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_run_goes_on_from_the_one_before() {
    let disk = MemoryDisk::new();
    let mut before = None;
    for round in 0..5 {
        let store = open_memory(&disk);
        store.run(Command::Add(round)).await.unwrap();
        let name = (store.node(), store.epoch());
        let first =
            store.entries(name.0, name.1, Seq(1), 1).await.unwrap().remove(0).record().unwrap();
        assert_eq!((first.kind, first.seq), (kind::NODE_STARTED, Seq(1)));
        assert_eq!(NodeStarted::decode(&first.payload).unwrap().parent, before);
        assert!(store.heads().branches(store.node()).is_empty());
        if round % 2 == 0 {
            drop(store);
        } else {
            store.close().await.unwrap();
        }
        let options = Options::new(StoreId([0; 16]));
        before = Journal::open(disk.copy(), options).unwrap().0.heads().latest(name.0);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn two_commands_of_one_group_see_each_other_and_readers_see_neither() {
    let disk = GatedDisk::default();
    let (store, _) = open(&disk).unwrap();
    let mut changes = store.changes();
    changes.mark_unchanged();
    disk.close();
    let first = spawn(&store, Command::Add(1));
    disk.wait_until_held();
    // Both wait behind the group that is held, so they make the next one together.
    let (second, third) = (spawn(&store, Command::Add(2)), spawn(&store, Command::Add(2)));
    let look = spawn(&store, Command::Look);
    assert_eq!(numbers(&store), []);
    assert!(!changes.has_changed().unwrap());
    assert_eq!(store.heads().latest(store.node()).unwrap().seq, Seq(1));
    assert!(!first.is_finished());
    disk.open();
    assert_eq!(first.await.unwrap().unwrap(), Answer::Added);
    let mut both = [second.await.unwrap().unwrap(), third.await.unwrap().unwrap()];
    both.sort_by_key(|answer| *answer == Answer::Already);
    assert_eq!(both, [Answer::Added, Answer::Already]);
    look.await.unwrap().unwrap();
    assert_eq!(numbers(&store), [1, 2]);
    assert!(changes.has_changed().unwrap());
}

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_shares_one_sync_and_too_much_of_it_is_refused() {
    let disk = GatedDisk::default();
    let (store, _) = open(&disk).unwrap();
    disk.close();
    let first = spawn(&store, Command::Add(0));
    disk.wait_until_held();
    let waiting: Vec<_> = (1..=6_000).map(|number| spawn(&store, Command::Add(number))).collect();
    while waiting.iter().filter(|task| task.is_finished()).count() < 6_000 - 4_096 {
        tokio::task::yield_now().await;
    }
    let (_, before) = disk.disk.calls_made();
    disk.open();
    first.await.unwrap().unwrap();
    let mut refused = 0;
    for task in waiting {
        match task.await.unwrap() {
            Ok(answer) => assert_eq!(answer, Answer::Added),
            Err(error) => {
                assert!(matches!(error, StoreError::Busy) && error.may_retry());
                refused += 1;
            }
        }
    }
    let (_, after) = disk.disk.calls_made();
    assert_eq!(refused, 6_000 - 4_096);
    assert_eq!(numbers(&store).len(), 4_097);
    // Nine groups, and now and then a new file of the journal.
    assert!(after - before < 40, "{} syncs", after - before);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_transaction_is_there_whole_or_not_at_all() {
    for cut in 0..30 {
        let disk = MemoryDisk::new();
        let store = open_memory(&disk);
        let fault = journal::disk::memory::DiskFault {
            call: journal::disk::memory::FaultyCall::Write,
            after: cut % 3,
            kind: journal::DiskErrorKind::Io,
            stays: true,
        };
        disk.order_fault(Some(fault));
        let outcome = store.run(Command::AddAll((0..500).collect())).await;
        drop(store);
        disk.order_fault(None);
        disk.crash(cut);
        let found = numbers(&open_memory(&disk)).len();
        assert!(found == 500 || (found == 0 && outcome.is_err()), "{found}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bad_command_harms_no_other() {
    let disk = MemoryDisk::new();
    let store = open_memory(&disk);
    assert!(matches!(store.run(Command::Fail).await, Err(StoreError::Panicked)));
    assert!(matches!(store.run(Command::TooLarge).await, Err(StoreError::TooLarge(_))));
    assert_eq!(store.run(Command::Add(1)).await.unwrap(), Answer::Added);
    assert_eq!(store.run(Command::Look).await.unwrap(), Answer::Count(1));
    assert_eq!(store.status().records, 2);
}

fn spawn(
    store: &Store<Toy, GatedDisk>,
    command: Command,
) -> tokio::task::JoinHandle<Result<Answer, StoreError>> {
    let store = store.clone();
    tokio::spawn(async move { store.run(command).await })
}

/// All of them at once.
async fn futures<F>(all: impl Iterator<Item = F>) -> Vec<F::Output>
where
    F: Future,
{
    let mut all: Vec<_> = all.map(Box::pin).collect();
    let mut done: Vec<Option<F::Output>> = all.iter().map(|_| None).collect();
    std::future::poll_fn(move |context| {
        for (future, done) in all.iter_mut().zip(&mut done) {
            if done.is_none()
                && let std::task::Poll::Ready(output) = future.as_mut().poll(context)
            {
                *done = Some(output);
            }
        }
        if done.iter().all(Option::is_some) {
            std::task::Poll::Ready(done.iter_mut().filter_map(Option::take).collect())
        } else {
            std::task::Poll::Pending
        }
    })
    .await
}
