//! The running headquarters: its office, the codes it gave out, what it heard of its sites.

use std::sync::{Arc, Mutex};
use std::time::Instant;

use domain::command::Command;
use domain::event::DeviceEnrolled;
use domain::ids::{AccountId, NodeId};
use journal::StoreId;
use office::{Office, OfficeMachine, lock, random};
use sync::enrol::{Code, CodeRefusal, Grant, Invitation, PendingCodes, Role};
use sync::limits::{CODE_CHARS, CODE_LIFE_MS, NAME_BYTES};
use tokio::sync::watch;
use web::live::Live;
use web::{ApiError, Stop};

use crate::contacts::Contacts;
use crate::figures::{Figures, Kept};
use crate::machine::HqMachine;

/// How many pages may follow the figures live.
const LIVE_STREAMS: usize = 128;

/// The running headquarters.
pub struct Hq {
    /// Its staff, and the way to its records.
    pub office: Arc<Office<HqMachine>>,
    /// What was heard of the sites.
    pub contacts: Contacts,
    /// Pages that follow the figures.
    pub live: Live,
    pub(crate) kept: Kept,
    pub(crate) published: watch::Sender<Arc<Figures>>,
    pub(crate) store_id: StoreId,
    codes: Mutex<PendingCodes>,
    /// Codes live by a clock that only goes forward: milliseconds since this moment.
    started: Instant,
}

/// A code with which one site enrols.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CodeGiven {
    /// The code.
    pub code: Code,
    /// Until when it is good, by the wall clock in milliseconds since 1970.
    pub expires_at_ms: u64,
}

impl Hq {
    /// Headquarters over an open office.
    #[must_use]
    pub fn new(office: Arc<Office<HqMachine>>, stop: Stop) -> Self {
        let hq = Self {
            contacts: Contacts::default(),
            live: Live::new(LIVE_STREAMS, stop),
            kept: Kept::default(),
            published: watch::Sender::new(Arc::default()),
            store_id: office.store.status().store,
            codes: Mutex::default(),
            started: Instant::now(),
            office,
        };
        hq.published.send_replace(hq.figures());
        hq
    }

    /// Looks at the state as far as it is durable.
    pub fn look<R>(&self, look: impl FnOnce(&HqMachine) -> R) -> R {
        self.office.store.read(look)
    }

    /// Makes a one-time code for the machine that takes the place of a site's lost one.
    ///
    /// # Errors
    /// `unknown_node`, and as [`Hq::new_code`].
    pub fn code_to_replace(&self, lost: NodeId) -> Result<(CodeGiven, String), ApiError> {
        let name = self.enrolled(lost)?.name;
        if self.look(|hq| hq.last_of_line(lost)) != lost {
            return Err(ApiError::not_found("unknown_node"));
        }
        Ok((self.code_for(&name, Some(lost))?, name))
    }

    /// Makes a one-time code for a site of this name.
    ///
    /// # Errors
    /// `field_missing`, `field_wrong` for the name; `too_many_codes`; `internal` without chance.
    pub fn new_code(&self, name: &str) -> Result<CodeGiven, ApiError> {
        let name = name.trim();
        if name.is_empty() {
            return Err(ApiError::bad_request("field_missing").value("field", "name"));
        }
        if name.len() > NAME_BYTES || name.chars().any(char::is_control) {
            return Err(ApiError::bad_request("field_wrong").value("field", "name"));
        }
        self.code_for(name, None)
    }

    fn code_for(&self, name: &str, replaces: Option<NodeId>) -> Result<CodeGiven, ApiError> {
        let code = Code::from_random(random::bytes::<CODE_CHARS>()?);
        let grant = Grant { role: Role::Site, name: name.to_owned(), fair: None, replaces };
        let added = lock(&self.codes).add(code.clone(), grant, self.now_of_codes_ms());
        added.map_err(|refusal| {
            ApiError::too_many("too_many_codes", CODE_LIFE_MS / 1_000).inside(refusal)
        })?;
        let expires_at_ms = office::now_ms().saturating_add(CODE_LIFE_MS);
        Ok(CodeGiven { code, expires_at_ms })
    }

    /// The text of a code's QR code, for whoever reaches headquarters at an address.
    #[must_use]
    pub fn invitation(&self, given: &CodeGiven, address: &str) -> String {
        let (code, issuer) = (given.code.clone(), self.office.me());
        Invitation { code, issuer, address: address.to_owned() }.text()
    }

    /// Uses up a code.
    pub(crate) fn redeem(
        &self,
        request: &sync::enrol::EnrolRequest,
    ) -> Result<(Code, Grant), CodeRefusal> {
        lock(&self.codes).redeem(request, self.now_of_codes_ms())
    }

    /// Ends the trust in a site; what it sent before stays.
    ///
    /// # Errors
    /// `unknown_node`.
    pub async fn revoke(&self, site: NodeId, by: AccountId) -> Result<(), ApiError> {
        self.office.ask(Command::RevokeDevice(site, None), Some(by)).await?;
        tracing::info!(%site, "a site's trust was ended");
        Ok(())
    }

    /// A site as it was enrolled; its standby bears its name.
    ///
    /// # Errors
    /// `unknown_node`.
    pub fn enrolled(&self, site: NodeId) -> Result<DeviceEnrolled, ApiError> {
        let found = self.look(|hq| {
            let named = if hq.is_standby(site) { hq.first_of_line(site) } else { site };
            Some(DeviceEnrolled { node: site, ..hq.fair().enrolled(named)?.clone() })
        });
        found.ok_or(ApiError::not_found("unknown_node"))
    }

    fn now_of_codes_ms(&self) -> u64 {
        u64::try_from(self.started.elapsed().as_millis()).unwrap_or(u64::MAX)
    }
}
