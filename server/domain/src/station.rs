//! What a station knows without asking: the view that the site publishes to its stations, and the
//! verdict a station reaches from it alone.
//!
//! Nothing personal comes down: tickets are references, booths and postings are public.

use std::collections::HashMap;

use minicbor::{Decode, Encode};

use crate::day::{Day, Days};
use crate::employer::{BoothNumber, Posting};
use crate::event::{FairPlanned, SiteFollowed, TicketIssued};
use crate::fair::Fair;
use crate::ids::{FairTag, Hlc, NodeId, Reference, ShortNumber};
use crate::state::{Packed, packed_fields};
use crate::ticket::{NotATicket, Ticket, TicketKey, UncheckedTicket};
use crate::verdict::{Doubt, Known, Presented, Stage, Verdict, admit};

mod cursor;

pub use cursor::ChangeList;

/// The fair as its stations see it.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct StationSettings {
    /// The fair's settings.
    #[n(0)]
    pub fair: FairPlanned,
    /// Where it stands.
    #[n(1)]
    pub stage: Stage,
    /// The booths.
    #[n(2)]
    pub booths: Vec<BoothLine>,
    /// The postings on offer.
    #[n(3)]
    pub postings: Vec<Posting>,
    /// The newest generation of the ticket key.
    #[n(4)]
    pub generation: u8,
    /// Short numbers that this station may hand out: first serials and lengths.
    #[n(5)]
    pub numbers: Vec<(u32, u32)>,
    /// What people call this station.
    #[n(6)]
    pub station_name: String,
    /// The names of all stations, to say where somebody checked in.
    #[n(7)]
    pub stations: Vec<(NodeId, String)>,
    /// The machine that may take the site server's place, where there is one: stations keep its
    /// address and its keys.
    #[n(8)]
    pub standby: Option<SiteFollowed>,
}

/// A booth as stations show it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct BoothLine {
    /// Its number.
    #[n(0)]
    pub booth: BoothNumber,
    /// Who has it.
    #[n(1)]
    pub employer: crate::ids::EmployerId,
    /// What they are called.
    #[n(2)]
    pub name: String,
}

/// Something that happened to a ticket, as far as stations need it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct TicketChange {
    /// The ticket.
    #[n(0)]
    pub reference: Reference,
    /// In rehearsal.
    #[n(1)]
    pub rehearsal: bool,
    /// What happened.
    #[n(2)]
    pub what: Change,
}

/// What happened to a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub enum Change {
    /// It was handed out.
    #[n(1)]
    Issued {
        /// Its short number.
        #[n(0)]
        number: ShortNumber,
        /// Its days.
        #[n(1)]
        days: Days,
        /// What it says about booths.
        #[cbor(n(2), with = "minicbor::bytes")]
        codes: [u8; 2],
    },
    /// It was withdrawn.
    #[n(2)]
    Revoked,
    /// It was checked in.
    #[n(3)]
    Present {
        /// On which day.
        #[n(0)]
        day: Day,
        /// When.
        #[n(1)]
        at: Hlc,
        /// Where.
        #[n(2)]
        station: NodeId,
    },
}

packed_fields!(TicketChange { reference, rehearsal, what });

impl Packed for Change {
    fn put(&self, out: &mut Vec<u8>) {
        match self {
            Self::Issued { number, days, codes } => (1_u8, ((*number, *days), *codes)).put(out),
            Self::Revoked => 2_u8.put(out),
            Self::Present { day, at, station } => (3_u8, ((*day, *at), *station)).put(out),
        }
    }

    fn take(input: &mut &[u8]) -> Option<Self> {
        Some(match u8::take(input)? {
            1 => {
                let ((number, days), codes) = Packed::take(input)?;
                Self::Issued { number, days, codes }
            }
            2 => Self::Revoked,
            3 => {
                let ((day, at), station) = Packed::take(input)?;
                Self::Present { day, at, station }
            }
            _ => return None,
        })
    }
}

/// What the site sends a station that has everything up to `from`.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
#[cbor(map)]
pub struct ViewUpdate {
    /// Where these changes begin, as [`ChangeList`] writes it.
    #[n(0)]
    pub from: u64,
    /// Up to where the station has everything once it took them in.
    #[n(3)]
    pub to: u64,
    /// The settings, complete.
    #[n(1)]
    pub settings: Option<StationSettings>,
    /// What happened to tickets since.
    #[n(2)]
    pub changes: Vec<TicketChange>,
}

/// What comes down sealed to the station's own key: the fair's ticket keys.
#[derive(Clone, PartialEq, Eq, Default, Encode, Decode)]
#[cbor(map)]
pub struct StationSecrets {
    /// The ticket keys, 32 bytes each, by generation.
    #[n(0)]
    pub ticket_keys: Vec<(u8, minicbor::bytes::ByteArray<32>)>,
}

/// A station's knowledge of the fair.
#[derive(Debug, Clone, Default)]
pub struct StationView {
    settings: Option<StationSettings>,
    keys: HashMap<u8, TicketKey>,
    tickets: HashMap<Reference, Seen>,
    numbers: HashMap<ShortNumber, Reference>,
    cursor: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct Seen {
    issued: Option<(ShortNumber, Days, [u8; 2])>,
    revoked: bool,
    present: Option<(Day, Hlc, NodeId)>,
}

/// The day by the station's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Today {
    /// The best guess.
    pub day: Day,
    /// Whether the clock was compared with the site's in this run. If not, a ticket's days are not
    /// held against it.
    pub trusted: bool,
}

/// A genuine ticket or known number, with the verdict on it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct StationScan {
    /// The verdict.
    pub verdict: Verdict,
    /// The ticket, where it is genuine or known.
    pub reference: Option<Reference>,
    /// Its short number, where known.
    pub number: Option<ShortNumber>,
    /// What it says about booths.
    pub codes: [u8; 2],
}

impl StationView {
    /// Whether the site has told of a ticket with this number.
    #[must_use]
    pub fn has_number(&self, number: ShortNumber) -> bool {
        self.numbers.contains_key(&number)
    }

    /// The fair, once the site has told.
    #[must_use]
    pub const fn settings(&self) -> Option<&StationSettings> {
        self.settings.as_ref()
    }

    /// Up to where this station has the changes.
    #[must_use]
    pub const fn cursor(&self) -> u64 {
        self.cursor
    }

    /// Where the fair stands.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.settings.as_ref().map_or(Stage::Unplanned, |settings| settings.stage)
    }

    /// The key for new tickets.
    #[must_use]
    pub fn newest_key(&self) -> Option<(u8, &TicketKey)> {
        let generation = self.settings.as_ref()?.generation;
        self.keys.get(&generation).map(|key| (generation, key))
    }

    /// The name of a station, to say where somebody checked in.
    #[must_use]
    pub fn station_name(&self, node: NodeId) -> Option<&str> {
        let stations = &self.settings.as_ref()?.stations;
        stations.iter().find(|(id, _)| *id == node).map(|(_, name)| name.as_str())
    }

    /// Takes in the opened secrets.
    pub fn take_secrets(&mut self, secrets: &StationSecrets) {
        for (generation, key) in &secrets.ticket_keys {
            self.keys.insert(*generation, TicketKey(**key));
        }
    }

    /// Takes in an update; false if it begins beyond what this station has, or in another list, and
    /// nothing is taken.
    pub fn apply(&mut self, update: &ViewUpdate) -> bool {
        let same_list = ChangeList::of(update.from) == ChangeList::of(self.cursor);
        if update.from > self.cursor || (update.from != 0 && !same_list) {
            return false;
        }
        if let Some(settings) = &update.settings {
            self.change_settings(settings.clone());
        }
        let rehearsal = self.stage() == Stage::Rehearsal;
        for change in &update.changes {
            if change.rehearsal == rehearsal {
                self.take(change);
            }
        }
        self.cursor = update.to;
        true
    }

    /// Takes in what happened at this very station, before the site tells.
    pub fn take(&mut self, change: &TicketChange) {
        let seen = self.tickets.entry(change.reference).or_default();
        match change.what {
            Change::Issued { number, days, codes } => {
                seen.issued = Some((number, days, codes));
                self.numbers.insert(number, change.reference);
            }
            Change::Revoked => seen.revoked = true,
            Change::Present { day, at, station } => {
                let earlier = |known: (Day, Hlc, NodeId)| {
                    known.0 > day || known.0 == day && (known.1, known.2) <= (at, station)
                };
                if !seen.present.is_some_and(earlier) {
                    seen.present = Some((day, at, station));
                }
            }
        }
    }

    /// The rehearsal's tickets are forgotten when the fair opens.
    fn change_settings(&mut self, settings: StationSettings) {
        if self.stage() == Stage::Rehearsal && settings.stage != Stage::Rehearsal {
            self.tickets.clear();
            self.numbers.clear();
        }
        self.settings = Some(settings);
    }

    /// The verdict on a scanned text.
    #[must_use]
    pub fn scan(&self, text: &str, today: Today) -> StationScan {
        let keys = |generation| self.keys.get(&generation);
        let fair = self.settings.as_ref().map(|settings| settings.fair.fair);
        let checked = check_ticket(text, fair, keys);
        match checked.or_else(|verdict| self.of_a_lost_key(text).ok_or(verdict)) {
            Err(verdict) => StationScan { verdict, reference: None, number: None, codes: [0; 2] },
            Ok(ticket) => {
                let reference = ticket.reference();
                let newest = self.settings.as_ref().map_or(0, |settings| settings.generation);
                let issued = self.tickets.get(&reference).is_some_and(|seen| seen.issued.is_some());
                let presented = Presented {
                    days: ticket.days,
                    rehearsal: ticket.rehearsal,
                    doubtful_key: ticket.generation < newest && !issued,
                    today: today.trusted.then_some(today.day),
                };
                self.verdict_on((reference, ticket.codes), presented, today.day)
            }
        }
    }

    /// A ticket whose key went with the machine that drew it, and that is known as handed out.
    fn of_a_lost_key(&self, text: &str) -> Option<Ticket> {
        let shown = UncheckedTicket::read(text).ok()?;
        let fair = self.settings.as_ref()?.fair.fair;
        let (_, days, codes) = self.tickets.get(&shown.reference())?.issued?;
        let rehearsal = self.stage() == Stage::Rehearsal;
        let known = self.keys.contains_key(&shown.claimed_generation());
        (shown.claimed_fair() == fair && !known).then(|| shown.as_recorded(days, codes, rehearsal))
    }

    /// The verdict on a typed number.
    #[must_use]
    pub fn number(&self, number: ShortNumber, today: Today) -> StationScan {
        let found = self.numbers.get(&number).and_then(|reference| {
            let (_, days, codes) = self.tickets.get(reference)?.issued?;
            Some((*reference, days, codes))
        });
        let Some((reference, days, codes)) = found else {
            let verdict = Verdict::AskVolunteer { reason: Doubt::UnknownNumber };
            return StationScan { verdict, reference: None, number: None, codes: [0; 2] };
        };
        let rehearsal = self.stage() == Stage::Rehearsal;
        let presented = Presented {
            days,
            rehearsal,
            doubtful_key: false,
            today: today.trusted.then_some(today.day),
        };
        self.verdict_on((reference, codes), presented, today.day)
    }

    fn verdict_on(
        &self,
        (reference, codes): (Reference, [u8; 2]),
        presented: Presented,
        day: Day,
    ) -> StationScan {
        let seen = self.tickets.get(&reference).copied().unwrap_or_default();
        // Whoever came yesterday enters anew today, also by a clock that is only a guess.
        let here = seen.present.filter(|(of, ..)| *of == day);
        let present = here.map(|(_, at, station)| (at, station));
        let known = Known { revoked: seen.revoked, present };
        StationScan {
            verdict: admit(self.stage(), presented, known),
            reference: Some(reference),
            number: seen.issued.map(|(number, ..)| number),
            codes,
        }
    }
}

/// Checks a scanned text against the fair's ticket keys: a genuine ticket, or the verdict on what
/// is none.
///
/// # Errors
/// The verdict that a text leads to which is no genuine ticket of this fair.
pub fn check_ticket<'k>(
    text: &str,
    fair: Option<FairTag>,
    key_of: impl Fn(u8) -> Option<&'k TicketKey>,
) -> Result<Ticket, Verdict> {
    let doubt = |reason| Verdict::AskVolunteer { reason };
    let unchecked = UncheckedTicket::read(text).map_err(|error| match error {
        NotATicket::Unreadable => Verdict::NotGenuine,
        NotATicket::UnknownVersion => doubt(Doubt::UnknownVersion),
    })?;
    let fair = fair.ok_or(doubt(Doubt::FairNotOpen))?;
    if unchecked.claimed_fair() != fair {
        return Err(Verdict::NotGenuine);
    }
    let key = key_of(unchecked.claimed_generation()).ok_or(doubt(Doubt::UnknownKey))?;
    unchecked.check(key).ok_or(Verdict::NotGenuine)
}

/// The settings that the site server `me` publishes to one station.
#[must_use]
pub fn settings_for(fair: &Fair, me: NodeId, station: NodeId) -> Option<StationSettings> {
    let name_of = |employer| {
        fair.employer(employer).map_or_else(String::new, |employer| employer.name.clone())
    };
    Some(StationSettings {
        fair: fair.settings()?.clone(),
        stage: fair.stage(),
        booths: fair
            .booths()
            .map(|(booth, employer)| BoothLine { booth, employer, name: name_of(employer) })
            .collect(),
        postings: fair.postings().cloned().collect(),
        generation: fair.key_generation()?,
        numbers: fair.numbers().grants_of(station),
        station_name: fair.enrolled(station).map_or_else(String::new, |own| own.name.clone()),
        stations: fair.devices().map(|device| (device.node, device.name.clone())).collect(),
        standby: fair.standby().filter(|standby| standby.node != me).cloned(),
    })
}

/// The change that an issued ticket means for stations.
#[must_use]
pub const fn issued_change(issued: &TicketIssued) -> Change {
    Change::Issued { number: issued.number, days: issued.days, codes: issued.codes }
}
