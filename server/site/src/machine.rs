//! The fair's rules as the store drives them: commands become drafts, records become state, and a
//! station's scan gets the site's verdict before it is folded.

use std::collections::BTreeMap;

use domain::command::Command;
use domain::decide::{self, Decided, Fact};
use domain::event::{Event, NodeReplaced};
use domain::fair::{Disagreement, Fair, Stamp};
use domain::ids::{Epoch, Hlc, NodeId, Seq};
use domain::refusal::Refusal;
use domain::state::{Packed, Pages, Shared};
use domain::station::{Change, TicketChange, issued_change};
use domain::verdict::{Stage, Verdict};
use journal::{Draft, Kind, Record};
use minicbor::{Decode, Encode};
use office::{Answer, Asked, OfficeMachine};
use store::{Decision, Machine};

/// The state of the fair, and what stations have not heard of yet.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct FairMachine {
    #[n(0)]
    me: NodeId,
    #[n(1)]
    fair: Fair,
    #[n(2)]
    changes: Pages<u32, ForStations>,
    #[n(3)]
    key_records: Shared<BTreeMap<u8, RecordName>>,
    #[n(4)]
    unknown_kinds: u64,
    #[n(5)]
    overreaching: u64,
    #[n(6)]
    followed: Vec<NodeId>,
    #[n(7)]
    disagreements: Shared<Vec<Disagreement>>,
    #[n(8)]
    more_disagreements: u64,
}

/// So many disagreements are kept by name, the first ones; of more only the number.
const DISAGREEMENTS_MOST: usize = 10_000;

/// Something that stations have to hear of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ForStations {
    /// The fair's settings, booths, postings, numbers, stations or standby changed.
    Settings,
    /// Something happened to a ticket.
    Ticket(TicketChange),
}

impl Packed for ForStations {
    fn put(&self, out: &mut Vec<u8>) {
        let Self::Ticket(change) = self else { return false.put(out) };
        true.put(out);
        change.put(out);
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        let is_ticket = bool::take(input)?;
        if is_ticket { Packed::take(input).map(Self::Ticket) } else { Some(Self::Settings) }
    }
}

/// Where a record is found.
pub type RecordName = (NodeId, Epoch, Seq);

impl FairMachine {
    /// The machine of the site server with this identity.
    #[must_use]
    pub fn new(me: NodeId) -> Self {
        Self {
            me,
            fair: Fair::default(),
            changes: Pages::default(),
            key_records: Shared::default(),
            unknown_kinds: 0,
            overreaching: 0,
            followed: Vec::new(),
            disagreements: Shared::default(),
            more_disagreements: 0,
        }
    }

    /// The machine of a standby: what the site server says, the first of `followed`, counts as said by
    /// the fair, as what those said whose place that one took, and nothing is decided here. That ends
    /// with its own record that it takes the site server's place.
    #[must_use]
    pub fn following(me: NodeId, mut followed: Vec<NodeId>) -> Self {
        // Going over to another identity was cut short: nobody follows himself.
        if followed.first() == Some(&me) {
            followed.clear();
        }
        Self { followed, ..Self::new(me) }
    }

    /// The site server that this node follows now, if it is a standby.
    #[must_use]
    pub fn follows(&self) -> Option<NodeId> {
        self.followed.first().copied().filter(|_| self.fair.replaced(self.me).is_none())
    }

    /// Whether this node was a standby, and took the place of the site server that it followed.
    #[must_use]
    pub fn is_promoted(&self) -> bool {
        !self.followed.is_empty() && self.follows().is_none()
    }

    /// What the machine whose place this one took recorded without knowing of what was recorded here, in
    /// the order in which it came.
    #[must_use]
    pub fn disagreements(&self) -> &[Disagreement] {
        &self.disagreements
    }

    /// How many more there were than are kept by name.
    #[must_use]
    pub const fn more_disagreements(&self) -> u64 {
        self.more_disagreements
    }

    fn compare(&mut self, stamp: &Stamp, event: &Event) {
        if !self.is_promoted() || !self.fair.before(self.me).contains(&stamp.origin) {
            return;
        }
        let Some(found) = self.fair.disagreement(self.me, stamp, event) else { return };
        if self.disagreements.len() < DISAGREEMENTS_MOST {
            self.disagreements.push(found);
        } else {
            self.more_disagreements += 1;
        }
    }

    /// Whether a node speaks for the fair: its site server, those whose place that one took, and a
    /// standby of it from its promotion on.
    fn is_heard(&self, origin: NodeId, event: &Event) -> bool {
        if origin == self.me {
            let promotes = |replaced: &NodeReplaced| replaced.node == self.me;
            return self.follows().is_none()
                || matches!(event, Event::NodeReplaced(replaced) if promotes(replaced));
        }
        let of_line = |node: &NodeId| *node == origin || self.fair.before(*node).contains(&origin);
        self.followed.iter().chain([&self.me]).any(of_line)
    }

    /// This node.
    #[must_use]
    pub const fn node(&self) -> NodeId {
        self.me
    }

    /// What stations have to hear of, in the order in which this node learnt of it: the version of
    /// a station's view is a cursor into this list, whose keys count from 0.
    #[must_use]
    pub const fn changes(&self) -> &Pages<u32, ForStations> {
        &self.changes
    }

    /// The records that hold the ticket keys, by generation.
    #[must_use]
    pub fn key_records(&self) -> &BTreeMap<u8, RecordName> {
        &self.key_records
    }

    /// Records of stations that only this site may make: they are kept and change nothing.
    #[must_use]
    pub const fn overreaching(&self) -> u64 {
        self.overreaching
    }

    /// Records of kinds that this version does not know.
    #[must_use]
    pub const fn unknown_kinds(&self) -> u64 {
        self.unknown_kinds
    }

    fn draft(&self, fact: Fact, asked: &Asked) -> Draft {
        let counts = self.fair.stage() == Stage::Open;
        Draft {
            kind: Kind(fact.event.kind()),
            actor: asked.actor,
            station: asked.device,
            fair: self.fair.tag(),
            rehearsal: !counts,
            payload: fact.event.payload(),
            secrets: fact.secrets,
        }
    }

    fn note(&mut self, stamp: &Stamp, event: &Event) {
        if let Event::TicketKeyDrawn(drawn) = event {
            let name = (stamp.origin, stamp.epoch, stamp.seq);
            // A lost machine may have drawn the same generation: what is sealed here opens here.
            if stamp.origin == self.me || !self.key_records.contains_key(&drawn.generation) {
                self.key_records.insert(drawn.generation, name);
            }
        }
        if let (Some(change), Ok(place)) =
            (for_stations(stamp, event), u32::try_from(self.changes.len()))
        {
            self.changes.entry(place, || change);
        }
    }
}

fn for_stations(stamp: &Stamp, event: &Event) -> Option<ForStations> {
    let (reference, what) = match event {
        Event::TicketIssued(issued) => (issued.reference, issued_change(issued)),
        Event::TicketRevoked(revoked) => (revoked.reference, Change::Revoked),
        Event::SeekerCheckedIn(scan) if scan.verdict == Verdict::Welcome => {
            let present = Change::Present { day: scan.day, at: stamp.at, station: stamp.origin };
            (scan.reference, present)
        }
        Event::FairPlanned(_)
        | Event::TicketKeyDrawn(_)
        | Event::FairOpened(_)
        | Event::FairClosed(_)
        | Event::EmployerAdded(_)
        | Event::PostingPublished(_)
        | Event::BoothAssigned(_)
        | Event::DeviceEnrolled(_)
        | Event::NumbersGranted(_)
        | Event::SiteFollowed(_) => return Some(ForStations::Settings),
        _ => return None,
    };
    let change = TicketChange { reference, rehearsal: stamp.rehearsal, what };
    Some(ForStations::Ticket(change))
}

impl OfficeMachine for FairMachine {
    fn fair(&self) -> &Fair {
        &self.fair
    }
}

impl Machine for FairMachine {
    type Command = Asked;
    type Answer = Answer;

    const RULES: Option<u64> = Some(domain::rules::with(include_str!("machine.rs")));

    fn decide(&self, asked: Asked, _now: Hlc) -> Decision<Answer> {
        let decided = match (&asked.command, self.follows()) {
            (Command::TakeOver(_), _) if self.followed.is_empty() => Err(Refusal::NotAStandby),
            (Command::TakeOver(_), _) | (_, None) => {
                decide::decide(&self.fair, self.me, &asked.command)
            }
            (_, Some(_)) => Err(Refusal::SiteFollows),
        };
        match decided {
            Ok(Decided { facts, reply }) => Decision {
                drafts: facts.into_iter().map(|fact| self.draft(fact, &asked)).collect(),
                answer: Answer::Done(reply),
            },
            Err(refusal) => Decision::answer(Answer::Refused(refusal)),
        }
    }

    fn fold(&mut self, record: &Record) {
        if record.kind.is_reserved() {
            return;
        }
        // A payload that does not decode stops nobody: it is kept, forwarded and passed over.
        let Ok(Some(event)) = Event::read(record.kind.0, &record.payload) else {
            self.unknown_kinds += 1;
            return;
        };
        if !event.is_of_stations() && !self.is_heard(record.origin, &event) {
            self.overreaching += 1;
            return;
        }
        let stamp = office::stamp::of(record);
        self.compare(&stamp, &event);
        self.fair.fold(&stamp, &event);
        self.note(&stamp, &event);
    }

    /// All that is large or seldom changes is shared by copies.
    fn catch_up(&mut self, ahead: &Self, _folded: &[Record]) {
        *self = ahead.clone();
    }

    fn judge(&self, record: &Record) -> Option<Answer> {
        match Event::read(record.kind.0, &record.payload).ok()?? {
            Event::SeekerCheckedIn(scan) => {
                let verdict = decide::judge(&self.fair, &scan, record.flags.rehearsal());
                Some(Answer::Judged(verdict))
            }
            Event::ScanRefused(refused) => Some(Answer::Judged(refused.verdict)),
            _ => None,
        }
    }

    fn save(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory never fails")
    }

    fn load(&self, saved: &[u8]) -> Option<Self> {
        minicbor::decode(saved)
            .ok()
            .filter(|loaded: &Self| (loaded.me, &loaded.followed) == (self.me, &self.followed))
    }
}
