//! The records of old Excel workbooks ([MS-XLS]): how large a grid do they span?
//!
//! The reader lays every sheet out as a full rectangle between its outermost cells, and reserves
//! room for the rectangle that the sheet announces.

use super::super::error::{CellError, Code};
use super::compound::{read_u16, read_u32};

/// The most cells of all rectangles together.
const AREA_MAX: u64 = 2_000_000;
const SHEETS_MAX: usize = 64;

const BEGIN: u16 = 0x0809;
const END: u16 = 0x000a;
const BOUND_SHEET: u16 = 0x0085;
const DIMENSIONS: u16 = 0x0200;
const FILE_PASS: u16 = 0x002f;
const MUL_RK: u16 = 0x00bd;
/// Records that put a value into one cell; [`MUL_RK`] fills several of a row.
const CELLS: [u16; 7] = [0x0203, 0x0204, 0x00d6, 0x0205, 0x027e, 0x00fd, 0x0006];

/// Whether the sheets of a workbook's stream are within bounds.
pub(super) fn check(stream: &[u8]) -> Result<(), CellError> {
    let mut starts = Vec::new();
    for (kind, body) in Records(stream) {
        match kind {
            FILE_PASS if read_u16(body, 0).unwrap_or(0) != 0 => {
                return Err(CellError::of_file(Code::Protected));
            }
            BOUND_SHEET => starts.extend(read_u32(body, 0)),
            END => break,
            _ => {}
        }
    }
    if starts.len() > SHEETS_MAX {
        return Err(CellError::of_file(Code::TooMuchInside));
    }
    let mut total = 0_u64;
    for start in starts {
        let start = usize::try_from(start).unwrap_or(usize::MAX);
        let sheet = stream.get(start..).ok_or(CellError::of_file(Code::Damaged))?;
        total = total.saturating_add(area(sheet));
        if total > AREA_MAX {
            return Err(CellError::of_file(Code::TooMuchInside));
        }
    }
    Ok(())
}

/// The larger of the rectangle announced and the one spanned from the origin: never too small.
fn area(sheet: &[u8]) -> u64 {
    let (mut rows, mut columns, mut announced, mut records) = (0, 0, 0, 0_u64);
    let (mut has_begun, mut depth) = (false, 0_u32);
    for (kind, body) in Records(sheet) {
        match kind {
            BEGIN if has_begun => depth += 1,
            BEGIN => has_begun = true,
            END if depth == 0 => break,
            END => depth -= 1,
            DIMENSIONS => announced = announced_area(body).max(announced),
            kind if kind == MUL_RK || CELLS.contains(&kind) => {
                let last = if kind == MUL_RK { body.len().saturating_sub(2) } else { 2 };
                let at = |place| u64::from(read_u16(body, place).unwrap_or(0));
                rows = at(0).max(rows);
                columns = at(2).max(at(last)).max(columns);
                records += 1;
            }
            _ => {}
        }
    }
    announced.max((rows + 1) * (columns + 1)).max(records)
}

fn announced_area(body: &[u8]) -> u64 {
    let narrow = |place| read_u16(body, place).map_or(0, u64::from);
    let wide = |place| read_u32(body, place).map_or(0, u64::from);
    let (first_row, row_end, first_column, column_end) = if body.len() == 10 {
        (narrow(0), narrow(2), narrow(4), narrow(6))
    } else {
        (wide(0), wide(4), narrow(8), narrow(10))
    };
    if row_end > 0 && first_row >= row_end {
        // Backwards: the reader would count below zero.
        return u64::MAX;
    }
    (row_end + 1).saturating_mul(first_column.max(column_end) + 1)
}

/// The kinds and bodies of records, as far as they are whole.
struct Records<'a>(&'a [u8]);

impl<'a> Iterator for Records<'a> {
    type Item = (u16, &'a [u8]);

    fn next(&mut self) -> Option<Self::Item> {
        let kind = read_u16(self.0, 0)?;
        let end = 4 + usize::from(read_u16(self.0, 2)?);
        let body = self.0.get(4..end)?;
        self.0 = self.0.get(end..).unwrap_or_default();
        Some((kind, body))
    }
}
