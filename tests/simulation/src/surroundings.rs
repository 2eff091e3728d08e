//! One node's clocks and chance, as its store sees them.

use std::sync::atomic::{AtomicI64, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use store::{StoreError, World};

use crate::chance::Chance;

/// When the fair begins by the true clock, in milliseconds since 1970: 2026-03-05, 9 h in Beijing.
pub const MORNING_MS: i64 = 1_772_672_400_000;

/// A node's clocks and chance.
pub struct Surroundings {
    /// The true time since the start, in milliseconds; everybody's.
    now_ms: Arc<AtomicU64>,
    /// By how much the wall clock is wrong, in milliseconds.
    offset_ms: AtomicI64,
    /// How much faster it runs, in parts of a million.
    drift_ppm: AtomicI64,
    chance: Mutex<Chance>,
}

impl Surroundings {
    /// True clocks.
    pub fn new(now_ms: Arc<AtomicU64>, chance: Chance) -> Arc<Self> {
        let (offset_ms, drift_ppm) = (AtomicI64::new(0), AtomicI64::new(0));
        Arc::new(Self { now_ms, offset_ms, drift_ppm, chance: Mutex::new(chance) })
    }

    /// Puts the wall clock forward or back.
    pub fn jump(&self, by_ms: i64) {
        self.offset_ms.fetch_add(by_ms, Ordering::Relaxed);
    }

    /// Has it run fast or slow.
    pub fn drift(&self, ppm: i64) {
        self.drift_ppm.store(ppm, Ordering::Relaxed);
    }

    /// The clock is set right.
    pub fn set_right(&self) {
        self.offset_ms.store(0, Ordering::Relaxed);
        self.drift_ppm.store(0, Ordering::Relaxed);
    }

    /// Random bytes.
    pub fn bytes<const N: usize>(&self) -> [u8; N] {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).bytes()
    }

    fn now_ms(&self) -> u64 {
        self.now_ms.load(Ordering::Relaxed)
    }
}

impl World for Surroundings {
    fn wall_ms(&self) -> u64 {
        let now_ms = i64::try_from(self.now_ms()).unwrap_or(i64::MAX);
        let drift_ms = now_ms.saturating_mul(self.drift_ppm.load(Ordering::Relaxed)) / 1_000_000;
        let offset_ms = self.offset_ms.load(Ordering::Relaxed);
        u64::try_from(MORNING_MS + now_ms + drift_ms + offset_ms).unwrap_or(0)
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.now_ms())
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        self.chance.lock().unwrap_or_else(PoisonError::into_inner).fill(bytes);
        Ok(())
    }
}
