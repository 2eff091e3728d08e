//! Everything that can happen, as it is written into records.
//!
//! The format is append-only: kind numbers and field numbers are never reused, fields are only ever
//! added as optional ones, and a kind that this version does not know is kept, forwarded and passed
//! over. Nothing here names a person: what does is a sealed part beside the record.

use minicbor::{Decode, Encode};

mod desk;
mod device;
mod fair;
mod seeker;
mod staff;

pub use desk::{ConsultationRecorded, ConsultationReferred, OutcomeRecorded, TalkOutcome};
pub use device::{
    DeviceEnrolled, DeviceRevoked, HeadquartersLinked, NodeReplaced, NodeRole, NumbersGranted,
    RecordRange, SiteFollowed,
};
pub use fair::{
    BoothAssigned, EmployerAdded, FairClosed, FairOpened, FairPlanned, PostingPublished,
    TicketKeyDrawn,
};
pub use seeker::{
    Channel, Method, ScanRefused, SeekerCheckedIn, SeekerRegistered, TicketIssued, TicketRevoked,
    VerdictShown,
};
pub use staff::{AccountCreated, AccountDisabled, ShiftEnded, ShiftStarted};

/// A record whose payload is not what its kind promises.
#[derive(Debug, thiserror::Error)]
#[error("the payload of kind {kind} does not decode: {source}")]
pub struct BadPayload {
    /// The kind's number.
    pub kind: u16,
    /// What is wrong with it.
    source: minicbor::decode::Error,
}

macro_rules! events {
    ($($(#[$doc:meta])* $number:literal $name:ident,)+) => {
        /// Something that happened.
        #[derive(Debug, Clone, PartialEq, Eq)]
        pub enum Event {
            $($(#[$doc])* $name($name),)+
        }

        impl Event {
            /// The numbers and names of all kinds; numbers are never reused.
            pub const KINDS: &[(u16, &str)] = &[$(($number, stringify!($name)),)+];

            /// The number of its kind, as records carry it.
            #[must_use]
            pub const fn kind(&self) -> u16 {
                match self {
                    $(Self::$name(_) => $number,)+
                }
            }

            /// The payload of its record.
            #[must_use]
            pub fn payload(&self) -> Vec<u8> {
                match self {
                    $(Self::$name(event) => encode(event),)+
                }
            }

            /// Reads a record's payload; none if this version does not know the kind.
            ///
            /// # Errors
            /// [`BadPayload`] if the kind is known and the payload is not one of it.
            pub fn read(kind: u16, payload: &[u8]) -> Result<Option<Self>, BadPayload> {
                let read = match kind {
                    $($number => minicbor::decode(payload).map(Self::$name),)+
                    _ => return Ok(None),
                };
                read.map(Some).map_err(|source| BadPayload { kind, source })
            }
        }

        $(impl From<$name> for Event {
            fn from(event: $name) -> Self {
                Self::$name(event)
            }
        })+
    };
}

events! {
    /// The fair was set up, or its settings were changed.
    100 FairPlanned,
    /// A ticket key was drawn (sealed part 0: the key).
    101 TicketKeyDrawn,
    /// The rehearsal ended; from here on it counts.
    102 FairOpened,
    /// The fair ended.
    103 FairClosed,
    /// An employer takes part.
    110 EmployerAdded,
    /// An employer offers a posting.
    111 PostingPublished,
    /// A booth was given to an employer.
    112 BoothAssigned,
    /// A ticket was handed out.
    120 TicketIssued,
    /// A ticket was withdrawn.
    121 TicketRevoked,
    /// A seeker told about themselves (sealed part 0: contact, 1: form of address and wishes).
    122 SeekerRegistered,
    /// A ticket was presented and led to a verdict that admits.
    130 SeekerCheckedIn,
    /// Something was presented that does not admit.
    131 ScanRefused,
    /// A screen showed another verdict than its station had recorded.
    132 VerdictShown,
    /// A booth recorded what came of a talk.
    140 OutcomeRecorded,
    /// A staff account was created (sealed part 0: login, name, password hash).
    150 AccountCreated,
    /// A staff account was closed.
    151 AccountDisabled,
    /// A volunteer's shift began.
    155 ShiftStarted,
    /// A volunteer's shift ended.
    156 ShiftEnded,
    /// A consultation was recorded (sealed part 0: its text).
    160 ConsultationRecorded,
    /// A consultation was referred (sealed part 0: what was passed on).
    161 ConsultationReferred,
    /// A node or a staff device was enrolled.
    170 DeviceEnrolled,
    /// A node's or device's trust ended.
    171 DeviceRevoked,
    /// A node was given a block of short numbers.
    172 NumbersGranted,
    /// A site server took the place of another.
    173 NodeReplaced,
    /// This site was enrolled at headquarters.
    180 HeadquartersLinked,
    /// A standby follows this site server.
    181 SiteFollowed,
}

impl Event {
    /// Whether a station may record it. What any other node than the fair's own server says beyond
    /// these changes nothing: a stolen kiosk is no organiser.
    #[must_use]
    pub const fn is_of_stations(&self) -> bool {
        matches!(
            self,
            Self::TicketIssued(_)
                | Self::SeekerRegistered(_)
                | Self::SeekerCheckedIn(_)
                | Self::ScanRefused(_)
                | Self::VerdictShown(_)
        )
    }
}

fn encode<T: Encode<()>>(value: &T) -> Vec<u8> {
    minicbor::to_vec(value).expect("encoding into memory never fails")
}

/// Decodes what [`Encode`] wrote, for sealed parts and views.
///
/// # Errors
/// The decoder's error if the bytes are something else.
pub fn decode<'b, T: Decode<'b, ()>>(bytes: &'b [u8]) -> Result<T, minicbor::decode::Error> {
    minicbor::decode(bytes)
}

/// Number of the kind and payload, as in a record.
impl<C> Encode<C> for Event {
    fn encode<W: minicbor::encode::Write>(
        &self,
        out: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        out.array(2)?.u16(self.kind())?.bytes(&self.payload())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for Event {
    fn decode(
        from: &mut minicbor::Decoder<'b>,
        _: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        let bad = |why: &str| minicbor::decode::Error::message(why);
        if from.array()? != Some(2) {
            return Err(bad("an event is a kind and a payload"));
        }
        let (kind, payload) = (from.u16()?, from.bytes()?);
        let event = Self::read(kind, payload).map_err(|_| bad("not a payload of its kind"))?;
        event.ok_or_else(|| bad("an unknown kind"))
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn kind_numbers_are_unique_and_above_the_journals_own() {
        let numbers: Vec<u16> = Event::KINDS.iter().map(|(number, _)| *number).collect();
        let mut sorted = numbers.clone();
        sorted.sort_unstable();
        sorted.dedup();
        assert_eq!(sorted, numbers);
        assert!(numbers.iter().all(|number| *number >= 100));
    }

    #[test]
    fn an_unknown_kind_is_no_error() {
        assert!(matches!(Event::read(65_535, &[1, 2, 3]), Ok(None)));
    }

    proptest! {
        #[test]
        fn any_payload_is_read_without_panic(
            kind in 100_u16..200,
            payload in proptest::collection::vec(any::<u8>(), 0..200),
        ) {
            let _ = Event::read(kind, &payload);
        }
    }
}
