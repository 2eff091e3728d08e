//! P2: the slowest hundredth of durable check-ins at a steady pace, beside the slowest hundredth of
//! bare syncs at the same pace.
//!
//! Every request has its moment, whether or not those before it are answered, and its time counts
//! from that moment on: a server that stands still for a while is not asked less.

use std::fs::OpenOptions;
use std::os::unix::fs::FileExt;
use std::path::Path;
use std::sync::Arc;
use std::thread;
use std::time::{Duration, Instant};

use anyhow::{Context, Result, ensure};
use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;
use tokio::sync::mpsc::unbounded_channel;
use tokio::task::JoinSet;

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
    let mut running = JoinSet::new();
    let mut connections = Vec::new();
    for _ in 0..CONNECTIONS {
        let mut stream = TcpStream::connect(&host).await?;
        stream.set_nodelay(true)?;
        let requests = Arc::clone(&requests);
        let (due, mut come) = unbounded_channel::<(usize, Instant)>();
        connections.push(due);
        running.spawn(async move {
            let mut buffer = vec![0; 64 * 1024];
            let mut times = Vec::new();
            while let Some((place, due)) = come.recv().await {
                stream.write_all(requests.get(place).context("a request")?).await?;
                read_answer(&mut stream, &mut buffer).await?;
                times.push(due.elapsed());
            }
            anyhow::Ok(times)
        });
    }
    let pacing = thread::spawn(move || {
        let turns = connections.iter().cycle().enumerate().take(A_TURN);
        for ((place, connection), due) in turns.zip(moments()) {
            wait_for(due);
            let _its_connection_failed = connection.send((place, due));
        }
    });
    let mut times = Vec::new();
    while let Some(done) = running.join_next().await {
        times.extend(done??);
    }
    ensure!(pacing.join().is_ok(), "the pace was not kept");
    slowest_hundredth(times)
}

async fn syncs(directory: &Path) -> Result<f64> {
    let path = directory.join("synced");
    tokio::task::spawn_blocking(move || {
        let mut options = OpenOptions::new();
        let file = options.create(true).truncate(true).write(true).open(&path)?;
        file.write_all_at(&vec![0; FILE_BYTES], 0)?;
        file.sync_all()?;
        let mut times = Vec::new();
        for (place, due) in moments().take(A_TURN).enumerate() {
            wait_for(due);
            let began = Instant::now();
            file.write_all_at(&[7; SYNC_BYTES], u64::try_from(place * SYNC_BYTES)?)?;
            file.sync_data()?;
            times.push(began.elapsed());
        }
        std::fs::remove_file(path)?;
        slowest_hundredth(times)
    })
    .await?
}

/// When each is due.
fn moments() -> impl Iterator<Item = Instant> {
    let begin = Instant::now();
    (1..).map(move |number| begin + PACE * number)
}

/// By the system's timer: that of tokio is up to a millisecond late, which is no time of the
/// server's.
fn wait_for(due: Instant) {
    thread::sleep(due.saturating_duration_since(Instant::now()));
}

fn slowest_hundredth(mut times: Vec<Duration>) -> Result<f64> {
    ensure!(times.len() == A_TURN, "not every one was answered");
    times.sort_unstable();
    let at = times.get(A_TURN * 99 / 100).context("some")?;
    Ok(at.as_secs_f64() * 1e6)
}
