//! One-time codes with which stations enrol at this site.

use std::sync::Mutex;

use domain::command::Command;
use domain::decide::KIOSK_NUMBERS;
use domain::event::{DeviceEnrolled, NodeRole};
use domain::fair::Fair;
use domain::ids::{AccountId, NodeId};
use domain::ticket::TicketKey;
use office::{lock, now_ms, random, uptime_ms};
use serde::Serialize;
use sync::enrol::{Code, EnrolRequest, Enrolled, Grant, Invitation, PendingCodes, Role, Statement};
use sync::{Refusal, RefusalCode};
use web::ApiError;

use crate::site::Site;

/// How long a code is good, in milliseconds.
pub const CODE_LIFE_MS: u64 = 600_000;
/// The longest name of a station, in characters.
const MAX_NAME_CHARACTERS: usize = 30;

/// The codes that wait for their station.
#[derive(Default)]
pub struct Enrolments(Mutex<PendingCodes>);

impl Enrolments {
    pub(crate) fn add(&self, code: Code, grant: Grant) -> Result<(), ApiError> {
        let added = lock(&self.0).add(code, grant, uptime_ms());
        added.map_err(|_| ApiError::conflict("too_many_codes"))
    }
}

/// A code to be typed at a station.
#[derive(Debug, Clone, Serialize)]
pub struct NewCode {
    /// The code, in two groups.
    pub code: String,
    /// When it ends, in RFC 3339 (UTC).
    pub expires_at: String,
    /// The name that the station gets.
    pub name: String,
    /// The text of the QR code that says all of it; none before the fair has an address.
    pub invitation: Option<String>,
}

impl Site {
    /// Makes a code for a kiosk of that name.
    ///
    /// # Errors
    /// `bad_text`, `too_many_codes`.
    pub fn new_code(&self, name: &str) -> Result<NewCode, ApiError> {
        let name = name.trim().to_owned();
        let length = name.chars().count();
        if length == 0 || length > MAX_NAME_CHARACTERS || name.chars().any(char::is_control) {
            return Err(ApiError::unprocessable("bad_text"));
        }
        let code = Code::from_random(random::bytes()?);
        let fair = self.fair(Fair::tag);
        let grant = Grant { role: Role::Kiosk, name: name.clone(), fair, replaces: None };
        let shown = code.shown();
        let address = self.fair(|fair| fair.settings().map(|settings| settings.address.clone()));
        let invitation = address.map(|address| {
            Invitation { code: code.clone(), issuer: self.office.me(), address }.text()
        });
        self.enrolments.add(code, grant)?;
        let expires_at = office::moment::utc_text(now_ms().saturating_add(CODE_LIFE_MS));
        Ok(NewCode { code: shown, expires_at, name, invitation })
    }

    /// Ends a station's trust. It knew the ticket key, so a new one is drawn, and every other
    /// station gets that.
    ///
    /// # Errors
    /// `unknown_node`; the store's errors.
    pub async fn revoke(&self, node: NodeId, by: AccountId) -> Result<(), ApiError> {
        let next_key = TicketKey(random::bytes()?);
        self.office.ask(Command::RevokeDevice(node, Some(next_key)), Some(by)).await?;
        self.keys.refresh(self.store()).await
    }

    /// Draws a ticket key where the newest one went with the machine whose place this one took.
    ///
    /// # Errors
    /// The store's, or that no generation is left.
    pub(crate) async fn draw_lost_key(&self) -> Result<(), ApiError> {
        let newest = self.fair(Fair::key_generation);
        if newest.is_none_or(|newest| self.keys.get(newest).is_some()) {
            return Ok(());
        }
        self.keys.refresh(self.store()).await?;
        if newest.is_none_or(|newest| self.keys.get(newest).is_some()) {
            return Ok(());
        }
        self.draw_ticket_key(None).await
    }

    /// Draws the next ticket key and lets stations have it. What was handed out stays good.
    ///
    /// # Errors
    /// `fair_not_planned`, `fair_closed`, `keys_used_up`; the store's errors.
    pub async fn draw_ticket_key(&self, by: Option<AccountId>) -> Result<(), ApiError> {
        let next_key = TicketKey(random::bytes()?);
        self.office.ask(Command::DrawTicketKey(next_key), by).await?;
        self.keys.refresh(self.store()).await
    }

    /// Lets a station hand out more numbers before it has none left, while there are some.
    pub(crate) async fn replenish(&self, station: NodeId) {
        let due = self.fair(|fair| {
            let numbers = fair.numbers();
            let few = numbers.left_for(station) < KIOSK_NUMBERS / 4;
            few && numbers.free_block(station, 1).is_some()
        });
        if due && let Err(error) = self.office.ask(Command::GrantNumbers(station), None).await {
            tracing::warn!(?error, %station, "no more numbers for a station");
        }
    }

    /// Enrols the station or the standby that proves to know a code.
    ///
    /// # Errors
    /// The code is unknown, used or over; or the enrolment could not be stored.
    pub async fn enrol_station(&self, request: &EnrolRequest) -> Result<Enrolled, Refusal> {
        let applicant = request.applicant().ok_or(RefusalCode::Damaged)?;
        if self.fair(|fair| fair.is_revoked(applicant.public.node_id())) {
            return Err(RefusalCode::RevokedSender.into());
        }
        let (code, grant) = lock(&self.enrolments.0).redeem(request, uptime_ms())?;
        if let Err(error) = self.draw_lost_key().await {
            tracing::warn!(?error, "no ticket key was drawn in place of the lost one");
        }
        let node = applicant.public.node_id();
        let name = if grant.name.is_empty() { applicant.name.clone() } else { grant.name };
        if grant.role == Role::Standby {
            self.enrol_standby(&applicant).await?;
        } else {
            let device = DeviceEnrolled {
                node,
                role: NodeRole::Kiosk,
                name: name.clone(),
                public_keys: applicant.public.to_bytes(),
            };
            let asked = self.office.ask(Command::EnrolDevice(device), None).await;
            asked.map_err(|_| Refusal::from(RefusalCode::Failed))?;
        }
        // A standby has to hear the same nodes as this one does.
        let before = self.fair(|fair| fair.before(self.office.me()).to_vec());
        let statement = Statement {
            node,
            role: grant.role,
            name,
            issuer: self.office.me(),
            fair: self.fair(Fair::tag),
            key_number: 1,
            issued_at_ms: now_ms(),
            before: (grant.role == Role::Standby && !before.is_empty()).then_some(before),
            missing: None,
        };
        Ok(Enrolled::new(&code, request, &statement, self.store().key()))
    }
}
