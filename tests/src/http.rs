//! A small client for JSON over HTTP, as a program outside would write one.

use std::sync::{Arc, Mutex, OnceLock, PoisonError};
use std::time::Duration;

use anyhow::{Context, Result, bail};
use reqwest::Method;
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::task::JoinHandle;

/// Longer than any answer may take.
const REQUEST_BOUND: Duration = Duration::from_secs(30);
/// Longer than a test listens to a stream.
const STREAM_BOUND: Duration = Duration::from_secs(300);

/// A server, and who speaks to it.
#[derive(Debug, Clone)]
pub struct Http {
    base: String,
    token: Option<String>,
    /// Comes as from another machine, through a proxy.
    is_from_elsewhere: bool,
    client: reqwest::Client,
}

/// An answer, read to its end.
#[derive(Debug, Clone)]
pub struct Answer {
    /// What was asked, for messages.
    pub asked: String,
    /// The status.
    pub status: u16,
    /// The headers, names in small letters.
    pub headers: Vec<(String, String)>,
    /// The body.
    pub body: Vec<u8>,
}

impl Http {
    /// Speaks to the server at `base`, as nobody in particular.
    ///
    /// # Errors
    ///
    /// When this machine can't speak HTTP at all.
    pub fn new(base: &str) -> Result<Self> {
        Self::with_client(base, client().build()?)
    }

    /// The same over TLS, trusting nothing but this certificate (PEM).
    ///
    /// # Errors
    ///
    /// When it is none, or this machine can't speak HTTP at all.
    pub fn trusting(base: &str, certificate: &[u8]) -> Result<Self> {
        let only = [reqwest::Certificate::from_pem(certificate)?];
        Self::with_client(base, client().tls_certs_only(only).build()?)
    }

    fn with_client(base: &str, client: reqwest::Client) -> Result<Self> {
        let base = base.trim_end_matches('/').to_owned();
        Ok(Self { base, token: None, is_from_elsewhere: false, client })
    }

    /// The same, as a proxy passes it on for somebody on the open network.
    #[must_use]
    pub fn from_elsewhere(&self) -> Self {
        Self { is_from_elsewhere: true, ..self.clone() }
    }

    /// The same person at another address of the same server.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self { base: base.to_owned(), ..self.clone() }
    }

    /// The same, signed in.
    #[must_use]
    pub fn with_token(&self, token: &str) -> Self {
        Self { token: Some(token.to_owned()), ..self.clone() }
    }

    /// Where the server is.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// Who is signed in.
    #[must_use]
    pub fn token(&self) -> Option<&str> {
        self.token.as_deref()
    }

    /// GET.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn get(&self, path: &str) -> Result<Answer> {
        self.send(Method::GET, path, None).await
    }

    /// POST of a JSON document.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn post(&self, path: &str, document: &Value) -> Result<Answer> {
        let body = ("application/json", serde_json::to_vec(document)?);
        self.send(Method::POST, path, Some(body)).await
    }

    /// Opens a stream of live updates and collects what it says until it ends, which the server
    /// does when it stops.
    ///
    /// # Errors
    ///
    /// When it is not opened.
    pub async fn listen(&self, path: &str) -> Result<Listening> {
        let mut request = self.client.get(format!("{}{path}", self.base)).timeout(STREAM_BOUND);
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        let mut response = request.send().await?.error_for_status()?;
        let said = Arc::new(Mutex::new(Vec::new()));
        let heard = Arc::clone(&said);
        let ended = tokio::spawn(async move {
            // A stream cut by the end of its server has ended all the same.
            while let Ok(Some(part)) = response.chunk().await {
                heard.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&part);
            }
        });
        Ok(Listening { said, ended })
    }

    /// Any request.
    ///
    /// # Errors
    ///
    /// When no answer comes.
    pub async fn send(
        &self,
        method: Method,
        path: &str,
        body: Option<(&str, Vec<u8>)>,
    ) -> Result<Answer> {
        let asked = format!("{method} {path}");
        let mut request = self.client.request(method, format!("{}{path}", self.base));
        if let Some(token) = &self.token {
            request = request.header("authorization", format!("Bearer {token}"));
        }
        if self.is_from_elsewhere {
            request = request.header("x-forwarded-for", "192.0.2.7");
        }
        if let Some((content_type, bytes)) = body {
            request = request.header("content-type", content_type).body(bytes);
        }
        let response = request.send().await.with_context(|| asked.clone())?;
        let status = response.status().as_u16();
        let text = |value: &reqwest::header::HeaderValue| {
            String::from_utf8_lossy(value.as_bytes()).into_owned()
        };
        let headers =
            response.headers().iter().map(|(name, value)| (name.to_string(), text(value)));
        let headers = headers.collect();
        let body = response.bytes().await.with_context(|| asked.clone())?.to_vec();
        Ok(Answer { asked, status, headers, body })
    }
}

/// A stream of live updates that is listened to.
#[derive(Debug)]
pub struct Listening {
    said: Arc<Mutex<Vec<u8>>>,
    ended: JoinHandle<()>,
}

impl Listening {
    /// What it has said so far.
    #[must_use]
    pub fn so_far(&self) -> Vec<u8> {
        self.said.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// All that it says until it ends.
    ///
    /// # Errors
    ///
    /// When whoever listens failed.
    pub async fn to_its_end(self) -> Result<Vec<u8>> {
        self.ended.await?;
        Ok(std::mem::take(&mut *self.said.lock().unwrap_or_else(PoisonError::into_inner)))
    }
}

fn client() -> reqwest::ClientBuilder {
    static PROVIDER: OnceLock<()> = OnceLock::new();
    PROVIDER.get_or_init(|| {
        // An error means that there is one already, which is as good.
        let _ = tokio_rustls::rustls::crypto::ring::default_provider().install_default();
    });
    reqwest::Client::builder().timeout(REQUEST_BOUND).redirect(reqwest::redirect::Policy::none())
}

impl Answer {
    /// The answer, if it is a success.
    ///
    /// # Errors
    ///
    /// Else what the server said.
    pub fn success(self) -> Result<Self> {
        if (200..300).contains(&self.status) {
            return Ok(self);
        }
        bail!("{}: {} {}", self.asked, self.status, self.text().trim())
    }

    /// The document in a successful answer.
    ///
    /// # Errors
    ///
    /// When it is no success, or no such document.
    pub fn document<T: DeserializeOwned>(self) -> Result<T> {
        let answer = self.success()?;
        let read = serde_json::from_slice(&answer.body);
        read.with_context(|| format!("{} answered {}", answer.asked, answer.text()))
    }

    /// The body as text.
    #[must_use]
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// A header, if it is there once or more.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        let found = self.headers.iter().find(|(present, _)| present == name);
        found.map(|(_, value)| value.as_str())
    }

    /// The stable code in a problem document.
    #[must_use]
    pub fn code(&self) -> Option<String> {
        let problem: Value = serde_json::from_slice(&self.body).ok()?;
        problem.get("code").and_then(Value::as_str).map(str::to_owned)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn answer(status: u16, body: &str) -> Answer {
        let headers = vec![("content-type".to_owned(), "application/json".to_owned())];
        Answer { asked: "GET /x".to_owned(), status, headers, body: body.into() }
    }

    #[test]
    fn a_refusal_is_an_error_that_quotes_the_server() {
        let refusal = answer(403, r#"{"code":"role_missing"}"#);
        assert_eq!(refusal.code().as_deref(), Some("role_missing"));
        assert_eq!(refusal.header("content-type"), Some("application/json"));
        let message = refusal.document::<Value>().unwrap_err().to_string();
        assert_eq!(message, r#"GET /x: 403 {"code":"role_missing"}"#);
        assert_eq!(answer(200, "[1]").document::<Vec<u8>>().unwrap(), [1]);
        assert!(answer(200, "[1").document::<Vec<u8>>().is_err());
    }
}
