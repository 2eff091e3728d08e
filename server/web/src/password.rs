//! Passwords: argon2id, off the async threads, few at a time.
//!
//! Invariant: an unknown account costs as much time as a wrong password, so that nobody learns
//! which accounts exist; at most so many hashes run at once, so that sign-ins can't take the
//! machine away from the door; few wait, and of one peer fewer still, so that nobody waits long
//! behind a crowd of guesses.

use std::net::IpAddr;
use std::sync::{Arc, OnceLock};
use std::thread;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;
use crate::share::Shares;

/// Longest password accepted, in bytes.
const PASSWORD_MOST_BYTES: usize = 256;

/// How long a sign-in waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(10);

/// How many wait for a turn, in all and of one peer; one more is told at once to come again.
const WAITING_MOST: usize = 32;
const WAITING_OF_PEER: usize = 2;

/// Hashes and checks passwords. One per process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    waiting: Arc<Semaphore>,
    waiting_shares: Shares,
    /// What is compared where there is no account.
    nobodys: Arc<OnceLock<String>>,
}

impl Passwords {
    /// Allows so many hashes at once (19 MiB and some 20–50 ms of one core each).
    ///
    /// # Errors
    /// `internal` when the system gives no thread.
    pub fn new(at_once: usize) -> Result<Self, ApiError> {
        let nobodys = Arc::new(OnceLock::new());
        let made = Arc::clone(&nobodys);
        // Nobody signs in within the first moments, and a start need not wait for it.
        let make = move || {
            made.get_or_init(nobodys_hash);
        };
        thread::Builder::new()
            .name("password".to_owned())
            .spawn(make)
            .map_err(ApiError::internal)?;
        Ok(Self {
            turns: Arc::new(Semaphore::new(at_once.max(1))),
            waiting: Arc::new(Semaphore::new(WAITING_MOST)),
            waiting_shares: Shares::new(WAITING_OF_PEER),
            nobodys,
        })
    }

    /// The text to keep instead of a password, with its salt and costs in it.
    ///
    /// # Errors
    /// `password_too_long` (400), `busy` (503).
    pub async fn hash(&self, password: &str) -> Result<String, ApiError> {
        if password.len() > PASSWORD_MOST_BYTES {
            return Err(ApiError::bad_request("password_too_long"));
        }
        let password = zeroize::Zeroizing::new(password.to_owned());
        self.apart(None, move || hash_now(password.as_bytes())).await?
    }

    /// Whether the password that somebody at this address gives is the one behind `kept`. With
    /// `None` (no such account) it takes as long and says no.
    ///
    /// # Errors
    /// `busy` (503): too many wait, or too many of this peer's. Nothing was tried then.
    pub async fn verify_from(
        &self,
        peer: IpAddr,
        password: &str,
        kept: Option<&str>,
    ) -> Result<bool, ApiError> {
        let known = kept.is_some() && password.len() <= PASSWORD_MOST_BYTES;
        let kept = kept.map(str::to_owned);
        let nobodys = Arc::clone(&self.nobodys);
        let shown: String = password.chars().take(PASSWORD_MOST_BYTES).collect();
        let shown = zeroize::Zeroizing::new(shown);
        let verify = move || {
            let kept = kept.as_deref().unwrap_or_else(|| nobodys.get_or_init(nobodys_hash));
            verify_now(shown.as_bytes(), kept)
        };
        let right = self.apart(Some(peer), verify).await?;
        Ok(known && right)
    }

    async fn apart<T, F>(&self, peer: Option<IpAddr>, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let turn = self.turn(peer).await?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(ApiError::internal)
    }

    async fn turn(&self, peer: Option<IpAddr>) -> Result<OwnedSemaphorePermit, ApiError> {
        let busy = || ApiError::unavailable("busy");
        if let Ok(turn) = Arc::clone(&self.turns).try_acquire_owned() {
            return Ok(turn);
        }
        let _share = match peer {
            Some(peer) => Some(self.waiting_shares.take(peer).ok_or_else(busy)?),
            None => None,
        };
        let _waiting = self.waiting.try_acquire().map_err(|_| busy())?;
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(TURN_WAIT, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(busy()),
        }
    }
}

fn hash_now(password: &[u8]) -> Result<String, ApiError> {
    Argon2::default()
        .hash_password(password)
        .map(|hash| hash.to_string())
        .map_err(ApiError::internal)
}

/// Its salt is no secret, and nobody has the password.
fn nobodys_hash() -> String {
    let hash =
        Argon2::default().hash_password_with_salt(b"nobody's password", b"nobody's own salt");
    hash.map(|hash| hash.to_string()).unwrap_or_default()
}

fn verify_now(password: &[u8], kept: &str) -> bool {
    PasswordHash::new(kept)
        .is_ok_and(|kept| Argon2::default().verify_password(password, &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use futures_util::FutureExt;

    use super::*;

    const PEER: IpAddr = IpAddr::V4(Ipv4Addr::LOCALHOST);

    #[tokio::test]
    async fn few_wait_of_one_peer_fewer_still_and_one_more_is_told_at_once() {
        let passwords = Passwords::new(1).unwrap();
        let running = passwords.turn(Some(PEER)).await.unwrap();
        let mut waiting = Vec::new();
        let mut ask = |number| {
            let peer = IpAddr::V4(Ipv4Addr::new(10, 0, 0, number));
            let mut turn = Box::pin(passwords.turn(Some(peer)));
            let told = (&mut turn).now_or_never();
            if told.is_none() {
                waiting.push(turn);
            }
            told.map(|turn| turn.unwrap_err().code())
        };
        for number in 1..=16 {
            assert_eq!([ask(number), ask(number)], [None, None], "{number}");
            assert_eq!(ask(number), Some("busy"), "{number}: a third waits");
        }
        assert_eq!(ask(17), Some("busy"), "more wait than may");
        drop(running);
        let first = waiting.remove(0).await.unwrap();
        let again = passwords.turn(Some(IpAddr::V4(Ipv4Addr::new(10, 0, 0, 1))));
        assert!(again.now_or_never().is_none(), "a turn was taken out of order");
        drop((first, waiting));
        assert!(passwords.turn(Some(PEER)).await.is_ok());
    }

    #[tokio::test]
    async fn right_wrong_and_unknown() {
        let passwords = Passwords::new(1).unwrap();
        let kept = passwords.hash("春风 42").await.unwrap();
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        assert!(passwords.verify_from(PEER, "春风 42", Some(&kept)).await.unwrap());
        assert!(!passwords.verify_from(PEER, "春风 43", Some(&kept)).await.unwrap());
        assert!(!passwords.verify_from(PEER, "nobody has this password", None).await.unwrap());
        assert!(!passwords.verify_from(PEER, "x", Some("not a hash")).await.unwrap());
        let long = passwords.hash(&"x".repeat(257)).await.unwrap_err();
        assert_eq!(long.code(), "password_too_long");
    }
}
