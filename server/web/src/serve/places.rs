//! Who gets a connection: places for all, some kept back for the better doors, and a share for
//! each peer.
//!
//! Invariant: the open network can't take the places that the machine itself and staff need, and
//! one peer can't take those of all others.

use std::net::IpAddr;
use std::sync::Arc;

use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::Limits;
use crate::arrival::Door;
use crate::share::{Share, Shares};

/// One part in so many of the places is kept for loopback, and as much again for loopback and
/// TLS.
const KEPT_PART: usize = 8;

/// Places for connections. Whoever comes through a door needs a place in every circle that the
/// door lies in: the plain one within the network's, that within the whole.
#[derive(Debug)]
pub(super) struct Places {
    all: Arc<Semaphore>,
    network: Arc<Semaphore>,
    plain: Arc<Semaphore>,
    shares: Shares,
}

/// A place taken, until dropped.
#[derive(Debug)]
pub(super) struct Place {
    _circles: Vec<OwnedSemaphorePermit>,
    share: Option<Share>,
}

impl Places {
    pub(super) fn new(limits: &Limits) -> Self {
        let kept = limits.connections / KEPT_PART;
        let places = |kept: usize| Arc::new(Semaphore::new(limits.connections - kept));
        Self {
            all: places(0),
            network: places(kept),
            plain: places(2 * kept),
            shares: Shares::new(limits.per_peer),
        }
    }

    /// Waits for a place at this door. From the narrow circle to the wide one, so that whoever
    /// waits holds nothing that a better door needs.
    pub(super) async fn take(&self, door: Door) -> Option<Place> {
        let circles: &[&Arc<Semaphore>] = match door {
            Door::Plain => &[&self.plain, &self.network, &self.all],
            Door::Tls => &[&self.network, &self.all],
            Door::Loopback => &[&self.all],
        };
        let mut taken = Vec::with_capacity(circles.len());
        for circle in circles {
            taken.push(Arc::clone(circle).acquire_owned().await.ok()?);
        }
        Some(Place { _circles: taken, share: None })
    }

    /// Gives the place to a peer; nothing when it holds its share already. The machine itself
    /// has no share: what comes from there is our own, or a proxy that speaks for many.
    pub(super) fn give(&self, mut place: Place, door: Door, peer: IpAddr) -> Option<Place> {
        if door == Door::Loopback {
            return Some(place);
        }
        place.share = self.shares.take(peer);
        if place.share.is_none() {
            tracing::debug!(?door, "a peer holds its share of connections already");
            return None;
        }
        Some(place)
    }
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_util::FutureExt;

    use super::*;

    /// As many as can be had without waiting.
    fn taken(places: &Places, door: Door) -> Vec<Place> {
        let next = || places.take(door).now_or_never().flatten();
        std::iter::from_fn(next).collect()
    }

    #[test]
    fn a_full_plain_door_leaves_places_for_tls_and_loopback() {
        let places = Places::new(&Limits { connections: 32, ..Limits::default() });
        let plain = taken(&places, Door::Plain);
        assert_eq!(plain.len(), 24);
        assert_eq!(taken(&places, Door::Tls).len(), 4);
        let tls = taken(&places, Door::Tls);
        assert_eq!(taken(&places, Door::Loopback).len(), 4);
        drop((plain, tls));
        let own = taken(&places, Door::Loopback);
        assert_eq!(own.len(), 32);
        // Those who wait at a door that is full hold nothing back afterwards.
        assert!(taken(&places, Door::Plain).is_empty());
        drop(own);
        assert_eq!(taken(&places, Door::Plain).len(), 24);
    }

    #[test]
    fn a_peer_has_a_share_except_the_machine_itself() {
        let places = Places::new(&Limits { per_peer: 1, ..Limits::default() });
        let peer = IpAddr::from(Ipv4Addr::new(10, 0, 0, 1));
        for (door, second) in [(Door::Plain, false), (Door::Tls, false), (Door::Loopback, true)] {
            let take = || places.take(door).now_or_never().flatten().unwrap();
            let _first = places.give(take(), door, peer).unwrap();
            let next = take();
            assert_eq!(places.give(next, door, peer).is_some(), second, "{door:?}");
        }
    }
}
