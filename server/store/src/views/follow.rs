//! The thread that follows the journal and writes the rows. It is sled's only writer.
//!
//! It serves a build only once its cursor has reached the journal's end, and goes on from there. A
//! damaged build is let go on a thread of its own, because a damaged sled may never finish closing.

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, RecvTimeoutError, sync_channel};
use std::sync::{Arc, Mutex, RwLock};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use journal::{Entry, Position, Record, StoreId};
use tokio::sync::watch;

use super::builds::{self, CleanBuild};
use super::table::{Damaged, Table};
use super::{Change, Opened, Shared, View, Views};

/// The most that one sled batch covers: larger ones take memory in proportion.
const BATCH_RECORDS: usize = 512;
const BATCH_BYTES: usize = 1024 * 1024;
/// How long after a failed rebuild the next is tried; doubled each time.
const RETRY_FIRST: Duration = Duration::from_millis(100);
const RETRY_MOST: Duration = Duration::from_secs(30);
/// How long closing waits for readers that still hold the build.
const READERS_WAIT: Duration = Duration::from_secs(2);
const READERS_RETRY: Duration = Duration::from_millis(5);

/// What the following thread reads: the durable part of the journal, sealed parts opened.
pub(crate) trait Feed: Send + 'static {
    /// Which journal it is.
    fn store(&self) -> StoreId;
    /// Where the durable part ends.
    fn end(&self) -> Position;
    /// Hands over what stands from `from` on until `take` says stop (`false`); gives the position
    /// after the last one taken.
    fn read(
        &self,
        from: Position,
        take: &mut dyn FnMut(&Record, &Entry, &Opened) -> bool,
    ) -> Result<Position, String>;
}

/// What a follower begins with.
pub(crate) struct FollowerStart {
    /// The directory that holds the builds.
    pub(crate) root: PathBuf,
    pub(crate) view: Box<dyn View>,
    pub(crate) feed: Box<dyn Feed>,
    /// Whether the journal is as the last clean stop left it. If not, its end may be an earlier
    /// one, and what is written from there on is not what the rows were made of.
    pub(crate) as_stopped: bool,
}

/// The running thread.
pub(crate) struct Follower {
    pub(crate) views: Views,
    thread: JoinHandle<()>,
}

impl Follower {
    /// Starts the thread; opening and rebuilding happen on it.
    pub(crate) fn start(start: FollowerStart) -> io::Result<Self> {
        let (wake, woken) = sync_channel(1);
        let shared = Arc::new(Shared {
            serving: RwLock::new(None),
            reached: watch::Sender::new(Position::START),
            wake,
            rebuild_wanted: AtomicBool::new(false),
            stopping: AtomicBool::new(false),
            abandoned: AtomicBool::new(false),
            rebuilds: AtomicU64::new(0),
            reason: Mutex::new(None),
        });
        let found = start.feed.end();
        let shared_too = Arc::clone(&shared);
        let following = Following { start, found, shared: shared_too, woken, retry: RETRY_FIRST };
        let thread =
            thread::Builder::new().name("views".to_owned()).spawn(move || following.run())?;
        Ok(Self { views: Views { shared }, thread })
    }

    /// Closes sled, however far it is, and marks the build clean.
    pub(crate) fn stop(self) {
        self.views.shared.stop();
        if self.thread.join().is_err() {
            tracing::error!("the views' thread had failed; they are rebuilt at the next start");
        }
    }

    /// Ends without marking anything clean, as a kill would.
    pub(crate) fn abandon(self) {
        self.views.shared.abandoned.store(true, Ordering::Release);
        self.stop();
    }
}

struct Following {
    start: FollowerStart,
    /// Where the journal ended when it was opened, before anything was appended.
    found: Position,
    shared: Arc<Shared>,
    woken: Receiver<()>,
    retry: Duration,
}

struct Build {
    table: Arc<Table>,
    directory: PathBuf,
    cursor: Position,
}

enum Step {
    /// At the journal's end.
    AtEnd,
    /// There is more.
    More,
}

impl Following {
    fn run(mut self) {
        let mut build = self.open_clean();
        while !self.shared.stopping.load(Ordering::Acquire) {
            if self.shared.rebuild_wanted.swap(false, Ordering::AcqRel) {
                self.let_go(build.take());
            }
            let Some(current) = build.as_mut() else {
                build = self.begin_build();
                continue;
            };
            match self.advance(current) {
                Ok(Step::More) => {}
                Ok(Step::AtEnd) => {
                    self.retry = RETRY_FIRST;
                    self.serve(current);
                    self.wait(None);
                }
                Err(Trouble::Build(damaged)) => {
                    self.shared.want_rebuild(&damaged.to_string());
                    self.wait_after(&damaged.to_string());
                }
                Err(Trouble::Journal(text)) => self.wait_after(&text),
            }
        }
        self.finish(build);
    }

    fn serve(&self, build: &Build) {
        let already = self.shared.serving().is_some_and(|table| Arc::ptr_eq(&table, &build.table));
        if !already && !self.shared.rebuild_wanted.load(Ordering::Acquire) {
            self.shared.serve(Some(Arc::clone(&build.table)));
        }
    }

    /// Opens what the last clean stop left, if it is whole, of this version and not ahead of what
    /// the journal held then.
    fn open_clean(&self) -> Option<Build> {
        let clean = match builds::take_clean(&self.start.root) {
            Ok(clean) => clean?,
            Err(error) => {
                tracing::warn!(%error, "the views of the last run can't be used");
                return None;
            }
        };
        if clean.version != self.start.view.version() || !self.start.as_stopped {
            return None;
        }
        let cursor = self.position(&clean.cursor)?;
        if self.found < cursor {
            return None;
        }
        let table = Table::open(&clean.directory).ok()?;
        if table.cursor().ok()? != Some(clean.cursor) {
            return None;
        }
        self.shared.reached.send_replace(cursor);
        Some(Build { table: Arc::new(table), directory: clean.directory, cursor })
    }

    fn begin_build(&mut self) -> Option<Build> {
        self.shared.rebuilds.fetch_add(1, Ordering::Relaxed);
        let begun = builds::begin(&self.start.root).map_err(|error| error.to_string()).and_then(
            |directory| {
                let table = Table::open(&directory).map_err(|damaged| damaged.to_string())?;
                Ok((directory, table))
            },
        );
        match begun {
            Ok((directory, table)) => {
                let cursor = Position::START;
                self.shared.reached.send_replace(cursor);
                Some(Build { table: Arc::new(table), directory, cursor })
            }
            Err(text) => {
                self.wait_after(&text);
                None
            }
        }
    }

    /// Takes one batch of records from the journal into the rows.
    fn advance(&self, build: &mut Build) -> Result<Step, Trouble> {
        if self.start.feed.end() <= build.cursor {
            return Ok(Step::AtEnd);
        }
        let view = &self.start.view;
        let mut changes: Vec<Change> = Vec::new();
        let (mut records, mut bytes) = (0, 0);
        let mut take = |record: &Record, entry: &Entry, opened: &Opened| {
            for change in view.apply(record, entry, opened) {
                bytes += change.key.len() + change.value.as_ref().map_or(0, Vec::len);
                changes.push(change);
            }
            records += 1;
            records < BATCH_RECORDS && bytes < BATCH_BYTES
        };
        let cursor = self.start.feed.read(build.cursor, &mut take).map_err(Trouble::Journal)?;
        if cursor <= build.cursor {
            return Ok(Step::AtEnd);
        }
        // Most records change no row, check-ins above all. For them sled is left alone: its cursor
        // is asked for only after a clean stop, which brings it up to date.
        if !changes.is_empty() {
            build.table.apply(changes, self.cursor_bytes(cursor)).map_err(Trouble::Build)?;
        }
        build.cursor = cursor;
        self.shared.reached.send_replace(cursor);
        Ok(Step::More)
    }

    fn let_go(&self, build: Option<Build>) {
        self.shared.serve(None);
        let Some(build) = build else { return };
        tracing::warn!(directory = %build.directory.display(), "the views are rebuilt");
        let dropping = thread::Builder::new().name("views-drop".to_owned());
        let _ = dropping.spawn(move || drop(build));
    }

    fn wait_after(&mut self, text: &str) {
        tracing::warn!(reason = text, "the views can't go on now");
        let pause = self.retry;
        self.retry = (self.retry * 2).min(RETRY_MOST);
        let until = Instant::now() + pause;
        while Instant::now() < until && !self.shared.stopping.load(Ordering::Acquire) {
            self.wait(Some(until.saturating_duration_since(Instant::now())));
        }
    }

    fn wait(&self, bound: Option<Duration>) {
        let _ = match bound {
            Some(bound) => self.woken.recv_timeout(bound),
            None => self.woken.recv().map_err(|_| RecvTimeoutError::Disconnected),
        };
    }

    /// A clean stop: closed as far as it is, and marked. Anything that fails leaves no marker.
    fn finish(&self, build: Option<Build>) {
        self.shared.serve(None);
        let wanted = self.shared.rebuild_wanted.load(Ordering::Acquire)
            || self.shared.abandoned.load(Ordering::Acquire);
        let Some(build) = build.filter(|_| !wanted) else { return };
        if let Err(text) = self.finish_build(build) {
            tracing::warn!(reason = text, "the views are rebuilt at the next start");
        }
    }

    fn finish_build(&self, build: Build) -> Result<(), String> {
        let Build { table, directory, cursor } = build;
        let table = alone(table)?;
        table
            .apply(Vec::new(), self.cursor_bytes(cursor))
            .map_err(|damaged| damaged.to_string())?;
        table.close().map_err(|damaged| damaged.to_string())?;
        let clean = CleanBuild {
            directory,
            version: self.start.view.version(),
            cursor: self.cursor_bytes(cursor),
        };
        builds::mark_clean(&self.start.root, &clean).map_err(|error| error.to_string())
    }

    /// Which store, then the position in it: rows of another store's journal are never gone on with.
    fn cursor_bytes(&self, cursor: Position) -> Vec<u8> {
        [self.start.feed.store().0.as_slice(), &cursor.to_bytes()].concat()
    }

    fn position(&self, cursor: &[u8]) -> Option<Position> {
        let position = cursor.strip_prefix(self.start.feed.store().0.as_slice())?;
        position.try_into().ok().map(Position::from_bytes)
    }
}

/// Waits for the readers that still hold the build.
fn alone(mut table: Arc<Table>) -> Result<Table, String> {
    let until = Instant::now() + READERS_WAIT;
    loop {
        match Arc::try_unwrap(table) {
            Ok(table) => return Ok(table),
            Err(_) if Instant::now() >= until => return Err("readers still hold it".to_owned()),
            Err(shared) => table = shared,
        }
        thread::sleep(READERS_RETRY);
    }
}

enum Trouble {
    /// The build is damaged.
    Build(Damaged),
    /// The journal can't be read.
    Journal(String),
}
