//! A machine that counts what was said, and the nodes that run it.

use std::collections::BTreeMap;
use std::net::{Ipv4Addr, SocketAddr};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use domain::ids::{Hlc, NodeId};
use journal::{Draft, Heads, Kind, NodeKey, NodePublic, Record, StoreId};
use store::{
    Decision, FileDisk, IncomingBatch, Machine, Options as StoreOptions, Store, StoreError,
};
use sync::enrol::{Code, EnrolRequest, Enrolled, Grant, PendingCodes, Role, Statement};
use sync::receiver::{Directory, Trust};
use sync::view::View;
use sync::{Refusal, RefusalCode};
use tempfile::TempDir;
use web::serve::{Limits, Listener, TlsFiles};
use web::stop::Stopper;

use crate::{Met, Taken, Upstream};

const SAID: Kind = Kind(100);

/// Everything that was said, and how often.
#[derive(Clone, Default)]
pub(crate) struct Toy {
    pub(super) said: BTreeMap<Vec<u8>, usize>,
}

impl Machine for Toy {
    type Command = (Vec<u8>, Option<Vec<u8>>);
    type Answer = Vec<u8>;

    fn decide(&self, (text, secret): Self::Command, _now: Hlc) -> Decision<Vec<u8>> {
        let mut draft = Draft::new(SAID, text.clone());
        draft.secrets.extend(secret);
        Decision { drafts: vec![draft], answer: text }
    }

    fn fold(&mut self, record: &Record) {
        if record.kind == SAID {
            *self.said.entry(record.payload.clone()).or_default() += 1;
        }
    }

    fn judge(&self, record: &Record) -> Option<Vec<u8>> {
        (record.kind == SAID).then(|| [b"judged ".as_slice(), &record.payload].concat())
    }
}

/// A node's store in a directory of its own.
pub(crate) struct Node {
    pub(crate) store: Arc<Store<Toy>>,
    directory: TempDir,
}

impl Node {
    pub(crate) fn new() -> Self {
        Self::open(tempfile::tempdir().unwrap())
    }

    fn open(directory: TempDir) -> Self {
        let options = StoreOptions::new(directory.path(), "0.1.0");
        let (store, _) = Store::open(options, Toy::default(), None).unwrap();
        Self { store: Arc::new(store), directory }
    }

    pub(crate) async fn say(&self, text: &str) {
        self.store.run((text.as_bytes().to_vec(), None)).await.unwrap();
    }

    pub(crate) async fn register(&self, text: &str) {
        let secret = Some(format!("secret of {text}").into_bytes());
        self.store.run((text.as_bytes().to_vec(), secret)).await.unwrap();
    }

    /// Whether these bytes lie in any file.
    pub(super) fn has_in_a_file(&self, bytes: &[u8]) -> bool {
        let files = std::fs::read_dir(self.directory.path()).unwrap();
        let contents = files.filter_map(|file| std::fs::read(file.unwrap().path()).ok());
        contents.into_iter().any(|content| content.windows(bytes.len()).any(|part| part == bytes))
    }

    pub(crate) fn said(&self) -> BTreeMap<Vec<u8>, usize> {
        self.store.read(|toy| toy.said.clone())
    }

    pub(crate) fn public(&self) -> NodePublic {
        self.store.key().public()
    }

    /// The disk of the node, which has stopped.
    pub(crate) async fn into_disk(self) -> FileDisk {
        let Self { store, directory } = self;
        Store::clone(&store).close().await.unwrap();
        drop(store);
        FileDisk::open(&directory.keep()).unwrap()
    }

    /// A new process on the same disk.
    pub(super) async fn restart(self) -> Self {
        let Self { store, directory } = self;
        Store::clone(&store).close().await.unwrap();
        drop(store);
        Self::open(directory)
    }
}

/// A receiving node.
pub(crate) struct Site {
    pub(crate) node: Node,
    pub(crate) nodes: Mutex<BTreeMap<NodeId, Trust>>,
    pub(super) codes: Mutex<PendingCodes>,
    pub(super) clock_ms: AtomicU64,
    pub(super) view: Mutex<Option<View>>,
    pub(super) delay: Mutex<Duration>,
    pub(super) met: Mutex<Vec<Met>>,
    pub(super) takes_keys: AtomicBool,
}

impl Site {
    pub(crate) fn new(trusted: &[&Node]) -> Arc<Self> {
        let trust = |node: &&Node| (node.store.node(), Trust::Trusted(node.public()));
        Arc::new(Self {
            node: Node::new(),
            nodes: Mutex::new(trusted.iter().map(trust).collect()),
            codes: Mutex::default(),
            clock_ms: AtomicU64::new(1_000_000),
            view: Mutex::default(),
            delay: Mutex::default(),
            met: Mutex::default(),
            takes_keys: AtomicBool::new(true),
        })
    }

    pub(super) fn expect(&self, code: &Code) {
        let grant =
            Grant { role: Role::Kiosk, name: "入口 1".to_owned(), fair: None, replaces: None };
        let now_ms = self.now_ms();
        self.codes.lock().unwrap().add(code.clone(), grant, now_ms).unwrap();
    }
}

impl Directory for Site {
    fn own(&self) -> NodeId {
        self.node.store.node()
    }

    fn store(&self) -> StoreId {
        self.node.store.status().store
    }

    fn trust(&self, node: NodeId) -> Trust {
        self.nodes.lock().unwrap().get(&node).copied().unwrap_or(Trust::Unknown)
    }

    fn may_relay(&self, _sender: NodeId, _origin: NodeId) -> bool {
        true
    }

    fn origin(&self, _origin: NodeId) -> Option<NodePublic> {
        None
    }
}

impl Upstream for Site {
    fn key(&self) -> &NodeKey {
        self.node.store.key()
    }

    fn software(&self) -> &str {
        "0.1.0"
    }

    fn now_ms(&self) -> u64 {
        self.clock_ms.load(Ordering::Relaxed)
    }

    fn heads(&self) -> Heads {
        self.node.store.heads()
    }

    fn takes_keys(&self) -> bool {
        self.takes_keys.load(Ordering::Relaxed)
    }

    async fn take(&self, batch: IncomingBatch) -> Result<Taken, StoreError> {
        let delay = *self.delay.lock().unwrap();
        tokio::time::sleep(delay).await;
        crate::take(&self.node.store, batch, Clone::clone).await
    }

    async fn enrol(&self, request: EnrolRequest) -> Result<Enrolled, Refusal> {
        let now_ms = self.now_ms();
        let (code, grant) = self.codes.lock().unwrap().redeem(&request, now_ms)?;
        let applicant = request.applicant().ok_or(RefusalCode::Damaged)?;
        let node = applicant.public.node_id();
        self.nodes.lock().unwrap().insert(node, Trust::Trusted(applicant.public));
        let statement = Statement {
            node,
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
        self.view.lock().unwrap().as_ref().map_or(0, |view| view.version)
    }

    async fn view(&self, _station: NodeId, since: u64) -> Option<View> {
        self.view.lock().unwrap().clone().filter(|view| view.version > since)
    }

    fn met(&self, met: Met) {
        self.met.lock().unwrap().push(met);
    }
}

/// A site behind a real socket.
pub(super) struct Served {
    pub(super) address: SocketAddr,
    _stopper: Stopper,
}

pub(super) fn serve(site: &Arc<Site>) -> Served {
    serve_on(site, Listener::bind(SocketAddr::from((Ipv4Addr::LOCALHOST, 0))).unwrap())
}

pub(super) fn serve_tls(site: &Arc<Site>, certificate: &str, key: &str) -> Served {
    let directory = tempfile::tempdir().unwrap();
    let files = TlsFiles {
        certificate: directory.path().join("certificate.pem"),
        key: directory.path().join("key.pem"),
    };
    std::fs::write(&files.certificate, certificate).unwrap();
    std::fs::write(&files.key, key).unwrap();
    let address = SocketAddr::from((Ipv4Addr::LOCALHOST, 0));
    serve_on(site, Listener::bind_tls(address, &files).unwrap())
}

fn serve_on(site: &Arc<Site>, listener: Listener) -> Served {
    let address = listener.address();
    let (stopper, stop) = web::stop::pair();
    let app = web::routes::app(vec![crate::routes(&crate::Receiving::new(Arc::clone(site)))]);
    tokio::spawn(web::serve::serve(vec![listener], app, Limits::default(), stop));
    Served { address, _stopper: stopper }
}
