//! Collecting what goes into a bundle.

use std::sync::Arc;

use journal::{Entry, Head};
use minicbor::bytes::ByteVec;
use sync::batch::{Packed, Run, Withhold, pack};
use sync::bundle::{self, ANY_STORE, BUNDLE_BYTES, BundleError, Draft, Manifest};
use sync::{Stream, StreamHead, limits};

use super::{CarryError, Export};
use crate::source::{ReadFailure, Source};

pub(super) async fn bundle<S: Source>(
    source: &Arc<S>,
    export: Export,
) -> Result<(Manifest, Vec<u8>), CarryError> {
    source.sign().await;
    let own = source.heads();
    let mut batches = Vec::new();
    let mut left = BUNDLE_BYTES;
    let mut complete = true;
    for (stream, after) in bundle::missing(&own, &export.known) {
        let reach = own.head(stream.origin, stream.epoch).unwrap_or(after);
        let whole = collect(source, &export, (stream, after, reach), &mut left, &mut batches);
        if !whole.await? {
            complete = false;
            break;
        }
    }
    if batches.is_empty() {
        return Err(CarryError::Nothing);
    }
    let origins = export.origins.iter().map(|key| ByteVec::from(key.to_bytes().to_vec()));
    let draft = Draft {
        audience: export.receiver.node_id(),
        made_at_ms: export.made_at_ms,
        software: export.software.clone(),
        origins: origins.collect(),
        heads: own.iter().map(|(origin, held)| StreamHead { origin, head: held.head }).collect(),
        complete,
    };
    let source = Arc::clone(source);
    let packing = move || bundle::pack(source.key(), draft, &batches);
    let packed = tokio::task::spawn_blocking(packing).await;
    Ok(packed.unwrap_or(Err(BundleError::Contents))?)
}

/// Packs the records of one stream up to a head; false if there is no room for all of them.
async fn collect<S: Source>(
    source: &Arc<S>,
    export: &Export,
    (stream, mut after, reach): (Stream, Head, Head),
    left: &mut usize,
    batches: &mut Vec<Packed>,
) -> Result<bool, CarryError> {
    while after.seq < reach.seq {
        let mut entries = match source.run(stream, after, limits::BATCH_RAW_BYTES).await {
            Ok(entries) => entries,
            // The receiver holds another line: it will say so itself once it sees this one.
            Err(ReadFailure::Diverged) if after != stream.start() => {
                after = stream.start();
                continue;
            }
            Err(_) => return Err(CarryError::Unreadable),
        };
        // What came since the heads were looked at goes in the next bundle.
        let most = usize::try_from(reach.seq.0 - after.seq.0).unwrap_or(usize::MAX);
        entries.truncate(most);
        let packed = pack_one(source, export, (stream, after), entries).await?;
        match left.checked_sub(packed.bytes.len() + size_of::<u32>()) {
            Some(rest) => *left = rest,
            None => return Ok(false),
        }
        after = packed.last;
        batches.push(packed);
    }
    Ok(true)
}

async fn pack_one<S: Source>(
    source: &Arc<S>,
    export: &Export,
    (stream, previous): (Stream, Head),
    entries: Vec<Entry>,
) -> Result<Packed, CarryError> {
    let source = Arc::clone(source);
    let audience = export.receiver.node_id();
    let packing = move || {
        let run = Run {
            audience,
            store: ANY_STORE,
            stream,
            previous,
            entries: &entries,
            max_records: limits::BATCH_RECORDS,
            withhold: Withhold::AllSealed,
            keys: &[],
        };
        pack(source.key(), &run)
    };
    match tokio::task::spawn_blocking(packing).await {
        Ok(Ok(packed)) => Ok(packed),
        Ok(Err(_)) | Err(_) => Err(CarryError::Unreadable),
    }
}
