//! What happened, as one number, and in words where somebody reads along.

/// The trace of a run.
#[derive(Debug, Default)]
pub struct Trace {
    hash: u64,
    /// Lines are kept.
    keeps: bool,
    lines: Vec<String>,
}

impl Trace {
    /// A trace that keeps its lines.
    #[must_use]
    pub fn kept() -> Self {
        Self { keeps: true, ..Self::default() }
    }

    /// Takes in what happened.
    pub fn note(&mut self, now_ms: u64, text: impl FnOnce() -> String) {
        let text = text();
        // FNV-1a.
        for byte in now_ms.to_le_bytes().into_iter().chain(text.bytes()) {
            self.hash = (self.hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
        }
        if self.keeps {
            self.lines.push(format!("{:>9.3}  {text}", seconds(now_ms)));
        }
    }

    /// All of it as one number.
    #[must_use]
    pub const fn hash(&self) -> u64 {
        self.hash
    }

    /// The lines, if they are kept.
    #[must_use]
    pub fn lines(&self) -> &[String] {
        &self.lines
    }
}

fn seconds(ms: u64) -> f64 {
    std::time::Duration::from_millis(ms).as_secs_f64()
}
