//! A site's directory with a large fair in it, as after a day of work: made once by a site itself,
//! kept below `target/` under a name that changes with the rules and with what makes it, and copied
//! for each use.

use std::path::{Path, PathBuf};
use std::process::Command as Run;

use anyhow::{Context, Result, ensure};

use crate::demo::fill_fair;
use crate::http::Http;
use crate::journey::account::{ORGANISER, VOLUNTEER};
use crate::journey::material;
use crate::site::Site;

/// What fills the fair.
const MAKER: &str = include_str!("../../../server/site/src/bench/fill.rs");
/// Records that one request asks for.
const RECORDS_A_REQUEST: u64 = 20_000;
const SEEKERS_A_REQUEST: u32 = 5_000;

/// How large a fair.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Size {
    /// About how many records.
    pub records: u64,
    /// How many employers, each with a booth and ten postings.
    pub employers: u16,
    /// How many seekers; a short number stands for each.
    pub seekers: u32,
}

/// The fair's own directory: only to be copied.
#[derive(Debug)]
pub struct Made(PathBuf);

impl Made {
    /// The fair of this size, made now if it was not made before.
    ///
    /// # Errors
    ///
    /// When the site does not start, or the store refuses.
    pub async fn of(size: Size) -> Result<Self> {
        let Size { records, employers, seekers } = size;
        let version = domain::rules::with(MAKER);
        let target = Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../target/bench-fairs"));
        std::fs::create_dir_all(target)?;
        let made = target.join(format!("{records}-{employers}-{seekers}-{version:016x}"));
        if !made.exists() {
            let making = tempfile::tempdir_in(target)?;
            make(&making.path().join("site"), size).await.context("making a large fair")?;
            std::fs::rename(making.keep(), &made)?;
        }
        Ok(Self(made.join("site")))
    }

    /// A copy in `to`, which must not exist.
    ///
    /// # Errors
    ///
    /// The system's.
    pub fn copy(&self, to: &Path) -> Result<()> {
        let copied = Run::new("cp").args(["-a", "--reflink=auto"]).arg(&self.0).arg(to).status()?;
        ensure!(copied.success(), "copying {} failed", self.0.display());
        Ok(())
    }
}

async fn make(data: &Path, size: Size) -> Result<()> {
    let mut site = Site::start(data, "127.0.0.1:0", &["--bench"]).await?;
    let organiser = site.set_up(ORGANISER.login, ORGANISER.password).await?;
    fill_fair(&organiser, material::small_workbook()?).await?;
    let volunteer = VOLUNTEER.create(&organiser, None).await?;
    let mut seekers = 0;
    while seekers < size.seekers {
        seekers = (seekers + SEEKERS_A_REQUEST).min(size.seekers);
        fill(&volunteer, Size { seekers, records: 0, ..size }).await?;
    }
    let mut records = 0;
    while records < size.records {
        let wanted = (records + RECORDS_A_REQUEST).min(size.records);
        records = fill(&volunteer, Size { records: wanted, ..size }).await?;
    }
    let status = site.process.stop().await?;
    ensure!(status.success(), "the site did not stop cleanly");
    Ok(())
}

/// How many records there are then.
async fn fill(by: &Http, wanted: Size) -> Result<u64> {
    let Size { records, employers, seekers } = wanted;
    let path = format!("/bench/fill?employers={employers}&seekers={seekers}&records={records}");
    by.get(&path).await?.document()
}
