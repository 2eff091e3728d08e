//! Keys of sealed parts that came beside their records.
//!
//! Invariant: a node that takes none refuses whatever comes with some, so that no sender wipes a
//! key which nobody stored.

use std::sync::Arc;

use domain::ids::NodeId;
use journal::Entry;
use store::IncomingBatch;
use sync::keys::{self, WrappedKey};
use sync::{Refusal, RefusalCode};

use crate::upstream::Upstream;

/// Checked records for the store, with their keys out of the letters. Opening takes a fraction of a
/// millisecond for each, so it happens off the async threads.
pub(crate) async fn open<U: Upstream>(
    upstream: &Arc<U>,
    origin: NodeId,
    entries: Vec<Entry>,
    wrapped: Vec<WrappedKey>,
) -> Result<IncomingBatch, Refusal> {
    if wrapped.is_empty() {
        return Ok(IncomingBatch::without_keys(origin, entries));
    }
    if !upstream.takes_keys() {
        return Err(RefusalCode::KeysNotTaken.into());
    }
    let upstream = Arc::clone(upstream);
    let opening = move || match keys::open(upstream.key(), &entries, &wrapped) {
        Ok(keys) => Ok(IncomingBatch { origin, entries, keys }),
        Err(error) => {
            tracing::warn!(%error, %origin, "records came with keys that are not theirs");
            Err(RefusalCode::Damaged.into())
        }
    };
    tokio::task::spawn_blocking(opening).await.unwrap_or(Err(RefusalCode::Failed.into()))
}
