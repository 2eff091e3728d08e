//! Commands that WebDriver's standard does not have: Chromium's own protocol, and its console.

use fantoccini::wd::WebDriverCompatibleCommand;
use reqwest::{Method, Url};
use serde_json::{Value, json};

/// A command of Chromium's own protocol.
#[derive(Debug, Clone)]
pub struct Devtools {
    /// Such as `Page.addScriptToEvaluateOnNewDocument`.
    pub command: &'static str,
    /// Its parameters.
    pub parameters: Value,
}

/// What the pages wrote to the console since the last such command.
#[derive(Debug, Clone, Copy)]
pub(super) struct ConsoleLog;

impl WebDriverCompatibleCommand for Devtools {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/goog/cdp/execute", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        let body = json!({ "cmd": self.command, "params": self.parameters });
        (Method::POST, Some(body.to_string()))
    }
}

impl WebDriverCompatibleCommand for ConsoleLog {
    fn endpoint(&self, base: &Url, session: Option<&str>) -> Result<Url, ParseError> {
        base.join(&format!("session/{}/se/log", session.unwrap_or_default()))
    }

    fn method_and_body(&self, _: &Url) -> (Method, Option<String>) {
        (Method::POST, Some(json!({ "type": "browser" }).to_string()))
    }
}

/// What can be wrong with an address.
type ParseError = <Url as std::str::FromStr>::Err;
