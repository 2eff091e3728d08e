//! The headers every answer carries.
//!
//! Invariant: a page loads nothing from elsewhere, runs no inline script or style, is shown in
//! no frame, and is kept in no cache; only hashed assets are cached.

use hyper::header::{
    CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue,
    REFERRER_POLICY, X_CONTENT_TYPE_OPTIONS,
};

use crate::Response;

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

const POLICY: HeaderValue = HeaderValue::from_static(
    "default-src 'self'; object-src 'none'; base-uri 'none'; frame-ancestors 'none'; \
     form-action 'self'; img-src 'self' data: blob:",
);

/// Not `no-referrer`: under it browsers send `Origin: null` with a form, and a form from
/// elsewhere could no longer be told from our own on a plain line.
const REFERRER: HeaderValue = HeaderValue::from_static("same-origin");

const NO_DEVICES: HeaderValue =
    HeaderValue::from_static("camera=(), microphone=(), geolocation=()");
const CAMERA_ONLY: HeaderValue =
    HeaderValue::from_static("camera=(self), microphone=(), geolocation=()");
const NO_STORE: HeaderValue = HeaderValue::from_static("no-store");
const NO_SNIFF: HeaderValue = HeaderValue::from_static("nosniff");

/// Lets this one answer, a page with a scanner, ask for the camera.
pub fn allow_camera(response: &mut Response) {
    response.headers_mut().insert(PERMISSIONS_POLICY, CAMERA_ONLY);
}

/// Adds what is missing. What a route has set itself stays.
pub(crate) fn finish(response: &mut Response) {
    let headers = response.headers_mut();
    headers.insert(X_CONTENT_TYPE_OPTIONS, NO_SNIFF);
    headers.entry(CACHE_CONTROL).or_insert(NO_STORE);
    if is_page(headers) {
        headers.entry(CONTENT_SECURITY_POLICY).or_insert(POLICY);
        headers.entry(REFERRER_POLICY).or_insert(REFERRER);
        headers.entry(PERMISSIONS_POLICY).or_insert(NO_DEVICES);
    }
}

fn is_page(headers: &HeaderMap) -> bool {
    let kind = headers.get(CONTENT_TYPE).map(HeaderValue::as_bytes);
    kind.is_some_and(|kind| kind.starts_with(b"text/html") || kind.starts_with(b"image/svg"))
}
