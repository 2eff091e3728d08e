//! Passwords: argon2id, off the async threads, few at a time.
//!
//! Invariant: an unknown account costs as much time as a wrong password, so that nobody learns
//! which accounts exist; at most so many hashes run at once, so that sign-ins can't take the
//! machine away from the door.

use std::sync::Arc;
use std::time::Duration;

use argon2::Argon2;
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher, PasswordVerifier};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::error::ApiError;

/// Longest password accepted, in bytes.
const PASSWORD_MOST_BYTES: usize = 256;

/// How long a sign-in waits for its turn.
const TURN_WAIT: Duration = Duration::from_secs(10);

/// Hashes and checks passwords. One per process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Passwords {
    turns: Arc<Semaphore>,
    nobodys: Arc<str>,
}

impl Passwords {
    /// Allows so many hashes at once (19 MiB and some 20–50 ms of one core each).
    ///
    /// # Errors
    /// `internal` when the system gives no randomness.
    pub fn new(at_once: usize) -> Result<Self, ApiError> {
        let nobodys = hash_now(b"nobody has this password")?;
        Ok(Self { turns: Arc::new(Semaphore::new(at_once.max(1))), nobodys: nobodys.into() })
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
        self.apart(move || hash_now(password.as_bytes())).await?
    }

    /// Whether the password is the one behind `kept`. With `None` (no such account) it takes as
    /// long and says no.
    ///
    /// # Errors
    /// `busy` (503).
    pub async fn verify(&self, password: &str, kept: Option<&str>) -> Result<bool, ApiError> {
        let known = kept.is_some() && password.len() <= PASSWORD_MOST_BYTES;
        let kept = kept.unwrap_or(&self.nobodys).to_owned();
        let shown: String = password.chars().take(PASSWORD_MOST_BYTES).collect();
        let shown = zeroize::Zeroizing::new(shown);
        let right = self.apart(move || verify_now(shown.as_bytes(), &kept)).await?;
        Ok(known && right)
    }

    async fn apart<T, F>(&self, work: F) -> Result<T, ApiError>
    where
        T: Send + 'static,
        F: FnOnce() -> T + Send + 'static,
    {
        let turn = self.turn().await?;
        let done = tokio::task::spawn_blocking(move || {
            let result = work();
            drop(turn);
            result
        });
        done.await.map_err(ApiError::internal)
    }

    async fn turn(&self) -> Result<OwnedSemaphorePermit, ApiError> {
        let turn = Arc::clone(&self.turns).acquire_owned();
        match tokio::time::timeout(TURN_WAIT, turn).await {
            Ok(Ok(turn)) => Ok(turn),
            _ => Err(ApiError::unavailable("busy")),
        }
    }
}

fn hash_now(password: &[u8]) -> Result<String, ApiError> {
    Argon2::default()
        .hash_password(password)
        .map(|hash| hash.to_string())
        .map_err(ApiError::internal)
}

fn verify_now(password: &[u8], kept: &str) -> bool {
    PasswordHash::new(kept)
        .is_ok_and(|kept| Argon2::default().verify_password(password, &kept).is_ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn right_wrong_and_unknown() {
        let passwords = Passwords::new(1).unwrap();
        let kept = passwords.hash("春风 42").await.unwrap();
        assert!(kept.starts_with("$argon2id$"), "{kept}");
        assert!(passwords.verify("春风 42", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("春风 43", Some(&kept)).await.unwrap());
        assert!(!passwords.verify("nobody has this password", None).await.unwrap());
        assert!(!passwords.verify("x", Some("not a hash")).await.unwrap());
        let long = passwords.hash(&"x".repeat(257)).await.unwrap_err();
        assert_eq!(long.code(), "password_too_long");
    }
}
