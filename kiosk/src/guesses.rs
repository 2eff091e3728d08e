//! Guesses at tickets and short numbers are counted, and slowed.
//!
//! Pure: time comes in as milliseconds of a clock that only grows. A few mistakes cost nothing;
//! from then on each doubles the wait, up to a bound, and a quiet minute forgives.

/// Mistakes that cost nothing.
const FREE: u32 = 5;
/// The first wait, in milliseconds.
const FIRST_WAIT_MS: u64 = 250;
/// The longest wait, in milliseconds: less than what the screen waits for a decision.
const LONGEST_WAIT_MS: u64 = 4_000;
/// A quiet time after which all is forgiven, in milliseconds.
const FORGIVEN_MS: u64 = 60_000;

/// The mistakes of late.
#[derive(Debug, Default)]
pub struct Guesses {
    missed: u32,
    last_ms: u64,
}

impl Guesses {
    /// Something was presented that nobody has a ticket for.
    pub fn missed(&mut self, now_ms: u64) {
        self.forgive(now_ms);
        self.missed = self.missed.saturating_add(1);
        self.last_ms = now_ms;
    }

    /// A good ticket was presented: people are at work here, not a guesser.
    pub fn hit(&mut self) {
        self.missed = self.missed.saturating_sub(1);
    }

    /// How long the next answer is held back, in milliseconds.
    pub fn wait_ms(&mut self, now_ms: u64) -> u64 {
        self.forgive(now_ms);
        let Some(beyond) = self.missed.checked_sub(FREE + 1) else { return 0 };
        let doubled = FIRST_WAIT_MS.saturating_mul(1_u64.checked_shl(beyond).unwrap_or(u64::MAX));
        doubled.min(LONGEST_WAIT_MS)
    }

    fn forgive(&mut self, now_ms: u64) {
        if now_ms.saturating_sub(self.last_ms) > FORGIVEN_MS {
            self.missed = 0;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_few_mistakes_cost_nothing_and_many_cost_more_and_more() {
        let mut guesses = Guesses::default();
        let mut waits = Vec::new();
        for now_ms in 0..12 {
            guesses.missed(now_ms);
            waits.push(guesses.wait_ms(now_ms));
        }
        assert_eq!(waits, [0, 0, 0, 0, 0, 250, 500, 1_000, 2_000, 4_000, 4_000, 4_000]);
        assert_eq!(guesses.wait_ms(12 + FORGIVEN_MS), 0);
    }

    #[test]
    fn a_busy_door_is_not_slowed() {
        let mut guesses = Guesses::default();
        for now_ms in 0..100 {
            guesses.missed(now_ms);
            guesses.hit();
            guesses.hit();
        }
        assert_eq!(guesses.wait_ms(100), 0);
    }
}
