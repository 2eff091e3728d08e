//! What people are told about an uplink: what is held here, what has arrived there, since when not,
//! and why. "All delivered" is said only when the heads are equal.

use std::collections::BTreeMap;

use domain::ids::{Epoch, NodeId, Seq};
use journal::Head;

use crate::answer::{Failure, RefusalCode};
use crate::stream::Stream;

/// Why something does not go on, in the sender's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trouble {
    /// No answer, or none that counts.
    Failed(Failure),
    /// The receiver refused, and said why.
    Refused(RefusalCode),
    /// The receiver holds another record under the name of one held here.
    Fork(Seq),
    /// The receiver lacks the epoch in which this one starts, and it isn't held here either.
    ParentMissing(Epoch),
    /// This epoch waits until the one in which it starts has arrived.
    WaitsForParent(Epoch),
    /// This epoch waits for one of which damage took records here.
    WaitsForLost(Epoch),
    /// The receiver acknowledges without its head moving.
    NoProgress,
    /// The receiver holds more of this stream: this node went back to an older copy of itself.
    ReceiverAhead,
    /// The receiver is not reached, and its standby is: that one waits until it is promoted.
    StandbyWaits,
}

impl Trouble {
    /// The stable key of the sentence that people read.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::Failed(Failure::Network) => "sync_offline",
            Self::Failed(Failure::TimedOut) => "sync_no_answer_in_time",
            Self::Failed(Failure::NotOurs) => "sync_answer_not_ours",
            Self::Failed(Failure::WrongReceiver) => "sync_wrong_receiver",
            Self::Failed(Failure::Unreadable) => "sync_store_unreadable",
            Self::Failed(Failure::Diverged) | Self::Fork(_) => "sync_fork",
            Self::ParentMissing(_) => "sync_parent_missing",
            Self::WaitsForParent(_) => "sync_waits_for_parent",
            Self::WaitsForLost(_) => "sync_waits_for_lost",
            Self::NoProgress => "sync_no_progress",
            Self::ReceiverAhead => "sync_receiver_ahead",
            Self::StandbyWaits => "sync_standby_waits",
            Self::Refused(code) => refused(code),
        }
    }
}

const fn refused(code: RefusalCode) -> &'static str {
    match code {
        RefusalCode::Damaged => "sync_refused_damaged",
        RefusalCode::BadSignature => "sync_refused_bad_signature",
        RefusalCode::Forged => "sync_refused_forged",
        RefusalCode::UnknownSender => "sync_refused_unknown_sender",
        RefusalCode::RevokedSender => "sync_refused_revoked",
        RefusalCode::UnknownOrigin => "sync_refused_unknown_origin",
        RefusalCode::OriginNotAllowed => "sync_refused_origin",
        RefusalCode::TooLarge => "sync_refused_too_large",
        RefusalCode::Upgrade => "sync_refused_upgrade",
        RefusalCode::ReadOnly => "sync_receiver_read_only",
        RefusalCode::Busy => "sync_receiver_busy",
        RefusalCode::Follows => "sync_refused_follows",
        RefusalCode::WrongAudience | RefusalCode::WrongStore => "sync_wrong_receiver",
        _ => "sync_refused",
    }
}

/// Whether the receiver can be reached at present.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// Never reached since this process started.
    NotYet,
    /// The last thing asked was answered.
    Connected,
    /// Not reached since this moment of the sender's own (monotonic) clock, in milliseconds.
    Offline {
        /// Since when.
        since_ms: u64,
    },
}

/// One stream as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StreamStatus {
    /// How far it reaches here.
    pub own: Head,
    /// How far it reaches durably at the receiver, as the receiver last said.
    pub receiver: Option<Head>,
    /// How far the node above the receiver has it, as the receiver last said.
    pub above: Option<Head>,
    /// Since which moment of the sender's own clock the receiver lacks something.
    pub behind_since_ms: Option<u64>,
    /// What is in the way.
    pub trouble: Option<Trouble>,
    /// Set aside: tried again only now and then, until a person looks. Nothing of it is deleted.
    pub parked: bool,
}

/// One uplink as people see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Status {
    /// Whether the receiver is reached.
    pub reach: Reach,
    /// What is in the way of all streams.
    pub trouble: Option<Trouble>,
    /// The receiver, once it has answered.
    pub receiver: Option<NodeId>,
    /// Every stream held here.
    pub streams: BTreeMap<Stream, StreamStatus>,
}

impl Status {
    /// Whether every record held here is durable at the receiver: the heads are equal.
    #[must_use]
    pub fn all_delivered(&self) -> bool {
        self.receiver.is_some()
            && self.streams.values().all(|stream| stream.receiver == Some(stream.own))
    }

    /// Records that the receiver lacks.
    #[must_use]
    pub fn waiting_records(&self) -> u64 {
        self.streams.values().map(waiting).fold(0, u64::saturating_add)
    }

    /// Since which moment something waits, on the sender's own clock in milliseconds.
    #[must_use]
    pub fn behind_since_ms(&self) -> Option<u64> {
        self.streams.values().filter_map(|stream| stream.behind_since_ms).min()
    }

    /// What is in the way, the whole uplink's trouble first, then that of the first stream which
    /// does not go on by itself: it is parked, or waits for records that damage took.
    #[must_use]
    pub fn worst(&self) -> Option<Trouble> {
        let stuck = |stream: &&StreamStatus| {
            stream.parked || matches!(stream.trouble, Some(Trouble::WaitsForLost(_)))
        };
        let mut stuck = self.streams.values().filter(stuck);
        self.trouble.or_else(|| stuck.find_map(|stream| stream.trouble))
    }
}

fn waiting(stream: &StreamStatus) -> u64 {
    let theirs = stream.receiver.map_or(0, |head| head.seq.0);
    stream.own.seq.0.saturating_sub(theirs)
}
