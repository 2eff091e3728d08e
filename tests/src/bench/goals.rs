//! What the figures are measured against.

/// What a figure must reach, and what it should.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Goal {
    /// Its name: the measure, and the number of connections or the size of a group.
    pub name: &'static str,
    /// Below this something is wrong.
    pub floor: f64,
    /// What we want.
    pub goal: f64,
    /// Which way is better.
    pub better: Better,
}

/// Which way a ratio is better.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Better {
    /// Speeds.
    More,
    /// Costs.
    Less,
}

/// A full check-in from a staff tablet (session, role, ticket, durable, verdict and route) beside
/// a route of the same server that parses and answers the same bodies and does nothing.
pub const P1A: [Goal; 2] = [goal("P1a/64", 0.35, 0.55), goal("P1a/256", 0.45, 0.65)];

/// A station's hand-over of one scan over its enrolled session, beside the same.
pub const P1B: [Goal; 2] = [goal("P1b/64", 0.35, 0.55), goal("P1b/256", 0.45, 0.65)];

/// Appending to the journal in groups, beside writing and syncing the same bytes.
pub const P3: [Goal; 2] = [goal("P3/64", 0.50, 0.80), goal("P3/256", 0.35, 0.55)];

/// The slowest hundredth of durable check-ins at 500 a second, beside that of bare syncs.
pub const P2: Goal = cost("P2", 6.0, 3.0);

/// A check-in with a million records behind it, beside one with a thousand.
pub const P4: Goal = cost("P4", 1.3, 1.1);

/// From the start of a process to its readiness with a million records, after a stop and after a
/// kill, beside reading and checksumming the same files.
pub const P5: [Goal; 2] = [cost("P5", 4.0, 2.0), cost("P5/killed", 4.0, 2.0)];

/// The memory of a site with half a million records, beside the bytes of its journal.
pub const P6: Goal = cost("P6", 1.5, 0.8);

/// A record on the wire to headquarters, beside its open part.
pub const P12: Goal = cost("P12", 0.35, 0.27);

const fn cost(name: &'static str, floor: f64, goal: f64) -> Goal {
    Goal { name, floor, goal, better: Better::Less }
}

const fn goal(name: &'static str, floor: f64, goal: f64) -> Goal {
    Goal { name, floor, goal, better: Better::More }
}

impl Goal {
    /// Whether a ratio reaches a bound of this goal.
    #[must_use]
    pub fn reaches(&self, ratio: f64, bound: f64) -> bool {
        match self.better {
            Better::More => ratio >= bound,
            Better::Less => ratio <= bound,
        }
    }

    /// The number in the name: connections, or records of a group.
    #[must_use]
    pub fn width(&self) -> usize {
        self.name.rsplit('/').next().and_then(|width| width.parse().ok()).unwrap_or(1)
    }
}
