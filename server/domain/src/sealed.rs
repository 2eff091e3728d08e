//! What sealed parts hold, once opened: everything personal or confidential. These types never
//! stand in an event's open part, and their `Debug` says nothing.

use std::fmt;

use minicbor::{Decode, Encode};

use crate::ids::Reference;
use crate::matching::Wish;

macro_rules! silent_debug {
    ($($name:ident),+) => {
        $(impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(concat!(stringify!($name), "(sealed)"))
            }
        })+
    };
}

/// How a seeker can be reached; sealed part 0 of a registration.
#[derive(Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct Contact {
    /// Full name, where given.
    #[n(0)]
    pub name: Option<String>,
    /// Phone number: eleven digits.
    #[n(1)]
    pub phone: Option<String>,
}

/// What a booth may see of a seeker; sealed part 1 of a registration.
#[derive(Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct Profile {
    /// How to address them, as in 王女士.
    #[n(0)]
    pub form_of_address: String,
    /// What they are looking for.
    #[n(1)]
    pub wish: Wish,
}

/// Who has a staff account; sealed part 0 of its creation.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Credentials {
    /// The name typed at sign-in.
    #[n(0)]
    pub login: String,
    /// What people call them.
    #[n(1)]
    pub name: String,
    /// The password's argon2 hash.
    #[n(2)]
    pub password_hash: String,
}

/// What was said at a desk; sealed part 0 of a consultation (法律援助法 art. 21).
#[derive(Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct ConsultationText {
    /// What happened, as the person tells it.
    #[n(0)]
    pub facts: String,
    /// What was advised.
    #[n(1)]
    pub advice: String,
    /// Articles of law cited.
    #[n(2)]
    pub articles: String,
    /// The person's ticket, where they presented it.
    #[n(3)]
    pub reference: Option<Reference>,
    /// How to reach them, where they want it.
    #[n(4)]
    pub contact: Option<String>,
    /// The other side, where named.
    #[n(5)]
    pub opponent: Option<String>,
    /// Who recorded it, as they are called.
    #[n(6)]
    pub recorded_by: Option<String>,
}

/// What was passed on with a referral; sealed part 0 of it.
#[derive(Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ReferralText {
    /// The text that the other office gets.
    #[n(0)]
    pub passed_on: String,
}

silent_debug!(Contact, Profile, Credentials, ConsultationText, ReferralText);
