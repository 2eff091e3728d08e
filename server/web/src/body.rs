//! Reading a body: once, under a limit and within a time, with errors that name the field.
//!
//! Invariant: no more than the limit is ever held. What goes beyond it is let go by as it comes, to
//! a bound: a browser reads an answer only after it has sent, and would else show a broken
//! connection instead of the reason. A slow body is refused after its time.

mod upload;

use std::time::Duration;

use bytes::{Bytes, BytesMut};
use futures_util::StreamExt;
use hyper::StatusCode;
use hyper::header::{CONTENT_LENGTH, CONTENT_TYPE};
use serde::de::DeserializeOwned;

use crate::call::{BodyStream, Call, Head};
use crate::error::ApiError;
use crate::fields::Fields;

pub use upload::{Upload, UploadedFile};

/// How much of a body is read and how long that may take.
#[derive(Clone, Copy, Debug)]
pub struct BodyLimit {
    /// The most that is accepted.
    pub size_bytes: usize,
    /// The longest the whole body may take to arrive.
    pub wait: Duration,
}

impl BodyLimit {
    /// JSON documents and forms: 64 KiB within 10 s.
    pub const SMALL: Self = Self { size_bytes: 64 << 10, wait: Duration::from_secs(10) };
    /// Spreadsheets and photographs: 10 MiB within 60 s.
    pub const UPLOAD: Self = Self { size_bytes: 10 << 20, wait: Duration::from_secs(60) };
    /// One camera frame in grey: 2 MiB within 5 s.
    pub const FRAME: Self = Self { size_bytes: 2 << 20, wait: Duration::from_secs(5) };
}

/// How many times its limit a body may be for its sender to be told that it is too large.
const LET_GO_TIMES: usize = 8;

impl Call {
    /// The whole body.
    ///
    /// # Errors
    /// `body_too_large` (413), `body_too_slow` (408), `body_cut` (400), `body_gone` (500) when
    /// it has been read before.
    pub async fn bytes(&mut self, limit: BodyLimit) -> Result<Bytes, ApiError> {
        let announced = check_announced(self, limit);
        let mut body = self.take_body()?;
        let outcome = match announced {
            Ok(()) => read_limited(&mut body, limit).await,
            Err(error) => Err(error),
        };
        if_too_large(&outcome, body, limit).await;
        outcome
    }

    /// The body as JSON, which must be announced as such: an object, since a list of the fields'
    /// values without their names is nothing that anybody means.
    ///
    /// # Errors
    /// As [`Call::bytes`]; `unsupported_type` (415); `json_syntax`, `json_wrong` (400), whose
    /// detail names the field.
    pub async fn json<T: DeserializeOwned>(&mut self) -> Result<T, ApiError> {
        self.json_within(BodyLimit::SMALL).await
    }

    /// As [`Call::json`], with a limit of its own.
    ///
    /// # Errors
    /// As [`Call::json`].
    pub async fn json_within<T>(&mut self, limit: BodyLimit) -> Result<T, ApiError>
    where
        T: DeserializeOwned,
    {
        expect_type(self, "application/json")?;
        let raw = self.bytes(limit).await?;
        if !is_object(&raw) {
            return Err(not_an_object(&raw));
        }
        serde_json::from_slice(&raw).map_err(|_| json_error::<T>(&raw))
    }

    /// The fields of a form as browsers send it.
    ///
    /// # Errors
    /// As [`Call::bytes`]; `unsupported_type` (415); `form_broken` (400).
    pub async fn form(&mut self) -> Result<Fields, ApiError> {
        expect_type(self, "application/x-www-form-urlencoded")?;
        let raw = self.bytes(BodyLimit::SMALL).await?;
        Fields::from_urlencoded(&raw)
    }

    /// A form with files.
    ///
    /// # Errors
    /// As [`Call::bytes`]; `unsupported_type` (415); `upload_broken` (400).
    pub async fn upload(&mut self, limit: BodyLimit) -> Result<Upload, ApiError> {
        expect_type(self, "multipart/form-data")?;
        let announced = check_announced(self, limit);
        let kind = self.header(CONTENT_TYPE).unwrap_or_default().to_owned();
        let mut body = self.take_body()?;
        let reading = async {
            announced?;
            upload::read(&mut body, &kind, limit.size_bytes).await
        };
        let outcome = tokio::time::timeout(limit.wait, reading).await.map_err(|_| too_slow());
        let outcome = outcome.and_then(|read| read);
        if_too_large(&outcome, body, limit).await;
        outcome
    }

    /// Lets a body come and keeps nothing of it, so that a refusal that needed none of it reaches
    /// a client that reads only after it has sent. Ends at the limit and with the time.
    pub async fn discard(&mut self, limit: BodyLimit) {
        if let Some(body) = self.body.take().filter(|_| check_announced(self, limit).is_ok()) {
            let_go_by(body, limit).await;
        }
    }

    fn take_body(&mut self) -> Result<BodyStream, ApiError> {
        self.body.take().ok_or_else(|| ApiError::internal("the body was read twice"))
    }
}

/// Reads what is left of a body and keeps nothing. Whatever has come by the limit was enough.
async fn let_go_by(mut body: BodyStream, limit: BodyLimit) {
    let reading = async {
        let mut size_bytes = 0;
        while let Some(Ok(part)) = body.next().await {
            size_bytes += part.len();
            if size_bytes > limit.size_bytes {
                return;
            }
        }
    };
    let _ = tokio::time::timeout(limit.wait, reading).await;
}

/// A body that was refused for its size comes to its end, so that the sender hears why.
async fn if_too_large<T>(outcome: &Result<T, ApiError>, body: BodyStream, limit: BodyLimit) {
    let refused = outcome.as_ref().err().map(ApiError::status);
    if refused == Some(StatusCode::PAYLOAD_TOO_LARGE) {
        let size_bytes = limit.size_bytes.saturating_mul(LET_GO_TIMES);
        let_go_by(body, BodyLimit { size_bytes, ..limit }).await;
    }
}

/// Collects a body under a limit.
async fn read_limited(body: &mut BodyStream, limit: BodyLimit) -> Result<Bytes, ApiError> {
    let reading = async {
        let mut whole = BytesMut::new();
        while let Some(part) = body.next().await {
            let part = part.map_err(|error| ApiError::bad_request("body_cut").inside(error))?;
            if whole.len() + part.len() > limit.size_bytes {
                return Err(too_large(limit.size_bytes));
            }
            whole.extend_from_slice(&part);
        }
        Ok(whole.freeze())
    };
    tokio::time::timeout(limit.wait, reading).await.map_err(|_| too_slow())?
}

/// Refuses at once what says itself that it is too large.
fn check_announced(head: &Head, limit: BodyLimit) -> Result<(), ApiError> {
    let announced = head.header(CONTENT_LENGTH).and_then(|length| length.parse::<u64>().ok());
    let most = u64::try_from(limit.size_bytes).unwrap_or(u64::MAX);
    match announced {
        Some(length) if length > most => Err(too_large(limit.size_bytes)),
        _ => Ok(()),
    }
}

fn expect_type(head: &Head, wanted: &str) -> Result<(), ApiError> {
    let given = head.header(CONTENT_TYPE).unwrap_or_default();
    let main = given.split(';').next().unwrap_or_default().trim();
    if main.eq_ignore_ascii_case(wanted) {
        Ok(())
    } else {
        Err(ApiError::new(StatusCode::UNSUPPORTED_MEDIA_TYPE, "unsupported_type").detail(wanted))
    }
}

fn too_large(most: usize) -> ApiError {
    let most =
        if most < 1 << 20 { format!("{} KiB", most >> 10) } else { format!("{} MiB", most >> 20) };
    ApiError::new(StatusCode::PAYLOAD_TOO_LARGE, "body_too_large").value("most", most)
}

fn too_slow() -> ApiError {
    ApiError::new(StatusCode::REQUEST_TIMEOUT, "body_too_slow")
}

/// Whether a document can only be an object.
fn is_object(raw: &[u8]) -> bool {
    raw.trim_ascii_start().first() == Some(&b'{')
}

/// serde would take a list for an object whose fields all have defaults.
fn not_an_object(raw: &[u8]) -> ApiError {
    match serde_json::from_slice::<serde::de::IgnoredAny>(raw) {
        Ok(_) => ApiError::bad_request("json_wrong").detail(".: an object is expected"),
        Err(error) => ApiError::bad_request("json_syntax").detail(error.to_string()),
    }
}

/// Reads a document again, slowly, to say which field is wrong.
fn json_error<T: DeserializeOwned>(raw: &[u8]) -> ApiError {
    let mut reader = serde_json::Deserializer::from_slice(raw);
    match serde_path_to_error::deserialize::<_, T>(&mut reader) {
        Ok(_) => ApiError::bad_request("json_syntax").detail("something follows the document"),
        Err(error) if error.inner().is_data() => {
            let path = error.path().to_string();
            ApiError::bad_request("json_wrong").detail(format!("{path}: {}", error.inner()))
        }
        Err(error) => ApiError::bad_request("json_syntax").detail(error.inner().to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde::Deserialize;

    use super::json_error;

    #[derive(Debug, Deserialize)]
    struct Posting {
        #[expect(dead_code, reason = "only read to be refused")]
        pay: Vec<Pay>,
    }

    #[derive(Debug, Deserialize)]
    struct Pay {
        #[expect(dead_code, reason = "only read to be refused")]
        yuan: u32,
    }

    fn check(raw: &str, code: &str, detail: &str) {
        let error = json_error::<Posting>(raw.as_bytes());
        assert_eq!(error.code(), code, "{raw}");
        assert_eq!(error.detail.as_deref(), Some(detail), "{raw}");
    }

    #[test]
    fn a_wrong_document_is_told_where() {
        check(
            r#"{"pay":[{"yuan":1},{"yuan":"two"}]}"#,
            "json_wrong",
            r#"pay[1].yuan: invalid type: string "two", expected u32 at line 1 column 32"#,
        );
        check("{}", "json_wrong", ".: missing field `pay` at line 1 column 2");
        check("{", "json_syntax", "EOF while parsing an object at line 1 column 1");
        check(r#"{"pay":[]} x"#, "json_syntax", "something follows the document");
    }
}
