//! Live updates to pages by server-sent events.
//!
//! A page keeps one stream and gets named events with JSON. Invariant: streams are bounded in
//! number, kept alive, and end at the stop; a page that reconnects gets the present state first,
//! so nothing depends on `last-event-id`, which is accepted and not needed.

use std::convert::Infallible;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::ready;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::sync::{Semaphore, watch};
use tokio::time::{Instant, interval_at};
use tokio_stream::wrappers::{IntervalStream, WatchStream};
use warp::Reply;
use warp::sse::Event;

use crate::Response;
use crate::error::ApiError;
use crate::stop::Stop;

/// How often an event `beat` is sent, so that both ends notice a dead line and a page knows
/// that what it shows is still true.
const BEAT_EVERY: Duration = Duration::from_secs(10);

/// How long a browser waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);

/// One event; cheap to clone, so that it is written once for all screens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LiveEvent {
    name: &'static str,
    data: Arc<str>,
}

impl LiveEvent {
    /// An event with a value as JSON. `script/live.js` fills the elements `data-live="<field>"`
    /// from the fields of an object.
    ///
    /// # Errors
    /// `internal` when the value can't be written as JSON.
    pub fn json<T: Serialize>(name: &'static str, value: &T) -> Result<Self, ApiError> {
        let data = serde_json::to_string(value).map_err(ApiError::internal)?;
        Ok(Self { name, data: data.into() })
    }
}

/// The streams of a program. One per process; cheap to clone.
#[derive(Clone, Debug)]
pub struct Live {
    places: Arc<Semaphore>,
    stop: Stop,
}

impl Live {
    /// At most so many streams at once. Each holds a connection: stay well below
    /// [`crate::serve::Limits::connections`].
    #[must_use]
    pub fn new(most: usize, stop: Stop) -> Self {
        Self { places: Arc::new(Semaphore::new(most)), stop }
    }

    /// Answers with a stream of events.
    ///
    /// # Errors
    /// `too_many_streams` (503).
    pub fn events<S>(&self, events: S) -> Result<Response, ApiError>
    where
        S: Stream<Item = LiveEvent> + Send + Sync + 'static,
    {
        let place = Arc::clone(&self.places)
            .try_acquire_owned()
            .map_err(|_| ApiError::unavailable("too_many_streams"))?;
        let stop = self.stop.clone();
        let whole =
            with_beat(events).take_until(async move { stop.stopped().await }).map(move |event| {
                let _held = &place;
                Ok::<_, Infallible>(event)
            });
        Ok(warp::sse::reply(whole).into_response())
    }

    /// Answers with a watched value: its present state at once, then every change that the
    /// reader is fast enough to see.
    ///
    /// # Errors
    /// `too_many_streams` (503).
    pub fn watch(&self, value: watch::Receiver<LiveEvent>) -> Result<Response, ApiError> {
        self.events(WatchStream::new(value))
    }
}

/// The events with a greeting before and a beat between them; ends when the events end.
fn with_beat<S>(events: S) -> impl Stream<Item = Event> + Send + Sync
where
    S: Stream<Item = LiveEvent> + Send + Sync + 'static,
{
    let hello = Event::default().retry(COME_BACK).comment("hello");
    let events = events
        .map(|event| Some(Event::default().event(event.name).data(event.data.as_ref())))
        .chain(stream::iter([None]));
    let first = Instant::now() + BEAT_EVERY;
    let beats = IntervalStream::new(interval_at(first, BEAT_EVERY))
        .map(|_| Some(Event::default().event("beat").data("{}")));
    stream::iter([hello])
        .chain(stream::select(events, beats).take_while(|e| ready(e.is_some())).filter_map(ready))
}
