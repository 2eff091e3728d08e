//! Expected answers that are a no: each with a stable code, a sentence in the text tables under
//! `refusal.<code>`, and a test.

/// Why a command was refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("{}", self.code())]
#[non_exhaustive]
pub enum Refusal {
    /// Nobody has set up the fair yet.
    FairNotPlanned,
    /// It can't be opened without a single booth.
    NoBooths,
    /// It is open already.
    FairAlreadyOpen,
    /// It is not open, so it can't be closed.
    FairNotOpen,
    /// It has been closed.
    FairClosed,
    /// The fair's identity can't change once tickets carry it.
    FairIsAnother,
    /// The days are backwards, too many, or in the past beyond what a ticket can say.
    BadDays,
    /// The address phones open is not one, or so long that its QR code would be hard to read.
    BadAddress,
    /// A text is empty or longer than allowed.
    BadText,
    /// All sixteen generations of the ticket key are used up.
    KeysUsedUp,
    /// No short numbers are left to hand out.
    NumbersUsedUp,
    /// No ticket here has that reference or number.
    UnknownTicket,
    /// No such booth.
    UnknownBooth,
    /// No such posting at this booth.
    UnknownPosting,
    /// The account is for another booth.
    NotYourBooth,
    /// A booth's account needs its booth.
    BoothMissing,
    /// No such account, or it is closed.
    UnknownAccount,
    /// A shift is running already.
    ShiftRunning,
    /// No shift is running: consultations are recorded within one.
    NoShift,
    /// A code of a desk, category, outcome or office that does not exist.
    UnknownCode,
    /// No such consultation.
    UnknownConsultation,
    /// Something is to be passed on without the person's consent (PIPL art. 23).
    ConsentMissing,
    /// No such node.
    UnknownNode,
    /// This machine is a standby: what happens is recorded at the site server that it follows.
    SiteFollows,
    /// Another machine took this one's place: what happens is recorded there.
    SiteSuperseded,
    /// Only a standby takes the place of the site server that it follows.
    NotAStandby,
}

impl Refusal {
    /// All of them, for the tests of texts and answers.
    pub const ALL: &[Self] = &[
        Self::FairNotPlanned,
        Self::NoBooths,
        Self::FairAlreadyOpen,
        Self::FairNotOpen,
        Self::FairClosed,
        Self::FairIsAnother,
        Self::BadDays,
        Self::BadAddress,
        Self::BadText,
        Self::KeysUsedUp,
        Self::NumbersUsedUp,
        Self::UnknownTicket,
        Self::UnknownBooth,
        Self::UnknownPosting,
        Self::NotYourBooth,
        Self::BoothMissing,
        Self::UnknownAccount,
        Self::ShiftRunning,
        Self::NoShift,
        Self::UnknownCode,
        Self::UnknownConsultation,
        Self::ConsentMissing,
        Self::UnknownNode,
        Self::SiteFollows,
        Self::SiteSuperseded,
        Self::NotAStandby,
    ];

    /// The stable code.
    #[must_use]
    pub const fn code(self) -> &'static str {
        match self {
            Self::FairNotPlanned => "fair_not_planned",
            Self::NoBooths => "no_booths",
            Self::FairAlreadyOpen => "fair_already_open",
            Self::FairNotOpen => "fair_not_open",
            Self::FairClosed => "fair_closed",
            Self::FairIsAnother => "fair_is_another",
            Self::BadDays => "bad_days",
            Self::BadAddress => "bad_address",
            Self::BadText => "bad_text",
            Self::KeysUsedUp => "keys_used_up",
            Self::NumbersUsedUp => "numbers_used_up",
            Self::UnknownTicket => "unknown_ticket",
            Self::UnknownBooth => "unknown_booth",
            Self::UnknownPosting => "unknown_posting",
            Self::NotYourBooth => "not_your_booth",
            Self::BoothMissing => "booth_missing",
            Self::UnknownAccount => "unknown_account",
            Self::ShiftRunning => "shift_running",
            Self::NoShift => "no_shift",
            Self::UnknownCode => "unknown_code",
            Self::UnknownConsultation => "unknown_consultation",
            Self::ConsentMissing => "consent_missing",
            Self::UnknownNode => "unknown_node",
            Self::SiteFollows => "site_follows",
            Self::SiteSuperseded => "site_superseded",
            Self::NotAStandby => "not_a_standby",
        }
    }
}
