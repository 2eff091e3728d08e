//! Handing fresh records over while somebody waits before the kiosk.

use std::sync::Arc;
use std::time::Duration;

use journal::{Entry, Head};
use minicbor::bytes::ByteVec;
use sync::handover::{HandOver, HandOverAnswer};
use sync::{BatchAnswer, Failure, Refusal, RefusalCode, limits};

use super::driver::Note;
use super::keys::{Wrapped, acknowledged};
use super::{Shared, Uplink};
use crate::carriage::{SCANS, encode};
use crate::peer::Fault;
use crate::source::Source;

/// A record that was handed over, and what the receiver makes of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct HandedOver {
    /// The record.
    pub entry: Entry,
    /// The receiver's judgement, in its own encoding; `None` where it makes nothing of it.
    pub judgement: Option<Vec<u8>>,
}

/// Why there is no judgement. The records are safe here, and go up by themselves later.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum HandOverError {
    /// No answer in the time given.
    #[error("the receiver did not answer in time")]
    TimedOut,
    /// The receiver can't be reached, or the line is suspect since an earlier request hung.
    #[error("the receiver is not reached")]
    Offline,
    /// Earlier records have to go first; they are on their way.
    #[error("earlier records are still on their way")]
    Behind,
    /// The receiver refused.
    #[error(transparent)]
    Refused(Refusal),
}

impl<S: Source> Uplink<S> {
    /// Hands over what is durable here and not yet at the receiver, and waits for its judgement,
    /// at most `wait`. One hand-over that times out makes the line suspect: later ones come back
    /// at once with [`HandOverError::Offline`] until a request gets through again.
    ///
    /// # Errors
    /// [`HandOverError`]; nothing is lost by it.
    pub async fn hand_over(&self, wait: Duration) -> Result<Vec<HandedOver>, HandOverError> {
        let shared = &self.shared;
        if shared.status.borrow().suspect || !shared.peer.has_session() {
            return Err(HandOverError::Offline);
        }
        let work = hand_over(shared, wait);
        let Ok(outcome) = tokio::time::timeout(wait, work).await else {
            return Err(shared.hangs());
        };
        outcome
    }
}

impl<S> Shared<S> {
    /// A request hung: the next scan doesn't wait for the same again.
    fn hangs(&self) -> HandOverError {
        self.suspect(true);
        let _full = self.notes.try_send(Note::Suspect);
        HandOverError::TimedOut
    }
}

async fn hand_over<S: Source>(
    shared: &Arc<Shared<S>>,
    wait: Duration,
) -> Result<Vec<HandedOver>, HandOverError> {
    let stream = shared.source.own();
    let after = shared.theirs(stream).unwrap_or_else(|| stream.start());
    let most = limits::BATCH_RAW_BYTES / 2;
    let read = shared.source.run(stream, after, most).await;
    let entries = read.map_err(|_| HandOverError::Behind)?;
    if entries.is_empty() {
        return Ok(Vec::new());
    }
    if entries.len() > limits::HAND_OVER_RECORDS {
        return Err(HandOverError::Behind);
    }
    let (entries, wrapped) = wrap(shared, entries).await?;
    let keys = wrapped.names();
    let message = HandOver::new(stream.origin, after, &entries, shared.terms.withhold)
        .with_keys(wrapped.keys);
    let answered: Result<HandOverAnswer, Fault> =
        shared.peer.post(SCANS, encode(&message), wait).await;
    match answered {
        Ok(answer) => {
            let last = entries.iter().fold(after, |head, entry| head.extend(&entry.open));
            if !keys.is_empty() && acknowledged(&answer.answer, stream, last) {
                let _swept_up_later = shared.notes.try_send(Note::Delivered(keys));
            }
            judged(shared, after, entries, answer)
        }
        Err(Fault::Failed(Failure::TimedOut)) => Err(shared.hangs()),
        Err(Fault::Failed(_)) => {
            shared.hangs();
            Err(HandOverError::Offline)
        }
        Err(Fault::Refused(refusal)) => {
            if matches!(
                refusal.code,
                RefusalCode::SessionUnknown | RefusalCode::SessionForged | RefusalCode::Follows
            ) {
                let _full = shared.notes.try_send(Note::Forgotten);
            }
            Err(HandOverError::Refused(refusal))
        }
    }
}

/// The records' keys for the receiver; with more than go at once, a batch takes them.
async fn wrap<S: Source>(
    shared: &Arc<Shared<S>>,
    entries: Vec<Entry>,
) -> Result<(Vec<Entry>, Wrapped), HandOverError> {
    if !shared.hands_keys_over() {
        return Ok((entries, Wrapped::default()));
    }
    let shared = Arc::clone(shared);
    let wrapping = move || {
        let wrapped = shared.wrap(&entries);
        (entries, wrapped)
    };
    let wrapped = tokio::task::spawn_blocking(wrapping).await;
    let (entries, wrapped) = wrapped.map_err(|_| HandOverError::Behind)?;
    let all = wrapped.records == entries.len();
    if all { Ok((entries, wrapped)) } else { Err(HandOverError::Behind) }
}

fn judged<S>(
    shared: &Shared<S>,
    after: Head,
    entries: Vec<Entry>,
    answer: HandOverAnswer,
) -> Result<Vec<HandedOver>, HandOverError> {
    let _full = shared.notes.try_send(Note::ViewVersion(answer.view_version));
    match answer.answer {
        BatchAnswer::Ack(head) if head.head.epoch == after.epoch => {
            let _full = shared.notes.try_send(Note::Learnt(head));
            let mut judgements = answer.judgements.into_iter();
            let each = entries
                .into_iter()
                .map(|entry| HandedOver { entry, judgement: judgements.next().and_then(some) });
            Ok(each.collect())
        }
        BatchAnswer::Refused(refusal) => Err(HandOverError::Refused(refusal)),
        // It holds less than it said before: it was restored, and a hello tells how far.
        BatchAnswer::Gap(_) => {
            let _full = shared.notes.try_send(Note::Forgotten);
            Err(HandOverError::Behind)
        }
        _ => Err(HandOverError::Behind),
    }
}

fn some(judgement: ByteVec) -> Option<Vec<u8>> {
    let judgement = Vec::from(judgement);
    (!judgement.is_empty()).then_some(judgement)
}
