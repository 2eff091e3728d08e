//! Appending: stage a group, commit it by one write and one sync.

use std::ops::ControlFlow;

use domain::ids::{Epoch, NodeId, Seq};

use super::{CommitNumber, HeadsGuard, JournalError, Options, Pause, Reader, Scanned};
use crate::chain::{Accepted, Head, Heads, Misfit};
use crate::disk::Disk;
use crate::position::Position;
use crate::record::Entry;
use crate::recovery::Recovery;
use crate::segment::StoreId;

/// The one writer of a journal.
pub struct Journal<D: Disk> {
    reader: Reader<D>,
    /// The heads with what is staged.
    ahead: Heads,
}

impl<D: Disk> Journal<D> {
    /// Opens the journal on a disk, or begins one where there is none.
    ///
    /// # Errors
    /// The disk's; [`JournalError::ForeignSegment`], [`JournalError::Format`]. Damage is no error.
    pub fn open(_disk: D, _options: Options) -> Result<(Self, Recovery), JournalError> {
        todo!()
    }

    /// The store's name.
    #[must_use]
    pub fn store_id(&self) -> StoreId {
        self.reader.store_id()
    }

    /// Another reader of this journal.
    #[must_use]
    pub fn reader(&self) -> Reader<D> {
        self.reader.clone()
    }

    /// What is durable of every origin.
    #[must_use]
    pub fn heads(&self) -> HeadsGuard<'_> {
        self.reader.heads()
    }

    /// What is durable or staged of every origin: what the next record must follow.
    #[must_use]
    pub const fn ahead(&self) -> &Heads {
        &self.ahead
    }

    /// [`crate::chain::check`] of records that came from elsewhere against [`Journal::ahead`].
    ///
    /// # Errors
    /// The first [`Misfit`].
    pub fn check(&mut self, origin: NodeId, entries: &[Entry]) -> Result<Accepted, Misfit> {
        crate::chain::check(&self.ahead, origin, entries, &mut self.reader)
    }

    /// Puts a record into the present group: it must directly follow what [`Journal::ahead`] holds.
    /// Nothing is written before [`Journal::commit`].
    ///
    /// # Errors
    /// [`JournalError::Record`], [`JournalError::Misfit`], [`JournalError::GroupTooLong`]: the group
    /// is as before. [`JournalError::Poisoned`].
    pub fn stage(&mut self, _entry: &Entry) -> Result<Head, JournalError> {
        todo!()
    }

    /// Forgets everything staged since the last commit.
    pub fn discard(&mut self) {
        todo!()
    }

    /// How many records are staged.
    #[must_use]
    pub fn staged(&self) -> usize {
        todo!()
    }

    /// Writes the staged group and syncs it: when this answers, it is durable. With nothing staged
    /// it writes nothing and answers the last commit's number.
    ///
    /// # Errors
    /// The disk's. After [`JournalError::is_full`] the group is discarded, and a later one may
    /// succeed; after any other failure the journal is poisoned.
    pub fn commit(&mut self) -> Result<CommitNumber, JournalError> {
        todo!()
    }

    /// Writes an empty group, which takes the last full one out of doubt. Does nothing where the
    /// last group is such a one already.
    ///
    /// # Errors
    /// As [`Journal::commit`].
    pub fn commit_empty(&mut self, _why: Pause) -> Result<CommitNumber, JournalError> {
        todo!()
    }

    /// Makes the next segment file if it isn't there yet: slow (it writes a whole segment of zeros),
    /// so call it when nothing waits; else `commit` does it when it must.
    ///
    /// # Errors
    /// The disk's; nothing is lost by it, the journal goes on.
    pub fn prepare_next(&mut self) -> Result<(), JournalError> {
        todo!()
    }

    /// [`Reader::read`].
    ///
    /// # Errors
    /// As there.
    pub fn read(
        &self,
        origin: NodeId,
        epoch: Epoch,
        from: Seq,
        max_bytes: usize,
    ) -> Result<Vec<Entry>, JournalError> {
        self.reader.read(origin, epoch, from, max_bytes)
    }

    /// [`Reader::scan`].
    ///
    /// # Errors
    /// As there.
    pub fn scan(
        &self,
        from: Position,
        each: impl FnMut(Scanned<'_>) -> ControlFlow<()>,
    ) -> Result<Position, JournalError> {
        self.reader.scan(from, each)
    }
}
