//! What the organiser sees at a glance: the figures, each node's state, and what a human should
//! look at.

use std::collections::HashMap;
use std::sync::Mutex;

use domain::day::Day;
use domain::event::{NodeRole, RecordRange};
use domain::ids::{Hlc, NodeId, Reference, Seq, ShortNumber};
use domain::statistics::Statistics;
use domain::verdict::Stage;
use office::lock;
use office::lost::LostRange;
use serde::Serialize;

use crate::headquarters::HeadquartersState;
use crate::site::Site;
use crate::standby::StandbyState;

/// The fair at a glance.
#[derive(Debug, Clone, Serialize)]
pub struct Overview {
    /// Where the fair stands.
    pub stage: Stage,
    /// Persons who came today.
    pub persons_today: u32,
    /// All figures.
    pub statistics: Statistics,
    /// Every enrolled node.
    pub nodes: Vec<NodeState>,
    /// How far headquarters has everything.
    pub headquarters: HeadquartersState,
    /// How it stands with the standby.
    pub standby: StandbyState,
    /// Records on this site's disk, of all nodes.
    pub records: u64,
    /// Records that this version could not read; kept and forwarded.
    pub unknown_records: u64,
    /// Records that damage took here, as far as nobody has brought them back.
    pub lost: Vec<LostRange>,
    /// Lost records that came back, and are put in their places at the next start.
    pub brought_back: usize,
    /// What the machine whose place this one took had said that it holds, and that nobody has brought.
    pub lost_with_machine: Vec<LostRange>,
    /// Whether the look-up lists answer.
    pub lists_ready: bool,
}

/// A node as the site knows it.
#[derive(Debug, Clone, Serialize)]
pub struct NodeState {
    /// The node.
    pub node: NodeId,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub role: NodeRole,
    /// Its trust ended.
    pub revoked: bool,
    /// Its records here.
    pub records: u64,
    /// When it was last heard of since this process started, in milliseconds since 1970.
    pub heard_at_ms: Option<u64>,
}

/// A ticket that was let in twice as if for the first time.
#[derive(Debug, Clone, Serialize)]
pub struct Conflict {
    /// The ticket.
    pub reference: Reference,
    /// Its number, where known.
    pub number: Option<ShortNumber>,
    /// On which day.
    pub day: Day,
    /// The first of the check-ins: when.
    pub first_at: Hlc,
    /// The first of the check-ins: where.
    pub first_station: String,
    /// How often it was let in.
    pub times: u16,
}

/// When nodes were last heard of.
#[derive(Debug, Default)]
pub struct LastHeard(Mutex<HashMap<NodeId, u64>>);

impl LastHeard {
    /// Notes that a node was heard of just now.
    pub fn note(&self, node: NodeId) {
        lock(&self.0).insert(node, office::now_ms());
    }

    fn of(&self, node: NodeId) -> Option<u64> {
        lock(&self.0).get(&node).copied()
    }
}

impl Site {
    /// What the machine whose place this one took had said that it holds, and that nobody has brought.
    #[must_use]
    pub fn lost_with_machine(&self) -> Vec<LostRange> {
        let heads = self.store().heads();
        let still = |range: &RecordRange| {
            range.beyond(heads.head(range.origin, range.epoch).map_or(Seq(0), |head| head.seq))
        };
        let me = self.office.me();
        let missing = self.fair(|fair| fair.replaced(me).map(|it| it.missing.clone()));
        let missing: Vec<RecordRange> =
            missing.unwrap_or_default().iter().filter_map(still).collect();
        missing.iter().map(LostRange::from).collect()
    }

    /// The fair at a glance.
    #[must_use]
    pub fn overview(&self) -> Overview {
        let today = self.office.today();
        let records = self.records_by_origin();
        let status = self.store().status();
        let (standby, lost_with_machine) = (self.standby_state(), self.lost_with_machine());
        let unknown_records = self.store().read(crate::machine::FairMachine::unknown_kinds);
        self.fair(|fair| {
            let statistics = Statistics::of(fair);
            let nodes = fair.devices().map(|device| NodeState {
                node: device.node,
                name: device.name.clone(),
                role: device.role,
                revoked: fair.is_revoked(device.node),
                records: records.get(&device.node).copied().unwrap_or_default(),
                heard_at_ms: self.heard.of(device.node),
            });
            Overview {
                stage: fair.stage(),
                persons_today: statistics.days.get(&today).map_or(0, |day| day.persons),
                nodes: nodes.collect(),
                statistics,
                headquarters: self.headquarters.state(),
                standby,
                records: status.records,
                unknown_records,
                lost: status.lost.iter().map(LostRange::from).collect(),
                brought_back: status.brought_back,
                lost_with_machine,
                lists_ready: status.views.is_some_and(|views| views.ready),
            }
        })
    }

    /// How many records of each node are durable here.
    fn records_by_origin(&self) -> HashMap<NodeId, u64> {
        let mut records = HashMap::new();
        for (origin, head) in self.store().heads().iter() {
            *records.entry(origin).or_default() += head.head.seq.0;
        }
        records
    }

    /// Tickets that somebody should look at, the latest first.
    #[must_use]
    pub fn conflicts(&self) -> Vec<Conflict> {
        let mut conflicts: Vec<Conflict> = self.fair(|fair| {
            let name =
                |node| fair.enrolled(node).map_or_else(String::new, |device| device.name.clone());
            let tickets = fair.ledger().tickets();
            let visits = tickets.flat_map(|(reference, state)| {
                let number = state.issued.map(|issued| issued.number);
                state.visits.iter().map(move |visit| (reference, number, visit))
            });
            visits
                .filter(|(.., visit)| visit.welcomes > 1)
                .map(|(reference, number, visit)| Conflict {
                    reference,
                    number,
                    day: visit.day,
                    first_at: visit.first.0,
                    first_station: name(visit.first.1),
                    times: visit.welcomes,
                })
                .collect()
        });
        conflicts.sort_by_key(|conflict| std::cmp::Reverse(conflict.first_at));
        conflicts
    }
}
