//! A small relay for TCP that a test owns: how it cuts, silences, slows and damages a node's
//! network without any switch inside the node.
//!
//! Invariant: the relay keeps its own port for as long as it lives, whatever its mode; the same
//! seed draws the same mishaps for the same pieces of the same connections.

mod portal;
mod weather;

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::tcp::{OwnedReadHalf, OwnedWriteHalf};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{mpsc, watch};
use tokio::task::{AbortHandle, JoinSet};
use tokio::time::Instant;

pub use weather::{Tally, Weather};

use weather::Mishaps;

/// How much one direction of a connection holds back at most, in pieces.
const HELD_PIECES: usize = 1024;
/// How many bytes are read at once.
const PIECE_BYTES: usize = 16 * 1024;

/// What the relay does with what comes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// Everything passes.
    Forward,
    /// Answers arrive this much later.
    SlowAnswers(Duration),
    /// Connections are accepted, and nothing passes; bytes wait until the mode changes.
    Silent,
    /// What is asked arrives; what is answered is lost for ever.
    AnswersLost,
    /// A guest network that wants to be signed in to: whatever is asked, its own page is the
    /// answer, with status 200.
    Portal,
    /// So many bytes a second each way, as on a mobile line.
    Rate(u32),
    /// Delays, cuts and flipped bits, drawn from a seed.
    Bad(Weather),
    /// Every connection is cut at once, the present ones too.
    Closed,
}

/// The direction of bytes, seen from who opened the connection.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    /// Towards the server.
    Request,
    /// Back from it.
    Answer,
}

/// A relay that listens on a port of its own.
#[derive(Debug)]
pub struct Relay {
    address: SocketAddr,
    mode: watch::Sender<Mode>,
    target: watch::Sender<String>,
    tally: Arc<Tally>,
    accepting: AbortHandle,
}

impl Relay {
    /// Opens a relay to `target` (host and port), forwarding.
    ///
    /// # Errors
    ///
    /// When no port is to be had.
    pub async fn open(target: &str) -> Result<Self> {
        let listener = TcpListener::bind("127.0.0.1:0").await?;
        let address = listener.local_addr()?;
        let (mode, _) = watch::channel(Mode::Forward);
        let (target, _) = watch::channel(target.to_owned());
        let tally = Arc::new(Tally::default());
        let line = Line { mode: mode.subscribe(), tally: Arc::clone(&tally) };
        let accepting = tokio::spawn(accept(listener, line, target.clone()));
        let accepting = accepting.abort_handle();
        Ok(Self { address, mode, target, tally, accepting })
    }

    /// Where to send what the relay should pass on.
    #[must_use]
    pub fn url(&self) -> String {
        format!("http://{}", self.address)
    }

    /// Changes what it does, also with present connections.
    pub fn set(&self, mode: Mode) {
        self.mode.send_replace(mode);
    }

    /// What has happened to what came so far.
    #[must_use]
    pub fn tally(&self) -> &Tally {
        &self.tally
    }

    /// Sends later connections to another target.
    pub fn point_at(&self, target: &str) {
        self.target.send_replace(target.to_owned());
    }
}

impl Drop for Relay {
    fn drop(&mut self) {
        self.accepting.abort();
    }
}

/// What one connection needs to know.
#[derive(Debug, Clone)]
struct Line {
    mode: watch::Receiver<Mode>,
    tally: Arc<Tally>,
}

async fn accept(listener: TcpListener, line: Line, target: watch::Sender<String>) {
    // Dropped with this task, and every connection with it.
    let mut connections = JoinSet::new();
    for number in 0.. {
        let Ok((client, _)) = listener.accept().await else {
            continue;
        };
        let target = target.borrow().clone();
        connections.spawn(serve(client, target, line.clone(), number));
        while connections.try_join_next().is_some() {}
    }
}

/// One connection, until either side or the mode ends it.
async fn serve(client: TcpStream, target: String, line: Line, number: u64) {
    let mut until_closed = line.mode.clone();
    tokio::select! {
        () = pass(client, target, line, number) => {}
        _ = until_closed.wait_for(|mode| *mode == Mode::Closed) => {}
    }
}

async fn pass(client: TcpStream, target: String, mut line: Line, number: u64) {
    if !speaks(&mut line.mode).await {
        return;
    }
    if *line.mode.borrow() == Mode::Portal {
        line.tally.count(&line.tally.portal_pages);
        return portal::answer(client).await;
    }
    let Ok(server) = TcpStream::connect(&target).await else {
        return;
    };
    if client.set_nodelay(true).is_err() || server.set_nodelay(true).is_err() {
        return;
    }
    let (client_read, client_write) = client.into_split();
    let (server_read, server_write) = server.into_split();
    // A cut of one way ends both.
    let up = carry(Way::Request, client_read, server_write, (line.clone(), number));
    let down = carry(Way::Answer, server_read, client_write, (line, number));
    let _ = tokio::try_join!(up, down);
}

/// The connection is over, whatever is still under way.
#[derive(Debug)]
struct Cut;

/// Carries bytes one way, in order, each piece when the mode lets it pass, until there are no more.
async fn carry(
    way: Way,
    mut from: OwnedReadHalf,
    mut to: OwnedWriteHalf,
    (line, number): (Line, u64),
) -> Result<(), Cut> {
    let (held, mut next) = mpsc::channel::<(Instant, Vec<u8>)>(HELD_PIECES);
    let reading = async move {
        let mut piece = vec![0; PIECE_BYTES];
        while let Ok(size_bytes @ 1..) = from.read(&mut piece).await {
            let bytes = piece.get(..size_bytes).unwrap_or_default().to_vec();
            if held.send((Instant::now(), bytes)).await.is_err() {
                break;
            }
        }
    };
    let reading = async {
        reading.await;
        std::future::pending().await
    };
    let writing = async move {
        let mut passage = Passage { way, line, number, mishaps: Mishaps::default() };
        while let Some((came, bytes)) = next.recv().await {
            let Some((bytes, is_last)) = passage.of_piece(came, bytes).await? else { continue };
            to.write_all(&bytes).await.map_err(|_| Cut)?;
            if is_last {
                return Err(Cut);
            }
            passage.line.tally.carried(way, bytes.len());
        }
        // Passes the end on; an error means that the other side is gone already.
        let _ = to.shutdown().await;
        Ok(())
    };
    tokio::select! {
        ended = writing => ended,
        ended = reading => ended,
    }
}

/// What happens to the pieces of one way of a connection.
struct Passage {
    way: Way,
    line: Line,
    number: u64,
    mishaps: Mishaps,
}

impl Passage {
    /// The piece as it goes on, once it may, and whether the connection ends behind it; none if it
    /// is lost.
    async fn of_piece(
        &mut self,
        came: Instant,
        mut bytes: Vec<u8>,
    ) -> Result<Option<(Vec<u8>, bool)>, Cut> {
        if !speaks(&mut self.line.mode).await {
            return Err(Cut);
        }
        let present = *self.line.mode.borrow();
        let mut is_last = false;
        match (present, self.way) {
            (Mode::SlowAnswers(wait), Way::Answer) => {
                tokio::time::sleep_until(came + wait).await;
            }
            (Mode::AnswersLost, Way::Answer) => {
                self.line.tally.count(&self.line.tally.answers_lost);
                return Ok(None);
            }
            (Mode::Portal, _) => return Err(Cut),
            (Mode::Rate(bytes_per_second), _) => {
                tokio::time::sleep(weather::time_for(bytes.len(), bytes_per_second)).await;
            }
            (Mode::Bad(weather), way) => {
                let draw = self.mishaps.draw(weather, (self.number, way), &mut bytes);
                tokio::time::sleep(draw.delay).await;
                self.line.tally.note(&draw);
                is_last = draw.is_cut;
            }
            _ => {}
        }
        // The mode may have changed meanwhile.
        if speaks(&mut self.line.mode).await { Ok(Some((bytes, is_last))) } else { Err(Cut) }
    }
}

/// Waits while the relay is silent; whether it then lets bytes pass.
async fn speaks(mode: &mut watch::Receiver<Mode>) -> bool {
    let not_silent = mode.wait_for(|mode| *mode != Mode::Silent).await;
    not_silent.is_ok_and(|mode| *mode != Mode::Closed)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Answers every byte with itself.
    async fn echo() -> String {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = listener.accept().await {
                tokio::spawn(async move {
                    let (mut read, mut write) = stream.split();
                    let _ = tokio::io::copy(&mut read, &mut write).await;
                });
            }
        });
        address.to_string()
    }

    async fn ask(stream: &mut TcpStream) -> std::io::Result<u8> {
        stream.write_all(b"x").await?;
        stream.read_u8().await
    }

    const SHORT: Duration = Duration::from_millis(60);

    #[tokio::test]
    async fn forwards_slows_silences_and_closes() {
        let relay = Relay::open(&echo().await).await.unwrap();
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        assert_eq!(ask(&mut stream).await.unwrap(), b'x');

        relay.set(Mode::SlowAnswers(SHORT));
        let began = Instant::now();
        assert_eq!(ask(&mut stream).await.unwrap(), b'x');
        assert!(began.elapsed() >= SHORT, "{:?}", began.elapsed());

        relay.set(Mode::Silent);
        assert!(tokio::time::timeout(SHORT, ask(&mut stream)).await.is_err());
        let mut late = TcpStream::connect(relay.address).await.unwrap();
        assert!(tokio::time::timeout(SHORT, ask(&mut late)).await.is_err());

        // What was held back comes when the network does.
        relay.set(Mode::Forward);
        assert_eq!(stream.read_u8().await.unwrap(), b'x');

        relay.set(Mode::Closed);
        assert!(ask(&mut stream).await.is_err());
        let mut refused = TcpStream::connect(relay.address).await.unwrap();
        assert!(ask(&mut refused).await.is_err());

        relay.set(Mode::Forward);
        let mut again = TcpStream::connect(relay.address).await.unwrap();
        assert_eq!(ask(&mut again).await.unwrap(), b'x');
    }

    #[tokio::test]
    async fn passes_the_end_of_a_connection_on() {
        let relay = Relay::open(&echo().await).await.unwrap();
        let mut stream = TcpStream::connect(relay.address).await.unwrap();
        stream.write_all(b"abc").await.unwrap();
        stream.shutdown().await.unwrap();
        let mut all = Vec::new();
        stream.read_to_end(&mut all).await.unwrap();
        assert_eq!(all, b"abc");
    }
}
