//! The accept loop: limits, TLS, graceful stop with a bound.
//!
//! warp's own server has no connection cap, sets no timer on slow clients, knows no TLS and
//! waits for ever when asked to stop. Invariant: no client can hold a connection without
//! sending, none can take all of them, and a stop ends within [`Limits::stop_wait`]. Knows
//! nothing of what is served.

mod connection;
mod doors;
mod listen;
mod places;

use std::sync::Arc;
use std::time::Duration;

use tokio::task::JoinSet;

use crate::routes::App;
use crate::stop::Stop;

pub use doors::{Doors, announce};
pub use listen::{BindError, Listener, TlsFiles};

use places::{Place, Places};

/// The bounds of a server.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// Connections open at once, over all listeners; more wait in the system's queue.
    /// Of these a quarter is kept from plain doors: an eighth for TLS and loopback, an eighth
    /// for loopback alone.
    pub connections: usize,
    /// Connections open at once from one address, through doors other than loopback; one more
    /// is closed at once. Phones behind an access point can share one address.
    pub per_peer: usize,
    /// The longest a client may take from connecting, or from its last answer, to the end of
    /// its next headers.
    pub header_wait: Duration,
    /// The longest a TLS handshake may take.
    pub handshake_wait: Duration,
    /// The longest a stop waits for answers under way.
    pub stop_wait: Duration,
    /// Requests at once on one HTTP/2 connection.
    pub http2_streams: u32,
    /// The same through a plain door. Browsers don't speak HTTP/2 there, and stations ask for
    /// little at once.
    pub http2_streams_plain: u32,
}

/// One address gets one part in so many of the connections, but never fewer than the least.
const PEER_PART: usize = 8;
const PER_PEER_LEAST: usize = 16;

impl Default for Limits {
    fn default() -> Self {
        let connections = connections_by_files();
        Self {
            connections,
            per_peer: (connections / PEER_PART).max(PER_PEER_LEAST),
            header_wait: Duration::from_secs(30),
            handshake_wait: Duration::from_secs(5),
            stop_wait: Duration::from_secs(5),
            http2_streams: 64,
            http2_streams_plain: 16,
        }
    }
}

/// Leaves half of the files this process may open to the journal and the rest.
fn connections_by_files() -> usize {
    const USUAL: usize = 512;
    const MOST: usize = 4_096;
    let limits = std::fs::read_to_string("/proc/self/limits").unwrap_or_default();
    limits
        .lines()
        .find_map(|line| line.strip_prefix("Max open files"))
        .and_then(|line| line.split_whitespace().next())
        .and_then(|soft| soft.parse::<usize>().ok())
        .map_or(USUAL, |soft| (soft / 2).clamp(32, MOST))
}

/// What connections of all listeners share.
struct Shared {
    app: App,
    limits: Limits,
    stop: Stop,
    places: Places,
}

/// Serves the app on all listeners until the stop, then lets answers under way finish within
/// the bound and cuts what remains.
pub async fn serve(listeners: Vec<Listener>, app: App, limits: Limits, stop: Stop) {
    let places = Places::new(&limits);
    let shared = Arc::new(Shared { app, limits, stop, places });
    let mut loops = JoinSet::new();
    for listener in listeners {
        loops.spawn(accept_all(listener, Arc::clone(&shared)));
    }
    while let Some(ended) = loops.join_next().await {
        if let Err(error) = ended {
            tracing::error!(%error, "an accept loop ended by a panic");
        }
    }
}

async fn accept_all(listener: Listener, shared: Arc<Shared>) {
    let listener = Arc::new(listener);
    let mut connections = JoinSet::new();
    loop {
        tokio::select! {
            () = shared.stop.stopped() => break,
            Some(ended) = connections.join_next() => note_panic(ended),
            accepted = accept_one(&listener, &shared.places) => {
                let Some((stream, peer, place)) = accepted else { continue };
                let (listener, shared) = (Arc::clone(&listener), Arc::clone(&shared));
                connections.spawn(async move {
                    connection::serve(stream, peer, &listener, &shared).await;
                    drop(place);
                });
            }
        }
    }
    drop(listener);
    drain(connections, shared.limits.stop_wait).await;
}

type Accepted = (tokio::net::TcpStream, std::net::SocketAddr, Place);

/// Takes a place first, then a connection, so that a full house leaves new ones in the queue.
async fn accept_one(listener: &Listener, places: &Places) -> Option<Accepted> {
    let door = listener.door();
    let place = places.take(door).await?;
    match listener.accept().await {
        Ok((stream, peer)) => Some((stream, peer, places.give(place, door, peer.ip())?)),
        Err(error) => {
            // Out of files, or the client is gone again; neither is cured by hurry.
            tracing::warn!(%error, "accepting a connection failed");
            tokio::time::sleep(Duration::from_millis(50)).await;
            None
        }
    }
}

async fn drain(mut connections: JoinSet<()>, wait: Duration) {
    let all = async { while connections.join_next().await.is_some() {} };
    if tokio::time::timeout(wait, all).await.is_err() {
        tracing::warn!(open = connections.len(), "connections cut at the stop");
        connections.shutdown().await;
    }
}

fn note_panic(ended: Result<(), tokio::task::JoinError>) {
    if let Err(error) = ended {
        tracing::error!(%error, "a connection ended by a panic");
    }
}
