//! Who may do what: the one table of roles and rights.

use minicbor::{Decode, Encode};

use crate::ids::AccountId;

/// The role of a staff account.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Role {
    /// Sets up, opens and closes the fair (组织者).
    #[n(1)]
    Organiser,
    /// Registers seekers, checks in, consults (志愿者).
    #[n(2)]
    Volunteer,
    /// An employer's people at one booth (用人单位).
    #[n(3)]
    Booth,
    /// Works at headquarters (总部).
    #[n(4)]
    Clerk,
}

/// Something that staff may be allowed to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Right {
    /// Plan, open and close the fair; import employers; name staff; enrol and revoke devices.
    RunFair,
    /// See the organiser's overview.
    SeeOverview,
    /// Check seekers in from a staff tablet, register them, hand out tickets.
    CheckIn,
    /// Start a shift, record and read consultations, refer them.
    Consult,
    /// Record what came of a talk at a booth.
    RecordOutcome,
    /// Enrol sites and read statistics at headquarters.
    RunHeadquarters,
}

impl Right {
    /// All of them, for the table in the tests and the documents.
    pub const ALL: [Self; 6] = [
        Self::RunFair,
        Self::SeeOverview,
        Self::CheckIn,
        Self::Consult,
        Self::RecordOutcome,
        Self::RunHeadquarters,
    ];
}

impl Role {
    /// All of them.
    pub const ALL: [Self; 4] = [Self::Organiser, Self::Volunteer, Self::Booth, Self::Clerk];

    /// Whether the role has a right. The organiser does not read consultations: what was said at
    /// the desk stays with the desk (法律援助法 art. 21).
    #[must_use]
    pub const fn may(self, right: Right) -> bool {
        match right {
            Right::RunFair | Right::SeeOverview => matches!(self, Self::Organiser),
            Right::CheckIn => matches!(self, Self::Organiser | Self::Volunteer),
            Right::Consult => matches!(self, Self::Volunteer),
            Right::RecordOutcome => matches!(self, Self::Booth),
            Right::RunHeadquarters => matches!(self, Self::Clerk),
        }
    }

    /// The stable name of the role.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Organiser => "organiser",
            Self::Volunteer => "volunteer",
            Self::Booth => "booth",
            Self::Clerk => "clerk",
        }
    }

    /// Its number, as sessions carry it.
    #[must_use]
    pub const fn number(self) -> u8 {
        match self {
            Self::Organiser => 1,
            Self::Volunteer => 2,
            Self::Booth => 3,
            Self::Clerk => 4,
        }
    }

    /// The role of a number.
    #[must_use]
    pub fn from_number(number: u8) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.number() == number)
    }

    /// The role of that name.
    #[must_use]
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|role| role.code() == code)
    }
}

/// Somebody signed in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Actor {
    /// Whose account it is.
    pub account: AccountId,
    /// In which role.
    pub role: Role,
}
