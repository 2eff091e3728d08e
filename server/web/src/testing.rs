//! A client for tests: asks an [`App`] in process, through the same edge as the accept loop.
//!
//! `let got = testing::get("/fair").cookie(&cookie).send(&app).await;`

use std::net::{Ipv4Addr, SocketAddr};

use bytes::Bytes;
use http_body_util::{BodyExt, Full};
use hyper::header::{CONTENT_TYPE, COOKIE, HOST, HeaderName, HeaderValue, SET_COOKIE};
use hyper::{HeaderMap, Method, Request, StatusCode};
use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::arrival::{Arrival, Door, RequestId};
use crate::edge;
use crate::routes::App;

/// A request to be sent.
#[derive(Debug)]
pub struct Ask {
    request: Request<Full<Bytes>>,
    door: Door,
    peer: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub struct Got {
    /// The status.
    pub status: StatusCode,
    /// All headers.
    pub headers: HeaderMap,
    /// The whole body.
    pub body: Bytes,
}

/// A GET, from loopback.
#[must_use]
pub fn get(path: &str) -> Ask {
    ask(Method::GET, path)
}

/// A POST, from loopback.
#[must_use]
pub fn post(path: &str) -> Ask {
    ask(Method::POST, path)
}

/// A request of any method, from loopback, to `localhost`.
///
/// # Panics
/// When `path` is no target.
#[must_use]
pub fn ask(method: Method, path: &str) -> Ask {
    let request = Request::builder()
        .method(method)
        .uri(path)
        .header(HOST, "localhost")
        .body(Full::default())
        .expect("a test asks for a path");
    Ask { request, door: Door::Loopback, peer: SocketAddr::from((Ipv4Addr::LOCALHOST, 1)) }
}

impl Ask {
    /// Over this line.
    #[must_use]
    pub const fn door(mut self, door: Door) -> Self {
        self.door = door;
        self
    }

    /// From this address.
    #[must_use]
    pub const fn peer(mut self, peer: SocketAddr) -> Self {
        self.peer = peer;
        self
    }

    /// With a header, replacing one of that name.
    ///
    /// # Panics
    /// When the value is none.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: &str) -> Self {
        let value = HeaderValue::from_str(value).expect("a test sends a header value");
        self.request.headers_mut().insert(name, value);
        self
    }

    /// With a cookie as [`Got::cookie`] gives it, besides others.
    ///
    /// # Panics
    /// When it is no header value.
    #[must_use]
    pub fn cookie(mut self, pair: &str) -> Self {
        let value = HeaderValue::from_str(pair).expect("a test sends a cookie");
        self.request.headers_mut().append(COOKIE, value);
        self
    }

    /// With a bearer token.
    #[must_use]
    pub fn bearer(self, token: &str) -> Self {
        self.header(hyper::header::AUTHORIZATION, &format!("Bearer {token}"))
    }

    /// With a form.
    ///
    /// # Panics
    /// Never for names and values of text.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = serde_urlencoded::to_string(fields).expect("text fields are a form");
        self.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    }

    /// With a JSON document.
    ///
    /// # Panics
    /// When the value can't be written as JSON.
    #[must_use]
    pub fn json<T: Serialize>(self, value: &T) -> Self {
        let body = serde_json::to_vec(value).expect("a test sends JSON");
        self.header(CONTENT_TYPE, "application/json").body(body)
    }

    /// With a form that has one file.
    #[must_use]
    pub fn file(self, fields: &[(&str, &str)], field: &str, file: (&str, &[u8])) -> Self {
        let (name, content) = file;
        let mut body = Vec::new();
        for (key, value) in fields {
            body.extend_from_slice(part(key, "").as_bytes());
            body.extend_from_slice(value.as_bytes());
        }
        body.extend_from_slice(part(field, &format!("; filename=\"{name}\"")).as_bytes());
        body.extend_from_slice(content);
        body.extend_from_slice(b"\r\n--edge--\r\n");
        self.header(CONTENT_TYPE, "multipart/form-data; boundary=edge").body(body)
    }

    /// With any body.
    #[must_use]
    pub fn body(mut self, body: impl Into<Bytes>) -> Self {
        *self.request.body_mut() = Full::new(body.into());
        self
    }

    /// Asks, and collects the whole answer.
    ///
    /// # Panics
    /// When the answer's body breaks off.
    pub async fn send(self, app: &App) -> Got {
        let arrival = Arrival { peer: self.peer, door: self.door, request_id: RequestId::next() };
        let response = edge::answer(app, self.request, arrival).await;
        let (parts, body) = response.into_parts();
        let body = body.collect().await.expect("an answer made in process is whole");
        Got { status: parts.status, headers: parts.headers, body: body.to_bytes() }
    }
}

fn part(field: &str, more: &str) -> String {
    format!("\r\n--edge\r\nContent-Disposition: form-data; name=\"{field}\"{more}\r\n\r\n")
}

impl Got {
    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as JSON.
    ///
    /// # Panics
    /// When it isn't.
    #[must_use]
    pub fn json<T: DeserializeOwned>(&self) -> T {
        match serde_json::from_slice(&self.body) {
            Ok(value) => value,
            Err(error) => panic!("{error} in {}", self.text()),
        }
    }

    /// The member `code` of a problem document.
    #[must_use]
    pub fn code(&self) -> String {
        let problem: serde_json::Value = self.json();
        problem.get("code").and_then(|code| code.as_str()).unwrap_or_default().to_owned()
    }

    /// A header as text, empty when it is missing.
    #[must_use]
    pub fn header(&self, name: HeaderName) -> &str {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default()
    }

    /// The `name=value` of a cookie that was set.
    #[must_use]
    pub fn cookie(&self, name: &str) -> Option<String> {
        self.headers
            .get_all(SET_COOKIE)
            .iter()
            .filter_map(|value| value.to_str().ok())
            .filter_map(|value| value.split(';').next())
            .find(|pair| pair.split('=').next() == Some(name))
            .map(str::to_owned)
    }
}
