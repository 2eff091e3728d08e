//! The words a receiver has for a batch, and a sender for what came of it. Gap, fork, damage,
//! forgery and an unknown key are different words and never stand for one another.

use domain::ids::{Epoch, Seq};
use journal::{Hash, Head};
use minicbor::{Decode, Encode};

use crate::stream::StreamHead;

/// What a receiver answers to a batch.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum BatchAnswer {
    /// Everything up to this head is durable at the receiver; also the answer to a duplicate.
    #[n(0)]
    Ack(#[n(0)] StreamHead),
    /// The batch starts beyond what the receiver holds, which is this; go on from there.
    #[n(1)]
    Gap(#[n(0)] Option<Head>),
    /// The epoch starts at a parent that the receiver does not hold.
    #[n(2)]
    ParentMissing(#[n(0)] Epoch),
    /// The receiver holds another record of this name: its hash there.
    #[n(3)]
    Fork {
        /// The first place known to differ.
        #[n(0)]
        seq: Seq,
        /// The receiver's chain hash there.
        #[n(1)]
        hash: Hash,
    },
    /// Not taken, for a reason other than the chain.
    #[n(4)]
    Refused(#[n(0)] Refusal),
}

/// Why a receiver refuses, and when it may be asked again.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode, thiserror::Error)]
#[error("refused: {code}")]
pub struct Refusal {
    /// The reason, as a stable number.
    #[n(0)]
    pub code: RefusalCode,
    /// Seconds to wait before asking again, where the receiver can say.
    #[n(1)]
    pub retry_after_s: Option<u32>,
}

impl From<RefusalCode> for Refusal {
    fn from(code: RefusalCode) -> Self {
        Self { code, retry_after_s: None }
    }
}

macro_rules! refusal_codes {
    ($($(#[$doc:meta])* $name:ident = $number:literal, $word:literal;)*) => {
        /// Why something was refused. Numbers are never reused; one that this build does not know
        /// is kept as it came.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub enum RefusalCode {
            $($(#[$doc])* $name,)*
            /// A reason that a newer receiver knows and this build does not.
            Other(u16),
        }

        impl RefusalCode {
            /// The number on the wire.
            #[must_use]
            pub const fn number(self) -> u16 {
                match self {
                    $(Self::$name => $number,)*
                    Self::Other(number) => number,
                }
            }

            /// The reason of a number.
            #[must_use]
            pub const fn from_number(number: u16) -> Self {
                match number {
                    $($number => Self::$name,)*
                    other => Self::Other(other),
                }
            }

            /// The stable word, for logs, problem documents and the key of the sentence shown.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self {
                    $(Self::$name => $word,)*
                    Self::Other(_) => "other",
                }
            }
        }
    };
}

refusal_codes! {
    /// Bytes were changed or cut on the way, or are not a batch at all.
    Damaged = 1, "damaged";
    /// The signature is not the sender's.
    BadSignature = 2, "bad_signature";
    /// Nobody has enrolled this sender here.
    UnknownSender = 3, "unknown_sender";
    /// The sender was enrolled and is no longer trusted.
    RevokedSender = 4, "revoked_sender";
    /// Meant for another node.
    WrongAudience = 5, "wrong_audience";
    /// Meant for this node's earlier store: ask for its heads again.
    WrongStore = 6, "wrong_store";
    /// The public key of the records' origin is not known here.
    UnknownOrigin = 7, "unknown_origin";
    /// This sender may not bring this origin's records.
    OriginNotAllowed = 8, "origin_not_allowed";
    /// Larger than the limits: send less at once.
    TooLarge = 9, "too_large";
    /// No common protocol version: one of the two needs an upgrade.
    Upgrade = 10, "upgrade";
    /// The receiver's disk is full; it reads but doesn't write.
    ReadOnly = 11, "read_only";
    /// Too much at once; come again.
    Busy = 12, "busy";
    /// The session is not known here (any more): say hello again.
    SessionUnknown = 13, "session_unknown";
    /// The request does not prove its session, or repeats an earlier one.
    SessionForged = 14, "session_forged";
    /// No such one-time code waits here.
    CodeUnknown = 15, "code_unknown";
    /// The one-time code is older than its ten minutes.
    CodeExpired = 16, "code_expired";
    /// A record says something that its chain or its signed checkpoint contradicts.
    Forged = 17, "forged";
    /// The hello is too old, or was seen before.
    Stale = 18, "stale";
    /// The receiver failed inside; nothing was taken.
    Failed = 19, "failed";
    /// The receiver takes no keys of sealed parts, and nothing that comes with some.
    KeysNotTaken = 20, "keys_not_taken";
    /// The receiver takes nothing from stations: it follows a site server until an organiser promotes
    /// it, or another machine took its place.
    Follows = 21, "follows";
}

impl std::fmt::Display for RefusalCode {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Other(number) => write!(out, "reason {number}"),
            known => out.write_str(known.word()),
        }
    }
}

impl<C> Encode<C> for RefusalCode {
    fn encode<W: minicbor::encode::Write>(
        &self,
        out: &mut minicbor::Encoder<W>,
        _: &mut C,
    ) -> Result<(), minicbor::encode::Error<W::Error>> {
        out.u16(self.number())?.ok()
    }
}

impl<'b, C> Decode<'b, C> for RefusalCode {
    fn decode(
        input: &mut minicbor::Decoder<'b>,
        _: &mut C,
    ) -> Result<Self, minicbor::decode::Error> {
        input.u16().map(Self::from_number)
    }
}

/// Why a request got no answer from the receiver at all.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Failure {
    /// No connection, or it broke.
    Network,
    /// No whole answer in time.
    TimedOut,
    /// An answer, but not from a node of ours: a captive portal's page, a proxy's error. Never an
    /// acknowledgement, whatever its status.
    NotOurs,
    /// The answer's proof is wrong: somebody else sits at this address.
    WrongReceiver,
    /// The own store could not read what was to be sent.
    Unreadable,
    /// The receiver's head is not on the own chain: both hold records of one name that differ.
    Diverged,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_read_back_and_unknown_ones_are_kept() {
        for number in 0..=300 {
            let code = RefusalCode::from_number(number);
            assert_eq!(code.number(), number);
            let bytes = minicbor::to_vec(code).unwrap();
            assert_eq!(minicbor::decode::<RefusalCode>(&bytes).unwrap(), code);
        }
        assert_eq!(RefusalCode::from_number(300), RefusalCode::Other(300));
    }
}
