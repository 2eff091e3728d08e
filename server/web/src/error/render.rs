//! An error written out: a problem document (RFC 9457) for programs, a page for people.

use hyper::StatusCode;
use hyper::header::{HeaderValue, RETRY_AFTER};
use maud::{Markup, html};
use serde::Serialize;

use crate::Response;
use crate::call::Head;
use crate::error::ApiError;
use crate::page::{self, Page};
use crate::text::{Lang, fill, lookup, text};

/// The body of `application/problem+json`. Field names are RFC 9457's; `code` is ours.
#[derive(Debug, Serialize)]
struct Problem<'a> {
    #[serde(rename = "type")]
    kind: String,
    title: String,
    status: u16,
    code: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    detail: Option<&'a str>,
    instance: String,
}

impl ApiError {
    /// The sentence for the reader.
    #[must_use]
    pub fn sentence(&self, lang: Lang) -> String {
        let known = lookup(lang, &format!("refusal.{}", self.code));
        let template = known.unwrap_or_else(|| text(lang, "refusal.unknown"));
        let values: Vec<(&str, &str)> =
            self.values.iter().map(|(name, value)| (*name, value.as_ref())).collect();
        fill(template, &values)
    }

    /// The finished answer; also where the error is logged, once.
    pub(crate) fn render(&self, head: &Head) -> Response {
        self.log(head);
        let mut response = if head.wants_page() { self.page(head) } else { self.problem(head) };
        if let Some(seconds) = self.retry_after_s {
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
        }
        response
    }

    fn log(&self, head: &Head) {
        let (code, status, request) = (self.code, self.status.as_u16(), head.arrival.request_id);
        let inside = self.inside.as_deref().unwrap_or_default();
        if self.status.is_server_error() {
            tracing::error!(%request, code, status, inside, "request failed");
        } else {
            tracing::debug!(%request, code, status, inside, "request refused");
        }
    }

    fn problem(&self, head: &Head) -> Response {
        let problem = Problem {
            kind: format!("urn:springbreeze:problem:{}", self.code),
            title: self.sentence(head.lang()),
            status: self.status.as_u16(),
            code: self.code,
            detail: self.detail.as_deref(),
            instance: format!("urn:springbreeze:request:{}", head.arrival.request_id),
        };
        let body = serde_json::to_vec(&problem).unwrap_or_default();
        crate::reply::typed(self.status, "application/problem+json", body.into())
    }

    fn page(&self, head: &Head) -> Response {
        let lang = head.lang();
        let mut response =
            Page::new(head, text(lang, "failure.heading")).body(self.body(lang, head)).reply();
        *response.status_mut() = self.status;
        response
    }

    fn body(&self, lang: Lang, head: &Head) -> Markup {
        html! {
            (page::notice(lang, page::Tone::Bad, &html! { p { (self.sentence(lang)) } }))
            @if let Some(detail) = &self.detail { p .detail { (detail) } }
            p .actions {
                @if self.status == StatusCode::UNAUTHORIZED {
                    (page::link_button("/sign-in", text(lang, "sign_in.open")))
                }
                a href="/" { (text(lang, "failure.home")) }
            }
            @if self.status.is_server_error() {
                p .quiet {
                    (fill(
                        text(lang, "failure.quote"),
                        &[("number", &head.arrival.request_id.to_string())],
                    ))
                }
            }
        }
    }
}
