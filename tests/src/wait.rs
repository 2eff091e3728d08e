//! Waiting for a condition instead of for a time: every wait of the tests goes through here.
//!
//! Invariant: a wait ends as soon as its condition holds, and says what it waited for when it
//! does not.

use std::time::{Duration, Instant};

use anyhow::{Result, bail};

/// How long to pause between two looks at a condition.
const POLL_MS: u64 = 15;

/// Asks `look` again and again until it gives something, at most for `bound`.
///
/// An error of `look` counts as “not yet”; the last one is part of the message when time is up.
///
/// # Errors
///
/// When `bound` has passed: names `what` was waited for.
pub async fn until<T>(
    what: &str,
    bound: Duration,
    mut look: impl AsyncFnMut() -> Result<Option<T>>,
) -> Result<T> {
    let began = Instant::now();
    let mut last_error = None;
    loop {
        match look().await {
            Ok(Some(found)) => return Ok(found),
            Ok(None) => {}
            Err(error) => last_error = Some(error),
        }
        if began.elapsed() >= bound {
            break;
        }
        tokio::time::sleep(Duration::from_millis(POLL_MS)).await;
    }
    let waited_s = bound.as_secs_f32();
    match last_error {
        Some(error) => bail!("waited {waited_s} s for {what}; last error: {error:#}"),
        None => bail!("waited {waited_s} s for {what}"),
    }
}

/// The same for a plain yes or no.
///
/// # Errors
///
/// As [`until`].
pub async fn until_true(
    what: &str,
    bound: Duration,
    mut look: impl AsyncFnMut() -> Result<bool>,
) -> Result<()> {
    until(what, bound, async || Ok(look().await?.then_some(()))).await
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn ends_when_the_condition_holds() {
        let mut looks = 0;
        let found = until("three looks", Duration::from_secs(5), async || {
            looks += 1;
            Ok((looks == 3).then_some(looks))
        });
        assert_eq!(found.await.unwrap(), 3);
    }

    #[tokio::test]
    async fn says_what_it_waited_for_and_the_last_error() {
        let wait = until_true("rain", Duration::from_millis(20), async || bail!("sunny"));
        let message = wait.await.unwrap_err().to_string();
        assert!(message.contains("rain") && message.contains("sunny"), "{message}");
    }
}
