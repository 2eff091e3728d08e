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
}

/// A full check-in from a staff tablet (session, role, ticket, durable, verdict and route) beside
/// a route of the same server that parses and answers the same bodies and does nothing.
pub const P1A: [Goal; 2] = [goal("P1a/64", 0.35, 0.55), goal("P1a/256", 0.45, 0.65)];

/// A station's hand-over of one scan over its enrolled session, beside the same.
pub const P1B: [Goal; 2] = [goal("P1b/64", 0.35, 0.55), goal("P1b/256", 0.45, 0.65)];

/// Appending to the journal in groups, beside writing and syncing the same bytes.
pub const P3: [Goal; 2] = [goal("P3/64", 0.50, 0.80), goal("P3/256", 0.35, 0.55)];

const fn goal(name: &'static str, floor: f64, goal: f64) -> Goal {
    Goal { name, floor, goal }
}

impl Goal {
    /// The number in the name: connections, or records of a group.
    #[must_use]
    pub fn width(&self) -> usize {
        self.name.rsplit('/').next().and_then(|width| width.parse().ok()).unwrap_or(1)
    }
}
