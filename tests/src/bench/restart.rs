//! P5: from the start of a site's process with a million records until it says that it is ready,
//! beside reading and checksumming the same files.

use std::fs::File;
use std::io::Read;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, Result};

use super::big::{Made, Size};
use super::figure::Round;
use super::goals::P5;
use super::{Figure, ROUNDS};
use crate::site::Site;

/// A day of many days.
const SIZE: Size = Size { records: 1_000_000, employers: 20, seekers: 60_000 };
/// How much is read at once.
const READ_BYTES: usize = 1024 * 1024;

/// How the site before ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    Stopped,
    Killed,
}

/// Measures P5 below `directory`.
///
/// # Errors
///
/// When the site does not start, or is not ready.
pub async fn figures(directory: &Path) -> Result<Vec<Figure>> {
    let data = directory.join("restart");
    Made::of(SIZE).await?.copy(&data)?;
    let mut figures = Vec::new();
    for (goal, end) in P5.into_iter().zip([End::Stopped, End::Killed]) {
        // Once for nothing: the files come into the system's memory, for both sides.
        start(&data, end).await?;
        let mut rounds = Vec::new();
        for number in 0..ROUNDS {
            let before = if number % 2 == 1 { Some(read(&data)?) } else { None };
            let measured = start(&data, end).await?;
            let against = before.map_or_else(|| read(&data), Ok)?;
            rounds.push(Round {
                measured: measured.as_secs_f64() * 1e3,
                against: against.as_secs_f64() * 1e3,
            });
        }
        figures.push(Figure::of(goal, "ms", &rounds)?);
    }
    Ok(figures)
}

/// How long a start takes; the site is ended again.
async fn start(data: &Path, end: End) -> Result<Duration> {
    let began = Instant::now();
    let mut site = Site::start(data, "127.0.0.1:0", &[]).await?;
    site.http()?.get("/readyz").await?.success()?;
    let took = began.elapsed();
    match end {
        End::Stopped => {
            site.process.stop().await?;
        }
        End::Killed => site.process.kill().await?,
    }
    Ok(took)
}

/// How long it takes to read all of the journal's files and their checksum.
fn read(data: &Path) -> Result<Duration> {
    let began = Instant::now();
    let mut buffer = vec![0; READ_BYTES];
    let mut sum = 0;
    for entry in std::fs::read_dir(data)? {
        let path = entry?.path();
        if path.extension().is_none_or(|ending| ending != "log") {
            continue;
        }
        let mut file = File::open(&path).with_context(|| path.display().to_string())?;
        loop {
            let count = file.read(&mut buffer)?;
            if count == 0 {
                break;
            }
            sum = crc32c::crc32c_append(sum, buffer.get(..count).unwrap_or_default());
        }
    }
    std::hint::black_box(sum);
    Ok(began.elapsed())
}
