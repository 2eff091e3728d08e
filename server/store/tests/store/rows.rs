//! The rows in sled: right or not answered, whatever happens to sled's files.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use journal::{Entry, Record};
use store::{Change, Opened, Options, Store, View, Views, ViewsError};
use tempfile::TempDir;

use crate::toy::{Command, NUMBER, Toy};

const BOUND: Duration = Duration::from_secs(20);
const ROWS: u64 = 600;

/// A row a number: the number doubled; the number is the version's.
pub(crate) struct Numbers(pub(crate) u32);

impl View for Numbers {
    fn version(&self) -> u32 {
        self.0
    }

    fn apply(&self, record: &Record, entry: &Entry, _opened: &Opened) -> Vec<Change> {
        if record.kind != NUMBER {
            let value = entry.sealed.first().cloned().flatten();
            return vec![Change { tree: "sealed", key: record.seq.0.to_be_bytes().into(), value }];
        }
        let number = u64::from_be_bytes(record.payload.clone().try_into().unwrap());
        let value = number * 2 + u64::from(self.0) - 1;
        vec![Change { tree: "doubled", key: record.payload.clone(), value: Some(text(value)) }]
    }
}

fn text(value: u64) -> Vec<u8> {
    format!("value {value:0100}").into_bytes()
}

pub(crate) fn options(directory: &TempDir) -> Options {
    let mut options = Options::new(directory.path(), "test");
    options.segment_bytes = 256 * 1024;
    options
}

fn open(directory: &TempDir, version: u32) -> Store<Toy> {
    let view = Box::new(Numbers(version));
    Store::open(options(directory), Toy::default(), Some(view)).unwrap().0
}

async fn ready(views: &Views) {
    let until = Instant::now() + BOUND;
    while !views.is_ready() {
        assert!(Instant::now() < until, "not ready: {:?}", views.status());
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
}

async fn filled(directory: &TempDir) -> Store<Toy> {
    let store = open(directory, 1);
    store.run(Command::AddAll((0..ROWS).collect())).await.unwrap();
    let views = store.views().unwrap();
    ready(views).await;
    views.wait_for(store.position(), BOUND).await.unwrap();
    store
}

/// Every answer is right, or is “rebuilding”; says how many were given.
fn all_right_or_rebuilding(views: &Views) -> usize {
    let right = |number: u64| {
        let answer = views.get("doubled", &number.to_be_bytes());
        match answer {
            Ok(row) => assert_eq!(row, Some(text(number * 2)), "row {number}"),
            Err(error) => assert_eq!(error, ViewsError::Rebuilding),
        }
        answer_given(&views.get("doubled", &number.to_be_bytes()))
    };
    let given = (0..ROWS).filter(|number| right(*number)).count();
    if let Ok(rows) = views.scan_prefix("doubled", &[], 10_000) {
        assert_eq!(rows.len(), usize::try_from(ROWS).unwrap());
    }
    given
}

fn answer_given<T>(answer: &Result<T, ViewsError>) -> bool {
    answer.is_ok()
}

#[tokio::test(flavor = "multi_thread")]
async fn rows_follow_the_journal_and_outlive_a_clean_stop() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(&directory).await;
    store.run(Command::Add(ROWS)).await.unwrap();
    let views = store.views().unwrap();
    views.wait_for(store.position(), BOUND).await.unwrap();
    assert_eq!(views.get("doubled", &ROWS.to_be_bytes()).unwrap(), Some(text(ROWS * 2)));
    let page = views.scan_prefix("doubled", &[0; 7], 10).unwrap();
    assert_eq!(page.len(), 10);
    assert_eq!(page[9], (9_u64.to_be_bytes().into(), text(18)));
    let next = views.scan_after("doubled", &[0; 7], &page[9].0, 300).unwrap();
    assert_eq!(next[0].0, 10_u64.to_be_bytes());
    assert_eq!(next.len(), 246, "the prefix ends at 255");
    assert_eq!(views.get("other", &ROWS.to_be_bytes()).unwrap(), None);
    assert_eq!(views.scan_prefix("double", &[], 10).unwrap(), []);
    store.close().await.unwrap();

    let store = open(&directory, 1);
    let views = store.views().unwrap();
    ready(views).await;
    assert_eq!(views.status().rebuilds, 0);
    assert_eq!(views.get("doubled", &ROWS.to_be_bytes()).unwrap(), Some(text(ROWS * 2)));
    store.run(Command::Add(5_000)).await.unwrap();
    views.wait_for(store.position(), BOUND).await.unwrap();
    assert_eq!(views.scan_prefix("doubled", &[], 10_000).unwrap().len(), 602);
}

/// An idle second writes an empty commit: the journal's end moves and no row does.
#[tokio::test(flavor = "multi_thread")]
async fn rows_are_current_after_an_idle_second() {
    let directory = tempfile::tempdir().unwrap();
    let store = filled(&directory).await;
    let before = store.position();
    let until = Instant::now() + BOUND;
    while store.position() == before {
        assert!(Instant::now() < until, "no empty commit came");
        tokio::time::sleep(Duration::from_millis(5)).await;
    }
    let views = store.views().unwrap();
    views.wait_for(store.position(), BOUND).await.unwrap();
    store.close().await.unwrap();
}

#[tokio::test(flavor = "multi_thread")]
async fn a_kill_or_another_version_makes_the_rows_again() {
    let directory = tempfile::tempdir().unwrap();
    drop(filled(&directory).await);
    let store = open(&directory, 1);
    ready(store.views().unwrap()).await;
    assert_eq!(store.views().unwrap().status().rebuilds, 1);
    assert_eq!(all_right_or_rebuilding(store.views().unwrap()), 600);
    store.close().await.unwrap();

    let store = open(&directory, 2);
    let views = store.views().unwrap();
    ready(views).await;
    assert_eq!(views.status().rebuilds, 1);
    assert_eq!(views.get("doubled", &7_u64.to_be_bytes()).unwrap(), Some(text(15)));
    views.rebuild("because the test wants it");
    ready(views).await;
    assert_eq!(views.status().rebuilds, 2);
    assert_eq!(views.status().reason.as_deref(), Some("because the test wants it"));
}

/// The disk lost the journal's last bytes after a clean stop. What is written in their place is not
/// what the rows that were kept were made of.
#[tokio::test(flavor = "multi_thread")]
async fn a_journal_that_lost_its_end_makes_the_rows_again() {
    for lost_bytes in [1, 20, 60, 120, 400] {
        let directory = tempfile::tempdir().unwrap();
        let store = filled(&directory).await;
        for number in 0..20 {
            store.run(Command::Add(ROWS + number)).await.unwrap();
        }
        store.close().await.unwrap();
        cut_the_journal(directory.path(), lost_bytes);

        let store = open(&directory, 1);
        for number in (0..20).step_by(3) {
            store.run(Command::AddAll((ROWS + number..ROWS + number + 3).collect())).await.unwrap();
        }
        let views = store.views().unwrap();
        views.wait_for(store.position(), BOUND).await.unwrap();
        assert_eq!(views.status().rebuilds, 1, "{lost_bytes} bytes lost");
        assert_eq!(views.scan_prefix("doubled", &[], 10_000).unwrap().len(), 621);
    }
}

fn cut_the_journal(directory: &Path, lost_bytes: usize) {
    let files = fs::read_dir(directory).unwrap().map(|entry| entry.unwrap().path());
    let logs = files.filter(|path| path.extension().is_some_and(|extension| extension == "log"));
    let newest = logs.max().unwrap();
    let mut bytes = fs::read(&newest).unwrap();
    let used = bytes.iter().rposition(|byte| *byte != 0).unwrap() + 1;
    bytes.truncate(used - lost_bytes);
    fs::write(newest, bytes).unwrap();
}

/// Whoever asks right after the start waits for the rows instead of being sent away.
#[tokio::test(flavor = "multi_thread")]
async fn rows_that_are_made_again_are_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    drop(filled(&directory).await);
    let store = open(&directory, 1);
    let views = store.views().unwrap();
    views.wait_for(store.position(), BOUND).await.unwrap();
    assert_eq!(views.status().rebuilds, 1);
    assert_eq!(all_right_or_rebuilding(views), 600);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hundred_damages_of_a_closed_sled_change_no_answer() {
    let whole = tempfile::tempdir().unwrap();
    filled(&whole).await.close().await.unwrap();
    // Twice opened, so that sled has written a snapshot file too.
    let store = open(&whole, 1);
    ready(store.views().unwrap()).await;
    store.close().await.unwrap();
    let mut kinds = std::collections::BTreeSet::new();
    for number in 0..100 {
        let directory = tempfile::tempdir().unwrap();
        copy(whole.path(), directory.path());
        kinds.insert(damage(directory.path(), number));
        let store = open(&directory, 1);
        let views = store.views().unwrap();
        all_right_or_rebuilding(views);
        ready(views).await;
        assert_eq!(all_right_or_rebuilding(views), 600);
        assert_eq!(views.status().rebuilds, 1, "damage {number} was not seen");
    }
    assert!(kinds.len() >= 4, "{kinds:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn damage_under_an_open_sled_changes_no_answer() {
    let whole = tempfile::tempdir().unwrap();
    filled(&whole).await.close().await.unwrap();
    let mut rebuilds = 0;
    for number in 0..30 {
        let directory = tempfile::tempdir().unwrap();
        copy(whole.path(), directory.path());
        let store = open(&directory, 1);
        let views = store.views().unwrap();
        ready(views).await;
        let path = below(&directory.path().join("views"));
        let path = path.iter().find(|path| path.ends_with("db")).unwrap();
        let mut bytes = fs::read(path).unwrap();
        for byte in bytes.iter_mut().skip(number).step_by(3_000) {
            *byte ^= 0x41;
        }
        fs::write(path, bytes).unwrap();
        all_right_or_rebuilding(views);
        ready(views).await;
        all_right_or_rebuilding(views);
        store.run(Command::Add(ROWS * 9)).await.unwrap();
        rebuilds += views.status().rebuilds;
    }
    assert!(rebuilds > 0, "no damage was ever met");
}

/// Damages one of the files below `views`; says which kind of file it was.
fn damage(directory: &Path, number: u64) -> String {
    let mut files = below(&directory.join("views"));
    files.sort();
    let place = usize::try_from(number).unwrap();
    let path = &files[place % files.len()];
    let name = path.file_name().unwrap().to_str().unwrap();
    let kind = name.split('.').next().unwrap().to_owned();
    let mut bytes = fs::read(path).unwrap();
    let spread = usize::try_from(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 20).unwrap();
    match number / 10 % 5 {
        0..=2 => {
            let at = spread % bytes.len().max(1);
            if let Some(byte) = bytes.get_mut(at) {
                *byte ^= 1 << (spread % 8);
            }
            fs::write(path, bytes).unwrap();
        }
        3 => {
            bytes.truncate(bytes.len() - bytes.len().min(1 + spread % 4_000));
            fs::write(path, bytes).unwrap();
        }
        _ => fs::remove_file(path).unwrap(),
    }
    kind
}

fn below(directory: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(directory).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap() {
        let path = entry.unwrap().path();
        let target = to.join(path.file_name().unwrap());
        if path.is_dir() {
            copy(&path, &target);
        } else {
            fs::copy(&path, &target).unwrap();
        }
    }
}
