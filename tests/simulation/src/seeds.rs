//! Running seeds: one, many, and what came of them.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Mutex, PoisonError};
use std::thread;

use crate::fault::{Fault, Tally};
use crate::oracle::{Broken, Checked};
use crate::simulation::Simulation;
use crate::trace::Trace;

/// Every so many seeds one runs twice, and must give the same trace.
const TWICE_EVERY: usize = 50;
/// How many run at a time.
const THREADS: usize = 2;

/// The seeds that once broke something.
const KEPT: &str = include_str!("../seeds.txt");

/// The seeds that once broke something, in their order.
#[must_use]
pub fn kept() -> Vec<u64> {
    let lines = KEPT.lines().filter(|line| !line.starts_with('#'));
    lines.filter_map(|line| line.split_whitespace().next()?.parse().ok()).collect()
}

/// What came of one seed.
#[derive(Debug, Clone)]
pub struct Outcome {
    /// The seed.
    pub seed: u64,
    /// Whether all held.
    pub held: Checked,
    /// The trace as one number.
    pub trace: u64,
    /// The trace's lines, if they were kept.
    pub lines: Vec<String>,
    /// Simulated milliseconds.
    pub simulated_ms: u64,
    /// Records, each counted once.
    pub records: u64,
    /// Acknowledgements.
    pub acks: u64,
    /// Verdicts shown.
    pub shown: u64,
    /// Which faults struck.
    pub faults: Tally,
}

/// What came of many.
#[derive(Debug, Clone, Default)]
pub struct Summary {
    /// How many seeds ran.
    pub seeds: usize,
    /// How many of them ran twice.
    pub twice: usize,
    /// Simulated milliseconds.
    pub simulated_ms: u64,
    /// Records.
    pub records: u64,
    /// Acknowledgements.
    pub acks: u64,
    /// Verdicts shown.
    pub shown: u64,
    /// Which faults struck, over all seeds.
    pub faults: Tally,
    /// The seeds in which something broke, in their order.
    pub failures: Vec<(u64, Broken)>,
}

/// Runs seeds from 1 on with a bug that is made on purpose, until one finds it that
/// holds without; gives that one, and what it says. None after `most`.
#[cfg(feature = "deliberate-bugs")]
#[must_use]
pub fn catch(bug: &'static str, most: u64) -> Option<(u64, Broken)> {
    let held = |seed, bug| {
        journal::deliberate::choose(bug);
        let held = run(seed, Trace::default()).held;
        journal::deliberate::choose("");
        held
    };
    let by_it = |seed| held(seed, bug).err().filter(|_| held(seed, "").is_ok());
    (1..=most).find_map(|seed| Some((seed, by_it(seed)?)))
}

/// Runs one seed.
#[must_use]
pub fn run(seed: u64, trace: Trace) -> Outcome {
    let mut simulation = Simulation::new(seed, trace);
    let ran = catch_unwind(AssertUnwindSafe(|| all(&mut simulation)));
    let held = ran.unwrap_or_else(|panic| {
        let said = panic.downcast_ref::<String>().cloned();
        let said = said.or_else(|| panic.downcast_ref::<&str>().map(|text| (*text).to_owned()));
        Err(Broken(format!("the program failed: {}", said.unwrap_or_default())))
    });
    Outcome {
        seed,
        held,
        trace: simulation.trace.hash(),
        lines: simulation.trace.lines().to_vec(),
        simulated_ms: simulation.now_ms,
        records: simulation.oracle.records,
        acks: simulation.oracle.acks,
        shown: simulation.oracle.shown,
        faults: simulation.tally.clone(),
    }
}

fn all(simulation: &mut Simulation) -> Checked {
    simulation.set_up()?;
    let until_ms = simulation.now_ms + simulation.plan.length_ms;
    while simulation.advance(until_ms)? {}
    simulation.heal()
}

/// Runs many seeds, two at a time; every fiftieth twice.
#[must_use]
pub fn run_many(seeds: &[u64]) -> Summary {
    let (next, summary) = (AtomicUsize::new(0), Mutex::new(Summary::default()));
    let work = || {
        loop {
            let place = next.fetch_add(1, Ordering::Relaxed);
            let Some(seed) = seeds.get(place).copied() else { return };
            let mut outcome = run(seed, Trace::default());
            let twice = place % TWICE_EVERY == 0;
            if twice && run(seed, Trace::default()).trace != outcome.trace {
                outcome.held = Err(Broken("a second run of the seed went another way".to_owned()));
            }
            let mut summary = summary.lock().unwrap_or_else(PoisonError::into_inner);
            summary.add(outcome, twice);
        }
    };
    thread::scope(|scope| {
        for _ in 1..THREADS {
            scope.spawn(work);
        }
        work();
    });
    let mut summary = summary.into_inner().unwrap_or_else(PoisonError::into_inner);
    summary.failures.sort_by_key(|(seed, _)| *seed);
    summary
}

impl Summary {
    fn add(&mut self, outcome: Outcome, twice: bool) {
        self.seeds += 1;
        self.twice += usize::from(twice);
        self.simulated_ms += outcome.simulated_ms;
        self.records += outcome.records;
        self.acks += outcome.acks;
        self.shown += outcome.shown;
        self.faults.add(&outcome.faults);
        if let Err(broken) = outcome.held {
            self.failures.push((outcome.seed, broken));
        }
    }

    /// The kinds of faults that never struck.
    #[must_use]
    pub fn idle(&self) -> Vec<Fault> {
        Fault::ALL.iter().copied().filter(|fault| self.faults.count(*fault) == 0).collect()
    }

    /// What ran and what struck, in lines for people; then what broke, and how to see it again.
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        let hours = std::time::Duration::from_millis(self.simulated_ms).as_secs_f64() / 3_600.0;
        let mut lines = vec![format!(
            "{} seeds ({} of them twice), {hours:.1} simulated hours, {} records, {} \
             acknowledgements, {} verdicts shown",
            self.seeds, self.twice, self.records, self.acks, self.shown
        )];
        let counted =
            Fault::ALL.iter().map(|it| format!("  {:<22}{:>9}", it.word(), self.faults.count(*it)));
        lines.extend(counted);
        for (seed, broken) in &self.failures {
            lines.push(format!("seed {seed}: {}", broken.0));
            lines.push(format!("  to see it again: scripts/simulate --seed {seed}"));
        }
        lines
    }
}
