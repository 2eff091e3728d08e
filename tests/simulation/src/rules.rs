//! The rules of every kind of node behind one type, so that one kind of store holds them all. It
//! decides nothing itself.

use domain::ids::Hlc;
use hq::HqMachine;
use journal::{Draft, Kind, Record};
use kiosk::station::machine::{self as station, StationMachine};
use office::Asked;
use site::machine::FairMachine;
use store::{Decision, Machine};

/// A kind of record that no present version knows.
pub const NOVEL: Kind = Kind(60_001);

/// A node's rules.
#[derive(Debug, Clone)]
pub enum Rules {
    /// A kiosk's.
    Station(StationMachine),
    /// A site's.
    Site(FairMachine),
    /// Headquarters'.
    Hq(HqMachine),
}

/// What is asked of a node.
pub enum Command {
    /// Of a kiosk.
    Station(station::Command),
    /// Of a site or of headquarters.
    Office(Box<Asked>),
    /// What a newer version records, as an older one sees it.
    Novel(Vec<u8>),
}

/// What it answers.
#[derive(Debug, Clone)]
pub enum Answer {
    /// A kiosk.
    Station(station::Answer),
    /// A site or headquarters.
    Office(office::Answer),
    /// A record of an unknown kind is there.
    Noted,
    /// Asked of the wrong kind of node.
    Misdirected,
}

impl Rules {
    /// The site's rules, if these are.
    #[must_use]
    pub const fn site(&self) -> Option<&FairMachine> {
        match self {
            Self::Site(site) => Some(site),
            _ => None,
        }
    }

    /// Headquarters' rules, if these are.
    #[must_use]
    pub const fn hq(&self) -> Option<&HqMachine> {
        match self {
            Self::Hq(hq) => Some(hq),
            _ => None,
        }
    }

    /// A kiosk's rules, if these are.
    #[must_use]
    pub const fn station(&self) -> Option<&StationMachine> {
        match self {
            Self::Station(station) => Some(station),
            _ => None,
        }
    }
}

fn of<A, B>(decision: Decision<A>, wrap: impl FnOnce(A) -> B) -> Decision<B> {
    Decision { drafts: decision.drafts, answer: wrap(decision.answer) }
}

impl Machine for Rules {
    type Command = Command;
    type Answer = Answer;

    fn decide(&self, command: Command, now: Hlc) -> Decision<Answer> {
        match (self, command) {
            (Self::Station(rules), Command::Station(command)) => {
                of(rules.decide(command, now), Answer::Station)
            }
            (Self::Site(rules), Command::Office(asked)) => {
                of(rules.decide(*asked, now), Answer::Office)
            }
            (Self::Hq(rules), Command::Office(asked)) => {
                of(rules.decide(*asked, now), Answer::Office)
            }
            (_, Command::Novel(payload)) => {
                Decision { drafts: vec![Draft::new(NOVEL, payload)], answer: Answer::Noted }
            }
            _ => Decision::answer(Answer::Misdirected),
        }
    }

    fn fold(&mut self, record: &Record) {
        match self {
            Self::Station(rules) => rules.fold(record),
            Self::Site(rules) => rules.fold(record),
            Self::Hq(rules) => rules.fold(record),
        }
    }

    fn judge(&self, record: &Record) -> Option<Answer> {
        match self {
            Self::Station(rules) => rules.judge(record).map(Answer::Station),
            Self::Site(rules) => rules.judge(record).map(Answer::Office),
            Self::Hq(rules) => rules.judge(record).map(Answer::Office),
        }
    }
}
