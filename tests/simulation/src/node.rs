//! One node: its disk, and, while it runs, its store, its receiving end and its line upward.

use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, RwLock};
use std::task::{Context, Poll, Waker};

use domain::ids::{KeyId, Seq};
use domain::station::StationView;
use hq::HqMachine;
use journal::disk::MemoryDisk;
use journal::{Head, NodePublic};
use kiosk::station::SharedView;
use kiosk::station::machine::StationMachine;
use site::machine::FairMachine;
use store::{Opening, Report, StillStore, Store, StoreError};
use sync::{Range, Want};

pub use crate::door::Placed;
use crate::door::{Caller, Door};
use crate::line::Line;
use crate::people::Work;
use crate::rules::{Answer, Rules};
use crate::surroundings::Surroundings;

/// Small segments, so that a run fills several.
const SEGMENT_BYTES: u64 = 48 * 1024;

/// A node's store.
pub type NodeStore = Store<Rules, MemoryDisk>;

/// What kind of node it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Role {
    /// Headquarters.
    Hq,
    /// The site.
    Site,
    /// The machine that follows the site.
    Standby,
    /// A kiosk.
    Kiosk,
}

/// What became of a node's disk beyond what a promise of one node can stand.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Injuries {
    /// A sync lied, and the power went.
    pub lied: bool,
    /// Bytes rotted.
    pub rotted: bool,
    /// It went on from an old image.
    pub restored: bool,
}

impl Injuries {
    /// Whether records in the midst of others may be gone; the journal names them then.
    #[must_use]
    pub const fn holes(self) -> bool {
        self.lied || self.rotted
    }

    /// Whether the node may lack what it once held.
    #[must_use]
    pub const fn any(self) -> bool {
        self.lied || self.rotted || self.restored
    }
}

/// A node.
pub struct Node {
    /// What kind.
    pub role: Role,
    /// For the trace.
    pub name: String,
    /// Its disk.
    pub disk: MemoryDisk,
    /// Its clocks and chance.
    pub around: Arc<Surroundings>,
    /// The site server that a standby follows.
    pub followed: Option<NodePublic>,
    /// Its public keys, once it has some.
    pub public: Option<NodePublic>,
    /// Counts its runs.
    pub run: u64,
    /// The present run.
    pub life: Option<Life>,
    /// A kiosk's view as its disk keeps it.
    pub kept_view: StationView,
    /// Old images of its disk.
    pub images: Vec<MemoryDisk>,
    /// What became of the disk.
    pub injuries: Injuries,
    /// The power goes at the disk's next fault.
    pub cutting: bool,
    /// Syncs lie at present.
    pub lying: bool,
    /// The version of the catalogues when imports were last looked at.
    pub catalogue: u64,
}

/// One run of a node's process.
pub struct Life {
    /// The store.
    pub store: NodeStore,
    /// Its writer.
    pub still: store::Still<Rules, MemoryDisk>,
    /// What waits for the store.
    pub tasks: Vec<Task>,
    /// When the writer works next, in simulated milliseconds.
    pub step_at: Option<u64>,
    /// The receiving end, where there is one.
    pub door: Option<Arc<Door>>,
    /// The line upward, where there is one.
    pub line: Option<Line>,
    /// A kiosk's view.
    pub view: SharedView,
}

/// What a task is for.
pub enum Doing {
    /// Somebody at this node wants something done.
    Work(Work),
    /// Records that came are taken in.
    Placing(Caller),
    /// Records that were asked back are taken in.
    TakingBack(Range),
    /// The own chain is signed before this batch.
    Signing(Want),
    /// Keys that the receiver has are wiped.
    Wiping,
    /// A key is erased for good.
    Erasing(KeyId),
}

/// What it came to.
pub enum Done {
    /// A command's answer.
    Ran(Result<Answer, StoreError>),
    /// What became of records.
    Placed(Placed),
    /// Up to where records that came back are durable.
    TakenBack(Option<Seq>),
    /// The own head, signed.
    Signed(Result<Option<Head>, StoreError>),
    /// How many keys were here.
    Erased(Result<usize, StoreError>),
}

type Waited = Pin<Box<dyn Future<Output = Done>>>;

/// Something that waits for the store.
pub struct Task {
    /// What for.
    pub doing: Doing,
    waited: Waited,
}

impl Task {
    /// Begins to wait.
    pub fn new(doing: Doing, waited: impl Future<Output = Done> + 'static) -> Self {
        Self { doing, waited: Box::pin(waited) }
    }

    /// Looks whether it is done.
    pub fn poll(&mut self) -> Option<Done> {
        match self.waited.as_mut().poll(&mut Context::from_waker(Waker::noop())) {
            Poll::Ready(done) => Some(done),
            Poll::Pending => None,
        }
    }
}

impl Node {
    /// A node with an empty disk.
    #[must_use]
    pub fn new(role: Role, name: String, around: Arc<Surroundings>) -> Self {
        Self {
            role,
            name,
            disk: MemoryDisk::new(),
            around,
            followed: None,
            public: None,
            run: 0,
            life: None,
            kept_view: StationView::default(),
            images: Vec::new(),
            injuries: Injuries::default(),
            cutting: false,
            lying: false,
            catalogue: 0,
        }
    }

    /// Starts its process.
    ///
    /// # Errors
    /// As [`Store::open`].
    pub fn start(&mut self) -> Result<Report, StoreError> {
        let key = store::identity_in(&self.disk, &*self.around)?;
        let me = key.node_id();
        self.public = Some(key.public());
        let view: SharedView = Arc::new(RwLock::new(self.kept_view.clone()));
        let rules = match self.role {
            Role::Hq => Rules::Hq(HqMachine::new(me)),
            Role::Site => Rules::Site(FairMachine::new(me)),
            Role::Standby => {
                let followed = self.followed.iter().map(|site| site.node_id()).collect();
                Rules::Site(FairMachine::following(me, followed))
            }
            Role::Kiosk => Rules::Station(StationMachine::new(me, Arc::clone(&view))),
        };
        let around: Arc<Surroundings> = Arc::clone(&self.around);
        let opening = Opening {
            disk: self.disk.clone(),
            views: None,
            software: "simulated".to_owned(),
            segment_bytes: SEGMENT_BYTES,
            world: around,
        };
        let StillStore { store, still, report } = opening.open_still(rules)?;
        self.run += 1;
        let receives = self.role != Role::Kiosk;
        let door = receives.then(|| {
            Door::new(store.clone(), (self.role, self.followed), Arc::clone(&self.around))
        });
        let door = door.map(Arc::new);
        let tasks = Vec::new();
        self.life = Some(Life { store, still, tasks, step_at: None, door, line: None, view });
        Ok(report)
    }

    /// The process ends at once; nothing is said to anybody.
    pub fn stop(&mut self) {
        self.life = None;
    }
}
