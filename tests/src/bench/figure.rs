//! One figure and how it is shown: a line of the table and an entry of `bench.json`.

use std::io::Write;
use std::path::Path;

use anyhow::{Context, Result};
use serde::Serialize;

use super::goals::Goal;
use super::median;

/// A measured figure beside what it is measured against.
#[derive(Debug, Clone, Serialize)]
pub struct Figure {
    /// Such as `P1a/64`.
    pub name: &'static str,
    /// The median of the measured side.
    pub value: f64,
    /// Its unit.
    pub unit: &'static str,
    /// The median of the other side.
    pub against: f64,
    /// The median of the rounds' own ratios.
    pub ratio: f64,
    /// Below this something is wrong.
    pub floor: f64,
    /// What we want.
    pub goal: f64,
    /// Whether the ratio reaches the goal.
    pub met: bool,
    /// Whether it reaches the floor.
    #[serde(skip)]
    pub sound: bool,
}

/// What both sides reached in one round.
#[derive(Debug, Clone, Copy)]
pub struct Round {
    /// The measured side.
    pub measured: f64,
    /// The other side.
    pub against: f64,
}

impl Figure {
    /// The figure of some rounds.
    ///
    /// # Errors
    ///
    /// When there are none.
    pub fn of(goal: Goal, unit: &'static str, rounds: &[Round]) -> Result<Self> {
        let middle = |side: fn(&Round) -> f64| {
            let values: Vec<f64> = rounds.iter().map(side).collect();
            median(&values).context("no round was measured")
        };
        let medians = Round {
            measured: middle(|round| round.measured)?,
            against: middle(|round| round.against)?,
        };
        let ratio = middle(|round| round.measured / round.against)?;
        let (met, sound) = (goal.reaches(ratio, goal.goal), goal.reaches(ratio, goal.floor));
        Ok(Self { ratio, met, sound, ..Self::of_medians(goal, unit, medians) })
    }

    /// The figure of two medians that somebody else took.
    #[must_use]
    pub fn of_medians(goal: Goal, unit: &'static str, medians: Round) -> Self {
        let Round { measured: value, against } = medians;
        let ratio = value / against;
        let (met, sound) = (goal.reaches(ratio, goal.goal), goal.reaches(ratio, goal.floor));
        let Goal { name, floor, goal, .. } = goal;
        Self { name, value, unit, against, ratio, floor, goal, met, sound }
    }

    /// The head of the table.
    #[must_use]
    pub fn heading() -> String {
        format!(
            "{:<9} {:>12} {:>12}  {:<10} {:>6} {:>6} {:>6}  {}",
            "name", "value", "against", "unit", "ratio", "floor", "goal", "reached"
        )
    }

    /// Its line of the table.
    #[must_use]
    pub fn line(&self) -> String {
        let reached = match (self.met, self.sound) {
            (true, _) => "goal",
            (false, true) => "floor",
            (false, false) => "NOT",
        };
        format!(
            "{:<9} {:>12} {:>12}  {:<10} {:>6.2} {:>6.2} {:>6.2}  {reached}",
            self.name,
            shown(self.value),
            shown(self.against),
            self.unit,
            self.ratio,
            self.floor,
            self.goal
        )
    }
}

/// Small numbers with what is behind the point.
fn shown(value: f64) -> String {
    if value < 1_000.0 { format!("{value:.1}") } else { format!("{value:.0}") }
}

/// Writes all figures as JSON; those of an earlier run that were not measured now stay.
///
/// # Errors
///
/// When the file can't be written.
pub fn write(file: &Path, figures: &[Figure]) -> Result<()> {
    let earlier = std::fs::read(file).unwrap_or_default();
    let earlier: Vec<serde_json::Value> = serde_json::from_slice(&earlier).unwrap_or_default();
    let is_new = |old: &serde_json::Value| figures.iter().any(|new| old["name"] == new.name);
    let mut all: Vec<serde_json::Value> = earlier.into_iter().filter(|old| !is_new(old)).collect();
    for figure in figures {
        all.push(serde_json::to_value(figure)?);
    }
    let mut out = std::fs::File::create(file).with_context(|| file.display().to_string())?;
    serde_json::to_writer_pretty(&mut out, &all)?;
    Ok(writeln!(out)?)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::bench::goals::{P3, P4};

    fn rounds(pairs: &[(f64, f64)]) -> Vec<Round> {
        pairs
            .iter()
            .map(|(measured, against)| Round { measured: *measured, against: *against })
            .collect()
    }

    #[test]
    fn a_figure_is_the_middle_of_its_rounds() {
        let figure =
            Figure::of(P3[0], "records/s", &rounds(&[(8.0, 10.0), (9.0, 10.0), (1.0, 10.0)]));
        let figure = figure.unwrap();
        assert!((figure.ratio - 0.8).abs() < 1e-9 && figure.met);
        assert!(figure.line().ends_with("goal"), "{}", figure.line());
        let slow = Figure::of(P3[0], "records/s", &rounds(&[(4.0, 10.0)])).unwrap();
        assert!(slow.line().ends_with("NOT") && !slow.met);
        let cheap = Figure::of(P4, "us", &rounds(&[(11.0, 10.0)])).unwrap();
        let dear = Figure::of(P4, "us", &rounds(&[(12.0, 10.0)])).unwrap();
        assert!(cheap.met && !dear.met && dear.line().ends_with("floor"));
        assert!(Figure::of(P3[0], "records/s", &[]).is_err());
    }

    #[test]
    fn figures_not_measured_now_stay() {
        let directory = tempfile::tempdir().unwrap();
        let file = directory.path().join("bench.json");
        let one = Figure::of(P3[0], "records/s", &rounds(&[(1.0, 2.0)])).unwrap();
        let two = Figure::of(P3[1], "records/s", &rounds(&[(1.0, 2.0)])).unwrap();
        write(&file, &[one.clone(), two]).unwrap();
        write(&file, &[Figure { value: 7.0, ..one }]).unwrap();
        let all: Vec<serde_json::Value> =
            serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        let names: Vec<_> = all.iter().map(|entry| entry["name"].as_str().unwrap()).collect();
        assert_eq!(names, ["P3/256", "P3/64"]);
        assert_eq!(all[1]["value"], 7.0);
    }
}
