//! One receiver, as a client asks it over HTTP.
//!
//! Invariant: what it gives back was said by that receiver, in answer to this very request: under
//! the session's proof, or signed. Everything else is a failure of the network, whatever its
//! status. Must not know what to send when.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use journal::{NodeKey, NodePublic, StoreId};
use reqwest::header::{CONTENT_TYPE as TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Client, Method, RequestBuilder, Response};
use sha2::{Digest, Sha256};
use sync::hello::{
    HELLO_ANSWER_PURPOSE, HELLO_PURPOSE, Hello, HelloAnswer, SESSION_KEY_INFO, Signed,
};
use sync::session::{Answer, Request, SessionKey};
use sync::{Failure, Refusal, RefusalCode, limits};

use crate::carriage::{
    CONTENT_TYPE, COUNTER_HEADER, HELLO, PROOF_HEADER, SESSION_HEADER, TIME, decode, encode,
    from_hex, hex, is_answer,
};

mod address;

pub use address::{Address, BadAddress};

/// The longest a connection may take.
const CONNECT_WAIT: Duration = Duration::from_secs(3);
/// An idle connection is closed before a middle box forgets it.
const IDLE_WAIT: Duration = Duration::from_secs(50);

/// Idle connections kept: of those that died unseen, each costs one request its wait.
const IDLE_CONNECTIONS: usize = 2;

/// Why there is no answer to go by.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Nobody of ours answered.
    Failed(Failure),
    /// The receiver refused.
    Refused(Refusal),
}

impl From<Failure> for Fault {
    fn from(failure: Failure) -> Self {
        Self::Failed(failure)
    }
}

/// The receiver and the session with it.
pub(crate) struct Peer {
    client: Client,
    /// Never uses a connection twice, so that one that hangs says nothing about the line.
    prober: Client,
    base: String,
    receiver: NodePublic,
    session: Mutex<Option<Arc<OpenSession>>>,
}

struct OpenSession {
    id: String,
    key: SessionKey,
    counter: AtomicU64,
    takes_keys: bool,
    store: StoreId,
}

impl Peer {
    pub(crate) fn new(address: &Address, receiver: NodePublic) -> Result<Self, BadAddress> {
        let settings =
            || address.client().connect_timeout(CONNECT_WAIT).pool_idle_timeout(IDLE_WAIT);
        let client = settings().pool_max_idle_per_host(IDLE_CONNECTIONS);
        let build = |client: reqwest::ClientBuilder| {
            client.build().map_err(|error| BadAddress::client(&error))
        };
        Ok(Self {
            client: build(client)?,
            prober: build(settings().pool_max_idle_per_host(0))?,
            base: address.base().to_owned(),
            receiver,
            session: Mutex::new(None),
        })
    }

    /// Says hello, and opens a session if it is answered.
    pub(crate) async fn hello(
        &self,
        key: &NodeKey,
        hello: &Hello,
        wait: Duration,
    ) -> Result<HelloAnswer, Fault> {
        let (sending, hash) = self.saying(key, hello);
        let answer = heard(sending, self.receiver, hash, wait).await?;
        let secret = key
            .open_letter(SESSION_KEY_INFO, &hash, &answer.sealed_key)
            .map_err(|_| Failure::WrongReceiver)?;
        let secret = secret.as_slice().try_into().map_err(|_| Failure::WrongReceiver)?;
        let session = OpenSession {
            id: hex(&*answer.session),
            key: SessionKey(secret),
            counter: AtomicU64::new(0),
            takes_keys: answer.takes_keys == Some(true),
            store: answer.store,
        };
        *self.session.lock().unwrap_or_else(PoisonError::into_inner) = Some(Arc::new(session));
        Ok(answer)
    }

    /// Asks whether a hello would be answered, and opens no session. The key signs before this returns
    /// and is not held while the answer is waited for.
    pub(crate) fn greeting(
        &self,
        key: &NodeKey,
        hello: &Hello,
        wait: Duration,
    ) -> impl Future<Output = Result<HelloAnswer, Fault>> + Send + use<> {
        let (sending, hash) = self.saying(key, hello);
        heard(sending, self.receiver, hash, wait)
    }

    /// A signed hello to send, and its hash.
    fn saying(&self, key: &NodeKey, hello: &Hello) -> (RequestBuilder, [u8; 32]) {
        let body = minicbor::to_vec(hello).expect("a vector takes any bytes");
        let hash = Sha256::digest(&body).into();
        let signed = encode(&Signed::new(key, HELLO_PURPOSE, body));
        (self.client.post(format!("{}{HELLO}", self.base)).body(signed), hash)
    }

    /// Whether a hello was answered since the start.
    pub(crate) fn has_session(&self) -> bool {
        self.session.lock().unwrap_or_else(PoisonError::into_inner).is_some()
    }

    /// The receiver's store, as it said in its last hello.
    pub(crate) fn store(&self) -> Option<StoreId> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.as_ref().map(|session| session.store)
    }

    /// Whether the receiver said that it takes keys of sealed parts.
    pub(crate) fn takes_keys(&self) -> bool {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner);
        session.as_ref().is_some_and(|session| session.takes_keys)
    }

    pub(crate) async fn post<A>(&self, path: &str, body: Bytes, wait: Duration) -> Result<A, Fault>
    where
        A: for<'b> minicbor::Decode<'b, ()>,
    {
        let (status, body) = self.ask(Method::POST, path, body, wait).await?;
        read_answer(status, &body)
    }

    pub(crate) async fn get<A>(&self, path: &str, wait: Duration) -> Result<A, Fault>
    where
        A: for<'b> minicbor::Decode<'b, ()>,
    {
        let (status, body) = self.ask(Method::GET, path, Bytes::new(), wait).await?;
        read_answer(status, &body)
    }

    /// Whether somebody of ours answers on a fresh connection; gives its clock.
    pub(crate) async fn probe(&self, wait: Duration) -> Result<u64, Fault> {
        let sending = self.prober.get(format!("{}{TIME}", self.base));
        let (status, _, body) = within(wait, exchange(sending)).await?;
        read_answer(status, &body)
    }

    /// A request under the session, and an answer that it proves.
    async fn ask(
        &self,
        method: Method,
        path: &str,
        body: Bytes,
        wait: Duration,
    ) -> Result<(u16, Bytes), Fault> {
        let session = self.session.lock().unwrap_or_else(PoisonError::into_inner).clone();
        let session = session.ok_or(Fault::Refused(RefusalCode::SessionUnknown.into()))?;
        let counter = session.counter.fetch_add(1, Ordering::Relaxed).saturating_add(1);
        let request = Request { counter, method: method.as_str(), path, body: &body };
        let proof = session.key.prove_request(&request);
        let sending = self
            .client
            .request(method, format!("{}{path}", self.base))
            .header(SESSION_HEADER, &session.id)
            .header(COUNTER_HEADER, counter)
            .header(PROOF_HEADER, hex(&proof))
            .body(body);
        let (status, headers, body) = within(wait, exchange(sending)).await?;
        let proof = header(&headers, PROOF_HEADER).and_then(from_hex::<32>);
        match proof {
            Some(proof)
                if session.key.accepts_answer(&Answer { counter, status, body: &body }, &proof) =>
            {
                Ok((status, body))
            }
            // A receiver that has forgotten the session can prove nothing under it. Whoever else
            // says so only makes us say hello again.
            None if !is_answer(status) => {
                let refusal: Refusal = decode(&body).ok_or(Failure::NotOurs)?;
                Err(Fault::Refused(refusal))
            }
            _ => Err(Failure::WrongReceiver.into()),
        }
    }
}

/// The receiver's own answer to a hello of this hash.
async fn heard(
    sending: RequestBuilder,
    receiver: NodePublic,
    hello: [u8; 32],
    wait: Duration,
) -> Result<HelloAnswer, Fault> {
    let (status, _, body) = within(wait, exchange(sending)).await?;
    let signed: Signed = read_answer(status, &body)?;
    let answer: HelloAnswer =
        signed.read(receiver, HELLO_ANSWER_PURPOSE).map_err(|_| Failure::WrongReceiver)?;
    let ours = *answer.hello == hello && answer.node == receiver.node_id();
    if ours { Ok(answer) } else { Err(Failure::WrongReceiver.into()) }
}

async fn within<T>(
    wait: Duration,
    work: impl Future<Output = Result<T, Fault>>,
) -> Result<T, Fault> {
    tokio::time::timeout(wait, work).await.unwrap_or(Err(Fault::Failed(Failure::TimedOut)))
}

/// Sends, and reads the whole answer if it is of our type.
async fn exchange(sending: RequestBuilder) -> Result<(u16, HeaderMap, Bytes), Fault> {
    let sending = sending.header(TYPE, HeaderValue::from_static(CONTENT_TYPE));
    let response = sending.send().await.map_err(|error| network(&error))?;
    if header(response.headers(), TYPE.as_str()) != Some(CONTENT_TYPE) {
        return Err(Failure::NotOurs.into());
    }
    let (status, headers) = (response.status().as_u16(), response.headers().clone());
    Ok((status, headers, read_body(response).await?))
}

async fn read_body(mut response: Response) -> Result<Bytes, Fault> {
    let mut body = Vec::new();
    while let Some(part) = response.chunk().await.map_err(|error| network(&error))? {
        if body.len() + part.len() > limits::ANSWER_BYTES {
            return Err(Failure::NotOurs.into());
        }
        body.extend_from_slice(&part);
    }
    Ok(body.into())
}

/// The endpoint's answer, or the refusal.
pub(crate) fn read_answer<A>(status: u16, body: &[u8]) -> Result<A, Fault>
where
    A: for<'b> minicbor::Decode<'b, ()>,
{
    if is_answer(status) {
        return decode(body).ok_or(Fault::Failed(Failure::NotOurs));
    }
    let refusal = decode(body).ok_or(Fault::Failed(Failure::NotOurs))?;
    Err(Fault::Refused(refusal))
}

/// A request to somebody who is not known yet, for enrolment.
pub(crate) async fn ask_stranger<A>(
    address: &Address,
    path: &str,
    body: Bytes,
    wait: Duration,
) -> Result<Result<A, Fault>, BadAddress>
where
    A: for<'b> minicbor::Decode<'b, ()>,
{
    let client = address.client().connect_timeout(CONNECT_WAIT).build();
    let client = client.map_err(|error| BadAddress::client(&error))?;
    let sending = client.post(format!("{}{path}", address.base())).body(body);
    let answered = within(wait, exchange(sending)).await;
    Ok(answered.and_then(|(status, _, body)| read_answer(status, &body)))
}

fn header<'h>(headers: &'h HeaderMap, name: &str) -> Option<&'h str> {
    let name = HeaderName::from_bytes(name.as_bytes()).ok()?;
    headers.get(name)?.to_str().ok()
}

fn network(error: &reqwest::Error) -> Fault {
    tracing::debug!(%error, "a sync request got no answer");
    if error.is_timeout() { Failure::TimedOut.into() } else { Failure::Network.into() }
}
