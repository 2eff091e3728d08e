//! Live updates to pages by server-sent events.
//!
//! A page keeps one stream and gets named events with JSON. Invariant: streams are bounded in
//! number, those of the public apart from the staff's, kept alive, and end at the stop; a page that reconnects gets the present state first,
//! so nothing depends on `last-event-id`, which is accepted and not needed.

use std::convert::Infallible;
use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use futures_util::future::ready;
use futures_util::{Stream, StreamExt, stream};
use serde::Serialize;
use tokio::sync::{OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{Instant, interval_at};
use tokio_stream::wrappers::{IntervalStream, WatchStream};
use warp::Reply;
use warp::sse::Event;

use crate::Response;
use crate::error::ApiError;
use crate::serve::Limits;
use crate::share::Shares;
use crate::stop::Stop;

/// How often an event `beat` is sent, so that both ends notice a dead line and a page knows
/// that what it shows is still true.
const BEAT_EVERY: Duration = Duration::from_secs(10);

/// How long a browser waits before it comes back.
const COME_BACK: Duration = Duration::from_secs(2);

/// Each stream of HTTP/1 holds a connection: the staff's together get one part in so many of
/// them at most, the public's one part in so many, so that there are always some for requests.
const STAFF_PART: usize = 2;
const PUBLIC_PART: usize = 4;

/// One address gets at most one part in so many of the public streams.
const PUBLIC_PEER_PART: usize = 2;

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
    staff: Arc<Semaphore>,
    public: Arc<Semaphore>,
    public_shares: Shares,
    stop: Stop,
}

impl Live {
    /// At most so many streams of each kind at once, and no more than leave connections to
    /// others, as many as [`Limits::default`] has.
    #[must_use]
    pub fn new(most: usize, stop: Stop) -> Self {
        Self::within(Limits::default().connections, most, stop)
    }

    /// The same where there are so many connections ([`Limits::connections`]).
    #[must_use]
    pub fn within(connections: usize, most: usize, stop: Stop) -> Self {
        let staff = most.min(connections / STAFF_PART);
        let public = most.min(connections / PUBLIC_PART);
        Self {
            staff: Arc::new(Semaphore::new(staff)),
            public: Arc::new(Semaphore::new(public)),
            public_shares: Shares::new((public / PUBLIC_PEER_PART).max(1)),
            stop,
        }
    }

    /// Answers somebody who may follow with a stream of events. What anybody may ask for is
    /// answered by [`Live::public_events`].
    ///
    /// # Errors
    /// `too_many_streams` (503).
    pub fn events<S>(&self, events: S) -> Result<Response, ApiError>
    where
        S: Stream<Item = LiveEvent> + Send + Sync + 'static,
    {
        let place = place_in(&self.staff)?;
        Ok(self.stream(events, place))
    }

    /// Answers anybody at this address with a stream of events, from a pool of its own.
    ///
    /// # Errors
    /// `too_many_streams` (503), also when this address has its share.
    pub fn public_events<S>(&self, peer: IpAddr, events: S) -> Result<Response, ApiError>
    where
        S: Stream<Item = LiveEvent> + Send + Sync + 'static,
    {
        let share = self.public_shares.take(peer).ok_or_else(too_many)?;
        let place = place_in(&self.public)?;
        Ok(self.stream(events, (place, share)))
    }

    /// A stream that holds something until it ends.
    fn stream<S, H>(&self, events: S, held: H) -> Response
    where
        S: Stream<Item = LiveEvent> + Send + Sync + 'static,
        H: Send + Sync + 'static,
    {
        let stop = self.stop.clone();
        let whole =
            with_beat(events).take_until(async move { stop.stopped().await }).map(move |event| {
                let _held = &held;
                Ok::<_, Infallible>(event)
            });
        warp::sse::reply(whole).into_response()
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

fn place_in(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit, ApiError> {
    Arc::clone(places).try_acquire_owned().map_err(|_| too_many())
}

const fn too_many() -> ApiError {
    ApiError::unavailable("too_many_streams")
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

#[cfg(test)]
mod tests {
    use std::net::Ipv4Addr;

    use super::*;

    /// As many as are to be had.
    fn count(mut take: impl FnMut(u8) -> Result<Response, ApiError>) -> usize {
        let taken: Vec<_> = (0..u8::MAX).map_while(|number| take(number).ok()).collect();
        taken.len()
    }

    #[tokio::test]
    async fn the_public_gets_a_quarter_of_the_connections_and_leaves_the_staffs() {
        let (_stopper, stop) = crate::stop::pair();
        let live = Live::within(32, 512, stop);
        let public = |ip: Ipv4Addr| live.public_events(ip.into(), stream::pending());
        let one = |_| public(Ipv4Addr::new(10, 0, 0, 1));
        assert_eq!(count(one), 4, "one address");
        let many = |number| public(Ipv4Addr::new(10, 0, 0, number));
        assert_eq!(count(many), 8, "all addresses");
        let held: Vec<_> = (0..8).map(|number| many(number).unwrap()).collect();
        assert_eq!(many(9).unwrap_err().code(), "too_many_streams");
        assert_eq!(count(|_| live.events(stream::pending())), 16, "the staff");
        drop(held);
        assert_eq!(count(many), 8, "given back");
    }
}
