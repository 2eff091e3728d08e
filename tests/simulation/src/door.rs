//! The receiving end of a site or of headquarters: what the routes of `link` do, without HTTP.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use domain::ids::NodeId;
use journal::identity::LetterSeed;
use journal::{Entry, Heads, Lost, NodeKey, NodePublic, StoreId};
use link::{Intake, Taken, Upstream};
use minicbor::bytes::ByteVec;
use sha2::{Digest, Sha256};
use store::{IncomingBatch, StoreError, World};
use sync::batch::{Run, Withhold, pack};
use sync::enrol::{EnrolRequest, Enrolled};
use sync::handover::{HandOver, HandOverAnswer};
use sync::hello::{
    HELLO_ANSWER_PURPOSE, HELLO_PURPOSE, Hello, HelloAnswer, Limits, SESSION_KEY_INFO, Signed,
};
use sync::pull::{self, PullAnswer};
use sync::receiver::{self, Directory, Trust};
use sync::session::{Answer as Proved, Request, Session, SessionKey, Window};
use sync::{BatchAnswer, Refusal, RefusalCode, keys, limits};

use crate::net::{Envelope, Path, Reply};
use crate::node::{NodeStore, Role};
use crate::rules::{Answer, Rules};
use crate::surroundings::Surroundings;

/// Statuses as the carrier uses them.
pub const OK: u16 = 200;
/// Records don't fit.
pub const CONFLICT: u16 = 409;
const REFUSED: u16 = 422;

/// The receiving end.
pub struct Door {
    store: NodeStore,
    role: Role,
    /// Whom a standby follows.
    followed: Option<NodePublic>,
    around: Arc<Surroundings>,
    told: Mutex<BTreeMap<NodeId, NodePublic>>,
    sessions: Mutex<BTreeMap<[u8; 16], Session>>,
    hellos: Mutex<BTreeSet<[u8; 32]>>,
    intake: Intake,
}

/// Who waits for an answer.
pub struct Caller {
    /// What they asked with.
    pub envelope: Envelope,
    /// Their session.
    pub key: SessionKey,
    /// Who they are.
    pub node: NodeId,
}

/// What became of records: the answer, and what the node makes of each.
pub type Placed = Result<(BatchAnswer, Vec<Option<Vec<u8>>>), Refusal>;

/// Records that may be taken to the store.
pub struct Coming {
    /// Where they belong.
    pub previous: journal::Head,
    /// The records.
    pub batch: IncomingBatch,
}

impl Door {
    /// The receiving end of a store.
    #[must_use]
    pub fn new(
        store: NodeStore,
        (role, followed): (Role, Option<NodePublic>),
        around: Arc<Surroundings>,
    ) -> Self {
        Self {
            store,
            role,
            followed,
            around,
            told: Mutex::default(),
            sessions: Mutex::default(),
            hellos: Mutex::default(),
            intake: Intake::default(),
        }
    }

    /// The one way of records into the store.
    pub async fn place(&self, coming: Coming) -> Placed {
        let Coming { previous, batch } = coming;
        let stream = sync::Stream { origin: batch.origin, epoch: previous.epoch };
        self.intake.place(self, stream, previous, batch).await
    }

    /// Answers a hello.
    ///
    /// # Errors
    /// The refusal.
    pub fn greet(&self, body: &[u8]) -> Result<Vec<u8>, Refusal> {
        let signed: Signed = minicbor::decode(body).map_err(|_| RefusalCode::Damaged)?;
        let claimed: Hello = signed.peek().map_err(|_| RefusalCode::Damaged)?;
        if claimed.audience != self.own() {
            return Err(RefusalCode::WrongAudience.into());
        }
        let sender = receiver::believe(self, claimed.sender)?;
        let hello: Hello =
            signed.read(sender, HELLO_PURPOSE).map_err(|_| RefusalCode::BadSignature)?;
        let hash: [u8; 32] = Sha256::digest(&*signed.body).into();
        if !lock(&self.hellos).insert(hash) {
            return Err(RefusalCode::Stale.into());
        }
        let keys = hello.origins.iter().filter_map(|key| NodePublic::from_bytes(key).ok());
        let may = keys.filter(|key| self.may_relay(sender.node_id(), key.node_id()));
        self.told().extend(may.map(|key| (key.node_id(), key)));
        let (session, sealed_key) = self.open_session(sender, &hash)?;
        let heads = self.heads();
        let beyond = pull::beyond(self, &heads, sender.node_id(), &hello.heads);
        let answer = HelloAnswer {
            hello: hash.into(),
            protocol: sync::limits::PROTOCOL,
            software: String::new(),
            limits: Limits { records: 0, raw_bytes: 0, packed_bytes: 0 },
            node: self.own(),
            store: self.store(),
            server_time_ms: self.now_ms(),
            heads: receiver::heads_of(&heads, &hello.heads),
            view_version: self.view_version(sender.node_id()),
            session: session.into(),
            sealed_key,
            takes_keys: self.takes_keys().then_some(true),
            beyond: Some(beyond),
            lacks: Some(pull::lacks(self, sender.node_id(), &self.lacks())),
            above: None,
        };
        Ok(encode(&Signed::new(self.key(), HELLO_ANSWER_PURPOSE, encode(&answer))))
    }

    fn open_session(
        &self,
        sender: NodePublic,
        hello: &[u8; 32],
    ) -> Result<([u8; 16], ByteVec), Refusal> {
        let (id, key): ([u8; 16], [u8; 32]) = (self.around.bytes(), self.around.bytes());
        let seed = LetterSeed(self.around.bytes());
        let letter = sender.seal_letter(SESSION_KEY_INFO, hello, &key, seed);
        let letter = letter.map_err(|_| RefusalCode::UnknownSender)?;
        let node = sender.node_id();
        let session = Session { node, key: SessionKey(key), window: Window::default() };
        lock(&self.sessions).insert(id, session);
        Ok((id, letter.into()))
    }

    /// Who sends this, if their session proves it.
    ///
    /// # Errors
    /// The refusal.
    pub fn prove(&self, envelope: &Envelope) -> Result<Caller, Refusal> {
        let mut sessions = lock(&self.sessions);
        let Some(session) = sessions.get_mut(&envelope.session) else {
            return Err(RefusalCode::SessionUnknown.into());
        };
        let request = Request {
            counter: envelope.counter,
            method: "POST",
            path: envelope.path.word(),
            body: &envelope.body,
        };
        if !session.key.accepts_request(&request, &envelope.proof)
            || !session.window.take(envelope.counter)
        {
            return Err(RefusalCode::SessionForged.into());
        }
        let (key, node) = (session.key.clone(), session.node);
        drop(sessions);
        receiver::believe_still(self, node)?;
        Ok(Caller { envelope: envelope.clone(), key, node })
    }

    /// The records of a batch or a hand-over.
    ///
    /// # Errors
    /// The refusal.
    pub fn read(&self, caller: &Caller) -> Result<Coming, Refusal> {
        let body = &caller.envelope.body;
        if caller.envelope.path == Path::Scans {
            let hand_over: HandOver = minicbor::decode(body).map_err(|_| RefusalCode::Damaged)?;
            let sender = receiver::believe(self, caller.node)?;
            receiver::origin_for(self, sender, hand_over.origin)?;
            let (entries, _) = hand_over.read().map_err(|_| RefusalCode::Damaged)?;
            let wrapped = hand_over.keys.unwrap_or_default();
            return self.with_keys(hand_over.origin, hand_over.previous, entries, &wrapped);
        }
        let batch = receiver::open(self, body)?;
        self.with_keys(batch.header.origin, batch.previous, batch.entries, &batch.keys)
    }

    fn with_keys(
        &self,
        origin: NodeId,
        previous: journal::Head,
        entries: Vec<Entry>,
        wrapped: &[keys::WrappedKey],
    ) -> Result<Coming, Refusal> {
        if !wrapped.is_empty() && !self.takes_keys() {
            return Err(RefusalCode::KeysNotTaken.into());
        }
        let keys = keys::open(self.key(), &entries, wrapped).map_err(|_| RefusalCode::Damaged)?;
        Ok(Coming { previous, batch: IncomingBatch { origin, entries, keys } })
    }

    /// Records that somebody asks back.
    ///
    /// # Errors
    /// The refusal.
    pub fn give_back(&self, caller: &Caller) -> Result<Vec<u8>, Refusal> {
        let asked = minicbor::decode(&caller.envelope.body).map_err(|_| RefusalCode::Damaged)?;
        let (range, store): (sync::Range, StoreId) = asked;
        if !pull::may_pull(self, caller.node, range.origin) {
            return Err(RefusalCode::OriginNotAllowed.into());
        }
        let (stream, bytes) = (range.stream(), limits::BATCH_RAW_BYTES);
        let stored = link::run_from(&mut self.store.reader(), stream, range.first, bytes);
        let Some((previous, entries)) = stored else { return Ok(encode(&PullAnswer::Nothing)) };
        let most = usize::try_from(range.last.0 - range.first.0).unwrap_or(0) + 1;
        let run = Run {
            audience: caller.node,
            store,
            stream,
            previous,
            entries: &entries,
            max_records: most,
            withhold: if self.takes_keys() { Withhold::Nothing } else { Withhold::AllSealed },
            keys: &[],
        };
        let packed = pack(self.key(), &run).map_err(|_| RefusalCode::Failed)?;
        Ok(encode(&PullAnswer::Batch(packed.bytes.into())))
    }

    /// The answer to records, as it travels.
    #[must_use]
    pub fn answer(&self, caller: &Caller, placed: Placed) -> Reply {
        let (status, body) = match placed {
            Err(refusal) => (REFUSED, encode(&refusal)),
            Ok((answer, judged)) => {
                let status = if matches!(answer, BatchAnswer::Ack(_)) { OK } else { CONFLICT };
                let body = if caller.envelope.path == Path::Scans {
                    let written =
                        judged.into_iter().map(|it| ByteVec::from(it.unwrap_or_default()));
                    let judgements = written.collect();
                    let view_version = self.view_version(caller.node);
                    encode(&HandOverAnswer { answer, judgements, view_version })
                } else {
                    encode(&answer)
                };
                (status, body)
            }
        };
        proved(caller, status, body)
    }

    fn told(&self) -> MutexGuard<'_, BTreeMap<NodeId, NodePublic>> {
        lock(&self.told)
    }

    /// The site server, while this is its standby.
    fn follows(&self) -> Option<NodePublic> {
        let follows = |rules: &Rules| rules.site().is_some_and(|site| site.follows().is_some());
        self.followed.filter(|_| self.store.read(follows))
    }

    fn enrolled(&self, node: NodeId) -> Option<(NodePublic, bool)> {
        self.store.read(|rules| {
            if let Some(hq) = rules.hq() {
                return Some((hq.site_public(node)?, hq.trusts(node)));
            }
            let fair = office::OfficeMachine::fair(rules.site()?);
            let public = NodePublic::from_bytes(&fair.enrolled(node)?.public_keys).ok()?;
            Some((public, !fair.is_revoked(node)))
        })
    }
}

/// An answer under the session's proof.
#[must_use]
pub fn proved(caller: &Caller, status: u16, body: Vec<u8>) -> Reply {
    let answer = Proved { counter: caller.envelope.counter, status, body: &body };
    let proof = Some(caller.key.prove_answer(&answer));
    Reply { status, proof, body, ours: true, touched: caller.envelope.touched }
}

/// A refusal of whoever proved nothing.
#[must_use]
pub fn refused(envelope: &Envelope, refusal: &Refusal) -> Reply {
    let (body, touched) = (encode(refusal), envelope.touched);
    Reply { status: REFUSED, proof: None, body, ours: true, touched }
}

impl Directory for Door {
    fn own(&self) -> NodeId {
        self.store.node()
    }

    fn store(&self) -> StoreId {
        self.store.status().store
    }

    fn trust(&self, node: NodeId) -> Trust {
        if let Some(site) = self.follows() {
            return if site.node_id() == node { Trust::Trusted(site) } else { Trust::Follows };
        }
        match self.enrolled(node) {
            None => Trust::Unknown,
            Some((public, true)) => Trust::Trusted(public),
            Some((_, false)) => Trust::Revoked,
        }
    }

    fn may_relay(&self, sender: NodeId, origin: NodeId) -> bool {
        if self.role == Role::Hq {
            return self
                .store
                .read(|rules| rules.hq().is_some_and(|hq| hq.may_relay(sender, origin)));
        }
        sender == origin || (self.follows().is_some() && origin != self.own())
    }

    fn brought(&self, sender: NodeId, origin: NodeId) -> bool {
        self.store.read(|rules| rules.hq().is_some_and(|hq| hq.gives_back(sender, origin)))
    }

    fn origin(&self, origin: NodeId) -> Option<NodePublic> {
        let known = match self.role {
            Role::Hq => self.store.read(|rules| rules.hq()?.public(origin)),
            _ => self.enrolled(origin).map(|(public, _)| public),
        };
        let known = known.or_else(|| self.followed.filter(|site| site.node_id() == origin));
        known.or_else(|| self.told().get(&origin).copied())
    }
}

impl Upstream for Door {
    fn key(&self) -> &NodeKey {
        self.store.key()
    }

    fn software(&self) -> &'static str {
        "simulated"
    }

    fn now_ms(&self) -> u64 {
        self.around.wall_ms()
    }

    fn heads(&self) -> Heads {
        self.store.heads()
    }

    fn heads_of(&self, origin: NodeId) -> Heads {
        self.store.heads_of(origin)
    }

    fn takes_keys(&self) -> bool {
        self.role != Role::Hq
    }

    fn lacks(&self) -> Vec<Lost> {
        if self.role != Role::Hq { self.store.lacks() } else { self.store.lost() }
    }

    async fn take(&self, batch: IncomingBatch) -> Result<Taken, StoreError> {
        if self.role != Role::Hq {
            return link::take(&self.store, batch, judgement).await;
        }
        let entries = batch.entries.iter().map(Entry::without_sealed).collect();
        let open = IncomingBatch::without_keys(batch.origin, entries);
        link::take(&self.store, open, |_| Vec::new()).await
    }

    async fn enrol(&self, _: EnrolRequest) -> Result<Enrolled, Refusal> {
        Err(RefusalCode::CodeUnknown.into())
    }

    fn view_version(&self, _: NodeId) -> u64 {
        let changes = |rules: &Rules| rules.site().map(|site| site.changes().len());
        self.store.read(|rules| changes(rules)).and_then(|it| u64::try_from(it).ok()).unwrap_or(0)
    }
}

/// A verdict as the kiosk reads it.
fn judgement(answer: &Answer) -> Vec<u8> {
    match answer {
        Answer::Office(office::Answer::Judged(verdict)) => encode(verdict),
        _ => Vec::new(),
    }
}

/// A message as bytes.
pub fn encode(message: &impl minicbor::Encode<()>) -> Vec<u8> {
    minicbor::to_vec(message).expect("a vector takes any bytes")
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
