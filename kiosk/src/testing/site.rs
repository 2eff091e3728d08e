//! The site: it folds what it is told with the fair's own rules, and answers when it is let.

use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::decide;
use domain::event::{Event, SiteFollowed};
use domain::fair::{Fair, Stamp};
use domain::ids::{Hlc, NodeId};
use domain::station::{StationSecrets, StationSettings, TicketChange, ViewUpdate};
use domain::verdict::Verdict;
use journal::identity::LetterSeed;
use journal::{Draft, Heads, Kind, NodeKey, NodePublic, Record, StoreId};
use link::{Taken, Upstream};
use store::{Decision, IncomingBatch, Machine, Options, Store, StoreError};
use sync::enrol::{Code, EnrolRequest, Enrolled, Grant, Invitation, PendingCodes, Role, Statement};
use sync::receiver::{Directory, Trust};
use sync::view::{VIEW_SECRETS_INFO, View};
use sync::{Refusal, RefusalCode};
use tempfile::TempDir;
use web::serve::{Limits, Listener, serve};
use web::stop::Stopper;

use super::KEY;

/// The site's rules: the fair's fold and its judgement of scans.
#[derive(Clone, Default)]
pub(crate) struct SiteMachine {
    pub(crate) fair: Fair,
    pub(crate) events: Vec<Event>,
}

impl Machine for SiteMachine {
    type Command = Event;
    type Answer = Verdict;

    fn decide(&self, event: Event, _now: Hlc) -> Decision<Verdict> {
        let draft = Draft::new(Kind(event.kind()), event.payload());
        Decision { drafts: vec![draft], answer: Verdict::Welcome }
    }

    fn fold(&mut self, record: &Record) {
        let Ok(Some(event)) = Event::read(record.kind.0, &record.payload) else { return };
        let stamp = Stamp {
            origin: record.origin,
            epoch: record.epoch,
            seq: record.seq,
            time: record.time,
            at: record.happened_at(),
            actor: None,
            rehearsal: record.flags.rehearsal(),
        };
        self.fair.fold(&stamp, &event);
        self.events.push(event);
    }

    fn judge(&self, record: &Record) -> Option<Verdict> {
        match Event::read(record.kind.0, &record.payload).ok()?? {
            Event::SeekerCheckedIn(scan) => {
                Some(decide::judge(&self.fair, &scan, record.flags.rehearsal()))
            }
            Event::ScanRefused(refused) => Some(refused.verdict),
            _ => None,
        }
    }
}

/// A site in this process.
pub(crate) struct FakeSite {
    pub(crate) store: Store<SiteMachine>,
    station: Mutex<Option<NodePublic>>,
    codes: Mutex<PendingCodes>,
    view: Mutex<Option<(u64, ViewUpdate)>>,
    delay: Mutex<Duration>,
    follows: AtomicBool,
    address: Mutex<Option<SocketAddr>>,
    stopper: Mutex<Option<Stopper>>,
    _directory: TempDir,
}

impl FakeSite {
    pub(crate) fn serve() -> Arc<Self> {
        let directory = tempfile::tempdir().unwrap();
        let options = Options::new(directory.path(), "0.1.0");
        let (store, _) = Store::open(options, SiteMachine::default(), None).unwrap();
        let site = Arc::new(Self {
            store,
            station: Mutex::default(),
            codes: Mutex::default(),
            view: Mutex::default(),
            delay: Mutex::default(),
            follows: AtomicBool::default(),
            address: Mutex::default(),
            stopper: Mutex::default(),
            _directory: directory,
        });
        site.come_back();
        site
    }

    /// Serves, at the same address as before.
    pub(crate) fn come_back(self: &Arc<Self>) {
        let mut address = self.address.lock().unwrap();
        let wanted = address.unwrap_or(SocketAddr::from((Ipv4Addr::LOCALHOST, 0)));
        let listener = Listener::bind(wanted).unwrap();
        *address = Some(listener.address());
        let (stopper, stop) = web::stop::pair();
        let app = web::routes::app(vec![link::routes(&link::Receiving::new(Arc::clone(self)))]);
        tokio::spawn(serve(vec![listener], app, Limits::default(), stop));
        *self.stopper.lock().unwrap() = Some(stopper);
    }

    /// Nobody answers at the address any more.
    pub(crate) fn go_away(&self) {
        self.stopper.lock().unwrap().take();
    }

    pub(crate) fn url(&self) -> String {
        format!("http://{}", self.address.lock().unwrap().unwrap())
    }

    /// A fresh one-time code, with all that its QR code says.
    pub(crate) fn invitation(&self) -> Invitation {
        let code = Code::parse(&self.code()).unwrap();
        Invitation { code, issuer: self.own(), address: self.url() }
    }

    /// A fresh one-time code.
    pub(crate) fn code(&self) -> String {
        let code = Code::from_random([3; 10]);
        let grant =
            Grant {
                role: Role::Kiosk, name: "东门1号机".to_owned(), fair: None, replaces: None
            };
        self.codes.lock().unwrap().add(code.clone(), grant, store::wall_clock_ms()).unwrap();
        code.shown()
    }

    /// What stations are told from now on.
    pub(crate) fn tell(&self, settings: StationSettings, changes: Vec<TicketChange>) {
        let mut view = self.view.lock().unwrap();
        let version = view.as_ref().map_or(0, |(version, _)| *version) + 1;
        let to = version;
        let update = ViewUpdate { from: 0, to, settings: Some(settings), changes };
        *view = Some((version, update));
    }

    /// How long it takes to answer a hand-over.
    pub(crate) fn answer_after(&self, delay: Duration) {
        *self.delay.lock().unwrap() = delay;
    }

    /// A standby of this one: it knows the same station, and waits to be promoted.
    pub(crate) fn standby(&self) -> Arc<Self> {
        let standby = Self::serve();
        *standby.station.lock().unwrap() = *self.station.lock().unwrap();
        standby.follows.store(true, Ordering::Relaxed);
        standby
    }

    /// The organiser promotes it.
    pub(crate) fn promote(&self) {
        self.follows.store(false, Ordering::Relaxed);
    }

    /// Another one took its place, and it takes nothing more.
    pub(crate) fn supersede(&self) {
        self.follows.store(true, Ordering::Relaxed);
    }

    /// How a view names it.
    pub(crate) fn named(&self) -> SiteFollowed {
        let public_keys = self.store.key().public().to_bytes();
        SiteFollowed { node: self.own(), public_keys, address: self.url() }
    }

    /// Something that the site learnt elsewhere.
    pub(crate) async fn learn(&self, event: impl Into<Event>) {
        self.store.run(event.into()).await.unwrap();
    }

    /// What it holds, in the order of arrival.
    pub(crate) fn events(&self) -> Vec<Event> {
        self.store.read(|machine| machine.events.clone())
    }
}

impl Directory for FakeSite {
    fn own(&self) -> NodeId {
        self.store.node()
    }

    fn store(&self) -> StoreId {
        self.store.status().store
    }

    fn trust(&self, node: NodeId) -> Trust {
        if self.follows.load(Ordering::Relaxed) {
            return Trust::Follows;
        }
        let station = *self.station.lock().unwrap();
        station.filter(|public| public.node_id() == node).map_or(Trust::Unknown, Trust::Trusted)
    }

    fn may_relay(&self, sender: NodeId, origin: NodeId) -> bool {
        sender == origin
    }

    fn origin(&self, _origin: NodeId) -> Option<NodePublic> {
        *self.station.lock().unwrap()
    }
}

impl Upstream for FakeSite {
    fn key(&self) -> &NodeKey {
        self.store.key()
    }

    fn software(&self) -> &str {
        "0.1.0"
    }

    fn now_ms(&self) -> u64 {
        store::wall_clock_ms()
    }

    fn heads(&self) -> Heads {
        self.store.heads()
    }

    fn takes_keys(&self) -> bool {
        true
    }

    async fn take(&self, batch: IncomingBatch) -> Result<Taken, StoreError> {
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        let write = |verdict: &Verdict| minicbor::to_vec(verdict).unwrap();
        link::take(&self.store, batch, write).await
    }

    async fn enrol(&self, request: EnrolRequest) -> Result<Enrolled, Refusal> {
        let now_ms = self.now_ms();
        let (code, grant) = self.codes.lock().unwrap().redeem(&request, now_ms)?;
        let applicant = request.applicant().ok_or(RefusalCode::Damaged)?;
        *self.station.lock().unwrap() = Some(applicant.public);
        let statement = Statement {
            node: applicant.public.node_id(),
            role: grant.role,
            name: grant.name,
            issuer: self.own(),
            fair: grant.fair,
            key_number: 1,
            issued_at_ms: now_ms,
            before: None,
            missing: None,
        };
        Ok(Enrolled::new(&code, &request, &statement, self.key()))
    }

    fn view_version(&self, _station: NodeId) -> u64 {
        self.view.lock().unwrap().as_ref().map_or(0, |(version, _)| *version)
    }

    async fn view(&self, _station: NodeId, since: u64) -> Option<View> {
        let (version, update) = self.view.lock().unwrap().clone()?;
        if version <= since {
            return None;
        }
        let secrets = StationSecrets { ticket_keys: vec![(0, KEY.0.into())] };
        let plain = minicbor::to_vec(&secrets).unwrap();
        let public = (*self.station.lock().unwrap())?;
        let aad = public.node_id().0;
        let sealed = public.seal_letter(VIEW_SECRETS_INFO, &aad, &plain, LetterSeed([4; 32]));
        Some(View::new(version, minicbor::to_vec(&update).unwrap(), sealed.ok()))
    }
}
