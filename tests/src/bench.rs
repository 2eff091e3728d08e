//! Figures: what the servers do in a second, beside what the same machine does without the work.
//!
//! Every figure is a ratio of two sides that take turns in one run, five rounds, medians; a
//! noisy machine then disturbs both alike.

pub mod append;
pub mod behind;
pub mod big;
pub mod check_in;
pub mod figure;
pub mod goals;
pub mod hand_over;
pub mod load;
pub mod memory;
pub mod restart;
pub mod station;
pub mod steady;
pub mod wire;

pub use figure::Figure;

/// How often the two sides take turns.
pub const ROUNDS: usize = 5;

/// The middle one, or the lower of the two in the middle; of nothing, nothing.
#[must_use]
pub fn median(values: &[f64]) -> Option<f64> {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    sorted.get(sorted.len().checked_sub(1)? / 2).copied()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_median_is_in_the_middle() {
        assert_eq!(median(&[3.0, 1.0, 2.0]), Some(2.0));
        assert_eq!(median(&[4.0, 1.0, 2.0, 3.0]), Some(2.0));
        assert_eq!(median(&[]), None);
    }
}
