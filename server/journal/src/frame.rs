//! Frames: how records and commits lie in a segment, and how a record is carried anywhere else.
//!
//! A frame begins at a multiple of 8: length of the body (u32), CRC-32C (u32), body (tag, content),
//! zeros to the next multiple of 8; all numbers little-endian. The checksum also covers where the
//! frame lies, so that bytes written to the wrong place, or bytes inside a payload that look like a
//! frame, are never taken for one. Frames of unknown tags are passed over.

mod commit;

pub(crate) use commit::{Commit, MAX_TOUCHED};

use domain::ids::Hlc;

use crate::number::{long, short, u32_at, u64_at};
use crate::position::Position;
use crate::record::{Entry, MAX_SEALED_PARTS, RecordError, View};

/// Frames begin at multiples of this.
pub(crate) const ALIGNMENT: usize = 8;
/// Length and checksum.
pub(crate) const PREFIX_BYTES: usize = 8;
/// The longest body: an entry or a commit with the most heads fits.
const MAX_BODY_BYTES: usize = 512 * 1024;

/// An entry that happened at this node.
pub(crate) const TAG_ENTRY: u8 = 1;
/// The end of a group.
pub(crate) const TAG_COMMIT: u8 = 2;
/// The time of receipt (Hlc), and an entry that came from another node.
pub(crate) const TAG_RECEIVED: u8 = 3;

/// Stands for the length of a sealed part that was withheld.
const WITHHELD: u32 = u32::MAX;

/// An entry where it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct EntryRef<'a> {
    /// The open part.
    pub open: &'a [u8],
    /// Count and sealed parts as they lie.
    sealed: &'a [u8],
}

/// Appends an entry in the form in which it is stored and carried: length and open part, count of
/// sealed parts, length and ciphertext of each.
pub fn put_entry(out: &mut Vec<u8>, entry: &Entry) {
    put_bytes(out, &entry.open);
    out.push(u8::try_from(entry.sealed.len()).unwrap_or(u8::MAX));
    for part in &entry.sealed {
        match part {
            Some(ciphertext) => put_bytes(out, ciphertext),
            None => out.extend_from_slice(&WITHHELD.to_le_bytes()),
        }
    }
}

fn put_bytes(out: &mut Vec<u8>, bytes: &[u8]) {
    let length = u32::try_from(bytes.len()).expect("a record's parts are far below 4 GiB");
    out.extend_from_slice(&length.to_le_bytes());
    out.extend_from_slice(bytes);
}

impl<'a> EntryRef<'a> {
    /// Reads the entry that [`put_entry`] wrote at the beginning of `bytes`, and what follows it.
    /// `None` where there is none. The open part isn't looked into.
    #[must_use]
    pub fn split(bytes: &'a [u8]) -> Option<(Self, &'a [u8])> {
        let (open, rest) = take_part(bytes)?;
        let open = open?;
        let (count, mut after) = rest.split_first()?;
        if usize::from(*count) > MAX_SEALED_PARTS {
            return None;
        }
        for _ in 0..*count {
            (_, after) = take_part(after)?;
        }
        let sealed = rest.get(..rest.len() - after.len())?;
        Some((Self { open, sealed }, after))
    }

    /// The sealed parts in order; `None` for one that was withheld.
    pub fn sealed(self) -> impl Iterator<Item = Option<&'a [u8]>> {
        let mut rest = self.sealed.get(1..).unwrap_or_default();
        std::iter::from_fn(move || {
            let (part, after) = take_part(rest)?;
            rest = after;
            Some(part)
        })
    }

    /// The record, its payload left where it lies.
    ///
    /// # Errors
    /// As [`View::decode`].
    pub fn view(self) -> Result<View<'a>, RecordError> {
        View::decode(self.open)
    }

    /// An entry of its own.
    #[must_use]
    pub fn to_entry(self) -> Entry {
        let sealed = self.sealed().map(|part| part.map(<[u8]>::to_vec)).collect();
        Entry { open: self.open.to_vec(), sealed }
    }
}

/// Length and bytes; `Some(None)` in the first place for a withheld part.
fn take_part(bytes: &[u8]) -> Option<(Option<&[u8]>, &[u8])> {
    let length = u32_at(bytes, 0)?;
    let rest = bytes.get(4..)?;
    if length == WITHHELD {
        return Some((None, rest));
    }
    let (part, rest) = rest.split_at_checked(short(length.into()))?;
    Some((Some(part), rest))
}

/// A frame as it lies.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Frame<'a> {
    pub(crate) tag: u8,
    pub(crate) content: &'a [u8],
    /// How many bytes it takes up, padding included.
    pub(crate) length: usize,
    /// Over where it lies and its body.
    pub(crate) checksum: u32,
}

/// Why there is no frame.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum NoFrame {
    /// The bytes end before the frame would: it needs this many.
    Cut(usize),
    Bad,
}

impl<'a> Frame<'a> {
    /// The entry in it, and when it was received, if it is a frame of an entry at all.
    pub(crate) fn entry(&self) -> Option<(EntryRef<'a>, Option<Hlc>)> {
        let (received, content) = match self.tag {
            TAG_ENTRY => (None, self.content),
            TAG_RECEIVED => (Some(Hlc(u64_at(self.content, 0)?)), self.content.get(8..)?),
            _ => return None,
        };
        EntryRef::split(content).map(|(entry, _)| (entry, received))
    }

    /// Whether it should hold an entry.
    pub(crate) const fn is_entry(&self) -> bool {
        matches!(self.tag, TAG_ENTRY | TAG_RECEIVED)
    }

    /// How long the frame at the beginning of `bytes` says it is, padding included.
    pub(crate) fn length(bytes: &[u8]) -> Result<usize, NoFrame> {
        let body = short(u32_at(bytes, 0).ok_or(NoFrame::Cut(PREFIX_BYTES))?.into());
        if body == 0 || body > MAX_BODY_BYTES {
            return Err(NoFrame::Bad);
        }
        Ok(padded(PREFIX_BYTES + body))
    }

    /// The frame at the beginning of `bytes`, which lie at `at`.
    pub(crate) fn parse(bytes: &'a [u8], at: Position) -> Result<Self, NoFrame> {
        let length = Self::length(bytes)?;
        let body = u32_at(bytes, 0).map_or(0, |body| short(body.into()));
        let whole = bytes.get(..length).ok_or(NoFrame::Cut(length))?;
        let said = u32_at(whole, 4).ok_or(NoFrame::Bad)?;
        let body = whole.get(PREFIX_BYTES..PREFIX_BYTES + body).ok_or(NoFrame::Bad)?;
        if said != checksum(at, body) {
            return Err(NoFrame::Bad);
        }
        let padding = whole.get(PREFIX_BYTES + body.len()..).ok_or(NoFrame::Bad)?;
        let (tag, content) = body.split_first().ok_or(NoFrame::Bad)?;
        if padding.iter().any(|byte| *byte != 0) {
            return Err(NoFrame::Bad);
        }
        Ok(Self { tag: *tag, content, length, checksum: said })
    }
}

/// Appends a frame whose checksum is still missing: where it will lie isn't known yet.
pub(crate) fn put_frame(out: &mut Vec<u8>, tag: u8, content: impl FnOnce(&mut Vec<u8>)) {
    let start = out.len();
    out.extend_from_slice(&[0; PREFIX_BYTES]);
    out.push(tag);
    content(out);
    let body = u32::try_from(out.len() - start - PREFIX_BYTES).expect("far below 4 GiB");
    if let Some(place) = out.get_mut(start..start + 4) {
        place.copy_from_slice(&body.to_le_bytes());
    }
    out.resize(start + padded(out.len() - start), 0);
}

/// Writes the checksum of the frame that begins `frame` and will lie at `at`.
pub(crate) fn finish_frame(frame: &mut [u8], at: Position) {
    let body = u32_at(frame, 0).map_or(0, |length| short(length.into()));
    let sum = frame.get(PREFIX_BYTES..PREFIX_BYTES + body).map_or(0, |body| checksum(at, body));
    if let Some(place) = frame.get_mut(4..PREFIX_BYTES) {
        place.copy_from_slice(&sum.to_le_bytes());
    }
}

/// The checksum that a finished frame carries.
pub(crate) fn checksum_of(frame: &[u8]) -> u32 {
    u32_at(frame, 4).unwrap_or_default()
}

/// The next multiple of the alignment.
pub(crate) const fn padded(length: usize) -> usize {
    length.next_multiple_of(ALIGNMENT)
}

fn checksum(at: Position, body: &[u8]) -> u32 {
    let place = u128::from(at.0) | (u128::from(long(body.len())) << 64);
    crc32c::crc32c_append(crc32c::crc32c(&place.to_le_bytes()), body)
}

#[cfg(test)]
mod tests;
