//! How much of something somebody may do in a while: so many at once, then so many a second. It
//! slows whoever asks too much and touches nobody else. Pure: time comes in as an argument.

use std::collections::HashMap;
use std::hash::Hash;

/// Keys remembered at most; beyond that everybody begins with a full purse again.
const KEYS_MOST: usize = 10_000;

/// A pace.
#[derive(Debug, Clone, Copy)]
pub struct Allowance {
    /// So many at once.
    pub burst: u32,
    /// Then one in so many milliseconds.
    pub every_ms: u64,
}

/// What is left to whom.
#[derive(Debug)]
pub struct Budget<K> {
    allowance: Allowance,
    /// The moment from which on the purse is full again.
    full_at_ms: HashMap<K, u64>,
}

impl<K: Hash + Eq> Budget<K> {
    /// Nothing spent yet.
    #[must_use]
    pub fn new(allowance: Allowance) -> Self {
        Self { allowance, full_at_ms: HashMap::new() }
    }

    /// Spends one, if there is one left.
    ///
    /// # Errors
    /// How long to wait for the next, in milliseconds.
    pub fn spend(&mut self, key: K, now_ms: u64) -> Result<(), u64> {
        let Allowance { burst, every_ms } = self.allowance;
        if self.full_at_ms.len() >= KEYS_MOST {
            self.full_at_ms.retain(|_, full_at| *full_at > now_ms);
        }
        if self.full_at_ms.len() >= KEYS_MOST {
            self.full_at_ms.clear();
        }
        let full_at = self.full_at_ms.entry(key).or_default();
        let after = (*full_at).max(now_ms) + every_ms;
        let most = now_ms + every_ms * u64::from(burst);
        if after > most {
            return Err(after - most);
        }
        *full_at = after;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_burst_then_one_at_a_time_each_by_itself() {
        let mut budget = Budget::new(Allowance { burst: 3, every_ms: 100 });
        for _ in 0..3 {
            assert_eq!(budget.spend("one", 1_000), Ok(()));
        }
        assert_eq!(budget.spend("one", 1_000), Err(100));
        assert_eq!(budget.spend("other", 1_000), Ok(()));
        assert_eq!(budget.spend("one", 1_099), Err(1));
        assert_eq!(budget.spend("one", 1_100), Ok(()));
        assert_eq!(budget.spend("one", 1_100), Err(100));
        assert_eq!(budget.spend("one", 9_000), Ok(()));
    }
}
