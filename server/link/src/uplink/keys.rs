//! Keys of sealed parts on their way up: put into letters beside their records, and wiped here
//! once the receiver has acknowledged these.
//!
//! Invariants: a key is wiped only after an acknowledgement of a request that carried it to a
//! receiver that takes keys; what is left over (an answer was lost, the process ended in between)
//! goes again with its record, until it is acknowledged. Whatever is sent twice changes nothing.

use std::collections::BTreeMap;
use std::sync::Arc;

use domain::ids::{KeyId, NodeId, Seq};
use journal::identity::LetterSeed;
use journal::sealing::{self, PartKey};
use journal::{Entry, Head, NodePublic, StoreId};
use sync::batch::{Run, pack};
use sync::keys::{self, WrappedKey};
use sync::{BatchAnswer, Stream, limits};

use super::Shared;
use super::jobs::Done;
use crate::carriage::BATCHES;
use crate::source::Source;

/// Bytes of records that are looked through at a time.
const SWEEP_BYTES: usize = limits::BATCH_RAW_BYTES;

/// Keys for some records, each in its letter.
#[derive(Default)]
pub(super) struct Wrapped {
    pub(super) keys: Vec<WrappedKey>,
    /// For so many records from the first on: more keys don't go into one message.
    pub(super) records: usize,
}

impl Wrapped {
    pub(super) fn names(&self) -> Vec<KeyId> {
        self.keys.iter().map(|wrapped| wrapped.key).collect()
    }
}

impl<S: Source> Shared<S> {
    /// Whether keys go up with records now.
    pub(super) fn hands_keys_over(&self) -> bool {
        self.terms.hands_keys_over && self.peer.takes_keys() && self.source.holds_keys()
    }

    /// The keys that are held here of records' sealed parts. Takes a fraction of a millisecond for
    /// each, so it is called off the async threads.
    pub(super) fn wrap(&self, entries: &[Entry]) -> Wrapped {
        if !self.hands_keys_over() {
            return Wrapped { keys: Vec::new(), records: entries.len() };
        }
        let mut wrapped = Wrapped::default();
        for entry in entries {
            let held = self.held(entry);
            if wrapped.keys.len() + held.len() > limits::REQUEST_KEYS {
                break;
            }
            wrapped.records += 1;
            let letters = held.iter().filter_map(|(name, key)| letter(self.receiver, *name, key));
            wrapped.keys.extend(letters);
        }
        wrapped
    }

    /// Keys held here that open a part of the record; the receiver refuses any other.
    fn held(&self, entry: &Entry) -> Vec<(KeyId, PartKey)> {
        let held = keys::parts(entry).filter_map(|(name, kind, part)| {
            let key = self.source.part_key(name)?;
            sealing::open(name, &key, kind, part).ok()?;
            Some((name, key))
        });
        held.collect()
    }
}

fn letter(receiver: NodePublic, name: KeyId, key: &PartKey) -> Option<WrappedKey> {
    let mut seed = LetterSeed([0; 32]);
    getrandom::fill(&mut seed.0).ok()?;
    WrappedKey::wrap(receiver, name, key, seed).ok()
}

/// How far the records of each own stream were looked through for keys left over.
pub(super) type Swept = BTreeMap<Stream, Head>;

/// Records that the receiver holds, of which a key may be left here.
#[derive(Debug, Clone, Copy)]
pub(super) struct Stretch {
    pub(super) stream: Stream,
    pub(super) from: Head,
    pub(super) to: Seq,
}

/// Sends keys that are left here of records which the receiver holds already, and wipes them.
pub(super) async fn sweep<S: Source>(
    shared: Arc<Shared<S>>,
    stretches: Vec<Stretch>,
    receiver: (NodeId, StoreId),
) -> Done {
    let mut swept = Swept::new();
    for mut stretch in stretches {
        while stretch.from.seq < stretch.to {
            let Some(next) = step(&shared, stretch, receiver).await else { break };
            stretch.from = next;
            swept.insert(stretch.stream, next);
        }
    }
    Done::Swept(swept)
}

/// Goes over the next records of a stretch; none if something is in the way.
async fn step<S: Source>(
    shared: &Arc<Shared<S>>,
    stretch: Stretch,
    (audience, store): (NodeId, StoreId),
) -> Option<Head> {
    let Stretch { stream, from, to } = stretch;
    let mut entries = shared.source.run(stream, from, SWEEP_BYTES).await.ok()?;
    let most = usize::try_from(to.0.saturating_sub(from.seq.0)).unwrap_or(usize::MAX);
    entries.truncate(most);
    let working = Arc::clone(shared);
    let packing = move || {
        let held = |entry: &Entry| !working.held(entry).is_empty();
        let without = entries.iter().position(held).unwrap_or(entries.len());
        let (passed, rest) = entries.split_at(without);
        let previous = passed.iter().fold(from, |head, entry| head.extend(&entry.open));
        if rest.is_empty() {
            return Some((previous, None));
        }
        let wrapped = working.wrap(rest);
        let run = Run {
            audience,
            store,
            stream,
            previous,
            entries: rest,
            max_records: wrapped.records,
            withhold: working.terms.withhold,
            keys: &wrapped.keys,
        };
        let packed = pack(working.source.key(), &run).ok()?;
        Some((packed.last, (!packed.keys.is_empty()).then_some(packed)))
    };
    let (last, packed) = tokio::task::spawn_blocking(packing).await.ok()??;
    let Some(packed) = packed else { return (last.seq > from.seq).then_some(last) };
    let names = packed.keys;
    let wait = shared.terms.batch_wait;
    let answer = shared.peer.post(BATCHES, packed.bytes.into(), wait).await.ok()?;
    let delivered = acknowledged(&answer, stream, last) && shared.source.erase(names).await;
    delivered.then_some(last)
}

/// Whether an answer says that everything up to a head is durable there.
pub(super) fn acknowledged(answer: &BatchAnswer, stream: Stream, last: Head) -> bool {
    matches!(answer, BatchAnswer::Ack(ack) if ack.stream() == stream && ack.head.seq >= last.seq)
}
