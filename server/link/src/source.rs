//! Where an uplink takes its records from: the own store.

use std::future::Future;

use domain::ids::{KeyId, Seq};
use journal::sealing::PartKey;
use journal::{Disk, Entry, Head, Heads, Held, NodeKey, Reader, StoreId};
use store::{IncomingBatch, Machine, Store};
use sync::receiver::{self, Placement};
use sync::{Batch, Failure, Range, Stream};
use tokio::sync::watch;

use crate::upstream;

/// Why records can't be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum ReadFailure {
    /// The own store can't read them.
    #[error("the store cannot read these records: run `journal verify`")]
    Unreadable,
    /// The own chain has another hash there than the receiver's.
    #[error("the receiver holds other records under these names")]
    Diverged,
}

impl From<ReadFailure> for Failure {
    fn from(failure: ReadFailure) -> Self {
        match failure {
            ReadFailure::Unreadable => Self::Unreadable,
            ReadFailure::Diverged => Self::Diverged,
        }
    }
}

/// The own store, as an uplink sees it.
pub trait Source: Send + Sync + 'static {
    /// The node's key.
    fn key(&self) -> &NodeKey;
    /// The stream that is being written.
    fn own(&self) -> Stream;
    /// What is durable.
    fn heads(&self) -> Heads;
    /// Wakes when something more is durable.
    fn changes(&self) -> watch::Receiver<u64>;
    /// Has the own records signed before they leave for another network.
    fn sign(&self) -> impl Future<Output = ()> + Send;
    /// Whether any key of a sealed part is held.
    fn holds_keys(&self) -> bool;
    /// The key of a sealed part, if it is held.
    fn part_key(&self, name: KeyId) -> Option<PartKey>;
    /// Wipes keys for good; false if that is not sure, and must be asked again.
    fn erase(&self, names: Vec<KeyId>) -> impl Future<Output = bool> + Send;
    /// The own store, for which what is asked back is made.
    fn store(&self) -> Option<StoreId> {
        None
    }
    /// Records that damage took here.
    fn lost(&self) -> Vec<Range> {
        Vec::new()
    }
    /// Takes records back that came from the receiver; says up to which one they are durable.
    fn take_back(&self, batch: Batch) -> impl Future<Output = Option<Seq>> + Send {
        let _not_kept = batch;
        async { None }
    }
    /// Durable records from `from` on, and the head before them, as many as fit into `max_bytes`.
    fn run_from(
        &self,
        stream: Stream,
        from: Seq,
        max_bytes: usize,
    ) -> impl Future<Output = Option<(Head, Vec<Entry>)>> + Send {
        let _nothing = (stream, from, max_bytes);
        async { None }
    }
    /// Durable records that directly follow `after`, as many as fit into `max_bytes`.
    fn run(
        &self,
        stream: Stream,
        after: Head,
        max_bytes: usize,
    ) -> impl Future<Output = Result<Vec<Entry>, ReadFailure>> + Send;
}

impl<M, D> Source for Store<M, D>
where
    M: Machine,
    D: Disk + Send + Sync + 'static,
    D::File: Send + Sync,
{
    fn key(&self) -> &NodeKey {
        Self::key(self)
    }

    fn own(&self) -> Stream {
        Stream { origin: self.node(), epoch: self.epoch() }
    }

    fn heads(&self) -> Heads {
        Self::heads(self)
    }

    fn changes(&self) -> watch::Receiver<u64> {
        Self::changes(self)
    }

    async fn sign(&self) {
        // Unsigned records may still go: the next checkpoint signs them, and the batch is signed.
        if let Err(error) = self.checkpoint_now().await {
            tracing::warn!(%error, "no checkpoint before a batch");
        }
    }

    fn holds_keys(&self) -> bool {
        self.keys().count() > 0
    }

    fn part_key(&self, name: KeyId) -> Option<PartKey> {
        self.keys().get(name)
    }

    async fn erase(&self, names: Vec<KeyId>) -> bool {
        match self.erase_all(names).await {
            Ok(_) => true,
            Err(error) => {
                tracing::warn!(%error, "keys that the receiver has are not wiped here yet");
                false
            }
        }
    }

    fn store(&self) -> Option<StoreId> {
        Some(self.status().store)
    }

    fn lost(&self) -> Vec<Range> {
        Self::lost(self).into_iter().map(Range::from).collect()
    }

    async fn take_back(&self, batch: Batch) -> Option<Seq> {
        let stream = batch.header.stream();
        let heads = self.heads_of(stream.origin);
        if let Placement::Misfit(answer) =
            receiver::place(&heads, stream, batch.previous, &batch.entries)
        {
            return not_taken(stream, &format!("{answer:?}"));
        }
        let last = batch.last.seq;
        let batch = IncomingBatch::without_keys(stream.origin, batch.entries);
        match self.ingest(batch).await.map(|ingested| ingested.outcome) {
            Ok(Ok(_)) => Some(last),
            Ok(Err(misfit)) => not_taken(stream, &misfit.to_string()),
            Err(error) => not_taken(stream, &error.to_string()),
        }
    }

    async fn run_from(
        &self,
        stream: Stream,
        from: Seq,
        max_bytes: usize,
    ) -> Option<(Head, Vec<Entry>)> {
        upstream::stored(self, stream, from, max_bytes).await
    }

    async fn run(
        &self,
        stream: Stream,
        after: Head,
        max_bytes: usize,
    ) -> Result<Vec<Entry>, ReadFailure> {
        let mut reader = self.reader();
        let read = move || run_after(&mut reader, stream, after, max_bytes);
        tokio::task::spawn_blocking(read).await.unwrap_or(Err(ReadFailure::Unreadable))
    }
}

fn not_taken(stream: Stream, why: &str) -> Option<Seq> {
    tracing::error!(origin = %stream.origin, why, "records that came back are not taken");
    None
}

/// Durable records that directly follow `after`, as many as fit into `max_bytes`.
///
/// # Errors
/// [`ReadFailure`]: they can't be read, or the own chain has another hash at `after`.
pub fn run_after<D: Disk>(
    reader: &mut Reader<D>,
    stream: Stream,
    after: Head,
    max_bytes: usize,
) -> Result<Vec<Entry>, ReadFailure> {
    if after.seq > Seq(0) {
        let own = reader.chain_hash(stream.origin, stream.epoch, after.seq);
        if own.is_some_and(|own| own != after.hash) {
            return Err(ReadFailure::Diverged);
        }
    }
    let entries = reader.read(stream.origin, stream.epoch, after.next_seq(), max_bytes);
    entries.map_err(|error| {
        tracing::error!(%error, "records for the uplink can't be read");
        ReadFailure::Unreadable
    })
}
