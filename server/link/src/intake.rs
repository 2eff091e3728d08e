//! Taking records that arrived to the store.
//!
//! Invariants: of one origin only one request at a time is taken there, so that each is compared
//! with all that came before it; what is acknowledged is durable. Must not know how records travel.

use domain::ids::NodeId;
use journal::Head;
use store::IncomingBatch;
use sync::receiver::{self, Placement};
use sync::{BatchAnswer, Refusal, Stream};

use crate::turns::Turns;
use crate::upstream::{Taken, Upstream, refusal_of};

/// The one way of records into a receiving node's store.
#[derive(Default)]
pub struct Intake {
    turns: Turns,
}

impl Intake {
    /// Takes records that follow `previous` to the store, if they fit; gives the answer for their
    /// sender, and what this node makes of each record.
    ///
    /// # Errors
    /// The refusal, when the store can't take them.
    pub async fn place<U: Upstream>(
        &self,
        upstream: &U,
        stream: Stream,
        previous: Head,
        batch: IncomingBatch,
    ) -> Result<(BatchAnswer, Vec<Option<Vec<u8>>>), Refusal> {
        let _turn = self.turns.take(stream.origin).await;
        let heads = upstream.heads_of(stream.origin);
        let placement = receiver::place(&heads, stream, previous, &batch.entries);
        if matches!(placement, Placement::Misfit(_)) && journal::bug("believe-senders-head") {
            let last = batch.entries.iter().fold(previous, |head, it| head.extend(&it.open));
            return Ok((receiver::ack(stream.origin, last), Vec::new()));
        }
        if let Placement::Misfit(answer) = placement {
            note_misfit(stream.origin, &answer);
            return Ok((answer, Vec::new()));
        }
        // Duplicates go too: an answer that was lost is given again, and judged again; and a key
        // that is missing here is stored.
        let taken = upstream.take(batch).await.map_err(|error| {
            tracing::warn!(%error, origin = %stream.origin, "records were not stored");
            refusal_of(&error)
        })?;
        let Taken { outcome, judgements } = taken;
        let answer = match outcome {
            Ok(accepted) => receiver::ack(stream.origin, accepted.head),
            Err(misfit) => {
                let held = upstream.heads_of(stream.origin);
                let known = held.head(stream.origin, stream.epoch);
                receiver::answer(known, &misfit)
            }
        };
        note_misfit(stream.origin, &answer);
        Ok((answer, judgements))
    }
}

/// A fork means that two lines of one node exist: somebody must look.
fn note_misfit(origin: NodeId, answer: &BatchAnswer) {
    if let BatchAnswer::Fork { seq, .. } = answer {
        tracing::error!(%origin, %seq, "a fork: two different records bear one name");
    }
}
