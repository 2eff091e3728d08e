//! The end of the journal on the disk: the segment that is written, and the next one.

use super::{CommitNumber, Pause};
use crate::disk::{Disk, DiskError, DiskErrorKind};
use crate::frame::Commit;
use crate::number::{long, short};
use crate::position::Position;
use crate::segment::{self, HEADER_BYTES, Header, StoreId};

/// Segment files are multiples of this.
const BLOCK_BYTES: u64 = 4096;

/// The last group on the disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Last {
    pub(crate) number: CommitNumber,
    pub(crate) at: Position,
    /// It is empty, for this reason.
    pub(crate) pause: Option<Pause>,
}

/// A segment file that is written.
#[derive(Debug)]
pub(crate) struct Open<F> {
    pub(crate) number: u32,
    pub(crate) file: F,
    pub(crate) size: usize,
    /// Where the next frame begins; 0 where not even the header is written.
    pub(crate) end: usize,
}

/// Where the next group goes.
#[derive(Debug)]
pub(crate) struct Tail<F> {
    pub(crate) store: StoreId,
    pub(crate) segment_bytes: u64,
    pub(crate) current: Option<Open<F>>,
    /// Made ahead of need, with the number after `last_number`.
    pub(crate) next: Option<Open<F>>,
    /// The highest number that was ever written to.
    pub(crate) last_number: u32,
    pub(crate) last: Last,
}

/// Why there is no room for a group.
pub(super) enum NoRoom {
    Disk(DiskError),
    NoNumber,
}

impl<F> Tail<F> {
    /// Sees to it that a group of so many bytes fits into the present segment, leaving room there
    /// for the empty group of a stop.
    pub(super) fn make_room<D: Disk<File = F>>(
        &mut self,
        disk: &D,
        group: usize,
    ) -> Result<(), NoRoom> {
        let needed = group + Commit::frame_bytes(0);
        let fits = |open: &Open<F>| open.size.saturating_sub(open.end.max(HEADER_BYTES)) >= needed;
        if self.current.as_ref().is_some_and(fits) {
            return Ok(());
        }
        let next = match self.next.take().filter(fits) {
            Some(next) => next,
            None => self.create(disk, long(HEADER_BYTES + needed))?,
        };
        self.last_number = next.number;
        self.current = Some(next);
        Ok(())
    }

    /// Whether the next segment will soon be needed and isn't there.
    pub(super) fn wants_next(&self) -> bool {
        let filling = |open: &Open<F>| open.end > open.size / 2;
        self.next.is_none() && self.current.as_ref().is_some_and(filling)
    }

    /// Makes the next segment, if it isn't there.
    pub(super) fn prepare<D: Disk<File = F>>(&mut self, disk: &D) -> Result<(), NoRoom> {
        if self.next.is_none() {
            self.next = Some(self.create(disk, 0)?);
        }
        Ok(())
    }

    /// Where the next group's first frame will lie, and the header to write before it, if any.
    pub(super) fn place(&self) -> Option<(Position, Option<[u8; HEADER_BYTES]>)> {
        let open = self.current.as_ref()?;
        if open.end > 0 {
            return Some((Position::new(open.number, open.end), None));
        }
        let header = Header {
            store: self.store,
            number: open.number,
            size_bytes: long(open.size),
            previous_commit: self.last.number.0,
            previous_at: self.last.at,
        };
        Some((Position::new(open.number, HEADER_BYTES), Some(header.encode())))
    }

    /// One write, one sync.
    pub(super) fn write<D: Disk<File = F>>(
        &mut self,
        disk: &D,
        bytes: &[u8],
    ) -> Result<(), DiskError> {
        let Some(open) = &mut self.current else { return Ok(()) };
        disk.write_at(&open.file, long(open.end), bytes)?;
        if !crate::bug("sync-skipped") {
            disk.sync(&open.file)?;
        }
        open.end += bytes.len();
        Ok(())
    }

    fn create<D: Disk<File = F>>(&self, disk: &D, needed: u64) -> Result<Open<F>, NoRoom> {
        let number = self.last_number.checked_add(1).ok_or(NoRoom::NoNumber)?;
        let size = needed.max(self.segment_bytes).max(BLOCK_BYTES).next_multiple_of(BLOCK_BYTES);
        let name = segment::name(number);
        let made = disk.create(&name, size).and_then(|file| {
            disk.sync_directory()?;
            Ok(file)
        });
        let file = made.map_err(|why| {
            if why.kind == DiskErrorKind::Full {
                // What exists in part would only keep others from room; if it stays, opening
                // removes it.
                let _gone = disk.remove(&name);
            }
            NoRoom::Disk(why)
        })?;
        Ok(Open { number, file, size: short(size), end: 0 })
    }
}
