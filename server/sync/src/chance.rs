//! Chance comes in from outside as one number a step, so that a run repeats from its seed.

/// The longest wait before the given attempt, doubled each time up to a cap.
const fn ceiling_ms(base_ms: u64, cap_ms: u64, attempt: u32) -> u64 {
    let factor = if attempt < 20 { 1_u64 << attempt } else { 1 << 20 };
    let grown = base_ms.saturating_mul(factor);
    if grown < cap_ms { grown } else { cap_ms }
}

/// A drawer of numbers from the one given (the SplitMix64 sequence).
#[derive(Debug, Clone, Copy)]
pub(crate) struct Chance(u64);

impl Chance {
    pub(crate) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A number from 0 to `most`, both included.
    pub(crate) const fn up_to(&mut self, most: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut z = self.0;
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^= z >> 31;
        if most == u64::MAX { z } else { z % (most + 1) }
    }

    /// Full jitter: anything from nothing to the ceiling of this attempt (counted from 0), so that
    /// many senders that failed together don't come back together.
    pub(crate) const fn back_off_ms(&mut self, base_ms: u64, cap_ms: u64, attempt: u32) -> u64 {
        self.up_to(ceiling_ms(base_ms, cap_ms, attempt))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn back_off_grows_to_its_cap_and_no_further() {
        assert_eq!(ceiling_ms(1_000, 30_000, 0), 1_000);
        assert_eq!(ceiling_ms(1_000, 30_000, 3), 8_000);
        assert_eq!(ceiling_ms(1_000, 30_000, 5), 30_000);
        assert_eq!(ceiling_ms(1_000, 300_000, u32::MAX), 300_000);
        let mut chance = Chance::new(7);
        let drawn: Vec<u64> = (0..200).map(|_| chance.back_off_ms(1_000, 30_000, 9)).collect();
        assert!(drawn.iter().all(|wait| *wait <= 30_000));
        assert!(drawn.iter().any(|wait| *wait < 3_000), "full jitter reaches down to nothing");
        assert!(drawn.iter().any(|wait| *wait > 27_000));
    }
}
