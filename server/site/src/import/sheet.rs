//! A sheet as a sparse grid of plain values, whatever file it came from.

use std::collections::{BTreeMap, HashMap};

use super::CELL_CHARS_MAX;

/// The most cells that merged regions may cover in one sheet.
const MERGED_CELLS_MAX: usize = 200_000;

/// A row and a column, counted from 0.
pub(super) type Position = (u32, u32);

/// What a cell holds.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Value {
    /// Text, trimmed, not empty.
    Text(String),
    /// A number.
    Number(f64),
    /// A date.
    Date(u16, u8, u8),
    /// The name of an error, such as #REF!.
    Fault(String),
    /// Text beyond the limit; how many characters.
    TooLong(usize),
}

/// A named grid.
#[derive(Debug, Clone, Default)]
pub(super) struct Sheet {
    pub(super) name: String,
    cells: BTreeMap<Position, Value>,
    /// For a cell covered by a merged region, the region's top left cell.
    merged: HashMap<Position, Position>,
}

impl Value {
    /// The value of a text; none if it is blank.
    pub(super) fn of_text(text: &str) -> Option<Self> {
        let text = text.trim_matches(|c: char| c.is_whitespace() || c == '\u{feff}');
        if text.is_empty() {
            return None;
        }
        let characters = text.chars().count();
        Some(if characters > CELL_CHARS_MAX {
            Self::TooLong(characters)
        } else {
            Self::Text(text.to_owned())
        })
    }

    /// The value as a person would read it out.
    pub(super) fn text(&self) -> String {
        match self {
            Self::Text(text) | Self::Fault(text) => text.clone(),
            Self::Number(number) => number.to_string(),
            Self::Date(year, month, day) => format!("{year:04}-{month:02}-{day:02}"),
            Self::TooLong(_) => String::new(),
        }
    }
}

impl Sheet {
    pub(super) fn new(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    pub(super) fn put(&mut self, position: Position, value: Option<Value>) {
        if let Some(value) = value {
            self.cells.insert(position, value);
        }
    }

    /// Notes a merged region; called after all cells are in.
    pub(super) fn merge(&mut self, (top, left): Position, (bottom, right): Position) {
        let bottom = bottom.min(self.last_row());
        for row in top..=bottom {
            for column in left..=right.min(left.saturating_add(100)) {
                if self.merged.len() >= MERGED_CELLS_MAX {
                    return;
                }
                if (row, column) != (top, left) {
                    self.merged.insert((row, column), (top, left));
                }
            }
        }
    }

    /// What stands in the cell itself.
    pub(super) fn own(&self, position: Position) -> Option<&Value> {
        self.cells.get(&position)
    }

    /// What the cell shows: its own value, or that of the merged region over it.
    pub(super) fn shown(&self, position: Position) -> Option<&Value> {
        self.own(position).or_else(|| self.cells.get(self.merged.get(&position)?))
    }

    /// Whether a merged region from above covers the cell.
    pub(super) fn is_covered_from_above(&self, position: Position) -> bool {
        self.merged.get(&position).is_some_and(|origin| origin.0 < position.0)
    }

    /// All cells, row by row.
    pub(super) fn cells(&self) -> impl Iterator<Item = (Position, &Value)> {
        self.cells.iter().map(|(position, value)| (*position, value))
    }

    /// The cells of a row, from the left.
    pub(super) fn row(&self, row: u32) -> impl Iterator<Item = (u32, &Value)> {
        self.cells.range((row, 0)..=(row, u32::MAX)).map(|((_, column), value)| (*column, value))
    }

    pub(super) fn last_row(&self) -> u32 {
        self.cells.keys().next_back().map_or(0, |(row, _)| *row)
    }

    pub(super) fn is_empty(&self) -> bool {
        self.cells.is_empty()
    }

    pub(super) fn len(&self) -> usize {
        self.cells.len()
    }
}
