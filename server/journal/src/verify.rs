//! Re-reads everything.
