//! The frames of one segment, good and bad, in order.

use crate::frame::{ALIGNMENT, Commit, EntryRef, Frame, TAG_COMMIT};
use crate::position::Position;
use crate::record::View;
use crate::segment::HEADER_BYTES;

/// Zeros are passed over by blocks of this.
const ZEROS: [u8; 4096] = [0; 4096];

/// What lies between two places of a segment.
pub(crate) struct Met<'a> {
    pub(crate) at: Position,
    pub(crate) end: Position,
    pub(crate) event: Event<'a>,
}

pub(crate) enum Event<'a> {
    /// A record, and its frame's checksum.
    Entry(EntryRef<'a>, View<'a>, u32),
    Commit(Commit),
    /// A good frame of a later version's.
    Unknown,
    /// Bytes that are no frame.
    Bad,
}

/// Shows what lies in a segment; unused zeros at its end are not shown.
pub(crate) fn walk(bytes: &[u8], segment: u32, mut each: impl FnMut(Met<'_>)) {
    let place = |offset| Position::new(segment, offset);
    let mut offset = HEADER_BYTES;
    while offset < bytes.len() {
        let at = place(offset);
        if let Some((event, length)) = good(bytes, at) {
            offset += length;
            each(Met { at, end: place(offset), event });
            continue;
        }
        let Some(used) = first_used(bytes, offset) else { return };
        offset = next_good(bytes, segment, (used - used % ALIGNMENT).max(offset + ALIGNMENT));
        each(Met { at, end: place(offset), event: Event::Bad });
    }
}

/// The first byte from `from` on that isn't zero.
pub(crate) fn first_used(bytes: &[u8], from: usize) -> Option<usize> {
    let rest = bytes.get(from..)?;
    let zeros =
        rest.chunks(ZEROS.len()).take_while(|block| ZEROS.get(..block.len()) == Some(block));
    let skipped = zeros.map(<[u8]>::len).sum::<usize>();
    let used = rest.get(skipped..)?.iter().position(|byte| *byte != 0)?;
    Some(from + skipped + used)
}

fn good(bytes: &[u8], at: Position) -> Option<(Event<'_>, usize)> {
    let frame = Frame::parse(bytes.get(at.offset()..)?, at).ok()?;
    let event = match frame.tag {
        _ if frame.is_entry() => {
            let (entry, _) = frame.entry()?;
            Event::Entry(entry, entry.view().ok()?, frame.checksum)
        }
        TAG_COMMIT => Event::Commit(Commit::parse(frame.content, at)?),
        _ => Event::Unknown,
    };
    Some((event, frame.length))
}

/// Where the next good frame begins, or where the used bytes end if there is none.
fn next_good(bytes: &[u8], segment: u32, from: usize) -> usize {
    let mut offset = from;
    let mut used = from;
    while let Some(next) = first_used(bytes, offset) {
        offset = (next - next % ALIGNMENT).max(offset);
        if good(bytes, Position::new(segment, offset)).is_some() {
            return offset;
        }
        offset += ALIGNMENT;
        used = offset;
    }
    used
}
