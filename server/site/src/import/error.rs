//! What is wrong with a spreadsheet, and where.

use serde::Serialize;
use web::text::{Lang, fill, lookup};

use domain::codes;
use domain::employer::wording::WordingRule;

use super::{ERRORS_MAX, WARNINGS_MAX};

/// How much of a cell's text an error repeats, in characters.
const QUOTE_CHARS_MAX: usize = 40;

macro_rules! codes {
    ($($(#[$doc:meta])* $variant:ident $key:literal,)+) => {
        /// What is wrong; the text of each stands in `assets/text/import.toml`.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub enum Code {
            $($(#[$doc])* $variant,)+
        }

        impl Code {
            /// All of them.
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// Its stable name.
            #[must_use]
            pub const fn key(self) -> &'static str {
                match self {
                    $(Self::$variant => $key,)+
                }
            }
        }
    };
}

codes! {
    /// No bytes.
    EmptyFile "empty_file",
    /// More bytes than are read.
    TooLarge "too_large",
    /// More inside than the file's size lets expect.
    TooMuchInside "too_much_inside",
    /// No spreadsheet that can be read.
    NotASpreadsheet "not_a_spreadsheet",
    /// A spreadsheet, but broken off or damaged.
    Damaged "damaged",
    /// Protected by a password.
    Protected "protected",
    /// No row with the names of columns.
    NoHeader "no_header",
    /// A column that must be there isn't.
    MissingColumn "missing_column",
    /// A header with nothing below it.
    ZeroRows "zero_rows",
    /// More rows than are read.
    TooManyRows "too_many_rows",
    /// A cell with more text than is read.
    CellTooLong "cell_too_long",
    /// A cell that shows an error such as #REF!.
    CellFault "cell_fault",
    /// A posting without an employer.
    MissingEmployer "missing_employer",
    /// A row without the title of a posting.
    MissingTitle "missing_title",
    /// A name or title that is too long.
    NameTooLong "name_too_long",
    /// No number of people.
    BadOpenings "bad_openings",
    /// Pay that can't be read.
    BadPay "bad_pay",
    /// A range of pay that runs backwards.
    PayReversed "pay_reversed",
    /// Pay that nobody can mean.
    PayUnlikely "pay_unlikely",
    /// No date.
    BadDate "bad_date",
    /// No booth number.
    BadBooth "bad_booth",
    /// A booth that two employers claim.
    BoothTaken "booth_taken",
    /// Not the form of a unified social credit code.
    BadCreditCode "bad_credit_code",
    /// A mistyped unified social credit code.
    CreditCheckSign "credit_check_sign",
    /// Two unified social credit codes for one employer.
    CreditCodeConflict "credit_code_conflict",
    /// More errors than are listed.
    MoreErrors "more_errors",
    /// Warning: the row names no employer, so the one above is taken.
    EmployerAssumed "employer_assumed",
    /// Warning: a number of people that isn't one, taken as one.
    OpeningsAssumed "openings_assumed",
    /// Warning: the end of a range of people was left out.
    OpeningsLowered "openings_lowered",
    /// Warning: education that isn't understood, taken as any.
    UnknownEducation "unknown_education",
    /// Warning: a title whose occupation can't be told.
    UnknownOccupation "unknown_occupation",
    /// Warning: a condition of sex or age, which is not taken over.
    ConditionIgnored "condition_ignored",
    /// Warning: forbidden wording; the posting will not be shown.
    WordingBlocks "wording_blocks",
    /// Warning: wording that needs a look.
    WordingWarns "wording_warns",
    /// Warning: the same posting twice.
    SamePosting "same_posting",
    /// Warning: a sheet without a header, passed over.
    SheetPassedOver "sheet_passed_over",
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
        out.serialize_str(self.key())
    }
}

/// Something wrong, at a place that the clerk can find.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct CellError {
    /// The sheet's name; empty if it is about the file.
    pub sheet: String,
    /// The row's number as the spreadsheet program shows it, from 1.
    pub row: Option<u32>,
    /// The column's letters as the spreadsheet program shows them.
    pub column: Option<String>,
    /// What is wrong.
    pub code: Code,
    /// Values for its sentence.
    pub params: Vec<(&'static str, String)>,
}

impl CellError {
    pub(super) const fn of_file(code: Code) -> Self {
        Self { sheet: String::new(), row: None, column: None, code, params: Vec::new() }
    }

    pub(super) fn of_sheet(sheet: &str, code: Code) -> Self {
        Self { sheet: sheet.to_owned(), ..Self::of_file(code) }
    }

    /// At a row and a column counted from 0.
    pub(super) fn at(sheet: &str, (row, column): (u32, Option<u32>), code: Code) -> Self {
        Self {
            row: Some(row.saturating_add(1)),
            column: column.map(letters),
            ..Self::of_sheet(sheet, code)
        }
    }

    /// With a value for its sentence; long ones are cut.
    pub(super) fn with(mut self, name: &'static str, value: impl AsRef<str>) -> Self {
        let value = value.as_ref();
        let mut quote: String = value.chars().take(QUOTE_CHARS_MAX).collect();
        if quote.len() < value.len() {
            quote.push('…');
        }
        self.params.push((name, quote));
        self
    }

    /// The sentence for the clerk, with the place in front.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        let row = self.row.map(|row| row.to_string()).unwrap_or_default();
        let place = match (&self.row, &self.column) {
            (Some(_), Some(_)) => "import.at_cell",
            (Some(_), None) => "import.at_row",
            _ if !self.sheet.is_empty() => "import.at_sheet",
            _ => "import.at_file",
        };
        let column = self.column.as_deref().unwrap_or_default();
        let values = [("sheet", self.sheet.as_str()), ("row", &row), ("column", column)];
        let place = fill(lookup(lang, place).unwrap_or_default(), &values);
        format!("{place}{}", self.complaint(lang))
    }

    /// The sentence without the place.
    #[must_use]
    pub fn complaint(&self, lang: Lang) -> String {
        let key = format!("import.{}", self.code.key());
        let mut values: Vec<(&str, &str)> =
            self.params.iter().map(|(name, value)| (*name, value.as_str())).collect();
        let rule = self.params.iter().find(|(name, _)| *name == "rule");
        if let Some(rule) = rule.and_then(|(_, key)| WordingRule::from_key(key)) {
            let lang = match lang {
                Lang::Zh => codes::Lang::Zh,
                Lang::En => codes::Lang::En,
            };
            values.retain(|(name, _)| *name != "rule");
            values.extend([("rule", rule.name(lang)), ("source", rule.source(lang))]);
        }
        fill(lookup(lang, &key).unwrap_or_default(), &values)
    }
}

/// Collects errors and warnings, each up to its bound.
#[derive(Debug, Default)]
pub(super) struct Report {
    errors: Vec<CellError>,
    warnings: Vec<CellError>,
    errors_left_out: usize,
}

impl Report {
    pub(super) fn error(&mut self, error: CellError) {
        // One place is kept for the line that says how many more there are.
        if self.errors.len() + 1 < ERRORS_MAX {
            self.errors.push(error);
        } else {
            self.errors_left_out += 1;
        }
    }

    pub(super) fn warn(&mut self, warning: CellError) {
        if self.warnings.len() < WARNINGS_MAX {
            self.warnings.push(warning);
        }
    }

    pub(super) const fn has_errors(&self) -> bool {
        !self.errors.is_empty()
    }

    /// The warnings, or the errors if there are any.
    pub(super) fn close(mut self) -> Result<Vec<CellError>, Vec<CellError>> {
        if self.errors.is_empty() {
            return Ok(self.warnings);
        }
        if self.errors_left_out > 0 {
            let more = CellError::of_file(Code::MoreErrors);
            self.errors.push(more.with("count", self.errors_left_out.to_string()));
        }
        Err(self.errors)
    }
}

/// The letters of a column counted from 0: A, B, …, Z, AA, …
fn letters(column: u32) -> String {
    let mut rest = column;
    let mut letters = Vec::new();
    loop {
        letters.push(char::from_u32(u32::from('A') + rest % 26).unwrap_or('?'));
        match (rest / 26).checked_sub(1) {
            Some(next) => rest = next,
            None => break,
        }
    }
    letters.iter().rev().collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn columns_have_the_letters_that_people_see() {
        let expected = [(0, "A"), (25, "Z"), (26, "AA"), (51, "AZ"), (52, "BA"), (16_383, "XFD")];
        for (column, text) in expected {
            assert_eq!(letters(column), text);
        }
        assert!(!letters(u32::MAX).is_empty());
    }

    #[test]
    fn every_code_has_a_sentence_in_both_languages() {
        for code in Code::ALL {
            for lang in Lang::ALL {
                let key = format!("import.{}", code.key());
                assert!(lookup(lang, &key).is_some(), "{key} is missing");
            }
        }
        for place in ["at_cell", "at_row", "at_sheet", "at_file"] {
            assert!(lookup(Lang::Zh, &format!("import.{place}")).is_some(), "{place}");
        }
    }

    #[test]
    fn the_list_of_errors_is_bounded_and_says_so() {
        let mut report = Report::default();
        for _ in 0..200 {
            report.error(CellError::of_file(Code::BadPay));
        }
        let errors = report.close().unwrap_err();
        assert_eq!(errors.len(), ERRORS_MAX);
        assert_eq!(errors.last().unwrap().params, [("count", "151".to_owned())]);
    }
}
