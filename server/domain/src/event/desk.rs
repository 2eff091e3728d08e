//! What happens at booths and at the volunteers' desks.

use minicbor::{Decode, Encode};

use crate::day::Day;
use crate::employer::BoothNumber;
use crate::ids::{ConsultationId, PostingId, Reference};

/// What came of a talk at a booth (洽谈、面试、就业意向、录用): different things, never added up.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Encode,
    Decode,
    serde::Serialize,
    serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum TalkOutcome {
    /// They talked.
    #[n(1)]
    Talk,
    /// An interview was agreed.
    #[n(2)]
    Interview,
    /// Both sides state an intention.
    #[n(3)]
    Intention,
    /// Hired on the spot.
    #[n(4)]
    Hire,
    /// It did not fit.
    #[n(5)]
    None,
}

/// A booth recorded what came of a talk.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct OutcomeRecorded {
    /// The booth.
    #[n(0)]
    pub booth: BoothNumber,
    /// The seeker's ticket.
    #[n(1)]
    pub reference: Reference,
    /// The posting it was about, where the booth said.
    #[n(2)]
    pub posting: Option<PostingId>,
    /// What came of it.
    #[n(3)]
    pub outcome: TalkOutcome,
}

/// A consultation was recorded. Its text, the person's ticket or contact and the opposing party
/// are in sealed part 0, which stays on the site.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConsultationRecorded {
    /// Which.
    #[n(0)]
    pub consultation: ConsultationId,
    /// The day's serial; with the day it is the number people see, as in 20260305-007.
    #[n(1)]
    pub serial: u32,
    /// The day.
    #[n(2)]
    pub day: Day,
    /// Desk code ([`crate::codes`]).
    #[n(3)]
    pub desk: u8,
    /// Category code.
    #[n(4)]
    pub category: u8,
    /// Outcome code.
    #[n(5)]
    pub outcome: u8,
    /// How long it took, in minutes.
    #[n(6)]
    pub minutes: u16,
    /// The person gave no name, or did not want it recorded.
    #[n(7)]
    pub anonymous: bool,
}

/// A consultation was handed on to another office.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ConsultationReferred {
    /// Which.
    #[n(0)]
    pub consultation: ConsultationId,
    /// Where it goes: an outcome code of the referring kind.
    #[n(1)]
    pub to: u8,
    /// The person agreed that something is passed on.
    #[n(2)]
    pub consent: bool,
    /// By when the other office should have answered.
    #[n(3)]
    pub due: Option<Day>,
}
