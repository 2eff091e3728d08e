//! Cutting what is torn at the end, and making sure that what is kept is really on the disk.

use std::collections::BTreeMap;

use super::builder::Built;
use super::{Torn, read_segment, walk};
use crate::disk::Disk;
use crate::log::{JournalError, Open, Options, Tail};
use crate::number::{long, short};
use crate::position::Position;
use crate::segment::{self, HEADER_BYTES};

/// Zeros are written by blocks of this.
static ZEROS: [u8; 64 * 1024] = [0; 64 * 1024];

/// Cuts the end and answers where the journal goes on.
pub(super) fn cut<D: Disk>(
    disk: &D,
    options: Options,
    (built, sizes): (&Built, &BTreeMap<u32, usize>),
    buffer: &mut Vec<u8>,
) -> Result<(Option<Torn>, Tail<D::File>), JournalError> {
    let mut torn = built.torn;
    let (begins, end) = built.kept.unwrap_or_default();
    let mut tail = Tail {
        store: built.store.unwrap_or(options.new_store_id),
        segment_bytes: options.segment_bytes,
        current: None,
        next: None,
        last_number: end.segment(),
        last: built.last,
    };
    // A first group that is torn takes its segment with it.
    if end.offset() <= HEADER_BYTES && end.segment() > 0 {
        tail.last_number -= 1;
    } else if end.segment() > 0 {
        let (open, bytes) = clear(disk, (begins, end), buffer)?;
        torn.bytes += bytes;
        tail.current = Some(open);
    }
    let later = sizes.range(tail.last_number.saturating_add(1)..);
    for (number, size) in later {
        torn.bytes += set_aside(disk, &mut tail, (*number, *size), buffer)?;
    }
    disk.sync_directory()?;
    let found = torn.bytes > 0 || torn.records > 0;
    Ok((found.then_some(torn), tail))
}

/// How many bytes there are up to the last that is not zero.
pub(crate) fn used(bytes: &[u8]) -> usize {
    bytes.len() - bytes.iter().rev().take_while(|byte| **byte == 0).count()
}

/// Zeroes what follows `end` in its segment. What is kept of the last group is written once more
/// before the sync: it was read from the system's cache, and after a sync that failed nothing else
/// puts it on the disk.
fn clear<D: Disk>(
    disk: &D,
    (begins, end): (Position, Position),
    bytes: &mut Vec<u8>,
) -> Result<(Open<D::File>, u64), JournalError> {
    let number = end.segment();
    read_segment(disk, number, bytes)?;
    let file = disk.open(&segment::name(number))?;
    let first = if begins.offset() <= HEADER_BYTES { 0 } else { begins.offset() };
    if let Some(group) = bytes.get(first..end.offset()) {
        disk.write_at(&file, long(first), group)?;
    }
    let rest = bytes.get(end.offset()..).unwrap_or_default();
    let used = used(rest);
    let mut at = end.offset();
    for block in rest.get(..used).unwrap_or_default().chunks(ZEROS.len()) {
        disk.write_at(&file, long(at), ZEROS.get(..block.len()).unwrap_or_default())?;
        at += block.len();
    }
    disk.sync(&file)?;
    Ok((Open { number, file, size: bytes.len(), end: end.offset() }, long(used)))
}

/// A segment after the last kept one: ready for use if it is all zeros, else put aside under
/// another name for whoever wants to look. Answers how many bytes of it were used.
fn set_aside<D: Disk>(
    disk: &D,
    tail: &mut Tail<D::File>,
    (number, size): (u32, usize),
    bytes: &mut Vec<u8>,
) -> Result<u64, JournalError> {
    let name = segment::name(number);
    read_segment(disk, number, bytes)?;
    if walk::first_used(bytes, 0).is_some() {
        disk.rename(&name, &format!("{name}.torn"))?;
        return Ok(long(used(bytes)));
    }
    let as_made =
        size >= short(tail.segment_bytes) && tail.last_number.checked_add(1) == Some(number);
    if as_made {
        let file = disk.open(&name)?;
        tail.next = Some(Open { number, file, size, end: 0 });
    } else {
        disk.remove(&name)?;
    }
    Ok(0)
}
