//! Whether records that came from elsewhere fit onto what is held. Pure, and clock-free.

use domain::ids::{Epoch, NodeId, Seq};

use super::{EpochHead, Head, Heads};
use crate::record::{Entry, NodeStarted, RecordError, View, kind};

/// What a check asks of the journal beyond its heads; only for records that are duplicates and for
/// parents that are not a head, so seldom.
pub trait Held {
    /// The open part held under this name; `None` if it can't be had (then it isn't compared).
    fn open_part(&mut self, origin: NodeId, epoch: Epoch, seq: Seq) -> Option<Vec<u8>>;
    /// The chain's hash after this record; `None` if it can't be had (then it isn't compared).
    fn chain_hash(&mut self, origin: NodeId, epoch: Epoch, seq: Seq) -> Option<super::Hash>;
}

/// Compares nothing with what is held.
#[derive(Debug, Clone, Copy, Default)]
pub struct NothingHeld;

impl Held for NothingHeld {
    fn open_part(&mut self, _origin: NodeId, _epoch: Epoch, _seq: Seq) -> Option<Vec<u8>> {
        None
    }

    fn chain_hash(&mut self, _: NodeId, _: Epoch, _: Seq) -> Option<super::Hash> {
        None
    }
}

/// Records that fit: the first `duplicates` are held already, the rest is new.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Accepted {
    /// How many at the beginning are held already; they change nothing.
    pub duplicates: usize,
    /// How many after them are new.
    pub fresh: usize,
    /// The epoch's head after the last record given (if that is a duplicate: the head held).
    pub head: Head,
}

/// Records that don't fit, each case by its own word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Misfit {
    /// Records between what is held and what came are missing: send from `expected`.
    #[error("a gap: epoch {epoch} goes on with record {expected}")]
    Gap {
        /// The epoch.
        epoch: Epoch,
        /// The record that is needed next.
        expected: Seq,
    },
    /// Another record is held under the same name: one of the two lines is not the origin's own.
    #[error("a fork: another record {seq} of epoch {epoch} is held")]
    Fork {
        /// The epoch.
        epoch: Epoch,
        /// The first record that differs.
        seq: Seq,
    },
    /// Not records of this origin and one epoch, in order.
    #[error("corrupt: entry {place}: {why}")]
    Corrupt {
        /// Which of the entries given, from 0.
        place: usize,
        /// What is wrong with it.
        why: Fault,
    },
    /// An unknown epoch begins with its record 1.
    #[error("epoch {epoch} is unknown here and must begin with record 1, not {got}")]
    FirstNotOne {
        /// The epoch.
        epoch: Epoch,
        /// The record that came first.
        got: Seq,
    },
    /// An epoch goes on from a head that isn't held: send the parent first.
    #[error(
        "epoch {epoch} goes on from record {} of epoch {}, not held here",
        parent.seq, parent.epoch
    )]
    UnknownParent {
        /// The epoch that came.
        epoch: Epoch,
        /// The head it names.
        parent: Head,
    },
}

/// Why an entry is corrupt.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Fault {
    /// Not a record.
    #[error(transparent)]
    Record(#[from] RecordError),
    /// A record of another origin.
    #[error("a record of another origin")]
    Origin,
    /// A record of another epoch than the first one given.
    #[error("records of two epochs in one run")]
    Epoch,
    /// A number that doesn't follow the one before it.
    #[error("the records don't follow one another")]
    Order,
    /// An epoch's first record says how it started, and only that one does.
    #[error("an epoch's first record, and no other, says how the node started")]
    Start,
}

/// Checks a run of records of one origin and one epoch against what is held.
///
/// # Errors
/// The first [`Misfit`]; nothing of the run may then be stored.
pub fn check(
    heads: &Heads,
    origin: NodeId,
    entries: &[Entry],
    held: &mut dyn Held,
) -> Result<Accepted, Misfit> {
    let mut run: Option<Run> = None;
    for (place, entry) in entries.iter().enumerate() {
        let corrupt = |why| Misfit::Corrupt { place, why };
        let view = entry.check().map_err(|why| corrupt(why.into()))?;
        if view.origin != origin {
            return Err(corrupt(Fault::Origin));
        }
        let run = run.get_or_insert_with(|| Run::new(heads, origin, view.epoch));
        run.take(heads, &view, entry, held).map_err(|no| no.at(place))?;
    }
    let run = run.ok_or(Misfit::Corrupt { place: 0, why: Fault::Order })?;
    Ok(Accepted { duplicates: run.duplicates, fresh: run.fresh, head: run.head })
}

/// Whether one more record fits directly onto what is held (`known` of its epoch), and what is held
/// of its epoch then.
pub(crate) fn follow(
    heads: &Heads,
    known: Option<&EpochHead>,
    view: &View<'_>,
    open: &[u8],
) -> Result<EpochHead, Misfit> {
    let mut head = known.map_or_else(|| Head::before(view.origin, view.epoch), |known| known.head);
    if known.is_none() && crate::bug("first-seq-not-one") {
        head.seq = Seq(view.seq.0.saturating_sub(1));
    }
    let parent = match known {
        Some(known) => known.parent,
        None => begin(heads, view, &mut NothingHeld).map_err(|no| no.at(0))?,
    };
    if view.seq != head.next_seq() {
        return Err(Misfit::Gap { epoch: view.epoch, expected: head.next_seq() });
    }
    if (view.kind == kind::NODE_STARTED) != (view.seq == Seq(1)) {
        return Err(No::Fault(Fault::Start).at(0));
    }
    let ended = known.map_or(Seq(0), |known| known.ended);
    let ended = if view.flags.ends_transaction() { view.seq } else { ended };
    Ok(EpochHead { head: head.extend(open), parent, ended })
}

/// A misfit whose place in the run the caller knows.
enum No {
    Fault(Fault),
    Misfit(Misfit),
}

impl No {
    fn at(self, place: usize) -> Misfit {
        match self {
            Self::Fault(why) => Misfit::Corrupt { place, why },
            Self::Misfit(misfit) => misfit,
        }
    }
}

struct Run {
    head: Head,
    known: bool,
    last: Option<Seq>,
    duplicates: usize,
    fresh: usize,
}

impl Run {
    fn new(heads: &Heads, origin: NodeId, epoch: Epoch) -> Self {
        let known = heads.head(origin, epoch);
        let head = known.unwrap_or_else(|| Head::before(origin, epoch));
        Self { head, known: known.is_some(), last: None, duplicates: 0, fresh: 0 }
    }

    fn take(
        &mut self,
        heads: &Heads,
        view: &View<'_>,
        entry: &Entry,
        held: &mut dyn Held,
    ) -> Result<(), No> {
        if view.epoch != self.head.epoch {
            return Err(No::Fault(Fault::Epoch));
        }
        if self.last.is_some_and(|last| last.0.checked_add(1) != Some(view.seq.0)) {
            return Err(No::Fault(Fault::Order));
        }
        self.last = Some(view.seq);
        if !self.known && self.fresh == 0 && crate::bug("first-seq-not-one") {
            self.head.seq = Seq(view.seq.0.saturating_sub(1));
        }
        if view.seq <= self.head.seq {
            self.duplicates += 1;
            return same(view, entry, held);
        }
        if !self.known && self.fresh == 0 {
            begin(heads, view, held)?;
        }
        if view.seq != self.head.next_seq() {
            let expected = self.head.next_seq();
            return Err(No::Misfit(Misfit::Gap { epoch: view.epoch, expected }));
        }
        if (view.kind == kind::NODE_STARTED) != (view.seq == Seq(1)) {
            return Err(No::Fault(Fault::Start));
        }
        self.head = self.head.extend(&entry.open);
        self.fresh += 1;
        Ok(())
    }
}

fn same(view: &View<'_>, entry: &Entry, held: &mut dyn Held) -> Result<(), No> {
    match held.open_part(view.origin, view.epoch, view.seq) {
        Some(open) if open != entry.open => {
            Err(No::Misfit(Misfit::Fork { epoch: view.epoch, seq: view.seq }))
        }
        _ => Ok(()),
    }
}

/// Whether a record may begin an unknown epoch; answers the parent it names.
fn begin(heads: &Heads, view: &View<'_>, held: &mut dyn Held) -> Result<Option<Head>, No> {
    if view.seq != Seq(1) && crate::bug("first-seq-not-one") {
        return Ok(None);
    }
    if view.seq != Seq(1) {
        return Err(No::Misfit(Misfit::FirstNotOne { epoch: view.epoch, got: view.seq }));
    }
    if view.kind != kind::NODE_STARTED {
        return Err(No::Fault(Fault::Start));
    }
    let started = NodeStarted::decode(view.payload).map_err(|why| No::Fault(why.into()))?;
    let Some(parent) = started.parent else { return Ok(None) };
    let unknown = || No::Misfit(Misfit::UnknownParent { epoch: view.epoch, parent });
    let line = heads.head(view.origin, parent.epoch).ok_or_else(unknown)?;
    if parent.epoch == view.epoch || parent.seq.0 == 0 || parent.seq > line.seq {
        return Err(unknown());
    }
    let hash = if parent.seq == line.seq {
        Some(line.hash)
    } else {
        held.chain_hash(view.origin, parent.epoch, parent.seq)
    };
    match hash {
        Some(hash) if hash != parent.hash => {
            Err(No::Misfit(Misfit::Fork { epoch: parent.epoch, seq: parent.seq }))
        }
        _ => Ok(Some(parent)),
    }
}
