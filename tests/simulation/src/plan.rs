//! What a seed stands for: how many nodes, for how long, and which faults how often.
//!
//! Each seed enables its own subset of the faults, so that no kind hides what another would show,
//! and some seeds have hardly any.

use std::collections::BTreeSet;

use crate::chance::Chance;
use crate::fault::Fault;

/// The plan of one run.
#[derive(Debug, Clone)]
pub struct Plan {
    /// How many kiosks.
    pub kiosks: usize,
    /// Whether a standby follows the site server, whose disk is then destroyed.
    pub standby: bool,
    /// How long faults go on, in simulated milliseconds.
    pub length_ms: u64,
    /// Which faults there are.
    pub faults: BTreeSet<Fault>,
    /// How often a message meets each of the network's faults, in a thousand.
    pub net: u64,
    /// The time between two acts of mischief, on average, in milliseconds.
    pub mischief_ms: u64,
    /// The time between two things that people do at a node, on average, in milliseconds.
    pub work_ms: u64,
    /// How many employers a spreadsheet has.
    pub import: u64,
}

/// In how many of a thousand seeds a kind of fault is enabled.
const fn share(fault: Fault) -> u64 {
    match fault {
        // These break what a node promises by itself, so most seeds are without.
        Fault::SyncLie => 120,
        Fault::Rot => 300,
        Fault::Restore | Fault::Clone => 200,
        Fault::DiskError | Fault::DiskFull | Fault::Destroyed => 350,
        _ => 450,
    }
}

impl Plan {
    /// Draws the plan of a seed.
    pub fn draw(chance: &mut Chance) -> Self {
        let drawn = Fault::ALL.iter().filter(|fault| **fault != Fault::Destroyed);
        let faults = drawn.copied().filter(|fault| chance.happens(share(*fault)));
        let faults: BTreeSet<Fault> = faults.collect();
        let kiosks = usize::try_from(chance.between(1, 4)).unwrap_or(1);
        Self {
            kiosks,
            standby: false,
            length_ms: chance.between(30_000, 240_000),
            faults,
            net: chance.between(5, 150),
            mischief_ms: chance.between(1_500, 15_000),
            work_ms: chance.between(400, 4_000),
            // Now and then more than goes in one batch.
            import: if chance.happens(150) { 2_500 } else { chance.between(5, 150) },
        }
    }

    /// Whether there is a standby; from chance of its own, so that every other seed stays what it was.
    pub fn draw_standby(&mut self, chance: &mut Chance) {
        self.standby = chance.happens(share(Fault::Destroyed));
        self.faults.extend(self.standby.then_some(Fault::Destroyed));
    }

    /// Whether a kind is enabled.
    #[must_use]
    pub fn has(&self, fault: Fault) -> bool {
        self.faults.contains(&fault)
    }
}
