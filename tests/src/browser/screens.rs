//! What the kiosk's screen showed, in order, noted by the page itself as it changes.

use anyhow::{Context, Result};
use serde_json::{Value, json};

use super::Browser;

impl Browser {
    /// Notes every change of the screen of pages opened from now on.
    ///
    /// # Errors
    ///
    /// When the browser refuses.
    pub async fn note_screens(&self) -> Result<()> {
        let source = json!({ "source": NOTE_SCREENS });
        self.devtools("Page.addScriptToEvaluateOnNewDocument", source).await?;
        Ok(())
    }

    /// The screens so far, each with its verdict where it has one: `idle`, `verdict welcome`.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub async fn screens(&self) -> Result<Vec<String>> {
        let noted = self.run("return JSON.parse(sessionStorage.screens ?? '[]')", vec![]).await?;
        let noted = noted.as_array().context("a list")?;
        Ok(noted.iter().filter_map(Value::as_str).map(str::to_owned).collect())
    }

    /// Forgets the screens so far.
    ///
    /// # Errors
    ///
    /// When the page does not answer.
    pub async fn forget_screens(&self) -> Result<()> {
        self.run("delete sessionStorage.screens", vec![]).await?;
        Ok(())
    }
}

/// Kept in the tab, so that a page loaded anew goes on. A change of the verdict alone counts too.
const NOTE_SCREENS: &str = r"
addEventListener('DOMContentLoaded', () => {
  let last = '';
  const note = () => {
    const { screen, verdict } = document.body.dataset;
    const now = verdict ? `${screen} ${verdict}` : screen;
    if (!screen || now === last) return;
    last = now;
    const all = JSON.parse(sessionStorage.screens ?? '[]');
    sessionStorage.screens = JSON.stringify([...all, now]);
  };
  note();
  new MutationObserver(note).observe(document.body, { attributes: true });
});";
