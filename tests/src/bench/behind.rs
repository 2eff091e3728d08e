//! P4: what a check-in costs with a million records behind it, beside one with a thousand.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;

use super::big::{Made, Size};
use super::check_in::{Bench, FULL};
use super::figure::Round;
use super::goals::P4;
use super::{Figure, ROUNDS};

const LARGE: Size = Size { records: 1_000_000, employers: 20, seekers: 60_000 };
const SMALL: Size = Size { records: 1_000, employers: 20, seekers: 100 };
/// Check-ins of one turn: few, so that what lies behind stays what it is.
const CHECK_INS: usize = 2_000;
/// How often the sides take turns in a round.
const TURNS: usize = 6;
const CONNECTIONS: usize = 64;
/// Far more than a turn needs.
const TURN: Duration = Duration::from_secs(60);

/// Measures P4 below `directory`: microseconds a check-in, at 64 connections.
///
/// # Errors
///
/// When an answer is no success.
pub async fn figures(directory: &Path) -> Result<Vec<Figure>> {
    let (large, small) = (Made::of(LARGE).await?, Made::of(SMALL).await?);
    let data = directory.join("behind-large");
    large.copy(&data)?;
    let mut rounds = Vec::new();
    for number in 0..ROUNDS {
        // A fresh small one for each round, and the large one started again as well.
        let small_data = directory.join(format!("behind-small-{number}"));
        small.copy(&small_data)?;
        let (mut large, mut small) =
            (Bench::start_again(&data).await?, Bench::start_again(&small_data).await?);
        let (mut measured, mut against) = (0.0, 0.0);
        for turn in 0..TURNS {
            if turn % 2 == 0 {
                measured += cost_us(&large).await?;
                against += cost_us(&small).await?;
            } else {
                against += cost_us(&small).await?;
                measured += cost_us(&large).await?;
            }
        }
        rounds.push(Round { measured: measured / 6.0, against: against / 6.0 });
        large.stop().await?;
        small.stop().await?;
    }
    Ok(vec![Figure::of(P4, "us", &rounds)?])
}

async fn cost_us(bench: &Bench) -> Result<f64> {
    let tickets = bench.tickets(CHECK_INS).await?;
    let requests = bench.requests(FULL, &tickets)?;
    let lists = vec![Arc::clone(&requests); CONNECTIONS];
    Ok(1e6 / bench.load(&lists, TURN).await?.per_second())
}
