//! What one peer may hold at once of something that all share, so that nobody takes it all.
//!
//! Invariant: what was taken is given back when it is dropped, and only peers that hold something
//! are remembered, so memory is bounded by what there is to hold. Many people behind one access
//! point can be one peer: a share must leave room for that.

use std::collections::HashMap;
use std::net::IpAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

type Held = HashMap<IpAddr, usize>;

/// Counts what each peer holds. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Shares {
    held: Arc<Mutex<Held>>,
    most: usize,
}

/// One thing held by a peer, until dropped.
#[derive(Debug)]
pub(crate) struct Share {
    held: Arc<Mutex<Held>>,
    peer: IpAddr,
}

impl Shares {
    /// At most so many for each peer.
    pub(crate) fn new(most: usize) -> Self {
        Self { held: Arc::default(), most }
    }

    /// One more for this peer; nothing when it holds its share already.
    pub(crate) fn take(&self, peer: IpAddr) -> Option<Share> {
        // One client must not be two because a socket speaks both kinds of IP.
        let peer = peer.to_canonical();
        let mut held = lock(&self.held);
        let count = held.get(&peer).copied().unwrap_or_default();
        if count >= self.most {
            return None;
        }
        held.insert(peer, count + 1);
        Some(Share { held: Arc::clone(&self.held), peer })
    }
}

impl Drop for Share {
    fn drop(&mut self) {
        let mut held = lock(&self.held);
        let left = held.get(&self.peer).copied().unwrap_or_default().saturating_sub(1);
        if left == 0 {
            held.remove(&self.peer);
        } else {
            held.insert(self.peer, left);
        }
    }
}

fn lock(held: &Mutex<Held>) -> MutexGuard<'_, Held> {
    held.lock().unwrap_or_else(PoisonError::into_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().unwrap()
    }

    #[test]
    fn a_peer_gets_its_share_others_theirs_and_what_is_dropped_comes_back() {
        let shares = Shares::new(2);
        let first = shares.take(ip("10.0.0.1")).unwrap();
        let second = shares.take(ip("::ffff:10.0.0.1")).unwrap();
        assert!(shares.take(ip("10.0.0.1")).is_none());
        let other = shares.take(ip("10.0.0.2")).unwrap();
        drop(first);
        let third = shares.take(ip("10.0.0.1")).unwrap();
        drop((second, third, other));
        assert!(lock(&shares.held).is_empty(), "remembers who holds nothing");
    }
}
