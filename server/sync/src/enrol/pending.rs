//! The codes that wait for their station: each good once, for ten minutes. Kept in memory only:
//! after a restart one asks for a new code.

use domain::ids::{FairTag, NodeId};

use super::{Code, EnrolRequest, Role};
use crate::answer::{Refusal, RefusalCode};
use crate::limits;

/// What a code grants.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Grant {
    /// What the node becomes. A request for another role is refused.
    pub role: Role,
    /// The name given when the code was made; empty: the node's own wish.
    pub name: String,
    /// The fair it is for.
    pub fair: Option<FairTag>,
    /// The lost node whose place the new one takes.
    pub replaces: Option<NodeId>,
}

/// Why a code was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum CodeRefusal {
    /// No code that waits fits the request.
    #[error("no such code waits here: make a new one and type it within ten minutes")]
    Unknown,
    /// The code was older than its ten minutes.
    #[error("the code is older than ten minutes: make a new one")]
    Expired,
    /// Too many wrong codes lately.
    #[error("too many wrong codes: wait ten minutes")]
    TooManyGuesses,
    /// As many codes wait as may.
    #[error("too many codes wait already: use or let expire some of them")]
    TooManyCodes,
}

impl From<CodeRefusal> for Refusal {
    fn from(refusal: CodeRefusal) -> Self {
        match refusal {
            CodeRefusal::Unknown => RefusalCode::CodeUnknown.into(),
            CodeRefusal::Expired => RefusalCode::CodeExpired.into(),
            CodeRefusal::TooManyGuesses | CodeRefusal::TooManyCodes => {
                Self { code: RefusalCode::Busy, retry_after_s: Some(600) }
            }
        }
    }
}

#[derive(Debug)]
struct Pending {
    code: Code,
    grant: Grant,
    made_at_ms: u64,
}

/// The codes that wait.
#[derive(Debug, Default)]
pub struct PendingCodes {
    pending: Vec<Pending>,
    wrong_at_ms: Vec<u64>,
}

impl PendingCodes {
    /// Lets a code wait for its station. `now_ms` is any clock that only goes forward.
    ///
    /// # Errors
    /// [`CodeRefusal::TooManyCodes`] if as many wait as may.
    pub fn add(&mut self, code: Code, grant: Grant, now_ms: u64) -> Result<(), CodeRefusal> {
        self.pending.retain(|pending| fresh(pending.made_at_ms, now_ms));
        if self.pending.len() >= limits::CODES_PENDING {
            return Err(CodeRefusal::TooManyCodes);
        }
        self.pending.push(Pending { code, grant, made_at_ms: now_ms });
        Ok(())
    }

    /// Uses up the code that a request proves to know.
    ///
    /// # Errors
    /// The code is unknown (or used), expired, or too many wrong ones came lately.
    pub fn redeem(
        &mut self,
        request: &EnrolRequest,
        now_ms: u64,
    ) -> Result<(Code, Grant), CodeRefusal> {
        self.wrong_at_ms.retain(|at_ms| fresh(*at_ms, now_ms));
        if self.wrong_at_ms.len() >= limits::CODE_GUESSES {
            return Err(CodeRefusal::TooManyGuesses);
        }
        let found = self.pending.iter().position(|pending| request.knows(&pending.code));
        let Some(place) = found else {
            self.wrong_at_ms.push(now_ms);
            return Err(CodeRefusal::Unknown);
        };
        let role = request.applicant().map(|applicant| applicant.role);
        let right_role = self.pending.get(place).map(|pending| pending.grant.role) == role;
        if !right_role {
            return Err(CodeRefusal::Unknown);
        }
        let pending = self.pending.swap_remove(place);
        if fresh(pending.made_at_ms, now_ms) {
            Ok((pending.code, pending.grant))
        } else {
            Err(CodeRefusal::Expired)
        }
    }

    /// Takes a code back before anybody used it.
    pub fn withdraw(&mut self, code: &Code) {
        self.pending.retain(|pending| pending.code != *code);
    }
}

const fn fresh(since_ms: u64, now_ms: u64) -> bool {
    now_ms.saturating_sub(since_ms) < limits::CODE_LIFE_MS
}

#[cfg(test)]
mod tests {
    use super::super::Applicant;
    use super::*;

    fn request(code: &Code, role: Role) -> EnrolRequest {
        let applicant = Applicant {
            public: journal::NodeKey::from_seed([1; 32]).public(),
            role,
            name: String::new(),
            software: String::new(),
            nonce: [0; 16].into(),
            audience: None,
            reached_at: None,
        };
        EnrolRequest::new(code, &applicant)
    }

    fn grant() -> Grant {
        Grant { role: Role::Kiosk, name: "入口 1".to_owned(), fair: None, replaces: None }
    }

    #[test]
    fn a_code_is_good_once_for_ten_minutes_and_one_role() {
        let (first, second) = (Code::from_random([1; 10]), Code::from_random([2; 10]));
        let mut codes = PendingCodes::default();
        codes.add(first.clone(), grant(), 0).unwrap();
        codes.add(second.clone(), grant(), 0).unwrap();
        let unknown = Err(CodeRefusal::Unknown);
        assert_eq!(codes.redeem(&request(&first, Role::Site), 1), unknown);
        assert_eq!(codes.redeem(&request(&first, Role::Kiosk), 1), Ok((first.clone(), grant())));
        assert_eq!(codes.redeem(&request(&first, Role::Kiosk), 2), unknown);
        let late = codes.redeem(&request(&second, Role::Kiosk), limits::CODE_LIFE_MS);
        assert_eq!(late, Err(CodeRefusal::Expired));
    }

    #[test]
    fn guessing_is_stopped() {
        let code = Code::from_random([1; 10]);
        let mut codes = PendingCodes::default();
        codes.add(code.clone(), grant(), 0).unwrap();
        for guess in 0..limits::CODE_GUESSES {
            let guess = Code::from_random([u8::try_from(guess % 30).unwrap() + 2; 10]);
            assert!(codes.redeem(&request(&guess, Role::Kiosk), 1).is_err());
        }
        let right = codes.redeem(&request(&code, Role::Kiosk), 1);
        assert_eq!(right, Err(CodeRefusal::TooManyGuesses));
    }
}
