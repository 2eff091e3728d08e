//! What this station saw itself: the fold of its own journal.
//!
//! It completes the site's view, which may be old: whoever was let in here is known here, network
//! or not. Rehearsal and the open fair are kept apart.

use std::collections::{HashMap, VecDeque};

use domain::day::{Day, Days};
use domain::event::{Event, VerdictShown};
use domain::ids::{Epoch, Hlc, NodeId, Reference, Seq, ShortNumber};
use domain::verdict::Verdict;
use journal::Record;
use minicbor::{Decode, Encode};

/// How many of the latest own records are remembered by their moment.
const RECENT_RECORDS: usize = 1_024;

/// Where an own record is found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct RecordName {
    /// Which run.
    #[n(0)]
    pub epoch: Epoch,
    /// Its place there.
    #[n(1)]
    pub seq: Seq,
}

/// A ticket that this station handed out.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct OwnTicket {
    /// The ticket.
    #[n(0)]
    pub reference: Reference,
    /// Its days.
    #[n(1)]
    pub days: Days,
    /// What it says about booths.
    #[n(2)]
    pub codes: [u8; 2],
}

/// One of the two ledgers.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
struct Ledger {
    /// The first time on a ticket's latest day here: when, and where it really was.
    #[n(0)]
    present: HashMap<Reference, (Day, Hlc, NodeId)>,
    #[n(1)]
    tickets: HashMap<ShortNumber, OwnTicket>,
    #[n(2)]
    numbers: HashMap<Reference, ShortNumber>,
}

impl Ledger {
    /// Somebody was recorded as let in and then was not, because the site knew better.
    fn correct(&mut self, shown: &VerdictShown) {
        let Some((reference, day)) = shown.corrects else { return };
        match shown.verdict {
            Verdict::AlreadyCheckedIn { at, station } => {
                self.present.insert(reference, (day, at, station));
            }
            _ => {
                self.present.remove(&reference);
            }
        }
    }
}

/// Everything this station saw itself.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct OwnFacts {
    #[n(0)]
    rehearsal: Ledger,
    #[n(1)]
    live: Ledger,
    #[n(2)]
    recent: VecDeque<(Hlc, RecordName)>,
}

impl OwnFacts {
    /// Takes in one own record.
    pub fn fold(&mut self, record: &Record) {
        if record.kind.is_reserved() {
            return;
        }
        self.remember(record);
        let ledger = if record.flags.rehearsal() { &mut self.rehearsal } else { &mut self.live };
        match Event::read(record.kind.0, &record.payload) {
            Ok(Some(Event::TicketIssued(issued))) => {
                let reference = issued.reference;
                let ticket = OwnTicket { reference, days: issued.days, codes: issued.codes };
                ledger.tickets.insert(issued.number, ticket);
                ledger.numbers.insert(reference, issued.number);
            }
            Ok(Some(Event::SeekerCheckedIn(checked_in))) => {
                let seen = (checked_in.day, record.happened_at(), record.origin);
                let known = ledger.present.entry(checked_in.reference).or_insert(seen);
                if known.0 != seen.0 {
                    *known = seen;
                }
            }
            Ok(Some(Event::VerdictShown(shown))) => ledger.correct(&shown),
            _ => {}
        }
    }

    /// Whether this station ever handed out a number, in rehearsal or in earnest.
    #[must_use]
    pub fn has_handed_out(&self, number: ShortNumber) -> bool {
        [&self.rehearsal, &self.live].iter().any(|ledger| ledger.tickets.contains_key(&number))
    }

    /// When a ticket was first let in here on a day.
    #[must_use]
    pub fn present(
        &self,
        ledger: Ledgers,
        reference: Reference,
        today: Day,
    ) -> Option<(Hlc, NodeId)> {
        let (day, at, station) = self.ledger(ledger).present.get(&reference).copied()?;
        (today == day).then_some((at, station))
    }

    /// The ticket that was handed out here under a number.
    #[must_use]
    pub fn ticket(&self, ledger: Ledgers, number: ShortNumber) -> Option<OwnTicket> {
        self.ledger(ledger).tickets.get(&number).copied()
    }

    /// The number of a ticket handed out here.
    #[must_use]
    pub fn number(&self, ledger: Ledgers, reference: Reference) -> Option<ShortNumber> {
        self.ledger(ledger).numbers.get(&reference).copied()
    }

    /// The first record of a run that was written at or after a moment, among the latest ones. Records of
    /// other runs may arrive in between: what an older copy of this disk recorded, or a twin.
    #[must_use]
    pub fn record_at(&self, run: Epoch, moment: Hlc) -> Option<RecordName> {
        let of_run = self.recent.iter().rev().filter(|(_, name)| name.epoch == run);
        let found = of_run.take_while(|(time, _)| *time >= moment).last();
        found.map(|(_, name)| *name)
    }

    fn remember(&mut self, record: &Record) {
        if self.recent.len() >= RECENT_RECORDS {
            self.recent.pop_front();
        }
        let name = RecordName { epoch: record.epoch, seq: record.seq };
        self.recent.push_back((record.time, name));
    }

    const fn ledger(&self, ledger: Ledgers) -> &Ledger {
        match ledger {
            Ledgers::Rehearsal => &self.rehearsal,
            Ledgers::Live => &self.live,
        }
    }
}

/// Which ledger counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ledgers {
    /// The rehearsal's.
    Rehearsal,
    /// The open fair's.
    Live,
}

#[cfg(test)]
mod tests {
    use domain::event::{Method, SeekerCheckedIn};
    use journal::{Flags, Kind};

    use super::*;

    const ME: NodeId = NodeId([1; 16]);
    const TICKET: Reference = Reference([2; 8]);
    const DAY: Day = Day(2_300);

    fn record(seq: u64, event: &Event, flags: Flags) -> Record {
        Record {
            origin: ME,
            epoch: Epoch(1),
            seq: Seq(seq),
            time: Hlc(seq * 10),
            wall_ms: None,
            kind: Kind(event.kind()),
            actor: None,
            station: None,
            fair: None,
            flags,
            payload: event.payload(),
            sealed: Vec::new(),
        }
    }

    fn entered(day: Day) -> Event {
        let verdict = Verdict::Welcome;
        SeekerCheckedIn { reference: TICKET, day, method: Method::Camera, verdict }.into()
    }

    #[test]
    fn yesterday_and_the_rehearsal_let_nobody_in_today() {
        let mut own = OwnFacts::default();
        own.fold(&record(1, &entered(DAY), Flags::REHEARSAL));
        assert_eq!(own.present(Ledgers::Live, TICKET, DAY), None);
        own.fold(&record(2, &entered(DAY), Flags::NONE));
        own.fold(&record(3, &entered(DAY), Flags::NONE));
        assert_eq!(own.present(Ledgers::Live, TICKET, DAY), Some((Hlc(20), ME)), "the first");
        assert_eq!(own.present(Ledgers::Live, TICKET, DAY.plus(1)), None);
        own.fold(&record(4, &entered(DAY.plus(1)), Flags::NONE));
        assert_eq!(own.present(Ledgers::Live, TICKET, DAY.plus(1)), Some((Hlc(40), ME)));
    }

    #[test]
    fn a_correction_takes_back_what_the_site_knew_better() {
        let mut own = OwnFacts::default();
        own.fold(&record(1, &entered(DAY), Flags::NONE));
        let mut shown = VerdictShown {
            epoch: Epoch(1),
            seq: Seq(1),
            verdict: Verdict::AlreadyCheckedIn { at: Hlc(5), station: NodeId([9; 16]) },
            corrects: Some((TICKET, DAY)),
        };
        own.fold(&record(2, &shown.into(), Flags::NONE));
        let elsewhere = Some((Hlc(5), NodeId([9; 16])));
        assert_eq!(own.present(Ledgers::Live, TICKET, DAY), elsewhere);
        shown.verdict = Verdict::NotGenuine;
        own.fold(&record(3, &shown.into(), Flags::NONE));
        assert_eq!(own.present(Ledgers::Live, TICKET, DAY), None);
    }

    #[test]
    fn a_snapshot_keeps_all_of_it_for_the_same_station_only() {
        use std::sync::Arc;

        use store::Machine;

        use crate::station::machine::StationMachine;

        let mut machine = StationMachine::new(ME, Arc::default());
        machine.fold(&record(1, &entered(DAY), Flags::REHEARSAL));
        machine.fold(&record(2, &entered(DAY), Flags::NONE));
        let loaded = machine.load(&machine.save()).unwrap();
        assert_eq!(loaded.own(), machine.own());
        assert_ne!(loaded.own(), &OwnFacts::default());
        let other = StationMachine::new(NodeId([9; 16]), Arc::default());
        assert!(other.load(&machine.save()).is_none());
    }

    #[test]
    fn records_are_found_by_their_moment() {
        let mut own = OwnFacts::default();
        for seq in 1..=2_000 {
            own.fold(&record(seq, &entered(DAY), Flags::NONE));
        }
        let name = |seq| Some(RecordName { epoch: Epoch(1), seq: Seq(seq) });
        assert_eq!(own.record_at(Epoch(1), Hlc(19_990)), name(1_999));
        assert_eq!(own.record_at(Epoch(1), Hlc(19_981)), name(1_999), "the first at or after it");
        assert_eq!(own.record_at(Epoch(1), Hlc(20_001)), None);
        let of_a_twin = Record { epoch: Epoch(2), ..record(3, &entered(DAY), Flags::NONE) };
        own.fold(&of_a_twin);
        assert_eq!(own.record_at(Epoch(1), Hlc(19_981)), name(1_999), "whatever came since");
    }
}
