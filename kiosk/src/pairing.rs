//! Enrolling by a QR code that somebody holds up to the station's camera.
//!
//! The same code is seen several times a second, so each is tried once; only where nobody answered is
//! it tried again after a while. Pure: time comes in as milliseconds of a clock that only grows.

/// After so many milliseconds a code at whose address nobody answered is tried again.
const AGAIN_MS: u64 = 8_000;

/// What was tried last.
#[derive(Debug, Default)]
pub struct Pairing {
    tried: Option<Tried>,
}

#[derive(Debug)]
struct Tried {
    text: String,
    /// None while it is being tried, or when trying it again would help nobody.
    again_at_ms: Option<u64>,
}

impl Pairing {
    /// Whether this code is to be tried now; then it counts as being tried.
    pub fn begins(&mut self, text: &str, now_ms: u64) -> bool {
        let seen = self.tried.as_ref().filter(|tried| tried.text == text);
        if seen.is_some_and(|tried| tried.again_at_ms.is_none_or(|again| now_ms < again)) {
            return false;
        }
        self.tried = Some(Tried { text: text.to_owned(), again_at_ms: None });
        true
    }

    /// Nobody answered: it may be tried again.
    pub fn unanswered(&mut self, now_ms: u64) {
        if let Some(tried) = &mut self.tried {
            tried.again_at_ms = Some(now_ms.saturating_add(AGAIN_MS));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_code_is_tried_once_and_again_only_where_nobody_answered() {
        let mut pairing = Pairing::default();
        assert!(pairing.begins("one", 0));
        assert!(!pairing.begins("one", 100_000), "refused, or still being tried");
        assert!(pairing.begins("two", 100_000));
        pairing.unanswered(100_000);
        assert!(!pairing.begins("two", 100_000 + AGAIN_MS - 1));
        assert!(pairing.begins("two", 100_000 + AGAIN_MS));
    }
}
