//! The tests can fail: every bug that is made on purpose is found within so many seeds.

use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use journal::deliberate::BUGS;
use simulation::seeds::catch;

/// Within how many seeds each must be found.
const SEEDS: u64 = 100;

#[test]
fn every_deliberate_bug_is_found() {
    let (next, missed) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    let work = || {
        while let Some((bug, what)) = BUGS.get(next.fetch_add(1, Ordering::Relaxed)) {
            match catch(bug, SEEDS) {
                Some((seed, broken)) => {
                    eprintln!("{bug} ({what}): found after {seed} seeds: {}", broken.0);
                }
                None => missed.lock().unwrap().push(*bug),
            }
        }
    };
    std::thread::scope(|scope| {
        scope.spawn(work);
        work();
    });
    let missed = missed.into_inner().unwrap();
    assert!(missed.is_empty(), "not found within {SEEDS} seeds: {missed:?}");
}
