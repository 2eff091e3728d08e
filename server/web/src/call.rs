//! A request as handlers see it.
//!
//! [`Head`] is what was said before the body, made once by the edge and shared; [`Call`] adds
//! the body, which can be read once and only under a limit and a time (see `body`).

use std::pin::Pin;
use std::sync::Arc;

use bytes::{Buf, Bytes};
use futures_util::{Stream, StreamExt};
use hyper::header::{ACCEPT, COOKIE, HOST, HeaderName};
use hyper::{HeaderMap, Method, Uri};
use warp::Filter;
use warp::reject::Rejection;

use crate::arrival::{Arrival, Door, RequestId};
use crate::error::ApiError;
use crate::fields::Fields;

pub(crate) type BodyStream = Pin<Box<dyn Stream<Item = Result<Bytes, warp::Error>> + Send + Sync>>;

/// What a request says before its body.
#[derive(Clone, Debug)]
pub struct Head {
    /// GET, POST, …
    pub method: Method,
    /// The target. Never logged: a path may hold a ticket.
    pub uri: Uri,
    /// All headers.
    pub headers: HeaderMap,
    /// From whom and through which door.
    pub arrival: Arrival,
}

impl Head {
    /// A header as text, if it is there and is text.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> Option<&str> {
        self.headers.get(name).and_then(|value| value.to_str().ok())
    }

    /// A cookie's value.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<&str> {
        self.headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim_start().split_once('='))
            .find_map(|(key, value)| (key == name).then(|| value.trim_end()))
    }

    /// The host and port the client believes to talk to.
    #[must_use]
    pub fn host(&self) -> Option<&str> {
        self.header(HOST).or_else(|| self.uri.authority().map(hyper::http::uri::Authority::as_str))
    }

    /// The fields of the query; empty when there is none or it can't be read.
    #[must_use]
    pub fn query(&self) -> Fields {
        let raw = self.uri.query().unwrap_or_default();
        Fields::from_urlencoded(raw.as_bytes()).unwrap_or_default()
    }

    /// Whether the answer to a failure should be a page for a person rather than a document
    /// for a program.
    #[must_use]
    pub fn wants_page(&self) -> bool {
        let path = self.uri.path();
        if path.starts_with("/api/") || path.starts_with("/sync/") {
            return false;
        }
        match self.header(ACCEPT) {
            None => true,
            Some(accept) => accept.contains("text/html") || accept.trim() == "*/*",
        }
    }
}

/// A request in a handler's hands.
pub struct Call {
    head: Arc<Head>,
    pub(crate) body: Option<BodyStream>,
}

impl std::fmt::Debug for Call {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Call").field("arrival", &self.head.arrival).finish_non_exhaustive()
    }
}

impl std::ops::Deref for Call {
    type Target = Head;

    fn deref(&self) -> &Head {
        &self.head
    }
}

impl Call {
    /// The line the request came over.
    #[must_use]
    pub fn door(&self) -> Door {
        self.head.arrival.door
    }

    /// The number of the request.
    #[must_use]
    pub fn request_id(&self) -> RequestId {
        self.head.arrival.request_id
    }

    /// Refuses staff work on a line others can read.
    ///
    /// # Errors
    /// `staff_door_plain` (403).
    pub fn staff_door(&self) -> Result<(), ApiError> {
        crate::session::staff_door(self.door())
    }
}

/// The filter that hands a handler its [`Call`]. Used by [`crate::routes::handle`].
pub fn call() -> impl Filter<Extract = (Call,), Error = Rejection> + Clone {
    warp::ext::get::<Arc<Head>>()
        .and(warp::body::stream())
        .map(|head, body| Call { head, body: Some(Box::pin(bytes_of(body))) })
}

fn bytes_of<S, B>(body: S) -> impl Stream<Item = Result<Bytes, warp::Error>>
where
    S: Stream<Item = Result<B, warp::Error>>,
    B: Buf,
{
    body.map(|part| part.map(|mut data| data.copy_to_bytes(data.remaining())))
}
