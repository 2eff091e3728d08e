//! Staff accounts and volunteers' shifts.

use minicbor::{Decode, Encode};

use crate::employer::BoothNumber;
use crate::ids::AccountId;
use crate::role::Role;

/// A staff account was created. Sealed part 0 holds login, name and password hash.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AccountCreated {
    /// Which.
    #[n(0)]
    pub account: AccountId,
    /// Its role.
    #[n(1)]
    pub role: Role,
    /// The one booth that a booth's account is good for.
    #[n(2)]
    pub booth: Option<BoothNumber>,
}

/// A staff account was closed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct AccountDisabled {
    /// Which.
    #[n(0)]
    pub account: AccountId,
}

/// A volunteer's shift began.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ShiftStarted {
    /// Whose.
    #[n(0)]
    pub account: AccountId,
    /// At which desk ([`crate::codes`]).
    #[n(1)]
    pub desk: u8,
}

/// A volunteer's shift ended; its length is the time between the two records.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ShiftEnded {
    /// Whose.
    #[n(0)]
    pub account: AccountId,
}
