//! The accessibility checker axe, injected into a page.

use std::path::Path;

use anyhow::{Context, Result, ensure};
use serde::Deserialize;
use serde_json::{Value, json};

use super::Browser;

/// What is checked. Without `wcag22aa` the rule on target sizes would not run.
const TAGS: [&str; 6] = ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"];

/// Something that keeps people from using a page.
#[derive(Debug, Clone, Deserialize)]
pub struct Violation {
    /// Axe's name of the rule.
    pub id: String,
    /// What the rule asks.
    pub help: String,
    /// The parts of the page that break it.
    pub nodes: Vec<Node>,
}

/// A part of a page.
#[derive(Debug, Clone, Deserialize)]
pub struct Node {
    /// Its markup.
    pub html: String,
    /// How to find it.
    pub target: Vec<Value>,
}

impl Browser {
    /// What axe finds wrong with the page that is open; text must stand out at 7:1 where
    /// `is_high_contrast` is asked.
    ///
    /// # Errors
    ///
    /// When axe is not installed: `npm ci` in tests/browser brings it.
    pub async fn axe(&self, is_high_contrast: bool) -> Result<Vec<Violation>> {
        if self.run("return typeof axe", vec![]).await? != json!("object") {
            self.run(&axe_source()?, vec![]).await?;
        }
        let script = "const [tags, enhanced, done] = arguments;
            const rules = { 'color-contrast-enhanced': { enabled: enhanced } };
            const options = { runOnly: { type: 'tag', values: tags }, rules };
            axe.run(document, options).then(
                found => done({ violations: found.violations, passes: found.passes.length }),
                error => done({ error: String(error) }));";
        let found =
            self.client.execute_async(script, vec![json!(TAGS), json!(is_high_contrast)]).await?;
        ensure!(found.get("error").is_none(), "axe failed: {found}");
        let passes = found.get("passes").and_then(Value::as_u64).unwrap_or_default();
        ensure!(passes > 0, "axe checked nothing");
        let violations = found.get("violations").cloned().context("axe answers with them")?;
        Ok(serde_json::from_value(violations)?)
    }
}

impl std::fmt::Display for Violation {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{} ({})", self.id, self.help)?;
        self.nodes.iter().try_for_each(|node| write!(out, "\n    {}", node.html))
    }
}

fn axe_source() -> Result<String> {
    let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/browser/node_modules/axe-core");
    let source = std::fs::read_to_string(Path::new(folder).join("axe.min.js"));
    source.context("axe is not installed: run npm ci in tests/browser")
}
