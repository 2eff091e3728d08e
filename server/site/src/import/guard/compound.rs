//! The container of old Excel files (Compound File Binary, [MS-CFB]): do its chains end?
//!
//! The reader follows a chain of sectors until a mark that a damaged file may never reach.

use super::super::error::{CellError, Code};
use super::biff;

const HEADER_BYTES: usize = 512;
const END_OF_CHAIN: u32 = 0xffff_fffe;
const LARGEST_SECTOR: u32 = 0xffff_fffa;
const ENTRY_BYTES: usize = 128;
const MINI_SECTOR_BYTES: usize = 64;
/// Streams shorter than this lie in the mini stream.
const MINI_LIMIT_BYTES: usize = 4_096;

/// Sectors of the file, with the table that chains them.
struct Compound<'a> {
    /// What follows the header.
    body: &'a [u8],
    sector_bytes: usize,
    table: Vec<u32>,
}

/// One stream of the directory.
struct Entry {
    name: String,
    start: u32,
    size: usize,
}

/// Whether the file can be read: its chains end, and its workbook is within bounds.
pub(super) fn check(bytes: &[u8]) -> Result<(), CellError> {
    match workbook(bytes) {
        Ok(book) => biff::check(&book),
        Err(code) => Err(CellError::of_file(code)),
    }
}

/// The workbook's stream.
fn workbook(bytes: &[u8]) -> Result<Vec<u8>, Code> {
    let header = bytes.get(..HEADER_BYTES).ok_or(Code::Damaged)?;
    let sector_bytes = match read_u16(header, 30) {
        Some(9) => 512,
        Some(12) => 4_096,
        _ => return Err(Code::Damaged),
    };
    let at = |place| read_u32(header, place).ok_or(Code::Damaged);
    let body = bytes.get(sector_bytes..).ok_or(Code::Damaged)?;
    let file = Compound { body, sector_bytes, table: Vec::new() }.with_table(header)?;
    let directory = file.chain(at(48)?, None)?;
    let entries: Vec<Entry> = directory.chunks_exact(ENTRY_BYTES).filter_map(entry).collect();
    let root = entries.first().ok_or(Code::Damaged)?;
    let (mini_stream, mini_table) = if at(64)? > 0 {
        (file.chain(root.start, Some(root.size))?, words(&file.chain(at(60)?, None)?))
    } else {
        (Vec::new(), Vec::new())
    };
    let named = |name: &str| entries.iter().find(|entry| entry.name.eq_ignore_ascii_case(name));
    if named("EncryptedPackage").is_some() {
        return Err(Code::Protected);
    }
    let book = named("Workbook").or_else(|| named("Book")).ok_or(Code::NotASpreadsheet)?;
    let mini = Compound { body: &mini_stream, sector_bytes: MINI_SECTOR_BYTES, table: mini_table };
    let home = if book.size < MINI_LIMIT_BYTES { &mini } else { &file };
    home.chain(book.start, Some(book.size))
}

impl Compound<'_> {
    /// Reads the allocation table: its first sectors are listed in the header, the rest in a chain.
    fn with_table(mut self, header: &[u8]) -> Result<Self, Code> {
        let mut listed = words(header.get(76..HEADER_BYTES).unwrap_or_default());
        let mut next = read_u32(header, 68).ok_or(Code::Damaged)?;
        let mut visited = 0;
        while next < LARGEST_SECTOR {
            visited += 1;
            if visited > self.sectors() {
                return Err(Code::Damaged);
            }
            listed.extend(words(self.sector(next)?));
            next = listed.pop().ok_or(Code::Damaged)?;
        }
        for sector in listed.into_iter().filter(|sector| *sector < LARGEST_SECTOR) {
            if self.table.len() > self.body.len() {
                return Err(Code::Damaged);
            }
            let part = words(self.sector(sector)?);
            self.table.extend(part);
        }
        Ok(self)
    }

    /// The bytes of a chain: up to `size`, or to its end.
    fn chain(&self, start: u32, size: Option<usize>) -> Result<Vec<u8>, Code> {
        let mut bytes = Vec::new();
        let mut sector = start;
        let mut visited = 0;
        while sector != END_OF_CHAIN && size.is_none_or(|size| bytes.len() < size) {
            visited += 1;
            if visited > self.sectors() {
                return Err(Code::Damaged);
            }
            bytes.extend_from_slice(self.sector(sector)?);
            let index = usize::try_from(sector).map_err(|_| Code::Damaged)?;
            sector = *self.table.get(index).ok_or(Code::Damaged)?;
        }
        bytes.truncate(size.unwrap_or(usize::MAX));
        Ok(bytes)
    }

    /// The bytes of a sector; the last one of a file may be short.
    fn sector(&self, number: u32) -> Result<&[u8], Code> {
        let number = usize::try_from(number).map_err(|_| Code::Damaged)?;
        let start = number.checked_mul(self.sector_bytes).ok_or(Code::Damaged)?;
        let end = start.saturating_add(self.sector_bytes).min(self.body.len());
        self.body.get(start..end).filter(|bytes| !bytes.is_empty()).ok_or(Code::Damaged)
    }

    fn sectors(&self) -> usize {
        self.body.len() / self.sector_bytes + 1
    }
}

fn entry(bytes: &[u8]) -> Option<Entry> {
    let units = bytes.get(..64)?.chunks_exact(2).filter_map(|pair| read_u16(pair, 0));
    let name: Vec<u16> = units.take_while(|unit| *unit != 0).collect();
    Some(Entry {
        name: String::from_utf16_lossy(&name),
        start: read_u32(bytes, 116)?,
        size: usize::try_from(read_u32(bytes, 120)?).ok()?,
    })
}

fn words(bytes: &[u8]) -> Vec<u32> {
    bytes.chunks_exact(4).filter_map(|word| read_u32(word, 0)).collect()
}

/// The little-endian number at an offset.
pub(super) fn read_u16(bytes: &[u8], at: usize) -> Option<u16> {
    bytes.get(at..)?.first_chunk().map(|bytes| u16::from_le_bytes(*bytes))
}

/// The little-endian number at an offset.
pub(super) fn read_u32(bytes: &[u8], at: usize) -> Option<u32> {
    bytes.get(at..)?.first_chunk().map(|bytes| u32::from_le_bytes(*bytes))
}
