//! One sled database holding one build of the views. It knows sled and nothing of the journal: the
//! cursor is bytes to it.
//!
//! Invariant: a cursor and what it covers are one batch, so they are there together or not at all.
//! Every named tree is a prefix in the one sled tree, because a sled batch covers one tree and its
//! transactions over several cost more and promise no more. Any error and any panic of sled means
//! the build is damaged: the caller drops it, never reads on.

use std::fs::{File, TryLockError};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use super::{Change, Row};

/// sled's page cache; its default of 1 GiB is more than a whole site may use.
const CACHE_BYTES: u64 = 64 * 1024 * 1024;
/// How long a sled that was just dropped may keep its file lock before opening gives up.
const LOCK_WAIT: Duration = Duration::from_secs(2);
const LOCK_RETRY: Duration = Duration::from_millis(20);
/// The key of the cursor; no prefix of a tree is empty, so none begins with a zero length.
const CURSOR_KEY: &[u8] = &[0];
/// The file that sled writes its log to, and locks.
const SLED_FILE: &str = "db";

/// The build can't be trusted any more; the text is for the log.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("the view database is damaged: {0}")]
pub(crate) struct Damaged(pub(crate) String);

/// One open build.
pub(crate) struct Table {
    database: sled::Db,
    directory: PathBuf,
}

impl Table {
    /// Opens or creates the build in `directory`, in a thread of its own, because sled panics on
    /// some damages.
    pub(crate) fn open(directory: &Path) -> Result<Self, Damaged> {
        wait_until_closed(directory)?;
        let path = directory.to_path_buf();
        let opening = thread::Builder::new()
            .name("views-open".to_owned())
            .spawn(move || sled::Config::new().path(path).cache_capacity(CACHE_BYTES).open())
            .map_err(|error| Damaged(format!("no thread to open it: {error}")))?;
        let database = opening
            .join()
            .map_err(|_| Damaged("sled panicked while opening".to_owned()))?
            .map_err(|error| Damaged(error.to_string()))?;
        Ok(Self { database, directory: directory.to_path_buf() })
    }

    /// The cursor of the last batch, if there was one.
    pub(crate) fn cursor(&self) -> Result<Option<Vec<u8>>, Damaged> {
        guarded(|| Ok(self.database.get(CURSOR_KEY)?.map(|value| value.to_vec())))
    }

    /// Applies `changes` and moves the cursor, both or neither.
    pub(crate) fn apply(&self, changes: Vec<Change>, cursor: Vec<u8>) -> Result<(), Damaged> {
        let mut batch = sled::Batch::default();
        for change in changes {
            let key = full_key(change.tree, &change.key);
            match change.value {
                Some(value) => batch.insert(key, value),
                None => batch.remove(key),
            }
        }
        batch.insert(CURSOR_KEY, cursor);
        guarded(|| self.database.apply_batch(batch))
    }

    /// The value under `key` of `tree`.
    pub(crate) fn get(&self, tree: &str, key: &[u8]) -> Result<Option<Vec<u8>>, Damaged> {
        guarded(|| Ok(self.database.get(full_key(tree, key))?.map(|value| value.to_vec())))
    }

    /// At most `limit` pairs of `tree` whose key begins with `prefix`, from `after` (exclusive) on.
    /// Stops at the first error: a damaged sled yields errors for ever.
    pub(crate) fn scan(&self, scan: &Scan<'_>) -> Result<Vec<Row>, Damaged> {
        let cut = full_key(scan.tree, &[]).len();
        let prefix = full_key(scan.tree, scan.prefix);
        let from = scan.after.map_or_else(|| prefix.clone(), |after| full_key(scan.tree, after));
        let own_start = scan.after.is_some().then(|| from.clone());
        guarded(|| {
            let mut found = Vec::new();
            for pair in self.database.range(from..) {
                let (key, value) = pair?;
                if !key.starts_with(&prefix) || found.len() >= scan.limit {
                    break;
                }
                if own_start.as_deref() == Some(&*key) {
                    continue;
                }
                let key = key.get(cut..).unwrap_or_default().to_vec();
                found.push((key, value.to_vec()));
            }
            Ok(found)
        })
    }

    /// Writes everything out and closes; the directory's files don't change after it returns.
    pub(crate) fn close(self) -> Result<(), Damaged> {
        let Self { database, directory } = self;
        guarded(|| database.flush().map(|_| ()))?;
        catch_unwind(AssertUnwindSafe(|| drop(database)))
            .map_err(|_| Damaged("sled panicked while closing".to_owned()))?;
        wait_until_closed(&directory)
    }
}

/// What to look through: see [`Table::scan`].
pub(crate) struct Scan<'a> {
    pub(crate) tree: &'a str,
    pub(crate) prefix: &'a [u8],
    pub(crate) after: Option<&'a [u8]>,
    pub(crate) limit: usize,
}

/// A tree's name, its length before it so that no name is a prefix of another, then the key.
fn full_key(tree: &str, key: &[u8]) -> Vec<u8> {
    let length = u8::try_from(tree.len()).unwrap_or(u8::MAX).max(1);
    let mut full = Vec::with_capacity(1 + tree.len() + key.len());
    full.push(length);
    full.extend_from_slice(tree.as_bytes());
    full.extend_from_slice(key);
    full
}

fn guarded<T>(work: impl FnOnce() -> sled::Result<T>) -> Result<T, Damaged> {
    match catch_unwind(AssertUnwindSafe(work)) {
        Ok(outcome) => outcome.map_err(|error| Damaged(error.to_string())),
        Err(_) => Err(Damaged("sled panicked".to_owned())),
    }
}

/// sled's threads let go of the file a little after the last handle is dropped.
fn wait_until_closed(directory: &Path) -> Result<(), Damaged> {
    let Ok(file) = File::open(directory.join(SLED_FILE)) else {
        return Ok(());
    };
    let until = Instant::now() + LOCK_WAIT;
    loop {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) if Instant::now() < until => thread::sleep(LOCK_RETRY),
            Err(TryLockError::WouldBlock) => {
                return Err(Damaged("another handle still has it open".to_owned()));
            }
            Err(TryLockError::Error(error)) => return Err(Damaged(error.to_string())),
        }
    }
}
