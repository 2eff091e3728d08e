//! What is missing at one end and there at the other: asked back, or sent once more.
//!
//! Invariants: what is asked back is checked like any batch before the store sees it; nothing of
//! the epoch that is being written is ever asked for.

use std::sync::Arc;

use domain::ids::Seq;
use journal::NodePublic;
use sync::batch::{Run, pack};
use sync::pull::{self, Asked, PullAnswer};
use sync::{BatchAnswer, Input, Range, limits};

use super::jobs::Done;
use super::{Origins, Shared};
use crate::carriage::BATCHES;
use crate::peer::Fault;
use crate::pulling::Query;
use crate::source::Source;

pub(super) async fn pull<S: Source>(
    shared: Arc<Shared<S>>,
    range: Range,
    origins: Option<Origins>,
) -> Done {
    Done::Step(Input::Pulled(range, ask_back(&shared, range, origins).await))
}

async fn ask_back<S: Source>(
    shared: &Arc<Shared<S>>,
    range: Range,
    origins: Option<Origins>,
) -> Option<Seq> {
    let store = shared.source.store()?;
    if range.stream() == shared.source.own() {
        return None;
    }
    let path = Query { range, store }.path();
    let answered: Result<PullAnswer, Fault> = shared.peer.get(&path, shared.terms.batch_wait).await;
    let bytes = match answered {
        Ok(PullAnswer::Batch(bytes)) => bytes,
        Ok(PullAnswer::Nothing) => return None,
        Err(fault) => return nothing(range, &format!("{fault:?}")),
    };
    let own = shared.source.key();
    let origin = if range.origin == own.node_id() {
        Some(own.public())
    } else {
        origins.and_then(|origins| told(&origins(), range))
    };
    let asked = Asked { own: own.node_id(), store, from: shared.receiver, origin };
    let reading = tokio::task::spawn_blocking(move || pull::open(asked, range, &bytes)).await;
    match reading.ok()? {
        Ok(batch) => shared.source.take_back(batch).await,
        Err(error) => nothing(range, &error.to_string()),
    }
}

fn nothing(range: Range, why: &str) -> Option<Seq> {
    tracing::warn!(?range, why, "records asked back did not come");
    None
}

fn told(keys: &[NodePublic], range: Range) -> Option<NodePublic> {
    keys.iter().find(|key| key.node_id() == range.origin).copied()
}

pub(super) async fn resend<S: Source>(shared: Arc<Shared<S>>, range: Range) -> Done {
    Done::Step(Input::Resent(range, send_again(&shared, range).await))
}

async fn send_again<S: Source>(shared: &Arc<Shared<S>>, range: Range) -> Option<Seq> {
    let stream = range.stream();
    let bytes = limits::BATCH_RAW_BYTES;
    let (previous, entries) = shared.source.run_from(stream, range.first, bytes).await?;
    let (audience, store) = (shared.receiver.node_id(), shared.peer.store()?);
    let most = usize::try_from(range.last.0 - range.first.0).ok()?.saturating_add(1);
    let packing = Arc::clone(shared);
    let packing = move || {
        let wrapped = packing.wrap(&entries);
        let run = Run {
            audience,
            store,
            stream,
            previous,
            entries: &entries,
            max_records: most.min(wrapped.records),
            withhold: packing.terms.withhold,
            keys: &wrapped.keys,
        };
        pack(packing.source.key(), &run)
    };
    let packed = tokio::task::spawn_blocking(packing).await.ok()?.ok()?;
    let sent = shared.peer.post(BATCHES, packed.bytes.into(), shared.terms.batch_wait).await;
    match sent {
        Ok(BatchAnswer::Ack(_)) => Some(packed.last.seq),
        other => {
            tracing::debug!(?other, ?range, "records that were lost there are not taken");
            None
        }
    }
}
