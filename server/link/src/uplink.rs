//! The sending end: one task that brings everything of the own store to one receiver, and takes
//! views down.
//!
//! Invariants: it decides nothing itself, `sync::sender` does; whatever it is asked to send is
//! answered to the state machine once, a time-out or a panic included; it ends when told to.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use journal::{Head, NodePublic};
use sync::batch::Withhold;
use sync::bundle::acknowledgement::Acknowledgement;
use sync::view::View;
use sync::{Greeting, Pace, Status, Stream};
use tokio::sync::{mpsc, watch};
use tokio::task::JoinHandle;
use tokio::time::Instant;

use crate::peer::{Address, BadAddress, Peer};
use crate::source::Source;

mod driver;
mod hand_over;
mod jobs;
mod keys;
mod mend;

pub use hand_over::{HandOverError, HandedOver};

use driver::{Driver, Note};

/// Which kind of line an uplink runs over.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hop {
    /// Station to site, over the hall's network: everything travels, soon. The keys of sealed
    /// parts go with them and are wiped here once the site has them.
    Lan,
    /// Site to headquarters: sealed parts stay, records are signed before they leave.
    Wan,
    /// Site to its standby: everything travels at once, and the keys of sealed parts with it; they
    /// stay here as well.
    Standby,
}

/// How a hop behaves.
#[derive(Debug, Clone, Copy)]
struct Terms {
    pace: Pace,
    withhold: Withhold,
    signs: bool,
    /// Whether the receiver gets the keys of sealed parts.
    hands_keys_over: bool,
    /// Whether the own keys are wiped once the receiver has them.
    wipes_keys: bool,
    hello_wait: Duration,
    batch_wait: Duration,
    /// How often a newer view is asked for.
    view_every: Duration,
    /// How soon a suspect line is tried.
    probe_every: Duration,
    /// How seldom, after many tries.
    probe_most: Duration,
}

impl Hop {
    const fn terms(self) -> Terms {
        match self {
            Self::Lan => Terms {
                pace: Pace::LAN,
                withhold: Withhold::Nothing,
                signs: false,
                hands_keys_over: true,
                wipes_keys: true,
                hello_wait: Duration::from_secs(5),
                batch_wait: Duration::from_secs(10),
                view_every: Duration::from_secs(2),
                probe_every: Duration::from_millis(500),
                probe_most: Duration::from_secs(4),
            },
            Self::Wan => Terms {
                pace: Pace::WAN,
                withhold: Withhold::AllSealed,
                signs: true,
                hands_keys_over: false,
                wipes_keys: false,
                hello_wait: Duration::from_secs(20),
                batch_wait: Duration::from_secs(90),
                view_every: Duration::from_secs(60),
                probe_every: Duration::from_secs(30),
                probe_most: Duration::from_secs(120),
            },
            Self::Standby => Terms { pace: Pace::STANDBY, wipes_keys: false, ..Self::Lan.terms() },
        }
    }
}

/// Takes a newer view; says whether it is kept, so that it need not come again. Called off the
/// async threads, so it may write to the disk.
pub type TakeView = Arc<dyn Fn(View) -> bool + Send + Sync>;

/// What becomes of views.
#[derive(Clone)]
pub struct ViewSink {
    /// The version that is held already; 0 for none.
    pub held: u64,
    /// Takes a newer one.
    pub take: TakeView,
}

/// Gives the keys of the origins whose records are relayed.
pub type Origins = Arc<dyn Fn() -> Vec<NodePublic> + Send + Sync>;

/// How to run an uplink.
#[derive(Clone)]
pub struct Options {
    /// Where the receiver is.
    pub address: Address,
    /// Who it is: `Enrolment::issuer`.
    pub receiver: NodePublic,
    /// Over which kind of line.
    pub hop: Hop,
    /// The own software version.
    pub software: String,
    /// What becomes of views; none are asked for without it.
    pub views: Option<ViewSink>,
    /// The keys of relayed origins; none for a kiosk.
    pub origins: Option<Origins>,
}

/// What the receiver's wall clock says against the own one.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Clock {
    /// Receiver's time less own time, in milliseconds.
    pub offset_ms: i64,
    /// How far that may be wrong: half of the time the question took, in milliseconds.
    pub within_ms: u64,
}

/// How an uplink stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LinkStatus {
    /// What is held, what has arrived, and what is in the way.
    pub sync: Status,
    /// The own wall clock when the uplink started: moments in `sync` count from there.
    pub started_at_ms: u64,
    /// The receiver's clock, once it was learnt in this run.
    pub clock: Option<Clock>,
    /// A request hung: hand-overs don't wait until a probe gets through.
    pub suspect: bool,
    /// The newest view that was taken.
    pub view_version: u64,
}

impl LinkStatus {
    /// A moment of `sync` as wall-clock milliseconds since 1970.
    #[must_use]
    pub const fn wall_ms(&self, moment_ms: u64) -> u64 {
        self.started_at_ms.saturating_add(moment_ms)
    }
}

/// Notes to the driver that may wait; a full queue loses one, which costs a little delay.
const NOTES: usize = 64;

/// What the driver's task and hand-overs share.
struct Shared<S> {
    source: Arc<S>,
    peer: Peer,
    terms: Terms,
    software: String,
    receiver: NodePublic,
    status: watch::Sender<LinkStatus>,
    notes: mpsc::Sender<Note>,
    started: Instant,
}

/// An uplink; clones are the same one, and it ends with the last of them.
pub struct Uplink<S> {
    shared: Arc<Shared<S>>,
    running: Arc<Running>,
}

/// Stops the task when the last clone is gone.
struct Running {
    stop: watch::Sender<bool>,
    task: Mutex<Option<JoinHandle<()>>>,
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.send_replace(true);
    }
}

impl<S> Clone for Uplink<S> {
    fn clone(&self) -> Self {
        Self { shared: Arc::clone(&self.shared), running: Arc::clone(&self.running) }
    }
}

impl<S: Source> Uplink<S> {
    /// Starts the task, on the present runtime.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn start(source: Arc<S>, options: Options) -> Result<Self, BadAddress> {
        let terms = options.hop.terms();
        let sender = sync::Sender::new(terms.pace);
        let status = LinkStatus {
            sync: sender.status(),
            started_at_ms: store::wall_clock_ms(),
            clock: None,
            suspect: false,
            view_version: options.views.as_ref().map_or(0, |views| views.held),
        };
        let (notes, noted) = mpsc::channel(NOTES);
        let shared = Arc::new(Shared {
            source,
            peer: Peer::new(&options.address, options.receiver)?,
            terms,
            software: options.software,
            receiver: options.receiver,
            status: watch::Sender::new(status),
            notes,
            started: Instant::now(),
        });
        let driver = Driver::new(Arc::clone(&shared), sender, options.views, options.origins);
        let stop = watch::Sender::new(false);
        let task = tokio::spawn(driver.run(noted, stop.subscribe()));
        let running = Arc::new(Running { stop, task: Mutex::new(Some(task)) });
        Ok(Self { shared, running })
    }

    /// How it stands, and every change of that.
    #[must_use]
    pub fn status(&self) -> watch::Receiver<LinkStatus> {
        self.shared.status.subscribe()
    }

    /// A person asks to try everything again now, what is parked too.
    pub fn retry(&self) {
        let _full = self.shared.notes.try_send(Note::Retry);
    }

    /// The receiver's signed word that was carried here by hand: how far it has what is here.
    pub fn acknowledged(&self, said: &Acknowledgement) {
        let heads = said.heads.clone();
        let said = Greeting {
            node: said.receiver,
            store: said.store,
            heads,
            beyond: Vec::new(),
            lacks: Vec::new(),
            above: Vec::new(),
        };
        let _full = self.shared.notes.try_send(Note::Acknowledged(said));
    }

    /// Ends the task; what is under way is given up and sent again at the next start.
    pub async fn stop(&self) {
        self.running.stop.send_replace(true);
        let task = self.running.task.lock().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(task) = task
            && let Err(error) = task.await
        {
            tracing::error!(%error, "the uplink's task ended by a panic");
        }
    }
}

impl<S> Shared<S> {
    fn now_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The line hangs, or goes again.
    fn suspect(&self, suspect: bool) {
        self.status.send_if_modified(|status| {
            let changed = status.suspect != suspect;
            status.suspect = suspect;
            changed
        });
    }

    /// The receiver's durable head of a stream, as it last said.
    fn theirs(&self, stream: Stream) -> Option<Head> {
        self.status.borrow().sync.streams.get(&stream)?.receiver
    }
}
