//! What the fault tests tried, and the table of it that the documentation shows.
//!
//! A test tells of its faults only after it has found everything again: a row is never the promise
//! of a test, always its result. Rows are collected in the file that the environment names.

use std::collections::BTreeMap;
use std::fs::OpenOptions;
use std::io::Write;

use anyhow::{Context, Result, ensure};

use crate::journey::Report;

/// The variable that names the file in which rows are collected; the simulation knows it too.
pub const COLLECTED_IN: &str = "SPRINGBREEZE_TRIED";
/// What stands before the table in a document.
const BEGIN: &str = "<!-- nothing lost: written by scripts/test long -->";
/// What stands after it.
const END: &str = "<!-- nothing lost ends -->";

/// Faults of one kind, and what was looked at after them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Tried {
    /// How often the fault struck.
    pub times: usize,
    /// Acknowledgements or records that were looked for afterwards, and found.
    pub found: usize,
    /// Records that damage took on a lone machine, each named as lost.
    pub named: usize,
}

impl Tried {
    /// Faults that cost nothing.
    #[must_use]
    pub const fn new(times: usize, found: usize) -> Self {
        Self { times, found, named: 0 }
    }

    /// Prints what was tried, and collects it where the environment says.
    ///
    /// # Errors
    ///
    /// When the file can't be written to.
    pub fn tell(self, fault: &str) -> Result<()> {
        let Self { times, found, named } = self;
        let line = format!("{times} × {fault}: {found} found again, {named} named, 0 lost");
        Report::default().line(&line);
        let Some(path) = std::env::var_os(COLLECTED_IN) else { return Ok(()) };
        let mut file = OpenOptions::new().create(true).append(true).open(path)?;
        // In one write, since several tests may tell at once.
        file.write_all(format!("{fault}\t{times}\t{found}\t{named}\n").as_bytes())?;
        Ok(())
    }
}

/// All rows that were collected; those of the same fault are one.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Table(BTreeMap<String, Tried>);

impl Table {
    /// Reads what was collected.
    ///
    /// # Errors
    ///
    /// When a line is no row.
    pub fn read(collected: &str) -> Result<Self> {
        let mut rows = BTreeMap::new();
        for line in collected.lines() {
            let mut fields = line.split('\t');
            let fault = fields.next().filter(|fault| !fault.is_empty());
            let counts: Vec<usize> = fields.map_while(|field| field.parse().ok()).collect();
            let (Some(fault), &[times, found, named]) = (fault, counts.as_slice()) else {
                anyhow::bail!("no row: {line}");
            };
            let row: &mut Tried = rows.entry(fault.to_owned()).or_default();
            row.times += times;
            row.found += found;
            row.named += named;
        }
        ensure!(!rows.is_empty(), "no fault was tried");
        Ok(Self(rows))
    }

    /// The table in Markdown, under a line that says of what it is.
    #[must_use]
    pub fn markdown(&self, of: &str) -> String {
        let mut text = format!(
            "Of {of}.\n\n| what was done | times | looked for and found | lost, each named | lost \
             otherwise |\n|---|--:|--:|--:|--:|\n"
        );
        for (fault, Tried { times, found, named }) in &self.0 {
            text.push_str(&format!("| {fault} | {times} | {found} | {named} | 0 |\n"));
        }
        text
    }
}

/// The document with the table in its place.
///
/// # Errors
///
/// When the document does not say where that is.
pub fn put_into(document: &str, table: &str) -> Result<String> {
    let (before, rest) = document.split_once(BEGIN).context("no place for the table")?;
    let (_, after) = rest.split_once(END).context("the table's place has no end")?;
    Ok(format!("{before}{BEGIN}\n{table}{END}{after}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn rows_of_one_fault_are_one_and_the_table_replaces_the_last() {
        let collected = "a kill\t2\t10\t0\nrot\t7\t70\t3\na kill\t1\t5\t0\n";
        let table = Table::read(collected).unwrap().markdown("today");
        assert!(table.contains("| a kill | 3 | 15 | 0 | 0 |\n| rot | 7 | 70 | 3 | 0 |\n"));
        let document = format!("before\n{BEGIN}\n{END}\nafter\n");
        let once = put_into(&document, &table).unwrap();
        assert!(once.starts_with("before\n") && once.ends_with(&format!("{END}\nafter\n")));
        assert_eq!(put_into(&once, &table).unwrap(), once);
    }

    #[test]
    fn what_is_no_row_and_no_place_is_said() {
        assert!(Table::read("").is_err());
        assert!(Table::read("a kill\t2\t10\n").is_err());
        assert!(Table::read("a kill\tmany\t10\t0\n").is_err());
        assert!(put_into("no place", "").is_err());
        assert!(put_into(BEGIN, "").is_err());
    }
}
