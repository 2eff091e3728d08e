//! What time it is, as far as this station can know.
//!
//! A cheap machine's clock may be days off. The site's clock is learnt with every answer that tells
//! it, and holds for this run; until then the station doesn't hold a day against anybody.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{Duration, Instant};

use domain::day::Day;

use domain::station::Today;
use store::{StoreError, SystemWorld, World};

/// How far a clock may lie beside the site's before the staff are told, in milliseconds.
const TOLERATED_MS: u64 = 60_000;

/// No offset is known.
const UNKNOWN: i64 = i64::MIN;

/// The station's clocks.
#[derive(Debug)]
pub struct StationClock {
    started: Instant,
    offset_ms: AtomicI64,
    wall_ms: fn() -> u64,
}

impl StationClock {
    /// A clock over the machine's own, which gives milliseconds since 1970.
    #[must_use]
    pub fn new(wall_ms: fn() -> u64) -> Self {
        Self { started: Instant::now(), offset_ms: AtomicI64::new(UNKNOWN), wall_ms }
    }

    /// Milliseconds since this process started; only grows.
    #[must_use]
    pub fn since_start_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }

    /// The site's clock was found to be ahead of this machine's by so many milliseconds.
    pub fn learn(&self, offset_ms: i64) {
        self.offset_ms.store(offset_ms.max(UNKNOWN + 1), Ordering::Relaxed);
    }

    /// How far this machine's clock is behind the site's, in milliseconds; none while unknown.
    #[must_use]
    pub fn offset_ms(&self) -> Option<i64> {
        Some(self.offset_ms.load(Ordering::Relaxed)).filter(|offset| *offset != UNKNOWN)
    }

    /// Whether the staff should set this machine's clock.
    #[must_use]
    pub fn is_off(&self) -> bool {
        self.offset_ms().is_some_and(|offset| offset.unsigned_abs() > TOLERATED_MS)
    }

    /// Milliseconds since 1970, corrected by what the site's clock said.
    #[must_use]
    pub fn now_ms(&self) -> u64 {
        let own = signed((self.wall_ms)());
        u64::try_from(own.saturating_add(self.offset_ms().unwrap_or(0))).unwrap_or(0)
    }

    /// The day, and whether it may be held against a ticket.
    #[must_use]
    pub fn today(&self) -> Today {
        Today { day: Day::of_ms(self.now_ms()), trusted: self.offset_ms().is_some() }
    }
}

/// The world of a station's store: records tell the corrected time.
pub(super) struct StationWorld(pub(super) Arc<StationClock>);

impl World for StationWorld {
    fn wall_ms(&self) -> u64 {
        self.0.now_ms()
    }

    fn elapsed(&self) -> Duration {
        self.0.started.elapsed()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        SystemWorld { wall_clock: self.0.wall_ms }.fill(bytes)
    }
}

fn signed(ms: u64) -> i64 {
    i64::try_from(ms).unwrap_or(i64::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_sites_clock_corrects_a_wrong_one() {
        let clock = StationClock::new(|| 1_000);
        assert!(!clock.today().trusted);
        clock.learn(1_772_600_000_000);
        assert_eq!(clock.now_ms(), 1_772_600_001_000);
        assert!(clock.is_off() && clock.today().trusted);
        assert_eq!(clock.today().day, Day::of_ms(1_772_600_001_000));
        clock.learn(-2_000);
        assert_eq!(clock.now_ms(), 0, "a clock ahead of the site's is set back");
    }
}
