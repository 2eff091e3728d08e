//! How a request came in: from whom, through which door, under which number.
//!
//! Invariant: the door is a property of the listener, never of anything the client says. What
//! the client says can only lower it (see `edge`).

use std::fmt;
use std::net::SocketAddr;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicU64, Ordering};

/// The kind of line a request came over. Decides who may sign in and what may be asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Door {
    /// From the machine itself; nobody on the network can listen.
    Loopback,
    /// From the network, encrypted.
    Tls,
    /// From the network in the clear: anybody in the hall may be reading along.
    Plain,
}

impl Door {
    /// Whether nobody between the two ends can read along.
    #[must_use]
    pub const fn is_private(self) -> bool {
        match self {
            Self::Loopback | Self::Tls => true,
            Self::Plain => false,
        }
    }
}

/// The number of a request: in the log, in the header `x-request-id` and on every error page,
/// so that a caller can quote it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct RequestId(pub u64);

impl RequestId {
    /// The next number of this process. Starts at a random place, so that numbers of two runs
    /// are not mixed up in one log.
    #[must_use]
    pub fn next() -> Self {
        static COUNT: AtomicU64 = AtomicU64::new(0);
        static START: OnceLock<u64> = OnceLock::new();
        let start = START.get_or_init(|| getrandom::u64().unwrap_or(0));
        Self(start.wrapping_add(COUNT.fetch_add(1, Ordering::Relaxed)))
    }
}

impl fmt::Display for RequestId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:016x}", self.0)
    }
}

/// What the accept loop knows about a request before anybody reads it.
#[derive(Clone, Copy, Debug)]
pub struct Arrival {
    /// The other end of the connection.
    pub peer: SocketAddr,
    /// The line it came over.
    pub door: Door,
    /// Its number.
    pub request_id: RequestId,
}
