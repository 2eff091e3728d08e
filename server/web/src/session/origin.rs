//! Whether a request was made by a page of our own.
//!
//! Browsers say so in `Sec-Fetch-Site` on trustworthy lines and in `Origin` with every form
//! elsewhere. A client that says neither is no browser of today; the form's proof still stands.

use hyper::header::{HeaderName, ORIGIN};

use crate::call::Head;

const SEC_FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");

pub(super) fn is_own(head: &Head) -> bool {
    if let Some(site) = head.header(SEC_FETCH_SITE) {
        return matches!(site, "same-origin" | "none");
    }
    match head.headers.get(ORIGIN) {
        None => true,
        Some(origin) => {
            let host = origin.to_str().ok().and_then(|origin| origin.split_once("://"));
            host.is_some_and(|(_, host)| head.host() == Some(host))
        }
    }
}
