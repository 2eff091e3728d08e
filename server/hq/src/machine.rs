//! Headquarters' rules as the store drives them: its own staff and sites, and one fair for each
//! site, folded by the very same rules as at the site, so that both count alike.
//!
//! Invariants: folding commutes across origins, as [`Fair::fold`] does; a record that can't be
//! attributed yet waits, in its origin's order, until the record arrives that says whose it is;
//! no record of a site changes who is trusted here. It must not know how records arrive.

use std::collections::{BTreeMap, BTreeSet};

use domain::command::{Command, Reply};
use domain::decide::{self, Decided, Fact};
use domain::event::{DeviceEnrolled, Event, NodeReplaced, NodeRole};
use domain::fair::{Fair, Stamp};
use domain::ids::{FairTag, Hlc, NodeId};
use domain::refusal::Refusal;
use journal::{Draft, Kind, NodePublic, Record};
use minicbor::{Decode, Encode};
use office::{Answer, Asked, OfficeMachine};
use store::{Decision, Machine};

/// One site's fair as its records tell it.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
pub struct Site {
    #[n(0)]
    fair: Fair,
    #[n(1)]
    folded: u64,
    #[n(2)]
    latest: Hlc,
}

impl Site {
    /// The fair.
    #[must_use]
    pub const fn fair(&self) -> &Fair {
        &self.fair
    }

    /// Grows with every record that was folded into the fair.
    #[must_use]
    pub const fn folded(&self) -> u64 {
        self.folded
    }

    /// The latest moment that one of its records names, by the clock of where it happened.
    #[must_use]
    pub const fn latest(&self) -> Hlc {
        self.latest
    }
}

/// A station as the sites that enrolled it tell.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
struct Station {
    #[n(0)]
    public: NodePublic,
    #[n(1)]
    sites: BTreeSet<NodeId>,
}

/// A record whose site is not known yet.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
struct Waiting {
    #[n(0)]
    fair: Option<FairTag>,
    #[n(1)]
    stamp: Stamp,
    #[n(2)]
    event: Event,
}

/// The state of headquarters.
#[derive(Debug, Clone, PartialEq, Encode, Decode)]
pub struct HqMachine {
    #[n(0)]
    me: NodeId,
    #[n(1)]
    own: Fair,
    #[n(2)]
    sites: BTreeMap<NodeId, Site>,
    #[n(3)]
    stations: BTreeMap<NodeId, Station>,
    #[n(4)]
    waiting: BTreeMap<NodeId, Vec<Waiting>>,
    #[n(5)]
    unread: u64,
}

impl HqMachine {
    /// The machine of the headquarters with this identity.
    #[must_use]
    pub fn new(me: NodeId) -> Self {
        Self {
            me,
            own: Fair::default(),
            sites: BTreeMap::new(),
            stations: BTreeMap::new(),
            waiting: BTreeMap::new(),
            unread: 0,
        }
    }

    /// The sites ever enrolled, trusted or not any more.
    pub fn enrolled(&self) -> impl Iterator<Item = &DeviceEnrolled> {
        self.own.devices()
    }

    /// A site's fair; none while nothing has arrived from it.
    #[must_use]
    pub fn site(&self, node: NodeId) -> Option<&Site> {
        self.sites.get(&self.first_of_line(node))
    }

    /// The first of the site servers that stood in a site's place: under it the site is counted.
    #[must_use]
    pub fn first_of_line(&self, node: NodeId) -> NodeId {
        self.own.first_of_line(node)
    }

    /// The one that stands there now.
    #[must_use]
    pub fn last_of_line(&self, node: NodeId) -> NodeId {
        self.own.last_of_line(node)
    }

    /// What is known of how a site server took the place of a lost one, if it did.
    #[must_use]
    pub fn replaced(&self, node: NodeId) -> Option<&NodeReplaced> {
        self.own.replaced(node)
    }

    /// The sites that enrolled a station, each by the first of its line.
    pub fn sites_of(&self, station: NodeId) -> impl Iterator<Item = NodeId> {
        self.stations.get(&station).into_iter().flat_map(|known| known.sites.iter().copied())
    }

    /// The public keys of a site that was enrolled here, trusted or not any more.
    #[must_use]
    pub fn enrolled_public(&self, node: NodeId) -> Option<NodePublic> {
        NodePublic::from_bytes(&self.own.enrolled(node)?.public_keys).ok()
    }

    /// The public keys of a node, as its enrolment here or at a site tells them.
    #[must_use]
    pub fn public(&self, node: NodeId) -> Option<NodePublic> {
        let of_station = || self.stations.get(&node).map(|station| station.public);
        self.enrolled_public(node).or_else(of_station)
    }

    /// Whether a site is trusted now.
    #[must_use]
    pub fn trusts(&self, site: NodeId) -> bool {
        self.own.device(site).is_some()
    }

    /// Records that wait until it is known whose they are.
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.waiting.values().map(Vec::len).sum()
    }

    /// Records of kinds, or with payloads, that this version does not know.
    #[must_use]
    pub const fn unread(&self) -> u64 {
        self.unread
    }

    /// Sites need no short numbers of headquarters.
    fn decided(&self, command: &Command) -> Result<Decided, Refusal> {
        match command {
            Command::EnrolDevice(device) => {
                let fact = Fact { event: device.clone().into(), secrets: Vec::new() };
                Ok(Decided { facts: vec![fact], reply: Reply::Done })
            }
            other => decide::decide(&self.own, self.me, other),
        }
    }

    fn take(&mut self, origin: NodeId, record: Waiting) {
        let Some(site) = self.home(origin, record.fair) else {
            self.waiting.entry(origin).or_default().push(record);
            return;
        };
        self.fold_into(site, &record.stamp, &record.event);
    }

    /// Where a record counts: a site's own with the site; a station's with the site that enrolled
    /// it, and where several did, with the one whose fair the record names.
    fn home(&self, origin: NodeId, fair: Option<FairTag>) -> Option<NodeId> {
        if self.own.enrolled(origin).is_some() {
            return Some(self.first_of_line(origin));
        }
        let sites = &self.stations.get(&origin)?.sites;
        let Some(tag) = fair else {
            return sites.first().copied().filter(|_| sites.len() == 1);
        };
        let holds = |site: &&NodeId| self.sites.get(site).and_then(|s| s.fair.tag()) == Some(tag);
        sites.iter().find(holds).copied()
    }

    /// Beyond what stations may say only the site itself is heard, whatever machine it was then.
    fn fold_into(&mut self, node: NodeId, stamp: &Stamp, event: &Event) {
        if self.first_of_line(stamp.origin) != node && !event.is_of_stations() {
            return;
        }
        let site = self.sites.entry(node).or_default();
        let tag = site.fair.tag();
        site.fair.fold(stamp, event);
        site.folded += 1;
        site.latest = site.latest.max(stamp.at);
        let planned = site.fair.tag() != tag;
        match event {
            Event::DeviceEnrolled(device) if device.role != NodeRole::Site => {
                self.learn(node, device);
            }
            _ if planned => {
                let stations: Vec<NodeId> = self.waiting.keys().copied().collect();
                stations.into_iter().for_each(|station| self.release(station));
            }
            _ => {}
        }
    }

    /// A site tells of a station. An id is the hash of its keys, so keys that don't fit it are
    /// nobody's, and two sites can't tell different ones.
    fn learn(&mut self, site: NodeId, device: &DeviceEnrolled) {
        let Ok(public) = NodePublic::from_bytes(&device.public_keys) else { return };
        if public.node_id() != device.node {
            return;
        }
        let fresh = || Station { public, sites: BTreeSet::new() };
        self.stations.entry(device.node).or_insert_with(fresh).sites.insert(site);
        self.release(device.node);
    }

    /// Folds what waited for a node and can be attributed now; the rest goes on waiting.
    fn release(&mut self, origin: NodeId) {
        let held = self.waiting.remove(&origin).unwrap_or_default();
        held.into_iter().for_each(|record| self.take(origin, record));
    }

    fn fold_own(&mut self, stamp: &Stamp, event: &Event) {
        self.own.fold(stamp, event);
        if let Event::DeviceEnrolled(device) = event {
            self.release(device.node);
        }
    }
}

impl OfficeMachine for HqMachine {
    fn fair(&self) -> &Fair {
        &self.own
    }
}

impl Machine for HqMachine {
    type Command = Asked;
    type Answer = Answer;

    const RULES: Option<u64> = Some(domain::rules::with(include_str!("machine.rs")));

    fn decide(&self, asked: Asked, _now: Hlc) -> Decision<Answer> {
        match self.decided(&asked.command) {
            Ok(Decided { facts, reply }) => Decision {
                drafts: facts.into_iter().map(|fact| draft(fact, &asked)).collect(),
                answer: Answer::Done(reply),
            },
            Err(refusal) => Decision::answer(Answer::Refused(refusal)),
        }
    }

    fn fold(&mut self, record: &Record) {
        if record.kind.is_reserved() {
            return;
        }
        // What this version can't read is kept in the journal, and passed over here.
        let Ok(Some(event)) = Event::read(record.kind.0, &record.payload) else {
            self.unread += 1;
            return;
        };
        let stamp = office::stamp::of(record);
        if record.origin == self.me {
            self.fold_own(&stamp, &event);
        } else {
            self.take(record.origin, Waiting { fair: record.fair, stamp, event });
        }
    }

    fn judge(&self, _record: &Record) -> Option<Answer> {
        None
    }

    fn save(&self) -> Vec<u8> {
        minicbor::to_vec(self).expect("encoding into memory never fails")
    }

    fn load(&self, saved: &[u8]) -> Option<Self> {
        minicbor::decode(saved).ok().filter(|loaded: &Self| loaded.me == self.me)
    }
}

fn draft(fact: Fact, asked: &Asked) -> Draft {
    Draft {
        kind: Kind(fact.event.kind()),
        actor: asked.actor,
        station: asked.device,
        fair: None,
        rehearsal: false,
        payload: fact.event.payload(),
        secrets: fact.secrets,
    }
}
