//! What is asked of the writer, and what it answers.

use domain::ids::{KeyId, NodeId};
use journal::sealing::PartKey;
use journal::{Accepted, Entry, Head, KeysErased, Misfit};
use tokio::sync::oneshot;

use crate::error::StoreError;
use crate::machine::Machine;

/// Records that came from elsewhere.
#[derive(Debug, Clone)]
pub struct IncomingBatch {
    /// The node they come from.
    pub origin: NodeId,
    /// One run of records of one epoch, in order.
    pub entries: Vec<Entry>,
    /// Keys that were handed over beside them. They are durable before the records are.
    pub keys: Vec<(KeyId, PartKey)>,
}

impl IncomingBatch {
    /// Records that came without keys.
    #[must_use]
    pub const fn without_keys(origin: NodeId, entries: Vec<Entry>) -> Self {
        Self { origin, entries, keys: Vec::new() }
    }
}

/// What became of an [`IncomingBatch`]; given once it is durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ingested<A> {
    /// How the records fit. A gap, a fork and the rest are answers: nothing of the batch is stored
    /// then, and the sender is told.
    pub outcome: Result<Accepted, Misfit>,
    /// What [`Machine::judge`] made of each entry, in their order, records held already included
    /// (so an answer that got lost can be given again); empty if they don't fit.
    pub judged: Vec<Option<A>>,
}

pub(crate) type Reply<T> = oneshot::Sender<Result<T, StoreError>>;

pub(crate) enum Job<M: Machine> {
    Run(M::Command, Reply<M::Answer>),
    Ingest(IncomingBatch, Reply<Ingested<M::Answer>>),
    Erase(Vec<KeyId>, Reply<usize>),
    /// Keys that were erased elsewhere: gone here as well, and never taken again.
    Forget(Vec<KeyId>, Reply<usize>),
    /// Says in the journal which keys are about to be gone for good.
    NoteErasure(KeysErased, Reply<usize>),
    Checkpoint(Reply<Option<Head>>),
    Close(Reply<()>),
}

/// An answer that waits until its group is durable.
pub(crate) enum Waiting<M: Machine> {
    Run(Reply<M::Answer>, M::Answer),
    Ingest(Reply<Ingested<M::Answer>>, Ingested<M::Answer>),
    Erase(Reply<usize>, usize),
    Checkpoint(Reply<Option<Head>>, Option<Head>),
    /// The store failed over this one: there is no answer, only the reason to tell.
    Lost(Box<dyn FnOnce(StoreError) + Send>),
}

impl<M: Machine> Waiting<M> {
    /// The group is durable. Whoever stopped waiting is not told.
    pub(crate) fn confirm(self) {
        match self {
            Self::Run(reply, answer) => confirm(reply, answer),
            Self::Ingest(reply, answer) => confirm(reply, answer),
            Self::Erase(reply, answer) => confirm(reply, answer),
            Self::Checkpoint(reply, answer) => confirm(reply, answer),
            Self::Lost(_) => {}
        }
    }

    /// The group is not stored.
    pub(crate) fn refuse(self, error: StoreError) {
        match self {
            Self::Run(reply, _) => refuse(reply, error),
            Self::Ingest(reply, _) => refuse(reply, error),
            Self::Erase(reply, _) => refuse(reply, error),
            Self::Checkpoint(reply, _) => refuse(reply, error),
            Self::Lost(tell) => tell(error),
        }
    }
}

pub(crate) fn confirm<T>(reply: Reply<T>, answer: T) {
    let _nobody_waits = reply.send(Ok(answer));
}

pub(crate) fn refuse<T>(reply: Reply<T>, error: StoreError) {
    let _nobody_waits = reply.send(Err(error));
}
