//! Opening a store: reading the disk back, and starting the threads.
//!
//! Order: lock, identity, keyring, journal, then every record after the latest snapshot that fits
//! through the rules. What the
//! journal holds is the truth; the keyring follows it (keys without a record are freed), and the
//! rows in sled follow it on a thread of their own.

mod folded;

use std::ops::ControlFlow;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::sync::mpsc::{Receiver, sync_channel};
use std::sync::{Arc, OnceLock, RwLock};
use std::thread::{self, JoinHandle};

use domain::ids::{Epoch, NodeId};
use journal::{Disk, EntryRef, Head, Journal, Position, Record, Recovery, StoreId};
use tokio::sync::watch;

use crate::disk::FileDisk;
use crate::error::{Stop, StoreError};
use crate::holes::{self, Holes};
use crate::jobs::Job;
use crate::keyring::{Keyring, KeyringReport, Keys};
use crate::machine::Machine;
use crate::node;
use crate::room::{self, Watch};
use crate::snapshot::{self, Found, Keeper};
use crate::still::Still;
use crate::store::{Parts, Store};
use crate::views::{Feed, Follower, FollowerStart, Opened, View};
use crate::world::{SystemWorld, World, random};
use crate::writer::{Line, Pace, QUEUE_JOBS, Shared, Writer};

use folded::{Folded, Own, Whole};

pub use journal::log::SEGMENT_BYTES;

/// How to open a store in a directory.
#[derive(Debug, Clone)]
pub struct Options {
    /// The node's directory: nothing else belongs in it.
    pub directory: PathBuf,
    /// The version of the software, for people.
    pub software: String,
    /// The size of new journal files, in bytes; usually [`SEGMENT_BYTES`].
    pub segment_bytes: u64,
}

impl Options {
    /// The usual options for a directory.
    pub fn new(directory: impl Into<PathBuf>, software: impl Into<String>) -> Self {
        Self {
            directory: directory.into(),
            software: software.into(),
            segment_bytes: SEGMENT_BYTES,
        }
    }
}

/// What opening found, for the operator.
#[derive(Debug, Clone)]
pub struct Report {
    /// This node.
    pub node: NodeId,
    /// Names this store, never a copy of it.
    pub store: StoreId,
    /// This run.
    pub epoch: Epoch,
    /// What the journal found.
    pub recovery: Recovery,
    /// What the keyring found.
    pub keyring: KeyringReport,
    /// Records that this version can't read: kept and passed on, counted nowhere.
    pub unread: u64,
    /// How many lost records came back from other nodes and were put in their places.
    pub mended: usize,
    /// How many records were folded: those after the snapshot that was used, or all.
    pub folded: u64,
}

/// A store on any disk, for tests and simulations; [`Store::open`] is the usual way.
pub struct Opening<D> {
    /// The disk.
    pub disk: D,
    /// Where the rows of the views go, and what they are.
    pub views: Option<(PathBuf, Box<dyn View>)>,
    /// See [`Options::software`].
    pub software: String,
    /// See [`Options::segment_bytes`].
    pub segment_bytes: u64,
    /// Clocks and chance; usually [`SystemWorld::usual`].
    pub world: Arc<dyn World>,
}

/// A store without a thread.
pub struct StillStore<M: Machine, D: Disk> {
    /// The handle that everybody holds; its answers come when [`StillStore::still`] is stepped.
    pub store: Store<M, D>,
    /// What writes.
    pub still: Still<M, D>,
    /// What opening found.
    pub report: Report,
}

/// The directory of the views below the node's.
const VIEWS_DIRECTORY: &str = "views";

impl<M: Machine> Store<M, FileDisk> {
    /// Opens the store of a directory, or makes one. Blocks while it reads everything.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if another process has the directory; damage of the identity; the
    /// disk's answers. Damage of the journal and the keyring is no error but in the report.
    pub fn open(
        options: Options,
        machine: M,
        views: Option<Box<dyn View>>,
    ) -> Result<(Self, Report), StoreError> {
        let disk = FileDisk::open(&options.directory)?;
        let root = options.directory.join(VIEWS_DIRECTORY);
        let opening = Opening {
            disk,
            views: views.map(|view| (root, view)),
            software: options.software,
            segment_bytes: options.segment_bytes,
            world: SystemWorld::usual(),
        };
        opening.open(machine)
    }
}

impl<D> Opening<D>
where
    D: Disk + Clone + Send + Sync + 'static,
    D::File: Send + Sync,
{
    /// As [`Store::open`].
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open<M: Machine>(self, machine: M) -> Result<(Store<M, D>, Report), StoreError> {
        let (begun, report) = self.begin(machine)?;
        let Begun { mut writer, queue, mut parts } = begun;
        writer.keeper.start()?;
        parts.thread = Some(spawn(writer, queue)?);
        Ok((Store::new(parts), report))
    }

    /// As [`Opening::open`], without a thread: nothing is written but in [`Still::step`].
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn open_still<M: Machine>(self, machine: M) -> Result<StillStore<M, D>, StoreError> {
        let (begun, report) = self.begin(machine)?;
        let Begun { writer, queue, parts } = begun;
        Ok(StillStore { store: Store::new(parts), still: Still::new(writer, queue), report })
    }

    fn begin<M: Machine>(self, machine: M) -> Result<(Begun<M, D>, Report), StoreError> {
        let key = Arc::new(node::identity_in(&self.disk, &*self.world)?);
        let watch = Watch::start(self.disk.clone())?;
        let (mut keyring, keyring_report) = Keyring::open(self.disk.clone())?;
        let mut options = journal::Options::new(StoreId(random(&*self.world)?));
        options.segment_bytes = room::segment_bytes(&self.disk, self.segment_bytes);
        let found = M::RULES.map_or(Ok(Found::none()), |rules| Found::on(&self.disk, rules))?;
        let disk = self.disk.clone();
        let options = (options, StoreId(random(&*self.world)?));
        let newest = found.places().next().map(|place| snapshot::read(&disk, place)).transpose()?;
        let (newest, opened) = thread::scope(|scope| {
            let load = |bytes: Vec<u8>| Whole::of(&bytes, &machine, |_| true);
            let loading = newest.flatten().map(|bytes| scope.spawn(move || load(bytes)));
            // Meanwhile, since both take a while and neither needs the other.
            let opened = holes::mended(&disk, options, &found.ends());
            (loading.and_then(|loading| loading.join().ok()).flatten(), opened)
        });
        let (journal, recovery, mended) = opened?;
        let own = Own { node: key.node_id(), keys: keyring.keys() };
        let found = (&disk, &found, newest);
        let folded = Folded::of(&journal, &recovery.marks, found, (own, machine))?;
        let mut report = Report {
            node: key.node_id(),
            store: journal.store_id(),
            epoch: Epoch(u64::from_be_bytes(random(&*self.world)?)),
            recovery,
            keyring: keyring_report,
            mended,
            unread: folded.since.unread,
            folded: folded.since.records,
        };
        // A record that is lost here may come back from another node, and then needs its key.
        if report.recovery.damage.is_empty() && report.recovery.lost.is_empty() {
            report.keyring.freed = keyring.retain(|id| folded.known.contains(id))?;
        }
        let before = latest_run(&journal, report.node);
        let kept = before.filter(|_| journal::bug("epoch-kept-after-restore"));
        report.epoch = kept.map_or(report.epoch, |head| head.epoch);
        let line = Line {
            node: report.node,
            epoch: report.epoch,
            software: self.software,
            key,
            world: self.world,
            time: folded.time,
            wall_ms: 0,
            started: kept.is_some(),
            parent: before,
        };
        let holes = Holes::new(disk.clone(), journal.reader(), report.recovery.lost.clone());
        let holes = Arc::new(holes);
        let (views, as_stopped) = (self.views, report.recovery.was_clean);
        let found = Begin { disk, watch, journal, keyring, line, folded, views, as_stopped, holes };
        let begun = begin(found)?;
        Ok((begun, report))
    }
}

struct Begin<M, D: Disk> {
    disk: D,
    watch: Watch<D>,
    journal: Journal<D>,
    keyring: Keyring<D>,
    line: Line,
    folded: Folded<M>,
    views: Option<(PathBuf, Box<dyn View>)>,
    as_stopped: bool,
    holes: Arc<Holes<D>>,
}

/// Ready to write, by a thread or step by step.
struct Begun<M: Machine, D: Disk> {
    writer: Writer<M, D>,
    queue: Receiver<Job<M>>,
    parts: Parts<M, D>,
}

fn begin<M, D>(begin: Begin<M, D>) -> Result<Begun<M, D>, StoreError>
where
    M: Machine,
    D: Disk + Clone + Send + Sync + 'static,
    D::File: Send + Sync,
{
    let Begin { disk, watch, journal, keyring, line, folded, views, as_stopped, holes } = begin;
    let reader = journal.reader();
    let keys = keyring.keys();
    let feed = || Box::new(JournalFeed { reader: reader.clone(), keys: keys.clone() });
    let follower = views
        .map(|(root, view)| FollowerStart { root, view, feed: feed(), as_stopped })
        .map(Follower::start)
        .transpose()?;
    let shared = Arc::new(Shared {
        published: RwLock::new(folded.machine.clone()),
        changes: watch::Sender::new(0),
        stopped: OnceLock::new(),
        full: AtomicBool::new(false),
        low: AtomicBool::new(false),
        views: follower.as_ref().map(|follower| follower.views.clone()),
    });
    let (node, epoch, key) = (line.node, line.epoch, Arc::clone(&line.key));
    let pace = Pace::new(line.world.elapsed());
    let keeper = Keeper::new(disk.clone(), Arc::clone(&shared), folded.since);
    let mut writer = Writer {
        journal,
        keyring,
        ahead: folded.machine,
        transactions: folded.transactions,
        line,
        shared: Arc::clone(&shared),
        pace,
        keeper,
        watch,
        holes: Arc::clone(&holes),
    };
    writer.begin().map_err(StoreError::Stopped)?;
    let (jobs, queue) = sync_channel(QUEUE_JOBS);
    let parts =
        Parts { jobs, thread: None, follower, shared, reader, keys, node, epoch, key, holes, disk };
    Ok(Begun { writer, queue, parts })
}

/// The head of the node's last run by its own clock: what was asked back of runs before it arrived
/// later.
fn latest_run<D: Disk>(journal: &Journal<D>, node: NodeId) -> Option<Head> {
    let tips = journal.heads().tips(node);
    let reader = journal.reader();
    let time = |head: &Head| {
        let open = reader.open_part_of(node, head.epoch, head.seq).ok()??;
        journal::View::decode(&open).ok().map(|view| view.time)
    };
    let latest = tips.into_iter().enumerate().max_by_key(|(place, head)| (time(head), *place));
    latest.map(|(_, head)| head)
}

fn spawn<M, D>(writer: Writer<M, D>, queue: Receiver<Job<M>>) -> Result<JoinHandle<()>, StoreError>
where
    M: Machine,
    D: Disk + Send + Sync + 'static,
    D::File: Send + Sync,
{
    let shared = Arc::clone(&writer.shared);
    let work = move || {
        let ended = catch_unwind(AssertUnwindSafe(|| writer.run(&queue)));
        if ended.is_err() {
            let _already = shared.stopped.set(Arc::new(Stop {
                cause: "of a fault in the program".to_owned(),
                todo: "start again and report it",
                full: false,
                damaged: false,
            }));
        }
    };
    Ok(thread::Builder::new().name("writer".to_owned()).spawn(work)?)
}

/// What the views follow.
struct JournalFeed<D> {
    reader: journal::Reader<D>,
    keys: Keys,
}

impl<D> Feed for JournalFeed<D>
where
    D: Disk + Send + Sync + 'static,
    D::File: Send + Sync,
{
    fn store(&self) -> StoreId {
        self.reader.store_id()
    }

    fn end(&self) -> Position {
        self.reader.end()
    }

    fn read(
        &self,
        from: Position,
        take: &mut dyn FnMut(&Record, &journal::Entry, &Opened) -> bool,
    ) -> Result<Position, String> {
        let mut each = |entry: EntryRef<'_>| {
            let Ok(view) = entry.view() else { return true };
            let (record, entry) = (view.to_record(), entry.to_entry());
            let opened = self.keys.open(&record, &entry);
            take(&record, &entry, &opened)
        };
        let read = self.reader.scan(from, |scanned| {
            if each(scanned.entry) { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        });
        read.map_err(|error| error.to_string())
    }
}
