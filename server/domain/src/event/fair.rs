//! The fair itself: its settings, its ticket keys, its stages, its employers.

use minicbor::{Decode, Encode};

use crate::day::Days;
use crate::employer::{BoothNumber, Employer, Posting};
use crate::ids::{EmployerId, FairTag};

/// The fair's settings.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FairPlanned {
    /// How tickets and records name it.
    #[n(0)]
    pub fair: FairTag,
    /// What people call it.
    #[n(1)]
    pub name: String,
    /// Where it takes place.
    #[n(2)]
    pub place: String,
    /// District code of GB/T 2260.
    #[n(3)]
    pub district: u32,
    /// Its days.
    #[n(4)]
    pub days: Days,
    /// The address that phones can open, without a slash at the end.
    #[n(5)]
    pub address: String,
    /// How many persons may be inside, where the police permit or the hall sets a limit.
    #[n(6)]
    pub entry_limit: Option<u32>,
}

/// A new generation of the ticket key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TicketKeyDrawn {
    /// Its number, 0 to [`crate::ticket::MAX_GENERATION`].
    #[n(0)]
    pub generation: u8,
}

/// The fair opens.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FairOpened {}

/// The fair closes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct FairClosed {}

/// An employer takes part.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct EmployerAdded {
    /// Who.
    #[n(0)]
    pub employer: Employer,
}

/// An employer offers a posting.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct PostingPublished {
    /// Which.
    #[n(0)]
    pub posting: Posting,
}

/// A booth is given to an employer; a later one for the same booth replaces it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BoothAssigned {
    /// The booth.
    #[n(0)]
    pub booth: BoothNumber,
    /// Who has it now.
    #[n(1)]
    pub employer: EmployerId,
}
