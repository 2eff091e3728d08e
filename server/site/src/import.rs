//! Reads the spreadsheet in which a clerk lists employers and their postings.
//!
//! It takes the file as it comes: any order of columns under their usual names, a title above the
//! header, an employer's cell merged over its postings, full-width digits, numbers as text. It
//! returns values only and stores nothing, so nothing is ever half imported; everything wrong is
//! found at once, each with the row and column that the clerk sees. Any bytes are answered without
//! a panic and within bounded memory. It must know nothing of the fair's state.

use domain::employer::{BoothNumber, Employer, Posting};
use domain::ids::EmployerId;

mod alias;
mod csv;
mod error;
mod field;
mod guard;
mod header;
mod pay;
mod rows;
mod sheet;
mod workbook;

pub use error::{CellError, Code};

/// The largest file that is read, in bytes.
pub const FILE_BYTES_MAX: usize = 10 * 1024 * 1024;
/// The most rows below a header.
pub const ROWS_MAX: usize = 5_000;
/// The longest text of a cell, in characters.
pub const CELL_CHARS_MAX: usize = 2_000;
/// The most errors that one answer lists.
pub const ERRORS_MAX: usize = 50;
/// The most warnings that one import lists.
pub const WARNINGS_MAX: usize = 200;

/// What a spreadsheet says.
#[derive(Debug, Clone, Default)]
pub struct Import {
    /// The employers, in the order of the sheet.
    pub employers: Vec<Employer>,
    /// Their postings, in the order of the sheet.
    pub postings: Vec<Posting>,
    /// Who has which booths; an employer may have several.
    pub booths: Vec<(BoothNumber, EmployerId)>,
    /// What was taken in and should be looked at.
    pub warnings: Vec<CellError>,
}

/// What an id is wanted for, so that a caller may give the one it already knows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Subject<'a> {
    /// An employer.
    Employer {
        /// Its name.
        name: &'a str,
    },
    /// A posting.
    Posting {
        /// Whose.
        employer: EmployerId,
        /// Its title.
        title: &'a str,
    },
}

/// Where ids come from.
pub type IdSource<'a> = dyn FnMut(Subject<'_>) -> [u8; 8] + 'a;

/// Reads a spreadsheet (.xlsx, .xls, or CSV in UTF-8 or GBK).
///
/// # Errors
/// Everything that keeps it from being imported, at most [`ERRORS_MAX`] of it.
pub fn read(bytes: &[u8], ids: &mut IdSource<'_>) -> Result<Import, Vec<CellError>> {
    let sheets = sheets(bytes).map_err(|error| vec![error])?;
    rows::import(&sheets, ids)
}

fn sheets(bytes: &[u8]) -> Result<Vec<sheet::Sheet>, CellError> {
    if bytes.is_empty() {
        return Err(CellError::of_file(Code::EmptyFile));
    }
    if bytes.len() > FILE_BYTES_MAX {
        let limit = (FILE_BYTES_MAX / 1024 / 1024).to_string();
        return Err(CellError::of_file(Code::TooLarge).with("limit", limit));
    }
    match guard::kind(bytes)? {
        guard::Kind::Xlsx => workbook::xlsx(bytes),
        guard::Kind::Xls => workbook::xls(bytes),
        guard::Kind::Text => csv::sheet(bytes).map(|sheet| vec![sheet]),
    }
}

#[cfg(test)]
mod tests;
