//! The one error of the HTTP side.
//!
//! It has a *code* that never changes, a sentence in the reader's language (text
//! `refusal.<code>`), perhaps a detail for the caller, and perhaps an inside message for the
//! log. Invariant: the inside is logged once, at the edge, and never sent; nothing personal
//! goes into it. A refusal of the domain is turned into an `ApiError` next to the routes that
//! can meet it, exhaustively.

mod render;

use std::borrow::Cow;
use std::fmt;

use hyper::StatusCode;
use warp::Reply;

use crate::Response;

/// A request that was not done, and why.
#[derive(Clone, Debug)]
pub struct ApiError {
    pub(crate) status: StatusCode,
    pub(crate) code: &'static str,
    pub(crate) values: Vec<(&'static str, Cow<'static, str>)>,
    pub(crate) detail: Option<String>,
    pub(crate) inside: Option<String>,
    pub(crate) retry_after_s: Option<u64>,
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} ({})", self.code, self.status.as_u16())
    }
}

impl std::error::Error for ApiError {}

impl ApiError {
    /// An error of any status. `code` is snake case and has a text `refusal.<code>`.
    #[must_use]
    pub const fn new(status: StatusCode, code: &'static str) -> Self {
        Self { status, code, values: Vec::new(), detail: None, inside: None, retry_after_s: None }
    }

    /// 400: the request itself is wrong.
    #[must_use]
    pub const fn bad_request(code: &'static str) -> Self {
        Self::new(StatusCode::BAD_REQUEST, code)
    }

    /// 401: nobody is signed in. Pages offer the way to `/sign-in`.
    #[must_use]
    pub const fn unauthorized(code: &'static str) -> Self {
        Self::new(StatusCode::UNAUTHORIZED, code)
    }

    /// 403: signed in or not, this one may not.
    #[must_use]
    pub const fn forbidden(code: &'static str) -> Self {
        Self::new(StatusCode::FORBIDDEN, code)
    }

    /// 404: there is no such thing.
    #[must_use]
    pub const fn not_found(code: &'static str) -> Self {
        Self::new(StatusCode::NOT_FOUND, code)
    }

    /// 409: the thing is in a state in which this can't be done.
    #[must_use]
    pub const fn conflict(code: &'static str) -> Self {
        Self::new(StatusCode::CONFLICT, code)
    }

    /// 422: well-formed, but a rule says no.
    #[must_use]
    pub const fn unprocessable(code: &'static str) -> Self {
        Self::new(StatusCode::UNPROCESSABLE_ENTITY, code)
    }

    /// 429: too many tries; again after so many seconds.
    #[must_use]
    pub const fn too_many(code: &'static str, retry_after_s: u64) -> Self {
        Self::new(StatusCode::TOO_MANY_REQUESTS, code).retry_after_s(retry_after_s)
    }

    /// 503: not now, a queue is full or a part is being rebuilt; again in a moment.
    #[must_use]
    pub const fn unavailable(code: &'static str) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, code).retry_after_s(2)
    }

    /// 500: our fault. `inside` goes to the log.
    pub fn internal(inside: impl fmt::Display) -> Self {
        Self::new(StatusCode::INTERNAL_SERVER_ERROR, "internal").inside(inside)
    }

    /// A value for a `{name}` in the sentence.
    #[must_use]
    pub fn value(mut self, name: &'static str, value: impl Into<String>) -> Self {
        self.values.push((name, Cow::Owned(value.into())));
        self
    }

    /// More for the caller, such as row and column; sent, not logged.
    #[must_use]
    pub fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = Some(detail.into());
        self
    }

    /// More for the log; never sent. No personal data.
    #[must_use]
    pub fn inside(mut self, inside: impl fmt::Display) -> Self {
        self.inside = Some(inside.to_string());
        self
    }

    /// When to try again, in seconds (header `retry-after`).
    #[must_use]
    pub const fn retry_after_s(mut self, seconds: u64) -> Self {
        self.retry_after_s = Some(seconds);
        self
    }

    /// The status.
    #[must_use]
    pub const fn status(&self) -> StatusCode {
        self.status
    }

    /// The code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        self.code
    }
}

/// Leaves the error with the answer; the edge, which knows the reader, writes it out.
impl Reply for ApiError {
    fn into_response(self) -> Response {
        let mut response = crate::reply::plain(self.status, self.code);
        response.extensions_mut().insert(self);
        response
    }
}
