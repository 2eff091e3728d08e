//! Records that a node asks back: read as they are stored, packed and signed like any batch.

use sync::batch::{Run, Withhold, pack};
use sync::pull::{self, PullAnswer, Range};
use sync::{RefusalCode, limits};

use super::reply::Asked;
use super::{Answered, Context};
use crate::carriage::{OK, encode};
use crate::pulling::Query;
use crate::upstream::Upstream;

/// Pulls answered at once, of all who ask: whoever hurries comes again after the next hello.
pub(super) const PULLS: usize = 2;
/// When somebody should come again who found none of them free, in seconds.
const PULL_AGAIN_S: u32 = 5;

pub(super) async fn answer<U: Upstream>(context: &Context<U>, asked: &Asked) -> Answered {
    let Query { range, store } = Query::read(&asked.query).ok_or(RefusalCode::Damaged)?;
    let upstream = &context.upstream;
    if !pull::may_pull(&**upstream, asked.node, range.origin) {
        return Err(RefusalCode::OriginNotAllowed.into());
    }
    let Ok(_turn) = context.pulls.try_acquire() else {
        let retry_after_s = Some(PULL_AGAIN_S);
        return Err(sync::Refusal { retry_after_s, ..RefusalCode::Busy.into() });
    };
    let stored = upstream.stored(range.stream(), range.first, limits::BATCH_RAW_BYTES).await;
    let Some((previous, entries)) = stored else { return Ok((OK, encode(&PullAnswer::Nothing))) };
    let Range { first, last, .. } = range;
    let most = usize::try_from(last.0 - first.0).unwrap_or(usize::MAX).saturating_add(1);
    let (upstream, audience) = (std::sync::Arc::clone(upstream), asked.node);
    let packing = move || {
        let withhold = if upstream.takes_keys() { Withhold::Nothing } else { Withhold::AllSealed };
        let run = Run {
            audience,
            store,
            stream: range.stream(),
            previous,
            entries: &entries,
            max_records: most,
            withhold,
            keys: &[],
        };
        pack(upstream.key(), &run)
    };
    let packed = tokio::task::spawn_blocking(packing).await.map_err(|_| RefusalCode::Failed)?;
    let packed = packed.map_err(|_| RefusalCode::Failed)?;
    Ok((OK, encode(&PullAnswer::Batch(packed.bytes.into()))))
}
