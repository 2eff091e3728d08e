//! P6: the memory of a site at work with 30,000 seekers, 500 booths and 500,000 records, beside
//! the bytes of its journal's files.

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use anyhow::{Context, Result};

use super::big::{Made, Size};
use super::check_in::{Bench, FULL};
use super::figure::Round;
use super::goals::P6;
use super::{Figure, ROUNDS};

const SIZE: Size = Size { records: 500_000, employers: 500, seekers: 30_000 };
const CHECK_INS: usize = 1_000;
const CONNECTIONS: usize = 64;
const TURN: Duration = Duration::from_secs(60);

/// Measures P6 below `directory`: after a start and a thousand check-ins.
///
/// # Errors
///
/// When the site does not start, or the system does not say.
pub async fn figures(directory: &Path) -> Result<Vec<Figure>> {
    let data = directory.join("memory");
    Made::of(SIZE).await?.copy(&data)?;
    let mut rounds = Vec::new();
    for _ in 0..ROUNDS {
        let mut bench = Bench::start_again(&data).await?;
        let tickets = bench.tickets(CHECK_INS).await?;
        let requests = bench.requests(FULL, &tickets)?;
        bench.load(&vec![Arc::clone(&requests); CONNECTIONS], TURN).await?;
        let measured = resident_mib(bench.process_id()?)?;
        bench.stop().await?;
        rounds.push(Round { measured, against: segments_mib(&data)? });
    }
    Ok(vec![Figure::of(P6, "MiB", &rounds)?])
}

fn resident_mib(process: u32) -> Result<f64> {
    let status = std::fs::read_to_string(format!("/proc/{process}/status"))?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    let kib: f64 =
        line.and_then(|rest| rest.trim().strip_suffix(" kB")).context("VmRSS")?.parse()?;
    Ok(kib / 1024.0)
}

/// Of the files in use: the last one may be the next one, made ahead of need.
fn segments_mib(data: &Path) -> Result<f64> {
    let mut bytes = 0;
    for entry in std::fs::read_dir(data)? {
        let entry = entry?;
        if entry.path().extension().is_some_and(|ending| ending == "log") {
            let content = std::fs::read(entry.path())?;
            bytes += content.len() - content.iter().rev().take_while(|byte| **byte == 0).count();
        }
    }
    Ok(f64::from(u32::try_from(bytes / 1024)?) / 1024.0)
}
