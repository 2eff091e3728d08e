//! What people and devices ask for. Everything random or read from a clock stands in the command.

use crate::day::Day;
use crate::employer::{BoothNumber, Employer, Posting};
use crate::event::{
    Channel, DeviceEnrolled, FairPlanned, HeadquartersLinked, Method, NodeReplaced, SiteFollowed,
    TalkOutcome,
};
use crate::ids::{
    AccountId, ConsultationId, EmployerId, NodeId, PostingId, Reference, ShortNumber,
};
use crate::role::{Actor, Role};
use crate::sealed::{ConsultationText, Contact, Credentials, Profile, ReferralText};
use crate::ticket::{Ticket, TicketId, TicketKey};
use crate::verdict::Verdict;

/// Something asked for. Rights are checked before it is made ([`Role::may`]).
#[derive(Debug, Clone)]
pub enum Command {
    /// Set up the fair or change its settings; the key becomes the first one if there is none.
    PlanFair(FairPlanned, TicketKey),
    /// Draw the next ticket key.
    DrawTicketKey(TicketKey),
    /// End the rehearsal.
    OpenFair,
    /// End the fair.
    CloseFair,
    /// Take in employers, their postings and booths: all or nothing.
    ImportEmployers(Catalogue),
    /// Hand out a ticket.
    IssueTicket(NewTicket),
    /// Hand out a ticket to somebody who says more about themselves.
    RegisterSeeker(NewTicket, Registration),
    /// Withdraw a ticket.
    RevokeTicket(Reference),
    /// Check in whoever presents this.
    CheckIn(Scan),
    /// Record what came of a talk at a booth.
    RecordOutcome(Outcome),
    /// Create a staff account.
    CreateAccount(NewAccount),
    /// Close a staff account.
    DisableAccount(AccountId),
    /// Start a volunteer's shift at a desk.
    StartShift {
        /// Whose.
        account: AccountId,
        /// At which desk.
        desk: u8,
    },
    /// End a volunteer's shift.
    EndShift {
        /// Whose.
        account: AccountId,
    },
    /// Record a consultation.
    RecordConsultation(Consultation),
    /// Refer a consultation to another office.
    ReferConsultation(Referral),
    /// Enrol a node.
    EnrolDevice(DeviceEnrolled),
    /// Let a node hand out another block of short numbers.
    GrantNumbers(NodeId),
    /// End a node's trust. A station knew the ticket key, so the next one is drawn with it.
    RevokeDevice(NodeId, Option<TicketKey>),
    /// Let a site server take the place of one that was lost; at headquarters it is enrolled with it.
    ReplaceNode(Option<DeviceEnrolled>, NodeReplaced),
    /// Note under which identity headquarters knows this site.
    LinkHeadquarters(HeadquartersLinked),
    /// Note which machine follows this site server.
    NoteStandby(SiteFollowed),
    /// Let this standby take the place of the site server that it follows.
    TakeOver(NodeReplaced),
}

/// What a spreadsheet of employers says.
#[derive(Debug, Clone, Default)]
pub struct Catalogue {
    /// The employers.
    pub employers: Vec<Employer>,
    /// Their postings.
    pub postings: Vec<Posting>,
    /// Who has which booths; an employer may have several.
    pub booths: Vec<(BoothNumber, EmployerId)>,
}

/// A ticket to be handed out.
#[derive(Debug, Clone)]
pub struct NewTicket {
    /// Its secret id, freshly drawn.
    pub id: TicketIdDrawn,
    /// Where it is handed out.
    pub channel: Channel,
    /// What it says about booths.
    pub codes: [u8; 2],
}

/// A freshly drawn ticket id; its `Debug` keeps it secret.
#[derive(Clone, Copy)]
pub struct TicketIdDrawn(pub TicketId);

impl std::fmt::Debug for TicketIdDrawn {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("TicketIdDrawn(secret)")
    }
}

/// What a seeker says about themselves.
#[derive(Debug, Clone)]
pub struct Registration {
    /// Version of the privacy notice shown.
    pub notice_version: u16,
    /// Its language.
    pub language: String,
    /// The purposes agreed to; none is a guest.
    pub purposes: Vec<u8>,
    /// Groups they count themselves to.
    pub groups: Vec<u8>,
    /// How to reach them.
    pub contact: Contact,
    /// What a booth may see.
    pub profile: Profile,
}

/// Something presented at a desk of the site.
#[derive(Debug, Clone, Copy)]
pub struct Scan {
    /// What it is.
    pub presented: Presentation,
    /// How it was presented.
    pub method: Method,
    /// Today.
    pub today: Day,
}

/// A ticket, checked or not, or a number.
#[derive(Debug, Clone, Copy)]
pub enum Presentation {
    /// A ticket whose authenticity was checked.
    Ticket(Ticket),
    /// A typed number.
    Number(ShortNumber),
    /// Something else, with the verdict that it leads to.
    Refused(Verdict),
}

/// What came of a talk.
#[derive(Debug, Clone, Copy)]
pub struct Outcome {
    /// The booth.
    pub booth: BoothNumber,
    /// The seeker.
    pub reference: Reference,
    /// The posting.
    pub posting: Option<PostingId>,
    /// What came of it.
    pub outcome: TalkOutcome,
}

/// A staff account to be created.
#[derive(Debug, Clone)]
pub struct NewAccount {
    /// Its id, freshly drawn.
    pub account: AccountId,
    /// Its role.
    pub role: Role,
    /// The booth of a booth's account.
    pub booth: Option<BoothNumber>,
    /// Login, name, password hash.
    pub credentials: Credentials,
}

/// A consultation to be recorded.
#[derive(Debug, Clone)]
pub struct Consultation {
    /// Its id, freshly drawn.
    pub consultation: ConsultationId,
    /// Who records it.
    pub by: Actor,
    /// Today.
    pub today: Day,
    /// Category code.
    pub category: u8,
    /// Outcome code.
    pub outcome: u8,
    /// Minutes it took.
    pub minutes: u16,
    /// No name was given, or none wanted.
    pub anonymous: bool,
    /// What was said.
    pub text: ConsultationText,
}

/// A referral.
#[derive(Debug, Clone)]
pub struct Referral {
    /// The consultation.
    pub consultation: ConsultationId,
    /// The office: an outcome code.
    pub to: u8,
    /// The person agreed.
    pub consent: bool,
    /// By when it should answer.
    pub due: Option<Day>,
    /// What it gets.
    pub text: ReferralText,
}

/// What a command came to, once durable.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reply {
    /// Done, nothing to add.
    Done,
    /// A catalogue was taken in.
    Imported {
        /// Employers now taking part.
        employers: usize,
        /// Postings now on offer.
        postings: usize,
        /// Booths now assigned.
        booths: usize,
    },
    /// A ticket was handed out.
    Issued {
        /// What it says.
        ticket: Ticket,
        /// Its short number.
        number: ShortNumber,
    },
    /// Somebody was checked in, or not.
    Scanned(Scanned),
    /// A consultation was recorded under the day's serial.
    Recorded {
        /// The serial.
        serial: u32,
    },
}

/// What a scan came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Scanned {
    /// The verdict.
    pub verdict: Verdict,
    /// The ticket, where it is known or genuine.
    pub reference: Option<Reference>,
    /// Its short number, where it is known.
    pub number: Option<ShortNumber>,
    /// What it says about booths.
    pub codes: [u8; 2],
}
