//! Appending: stage a group, commit it by one write and one sync.

use std::ops::ControlFlow;

use domain::ids::{Epoch, Hlc, NodeId, Seq};

use super::group::Group;
use super::tail::{Last, NoRoom, Tail};
use super::{
    CommitNumber, HeadsGuard, JournalError, MAX_GROUP_BYTES, Options, Pause, Reader, Scanned,
};
use crate::chain::{Accepted, Head, Heads, Misfit, follow};
use crate::disk::{Disk, DiskError, DiskErrorKind};
use crate::frame::Commit;
use crate::mark::Mark;
use crate::position::Position;
use crate::record::Entry;
use crate::recovery::{self, Recovery};
use crate::segment::StoreId;

/// The one writer of a journal.
pub struct Journal<D: Disk> {
    reader: Reader<D>,
    /// The heads with what is staged.
    ahead: Heads,
    group: Group,
    tail: Tail<D::File>,
    poison: Option<DiskError>,
}

impl<D: Disk> Journal<D> {
    /// Opens the journal on a disk, or begins one where there is none: reads everything, cuts what
    /// is torn at the end, names what is damaged before it.
    ///
    /// # Errors
    /// The disk's; [`JournalError::ForeignSegment`], [`JournalError::Format`]. Damage is no error.
    pub fn open(disk: D, options: Options) -> Result<(Self, Recovery), JournalError> {
        Self::open_marked(disk, options, &[])
    }

    /// As [`Journal::open`]; also says what is held before each of `marks`, ends of groups as
    /// [`Reader::mark`] named them earlier: see [`Recovery::marks`].
    ///
    /// # Errors
    /// As [`Journal::open`].
    pub fn open_marked(
        disk: D,
        options: Options,
        marks: &[Position],
    ) -> Result<(Self, Recovery), JournalError> {
        let opened = recovery::open(&disk, options, marks)?;
        let recovery::Opened { index, recovery, tail } = opened;
        let ahead = index.heads.clone();
        let reader = Reader::new(disk, index, tail.store);
        Ok((Self { reader, ahead, group: Group::new(), tail, poison: None }, recovery))
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

    /// [`Reader::mark`].
    #[must_use]
    pub fn mark(&self) -> Mark {
        self.reader.mark()
    }

    /// How many records are durable.
    #[must_use]
    pub fn records(&self) -> u64 {
        self.reader.records()
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
    /// [`JournalError::Record`], [`JournalError::Misfit`], [`JournalError::GroupTooLong`]: the
    /// group is as before. [`JournalError::Poisoned`].
    pub fn stage(&mut self, entry: &Entry) -> Result<Head, JournalError> {
        self.put(entry, None)
    }

    /// As [`Journal::stage`], for a record that came from another node: `received` is this node's
    /// own clock, kept beside the record and outside its hash.
    ///
    /// # Errors
    /// As [`Journal::stage`].
    pub fn stage_received(&mut self, entry: &Entry, received: Hlc) -> Result<Head, JournalError> {
        self.put(entry, Some(received))
    }

    /// Forgets everything staged since the last commit.
    pub fn discard(&mut self) {
        self.group.undo(&mut self.ahead);
        self.group.clear();
    }

    /// How many records are staged.
    #[must_use]
    pub const fn staged(&self) -> usize {
        self.group.records()
    }

    /// Writes the staged group and syncs it: when this answers, it is durable. With nothing staged
    /// it writes nothing and answers the last commit's number.
    ///
    /// # Errors
    /// After [`JournalError::is_full`] the group is discarded, and a later one may succeed; after
    /// any other failure of the disk the journal is poisoned ([`JournalError::must_reopen`]).
    pub fn commit(&mut self) -> Result<CommitNumber, JournalError> {
        self.sound()?;
        if self.group.records() == 0 {
            return Ok(self.tail.last.number);
        }
        self.write(None)
    }

    /// Writes an empty group (after what is staged, if something is), which takes the last full one
    /// out of doubt. Does nothing where the last group is such a one already, or there is none.
    ///
    /// # Errors
    /// As [`Journal::commit`].
    pub fn commit_empty(&mut self, why: Pause) -> Result<CommitNumber, JournalError> {
        let number = self.commit()?;
        let said = self.tail.last.pause;
        if number == CommitNumber(0) || said == Some(why) || said == Some(Pause::Stop) {
            return Ok(number);
        }
        self.write(Some(why))
    }

    /// Whether [`Journal::prepare_next`] is due: the present segment is more than half full.
    #[must_use]
    pub fn wants_next(&self) -> bool {
        self.tail.wants_next()
    }

    /// Makes the next segment file if it isn't there yet: slow (it writes a whole segment of
    /// zeros), so call it when nothing waits; else `commit` does it when it must.
    ///
    /// # Errors
    /// The disk's; nothing is lost by it, the journal goes on.
    pub fn prepare_next(&mut self) -> Result<(), JournalError> {
        self.sound()?;
        self.tail.prepare(self.reader.disk()).map_err(no_room)
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

    fn sound(&self) -> Result<(), JournalError> {
        self.poison.clone().map_or(Ok(()), |why| Err(JournalError::Poisoned(why)))
    }

    fn put(&mut self, entry: &Entry, received: Option<Hlc>) -> Result<Head, JournalError> {
        self.sound()?;
        let view = entry.check()?;
        let before = self.ahead.get(view.origin, view.epoch).copied();
        let now = follow(&self.ahead, before.as_ref(), &view, &entry.open)?;
        let bytes = self.group.frames_bytes().saturating_add(entry.size_bytes());
        if bytes > MAX_GROUP_BYTES || !self.group.has_room() {
            return Err(JournalError::GroupTooLong(bytes));
        }
        self.group.add((entry, received), view.origin, before, now);
        self.ahead.set(view.origin, now);
        Ok(now.head)
    }

    fn poisoned(&mut self, why: DiskError) -> JournalError {
        self.poison = Some(why.clone());
        JournalError::Poisoned(why)
    }

    fn write(&mut self, pause: Option<Pause>) -> Result<CommitNumber, JournalError> {
        if let Err(why) = self.tail.make_room(self.reader.disk(), self.group.whole_bytes()) {
            self.discard();
            return match why {
                NoRoom::Disk(why) if why.kind != DiskErrorKind::Full => Err(self.poisoned(why)),
                other => Err(no_room(other)),
            };
        }
        let (at, header) = self.tail.place().expect("there is room, so there is a segment");
        let commit = Commit {
            number: self.tail.last.number.0 + 1,
            previous_at: self.tail.last.at,
            group_at: at,
            entries: u32::try_from(self.group.records()).unwrap_or(u32::MAX),
            stopped: pause == Some(Pause::Stop),
            store: self.tail.store,
            heads: self.group.heads(),
        };
        let commit_at = self.group.finish(&commit, at);
        let hasty = crate::bug("cursor-before-data");
        if hasty {
            self.group.publish(&mut self.reader.index_mut(), at);
        }
        let bytes = self.group.bytes(header.as_ref());
        if let Err(why) = self.tail.write(self.reader.disk(), bytes) {
            self.discard();
            return Err(self.poisoned(why));
        }
        if !hasty {
            self.group.publish(&mut self.reader.index_mut(), at);
        }
        self.group.clear();
        self.tail.last = Last { number: CommitNumber(commit.number), at: commit_at, pause };
        Ok(self.tail.last.number)
    }
}

pub(super) fn no_room(why: NoRoom) -> JournalError {
    match why {
        NoRoom::Disk(why) => JournalError::Disk(why),
        NoRoom::NoNumber => JournalError::NoSegmentLeft,
    }
}
