//! Moments as programs read them.

use chrono::{DateTime, SecondsFormat};

/// A moment of the wall clock, in milliseconds since 1970, as RFC 3339 in UTC:
/// `2026-03-05T01:12:00Z`. A moment beyond what that can write is its last.
#[must_use]
pub fn utc_text(unix_ms: u64) -> String {
    let moment = i64::try_from(unix_ms).ok().and_then(DateTime::from_timestamp_millis);
    let moment = moment.unwrap_or(DateTime::<chrono::Utc>::MAX_UTC);
    moment.to_rfc3339_opts(SecondsFormat::Secs, true)
}

#[cfg(test)]
mod tests {
    use super::utc_text;

    #[test]
    fn moments_are_written_in_utc() {
        assert_eq!(utc_text(1_772_673_120_999), "2026-03-05T01:12:00Z");
        assert!(utc_text(u64::MAX).starts_with("+262142-12-31"));
    }
}
