//! The employers of a spreadsheet: each once, however many rows name it.

use std::collections::HashMap;

use domain::employer::BadCreditCode;

use super::{
    BoothNumber, CellError, Code, Column, CreditCode, Employer, EmployerId, IdSource, Industry,
    Report, Subject, Value, plain, row::Row,
};

/// Employers by name, with what their rows say about them.
#[derive(Debug, Default)]
pub(super) struct Employers {
    list: Vec<Employer>,
    /// Places in the list, by plain name.
    by_name: HashMap<String, usize>,
    by_id: HashMap<EmployerId, usize>,
    /// In the order of the sheet.
    booths: Vec<(BoothNumber, EmployerId)>,
    /// Texts that were wrong and named already: a merged cell covers many rows.
    named_wrong: Vec<(EmployerId, String)>,
}

impl Employers {
    /// The employer of a name, added if it is new.
    pub(super) fn named(&mut self, name: &str, ids: &mut IdSource<'_>) -> EmployerId {
        let key = plain(name);
        if let Some(known) = self.by_name.get(&key).and_then(|place| self.list.get(*place)) {
            return known.id;
        }
        let id = EmployerId(ids(Subject::Employer { name }));
        let place = self.list.len();
        self.by_name.insert(key, place);
        self.by_id.insert(id, place);
        let name = name.to_owned();
        self.list.push(Employer { id, name, credit_code: None, industry: None, booth: None });
        id
    }

    pub(super) fn name(&self, id: EmployerId) -> &str {
        let place = self.by_id.get(&id).and_then(|place| self.list.get(*place));
        place.map_or("", |employer| &employer.name)
    }

    /// Takes over what a row says about its employer.
    pub(super) fn add_facts(&mut self, id: EmployerId, row: &Row<'_>, report: &mut Report) {
        let industry = Industry::find(&row.text(Column::Industry));
        let credit_code = self.credit_code(id, row, report);
        let booths = self.booths(id, row, report);
        let place = self.by_id.get(&id).copied().unwrap_or(usize::MAX);
        let Some(employer) = self.list.get_mut(place) else { return };
        employer.industry = employer.industry.or(industry);
        match (&employer.credit_code, credit_code) {
            (Some(known), Some(other)) if *known != other => {
                let error = row.error(Some(Column::CreditCode), Code::CreditCodeConflict);
                report.error(error.with("employer", &employer.name).with("text", known.as_str()));
            }
            (None, Some(code)) => employer.credit_code = Some(code),
            _ => {}
        }
        employer.booth = employer.booth.or(booths.first().copied());
    }

    pub(super) fn finish(self) -> (Vec<Employer>, Vec<(BoothNumber, EmployerId)>) {
        (self.list, self.booths)
    }

    fn credit_code(
        &mut self,
        id: EmployerId,
        row: &Row<'_>,
        report: &mut Report,
    ) -> Option<CreditCode> {
        let text = self.fresh_text(id, row, Column::CreditCode)?;
        let code = match text.parse() {
            Ok(code) => return Some(code),
            Err(BadCreditCode::Form) => Code::BadCreditCode,
            Err(BadCreditCode::CheckSign) => Code::CreditCheckSign,
        };
        self.complain(id, row.error(Some(Column::CreditCode), code), text, report);
        None
    }

    fn booths(&mut self, id: EmployerId, row: &Row<'_>, report: &mut Report) -> Vec<BoothNumber> {
        let Some(text) = self.fresh_text(id, row, Column::Booth) else { return Vec::new() };
        let Ok(booths) = BoothNumber::list(&text) else {
            let error = row.error(Some(Column::Booth), Code::BadBooth);
            self.complain(id, error, text, report);
            return Vec::new();
        };
        for booth in &booths {
            let holder = self.booths.iter().find(|(taken, _)| taken == booth);
            match holder.map(|(_, holder)| *holder) {
                None => self.booths.push((*booth, id)),
                Some(holder) if holder == id => {}
                Some(holder) => {
                    let error = row.error(Some(Column::Booth), Code::BoothTaken);
                    let error = error.with("booth", booth.to_string());
                    let error = error.with("employer", self.name(holder));
                    self.complain(id, error, text.clone(), report);
                }
            }
        }
        booths
    }

    /// The text of a cell about the employer, unless it was found wrong before.
    fn fresh_text(&self, id: EmployerId, row: &Row<'_>, column: Column) -> Option<String> {
        let value = row.shown(column)?;
        if matches!(value, Value::Fault(_) | Value::TooLong(_)) {
            return None;
        }
        let text = value.text();
        let is_known = self.named_wrong.iter().any(|(whose, wrong)| *whose == id && *wrong == text);
        (!is_known && !matches!(text.as_str(), "无" | "-" | "/" | "待定")).then_some(text)
    }

    fn complain(&mut self, id: EmployerId, error: CellError, text: String, report: &mut Report) {
        report.error(error.with("text", &text));
        self.named_wrong.push((id, text));
    }
}
