//! Proof that a request belongs to its session, so that plain HTTP on a hall's network can be
//! neither forged nor replayed. Secrecy is TLS's matter; integrity never depends on it.
//!
//! Each request carries the session's id, a counter and an HMAC over all that it says; its answer
//! is proved under the same key and counter. Counters may arrive a little out of order, never
//! twice.

use domain::ids::NodeId;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

/// The secret of one session; 32 random bytes.
#[derive(Clone, PartialEq, Eq)]
pub struct SessionKey(pub [u8; 32]);

impl std::fmt::Debug for SessionKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("SessionKey(…)")
    }
}

/// What is proved of a request.
#[derive(Debug, Clone, Copy)]
pub struct Request<'a> {
    /// Its number in the session.
    pub counter: u64,
    /// The HTTP method.
    pub method: &'a str,
    /// Path and query.
    pub path: &'a str,
    /// The whole body.
    pub body: &'a [u8],
}

/// What is proved of an answer.
#[derive(Debug, Clone, Copy)]
pub struct Answer<'a> {
    /// The number of the request it answers.
    pub counter: u64,
    /// The HTTP status.
    pub status: u16,
    /// The whole body.
    pub body: &'a [u8],
}

impl SessionKey {
    /// The proof of a request.
    #[must_use]
    pub fn prove_request(&self, request: &Request<'_>) -> [u8; 32] {
        self.request_mac(request).finalize().into_bytes().into()
    }

    /// Whether a proof is this request's.
    #[must_use]
    pub fn accepts_request(&self, request: &Request<'_>, proof: &[u8]) -> bool {
        self.request_mac(request).verify_slice(proof).is_ok()
    }

    /// The proof of an answer.
    #[must_use]
    pub fn prove_answer(&self, answer: &Answer<'_>) -> [u8; 32] {
        self.answer_mac(answer).finalize().into_bytes().into()
    }

    /// Whether a proof is this answer's.
    #[must_use]
    pub fn accepts_answer(&self, answer: &Answer<'_>, proof: &[u8]) -> bool {
        self.answer_mac(answer).verify_slice(proof).is_ok()
    }

    fn mac(&self) -> Hmac<Sha256> {
        Hmac::new_from_slice(&self.0).expect("HMAC takes a key of any length")
    }

    fn request_mac(&self, request: &Request<'_>) -> Hmac<Sha256> {
        self.mac()
            .chain_update(b"request\0")
            .chain_update(request.counter.to_be_bytes())
            .chain_update(request.method.as_bytes())
            .chain_update([0])
            .chain_update(request.path.as_bytes())
            .chain_update([0])
            .chain_update(request.body)
    }

    fn answer_mac(&self, answer: &Answer<'_>) -> Hmac<Sha256> {
        self.mac()
            .chain_update(b"answer\0")
            .chain_update(answer.counter.to_be_bytes())
            .chain_update(answer.status.to_be_bytes())
            .chain_update(answer.body)
    }
}

/// Counters behind the newest one that may still arrive.
const WINDOW: u64 = 128;

/// Which counters a session has seen: each once, the newest 128 in any order.
#[derive(Debug, Clone, Copy, Default)]
pub struct Window {
    newest: u64,
    seen: u128,
}

impl Window {
    /// Takes a counter; false if it was seen, or is too old to know.
    #[must_use]
    pub fn take(&mut self, counter: u64) -> bool {
        if counter > self.newest {
            let step = u32::try_from(counter - self.newest).unwrap_or(u32::MAX);
            self.seen = self.seen.checked_shl(step).unwrap_or(0) | 1;
            self.newest = counter;
            return true;
        }
        let age = self.newest - counter;
        if counter == 0 || age >= WINDOW {
            return false;
        }
        let bit = 1_u128 << age;
        let fresh = self.seen & bit == 0;
        self.seen |= bit;
        fresh
    }
}

/// One session at the receiver.
#[derive(Debug, Clone)]
pub struct Session {
    /// Whose it is.
    pub node: NodeId,
    /// Its secret.
    pub key: SessionKey,
    /// Which requests it has seen.
    pub window: Window,
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_proof_fits_one_request_only() {
        let key = SessionKey([7; 32]);
        let request = Request { counter: 1, method: "POST", path: "/a", body: b"x" };
        let proof = key.prove_request(&request);
        assert!(key.accepts_request(&request, &proof));
        assert!(!key.accepts_request(&Request { counter: 2, ..request }, &proof));
        assert!(!key.accepts_request(&Request { path: "/b", ..request }, &proof));
        assert!(!key.accepts_request(&Request { method: "GET", ..request }, &proof));
        assert!(!key.accepts_request(&Request { body: b"y", ..request }, &proof));
        assert!(!SessionKey([8; 32]).accepts_request(&request, &proof));
        assert!(!key.accepts_request(&request, &proof[1..]));
        let answer = Answer { counter: 1, status: 200, body: b"x" };
        assert!(!key.accepts_answer(&answer, &proof), "a request is no answer");
    }

    proptest! {
        #[test]
        fn no_counter_counts_twice(counters in proptest::collection::vec(0_u64..400, 0..200)) {
            let mut window = Window::default();
            let mut taken = std::collections::BTreeSet::new();
            for counter in counters {
                let newest = taken.last().copied().unwrap_or(0);
                let takes = window.take(counter);
                let fresh = counter > 0 && !taken.contains(&counter) && counter + WINDOW > newest;
                prop_assert_eq!(takes, fresh);
                if takes {
                    taken.insert(counter);
                }
            }
        }
    }
}
