//! How often the fault tests repeat: a share in continuous integration, all of it on request
//! (`scripts/test long`).

/// The share or the full count.
fn of(share: usize, full: usize) -> usize {
    let is_full = std::env::var("SPRINGBREEZE_COUNTS").is_ok_and(|counts| counts == "full");
    if is_full { full } else { share }
}

/// In continuous integration the step between two failing calls grows by one every so many calls.
const SHARE_OF_CALLS: usize = 3;

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

/// Damages of each file.
#[must_use]
pub fn damages() -> usize {
    of(7, 100)
}

/// Which calls of a kind fail, one after the other: every one, or fewer the further they are.
pub fn nth_calls() -> impl Iterator<Item = usize> {
    let per_step = of(SHARE_OF_CALLS, usize::MAX);
    std::iter::successors(Some(1), move |nth| Some(nth + 1 + nth / per_step))
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
