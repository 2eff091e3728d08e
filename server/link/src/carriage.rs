//! What both ends agree upon about HTTP: paths, headers, the type of an answer, statuses.

use bytes::Bytes;
use data_encoding::HEXLOWER;
use sync::{Refusal, RefusalCode};

/// The type of every answer of ours. A captive portal's page has another one.
pub(crate) const CONTENT_TYPE: &str = "application/vnd.springbreeze.sync";
pub(crate) const SESSION_HEADER: &str = "x-springbreeze-session";
pub(crate) const COUNTER_HEADER: &str = "x-springbreeze-counter";
pub(crate) const PROOF_HEADER: &str = "x-springbreeze-proof";

pub(crate) const ENROL: &str = "/sync/v1/enrol";
pub(crate) const HELLO: &str = "/sync/v1/hello";
pub(crate) const BATCHES: &str = "/sync/v1/batches";
pub(crate) const SCANS: &str = "/sync/v1/scans";
pub(crate) const VIEW: &str = "/sync/v1/view";
pub(crate) const TIME: &str = "/sync/v1/time";

/// A message as a body.
pub(crate) fn encode(message: &impl minicbor::Encode<()>) -> Bytes {
    minicbor::to_vec(message).expect("a vector takes any bytes").into()
}

/// A whole body as a message: nothing may follow it.
pub(crate) fn decode<'b, M: minicbor::Decode<'b, ()>>(body: &'b [u8]) -> Option<M> {
    let mut input = minicbor::Decoder::new(body);
    let message = input.decode().ok()?;
    (input.position() == body.len()).then_some(message)
}

pub(crate) fn hex(bytes: &[u8]) -> String {
    HEXLOWER.encode(bytes)
}

pub(crate) fn from_hex<const N: usize>(text: &str) -> Option<[u8; N]> {
    HEXLOWER.decode(text.as_bytes()).ok()?.try_into().ok()
}

/// The status under which a refusal is answered; its reason stands in the body.
pub(crate) const fn status_of(refusal: &Refusal) -> u16 {
    match refusal.code {
        RefusalCode::SessionUnknown
        | RefusalCode::SessionForged
        | RefusalCode::UnknownSender
        | RefusalCode::Stale => 401,
        RefusalCode::RevokedSender
        | RefusalCode::Follows
        | RefusalCode::OriginNotAllowed
        | RefusalCode::WrongAudience
        | RefusalCode::WrongStore
        | RefusalCode::CodeUnknown
        | RefusalCode::CodeExpired => 403,
        RefusalCode::TooLarge => 413,
        RefusalCode::Upgrade => 426,
        RefusalCode::Busy => 429,
        RefusalCode::ReadOnly => 507,
        RefusalCode::Failed => 503,
        _ => 422,
    }
}

/// Of these statuses the body is the endpoint's own answer; of all others it is a [`Refusal`].
pub(crate) const fn is_answer(status: u16) -> bool {
    status == OK || status == CONFLICT
}

pub(crate) const OK: u16 = 200;
pub(crate) const CONFLICT: u16 = 409;
