//! A headquarters in a directory of its own, and nodes below it that write whatever a test wants.

use std::sync::Arc;

use domain::day::{Day, Days};
use domain::event::{
    BoothAssigned, Channel, ConsultationRecorded, DeviceEnrolled, Event, FairOpened, FairPlanned,
    Method, NodeRole, OutcomeRecorded, SeekerCheckedIn, TalkOutcome, TicketIssued,
};
use domain::fair::Fair;
use domain::ids::{ConsultationId, EmployerId, FairTag, Hlc, NodeId, Reference, ShortNumber};
use domain::role::Role;
use domain::verdict::Verdict;
use journal::{Draft, Entry, Kind, Record};
use office::Office;
use store::{Decision, IncomingBatch, Machine, Options, Store};
use sync::enrol::{Applicant, EnrolRequest};
use tempfile::TempDir;
use web::App;
use web::stop::Stopper;
use web::testing::{get, post};

use crate::hq::Hq;
use crate::run::{app, open};

pub(super) const DAY: Day = Day(2_255);
pub(super) const SECRET: &str = "张三被欠薪三个月";
const SEGMENT_BYTES: u64 = 1 << 20;

/// A headquarters with its clerk.
pub(super) struct Desk {
    pub(super) hq: Arc<Hq>,
    pub(super) app: App,
    pub(super) stopper: Stopper,
    pub(super) stop: web::Stop,
    pub(super) directory: TempDir,
}

impl Desk {
    pub(super) fn open() -> Self {
        Self::open_in(tempfile::tempdir().unwrap())
    }

    pub(super) fn open_in(directory: TempDir) -> Self {
        let (store, _) = open(directory.path()).unwrap();
        let office = Arc::new(Office::new(store, "sb_hq", Role::Clerk).unwrap());
        let (stopper, stop) = web::stop::pair();
        let hq = Arc::new(Hq::new(office, stop.clone()));
        let app = app(&hq);
        Self { hq, app, stopper, stop, directory }
    }

    /// Closes and opens it again.
    pub(super) async fn restarted(self) -> Self {
        let Self { hq, app, directory, .. } = self;
        drop(app);
        let store = hq.office.store.clone();
        drop(hq);
        store.close().await.unwrap();
        Self::open_in(directory)
    }

    /// The clerk's token.
    pub(super) async fn clerk(&self) -> String {
        let code = self.hq.office.setup_code().unwrap();
        let first = serde_json::json!({
            "code": code, "login": "clerk", "name": "王老师", "password": "spring breeze",
        });
        let signed = post("/api/v1/setup").json(&first).send(&self.app).await;
        assert_eq!(signed.status, 200, "{}", signed.text());
        signed.json::<serde_json::Value>()["token"].as_str().unwrap().to_owned()
    }

    /// Enrols a node under the trait that the routes use.
    pub(super) async fn enrol(&self, node: &Node, name: &str) {
        let code = self.hq.new_code(name).unwrap().code;
        let request = EnrolRequest::new(&code, &applicant(node));
        link::Upstream::enrol(&*self.hq, request).await.unwrap();
    }

    /// Takes all that a node holds of an origin.
    pub(super) async fn take_all(&self, node: &Node, origin: NodeId) {
        for entries in node.runs_of(origin).await {
            let batch = IncomingBatch::without_keys(origin, entries);
            let taken = link::Upstream::take(&*self.hq, batch).await.unwrap();
            taken.outcome.unwrap();
        }
    }

    /// A page or document, by a clerk.
    pub(super) async fn shown(&self, path: &str, token: &str) -> String {
        let got = get(path).bearer(token).send(&self.app).await;
        assert_eq!(got.status, 200, "{path}: {}", got.text());
        got.text()
    }
}

pub(super) fn applicant(node: &Node) -> Applicant {
    Applicant {
        public: node.store.key().public(),
        role: sync::enrol::Role::Site,
        name: "ignored".to_owned(),
        software: "0.0.0".to_owned(),
        nonce: [7; 16].into(),
        audience: None,
        reached_at: None,
    }
}

/// Writes the events it is given, and folds all it holds into one fair, as a site does.
#[derive(Clone, Default)]
pub(super) struct Scribe {
    pub(super) fair: Fair,
}

/// What a node is to write: one transaction.
pub(super) struct Written {
    pub(super) fair: Option<FairTag>,
    pub(super) rehearsal: bool,
    pub(super) events: Vec<(Event, Vec<Vec<u8>>)>,
}

impl Machine for Scribe {
    type Command = Written;
    type Answer = ();

    fn decide(&self, written: Written, _now: Hlc) -> Decision<()> {
        let draft = |(event, secrets): (Event, Vec<Vec<u8>>)| Draft {
            fair: written.fair,
            rehearsal: written.rehearsal,
            secrets,
            ..Draft::new(Kind(event.kind()), event.payload())
        };
        Decision { drafts: written.events.into_iter().map(draft).collect(), answer: () }
    }

    fn fold(&mut self, record: &Record) {
        if let Ok(Some(event)) = Event::read(record.kind.0, &record.payload) {
            self.fair.fold(&office::stamp::of(record), &event);
        }
    }

    fn judge(&self, _record: &Record) -> Option<()> {
        None
    }
}

/// A site or a kiosk.
pub(super) struct Node {
    pub(super) store: Arc<Store<Scribe>>,
    _directory: TempDir,
}

impl Node {
    pub(super) fn open() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let options =
            Options { segment_bytes: SEGMENT_BYTES, ..Options::new(directory.path(), "0.0.0") };
        let (store, _) = Store::open(options, Scribe::default(), None).unwrap();
        Self { store: Arc::new(store), _directory: directory }
    }

    pub(super) fn id(&self) -> NodeId {
        self.store.node()
    }

    pub(super) async fn write(&self, fair: Option<FairTag>, events: Vec<Event>) {
        let events = events.into_iter().map(|event| (event, Vec::new())).collect();
        self.store.run(Written { fair, rehearsal: false, events }).await.unwrap();
    }

    /// Takes over what another node wrote, as a site does from its kiosks.
    pub(super) async fn relay(&self, kiosk: &Self) {
        for entries in kiosk.runs_of(kiosk.id()).await {
            let batch = IncomingBatch { origin: kiosk.id(), entries, keys: Vec::new() };
            self.store.ingest(batch).await.unwrap().outcome.unwrap();
        }
    }

    /// Everything held of an origin, a run each epoch, in order.
    pub(super) async fn runs_of(&self, origin: NodeId) -> Vec<Vec<Entry>> {
        let mut runs = Vec::new();
        for held in self.store.heads().epochs(origin) {
            let from = domain::ids::Seq(1);
            let epoch = held.head.epoch;
            runs.push(self.store.entries(origin, epoch, from, 1 << 24).await.unwrap());
        }
        runs
    }

    pub(super) fn fair(&self) -> Fair {
        self.store.read(|scribe| scribe.fair.clone())
    }
}

/// A site with an open fair, a kiosk that let people in, talks and consultations.
pub(super) struct Hall {
    pub(super) site: Node,
    pub(super) kiosk: Node,
}

impl Hall {
    /// `persons` came in through the kiosk; two talks, six consultations of one category and
    /// two of another at the site.
    pub(super) async fn with(tag: u8, persons: u8) -> Self {
        let (site, kiosk) = (Node::open(), Node::open());
        let fair = FairTag([tag; 4]);
        let before = rehearsed(&site, persons);
        site.write(None, vec![planned(fair, tag), enrolled(&kiosk)]).await;
        site.store.run(before).await.unwrap();
        site.write(Some(fair), vec![booth(), FairOpened {}.into()]).await;
        kiosk.write(Some(fair), (0..persons).flat_map(walked_in).collect()).await;
        let talks = [(0, TalkOutcome::Intention), (1, TalkOutcome::Hire)];
        site.write(Some(fair), talks.map(|(person, outcome)| talk(person, outcome)).into()).await;
        let consultations = (0_u8..8).map(|serial| {
            let category = if serial < 6 { 1 } else { 2 };
            (consultation(tag, serial, category), vec![SECRET.as_bytes().to_vec()])
        });
        let events = consultations.collect();
        let written = Written { fair: Some(fair), rehearsal: false, events };
        site.store.run(written).await.unwrap();
        site.relay(&kiosk).await;
        Self { site, kiosk }
    }
}

fn rehearsed(site: &Node, persons: u8) -> Written {
    let _writes_them = site;
    let events = (0..persons).flat_map(|person| walked_in(person + 100));
    let events = events.map(|event| (event, Vec::new())).collect();
    Written { fair: None, rehearsal: true, events }
}

pub(super) fn planned(fair: FairTag, number: u8) -> Event {
    FairPlanned {
        fair,
        name: format!("春风行动第{number}场"),
        place: "中山广场".to_owned(),
        district: 210_202,
        days: Days { first: DAY, last: DAY },
        address: "http://10.0.0.1".to_owned(),
        entry_limit: None,
    }
    .into()
}

pub(super) fn enrolled(kiosk: &Node) -> Event {
    DeviceEnrolled {
        node: kiosk.id(),
        role: NodeRole::Kiosk,
        name: "东门1号机".to_owned(),
        public_keys: kiosk.store.key().public().to_bytes(),
    }
    .into()
}

fn booth() -> Event {
    BoothAssigned { booth: "A01".parse().unwrap(), employer: EmployerId([1; 8]) }.into()
}

pub(super) fn walked_in(person: u8) -> [Event; 2] {
    let reference = Reference([person; 8]);
    let number = ShortNumber::of_serial(10_000 + u32::from(person)).unwrap();
    let days = Days { first: DAY, last: DAY };
    let issued = TicketIssued { reference, number, days, channel: Channel::Kiosk, codes: [0; 2] };
    let verdict = Verdict::Welcome;
    let came = SeekerCheckedIn { reference, day: DAY, method: Method::Camera, verdict };
    [issued.into(), came.into()]
}

fn talk(person: u8, outcome: TalkOutcome) -> Event {
    let (booth, reference) = ("A01".parse().unwrap(), Reference([person; 8]));
    OutcomeRecorded { booth, reference, posting: None, outcome }.into()
}

fn consultation(tag: u8, serial: u8, category: u8) -> Event {
    ConsultationRecorded {
        consultation: ConsultationId([tag, serial, 0, 0, 0, 0, 0, 0]),
        serial: u32::from(serial) + 1,
        day: DAY,
        desk: 1,
        category,
        outcome: 1,
        minutes: 10,
        anonymous: true,
    }
    .into()
}
