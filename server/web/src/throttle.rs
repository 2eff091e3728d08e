//! Slowing down guesses: at passwords, tickets, short numbers.
//!
//! A pure counting structure: time comes in as an argument, memory is bounded. After some free
//! failures each further one doubles the wait, up to a most; what was quiet long enough is
//! forgotten. It slows, it never locks: nobody can shut another out for good, and nor can a clock
//! that is set back.

use std::collections::HashMap;
use std::hash::{BuildHasher, Hash, RandomState};

/// How fast failures slow somebody down.
#[derive(Clone, Copy, Debug)]
pub struct Pace {
    /// Failures that cost nothing.
    pub free: u32,
    /// The wait after the first that does, doubled by each further one.
    pub first_wait_ms: u64,
    /// The longest wait.
    pub most_wait_ms: u64,
    /// After so long without a failure all is forgotten.
    pub forget_ms: u64,
}

impl Pace {
    /// For passwords and PINs: five free, then 1 s, 2 s, 4 s … up to a minute; forgotten after
    /// a quarter of an hour.
    pub const SIGN_IN: Self =
        Self { free: 5, first_wait_ms: 1_000, most_wait_ms: 60_000, forget_ms: 900_000 };
}

/// Keys remembered at most; beyond that the one quiet for longest is forgotten.
const KEYS_MOST: usize = 10_000;

#[derive(Clone, Copy, Debug)]
struct Failures {
    count: u32,
    last_ms: u64,
}

/// Failures by key. Shared behind a mutex by its owner.
#[derive(Debug)]
pub struct Throttle {
    pace: Pace,
    hasher: RandomState,
    failures: HashMap<u64, Failures>,
}

impl Throttle {
    /// Nothing counted yet.
    #[must_use]
    pub fn new(pace: Pace) -> Self {
        Self { pace, hasher: RandomState::new(), failures: HashMap::new() }
    }

    /// Whether a try may be made now; else how long to wait, in milliseconds. Ask for every
    /// key that counts (the account, the peer) before the costly check.
    ///
    /// # Errors
    /// The wait.
    pub fn check<K: Hash>(&self, key: &K, now_ms: u64) -> Result<(), u64> {
        let Some(past) = self.failures.get(&self.hasher.hash_one(key)) else { return Ok(()) };
        let until = past.last_ms.saturating_add(self.wait_ms(past.count));
        match until.saturating_sub(now_ms) {
            0 => Ok(()),
            // Longer than any wait: the clock was set back since. The next failure is counted
            // by the clock as it is now.
            wait if wait > self.pace.most_wait_ms => Ok(()),
            wait => Err(wait),
        }
    }

    /// Counts a failure.
    pub fn failed<K: Hash>(&mut self, key: &K, now_ms: u64) {
        let key = self.hasher.hash_one(key);
        self.make_room(key, now_ms);
        let forget_ms = self.pace.forget_ms;
        let entry = self.failures.entry(key).or_insert(Failures { count: 0, last_ms: now_ms });
        if now_ms.saturating_sub(entry.last_ms) > forget_ms {
            entry.count = 0;
        }
        entry.count = entry.count.saturating_add(1);
        // Failures of one moment may be counted out of order; one from further ahead than any
        // wait was counted by a clock that has been set back.
        let ahead_ms = entry.last_ms.saturating_sub(now_ms);
        if ahead_ms == 0 || ahead_ms > self.pace.most_wait_ms {
            entry.last_ms = now_ms;
        }
    }

    /// Forgets the failures of a key that has now succeeded.
    pub fn succeeded<K: Hash>(&mut self, key: &K) {
        self.failures.remove(&self.hasher.hash_one(key));
    }

    fn wait_ms(&self, count: u32) -> u64 {
        match count.checked_sub(self.pace.free) {
            None | Some(0) => 0,
            Some(over) => {
                let factor = 1_u64.checked_shl(over - 1).unwrap_or(u64::MAX);
                self.pace.first_wait_ms.saturating_mul(factor).min(self.pace.most_wait_ms)
            }
        }
    }

    fn make_room(&mut self, key: u64, now_ms: u64) {
        if self.failures.len() < KEYS_MOST || self.failures.contains_key(&key) {
            return;
        }
        let forget_ms = self.pace.forget_ms;
        self.failures.retain(|_, past| now_ms.saturating_sub(past.last_ms) <= forget_ms);
        if self.failures.len() >= KEYS_MOST
            && let Some(quietest) =
                self.failures.iter().min_by_key(|(_, past)| past.last_ms).map(|(key, _)| *key)
        {
            self.failures.remove(&quietest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn waits_double_after_the_free_ones_and_are_forgotten() {
        let mut throttle = Throttle::new(Pace::SIGN_IN);
        for _ in 0..5 {
            assert_eq!(throttle.check(&"a", 0), Ok(()));
            throttle.failed(&"a", 0);
        }
        assert_eq!(throttle.check(&"a", 0), Ok(()));
        throttle.failed(&"a", 0);
        assert_eq!(throttle.check(&"a", 0), Err(1_000));
        assert_eq!(throttle.check(&"b", 0), Ok(()));
        throttle.failed(&"a", 1_000);
        assert_eq!(throttle.check(&"a", 1_500), Err(1_500));
        for _ in 0..100 {
            throttle.failed(&"a", 2_000);
        }
        assert_eq!(throttle.check(&"a", 2_000), Err(60_000));
        throttle.failed(&"a", 2_000 + 900_001);
        assert_eq!(throttle.check(&"a", 902_001), Ok(()));
    }

    #[test]
    fn a_clock_set_back_lets_nobody_wait_longer_than_the_most() {
        const DAY_MS: u64 = 86_400_000;
        let mut throttle = Throttle::new(Pace { free: 0, ..Pace::SIGN_IN });
        for _ in 0..10 {
            throttle.failed(&"a", 2 * DAY_MS);
        }
        assert_eq!(throttle.check(&"a", 2 * DAY_MS), Err(60_000));
        assert_eq!(throttle.check(&"a", DAY_MS), Ok(()));
        throttle.failed(&"a", DAY_MS);
        assert_eq!(throttle.check(&"a", DAY_MS), Err(60_000), "still slowed");
        assert_eq!(throttle.check(&"a", DAY_MS + 60_000), Ok(()));
        throttle.failed(&"b", 2 * DAY_MS);
        let back_ms = 2 * DAY_MS - 30_000;
        assert_eq!(throttle.check(&"b", back_ms), Err(31_000));
        throttle.failed(&"b", back_ms);
        assert_eq!(throttle.check(&"b", back_ms), Err(32_000));
    }

    #[test]
    fn success_forgets() {
        let mut throttle = Throttle::new(Pace { free: 0, ..Pace::SIGN_IN });
        throttle.failed(&1, 0);
        assert!(throttle.check(&1, 0).is_err());
        throttle.succeeded(&1);
        assert_eq!(throttle.check(&1, 0), Ok(()));
    }

    #[test]
    fn memory_is_bounded_and_the_quietest_goes_first() {
        let mut throttle = Throttle::new(Pace { free: 0, ..Pace::SIGN_IN });
        for key in 0..10_001_u64 {
            throttle.failed(&key, 10 + key);
        }
        assert_eq!(throttle.failures.len(), KEYS_MOST);
        assert_eq!(throttle.check(&0_u64, 10), Ok(()));
        assert!(throttle.check(&10_000_u64, 10_010).is_err());
    }
}
