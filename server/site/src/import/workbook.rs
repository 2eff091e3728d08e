//! Excel files as sheets, cell by cell, so that a stray cell at the far end costs nothing.
//!
//! The bytes have passed [`super::guard`]; a panic of the reader on a damaged file is caught here
//! and becomes “damaged”.

use std::io::Cursor;
use std::panic::{AssertUnwindSafe, catch_unwind};

use calamine::{
    Data, DataRef, Dimensions, ExcelDateTime, Reader, SheetType, SheetVisible, Xls, XlsError, Xlsx,
    XlsxError,
};

use super::error::{CellError, Code};
use super::sheet::{Sheet, Value};

/// Cells right of this column are not read.
pub(super) const COLUMNS_MAX: u32 = 100;
/// Rows below this one are not read; far more than a sheet may have, as some may be empty.
pub(super) const ROW_INDEX_MAX: u32 = 20_000;
/// The most cells of all sheets together.
pub(super) const CELLS_MAX: usize = 400_000;
/// The most sheets.
const SHEETS_MAX: usize = 32;
/// The most merged regions of a sheet.
const REGIONS_MAX: usize = 20_000;

/// The visible sheets of an .xlsx file.
pub(super) fn xlsx(bytes: &[u8]) -> Result<Vec<Sheet>, CellError> {
    guarded(|| {
        let mut book: Xlsx<_> = Xlsx::new(Cursor::new(bytes)).map_err(|error| of_xlsx(&error))?;
        let mut sheets = Vec::new();
        let mut room = CELLS_MAX;
        for name in visible(book.sheets_metadata()) {
            let mut sheet = Sheet::new(&name);
            let mut reader = book.worksheet_cells_reader(&name).map_err(|error| of_xlsx(&error))?;
            while let Some(cell) = reader.next_cell().map_err(|error| of_xlsx(&error))? {
                put(&mut sheet, cell.get_position(), of_ref(cell.get_value()), &mut room)?;
            }
            drop(reader);
            let regions = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
            merge(&mut sheet, &regions);
            sheets.push(sheet);
        }
        Ok(sheets)
    })
}

/// The visible sheets of an .xls file.
pub(super) fn xls(bytes: &[u8]) -> Result<Vec<Sheet>, CellError> {
    guarded(|| {
        let mut book: Xls<_> = Xls::new(Cursor::new(bytes)).map_err(|error| of_xls(&error))?;
        let mut sheets = Vec::new();
        let mut room = CELLS_MAX;
        for name in visible(book.sheets_metadata()) {
            let mut sheet = Sheet::new(&name);
            let range = book.worksheet_range(&name).map_err(|error| of_xls(&error))?;
            let (top, left) = range.start().unwrap_or_default();
            for (row, column, value) in range.used_cells() {
                let row = u32::try_from(row).unwrap_or(u32::MAX).saturating_add(top);
                let column = u32::try_from(column).unwrap_or(u32::MAX).saturating_add(left);
                put(&mut sheet, (row, column), of_data(value), &mut room)?;
            }
            let regions = book.merge_cells_by_sheet_name(&name).unwrap_or_default();
            merge(&mut sheet, &regions);
            sheets.push(sheet);
        }
        Ok(sheets)
    })
}

fn visible(sheets: &[calamine::Sheet]) -> Vec<String> {
    sheets
        .iter()
        .filter(|sheet| sheet.typ == SheetType::WorkSheet && sheet.visible == SheetVisible::Visible)
        .take(SHEETS_MAX)
        .map(|sheet| sheet.name.clone())
        .collect()
}

fn put(
    sheet: &mut Sheet,
    position: (u32, u32),
    value: Option<Value>,
    room: &mut usize,
) -> Result<(), CellError> {
    let (row, column) = position;
    if value.is_none() || column >= COLUMNS_MAX {
        return Ok(());
    }
    *room = room.saturating_sub(1);
    if row > ROW_INDEX_MAX || *room == 0 {
        let error = CellError::at(&sheet.name, (row, None), Code::TooManyRows);
        return Err(error.with("limit", super::ROWS_MAX.to_string()));
    }
    sheet.put(position, value);
    Ok(())
}

fn merge(sheet: &mut Sheet, regions: &[Dimensions]) {
    for region in regions.iter().take(REGIONS_MAX) {
        sheet.merge(region.start, region.end);
    }
}

fn guarded<T>(read: impl FnOnce() -> Result<T, CellError>) -> Result<T, CellError> {
    catch_unwind(AssertUnwindSafe(read)).unwrap_or_else(|_| Err(CellError::of_file(Code::Damaged)))
}

fn of_xlsx(error: &XlsxError) -> CellError {
    CellError::of_file(match error {
        XlsxError::Password => Code::Protected,
        _ => Code::Damaged,
    })
}

fn of_xls(error: &XlsError) -> CellError {
    CellError::of_file(match error {
        XlsError::Password => Code::Protected,
        _ => Code::Damaged,
    })
}

fn of_ref(value: &DataRef<'_>) -> Option<Value> {
    match value {
        DataRef::SharedString(text) => Value::of_text(text),
        other => of_data(&Data::from(other.clone())),
    }
}

fn of_data(value: &Data) -> Option<Value> {
    match value {
        Data::Empty => None,
        Data::String(text) | Data::DateTimeIso(text) | Data::DurationIso(text) => {
            Value::of_text(text)
        }
        Data::Int(number) => Value::of_text(&number.to_string()),
        Data::Float(number) => Some(Value::Number(*number)),
        Data::Bool(value) => Value::of_text(if *value { "是" } else { "否" }),
        Data::DateTime(moment) => Some(of_moment(moment)),
        Data::Error(fault) => Some(Value::Fault(fault.to_string())),
    }
}

fn of_moment(moment: &ExcelDateTime) -> Value {
    let (year, month, day, ..) = moment.to_ymd_hms_milli();
    if moment.is_duration() || !moment.as_f64().is_finite() {
        return Value::Number(moment.as_f64());
    }
    Value::Date(year, month, day)
}
