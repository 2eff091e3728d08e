//! The way to headquarters: enrolling this site there, and sending everything that happened here.

use std::sync::Mutex;

use domain::ids::AccountId;
use serde::Serialize;
use web::ApiError;

use crate::site::Site;

/// The way to headquarters.
#[derive(Default)]
pub struct Headquarters {
    running: Mutex<Option<()>>,
}

/// How far headquarters has everything, for people.
#[derive(Debug, Clone, Default, Serialize)]
pub struct HeadquartersState {
    /// Where headquarters is; none before this site was enrolled there.
    pub address: Option<String>,
    /// Whether it answers now.
    pub reachable: bool,
    /// Records that headquarters has not confirmed yet.
    pub waiting: u64,
    /// Whether headquarters has everything that is here.
    pub all_delivered: bool,
    /// Since when something waits, in milliseconds since 1970.
    pub behind_since_ms: Option<u64>,
    /// What is wrong, as a code of the text table `sync`.
    pub trouble: Option<&'static str>,
}

impl Headquarters {
    /// How far headquarters has everything.
    #[must_use]
    pub fn state(&self) -> HeadquartersState {
        HeadquartersState::default()
    }

    /// Ends the way to headquarters.
    pub async fn close(&self) {}
}

impl Site {
    /// Takes up the way to headquarters where this site is enrolled there.
    pub async fn resume_headquarters(&self) {}

    /// Enrols this site at headquarters and begins to send.
    ///
    /// # Errors
    /// none yet
    pub async fn link_headquarters(
        &self,
        _url: &str,
        _code: &str,
        _by: AccountId,
    ) -> Result<(), ApiError> {
        Err(ApiError::unavailable("headquarters_unreachable"))
    }
}
