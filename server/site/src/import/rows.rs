//! From rows to employers and their postings.

use domain::codes::{Education, Industry, Occupation, plain};
use domain::employer::wording::{Severity, check};
use domain::employer::{
    BoothNumber, Conditions, CreditCode, Employer, NAME_CHARS_MAX, PayRange, Place, Posting,
    TEXT_CHARS_MAX,
};
use domain::ids::{EmployerId, PostingId};

use super::alias::Column;
use super::error::{CellError, Code, Report};
use super::field;
use super::header::Header;
use super::pay;
use super::sheet::{Sheet, Value};
use super::{IdSource, Import, ROWS_MAX, Subject};

mod employers;
mod row;

use employers::Employers;
use row::Row;

/// First words of rows below a table that are no postings.
const FOOTNOTES: &[&str] =
    &["备注", "注:", "注：", "说明", "合计", "总计", "小计", "填表人", "制表", "共计", "联系人"];

/// Employers and postings of all sheets that have a header.
pub(super) fn import(sheets: &[Sheet], ids: &mut IdSource<'_>) -> Result<Import, Vec<CellError>> {
    let mut reader = RowReader::default();
    let mut headers = 0;
    for sheet in sheets.iter().filter(|sheet| !sheet.is_empty()) {
        if let Some(header) = Header::find(sheet) {
            headers += 1;
            reader.sheet(sheet, &header, ids);
        } else {
            reader.report.warn(CellError::of_sheet(&sheet.name, Code::SheetPassedOver));
        }
    }
    if headers == 0 {
        sheets.iter().for_each(|sheet| reader.cells(sheet, 0));
        reader.report.error(CellError::of_file(Code::NoHeader));
    } else if reader.rows == 0 && !reader.report.has_errors() {
        reader.report.error(CellError::of_file(Code::ZeroRows));
    }
    let (employers, booths) = reader.employers.finish();
    let warnings = reader.report.close()?;
    Ok(Import { employers, postings: reader.postings, booths, warnings })
}

/// What has been read so far.
#[derive(Debug, Default)]
struct RowReader {
    report: Report,
    employers: Employers,
    postings: Vec<Posting>,
    rows: usize,
    /// The employer of the row above, where a row names none.
    above: Option<EmployerId>,
}

impl RowReader {
    fn sheet(&mut self, sheet: &Sheet, header: &Header, ids: &mut IdSource<'_>) {
        for column in header.missing() {
            let error = CellError::at(&sheet.name, (header.row, None), Code::MissingColumn);
            self.report.error(error.with("column", column.name()));
        }
        self.cells(sheet, header.row + 1);
        if header.missing().next().is_some() {
            return;
        }
        self.above = None;
        for index in header.row + 1..=sheet.last_row() {
            let row = Row { sheet, header, index };
            if !self.is_posting(&row) {
                continue;
            }
            self.rows += 1;
            if self.rows > ROWS_MAX {
                let error = row.error(None, Code::TooManyRows);
                self.report.error(error.with("limit", ROWS_MAX.to_string()));
                return;
            }
            self.row(&row, ids);
        }
    }

    /// Names the cells that can't be read, wherever they stand.
    fn cells(&mut self, sheet: &Sheet, first_row: u32) {
        for ((row, column), value) in sheet.cells().filter(|((row, _), _)| *row >= first_row) {
            let at = |code| CellError::at(&sheet.name, (row, Some(column)), code);
            match value {
                Value::TooLong(characters) => self.report.error(
                    at(Code::CellTooLong)
                        .with("limit", super::CELL_CHARS_MAX.to_string())
                        .with("characters", characters.to_string()),
                ),
                Value::Fault(fault) => self.report.error(at(Code::CellFault).with("fault", fault)),
                _ => {}
            }
        }
    }

    /// Whether the row holds a posting; an incomplete one is named.
    fn is_posting(&mut self, row: &Row<'_>) -> bool {
        if row.own(Column::Title).is_some() {
            // A header that is repeated on every page.
            let title = row.own_text(Column::Title);
            return Column::of_header(&title) != Some(Column::Title)
                || Column::of_header(&row.own_text(Column::Employer)) != Some(Column::Employer);
        }
        let Some(first) = row.first_own() else { return false };
        let is_footnote = FOOTNOTES.iter().any(|word| plain(&first).starts_with(&plain(word)));
        if is_footnote || row.is_continued() || row.is_only(&[Column::Index]) {
            return false;
        }
        self.report.error(row.error(Some(Column::Title), Code::MissingTitle));
        false
    }

    fn row(&mut self, row: &Row<'_>, ids: &mut IdSource<'_>) {
        let Some(employer) = self.employer(row, ids) else { return };
        let title = row.own_text(Column::Title);
        if title.chars().count() > NAME_CHARS_MAX {
            let error = row.error(Some(Column::Title), Code::NameTooLong);
            self.report.error(error.with("limit", NAME_CHARS_MAX.to_string()));
            return;
        }
        let occupation = Occupation::find(&title);
        if occupation.is_none() {
            let warning = row.error(Some(Column::Title), Code::UnknownOccupation);
            self.report.warn(warning.with("title", &title));
        }
        let openings = self.openings(row);
        let pay = self.pay(row);
        let valid_until = self.taken(row, Column::ValidUntil, field::day).flatten();
        let address = row.text(Column::Place);
        let Some(openings) = openings else { return };
        let id = PostingId(ids(Subject::Posting { employer, title: &title }));
        let posting = Posting {
            id,
            employer,
            occupation,
            openings,
            employment: field::employment(&format!("{title}{}", row.text(Column::Employment))),
            pay,
            education_min: self.education(row),
            place: Place { district: domain::codes::District::find(&address), address },
            conditions: row.conditions(),
            valid_until,
            text: row.free_text().chars().take(TEXT_CHARS_MAX).collect(),
            title,
        };
        self.look_at(row, &posting);
        self.postings.push(posting);
    }

    fn employer(&mut self, row: &Row<'_>, ids: &mut IdSource<'_>) -> Option<EmployerId> {
        let name = row.text(Column::Employer);
        if name.is_empty() || matches!(name.as_str(), "同上" | "〃" | "\"" | "″") {
            let Some(above) = self.above else {
                self.report.error(row.error(Some(Column::Employer), Code::MissingEmployer));
                return None;
            };
            if name.is_empty() {
                let warning = row.error(Some(Column::Employer), Code::EmployerAssumed);
                self.report.warn(warning.with("employer", self.employers.name(above)));
            }
            self.employers.add_facts(above, row, &mut self.report);
            return Some(above);
        }
        if name.chars().count() > NAME_CHARS_MAX {
            let error = row.error(Some(Column::Employer), Code::NameTooLong);
            self.report.error(error.with("limit", NAME_CHARS_MAX.to_string()));
            return None;
        }
        let id = self.employers.named(&name, ids);
        self.above = Some(id);
        self.employers.add_facts(id, row, &mut self.report);
        Some(id)
    }

    fn openings(&mut self, row: &Row<'_>) -> Option<u16> {
        let column = Column::Openings;
        if row.shown(column).is_none() {
            self.report.error(row.error(Some(column), Code::BadOpenings).with("text", ""));
            return None;
        }
        let openings = self.taken(row, column, field::openings)?;
        Some(match openings {
            field::Openings::Plain(count) => count,
            field::Openings::Lowered(count) => {
                let warning = row.error(Some(column), Code::OpeningsLowered);
                self.report.warn(warning.with("count", count.to_string()));
                count
            }
            field::Openings::Assumed => {
                let warning = row.error(Some(column), Code::OpeningsAssumed);
                self.report.warn(warning.with("text", row.text(column)));
                1
            }
        })
    }

    fn pay(&mut self, row: &Row<'_>) -> Option<PayRange> {
        let hint = row.header.pay;
        let read = |value: &Value| match value {
            Value::Number(number) => pay::of_number(*number, hint),
            other => pay::parse(&other.text(), hint),
        };
        let range = self.taken(row, Column::Pay, read).flatten();
        let low = self.taken(row, Column::PayLow, read).flatten();
        let high = self.taken(row, Column::PayHigh, read).flatten();
        match pay::of_ends(low, high) {
            Ok(ends) => range.or(ends),
            Err(code) => {
                self.complain(row, Column::PayHigh, code);
                None
            }
        }
    }

    fn education(&mut self, row: &Row<'_>) -> Option<Education> {
        let text = row.text(Column::Education);
        let level = Education::find(&text);
        let says_any = ["不限", "无", "均可", "不要求", "-", "/"];
        let is_any = text.is_empty() || says_any.iter().any(|word| text.contains(word));
        if level.is_none() && !is_any {
            let warning = row.error(Some(Column::Education), Code::UnknownEducation);
            self.report.warn(warning.with("text", &text));
        }
        level
    }

    /// The value of a cell, read; one that can't be is named.
    fn taken<T>(
        &mut self,
        row: &Row<'_>,
        column: Column,
        read: impl FnOnce(&Value) -> Result<T, Code>,
    ) -> Option<T> {
        match row.shown(column)? {
            // Named already, cell by cell.
            Value::Fault(_) | Value::TooLong(_) => None,
            value => match read(value) {
                Ok(taken) => Some(taken),
                Err(code) => {
                    self.complain(row, column, code);
                    None
                }
            },
        }
    }

    fn complain(&mut self, row: &Row<'_>, column: Column, code: Code) {
        let error = row.error(Some(column), code).with("text", row.text(column));
        self.report.error(error);
    }

    /// Warnings about a posting as a whole.
    fn look_at(&mut self, row: &Row<'_>, posting: &Posting) {
        for finding in posting.findings() {
            let code = match finding.severity() {
                Severity::Block => Code::WordingBlocks,
                Severity::Warn => Code::WordingWarns,
            };
            let warning = row.error(None, code);
            self.report
                .warn(warning.with("phrase", &finding.phrase).with("rule", finding.rule.key()));
        }
        for (column, lead, tail) in [(Column::Sex, "性别:", ""), (Column::Age, "", "岁")] {
            let text = row.text(column);
            if !text.is_empty() && !check(&format!("{lead}{text}{tail}")).is_empty() {
                let warning = row.error(Some(column), Code::ConditionIgnored);
                self.report.warn(warning.with("text", &text));
            }
        }
        let is_same = |other: &Posting| Posting { id: posting.id, ..other.clone() } == *posting;
        let theirs = self.postings.iter().rev().take(ROWS_MAX / 50);
        if theirs.filter(|other| other.employer == posting.employer).any(is_same) {
            let warning = row.error(Some(Column::Title), Code::SamePosting);
            self.report.warn(warning.with("title", &posting.title));
        }
    }
}
