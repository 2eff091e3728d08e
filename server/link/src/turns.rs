//! One at a time for each origin: a batch is compared with what is durable and then taken to the
//! store, and between the two nothing else of that origin may slip in.

use domain::ids::NodeId;
use tokio::sync::{Semaphore, SemaphorePermit};

/// Origins share this many turns, by their ids, which are as good as random. Records of two that
/// share one can't be synced together, so there are many more than a fair has stations.
const TURNS: usize = 4_096;

pub(crate) struct Turns(Vec<Semaphore>);

impl Default for Turns {
    fn default() -> Self {
        Self((0..TURNS).map(|_| Semaphore::new(1)).collect())
    }
}

impl Turns {
    pub(crate) async fn take(&self, origin: NodeId) -> Option<SemaphorePermit<'_>> {
        let [first, second, ..] = origin.0;
        let place = u16::from_be_bytes([first, second]);
        let turn = self.0.get(usize::from(place) % TURNS)?;
        turn.acquire().await.ok()
    }
}
