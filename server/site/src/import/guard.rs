//! Says what kind of file the bytes are, and keeps those out that would eat memory or time.
//!
//! The readers behind it trust counts that a file states about itself. So what they would believe is
//! checked first: how much an archive really unpacks to, which counts its parts state, whether the
//! chains of an old Excel file end.

use std::io::{Cursor, Read};

use zip::ZipArchive;
use zip::result::ZipError;

use super::error::{CellError, Code};

mod biff;
mod compound;

/// The most bytes that all parts of an archive may unpack to.
const UNPACKED_BYTES_MAX: u64 = 48 * 1024 * 1024;
/// The most parts of an archive.
const PARTS_MAX: usize = 1_000;
/// The most shared texts that a part may announce.
const SHARED_TEXTS_MAX: usize = 500_000;

/// What the bytes are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A workbook of today's Excel.
    Xlsx,
    /// A workbook of old Excel.
    Xls,
    /// Perhaps text.
    Text,
}

/// The kind of the bytes, if it is one that can be read safely.
pub(super) fn kind(bytes: &[u8]) -> Result<Kind, CellError> {
    match bytes {
        [b'P', b'K', 3, 4, ..] => check_archive(bytes).map(|()| Kind::Xlsx),
        [0xd0, 0xcf, 0x11, 0xe0, ..] => compound::check(bytes).map(|()| Kind::Xls),
        // A web page or a document by another name.
        [b'<', ..] | [b'%', b'P', b'D', b'F', ..] | [b'{', ..] => {
            Err(CellError::of_file(Code::NotASpreadsheet))
        }
        _ => Ok(Kind::Text),
    }
}

fn check_archive(bytes: &[u8]) -> Result<(), CellError> {
    let refused = |code| Err(CellError::of_file(code));
    let Ok(mut archive) = ZipArchive::new(Cursor::new(bytes)) else {
        return refused(Code::Damaged);
    };
    if archive.len() > PARTS_MAX {
        return refused(Code::TooMuchInside);
    }
    let mut room = UNPACKED_BYTES_MAX;
    let mut is_workbook = false;
    for index in 0..archive.len() {
        let part = match archive.by_index(index) {
            Ok(part) => part,
            Err(ZipError::UnsupportedArchive(ZipError::PASSWORD_REQUIRED)) => {
                return refused(Code::Protected);
            }
            Err(_) => return refused(Code::Damaged),
        };
        is_workbook |= part.name().is_ok_and(|name| name.ends_with("workbook.xml"));
        let mut unpacked = Vec::new();
        if part.take(room + 1).read_to_end(&mut unpacked).is_err() {
            return refused(Code::Damaged);
        }
        let size = u64::try_from(unpacked.len()).unwrap_or(u64::MAX);
        let Some(rest) = room.checked_sub(size) else { return refused(Code::TooMuchInside) };
        room = rest;
        if !is_harmless(&unpacked) {
            return refused(Code::Damaged);
        }
    }
    if is_workbook { Ok(()) } else { refused(Code::NotASpreadsheet) }
}

/// Whether a part states nothing that its reader would wrongly believe. It reserves room for as
/// many shared texts as `uniqueCount` says; in an encoding other than UTF-8 that couldn't be seen.
fn is_harmless(part: &[u8]) -> bool {
    let is_xml = part.iter().find(|byte| !byte.is_ascii_whitespace()) == Some(&b'<')
        || matches!(part, [0xef, 0xbb, 0xbf, ..]);
    if !is_xml {
        // Pictures and the like; UTF-16 begins with its mark or has a zero next to its first sign.
        return !matches!(part, [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [0, b'<', ..]);
    }
    let head = part.get(..200).unwrap_or(part).to_ascii_lowercase();
    let declares_other = find(&head, b"encoding").is_some_and(|at| {
        let value = head.get(at..).unwrap_or_default();
        find(value, b"utf-8").is_none() && find(value, b"us-ascii").is_none()
    });
    !declares_other && !part.iter().take(4).any(|byte| *byte == 0) && counts_are_small(part)
}

fn counts_are_small(part: &[u8]) -> bool {
    const NAME: &[u8] = b"uniqueCount";
    let mut rest = part;
    while let Some(at) = find(rest, NAME) {
        rest = rest.get(at + NAME.len()..).unwrap_or_default();
        let digits: Vec<u8> = rest
            .iter()
            .copied()
            .skip_while(|byte| byte.is_ascii_whitespace() || b"='\"+0".contains(byte))
            .take_while(u8::is_ascii_digit)
            .collect();
        let count = std::str::from_utf8(&digits).unwrap_or_default();
        if !count.is_empty() && !count.parse().is_ok_and(|count: usize| count <= SHARED_TEXTS_MAX) {
            return false;
        }
    }
    true
}

fn find(bytes: &[u8], wanted: &[u8]) -> Option<usize> {
    bytes.windows(wanted.len()).position(|window| window == wanted)
}

#[cfg(test)]
mod tests;
