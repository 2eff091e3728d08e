//! What is looked up rather than counted: rows kept in sled, made from the journal's records.
//!
//! Invariants: an answer is either what the journal says up to the cursor or [`ViewsError`], never
//! less; and nothing acknowledged depends on sled, which is rebuilt from the journal after an
//! unclean stop, at any error and when the view's version changes. Readers here must not run on
//! threads that serve connections: a read may wait for the disk.

mod builds;
mod follow;
mod table;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::SyncSender;
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use journal::{Entry, Position, Record};
use tokio::sync::watch;
use zeroize::Zeroizing;

pub(crate) use follow::{Feed, Follower, FollowerStart};
use table::{Damaged, Scan, Table};

/// The text of a record's sealed parts, in their order; `None` where the part was withheld or its
/// key is not here (never was, or was erased).
pub type Opened = [Option<Zeroizing<Vec<u8>>>];

/// A row's key and value.
pub type Row = (Vec<u8>, Vec<u8>);

/// One row to write or remove.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Change {
    /// The table's name, at most 255 bytes.
    pub tree: &'static str,
    /// The row's key within it; numbers big-endian, so that they sort.
    pub key: Vec<u8>,
    /// The row, or `None` to remove it. Kept below 8 KiB: sled spreads larger ones over files.
    pub value: Option<Vec<u8>>,
}

/// What rows a record leads to. Rows may depend on nothing but the records so far.
pub trait View: Send + 'static {
    /// Grows whenever the same records lead to other rows; another number rebuilds everything.
    fn version(&self) -> u32;
    /// The changes that `record` brings, in order.
    fn apply(&self, record: &Record, entry: &Entry, opened: &Opened) -> Vec<Change>;
}

/// No answer can be given now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ViewsError {
    /// The rows are being made again from the journal; nothing is lost.
    #[error("the list is being rebuilt from the journal: try again in a moment")]
    Rebuilding,
    /// The rows had not reached the wanted position in the time allowed.
    #[error("the list is not yet up to date: try again in a moment")]
    Behind,
}

/// How the views stand, for the operator.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ViewsStatus {
    /// Whether reads are answered.
    pub ready: bool,
    /// Up to where in the journal the rows go.
    pub reached: Position,
    /// How often they were rebuilt since the start.
    pub rebuilds: u64,
    /// Why, the last time, in words.
    pub reason: Option<String>,
}

/// The handle to read the rows with.
#[derive(Clone)]
pub struct Views {
    shared: Arc<Shared>,
}

/// What the readers and the following thread have in common.
pub(crate) struct Shared {
    /// The build that answers; `None` while none may.
    serving: RwLock<Option<Arc<Table>>>,
    reached: watch::Sender<Position>,
    wake: SyncSender<()>,
    rebuild_wanted: AtomicBool,
    stopping: AtomicBool,
    /// Stopping as a kill would: nothing is marked clean.
    abandoned: AtomicBool,
    rebuilds: AtomicU64,
    reason: Mutex<Option<String>>,
}

impl Views {
    /// The row under `key` of `tree`.
    ///
    /// # Errors
    /// [`ViewsError::Rebuilding`] while, or from now on because, the rows can't be trusted.
    pub fn get(&self, tree: &str, key: &[u8]) -> Result<Option<Vec<u8>>, ViewsError> {
        self.ask(|table| table.get(tree, key))
    }

    /// At most `limit` rows of `tree` whose key begins with `prefix`, in the order of the keys.
    ///
    /// # Errors
    /// As [`Views::get`].
    pub fn scan_prefix(
        &self,
        tree: &str,
        prefix: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, ViewsError> {
        self.ask(|table| table.scan(&Scan { tree, prefix, after: None, limit }))
    }

    /// The next rows after the key `after`, as [`Views::scan_prefix`]: for lists page by page.
    ///
    /// # Errors
    /// As [`Views::get`].
    pub fn scan_after(
        &self,
        tree: &str,
        prefix: &[u8],
        after: &[u8],
        limit: usize,
    ) -> Result<Vec<Row>, ViewsError> {
        self.ask(|table| table.scan(&Scan { tree, prefix, after: Some(after), limit }))
    }

    /// Waits until reads are answered and cover the journal up to `position`, at most `bound`. For
    /// a page that must show what was just written; `position` is then [`crate::Store::position`].
    /// A node that has just started makes its few rows within moments, so that is waited for too.
    ///
    /// # Errors
    /// When the bound is over: [`ViewsError::Rebuilding`] if nothing is answered yet, else
    /// [`ViewsError::Behind`].
    pub async fn wait_for(&self, position: Position, bound: Duration) -> Result<(), ViewsError> {
        // An empty commit moves the journal's end and brings no row, so nobody woke the follower.
        self.wake();
        let mut reached = self.shared.reached.subscribe();
        let waiting = reached.wait_for(|cursor| *cursor >= position && self.is_ready());
        match tokio::time::timeout(bound, waiting).await {
            Ok(Ok(_)) => Ok(()),
            Err(_) if self.is_ready() => Err(ViewsError::Behind),
            Ok(Err(_)) | Err(_) => Err(ViewsError::Rebuilding),
        }
    }

    /// Whether reads are answered.
    #[must_use]
    pub fn is_ready(&self) -> bool {
        self.shared.serving().is_some()
    }

    /// Has everything made again: after an erasure whose text stands in rows, for example.
    pub fn rebuild(&self, reason: &str) {
        self.shared.want_rebuild(reason);
    }

    /// How the views stand.
    #[must_use]
    pub fn status(&self) -> ViewsStatus {
        ViewsStatus {
            ready: self.is_ready(),
            reached: *self.shared.reached.borrow(),
            rebuilds: self.shared.rebuilds.load(Ordering::Relaxed),
            reason: self.shared.reason.lock().unwrap_or_else(PoisonError::into_inner).clone(),
        }
    }

    fn ask<T>(&self, question: impl FnOnce(&Table) -> Result<T, Damaged>) -> Result<T, ViewsError> {
        let table = self.shared.serving().ok_or(ViewsError::Rebuilding)?;
        question(&table).map_err(|damaged| {
            self.shared.distrust(&table, &damaged);
            ViewsError::Rebuilding
        })
    }

    pub(crate) fn wake(&self) {
        self.shared.wake();
    }
}

impl Shared {
    fn serving(&self) -> Option<Arc<Table>> {
        self.serving.read().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn serve(&self, table: Option<Arc<Table>>) {
        *self.serving.write().unwrap_or_else(PoisonError::into_inner) = table;
        // Whoever waits for the cursor waits for an answer too.
        self.reached.send_modify(|_| {});
    }

    /// A reader met an error: nobody reads this build again. A later build is none of its business.
    fn distrust(&self, table: &Arc<Table>, damaged: &Damaged) {
        let mut serving = self.serving.write().unwrap_or_else(PoisonError::into_inner);
        if serving.as_ref().is_some_and(|current| Arc::ptr_eq(current, table)) {
            *serving = None;
            drop(serving);
            self.want_rebuild(&damaged.to_string());
        }
    }

    fn want_rebuild(&self, reason: &str) {
        self.serve(None);
        *self.reason.lock().unwrap_or_else(PoisonError::into_inner) = Some(reason.to_owned());
        self.rebuild_wanted.store(true, Ordering::Release);
        self.wake();
    }

    /// A full channel means that the thread will look anyway.
    pub(crate) fn wake(&self) {
        let _ = self.wake.try_send(());
    }

    pub(crate) fn stop(&self) {
        self.stopping.store(true, Ordering::Release);
        self.wake();
    }
}
