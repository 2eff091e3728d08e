//! What the driver has done off its own task: each job ends with what the state machine is told.

use std::sync::Arc;
use std::time::Duration;

use domain::ids::KeyId;
use minicbor::bytes::ByteVec;
use sync::batch::{Packed, Run, pack};
use sync::hello::{Hello, HelloAnswer};
use sync::view::{View, ViewAnswer};
use sync::{BatchAnswer, Failure, Greeting, Input, RefusalCode, StreamHead, Want, limits};

use super::keys::{Swept, acknowledged};
use super::{Clock, Origins, Shared};
use crate::carriage::{BATCHES, VIEW};
use crate::peer::Fault;
use crate::source::Source;

/// The longest a probe waits for its answer.
const PROBE_WAIT: Duration = Duration::from_secs(2);

/// What a job came to.
pub(super) enum Done {
    /// To be told to the state machine.
    Step(Input),
    /// The same of a batch, and keys that the receiver has since.
    Sent(Input, Vec<KeyId>),
    /// Keys were wiped, or will be swept up.
    Erased,
    /// So far were records looked through for keys left over.
    Swept(Swept),
    /// The hello was answered.
    Greeted(Greeting, Clock, u64),
    /// A view was taken (its version), or there is none newer.
    View(Option<u64>),
    /// Nobody of ours answered when a view was asked for.
    NoView(Failure),
    /// Asked for a view, the receiver did not know the session: it was started again, or is another
    /// store since.
    Forgotten,
    /// A probe came to this.
    Probed(Result<(), Fault>),
}

pub(super) async fn say_hello<S: Source>(
    shared: Arc<Shared<S>>,
    heads: Vec<StreamHead>,
    origins: Option<Origins>,
) -> Done {
    let mut nonce = [0; 16];
    if getrandom::fill(&mut nonce).is_err() {
        return Done::Step(Input::HelloFailed(Failure::Unreadable));
    }
    let keys = origins.map(|origins| origins()).unwrap_or_default();
    let keys = keys.into_iter().take(limits::HELLO_ORIGINS);
    let sender = shared.source.key().node_id();
    let hello = Hello {
        sent_at_ms: store::wall_clock_ms(),
        heads,
        origins: keys.map(|key| ByteVec::from(key.to_bytes().to_vec())).collect(),
        view_version: shared.status.borrow().view_version,
        ..Hello::new(shared.software.clone(), sender, shared.receiver.node_id(), nonce)
    };
    let asked_ms = shared.now_ms();
    let answered = shared.peer.hello(shared.source.key(), &hello, shared.terms.hello_wait).await;
    let took_ms = shared.now_ms().saturating_sub(asked_ms);
    match answered {
        Ok(answer) => greeted(answer, took_ms),
        Err(Fault::Failed(failure)) => Done::Step(Input::HelloFailed(failure)),
        Err(Fault::Refused(refusal)) => Done::Step(Input::HelloRefused(refusal)),
    }
}

/// The answer was written somewhere within the time it took; the middle is the best guess.
fn greeted(answer: HelloAnswer, took_ms: u64) -> Done {
    let own_ms = i128::from(store::wall_clock_ms()) - i128::from(took_ms / 2);
    let offset_ms = i128::from(answer.server_time_ms) - own_ms;
    let clock = Clock {
        offset_ms: i64::try_from(offset_ms).unwrap_or(i64::MAX),
        within_ms: took_ms / 2 + 1,
    };
    let view_version = answer.view_version;
    Done::Greeted(Greeting::from(answer), clock, view_version)
}

pub(super) async fn send_batch<S: Source>(shared: Arc<Shared<S>>, want: Want) -> Done {
    let Packed { bytes, last, keys, .. } = match pack_batch(&shared, &want).await {
        Ok(packed) => packed,
        Err(failure) => return Done::Step(Input::BatchFailed(want.stream, failure)),
    };
    match shared.peer.post(BATCHES, bytes.into(), shared.terms.batch_wait).await {
        Ok(answer) => {
            let there = acknowledged(&answer, want.stream, last);
            let keys = if there { keys } else { Vec::new() };
            Done::Sent(Input::BatchAnswered(want.stream, answer), keys)
        }
        Err(Fault::Failed(failure)) => Done::Step(Input::BatchFailed(want.stream, failure)),
        Err(Fault::Refused(refusal)) => {
            Done::Step(Input::BatchAnswered(want.stream, BatchAnswer::Refused(refusal)))
        }
    }
}

pub(super) async fn erase<S: Source>(shared: Arc<Shared<S>>, keys: Vec<KeyId>) -> Done {
    // What fails here is swept up after the next hello.
    let _ = shared.source.erase(keys).await;
    Done::Erased
}

async fn pack_batch<S: Source>(shared: &Arc<Shared<S>>, want: &Want) -> Result<Packed, Failure> {
    if shared.terms.signs && want.stream == shared.source.own() {
        shared.source.sign().await;
    }
    let want = *want;
    let previous = want.after.unwrap_or_else(|| want.stream.start());
    let entries = shared.source.run(want.stream, previous, limits::BATCH_RAW_BYTES).await?;
    let shared = Arc::clone(shared);
    let packing = move || {
        let wrapped = shared.wrap(&entries);
        let run = Run {
            audience: want.audience,
            store: want.store,
            stream: want.stream,
            previous,
            entries: &entries,
            max_records: want.max_records.min(wrapped.records),
            withhold: shared.terms.withhold,
            keys: &wrapped.keys,
        };
        pack(shared.source.key(), &run)
    };
    match tokio::task::spawn_blocking(packing).await {
        Ok(Ok(packed)) => Ok(packed),
        Ok(Err(error)) => {
            tracing::error!(%error, origin = %want.stream.origin, "nothing could be packed");
            Err(Failure::Unreadable)
        }
        Err(_) => Err(Failure::Unreadable),
    }
}

pub(super) async fn fetch_view<S: Source>(
    shared: Arc<Shared<S>>,
    take: super::TakeView,
    held: u64,
) -> Done {
    let path = format!("{VIEW}?since={held}");
    let answered: Result<ViewAnswer, Fault> = shared.peer.get(&path, shared.terms.batch_wait).await;
    match answered {
        Ok(ViewAnswer::Newer(view)) => Done::View(take_view(take, view).await),
        Err(Fault::Refused(refusal)) if is_forgotten(refusal.code) => Done::Forgotten,
        Err(Fault::Failed(failure)) => Done::NoView(failure),
        Ok(ViewAnswer::Unchanged(_)) | Err(Fault::Refused(_)) => Done::View(None),
    }
}

const fn is_forgotten(code: RefusalCode) -> bool {
    matches!(
        code,
        RefusalCode::SessionUnknown
            | RefusalCode::Stale
            | RefusalCode::WrongStore
            | RefusalCode::Follows
    )
}

async fn take_view(take: super::TakeView, view: View) -> Option<u64> {
    if let Err(error) = view.check() {
        tracing::warn!(%error, "a view was not taken");
        return None;
    }
    let version = view.version;
    let taken = tokio::task::spawn_blocking(move || take(view)).await;
    matches!(taken, Ok(true)).then_some(version)
}

pub(super) async fn probe<S: Source>(shared: Arc<Shared<S>>) -> Done {
    let probed = shared.peer.probe(PROBE_WAIT).await;
    Done::Probed(probed.map(|_| ()))
}
