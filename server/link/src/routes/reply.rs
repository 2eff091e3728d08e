//! Reading what was asked, and writing what is answered.

use std::time::Duration;

use bytes::Bytes;
use domain::ids::NodeId;
use sync::session::{Answer, SessionKey};
use sync::{Refusal, RefusalCode, limits};
use warp::http::header::{HeaderName, HeaderValue, RETRY_AFTER};
use web::body::BodyLimit;
use web::{Call, Response, StatusCode};

use crate::carriage::{CONTENT_TYPE, PROOF_HEADER, hex};

/// A batch may come over a line of 256 kbit/s.
pub(super) const BATCH_BODY: BodyLimit =
    BodyLimit { size_bytes: limits::REQUEST_BYTES, wait: Duration::from_secs(60) };

/// Asking for a view says everything in its path.
pub(super) const NO_BODY: BodyLimit = BodyLimit { size_bytes: 0, wait: Duration::from_secs(5) };

/// Keys, a name and a proof: a few hundred bytes.
pub(super) const ENROL_BODY: BodyLimit =
    BodyLimit { size_bytes: 16 << 10, wait: Duration::from_secs(10) };

/// A hello as anybody may send it: some 900 streams, more than a fair has.
pub(super) const HELLO_BODY: BodyLimit =
    BodyLimit { size_bytes: 64 << 10, wait: Duration::from_secs(20) };

/// A request that its session has proved.
pub(super) struct Asked {
    pub(super) node: NodeId,
    pub(super) key: SessionKey,
    pub(super) counter: u64,
    pub(super) query: String,
    pub(super) body: Bytes,
}

impl Asked {
    pub(super) fn query_number(&self, name: &str) -> Option<u64> {
        let pairs = self.query.split('&').filter_map(|pair| pair.split_once('='));
        pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| value.parse().ok())
    }
}

pub(super) async fn read_body(call: &mut Call, limit: BodyLimit) -> Result<Bytes, Refusal> {
    call.bytes(limit).await.map_err(|error| {
        if error.status() == StatusCode::PAYLOAD_TOO_LARGE {
            RefusalCode::TooLarge.into()
        } else {
            RefusalCode::Damaged.into()
        }
    })
}

/// An answer of our own type, proved where a session asked.
pub(super) fn respond(
    status: u16,
    body: Bytes,
    retry_after_s: Option<u32>,
    asked: Option<&Asked>,
) -> Response {
    let proof = asked.map(|asked| {
        let answer = Answer { counter: asked.counter, status, body: &body };
        hex(&asked.key.prove_answer(&answer))
    });
    let mut response = web::reply::bytes(CONTENT_TYPE, body);
    *response.status_mut() =
        StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR);
    let headers = response.headers_mut();
    if let Some(proof) = proof.and_then(|proof| HeaderValue::try_from(proof).ok()) {
        headers.insert(HeaderName::from_static(PROOF_HEADER), proof);
    }
    if let Some(seconds) = retry_after_s {
        headers.insert(RETRY_AFTER, HeaderValue::from(seconds));
    }
    response
}
