//! Seekers and their tickets, from the first touch to the route in their hand.

use minicbor::{Decode, Encode};

use crate::day::{Day, Days};
use crate::ids::{Epoch, Reference, Seq, ShortNumber};
use crate::verdict::Verdict;

/// Where a ticket or a registration came from.
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
pub enum Channel {
    /// The seeker's own phone.
    #[n(1)]
    Phone,
    /// A kiosk.
    #[n(2)]
    Kiosk,
    /// A volunteer's tablet.
    #[n(3)]
    Tablet,
    /// A sheet of tickets printed in advance.
    #[n(4)]
    Paper,
}

/// How a ticket was presented.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, Hash, Encode, Decode, serde::Serialize, serde::Deserialize,
)]
#[cbor(index_only)]
#[serde(rename_all = "snake_case")]
pub enum Method {
    /// Seen by a camera.
    #[n(1)]
    Camera,
    /// Read by a hand scanner.
    #[n(2)]
    Scanner,
    /// The short number, typed.
    #[n(3)]
    Number,
    /// Through the API.
    #[n(4)]
    Api,
}

/// A ticket was handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TicketIssued {
    /// The ticket.
    #[n(0)]
    pub reference: Reference,
    /// The number under its QR code.
    #[n(1)]
    pub number: ShortNumber,
    /// Its days.
    #[n(2)]
    pub days: Days,
    /// Where it was handed out.
    #[n(3)]
    pub channel: Channel,
    /// What it says about booths.
    #[cbor(n(4), with = "minicbor::bytes")]
    pub codes: [u8; 2],
}

/// A ticket was withdrawn.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct TicketRevoked {
    /// The ticket.
    #[n(0)]
    pub reference: Reference,
}

/// A seeker told about themselves. Sealed part 0 holds name and phone number, part 1 the form of
/// address and the wishes; each may be empty.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SeekerRegistered {
    /// Their ticket.
    #[n(0)]
    pub reference: Reference,
    /// Version of the privacy notice that they saw (PIPL art. 17).
    #[n(1)]
    pub notice_version: u16,
    /// The language in which they saw it, as in `zh`.
    #[n(2)]
    pub language: String,
    /// Where they registered.
    #[n(3)]
    pub channel: Channel,
    /// The purposes to which they agreed; none makes a guest, who is served all the same.
    #[n(4)]
    pub purposes: Vec<u8>,
    /// Groups they count themselves to, codes of [`crate::codes`]; never the sensitive ones.
    #[n(5)]
    pub groups: Vec<u8>,
}

/// A ticket was presented and admits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct SeekerCheckedIn {
    /// The ticket.
    #[n(0)]
    pub reference: Reference,
    /// The day on which it counts, by the station's corrected clock.
    #[n(1)]
    pub day: Day,
    /// How it was presented.
    #[n(2)]
    pub method: Method,
    /// The verdict that the station reached: [`Verdict::Welcome`] or a repeat.
    #[n(3)]
    pub verdict: Verdict,
}

/// Something was presented that does not admit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct ScanRefused {
    /// The ticket, where it is a genuine one.
    #[n(0)]
    pub reference: Option<Reference>,
    /// How it was presented.
    #[n(1)]
    pub method: Method,
    /// The verdict.
    #[n(2)]
    pub verdict: Verdict,
}

/// A screen showed another verdict than the station had recorded.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct VerdictShown {
    /// Epoch of the record of the scan, of the same origin.
    #[n(0)]
    pub epoch: Epoch,
    /// Its place there.
    #[n(1)]
    pub seq: Seq,
    /// What was shown.
    #[n(2)]
    pub verdict: Verdict,
    /// The ticket and day of a check-in recorded as a first one and shown as a repeat: it let
    /// nobody in.
    #[n(3)]
    pub corrects: Option<(Reference, Day)>,
}
