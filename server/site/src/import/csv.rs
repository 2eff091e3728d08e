//! Text files with separated values, in UTF-8, UTF-16 or GBK, as spreadsheet programs save them.

use encoding_rs::{GB18030, UTF_8, UTF_16BE, UTF_16LE};

use super::error::{CellError, Code};
use super::sheet::{Sheet, Value};
use super::workbook::{CELLS_MAX, COLUMNS_MAX, ROW_INDEX_MAX};

/// Reads the text as one sheet without a name.
pub(super) fn sheet(bytes: &[u8]) -> Result<Sheet, CellError> {
    let text = decode(bytes).ok_or(CellError::of_file(Code::NotASpreadsheet))?;
    let first_line = text.lines().find(|line| !line.trim().is_empty()).unwrap_or_default();
    let separator = [',', '\t', ';']
        .into_iter()
        .max_by_key(|separator| (first_line.matches(*separator).count(), *separator == ','))
        .unwrap_or(',');
    let mut sheet = Sheet::new("");
    for (row, fields) in Records::new(&text, separator).enumerate() {
        let row = u32::try_from(row).unwrap_or(u32::MAX);
        if row > ROW_INDEX_MAX || sheet.len() > CELLS_MAX {
            return Err(
                CellError::of_file(Code::TooManyRows).with("limit", super::ROWS_MAX.to_string())
            );
        }
        for (column, field) in (0..COLUMNS_MAX).zip(fields) {
            sheet.put((row, column), Value::of_text(&field));
        }
    }
    Ok(sheet)
}

/// The text of the bytes, if they are text at all.
fn decode(bytes: &[u8]) -> Option<String> {
    let encodings = match bytes {
        [0xff, 0xfe, ..] => [UTF_16LE, UTF_16LE],
        [0xfe, 0xff, ..] => [UTF_16BE, UTF_16BE],
        _ => [UTF_8, GB18030],
    };
    let text = encodings.into_iter().find_map(|encoding| {
        let (text, _, had_errors) = encoding.decode(bytes);
        (!had_errors).then(|| text.into_owned())
    })?;
    let is_control = |c: char| c.is_control() && !matches!(c, '\r' | '\n' | '\t');
    (!text.chars().any(is_control)).then_some(text)
}

/// The records of a text after RFC 4180: quotes may hold separators, line ends and doubled quotes.
struct Records<'a> {
    rest: std::iter::Peekable<std::str::Chars<'a>>,
    separator: char,
}

impl<'a> Records<'a> {
    fn new(text: &'a str, separator: char) -> Self {
        Self { rest: text.chars().peekable(), separator }
    }
}

impl Iterator for Records<'_> {
    type Item = Vec<String>;

    fn next(&mut self) -> Option<Vec<String>> {
        self.rest.peek()?;
        let mut fields = Vec::new();
        let mut field = String::new();
        let mut is_quoted = false;
        while let Some(c) = self.rest.next() {
            match c {
                '"' if is_quoted && self.rest.peek() == Some(&'"') => {
                    self.rest.next();
                    field.push('"');
                }
                '"' if is_quoted => is_quoted = false,
                '"' if field.is_empty() => is_quoted = true,
                '\r' if !is_quoted && self.rest.peek() == Some(&'\n') => {}
                '\n' | '\r' if !is_quoted => break,
                c if c == self.separator && !is_quoted => fields.push(std::mem::take(&mut field)),
                c => field.push(c),
            }
        }
        fields.push(field);
        Some(fields)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn records(text: &str) -> Vec<Vec<String>> {
        Records::new(text, ',').collect()
    }

    #[test]
    fn quotes_hold_separators_and_line_ends() {
        assert_eq!(records("a,b\r\nc,\"d,\n\"\"e\"\"\"\n"), [["a", "b"], ["c", "d,\n\"e\""]]);
        assert_eq!(records(""), Vec::<Vec<String>>::new());
        assert_eq!(records("\"open"), [["open"]]);
    }

    #[test]
    fn text_is_recognised_in_each_encoding() {
        let (gbk, _, _) = encoding_rs::GBK.encode("岗位名称,招聘人数");
        assert_eq!(decode(&gbk).unwrap(), "岗位名称,招聘人数");
        assert_eq!(decode("\u{feff}岗位".as_bytes()).unwrap(), "岗位");
        assert_eq!(decode(&[0xff, 0xfe, 0x97, 0x5c]).unwrap(), "岗");
        assert_eq!(decode(b"\x00\x01\x02"), None);
        assert_eq!(decode(&[0xff, 0xd8, 0xff, 0xe0, 0x00, 0x10]), None);
    }
}
