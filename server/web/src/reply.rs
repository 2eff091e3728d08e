//! The answers routes give, each one call.

use bytes::Bytes;
use hyper::header::{CONTENT_DISPOSITION, CONTENT_TYPE, HeaderValue, LOCATION, SET_COOKIE};
use maud::Markup;
use serde::Serialize;

use crate::Response;
use crate::error::ApiError;

pub use hyper::StatusCode;

/// A value as JSON.
///
/// # Errors
/// `internal` when it can't be written as JSON (a map with odd keys).
pub fn json<T: Serialize>(value: &T) -> Result<Response, ApiError> {
    json_with(StatusCode::OK, value)
}

/// A value as JSON under another status, such as 201.
///
/// # Errors
/// As [`json`].
pub fn json_with<T: Serialize>(status: StatusCode, value: &T) -> Result<Response, ApiError> {
    let body = serde_json::to_vec(value).map_err(ApiError::internal)?;
    Ok(typed(status, "application/json", body.into()))
}

/// Bytes of a type: a picture, a spreadsheet, a batch.
#[must_use]
pub fn bytes(content_type: &'static str, body: Bytes) -> Response {
    typed(StatusCode::OK, content_type, body)
}

/// Bytes to be saved under a name rather than shown. The name should be plain ASCII.
#[must_use]
pub fn download(content_type: &'static str, name: &str, body: Bytes) -> Response {
    let mut response = bytes(content_type, body);
    let plain: String =
        name.chars().filter(|c| c.is_ascii_alphanumeric() || "-_.".contains(*c)).collect();
    if let Ok(value) = HeaderValue::try_from(format!("attachment; filename=\"{plain}\"")) {
        response.headers_mut().insert(CONTENT_DISPOSITION, value);
    }
    response
}

/// Plain text.
#[must_use]
pub fn plain(status: StatusCode, body: impl Into<String>) -> Response {
    typed(status, "text/plain; charset=utf-8", body.into().into())
}

/// A piece of a page, or a whole one that was built by hand. Pages come from [`crate::Page`].
#[must_use]
pub fn html(status: StatusCode, markup: Markup) -> Response {
    typed(status, "text/html; charset=utf-8", markup.into_string().into())
}

/// Done, and there is nothing to say.
#[must_use]
pub fn no_content() -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::NO_CONTENT;
    response
}

/// After a form: go and look at that page (303), so that reloading repeats nothing.
#[must_use]
pub fn see_other(path: &str) -> Response {
    let mut response = Response::default();
    *response.status_mut() = StatusCode::SEE_OTHER;
    let target = HeaderValue::try_from(path).unwrap_or(HeaderValue::from_static("/"));
    response.headers_mut().insert(LOCATION, target);
    response
}

/// The same answer, with a cookie (see [`crate::session::Sessions::cookie`]).
#[must_use]
pub fn with_cookie(mut response: Response, cookie: HeaderValue) -> Response {
    response.headers_mut().append(SET_COOKIE, cookie);
    response
}

pub(crate) fn typed(status: StatusCode, content_type: &'static str, body: Bytes) -> Response {
    let mut response = Response::new(body.into());
    *response.status_mut() = status;
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(content_type));
    response
}
