//! P2: the slowest hundredth of durable check-ins at a steady pace, beside the slowest hundredth of
//! bare syncs at the same pace.
//!
//! Every request has its moment, whether or not those before it are answered, and its time counts
//! from that moment on: a server that stands still for a while is not asked less.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::time::Duration;

use anyhow::{Context, Result, ensure};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::check_in::{Bench, FULL};
use super::figure::Round;
use super::goals::P2;
use super::load::read_answer;
use super::{Figure, ROUNDS};

/// Time between two requests: 500 a second.
const PACE: Duration = Duration::from_millis(2);
/// Requests of one turn, and syncs of one: six seconds each.
const A_TURN: usize = 3_000;
const CONNECTIONS: usize = 32;
const SYNC_BYTES: usize = 300;
/// The file that is synced is filled with zeros before, as the journal's are.
const FILE_BYTES: usize = A_TURN * SYNC_BYTES;

/// Measures P2 on a running site: microseconds.
///
/// # Errors
///
/// When an answer is no success, or the disk refuses.
pub async fn figures(bench: &Bench, directory: &Path) -> Result<Vec<Figure>> {
    let mut rounds = Vec::new();
    for number in 0..ROUNDS {
        let before = if number % 2 == 1 { Some(syncs(directory).await?) } else { None };
        let measured = check_ins(bench).await?;
        let against = match before {
            Some(before) => before,
            None => syncs(directory).await?,
        };
        rounds.push(Round { measured, against });
    }
    Ok(vec![Figure::of(P2, "us", &rounds)?])
}

async fn check_ins(bench: &Bench) -> Result<f64> {
    let tickets = bench.tickets(A_TURN).await?;
    let requests = bench.requests(FULL, &tickets)?;
    let host = bench.host_port().to_owned();
    let begin = Instant::now() + PACE;
    let mut running = JoinSet::new();
    for connection in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let requests = std::sync::Arc::clone(&requests);
        running.spawn(async move {
            let mut buffer = vec![0; 64 * 1024];
            let mut times = Vec::new();
            for place in (connection..A_TURN).step_by(CONNECTIONS) {
                let due = begin + PACE * u32::try_from(place)?;
                tokio::time::sleep_until(due).await;
                stream.write_all(requests.get(place).context("a request")?).await?;
                read_answer(&mut stream, &mut buffer).await?;
                times.push(due.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let mut times = Vec::new();
    while let Some(done) = running.join_next().await {
        times.extend(done??);
    }
    slowest_hundredth(times)
}

/// By the same timer, so that its lateness is on both sides.
async fn syncs(directory: &Path) -> Result<f64> {
    let path = directory.join("synced");
    let mut options = OpenOptions::new();
    let file = options.create(true).truncate(true).write(true).open(&path)?;
    file.write_all_at(&vec![0; FILE_BYTES], 0)?;
    file.sync_all()?;
    let begin = Instant::now() + PACE;
    let mut times = Vec::new();
    for place in 0..A_TURN {
        let due = begin + PACE * u32::try_from(place)?;
        tokio::time::sleep_until(due).await;
        let offset = u64::try_from(place * SYNC_BYTES)?;
        let began = Instant::now();
        tokio::task::block_in_place(|| {
            file.write_all_at(&[7; SYNC_BYTES], offset)?;
            file.sync_data()
        })?;
        times.push(began.elapsed());
    }
    std::fs::remove_file(path)?;
    slowest_hundredth(times)
}

fn slowest_hundredth(mut times: Vec<Duration>) -> Result<f64> {
    ensure!(times.len() == A_TURN, "not every one was answered");
    times.sort_unstable();
    let at = times.get(A_TURN * 99 / 100).context("some")?;
    Ok(at.as_secs_f64() * 1e6)
}
