//! How often the fault tests repeat: a share in continuous integration, all of it on request
//! (`scripts/test long`).

/// The share or the full count.
fn of(share: usize, full: usize) -> usize {
    let is_full = std::env::var("SPRINGBREEZE_COUNTS").is_ok_and(|counts| counts == "full");
    if is_full { full } else { share }
}

/// SIGKILLs under load.
#[must_use]
pub fn kills() -> usize {
    of(20, 200)
}

/// Power cuts under load, on each file system.
#[must_use]
pub fn power_cuts() -> usize {
    of(5, 50)
}

/// A fault that this machine can't do: fatal in continuous integration, else told.
///
/// # Panics
///
/// When the environment says `CI`.
pub fn skip(why: &str) {
    assert!(std::env::var_os("CI").is_none(), "skipped under CI: {why}");
    eprintln!("skipped: {why}");
}
