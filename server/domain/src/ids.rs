//! Names of things, each a type of its own, so that an employer is never taken for a booth.

use std::fmt;
use std::str::FromStr;

use data_encoding::HEXLOWER;
use minicbor::{Decode, Encode};

/// Text that is not an id of the expected kind.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("expected {expected_bytes} bytes in hexadecimal")]
pub struct BadId {
    /// How many bytes an id of this kind has.
    pub expected_bytes: usize,
}

macro_rules! byte_id {
    ($(#[$doc:meta])* $name:ident, $bytes:literal) => {
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
        #[cbor(transparent)]
        pub struct $name(#[cbor(with = "minicbor::bytes")] pub [u8; $bytes]);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                out.write_str(&HEXLOWER.encode(&self.0))
            }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                write!(out, "{}({self})", stringify!($name))
            }
        }

        impl FromStr for $name {
            type Err = BadId;

            fn from_str(text: &str) -> Result<Self, BadId> {
                let bad = BadId { expected_bytes: $bytes };
                let bytes = HEXLOWER.decode(text.as_bytes()).map_err(|_| bad)?;
                bytes.try_into().map(Self).map_err(|_| bad)
            }
        }

        impl serde::Serialize for $name {
            fn serialize<S: serde::Serializer>(&self, out: S) -> Result<S::Ok, S::Error> {
                out.collect_str(self)
            }
        }

        impl<'de> serde::Deserialize<'de> for $name {
            fn deserialize<D: serde::Deserializer<'de>>(input: D) -> Result<Self, D::Error> {
                let text = <std::borrow::Cow<'de, str>>::deserialize(input)?;
                text.parse().map_err(serde::de::Error::custom)
            }
        }
    };
}

macro_rules! number_id {
    ($(#[$doc:meta])* $name:ident, $inner:ty) => {
        $(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode,
            serde::Serialize, serde::Deserialize,
        )]
        #[cbor(transparent)]
        #[serde(transparent)]
        pub struct $name(pub $inner);

        impl fmt::Display for $name {
            fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.fmt(out)
            }
        }
    };
}

byte_id!(
    /// A node (kiosk, site server, headquarters): the first 16 bytes of the SHA-256 of its public key.
    NodeId, 16
);
byte_id!(
    /// What stands for a ticket everywhere but in its QR code: the first 8 bytes of SHA-256(ticket id).
    Reference, 8
);
byte_id!(
    /// The fair, as tickets and records name it.
    FairTag, 4
);
byte_id!(
    /// A staff account: organiser, volunteer, employer at a booth, clerk.
    AccountId, 8
);
byte_id!(
    /// A device that staff use at a node, other than the node itself: a tablet, a booth's phone.
    DeviceId, 8
);
byte_id!(
    /// An employer (用人单位).
    EmployerId, 8
);
byte_id!(
    /// A posting (岗位) of an employer; it has one or more openings.
    PostingId, 8
);
byte_id!(
    /// A consultation (咨询) at one of the volunteers' desks.
    ConsultationId, 8
);
byte_id!(
    /// The key under which one sealed part of a record is encrypted; drawn at random, used once.
    KeyId, 16
);
number_id!(
    /// One run of a node's process: a random number drawn at its start.
    Epoch, u64
);
number_id!(
    /// The place of a record within its epoch: 1, 2, 3, …
    Seq, u64
);
number_id!(
    /// The number printed under a ticket's QR code, typed when the code can't be read.
    ShortNumber, u32
);

/// A moment on a node's hybrid logical clock: 48 bits of milliseconds since 1970 (UTC), then a
/// 16-bit counter. Within one origin it only grows, whatever the wall clock does; it is data for
/// people and never decides whether a record is accepted, in which order, or kept.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    PartialOrd,
    Ord,
    Hash,
    Default,
    Encode,
    Decode,
    serde::Serialize,
    serde::Deserialize,
)]
#[cbor(transparent)]
#[serde(transparent)]
pub struct Hlc(pub u64);

impl Hlc {
    /// The first moment of a wall-clock millisecond.
    #[must_use]
    pub const fn from_ms(unix_ms: u64) -> Self {
        Self(unix_ms << 16)
    }

    /// Milliseconds since 1970 (UTC).
    #[must_use]
    pub const fn unix_ms(self) -> u64 {
        self.0 >> 16
    }

    /// The next moment of this clock when the wall clock says `wall_ms`: later than `self`, always.
    #[must_use]
    pub const fn next(self, wall_ms: u64) -> Self {
        let wall = Self::from_ms(wall_ms & 0xffff_ffff_ffff);
        if wall.0 > self.0 { wall } else { Self(self.0.saturating_add(1)) }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_read_back_what_they_print() {
        let id = Reference([0, 1, 2, 3, 4, 5, 6, 255]);
        assert_eq!(id.to_string(), "00010203040506ff");
        assert_eq!(id.to_string().parse(), Ok(id));
        assert_eq!("0001".parse::<Reference>(), Err(BadId { expected_bytes: 8 }));
        assert!("zz".parse::<Reference>().is_err());
        assert!("é".repeat(8).parse::<Reference>().is_err());
    }

    #[test]
    fn the_clock_only_grows() {
        let first = Hlc::default().next(1_000);
        let second = first.next(10);
        assert!(second > first);
        assert_eq!(second.next(2_000).unix_ms(), 2_000);
    }
}
