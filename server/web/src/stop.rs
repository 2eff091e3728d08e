//! The stop signal of a process: one side stops, everything that runs listens.
//!
//! Invariant: once stopped, always stopped; a listener that comes late sees it at once.

use tokio::sync::watch;

/// The side that stops. Dropping it stops too, so that a lost owner leaves nothing running.
#[derive(Debug)]
pub struct Stopper(watch::Sender<bool>);

/// The side that listens; cheap to clone.
#[derive(Clone, Debug)]
pub struct Stop(watch::Receiver<bool>);

/// A new pair.
#[must_use]
pub fn pair() -> (Stopper, Stop) {
    let (sender, receiver) = watch::channel(false);
    (Stopper(sender), Stop(receiver))
}

impl Stopper {
    /// Asks everything that listens to end.
    pub fn stop(&self) {
        self.0.send_replace(true);
    }
}

impl Stop {
    /// Waits until the process is to stop.
    pub async fn stopped(&self) {
        let mut receiver = self.0.clone();
        // An error means the stopping side is gone, which is a stop as well.
        let _ = receiver.wait_for(|stopped| *stopped).await;
    }

    /// Whether the process is to stop.
    #[must_use]
    pub fn is_stopped(&self) -> bool {
        *self.0.borrow() || self.0.has_changed().is_err()
    }
}
