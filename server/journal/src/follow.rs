//! Reading a journal that another process may be writing, without its lock and without touching it.
//!
//! Why this is sound: there is one writer, and it begins a group only after the one before was
//! synced. So whoever sees the end of a later group knows that every earlier one is durable, and
//! leaves the last one alone until something follows it; within a second of quiet an empty group
//! does. Nothing from the last synced group back is ever cut or written again, so a position that
//! was reached stays good.

use domain::ids::Hlc;

use crate::disk::Disk;
use crate::frame::{ALIGNMENT, Commit, EntryRef, Frame, TAG_COMMIT};
use crate::log::{JournalError, Window};
use crate::number::long;
use crate::position::Position;
use crate::recovery::{first_used, read_segment, segment_numbers};
use crate::segment::{self, Beginning, HEADER_BYTES, Header, StoreId};

/// How much is read at once.
const READ_BYTES: usize = 1024 * 1024;

/// Whether somebody may be writing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tail {
    /// Perhaps: the last group is in doubt, and left alone.
    Growing,
    /// Nobody (the reader holds the lock): the last group counts if it is whole.
    Still,
}

/// A record of a whole group.
#[derive(Debug, Clone, Copy)]
pub struct Followed<'a> {
    /// When the journal's node received it; none for what happened there itself.
    pub received: Option<Hlc>,
    /// The record.
    pub entry: EntryRef<'a>,
    /// The last of its group: a group never ends within a transaction of the node itself.
    pub ends_group: bool,
}

/// The store whose first segment lies on the disk; none before there is one.
///
/// # Errors
/// The disk's; [`JournalError::Format`].
pub fn store_of<D: Disk>(disk: &D) -> Result<Option<StoreId>, JournalError> {
    let Some(first) = segment_numbers(disk)?.first().copied() else { return Ok(None) };
    Ok(header(disk, first)?.map(|header| header.store))
}

/// How far was read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reached {
    /// Where to go on: everything before it was shown.
    pub at: Position,
    /// The end of the last group, where it was left alone because nothing follows it yet.
    pub in_doubt: Option<Position>,
}

/// Shows every record of the whole groups from a position on (that an earlier call answered, or
/// [`Position::START`]), in order of arrival, and answers how far it came. Stops early if `each`
/// fails: then the same call may be made again.
///
/// # Errors
/// The disk's, [`JournalError::Format`], [`JournalError::Damaged`] where bytes before the end are
/// no frames (while somebody writes, that may be a group seen half: look again), or what `each`
/// answers.
pub fn groups<D: Disk, E: From<JournalError>>(
    disk: &D,
    from: Position,
    tail: Tail,
    mut each: impl FnMut(Followed<'_>) -> Result<(), E>,
) -> Result<Reached, E> {
    let numbers = segment_numbers(disk)?;
    let mut walk = Walk::new(disk, numbers.clone(), from);
    for number in numbers.into_iter().filter(|number| *number >= from.segment().max(1)) {
        if header(disk, number)?.is_none() {
            break;
        }
        walk.segment(number, &mut each)?;
    }
    match tail {
        Tail::Still => walk.deliver(&mut each)?,
        Tail::Growing => {}
    }
    let in_doubt = walk.waiting.map(|group| group.end);
    Ok(Reached { at: walk.reached, in_doubt })
}

/// A group whose end was met, and which waits for something to follow it.
struct Group {
    at: Position,
    begins: Position,
    end: Position,
    entries: u32,
}

struct Walk<'d, D: Disk> {
    disk: &'d D,
    numbers: Vec<u32>,
    from: Position,
    waiting: Option<Group>,
    reached: Position,
}

impl<'d, D: Disk> Walk<'d, D> {
    const fn new(disk: &'d D, numbers: Vec<u32>, from: Position) -> Self {
        Self { disk, numbers, from, waiting: None, reached: from }
    }

    fn segment<E: From<JournalError>>(
        &mut self,
        number: u32,
        each: &mut impl FnMut(Followed<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let mut window = Window::new(self.disk, READ_BYTES);
        let mut at = Position::new(number, HEADER_BYTES).max(self.from);
        // What was not written yet reads as no frame.
        while let Ok(frame) = window.frame(at) {
            let end = Position::new(number, at.offset() + frame.length);
            if frame.tag == TAG_COMMIT {
                let commit = commit_of(&frame, at)?;
                self.deliver(each)?;
                let (begins, entries) = (commit.group_at, commit.entries);
                self.waiting = Some(Group { at, begins, end, entries });
            }
            at = end;
        }
        // What is torn of the last group of all is no damage: it is in doubt, and will be cut.
        let later = match number.checked_add(1) {
            Some(next) if self.numbers.contains(&next) => header(self.disk, next)?.is_some(),
            _ => false,
        };
        let ends = self.group_ends_after(number, at)?;
        if ends >= 2 || (ends == 1 && later) { Err(damaged(at).into()) } else { Ok(()) }
    }

    /// Shows the group that waits.
    fn deliver<E: From<JournalError>>(
        &mut self,
        each: &mut impl FnMut(Followed<'_>) -> Result<(), E>,
    ) -> Result<(), E> {
        let Some(group) = self.waiting.take() else { return Ok(()) };
        let mut window = Window::new(self.disk, READ_BYTES);
        let mut at = group.begins;
        let mut left = group.entries;
        while at < group.at {
            let frame = window.frame(at)?;
            let end = Position::new(at.segment(), at.offset() + frame.length);
            if frame.is_entry() {
                let (entry, received) = frame.entry().ok_or_else(|| damaged(at))?;
                left = left.checked_sub(1).ok_or_else(|| damaged(at))?;
                each(Followed { received, entry, ends_group: left == 0 })?;
            }
            at = end;
        }
        if left > 0 {
            return Err(damaged(at).into());
        }
        self.reached = group.end;
        Ok(())
    }

    /// How many groups end after the place where no frame was found.
    fn group_ends_after(&self, number: u32, at: Position) -> Result<usize, JournalError> {
        let mut bytes = Vec::new();
        read_segment(self.disk, number, &mut bytes)?;
        let mut ends = 0;
        let mut offset = at.offset();
        while let Some(used) = first_used(&bytes, offset) {
            offset = (used - used % ALIGNMENT).max(offset);
            let place = Position::new(number, offset);
            let frame = bytes.get(offset..).map(|rest| Frame::parse(rest, place));
            match frame {
                Some(Ok(frame)) => {
                    ends += usize::from(frame.tag == TAG_COMMIT);
                    offset += frame.length;
                }
                _ => offset += ALIGNMENT,
            }
        }
        Ok(ends)
    }
}

fn commit_of(frame: &Frame<'_>, at: Position) -> Result<Commit, JournalError> {
    Commit::parse(frame.content, at).ok_or_else(|| damaged(at))
}

fn header<D: Disk>(disk: &D, number: u32) -> Result<Option<Header>, JournalError> {
    let file = disk.open(&segment::name(number))?;
    let mut bytes = [0; HEADER_BYTES];
    let read = disk.read_at(&file, 0, &mut bytes)?;
    match Header::decode(bytes.get(..read).unwrap_or_default()) {
        Beginning::Header(header) => Ok(Some(header)),
        Beginning::Format(version) => Err(JournalError::Format { segment: number, version }),
        Beginning::Unused | Beginning::Bad => Ok(None),
    }
}

fn damaged(at: Position) -> JournalError {
    JournalError::Damaged { segment: at.segment(), offset: long(at.offset()) }
}

#[cfg(test)]
mod tests;
