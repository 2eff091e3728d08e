//! Requests that no honest client sends, in process.

use std::sync::Arc;

use bytes::Bytes;
use journal::{NodeKey, StoreId};
use sha2::{Digest, Sha256};
use sync::batch::{Run, Withhold, pack};
use sync::hello::{
    HELLO_ANSWER_PURPOSE, HELLO_PURPOSE, Hello, HelloAnswer, SESSION_KEY_INFO, Signed,
};
use sync::receiver::{Directory, Trust};
use sync::session::{Answer, Request, SessionKey};
use sync::{BatchAnswer, Refusal, RefusalCode, Stream, limits};
use warp::http::header::{CONTENT_LENGTH, CONTENT_TYPE as TYPE, HeaderName};
use web::App;
use web::testing::{Got, post};

use super::toy::{Node, Site};
use crate::carriage::{
    BATCHES, CONTENT_TYPE, COUNTER_HEADER, HELLO, PROOF_HEADER, SCANS, SESSION_HEADER, decode,
    encode, from_hex, hex,
};
use crate::source::Source;

pub(super) struct Scene {
    pub(super) kiosk: Node,
    pub(super) site: Arc<Site>,
    pub(super) app: App,
}

pub(super) fn scene() -> Scene {
    let kiosk = Node::new();
    let site = Site::new(&[&kiosk]);
    let app = web::routes::app(vec![crate::routes(&crate::Receiving::new(Arc::clone(&site)))]);
    Scene { kiosk, site, app }
}

pub(super) struct Session {
    id: String,
    key: SessionKey,
}

impl Scene {
    pub(super) fn hello(&self, change: impl FnOnce(&mut Hello)) -> Vec<u8> {
        let mut hello = Hello {
            protocol_min: 1,
            protocol_max: 1,
            software: "0.1.0".to_owned(),
            sender: self.kiosk.store.node(),
            audience: self.site.own(),
            nonce: [7; 16].into(),
            sent_at_ms: 0,
            heads: Vec::new(),
            origins: Vec::new(),
            view_version: 0,
        };
        change(&mut hello);
        minicbor::to_vec(&hello).unwrap()
    }

    pub(super) async fn greet(&self, key: &NodeKey, hello: Vec<u8>) -> Got {
        let signed = Signed::new(key, HELLO_PURPOSE, hello);
        let body = encode(&signed);
        let length = body.len().to_string();
        post(HELLO).header(CONTENT_LENGTH, &length).body(body).send(&self.app).await
    }

    pub(super) async fn session(&self) -> Session {
        let hello = self.hello(|_| {});
        let hash: [u8; 32] = Sha256::digest(&hello).into();
        let got = self.greet(self.kiosk.store.key(), hello).await;
        assert_eq!(got.status.as_u16(), 200);
        let signed: Signed = decode(&got.body).unwrap();
        let answer: HelloAnswer =
            signed.read(self.site.node.public(), HELLO_ANSWER_PURPOSE).unwrap();
        let key = self.kiosk.store.key();
        let secret = key.open_letter(SESSION_KEY_INFO, &hash, &answer.sealed_key).unwrap();
        let key = SessionKey(secret.as_slice().try_into().unwrap());
        Session { id: hex(&*answer.session), key }
    }

    pub(super) async fn ask(&self, session: &Session, sent: &Sent) -> Got {
        let header = HeaderName::from_static;
        post(sent.path)
            .header(header(SESSION_HEADER), &session.id)
            .header(header(COUNTER_HEADER), &sent.counter.to_string())
            .header(header(PROOF_HEADER), &sent.proof)
            .body(sent.body.clone())
            .send(&self.app)
            .await
    }

    /// A batch of all that the kiosk holds.
    pub(super) async fn batch(&self, change: impl FnOnce(&mut Run<'_>)) -> Bytes {
        let store = &self.kiosk.store;
        let stream: Stream = store.own();
        let entries = store.run(stream, stream.start(), 1 << 20).await.unwrap();
        let mut run = Run {
            audience: self.site.own(),
            store: Directory::store(&*self.site),
            stream,
            previous: stream.start(),
            entries: &entries,
            max_records: 1_000,
            withhold: Withhold::Nothing,
            keys: &[],
        };
        change(&mut run);
        pack(store.key(), &run).unwrap().bytes.into()
    }
}

trait Records {
    async fn run(
        &self,
        stream: Stream,
        after: journal::Head,
        max_bytes: usize,
    ) -> Result<Vec<journal::Entry>, crate::ReadFailure>;
}

impl Records for Arc<store::Store<super::toy::Toy>> {
    async fn run(
        &self,
        stream: Stream,
        after: journal::Head,
        max_bytes: usize,
    ) -> Result<Vec<journal::Entry>, crate::ReadFailure> {
        Source::run(&**self, stream, after, max_bytes).await
    }
}

pub(super) struct Sent {
    path: &'static str,
    counter: u64,
    proof: String,
    body: Bytes,
}

impl Session {
    pub(super) fn prove(&self, path: &'static str, counter: u64, body: Bytes) -> Sent {
        let request = Request { counter, method: "POST", path, body: &body };
        let proof = hex(&self.key.prove_request(&request));
        Sent { path, counter, proof, body }
    }

    fn proved(&self, counter: u64, got: &Got) -> bool {
        let proof: Option<[u8; 32]> = from_hex(got.header(HeaderName::from_static(PROOF_HEADER)));
        let answer = Answer { counter, status: got.status.as_u16(), body: &got.body };
        proof.is_some_and(|proof| self.key.accepts_answer(&answer, &proof))
    }
}

pub(super) fn refused(got: &Got) -> (u16, RefusalCode) {
    assert_eq!(got.header(TYPE), CONTENT_TYPE);
    let refusal: Refusal = decode(&got.body).unwrap();
    (got.status.as_u16(), refusal.code)
}

#[tokio::test]
async fn a_proved_batch_is_taken_once_however_often_it_comes() {
    let scene = scene();
    scene.kiosk.say("one").await;
    let session = scene.session().await;
    let batch = scene.batch(|_| {}).await;
    let sent = session.prove(BATCHES, 1, batch.clone());
    let got = scene.ask(&session, &sent).await;
    assert_eq!((got.status.as_u16(), got.header(TYPE)), (200, CONTENT_TYPE));
    assert!(session.proved(1, &got));
    let own = scene.kiosk.store.status().own_head.unwrap();
    let BatchAnswer::Ack(ack) = decode(&got.body).unwrap() else { panic!("{:?}", got.body) };
    assert_eq!(ack.head, own);
    // The very same request again: refused, and nothing happens.
    assert_eq!(refused(&scene.ask(&session, &sent).await), (401, RefusalCode::SessionForged));
    // The same batch in a request of its own: acknowledged again, and nothing happens.
    let got = scene.ask(&session, &session.prove(BATCHES, 2, batch)).await;
    assert_eq!(got.status.as_u16(), 200);
    assert_eq!(scene.site.node.said().into_values().collect::<Vec<_>>(), [1]);
}

#[tokio::test]
async fn nothing_unproved_is_taken() {
    let scene = scene();
    scene.kiosk.say("one").await;
    let session = scene.session().await;
    let batch = scene.batch(|_| {}).await;
    let sent = session.prove(BATCHES, 1, batch);
    let forged = (401, RefusalCode::SessionForged);
    let changes: [fn(&mut Sent); 4] = [
        |sent| sent.counter = 2,
        |sent| sent.path = SCANS,
        |sent| sent.body = Bytes::from_static(b"other"),
        |sent| sent.proof = "00".repeat(32),
    ];
    for change in changes {
        let mut changed = Sent { proof: sent.proof.clone(), body: sent.body.clone(), ..sent };
        change(&mut changed);
        assert_eq!(refused(&scene.ask(&session, &changed).await), forged);
    }
    let nobody = Session { id: "00".repeat(16), key: session.key.clone() };
    let unknown = (401, RefusalCode::SessionUnknown);
    assert_eq!(refused(&scene.ask(&nobody, &sent).await), unknown);
    let bare = post(BATCHES).body(sent.body.clone()).send(&scene.app).await;
    assert_eq!(refused(&bare), unknown);
    assert!(scene.site.node.said().is_empty());
    // None of this used up the true request's counter.
    assert_eq!(scene.ask(&session, &sent).await.status.as_u16(), 200);
}

#[tokio::test]
async fn a_damaged_foreign_or_misaddressed_batch_is_refused_by_its_word() {
    let scene = scene();
    scene.kiosk.say("one").await;
    let session = scene.session().await;
    let good = scene.batch(|_| {}).await;
    let mut damaged = good.to_vec();
    *damaged.last_mut().unwrap() ^= 1;
    let elsewhere = scene.batch(|run| run.audience = scene.kiosk.store.node()).await;
    let earlier = scene.batch(|run| run.store = StoreId([9; 16])).await;
    let gap = scene.batch(|run| {
        run.previous = run.stream.start().extend(&run.entries[0].open);
        run.entries = &run.entries[1..];
    });
    let cases = [
        (Bytes::from(damaged), 422, RefusalCode::Damaged),
        (Bytes::from_static(b"<html>"), 422, RefusalCode::Damaged),
        (elsewhere, 403, RefusalCode::WrongAudience),
        (earlier, 403, RefusalCode::WrongStore),
    ];
    for (counter, (body, status, code)) in (1..).zip(cases) {
        let got = scene.ask(&session, &session.prove(BATCHES, counter, body)).await;
        assert_eq!(refused(&got), (status, code));
        assert!(session.proved(counter, &got));
    }
    let got = scene.ask(&session, &session.prove(BATCHES, 9, gap.await)).await;
    assert_eq!(got.status.as_u16(), 409);
    assert_eq!(decode(&got.body), Some(BatchAnswer::Gap(None)));
    let large = Bytes::from(vec![0; limits::REQUEST_BYTES + 1]);
    let got = scene.ask(&session, &session.prove(BATCHES, 10, large)).await;
    assert_eq!(refused(&got), (413, RefusalCode::TooLarge));
    assert!(scene.site.node.said().is_empty());
}

#[tokio::test]
async fn a_revoked_session_ends_at_once() {
    let scene = scene();
    scene.kiosk.say("one").await;
    let session = scene.session().await;
    scene.site.nodes.lock().unwrap().insert(scene.kiosk.store.node(), Trust::Revoked);
    let sent = session.prove(BATCHES, 1, scene.batch(|_| {}).await);
    let got = scene.ask(&session, &sent).await;
    assert_eq!(refused(&got), (403, RefusalCode::RevokedSender));
    assert!(scene.site.node.said().is_empty());
}

#[tokio::test]
async fn a_hello_is_believed_only_from_its_sender_for_us_and_once() {
    let scene = scene();
    let key = scene.kiosk.store.key();
    let thief = NodeKey::from_seed([66; 32]);
    let stolen = scene.greet(&thief, scene.hello(|_| {})).await;
    assert_eq!(refused(&stolen), (422, RefusalCode::BadSignature));
    let stranger = scene.greet(&thief, scene.hello(|hello| hello.sender = thief.node_id())).await;
    assert_eq!(refused(&stranger), (401, RefusalCode::UnknownSender));
    let elsewhere = scene.hello(|hello| hello.audience = thief.node_id());
    assert_eq!(refused(&scene.greet(key, elsewhere).await), (403, RefusalCode::WrongAudience));
    let newer = scene.hello(|hello| (hello.protocol_min, hello.protocol_max) = (7, 9));
    assert_eq!(refused(&scene.greet(key, newer).await), (426, RefusalCode::Upgrade));
    let hello = scene.hello(|_| {});
    assert_eq!(scene.greet(key, hello.clone()).await.status.as_u16(), 200);
    assert_eq!(refused(&scene.greet(key, hello).await), (401, RefusalCode::Stale));
    let nonsense = post(HELLO).body("<html>").send(&scene.app).await;
    assert_eq!(refused(&nonsense), (422, RefusalCode::Damaged));
}
