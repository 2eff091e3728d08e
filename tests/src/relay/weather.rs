//! What a bad network does, drawn from a seed, and how often it did.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use super::Way;
use crate::demo_fair::Chance;

/// How bad a network is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Weather {
    /// From what the mishaps are drawn.
    pub seed: u64,
    /// The longest that a piece is held back, in milliseconds. Pieces of several connections
    /// overtake each other by it.
    pub delay_ms: u32,
    /// Of a hundred pieces, after how many the connection is cut, in the middle of them.
    pub cuts: u32,
    /// Of a hundred pieces, in how many a bit is flipped.
    pub damages: u32,
}

/// How often what happened.
#[derive(Debug, Default)]
pub struct Tally {
    /// Bytes that came through towards the server.
    pub bytes_up: AtomicU64,
    /// Bytes that came through back from it.
    pub bytes_down: AtomicU64,
    /// Pieces that were held back.
    pub delays: AtomicU64,
    /// Connections cut in the middle of something.
    pub cuts: AtomicU64,
    /// Pieces with a flipped bit.
    pub damages: AtomicU64,
    /// Answers that never arrived.
    pub answers_lost: AtomicU64,
    /// Questions that a guest network's page answered.
    pub portal_pages: AtomicU64,
}

impl Tally {
    /// One of its counts.
    #[must_use]
    pub fn read(count: &AtomicU64) -> u64 {
        count.load(Ordering::Relaxed)
    }

    pub(super) fn count(&self, what: &AtomicU64) {
        what.fetch_add(1, Ordering::Relaxed);
    }

    pub(super) fn carried(&self, way: Way, size_bytes: usize) {
        let count = match way {
            Way::Request => &self.bytes_up,
            Way::Answer => &self.bytes_down,
        };
        count.fetch_add(u64::try_from(size_bytes).unwrap_or_default(), Ordering::Relaxed);
    }

    pub(super) fn note(&self, draw: &Draw) {
        let happened = [
            (!draw.delay.is_zero(), &self.delays),
            (draw.is_cut, &self.cuts),
            (draw.is_damaged, &self.damages),
        ];
        happened.iter().filter(|(did, _)| *did).for_each(|(_, count)| self.count(count));
    }
}

/// What happens to one piece.
#[derive(Debug)]
pub(super) struct Draw {
    pub(super) delay: Duration,
    pub(super) is_cut: bool,
    pub(super) is_damaged: bool,
}

/// The mishaps of one way of one connection.
#[derive(Debug, Default)]
pub(super) struct Mishaps(Option<Chance>);

impl Mishaps {
    /// Draws for the next piece, and does to its bytes what is to be done.
    pub(super) fn draw(
        &mut self,
        weather: Weather,
        (number, way): (u64, Way),
        bytes: &mut Vec<u8>,
    ) -> Draw {
        let own = number * 2 + u64::from(way == Way::Answer);
        let chance = self.0.get_or_insert_with(|| Chance::new(weather.seed ^ (own << 16)));
        let delay = Duration::from_millis(chance.between(0, weather.delay_ms).into());
        let is_cut = chance.percent(weather.cuts);
        let is_damaged = chance.percent(weather.damages);
        let length = u32::try_from(bytes.len()).unwrap_or(u32::MAX);
        let place = usize::try_from(chance.below(length)).unwrap_or_default();
        let bit = chance.below(8);
        if is_damaged && let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << bit;
        }
        if is_cut {
            bytes.truncate(place);
        }
        Draw { delay, is_cut, is_damaged }
    }
}

/// How long so many bytes take on such a line.
pub(super) fn time_for(size_bytes: usize, bytes_per_second: u32) -> Duration {
    let size_bytes = u32::try_from(size_bytes).unwrap_or(u32::MAX);
    Duration::from_secs_f64(f64::from(size_bytes) / f64::from(bytes_per_second.max(1)))
}
