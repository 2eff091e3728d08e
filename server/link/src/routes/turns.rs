//! One at a time for each origin: a batch is compared with what is durable and then taken to the
//! store, and between the two nothing else of that origin may slip in.

use domain::ids::NodeId;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Origins share this many turns; two that share one only wait a little longer.
const TURNS: usize = 64;

pub(super) struct Turns(Vec<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Semaphore::new(1)).collect())
    }
}

impl Turns {
    pub(super) async fn take(&self, origin: NodeId) -> Option<SemaphorePermit<'_>> {
        let [first, ..] = origin.0;
        let turn = self.0.get(usize::from(first) % TURNS)?;
        turn.acquire().await.ok()
    }
}
