//! Machines whose clock is wrong: a process is started under libfaketime, which moves its wall clock
//! and leaves its monotonic one alone.

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};

use crate::process::Launch;

/// By how much a machine's wall clock is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct WrongClock {
    /// In days; negative is behind.
    pub days: i32,
}

/// How the process is started on a machine with this clock.
///
/// # Errors
///
/// When libfaketime is not installed.
pub(crate) fn under(clock: Option<WrongClock>, launch: Launch) -> Result<Launch> {
    let Some(WrongClock { days }) = clock else { return Ok(launch) };
    let library = library().context("libfaketime is missing: install the package faketime")?;
    let mut args: Vec<OsString> = vec![
        format!("LD_PRELOAD={}", library.display()).into(),
        format!("FAKETIME={days:+}d").into(),
        "FAKETIME_DONT_FAKE_MONOTONIC=1".into(),
        "DONT_FAKE_MONOTONIC=1".into(),
        launch.program.into(),
    ];
    args.extend(launch.args);
    Ok(Launch { program: "/usr/bin/env".into(), args, ..launch })
}

/// Where Debian puts it, whatever the machine is.
fn library() -> Option<PathBuf> {
    let machines = std::fs::read_dir(Path::new("/usr/lib")).ok()?;
    let places = machines.filter_map(Result::ok);
    let mut files = places.map(|place| place.path().join("faketime/libfaketimeMT.so.1"));
    files.find(|file| file.is_file())
}
