//! Chance from a seed: SplitMix64, small enough to be the same for ever.

/// A stream of pseudo-random numbers.
#[derive(Debug, Clone)]
pub struct Chance(u64);

impl Chance {
    /// The stream of a seed.
    #[must_use]
    pub const fn new(seed: u64) -> Self {
        Self(seed)
    }

    /// A stream of its own, so that drawing more of one thing leaves the others alone.
    #[must_use]
    pub fn fork(&self, number: u64) -> Self {
        Self(self.clone().bits() ^ number.wrapping_mul(0x9e37_79b9_7f4a_7c15))
    }

    /// The next 64 bits (Steele, Lea and Flood 2014).
    pub fn bits(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut bits = self.0;
        bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bits ^ (bits >> 31)
    }

    /// A number below a bound; 0 if the bound is.
    pub fn below(&mut self, bound: u32) -> u32 {
        let high = u128::from(self.bits()) * u128::from(bound);
        u32::try_from(high >> 64).unwrap_or(0)
    }

    /// A number of a range, both ends included.
    pub fn between(&mut self, low: u32, high: u32) -> u32 {
        low + self.below(high.saturating_sub(low) + 1)
    }

    /// Yes in so many cases of a hundred.
    pub fn percent(&mut self, share: u32) -> bool {
        self.below(100) < share
    }

    /// One of some things, each as likely.
    ///
    /// # Panics
    /// When there is none.
    pub fn one_of<'a, T>(&mut self, things: &'a [T]) -> &'a T {
        let place = self.below(u32::try_from(things.len()).unwrap_or(u32::MAX));
        usize::try_from(place).ok().and_then(|place| things.get(place)).expect("there is a choice")
    }

    /// One of some things, as likely as its weight.
    ///
    /// # Panics
    /// When there is none.
    pub fn weighted<T: Copy>(&mut self, things: &[(T, u32)]) -> T {
        let total = things.iter().map(|(_, weight)| weight).sum();
        let mut left = self.below(total);
        for (thing, weight) in things {
            match left.checked_sub(*weight) {
                Some(rest) => left = rest,
                None => return *thing,
            }
        }
        things.last().expect("there is a choice").0
    }

    /// Shuffles in place.
    pub fn shuffle<T>(&mut self, things: &mut [T]) {
        for last in (1..things.len()).rev() {
            let bound = u32::try_from(last + 1).unwrap_or(u32::MAX);
            let other = usize::try_from(self.below(bound)).unwrap_or(0);
            things.swap(last, other);
        }
    }
}
