//! The last layer before the network, shared by the accept loop and the test client.
//!
//! Invariant: every request leaves with a status, the headers every answer has and its number;
//! a panic behind it costs one answer and nothing else.

use std::panic::AssertUnwindSafe;
use std::sync::Arc;

use futures_util::FutureExt;
use hyper::body::Body;
use hyper::header::{HeaderName, HeaderValue};
use hyper::service::Service;
use hyper::{Method, Request, StatusCode, Version};
use hyper_util::service::TowerToHyperService;
use warp::Reply;

use crate::Response;
use crate::arrival::{Arrival, Door};
use crate::call::Head;
use crate::error::ApiError;
use crate::headers;
use crate::routes::App;

const REQUEST_ID: HeaderName = HeaderName::from_static("x-request-id");

type BoxError = Box<dyn std::error::Error + Send + Sync>;

/// One request from arrival to finished answer.
pub(crate) async fn answer<B>(app: &App, mut request: Request<B>, arrival: Arrival) -> Response
where
    B: Body + Send + Sync + 'static,
    B::Error: Into<BoxError>,
{
    let head = Arc::new(Head {
        method: request.method().clone(),
        uri: request.uri().clone(),
        headers: request.headers().clone(),
        arrival: lowered(&request, arrival),
    });
    let response = match check_target(&head, request.version()) {
        Err(refused) => refused.into_response(),
        Ok(()) => {
            request.extensions_mut().insert(Arc::clone(&head));
            run(app, request).await
        }
    };
    finish(response, &head)
}

async fn run<B>(app: &App, request: Request<B>) -> Response
where
    B: Body + Send + Sync + 'static,
    B::Error: Into<BoxError>,
{
    let service = TowerToHyperService::new(warp::service(app.0.clone()));
    let work = AssertUnwindSafe(async move { service.call(request).await });
    match work.catch_unwind().await {
        Ok(Ok(response)) => response,
        Ok(Err(never)) => match never {},
        Err(_) => ApiError::internal("a handler panicked; see the line above").into_response(),
    }
}

/// A program in between, such as a reverse proxy, makes everybody look local. Where it says so,
/// the request counts as coming from the network in the clear.
fn lowered<B>(request: &Request<B>, arrival: Arrival) -> Arrival {
    let passed_on = ["forwarded", "x-forwarded-for"]
        .into_iter()
        .any(|name| request.headers().contains_key(name));
    let door = match arrival.door {
        Door::Loopback if passed_on => Door::Plain,
        door => door,
    };
    Arrival { door, ..arrival }
}

/// Only `/path` targets reach the routes: warp panics on some others, and nothing of ours is a
/// proxy. On loopback the name asked for must be a local one, else a page elsewhere could point
/// its own name at this machine and act as its user.
fn check_target(head: &Head, version: Version) -> Result<(), ApiError> {
    let absolute = version < Version::HTTP_2 && head.uri.authority().is_some();
    if absolute || head.method == Method::CONNECT || !head.uri.path().starts_with('/') {
        return Err(ApiError::bad_request("request_target"));
    }
    let local = head.arrival.door != Door::Loopback || head.host().is_none_or(is_local_name);
    if local { Ok(()) } else { Err(ApiError::new(StatusCode::MISDIRECTED_REQUEST, "host_unknown")) }
}

fn is_local_name(host: &str) -> bool {
    let name = match host.strip_prefix('[') {
        Some(rest) => rest.split_once(']').map_or(rest, |(name, _)| name),
        None => host.split_once(':').map_or(host, |(name, _)| name),
    };
    name == "localhost"
        || name.ends_with(".localhost")
        || name.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn finish(mut response: Response, head: &Head) -> Response {
    if let Some(error) = response.extensions_mut().remove::<ApiError>() {
        response = error.render(head);
    }
    headers::finish(&mut response);
    for cookie in crate::reader::cookies(head) {
        response.headers_mut().append(hyper::header::SET_COOKIE, cookie);
    }
    if let Ok(value) = HeaderValue::try_from(head.arrival.request_id.to_string()) {
        response.headers_mut().insert(REQUEST_ID, value);
    }
    response
}

#[cfg(test)]
mod tests {
    use super::is_local_name;

    #[test]
    fn local_names_are_local_and_others_are_not() {
        for name in ["localhost", "localhost:80", "127.0.0.1:8080", "[::1]:443", "a.localhost"] {
            assert!(is_local_name(name), "{name}");
        }
        for name in ["fair.test", "192.168.1.2:80", "localhost.evil.example", "", "[::2]:80"] {
            assert!(!is_local_name(name), "{name}");
        }
    }
}
