//! Who is signed in and what they may do: the one place where rights are checked.

use domain::employer::BoothNumber;
use domain::ids::AccountId;
use domain::role::{Actor, Right, Role};
use web::session::{Session, SignedIn};
use web::{ApiError, Fields, Head};

use crate::office::{Office, OfficeMachine, now_ms};

/// How long a sign-in lasts: one long day.
pub const SESSION_MS: u64 = 14 * 3_600_000;

/// Somebody signed in, with an account that is still open.
#[derive(Debug, Clone)]
pub struct Staff {
    /// Who, in which role.
    pub actor: Actor,
    /// The booth of a booth's account.
    pub booth: Option<BoothNumber>,
    session: SignedIn,
}

impl Staff {
    /// The proof that forms of this session carry.
    #[must_use]
    pub fn csrf(&self) -> String {
        self.session.csrf()
    }

    /// Whether the session was shown by a program.
    #[must_use]
    pub const fn session(&self) -> &SignedIn {
        &self.session
    }

    /// The booth that this account stands for.
    ///
    /// # Errors
    /// `not_your_booth` for an account without one, or for another booth.
    pub fn own_booth(&self, asked: Option<BoothNumber>) -> Result<BoothNumber, ApiError> {
        match (self.booth, asked) {
            (Some(own), None) => Ok(own),
            (Some(own), Some(asked)) if own == asked => Ok(own),
            _ => Err(ApiError::forbidden("not_your_booth")),
        }
    }
}

impl<M: OfficeMachine> Office<M> {
    /// Who is signed in, if anybody is; a closed account is nobody.
    ///
    /// # Errors
    /// As [`web::session::Sessions::find`].
    pub fn who(&self, head: &Head) -> Result<Option<Staff>, ApiError> {
        let found = self.sessions.find(head, now_ms())?;
        Ok(found.and_then(|session| self.staff_of(session)))
    }

    /// Somebody who may look at something.
    ///
    /// # Errors
    /// `session_needed`, `session_expired`, `staff_door_plain`, or `role_missing`.
    pub fn staff(&self, head: &Head, right: Right) -> Result<Staff, ApiError> {
        let session = self.sessions.require(head, now_ms())?;
        let staff = self.staff_of(session).ok_or(ApiError::unauthorized("session_needed"))?;
        if staff.actor.role.may(right) {
            Ok(staff)
        } else {
            Err(ApiError::forbidden("role_missing").value("role", staff.actor.role.code()))
        }
    }

    /// Somebody who may change something by a program's request: with a bearer token, or from one
    /// of our own pages with the proof in its header.
    ///
    /// # Errors
    /// As [`Office::staff`], and `foreign_origin`, `csrf_wrong`.
    pub fn staff_change(&self, head: &Head, right: Right) -> Result<Staff, ApiError> {
        let staff = self.staff(head, right)?;
        staff.session.allow_change(head, None)?;
        Ok(staff)
    }

    /// Somebody who may change something by a form.
    ///
    /// # Errors
    /// As [`Office::staff_change`].
    pub fn staff_form(&self, head: &Head, form: &Fields, right: Right) -> Result<Staff, ApiError> {
        let staff = self.staff(head, right)?;
        staff.session.allow_change(head, form.csrf())?;
        Ok(staff)
    }

    /// The role is the account's as it is now, not as it was when the session began.
    fn staff_of(&self, session: SignedIn) -> Option<Staff> {
        let id = AccountId(session.session.account);
        let account = self.fair(|fair| fair.account(id))?;
        let actor = Actor { account: id, role: account.role };
        Some(Staff { actor, booth: account.booth, session })
    }

    /// A session for an account, from now on.
    #[must_use]
    pub fn new_session(&self, account: AccountId, role: Role) -> Session {
        let now_ms = now_ms();
        Session {
            account: account.0,
            role: role.number(),
            issued_at_ms: now_ms,
            expires_at_ms: now_ms.saturating_add(SESSION_MS),
        }
    }
}
