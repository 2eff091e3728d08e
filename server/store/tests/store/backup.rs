//! A backup of a running store, and a node made anew from it.

use std::path::Path;
use std::time::{Duration, Instant};

use domain::ids::{KeyId, Seq};
use journal::follow::Tail;
use journal::kind;
use store::backup::{Backup, BackupError, KEYRING_DAYS, KEYRING_DIRECTORY, Pass};
use store::restore::{KeysRestored, RestoreError, restore};
use store::{FileDisk, KEYRING_FILES, Options, Store, StoreError};

use crate::toy::{Command, Toy, numbers, open};

const NOW_MS: u64 = 1_772_676_000_000;
const DAY_MS: u64 = 24 * 3_600_000;

fn start(directory: &Path) -> Store<Toy> {
    Store::open(Options::new(directory, "test"), Toy::default(), None).unwrap().0
}

/// Looks until the backup has all that the store has answered for.
fn catch_up(backup: &mut Backup, records: u64) -> Pass {
    let began = Instant::now();
    loop {
        let pass = backup.pass(Tail::Growing, NOW_MS).unwrap();
        if pass.records >= records {
            return pass;
        }
        assert!(began.elapsed() < Duration::from_secs(10), "{pass:?}");
        std::thread::sleep(Duration::from_millis(20));
    }
}

/// The key of the first secret that was kept.
async fn first_key(store: &Store<Toy>) -> KeyId {
    let entry = store.entries(store.node(), store.epoch(), Seq(2), 1).await.unwrap().remove(0);
    entry.record().unwrap().sealed[0].key
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_made_anew_has_what_was_backed_up_while_it_ran() {
    let directory = tempfile::tempdir().unwrap();
    let (data, to, new) = (
        directory.path().join("node"),
        directory.path().join("backup"),
        directory.path().join("new"),
    );
    let store = start(&data);
    store.run(Command::Keep("unter uns")).await.unwrap();
    for number in 0..50 {
        store.run(Command::Add(number)).await.unwrap();
    }
    let mut backup = Backup::open(&data, &to).unwrap();
    let first = catch_up(&mut backup, store.status().records);
    store.run(Command::AddAll((100..300).collect())).await.unwrap();
    let second = catch_up(&mut backup, store.status().records);
    assert!(second.copied >= 200 && second.records > first.records, "{second:?}");
    backup.close().unwrap();
    let held = numbers(&store);
    let (name, key) = (store.status().store, first_key(&store).await);
    let last = store.heads().latest(store.node()).unwrap();
    // What happens afterwards is lost with the node.
    store.run(Command::Add(9_999)).await.unwrap();
    drop(store);
    std::fs::remove_dir_all(&data).unwrap();

    let restored = restore(&to, &new, NOW_MS).unwrap();
    assert_eq!(restored.keys, KeysRestored::Kept { keys: 2, erased: 0 });
    assert_ne!(restored.store, name);
    let store = start(&new);
    assert_eq!((store.node(), store.status().store), (restored.node, restored.store));
    assert_eq!(numbers(&store), held);
    assert!(store.keys().has(key));
    // The new run goes on from a head that the old node had.
    let parent = store.heads().get(store.node(), store.epoch()).unwrap().parent.unwrap();
    assert!(parent.epoch == last.epoch && parent.seq >= Seq(last.seq.0 - 1), "{parent:?} {last:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_erasure_holds_after_a_restore_with_an_older_keyring() {
    let directory = tempfile::tempdir().unwrap();
    let (data, to) = (directory.path().join("node"), directory.path().join("backup"));
    let store = start(&data);
    store.run(Command::Keep("unter uns")).await.unwrap();
    let key = first_key(&store).await;
    let secret = store.keys().get(key).unwrap();
    let mut backup = Backup::open(&data, &to).unwrap();
    catch_up(&mut backup, store.status().records);
    let keyring = to.join(KEYRING_DIRECTORY);
    let older: Vec<Vec<u8>> =
        KEYRING_FILES.iter().map(|name| std::fs::read(keyring.join(name)).unwrap()).collect();
    let holds = |bytes: &[u8]| bytes.windows(32).any(|part| part == secret.0);
    assert!(older.iter().all(|bytes| holds(bytes)));

    assert_eq!(store.erase_for_good(vec![key]).await.unwrap(), 1);
    let noted = store.entries(store.node(), store.epoch(), Seq(3), 1 << 20).await.unwrap();
    let noted = noted.iter().filter(|entry| entry.view().unwrap().kind == kind::KEYS_ERASED);
    assert_eq!(noted.count(), 1);
    catch_up(&mut backup, store.status().records);
    // The next pass overwrote it where it lay.
    for name in KEYRING_FILES {
        assert!(!holds(&std::fs::read(keyring.join(name)).unwrap()), "{name}");
    }
    backup.close().unwrap();
    drop(store);
    // As if the keyring had been copied before, and only the records since.
    for (name, bytes) in KEYRING_FILES.iter().zip(older) {
        std::fs::write(keyring.join(name), bytes).unwrap();
    }
    let new = directory.path().join("new");
    let restored = restore(&to, &new, NOW_MS).unwrap();
    assert_eq!(restored.keys, KeysRestored::Kept { keys: 1, erased: 1 });
    assert!(!start(&new).keys().has(key));
    for name in KEYRING_FILES {
        assert!(!holds(&std::fs::read(new.join(name)).unwrap()), "{name}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_keyring_past_its_date_is_not_used() {
    let directory = tempfile::tempdir().unwrap();
    let (data, to) = (directory.path().join("node"), directory.path().join("backup"));
    let store = start(&data);
    store.run(Command::Keep("unter uns")).await.unwrap();
    store.close().await.unwrap();
    let mut backup = Backup::open(&data, &to).unwrap();
    let pass = backup.pass(Tail::Still, NOW_MS).unwrap();
    assert_eq!(pass.keyring_until_ms, NOW_MS + KEYRING_DAYS * DAY_MS);
    backup.close().unwrap();
    let late = pass.keyring_until_ms + 1;
    let restored = restore(&to, &directory.path().join("late"), late).unwrap();
    assert_eq!(restored.keys, KeysRestored::Expired { until_ms: pass.keyring_until_ms });
    assert_eq!(start(&directory.path().join("late")).keys().count(), 0);
    let restored = restore(&to, &directory.path().join("early"), late - 1).unwrap();
    assert_eq!(restored.keys, KeysRestored::Kept { keys: 2, erased: 0 });
}

#[tokio::test(flavor = "multi_thread")]
async fn a_stopped_nodes_last_group_is_copied_and_again_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let (data, to) = (directory.path().join("node"), directory.path().join("backup"));
    let store = start(&data);
    store.run(Command::AddAll((0..2_000).collect())).await.unwrap();
    // As a kill: the last group is followed by nothing.
    drop(store);
    let mut backup = Backup::open(&data, &to).unwrap();
    let pass = backup.pass(Tail::Still, NOW_MS).unwrap();
    assert_eq!(pass.reached.in_doubt, None);
    let again = backup.pass(Tail::Still, NOW_MS).unwrap();
    assert_eq!((again.copied, again.records), (0, pass.records));
    backup.close().unwrap();
    // Without its note of how far it came it looks at everything again, and copies nothing.
    std::fs::remove_file(to.join("journal/followed")).unwrap();
    let mut backup = Backup::open(&data, &to).unwrap();
    let anew = backup.pass(Tail::Still, NOW_MS).unwrap();
    assert_eq!((anew.copied, anew.records), (0, pass.records));
    backup.close().unwrap();
    // The restored node goes on, and its backup goes on with it.
    let new = directory.path().join("new");
    restore(&to, &new, NOW_MS).unwrap();
    let store = start(&new);
    assert_eq!(numbers(&store).len(), 2_000);
    store.run(Command::Add(7_777)).await.unwrap();
    store.close().await.unwrap();
    let mut backup = Backup::open(&new, &to).unwrap();
    let onward = backup.pass(Tail::Still, NOW_MS).unwrap();
    assert!(onward.copied > 0 && onward.records == pass.records + onward.copied, "{onward:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_no_place_for_a_backup_or_a_node_is_refused() {
    let directory = tempfile::tempdir().unwrap();
    let place = |name: &str| directory.path().join(name);
    start(&place("one")).close().await.unwrap();
    start(&place("two")).close().await.unwrap();
    std::fs::create_dir(place("full")).unwrap();
    std::fs::write(place("full/letter"), "dear").unwrap();
    let opened = |from: &str, to: &str| Backup::open(&place(from), &place(to)).err();
    assert!(matches!(opened("full", "to"), Some(BackupError::NoNode(_))));
    assert!(matches!(opened("one", "full"), Some(BackupError::NoBackup(_))));
    assert!(matches!(opened("one", "one/inside"), Some(BackupError::SamePlace)));
    let mut backup = Backup::open(&place("one"), &place("to")).unwrap();
    backup.pass(Tail::Still, NOW_MS).unwrap();
    let twice = opened("one", "to");
    assert!(matches!(twice, Some(BackupError::Store(StoreError::InUse(_)))), "{twice:?}");
    let while_written = restore(&place("to"), &place("new"), NOW_MS);
    assert!(while_written.is_err() && !place("new").exists());
    backup.close().unwrap();
    assert!(matches!(opened("two", "to"), Some(BackupError::OtherNode(_))));
    let no_backup = restore(&place("one"), &place("new"), NOW_MS);
    assert!(matches!(no_backup, Err(RestoreError::NoBackup(_))));
    let not_empty = restore(&place("to"), &place("full"), NOW_MS);
    assert!(matches!(not_empty, Err(RestoreError::NotEmpty(_))));
    assert!(restore(&place("to"), &place("new"), NOW_MS).is_ok());
    let _whole = open(&FileDisk::open(&place("new")).unwrap()).unwrap();
}
