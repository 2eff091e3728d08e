//! What a node offers to those below it: implemented by a site for its stations, by headquarters
//! for its sites.

use std::future::Future;

use domain::ids::{NodeId, Seq};
use journal::{Accepted, Disk, Entry, Head, Heads, Held, Lost, Misfit, NodeKey, Reader};
use store::{IncomingBatch, Machine, Store, StoreError};
use sync::enrol::{EnrolRequest, Enrolled};
use sync::receiver::Directory;
use sync::view::View;
use sync::{Refusal, RefusalCode, Stream, StreamHead};

/// A sender that said hello.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Met {
    /// Who.
    pub sender: NodeId,
    /// Its software version, for people.
    pub software: String,
    /// What its wall clock says, milliseconds since 1970: to be shown if it is wrong.
    pub sent_at_ms: u64,
    /// How far its streams reach there.
    pub heads: Vec<StreamHead>,
    /// Which view it has; 0 for none.
    pub view_version: u64,
}

/// What became of records that were taken to the store.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Taken {
    /// How they fit.
    pub outcome: Result<Accepted, Misfit>,
    /// What this node makes of each, in an encoding that only it and its stations know.
    pub judgements: Vec<Option<Vec<u8>>>,
}

/// The receiving node.
pub trait Upstream: Directory + Send + Sync + 'static {
    /// Its own key.
    fn key(&self) -> &NodeKey;
    /// Its software version.
    fn software(&self) -> &str;
    /// Its wall clock, milliseconds since 1970.
    fn now_ms(&self) -> u64;
    /// What is durable here.
    fn heads(&self) -> Heads;

    /// What is durable of one origin. Asked with every hand-over and batch.
    fn heads_of(&self, origin: NodeId) -> Heads {
        self.heads().of(origin)
    }

    /// Whether keys of sealed parts are taken beside their records. A node that says so stores
    /// them durably before the records; of any other none is ever asked to store one.
    fn takes_keys(&self) -> bool {
        false
    }

    /// Stores records of one epoch, and the keys that came beside them; answered once they are
    /// durable. See [`take`].
    fn take(&self, batch: IncomingBatch) -> impl Future<Output = Result<Taken, StoreError>> + Send;

    /// Durable records of a stream from `from` on, and the head before them, as many as fit into
    /// `max_bytes`; none where they are not here. See [`stored`].
    fn stored(
        &self,
        stream: Stream,
        from: Seq,
        max_bytes: usize,
    ) -> impl Future<Output = Option<(Head, Vec<Entry>)>> + Send {
        let _nothing = (stream, from, max_bytes);
        async { None }
    }

    /// How far the node above this one has an origin's streams, as far as this one knows: told to
    /// the origin, for people.
    fn above(&self, origin: NodeId) -> Vec<StreamHead> {
        let _nobody = origin;
        Vec::new()
    }

    /// Records that damage took here, and that those who brought them are asked for once more.
    fn lacks(&self) -> Vec<Lost> {
        Vec::new()
    }

    /// Enrols the node that proves to know a one-time code; see `sync::enrol::PendingCodes`.
    fn enrol(
        &self,
        request: EnrolRequest,
    ) -> impl Future<Output = Result<Enrolled, Refusal>> + Send;

    /// The newest version of a station's view; 0 if there is none. Asked with every hand-over.
    fn view_version(&self, station: NodeId) -> u64 {
        let _nobody = station;
        0
    }

    /// The view for a station that has the version `since`; `None` if there is no newer one.
    fn view(&self, station: NodeId, since: u64) -> impl Future<Output = Option<View>> + Send {
        let _nothing = (station, since);
        async { None }
    }

    /// Somebody said hello: for the page that shows who is there.
    fn met(&self, met: Met) {
        let _not_shown = met;
    }
}

/// Takes records into a store, and writes down what its machine makes of them.
///
/// # Errors
/// As [`Store::ingest`].
pub async fn take<M, D>(
    store: &Store<M, D>,
    batch: IncomingBatch,
    write: impl Fn(&M::Answer) -> Vec<u8>,
) -> Result<Taken, StoreError>
where
    M: Machine,
    D: Disk + Send + Sync + 'static,
    D::File: Send + Sync,
{
    let ingested = store.ingest(batch).await?;
    let judged = ingested.judged.iter();
    let judgements = judged.map(|judged| judged.as_ref().map(&write)).collect();
    Ok(Taken { outcome: ingested.outcome, judgements })
}

/// Durable records of a store from `from` on, and the head before them.
pub async fn stored<M, D>(
    store: &Store<M, D>,
    stream: Stream,
    from: Seq,
    max_bytes: usize,
) -> Option<(Head, Vec<Entry>)>
where
    M: Machine,
    D: Disk + Send + Sync + 'static,
    D::File: Send + Sync,
{
    let mut reader = store.reader();
    let read = move || run_from(&mut reader, stream, from, max_bytes);
    tokio::task::spawn_blocking(read).await.ok().flatten()
}

/// Durable records from `from` on, and the head before them; none where they are not here.
pub fn run_from<D: Disk>(
    reader: &mut Reader<D>,
    stream: Stream,
    from: Seq,
    max_bytes: usize,
) -> Option<(Head, Vec<Entry>)> {
    let before = Seq(from.0.checked_sub(1)?);
    let hash = reader.chain_hash(stream.origin, stream.epoch, before)?;
    let entries = reader.read(stream.origin, stream.epoch, from, max_bytes).ok()?;
    let head = Head { epoch: stream.epoch, seq: before, hash };
    (!entries.is_empty()).then_some((head, entries))
}

/// What a sender is told when the store can't take records.
#[must_use]
pub fn refusal_of(error: &StoreError) -> Refusal {
    if error.is_full() {
        return Refusal { code: RefusalCode::ReadOnly, retry_after_s: Some(60) };
    }
    match error {
        StoreError::Busy => Refusal { code: RefusalCode::Busy, retry_after_s: Some(1) },
        StoreError::TooLarge(_) => RefusalCode::TooLarge.into(),
        _ => Refusal { code: RefusalCode::Failed, retry_after_s: Some(10) },
    }
}
