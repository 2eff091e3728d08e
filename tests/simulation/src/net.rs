//! The network between the nodes: what travels, and what becomes of it on the way.

use std::collections::BTreeMap;

use crate::chance::Chance;
use crate::fault::{Fault, Tally};
use crate::plan::Plan;

/// What a request asks for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Path {
    /// Says hello.
    Hello,
    /// Brings a batch.
    Batch,
    /// Asks records back.
    Pull,
    /// Hands fresh records over.
    Scans,
    /// Asks for a newer view.
    View,
    /// Asks whether somebody is there.
    Time,
}

impl Path {
    /// As it stands under the session's proof.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Hello => "hello",
            Self::Batch => "batches",
            Self::Pull => "pull",
            Self::Scans => "scans",
            Self::View => "view",
            Self::Time => "time",
        }
    }
}

/// A request under way.
#[derive(Debug, Clone)]
pub struct Envelope {
    /// Its name at the sender.
    pub id: u64,
    /// Which node sent it, and in which of its runs.
    pub from: (usize, u64),
    /// What it asks for.
    pub path: Path,
    /// Under which session.
    pub session: [u8; 16],
    /// Its number there.
    pub counter: u64,
    /// The session's proof.
    pub proof: [u8; 32],
    /// What it says.
    pub body: Vec<u8>,
    /// Something of it was changed on the way, or it is not the first copy to arrive.
    pub touched: bool,
}

/// An answer under way.
#[derive(Debug, Clone)]
pub struct Reply {
    /// Its status.
    pub status: u16,
    /// The session's proof.
    pub proof: Option<[u8; 32]>,
    /// What it says.
    pub body: Vec<u8>,
    /// It has our type.
    pub ours: bool,
    /// Something of it, or of its request, was changed on the way.
    pub touched: bool,
}

/// What a cut line keeps back.
#[derive(Debug, Clone, Copy)]
struct Cut {
    until_ms: u64,
    fault: Fault,
}

/// The network's state.
#[derive(Debug, Default)]
pub struct Net {
    /// From, to: until when nothing gets through.
    cuts: BTreeMap<(usize, usize), Cut>,
    /// From, to: the latest arrival so far.
    latest: BTreeMap<(usize, usize), u64>,
    /// Everything gets through.
    pub healed: bool,
}

/// One copy of a message and when it arrives, in simulated milliseconds.
pub struct Arrival<M> {
    /// When.
    pub at_ms: u64,
    /// The message.
    pub message: M,
}

/// What can be damaged on its way.
pub trait Fragile: Clone {
    /// Flips some of its bits.
    fn corrupt(&mut self, chance: &mut Chance);
    /// Marks a second copy.
    fn doubled(&mut self);
}

impl Fragile for Envelope {
    fn corrupt(&mut self, chance: &mut Chance) {
        flip(&mut self.body, chance);
        self.touched = true;
    }

    fn doubled(&mut self) {
        self.touched = true;
    }
}

impl Fragile for Reply {
    fn corrupt(&mut self, chance: &mut Chance) {
        flip(&mut self.body, chance);
        self.touched = true;
    }

    fn doubled(&mut self) {
        self.touched = true;
    }
}

fn flip(bytes: &mut Vec<u8>, chance: &mut Chance) {
    if chance.happens(200) {
        bytes.truncate(chance.place(bytes.len()));
        return;
    }
    for _ in 0..chance.between(1, 3) {
        let place = chance.place(bytes.len());
        if let Some(byte) = bytes.get_mut(place) {
            *byte ^= 1 << chance.below(8);
        }
    }
}

impl Net {
    /// Nothing gets from one node to another for a while.
    pub fn cut(&mut self, from: usize, to: usize, until_ms: u64, fault: Fault) {
        self.cuts.insert((from, to), Cut { until_ms, fault });
    }

    /// All lines are whole again, for good.
    pub fn heal(&mut self) {
        self.cuts.clear();
        self.healed = true;
    }

    /// The copies of a message that arrive.
    pub fn carry<M: Fragile>(
        &mut self,
        (from, to): (usize, usize),
        now_ms: u64,
        message: M,
        (plan, chance, tally): (&Plan, &mut Chance, &mut Tally),
    ) -> Vec<Arrival<M>> {
        let usual_ms =
            if from.min(to) == 0 { chance.between(15, 120) } else { chance.between(1, 12) };
        if self.healed {
            return vec![Arrival { at_ms: now_ms + usual_ms, message }];
        }
        if let Some(cut) = self.cuts.get(&(from, to)).filter(|cut| cut.until_ms > now_ms) {
            tally.note(cut.fault);
            return Vec::new();
        }
        let mut strikes = |fault| {
            let strikes = plan.has(fault) && chance.happens(plan.net);
            if strikes && fault != Fault::Reorder {
                tally.note(fault);
            }
            strikes
        };
        if strikes(Fault::Loss) {
            return Vec::new();
        }
        let (slow, late) = (strikes(Fault::Delay), strikes(Fault::Reorder));
        let (doubled, corrupt) = (strikes(Fault::Duplicate), strikes(Fault::Corrupt));
        let mut at_ms = now_ms + usual_ms;
        if slow {
            at_ms += chance.between(150, 8_000);
        }
        if late {
            at_ms += chance.between(20, 900);
        }
        let mut message = message;
        if corrupt {
            message.corrupt(chance);
        }
        let latest = self.latest.entry((from, to)).or_default();
        if at_ms < *latest && plan.has(Fault::Reorder) {
            tally.note(Fault::Reorder);
        }
        *latest = at_ms.max(*latest);
        let mut arrivals = Vec::new();
        if doubled {
            let mut second = message.clone();
            second.doubled();
            message.doubled();
            let at_ms = at_ms + chance.between(0, 3_000);
            arrivals.push(Arrival { at_ms, message: second });
        }
        arrivals.push(Arrival { at_ms, message });
        arrivals
    }
}
