//! The receiving end over HTTP: `/sync/v1/…`.
//!
//! Invariants: every answer is of our own type, refusals too; whatever a session asks is proved by
//! it, counted once, and answered with a proof; of strangers little is kept
//! in memory: a large body is read only in a session, or in one of few turns.

use std::sync::Arc;

use bytes::Bytes;
use minicbor::bytes::ByteVec;
use sync::enrol::EnrolRequest;
use sync::handover::{HandOver, HandOverAnswer};
use sync::hello::Signed;
use sync::receiver;
use sync::view::ViewAnswer;
use sync::{BatchAnswer, Refusal, RefusalCode};
use tokio::sync::Semaphore;
use warp::Filter;
use warp::http::header::CONTENT_LENGTH;
use web::body::BodyLimit;
use web::routes::{handle, under};
use web::{Call, Route};

use crate::carriage::{CONFLICT, OK, decode, encode, status_of};
use crate::receiving::{Receiving, keys};
use crate::upstream::Upstream;

mod greeting;
mod pulls;
mod reply;
mod sessions;

use reply::{Asked, BATCH_BODY, ENROL_BODY, HELLO_BODY, NO_BODY, read_body, respond};
use sessions::Sessions;

/// Hellos of more than [`HELLO_BODY`] read at once: a site that has relayed for years may have
/// one, and nobody is known before it is read.
const LARGE_HELLOS: usize = 2;
/// When somebody with such a hello should come again, in seconds.
const LARGE_HELLO_AGAIN_S: u32 = 5;

/// What the routes keep between requests.
struct Context<U> {
    upstream: Arc<U>,
    receiving: Arc<Receiving<U>>,
    sessions: Sessions,
    large_hellos: Semaphore,
    pulls: Semaphore,
}

/// The routes of a receiving node, for [`web::routes::app`].
pub fn routes<U: Upstream>(receiving: &Arc<Receiving<U>>) -> Route {
    let context = Arc::new(Context {
        upstream: Arc::clone(&receiving.upstream),
        receiving: Arc::clone(receiving),
        sessions: Sessions::default(),
        large_hellos: Semaphore::new(LARGE_HELLOS),
        pulls: Semaphore::new(pulls::PULLS),
    });
    let with = |context: &Arc<Context<U>>| Arc::clone(context);
    let (scans, batches) = (with(&context), with(&context));
    let (view, hello) = (with(&context), with(&context));
    let pulls = with(&context);
    let (enrol, time) = (with(&context), with(&context));
    under(
        "sync",
        vec![
            handle(warp::path!("v1" / "scans").and(warp::post()), move |call| {
                let context = Arc::clone(&scans);
                async move { Ok(context.in_session(call, Asking::Scans).await) }
            }),
            handle(warp::path!("v1" / "batches").and(warp::post()), move |call| {
                let context = Arc::clone(&batches);
                async move { Ok(context.in_session(call, Asking::Batch).await) }
            }),
            handle(warp::path!("v1" / "batches").and(warp::get()), move |call| {
                let context = Arc::clone(&pulls);
                async move { Ok(context.in_session(call, Asking::Pull).await) }
            }),
            handle(warp::path!("v1" / "view").and(warp::get()), move |call| {
                let context = Arc::clone(&view);
                async move { Ok(context.in_session(call, Asking::View).await) }
            }),
            handle(warp::path!("v1" / "hello").and(warp::post()), move |call| {
                let context = Arc::clone(&hello);
                async move { Ok(context.greet(call).await) }
            }),
            handle(warp::path!("v1" / "enrol").and(warp::post()), move |call| {
                let context = Arc::clone(&enrol);
                async move { Ok(context.enrol(call).await) }
            }),
            handle(warp::path!("v1" / "time").and(warp::get()), move |_: Call| {
                let now_ms = time.upstream.now_ms();
                async move { Ok(respond(OK, encode(&now_ms), None, None)) }
            }),
        ],
    )
}

/// What a session asks for.
#[derive(Clone, Copy)]
enum Asking {
    Scans,
    Batch,
    Pull,
    View,
}

impl Asking {
    const fn body(self) -> BodyLimit {
        match self {
            Self::Scans | Self::Batch => BATCH_BODY,
            Self::Pull | Self::View => NO_BODY,
        }
    }
}

type Answered = Result<(u16, Bytes), Refusal>;

impl<U: Upstream> Context<U> {
    async fn in_session(&self, mut call: Call, asking: Asking) -> web::Response {
        let asked = match self.prove(&mut call, asking.body()).await {
            Ok(asked) => asked,
            Err(refusal) => return refuse(&refusal, None),
        };
        let answered = match asking {
            Asking::Scans => self.scans(&asked).await,
            Asking::Batch => self.batch(&asked).await,
            Asking::Pull => pulls::answer(self, &asked).await,
            Asking::View => self.view(&asked).await,
        };
        match answered {
            Ok((status, body)) => respond(status, body, None, Some(&asked)),
            Err(refusal) => refuse(&refusal, Some(&asked)),
        }
    }

    /// The request's session, proved; it counts from here on.
    async fn prove(&self, call: &mut Call, limit: BodyLimit) -> Result<Asked, Refusal> {
        // Revoked since the hello: nothing more from now on.
        let believed = |node| receiver::believe_still(&*self.upstream, node);
        // Before the body: nobody without a session fills the memory.
        if let Err(refusal) = self.sessions.named(call).and_then(believed) {
            call.discard(limit).await;
            return Err(refusal);
        }
        let body = read_body(call, limit).await?;
        let asked = self.sessions.prove(call, body)?;
        believed(asked.node)?;
        Ok(asked)
    }

    async fn scans(&self, asked: &Asked) -> Answered {
        let hand_over: HandOver = decode(&asked.body).ok_or(RefusalCode::Damaged)?;
        if hand_over.origin != asked.node {
            let sender = receiver::believe(&*self.upstream, asked.node)?;
            self.receiving.told.origin_for(&*self.upstream, sender, hand_over.origin)?;
        }
        let (entries, _) = hand_over.read().map_err(|_| RefusalCode::Damaged)?;
        let (stream, previous) = (hand_over.stream(), hand_over.previous);
        let wrapped = hand_over.keys.unwrap_or_default();
        let batch = keys::open(&self.upstream, stream.origin, entries, wrapped).await?;
        let (answer, judgements) =
            self.receiving.intake.place(&*self.upstream, stream, previous, batch).await?;
        let written = judgements.into_iter().map(|it| ByteVec::from(it.unwrap_or_default()));
        let answer = HandOverAnswer {
            answer,
            judgements: written.collect(),
            view_version: self.upstream.view_version(asked.node),
        };
        Ok((status_for(&answer.answer), encode(&answer)))
    }

    async fn batch(&self, asked: &Asked) -> Answered {
        let directory = self.receiving.told.beside(&*self.upstream);
        let batch = receiver::open(&directory, &asked.body)?;
        let stream = batch.header.stream();
        let (previous, origin) = (batch.previous, stream.origin);
        let batch = keys::open(&self.upstream, origin, batch.entries, batch.keys).await?;
        let (answer, _) =
            self.receiving.intake.place(&*self.upstream, stream, previous, batch).await?;
        Ok((status_for(&answer), encode(&answer)))
    }

    async fn view(&self, asked: &Asked) -> Answered {
        let since = asked.query_number("since").unwrap_or(0);
        let answer = match self.upstream.view(asked.node, since).await {
            Some(view) => ViewAnswer::Newer(view),
            None => ViewAnswer::Unchanged(self.upstream.view_version(asked.node)),
        };
        Ok((OK, encode(&answer)))
    }

    async fn greet(&self, mut call: Call) -> web::Response {
        match self.greeting(&mut call).await {
            Ok(answer) => respond(OK, encode(&answer), None, None),
            Err(refusal) => refuse(&refusal, None),
        }
    }

    async fn greeting(&self, call: &mut Call) -> Result<Signed, Refusal> {
        let body = self.hello_body(call).await?;
        greeting::answer(self, &body)
    }

    async fn hello_body(&self, call: &mut Call) -> Result<Bytes, Refusal> {
        if announced_bytes(call) <= HELLO_BODY.size_bytes {
            return read_body(call, HELLO_BODY).await;
        }
        let Ok(_turn) = self.large_hellos.try_acquire() else {
            call.discard(BATCH_BODY).await;
            let retry_after_s = Some(LARGE_HELLO_AGAIN_S);
            return Err(Refusal { retry_after_s, ..RefusalCode::Busy.into() });
        };
        read_body(call, BATCH_BODY).await
    }

    fn is_for_another(&self, request: &EnrolRequest) -> bool {
        let audience = request.applicant().and_then(|applicant| applicant.audience);
        audience.is_some_and(|meant| meant != self.upstream.own())
    }

    async fn enrol(&self, mut call: Call) -> web::Response {
        let request = match read_body(&mut call, ENROL_BODY).await {
            Ok(body) => decode::<EnrolRequest>(&body).ok_or(RefusalCode::Damaged.into()),
            Err(refusal) => Err(refusal),
        };
        let enrolled = match request {
            // Before the code is used up: it is good at the node that made it, and nowhere else.
            Ok(request) if self.is_for_another(&request) => Err(RefusalCode::WrongAudience.into()),
            Ok(request) => self.upstream.enrol(request).await,
            Err(refusal) => Err(refusal),
        };
        match enrolled {
            Ok(enrolled) => respond(OK, encode(&enrolled), None, None),
            Err(refusal) => refuse(&refusal, None),
        }
    }
}

/// What a body says of its own length.
fn announced_bytes(call: &Call) -> usize {
    call.header(CONTENT_LENGTH).and_then(|length| length.parse().ok()).unwrap_or_default()
}

const fn status_for(answer: &BatchAnswer) -> u16 {
    match answer {
        BatchAnswer::Ack(_) => OK,
        BatchAnswer::Refused(refusal) => status_of(refusal),
        _ => CONFLICT,
    }
}

fn refuse(refusal: &Refusal, asked: Option<&Asked>) -> web::Response {
    tracing::debug!(code = refusal.code.word(), "a sync request was refused");
    respond(status_of(refusal), encode(refusal), refusal.retry_after_s, asked)
}
