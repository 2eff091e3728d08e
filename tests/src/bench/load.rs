//! A load of HTTP requests over many connections that stay open: as little work as possible on
//! this side, since it shares the machine with what it measures.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use anyhow::{Context, Result, bail, ensure};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::task::JoinSet;

/// How much of an answer is read at once; every answer here is smaller.
const BUFFER_BYTES: usize = 64 * 1024;

/// Requests ready to be sent, in this order.
#[derive(Debug)]
pub struct Requests {
    all: Vec<Vec<u8>>,
    next: AtomicUsize,
    repeat: Repeat,
}

/// What comes after the last request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Repeat {
    Nothing,
    TheFirst,
}

/// What a load reached.
#[derive(Debug, Clone, Copy)]
pub struct Reached {
    /// Answers received, all of them successes.
    pub answers: usize,
    /// From the first request to the last answer.
    pub elapsed: Duration,
}

impl Requests {
    /// These requests, each a whole one as bytes, each sent once.
    #[must_use]
    pub fn new(all: Vec<Vec<u8>>) -> Arc<Self> {
        Arc::new(Self { all, next: AtomicUsize::new(0), repeat: Repeat::Nothing })
    }

    /// The same again and again, for a side that looks at none of them closely.
    #[must_use]
    pub fn repeated(all: Vec<Vec<u8>>) -> Arc<Self> {
        Arc::new(Self { all, next: AtomicUsize::new(0), repeat: Repeat::TheFirst })
    }

    /// How many were sent; after a run without an error, as many were answered.
    #[must_use]
    pub fn sent(&self) -> usize {
        let taken = self.next.load(Ordering::Relaxed);
        if self.repeat == Repeat::TheFirst { taken } else { taken.min(self.all.len()) }
    }

    /// The one at a place of the list.
    #[must_use]
    pub fn get(&self, place: usize) -> Option<&[u8]> {
        self.all.get(place).map(Vec::as_slice)
    }

    fn take(&self) -> Option<&[u8]> {
        let mut index = self.next.fetch_add(1, Ordering::Relaxed);
        if self.repeat == Repeat::TheFirst {
            index = index.checked_rem(self.all.len())?;
        }
        self.all.get(index).map(Vec::as_slice)
    }
}

impl Reached {
    /// Answers a second.
    #[must_use]
    pub fn per_second(&self) -> f64 {
        let answers = u32::try_from(self.answers).unwrap_or(u32::MAX);
        f64::from(answers) / self.elapsed.as_secs_f64()
    }
}

/// One POST, as bytes; the headers, its body's type among them, are whole lines.
#[must_use]
pub fn post(host: &str, path: &str, headers: &str, body: &[u8]) -> Vec<u8> {
    let length = body.len();
    let head = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\n{headers}Content-Length: {length}\r\n\r\n"
    );
    [head.as_bytes(), body].concat()
}

/// Sends requests for so long, or until none is left: each of these lists over a connection of
/// its own, one after the other. A list may stand there several times; then it is shared.
///
/// # Errors
///
/// When a connection fails, or an answer is no success: then nothing was measured.
pub async fn run(host: &str, lists: &[Arc<Requests>], lasting: Duration) -> Result<Reached> {
    let mut connections = Vec::with_capacity(lists.len());
    for requests in lists {
        let stream = TcpStream::connect(host).await?;
        stream.set_nodelay(true)?;
        connections.push((stream, Arc::clone(requests)));
    }
    let began = Instant::now();
    let until = began + lasting;
    let mut running = JoinSet::new();
    for (stream, requests) in connections {
        running.spawn(one_connection(stream, requests, until));
    }
    let mut answers = 0;
    while let Some(done) = running.join_next().await {
        answers += done??;
    }
    ensure!(answers > 0, "no request was left to be sent");
    Ok(Reached { answers, elapsed: began.elapsed() })
}

async fn one_connection(
    mut stream: TcpStream,
    requests: Arc<Requests>,
    until: Instant,
) -> Result<usize> {
    let mut buffer = vec![0; BUFFER_BYTES];
    let mut answers = 0;
    while Instant::now() < until {
        let Some(request) = requests.take() else { break };
        stream.write_all(request).await?;
        read_answer(&mut stream, &mut buffer).await?;
        answers += 1;
    }
    Ok(answers)
}

/// Reads one answer, which must be a success.
///
/// # Errors
///
/// When the connection fails, or it is none.
pub async fn read_answer(stream: &mut TcpStream, buffer: &mut [u8]) -> Result<()> {
    let mut filled = 0;
    let mut total = None;
    while total.is_none_or(|total| filled < total) {
        let room = buffer.get_mut(filled..).unwrap_or_default();
        let size_bytes = stream.read(room).await?;
        ensure!(size_bytes > 0, "the server hung up, or its answer is too long");
        filled += size_bytes;
        if total.is_none() {
            total = answer_bytes(buffer.get(..filled).unwrap_or_default())?;
        }
    }
    ensure!(total == Some(filled), "more came than was asked for");
    Ok(())
}

/// How long the answer is in all, once its head is there.
fn answer_bytes(received: &[u8]) -> Result<Option<usize>> {
    let Some(head_bytes) = received.windows(4).position(|window| window == b"\r\n\r\n") else {
        return Ok(None);
    };
    let head = received.get(..head_bytes).unwrap_or_default();
    if !head.starts_with(b"HTTP/1.1 2") {
        bail!("the server answered: {}", String::from_utf8_lossy(received));
    }
    let body_bytes = content_length(head).context("an answer without a length")?;
    Ok(Some(head_bytes + 4 + body_bytes))
}

fn content_length(head: &[u8]) -> Option<usize> {
    const NAME: &[u8] = b"content-length:";
    let line = head
        .split(|byte| *byte == b'\n')
        .find(|line| line.get(..NAME.len()).is_some_and(|name| name.eq_ignore_ascii_case(NAME)))?;
    std::str::from_utf8(line.get(NAME.len()..)?).ok()?.trim().parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;
    use tokio::net::TcpListener;

    /// Answers every request of a known length on a connection that stays open, slowly in two
    /// pieces, with this status.
    async fn server(request_bytes: usize, status: &'static str) -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let host = listener.local_addr().unwrap().to_string();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let mut request = vec![0; request_bytes];
                    while stream.read_exact(&mut request).await.is_ok() {
                        let head = format!("HTTP/1.1 {status}\r\nContent-Length: 5\r\n\r\nab");
                        stream.write_all(head.as_bytes()).await.unwrap();
                        tokio::task::yield_now().await;
                        stream.write_all(b"cde").await.unwrap();
                    }
                });
            }
        });
        host
    }

    #[tokio::test]
    async fn every_request_is_sent_once_and_answered() {
        let request = post("x", "/y", "", b"{}");
        let host = server(request.len(), "200 OK").await;
        let requests = Requests::new(vec![request; 100]);
        let shared = vec![Arc::clone(&requests); 4];
        let reached = run(&host, &shared, Duration::from_secs(20)).await.unwrap();
        assert_eq!(reached.answers, 100);
        assert_eq!(requests.sent(), 100);
        assert!(reached.per_second() > 1.0);
        assert!(run(&host, &shared, Duration::from_secs(1)).await.is_err());
    }

    #[tokio::test]
    async fn repeated_requests_begin_again() {
        let request = post("x", "/y", "", b"{}");
        let host = server(request.len(), "200 OK").await;
        let lists = [(); 2].map(|()| Requests::repeated(vec![request.clone()]));
        let reached = run(&host, &lists, Duration::from_millis(200)).await.unwrap();
        assert_eq!(lists[0].sent() + lists[1].sent(), reached.answers);
        assert!(lists.iter().all(|list| list.sent() > 1));
    }

    #[tokio::test]
    async fn a_refusal_measures_nothing() {
        let request = post("x", "/y", "", b"{}");
        let host = server(request.len(), "503 Busy").await;
        let requests = Requests::new(vec![request]);
        let error = run(&host, &[requests], Duration::from_secs(5)).await.unwrap_err();
        assert!(error.to_string().contains("503 Busy"), "{error:#}");
    }
}
