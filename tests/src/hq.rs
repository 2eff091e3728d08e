//! A headquarters server in a process of its own.

use std::path::{Path, PathBuf};

use anyhow::Result;

use crate::http::Http;
use crate::process::Process;
use crate::site::{server_launch, set_up};

/// A running headquarters.
#[derive(Debug)]
pub struct Hq {
    /// Its process.
    pub process: Process,
    /// Its directory.
    pub data: PathBuf,
}

impl Hq {
    /// Starts headquarters on `data`.
    ///
    /// # Errors
    ///
    /// When it does not start.
    pub async fn start(data: &Path, listen: &str) -> Result<Self> {
        let process = Process::start_at(server_launch("hq", data, &[])?, listen).await?;
        Ok(Self { process, data: data.to_owned() })
    }

    /// Speaks to it as nobody in particular.
    ///
    /// # Errors
    ///
    /// When this machine can't speak HTTP.
    pub fn http(&self) -> Result<Http> {
        Http::new(self.process.url())
    }

    /// Creates the first clerk with the code that a fresh headquarters prints.
    ///
    /// # Errors
    ///
    /// When it is not fresh, or refuses.
    pub async fn set_up(&self, login: &str, password: &str) -> Result<Http> {
        set_up(&self.process, login, password).await
    }
}
