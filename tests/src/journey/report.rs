//! One line a step: what was done, the number it counted, how long it took.

use std::io::{IsTerminal, Write};
use std::time::Instant;

use anyhow::Result;

/// How wide the titles are.
const TITLE_COLUMNS: usize = 46;

/// Marks an error that a report has printed already.
#[derive(Debug, Clone, Copy)]
pub struct Reported;

impl std::fmt::Display for Reported {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("a step failed")
    }
}

/// Prints the steps of a journey as they are done.
#[derive(Debug)]
pub struct Report {
    is_terminal: bool,
    is_silent: bool,
}

impl Default for Report {
    fn default() -> Self {
        Self { is_terminal: std::io::stdout().is_terminal(), is_silent: false }
    }
}

impl Report {
    /// A report that prints nothing, for tests.
    #[must_use]
    pub fn silent() -> Self {
        Self { is_terminal: false, is_silent: true }
    }

    /// Does one step and prints its line: `work` gives what later steps need, and what to print.
    ///
    /// # Errors
    ///
    /// The step's own.
    pub async fn step<T>(
        &self,
        title: &str,
        work: impl Future<Output = Result<(T, String)>>,
    ) -> Result<T> {
        if self.is_terminal {
            self.print(&format!("..    {title}"));
        }
        let began = Instant::now();
        let done = work.await;
        let seconds = began.elapsed().as_secs_f32();
        let back = if self.is_terminal { "\r\x1b[K" } else { "" };
        match done {
            Ok((value, counted)) => {
                let title = format!("{title:<TITLE_COLUMNS$}");
                self.print(&format!("{back}ok    {title} {counted} ({seconds:.1} s)\n"));
                Ok(value)
            }
            Err(error) => {
                self.print(&format!("{back}FAIL  {title}: {error:#}\n"));
                if self.is_silent { Err(error) } else { Err(error.context(Reported)) }
            }
        }
    }

    /// Prints a line of its own.
    pub fn line(&self, text: &str) {
        self.print(&format!("{text}\n"));
    }

    fn print(&self, text: &str) {
        if self.is_silent {
            return;
        }
        let mut out = std::io::stdout().lock();
        // A reader that has gone away must not stop the journey.
        let _ = out.write_all(text.as_bytes()).and_then(|()| out.flush());
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_step_gives_its_value_or_its_error() {
        let report = Report::silent();
        let done = report.step("a", async { Ok((7, "seven".to_owned())) }).await;
        assert_eq!(done.unwrap(), 7);
        let failed = report.step("b", async { Err::<((), String), _>(anyhow::anyhow!("no")) });
        assert_eq!(failed.await.unwrap_err().to_string(), "no");
    }
}
