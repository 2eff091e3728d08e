//! What a store takes from the world around it besides its disk: two clocks and chance.
//!
//! They are arguments, so that a simulation can give others. What is durable, and in which order,
//! depends on none of them.

use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use crate::error::StoreError;

/// Gives the wall clock in milliseconds since 1970 (UTC).
pub type Clock = fn() -> u64;

/// The clocks and the chance of one machine.
pub trait World: Send + Sync + 'static {
    /// The wall clock in milliseconds since 1970 (UTC); it may jump.
    fn wall_ms(&self) -> u64;

    /// Time since some fixed moment; never goes back.
    fn elapsed(&self) -> Duration;

    /// Fills `bytes` with random ones.
    ///
    /// # Errors
    /// [`StoreError::NoRandomness`].
    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError>;
}

/// The world as the operating system gives it.
#[derive(Debug, Clone, Copy)]
pub struct SystemWorld {
    /// The wall clock; usually [`wall_clock_ms`].
    pub wall_clock: Clock,
}

impl SystemWorld {
    /// All of it from the system.
    #[must_use]
    pub fn usual() -> Arc<dyn World> {
        Arc::new(Self { wall_clock: wall_clock_ms })
    }
}

impl World for SystemWorld {
    fn wall_ms(&self) -> u64 {
        (self.wall_clock)()
    }

    fn elapsed(&self) -> Duration {
        static BEGAN: OnceLock<Instant> = OnceLock::new();
        BEGAN.get_or_init(Instant::now).elapsed()
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        getrandom::fill(bytes).map_err(|_| StoreError::NoRandomness)
    }
}

/// The system's clock.
#[must_use]
pub fn wall_clock_ms() -> u64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
    u64::try_from(since.as_millis()).unwrap_or(u64::MAX)
}

/// Fresh random bytes.
pub(crate) fn random<const N: usize>(world: &dyn World) -> Result<[u8; N], StoreError> {
    let mut bytes = [0; N];
    world.fill(&mut bytes)?;
    Ok(bytes)
}
