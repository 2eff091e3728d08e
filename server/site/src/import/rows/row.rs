//! One row of a sheet, read by column.

use domain::employer::Condition;

use super::super::header::Header;
use super::{CellError, Code, Column, Conditions, Sheet, Value, field};

/// A row below a header.
#[derive(Debug, Clone, Copy)]
pub(super) struct Row<'a> {
    pub(super) sheet: &'a Sheet,
    pub(super) header: &'a Header,
    pub(super) index: u32,
}

impl<'a> Row<'a> {
    /// An error at a column of this row.
    pub(super) fn error(&self, column: Option<Column>, code: Code) -> CellError {
        let place = column.and_then(|column| self.header.place(column));
        CellError::at(&self.sheet.name, (self.index, place), code)
    }

    /// What stands in the cell itself.
    pub(super) fn own(&self, column: Column) -> Option<&'a Value> {
        self.sheet.own((self.index, self.header.place(column)?))
    }

    pub(super) fn own_text(&self, column: Column) -> String {
        self.own(column).map(Value::text).unwrap_or_default()
    }

    /// What the cell shows, be it merged from above.
    pub(super) fn shown(&self, column: Column) -> Option<&'a Value> {
        self.sheet.shown((self.index, self.header.place(column)?))
    }

    pub(super) fn text(&self, column: Column) -> String {
        self.shown(column).map(Value::text).unwrap_or_default()
    }

    /// The first text of the row's own.
    pub(super) fn first_own(&self) -> Option<String> {
        self.sheet.row(self.index).map(|(_, value)| value.text()).find(|text| !text.is_empty())
    }

    /// Whether the title's cell is merged from above: the row belongs to the posting above.
    pub(super) fn is_continued(&self) -> bool {
        let title = self.header.place(Column::Title);
        title.is_some_and(|place| self.sheet.is_covered_from_above((self.index, place)))
    }

    /// Whether the row has nothing but these columns, and cells that no column names.
    pub(super) fn is_only(&self, columns: &[Column]) -> bool {
        self.sheet.row(self.index).all(|(place, _)| {
            self.header.column_at(place).is_none_or(|column| columns.contains(&column))
        })
    }

    /// All free text of the row, a line per cell.
    pub(super) fn free_text(&self) -> String {
        let places = self.header.places(Column::Text).iter();
        let places = places.chain(self.header.places(Column::Conditions));
        let texts = places.filter_map(|place| self.sheet.shown((self.index, *place)));
        texts.map(Value::text).filter(|text| !text.is_empty()).collect::<Vec<_>>().join("\n")
    }

    /// What is stated besides pay, in columns of its own or in the text.
    pub(super) fn conditions(&self) -> Conditions {
        let pay = self.shown(Column::Pay).map(Value::text).unwrap_or_default();
        let mut found = Conditions::find(&self.free_text()).and(Conditions::find(&pay));
        for (column, condition) in [
            (Column::Meals, Condition::Meals),
            (Column::Lodging, Condition::Lodging),
            (Column::Insurance, Condition::SocialInsurance),
        ] {
            found = found.and(field::stated(&self.text(column), condition));
        }
        for place in self.header.places(Column::Conditions) {
            let header = self.sheet.shown((self.header.row, *place)).map(Value::text);
            let value = self.sheet.shown((self.index, *place)).map(Value::text);
            let offered = Conditions::find(&header.unwrap_or_default());
            let is_yes = matches!(value.as_deref(), Some("是" | "√" | "有" | "提供" | "✓"));
            if is_yes {
                found = found.and(offered);
            }
        }
        found
    }
}
