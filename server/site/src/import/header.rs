//! Finds the row that names the columns, below whatever titles a clerk puts above it.

use std::collections::BTreeMap;

use super::alias::{Column, PayHint};
use super::sheet::Sheet;

/// The header is looked for among this many rows.
const ROWS_SEARCHED: u32 = 30;
/// Columns that a sheet must have.
const REQUIRED: [Column; 3] = [Column::Employer, Column::Title, Column::Openings];

/// The row that names the columns, and which is where.
#[derive(Debug, Clone)]
pub(super) struct Header {
    pub(super) row: u32,
    /// The places of each column; all but free text have one.
    places: BTreeMap<Column, Vec<u32>>,
    pub(super) pay: PayHint,
}

impl Header {
    /// The header of a sheet: the row with the most known names. Two known names, one of them of
    /// the employer or the posting, make a header.
    pub(super) fn find(sheet: &Sheet) -> Option<Self> {
        let candidates = (0..=sheet.last_row().min(ROWS_SEARCHED)).map(|row| Self::of(sheet, row));
        candidates
            .filter(|header| header.places.len() >= 2)
            .filter(|header| header.has(Column::Employer) || header.has(Column::Title))
            .max_by_key(|header| (header.places.len(), std::cmp::Reverse(header.row)))
    }

    fn of(sheet: &Sheet, row: u32) -> Self {
        let mut places: BTreeMap<Column, Vec<u32>> = BTreeMap::new();
        let mut pay = PayHint::of_header("");
        for (place, value) in sheet.row(row) {
            let text = value.text();
            let Some(column) = Column::of_header(&text) else { continue };
            if column == Column::Pay && !places.contains_key(&column) {
                pay = PayHint::of_header(&text);
            }
            places.entry(column).or_default().push(place);
        }
        Self { row, places, pay }
    }

    pub(super) fn has(&self, column: Column) -> bool {
        self.places.contains_key(&column)
    }

    /// The columns that must be there and aren't.
    pub(super) fn missing(&self) -> impl Iterator<Item = Column> {
        REQUIRED.into_iter().filter(|column| !self.has(*column))
    }

    /// Where a column is; the first place of several.
    pub(super) fn place(&self, column: Column) -> Option<u32> {
        self.places(column).first().copied()
    }

    /// All places of a column.
    pub(super) fn places(&self, column: Column) -> &[u32] {
        self.places.get(&column).map_or(&[], Vec::as_slice)
    }

    /// What is at a place.
    pub(super) fn column_at(&self, place: u32) -> Option<Column> {
        self.places.iter().find(|(_, places)| places.contains(&place)).map(|(column, _)| *column)
    }
}
