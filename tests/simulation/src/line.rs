//! The sending end: what the uplink of `link` keeps, without HTTP, around `sync::Sender`.

use std::collections::BTreeMap;

use domain::ids::KeyId;
use journal::identity::LetterSeed;
use journal::sealing;
use journal::{Entry, Head, NodePublic};
use sha2::{Digest, Sha256};
use sync::batch::Withhold;
use sync::hello::{HELLO_ANSWER_PURPOSE, HelloAnswer, SESSION_KEY_INFO, Signed};
use sync::keys::{self, WrappedKey};
use sync::session::{Answer, Request, SessionKey};
use sync::{Failure, Pace, Range, Refusal, RefusalCode, Stream, Want, limits};

use crate::net::{Envelope, Path, Reply};
use crate::node::{NodeStore, Role};
use crate::people::Scan;
use crate::surroundings::Surroundings;

/// How long a scan waits for the site's word, in milliseconds.
pub const SITE_WAIT_MS: u64 = 200;

/// The session with the receiver.
#[derive(Clone)]
pub struct OpenSession {
    id: [u8; 16],
    key: SessionKey,
    counter: u64,
    /// Whether the receiver takes keys.
    pub takes_keys: bool,
}

/// What an answer is waited for.
pub enum Pending {
    /// The hello with this hash.
    Hello([u8; 32]),
    /// A batch.
    Batch {
        /// What was wanted.
        want: Want,
        /// The head after its last record.
        last: Head,
        /// The keys that it carries.
        keys: Vec<KeyId>,
    },
    /// Records that were asked back.
    Pull(Range),
    /// Records that the receiver had lost.
    Resend(Range, Head),
    /// Keys left over of records that the receiver holds.
    Sweep {
        /// Of which stream.
        stream: Stream,
        /// The head after the last record gone over.
        last: Head,
        /// The keys that it carries.
        keys: Vec<KeyId>,
    },
    /// Fresh records of a scan, or of a walk-in.
    HandOver {
        /// The scan that waits for its verdict.
        scan: Option<Scan>,
        /// Of which stream.
        stream: Stream,
        /// The records.
        entries: Vec<Entry>,
        /// The head after the last.
        last: Head,
        /// The keys that go with them.
        keys: Vec<KeyId>,
    },
    /// A newer view.
    View,
    /// A sign of life.
    Probe,
}

/// Why there is no answer to go by.
pub enum Fault {
    /// Nobody of ours answered.
    Failed(Failure),
    /// The receiver refused.
    Refused(Refusal),
}

/// The line upward.
pub struct Line {
    /// The state machine.
    pub sender: sync::Sender,
    /// Who receives.
    pub receiver: NodePublic,
    /// Which node of the simulation that is.
    pub to: usize,
    /// Whether everything travels, and the keys of sealed parts with it.
    pub lan: bool,
    /// Whether it leads to a standby: keys stay here, too, and no view comes down.
    pub to_standby: bool,
    /// The session.
    pub session: Option<OpenSession>,
    /// What is waited for.
    pub pending: BTreeMap<u64, (Pending, Option<(u64, SessionKey)>)>,
    /// When the state machine's timer goes off.
    pub timer_at: Option<u64>,
    /// A request hung: hand-overs don't wait.
    pub suspect: bool,
    /// A probe is planned or under way.
    pub probing: bool,
    /// A view is asked for.
    pub viewing: bool,
    /// How far own records were looked through for keys left over.
    pub swept: BTreeMap<Stream, Head>,
    /// A sweep is under way.
    pub sweeping: bool,
    /// The receiver's store, as it last said.
    pub greeted_store: Option<journal::StoreId>,
}

impl Line {
    /// The line of a node to its receiver.
    #[must_use]
    pub fn new(role: Role, receiver: NodePublic, to: usize) -> Self {
        let lan = role == Role::Kiosk;
        Self {
            sender: sync::Sender::new(if lan { Pace::LAN } else { Pace::WAN }),
            receiver,
            to,
            lan,
            to_standby: false,
            session: None,
            pending: BTreeMap::new(),
            timer_at: None,
            suspect: false,
            probing: false,
            viewing: false,
            swept: BTreeMap::new(),
            sweeping: false,
            greeted_store: None,
        }
    }

    /// Makes it the line of a site server to its standby.
    pub fn follow(&mut self) {
        (self.lan, self.to_standby) = (true, true);
        self.sender = sync::Sender::new(Pace::STANDBY);
    }

    /// What this hop keeps to itself.
    #[must_use]
    pub const fn withhold(&self) -> Withhold {
        if self.lan { Withhold::Nothing } else { Withhold::AllSealed }
    }

    /// How long an answer is waited for, in milliseconds.
    #[must_use]
    pub const fn wait_ms(&self, path: Path) -> u64 {
        match (path, self.lan) {
            (Path::Scans, _) => SITE_WAIT_MS,
            (Path::Time, _) => 2_000,
            (Path::Hello, true) => 5_000,
            (Path::Hello, false) => 20_000,
            (_, true) => 10_000,
            (_, false) => 90_000,
        }
    }

    /// A request under the session; none without one.
    pub fn envelope(&mut self, path: Path, body: Vec<u8>) -> Option<(Envelope, SessionKey)> {
        let session = self.session.as_mut()?;
        session.counter += 1;
        let counter = session.counter;
        let request = Request { counter, method: "POST", path: path.word(), body: &body };
        let proof = session.key.prove_request(&request);
        let key = session.key.clone();
        let session = session.id;
        let bare = Envelope { path, session, counter, proof, ..bare(path, body) };
        Some((bare, key))
    }

    /// Takes a hello's answer, and opens the session.
    ///
    /// # Errors
    /// It is not the receiver's answer to this hello.
    pub fn greeted(
        &mut self,
        store: &NodeStore,
        hash: &[u8; 32],
        reply: &Reply,
    ) -> Result<HelloAnswer, Fault> {
        let signed: Signed = read_answer(reply)?;
        let wrong = || Fault::Failed(Failure::WrongReceiver);
        let answer: HelloAnswer =
            signed.read(self.receiver, HELLO_ANSWER_PURPOSE).map_err(|_| wrong())?;
        if *answer.hello != *hash || answer.node != self.receiver.node_id() {
            return Err(wrong());
        }
        let secret = store.key().open_letter(SESSION_KEY_INFO, hash, &answer.sealed_key);
        let secret = secret.map_err(|_| wrong())?;
        let secret = secret.as_slice().try_into().map_err(|_| wrong())?;
        let takes_keys = answer.takes_keys == Some(true);
        self.greeted_store = Some(answer.store);
        let key = SessionKey(secret);
        self.session = Some(OpenSession { id: *answer.session, key, counter: 0, takes_keys });
        Ok(answer)
    }

    /// Whether keys go up with records now.
    #[must_use]
    pub fn hands_keys_over(&self, store: &NodeStore) -> bool {
        let takes = self.session.as_ref().is_some_and(|session| session.takes_keys);
        self.lan && takes && store.keys().count() > 0
    }

    /// The keys held here of records' sealed parts, each in a letter, and for how many records.
    #[must_use]
    pub fn wrap(
        &self,
        store: &NodeStore,
        around: &Surroundings,
        entries: &[Entry],
    ) -> (Vec<WrappedKey>, usize) {
        if !self.hands_keys_over(store) {
            return (Vec::new(), entries.len());
        }
        let mut wrapped = Vec::new();
        for (place, entry) in entries.iter().enumerate() {
            let held = held(store, entry);
            if wrapped.len() + held.len() > limits::REQUEST_KEYS {
                return (wrapped, place);
            }
            for (name, key) in held {
                let seed = LetterSeed(around.bytes());
                wrapped.extend(WrappedKey::wrap(self.receiver, name, &key, seed));
            }
        }
        (wrapped, entries.len())
    }
}

/// Keys held here that open a part of the record.
pub fn held(store: &NodeStore, entry: &Entry) -> Vec<(KeyId, sealing::PartKey)> {
    let held = keys::parts(entry).filter_map(|(name, kind, part)| {
        let key = store.keys().get(name)?;
        sealing::open(name, &key, kind, part).ok()?;
        Some((name, key))
    });
    held.collect()
}

/// A request without a session.
#[must_use]
pub fn bare(path: Path, body: Vec<u8>) -> Envelope {
    let (session, counter, proof) = ([0; 16], 0, [0; 32]);
    Envelope { id: 0, from: (0, 0), path, session, counter, proof, body, touched: false }
}

/// SHA-256.
#[must_use]
pub fn hash(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

/// An answer as the session proves it.
///
/// # Errors
/// It is not the receiver's, or it refuses.
pub fn believed<A>(reply: &Reply, session: Option<&(u64, SessionKey)>) -> Result<A, Fault>
where
    A: for<'b> minicbor::Decode<'b, ()>,
{
    if !reply.ours {
        return Err(Fault::Failed(Failure::NotOurs));
    }
    let (status, body) = (reply.status, &reply.body);
    match (session, reply.proof) {
        (Some((counter, key)), Some(proof))
            if key.accepts_answer(&Answer { counter: *counter, status, body }, &proof) =>
        {
            read_answer(reply)
        }
        (_, None) if !is_answer(status) => {
            let refusal: Refusal =
                minicbor::decode(body).map_err(|_| Fault::Failed(Failure::NotOurs))?;
            Err(Fault::Refused(refusal))
        }
        _ => Err(Fault::Failed(Failure::WrongReceiver)),
    }
}

/// The endpoint's answer, or the refusal.
///
/// # Errors
/// Neither can be read, or it refuses.
pub fn read_answer<A>(reply: &Reply) -> Result<A, Fault>
where
    A: for<'b> minicbor::Decode<'b, ()>,
{
    if !reply.ours {
        return Err(Fault::Failed(Failure::NotOurs));
    }
    let not_ours = |_| Fault::Failed(Failure::NotOurs);
    if is_answer(reply.status) {
        return minicbor::decode(&reply.body).map_err(not_ours);
    }
    Err(Fault::Refused(minicbor::decode(&reply.body).map_err(not_ours)?))
}

const fn is_answer(status: u16) -> bool {
    status == crate::door::OK || status == crate::door::CONFLICT
}

/// Words that are said only about bytes that were changed.
#[must_use]
pub const fn blames_bytes(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::Damaged
            | RefusalCode::BadSignature
            | RefusalCode::Forged
            | RefusalCode::SessionForged
    )
}
