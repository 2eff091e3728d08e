//! Headquarters' rules as the store drives them: its own staff and sites, and one fair for each
//! site, folded by the very same rules as at the site, so that both count alike.
//!
//! Invariants: folding commutes across origins, as [`Fair::fold`] does; a record that can't be
//! attributed yet waits, in its origin's order, until the record arrives that says whose it is;
//! no record of a site changes who is trusted here. It must not know how records arrive.

use std::collections::{BTreeMap, BTreeSet};

use domain::command::{Command, Reply};
use domain::decide::{self, Decided, Fact};
use domain::event::{DeviceEnrolled, DeviceRevoked, Event, NodeReplaced, NodeRole};
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
    /// Each standby, with the sites that named it: the first of the line, and the one that did.
    #[n(6)]
    standbys: BTreeMap<NodeId, BTreeSet<(NodeId, NodeId)>>,
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
            standbys: BTreeMap::new(),
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

    /// The first of the site servers that stood in a site's place: under it the site is counted. A standby
    /// belongs to the site that named it.
    #[must_use]
    pub fn first_of_line(&self, node: NodeId) -> NodeId {
        match self.own.enrolled(node) {
            Some(_) => self.own.first_of_line(node),
            None => self.followed_by(node).unwrap_or(node),
        }
    }

    /// The one that stands there now: the latest that was enrolled here, or a standby that was promoted
    /// there since.
    #[must_use]
    pub fn last_of_line(&self, node: NodeId) -> NodeId {
        let first = self.first_of_line(node);
        let enrolled = self.own.last_of_line(first);
        let promoted = self.sites.get(&first).map(|site| site.fair.last_of_line(first));
        let later = |node: &NodeId| {
            let told = self.sites.get(&first).map_or(0, |site| site.fair.before(*node).len());
            self.is_standby(*node) && told > self.own.before(enrolled).len()
        };
        promoted.filter(later).unwrap_or(enrolled)
    }

    /// What is known of how a site server took the place of another, if it did.
    #[must_use]
    pub fn replaced(&self, node: NodeId) -> Option<&NodeReplaced> {
        let told = || self.site(node)?.fair.replaced(node).filter(|_| self.is_standby(node));
        self.own.replaced(node).or_else(told)
    }

    /// Whether a node is known only as the standby of one site: what it brings is that site's.
    #[must_use]
    pub fn is_standby(&self, node: NodeId) -> bool {
        self.own.enrolled(node).is_none() && self.followed_by(node).is_some()
    }

    /// The one site that named a node as its standby; what two sites claim is neither's.
    fn followed_by(&self, node: NodeId) -> Option<NodeId> {
        let mut sites = self.standbys.get(&node)?.iter().map(|(site, _)| *site);
        let first = sites.next()?;
        sites.all(|site| site == first).then_some(first)
    }

    /// The sites that enrolled a station, each by the first of its line.
    pub fn sites_of(&self, station: NodeId) -> impl Iterator<Item = NodeId> {
        self.stations.get(&station).into_iter().flat_map(|known| known.sites.iter().copied())
    }

    /// The public keys of a site server that was enrolled here, or named by one as its standby; trusted or
    /// not any more.
    #[must_use]
    pub fn site_public(&self, node: NodeId) -> Option<NodePublic> {
        match self.own.enrolled(node) {
            Some(device) => NodePublic::from_bytes(&device.public_keys).ok(),
            None => self.public(node).filter(|_| self.is_standby(node)),
        }
    }

    /// The public keys of a node, as its enrolment here or at a site tells them.
    #[must_use]
    pub fn public(&self, node: NodeId) -> Option<NodePublic> {
        let enrolled = self.own.enrolled(node);
        let enrolled = enrolled.and_then(|it| NodePublic::from_bytes(&it.public_keys).ok());
        enrolled.or_else(|| self.stations.get(&node).map(|station| station.public))
    }

    /// Whether a site server is trusted now. A standby is while one that named it is, and nobody was
    /// enrolled here in its place.
    #[must_use]
    pub fn trusts(&self, site: NodeId) -> bool {
        if !self.is_standby(site) {
            return self.own.device(site).is_some();
        }
        let named = self.standbys.get(&site).into_iter().flatten();
        let trusted = named.into_iter().any(|(_, by)| !self.own.is_revoked(*by));
        trusted && !self.own.is_revoked(site) && !self.own.is_superseded(site)
    }

    /// Whether a site server may bring another origin's records: those of its own line, and of stations that
    /// no other site has claimed.
    #[must_use]
    pub fn may_relay(&self, sender: NodeId, origin: NodeId) -> bool {
        if origin == self.me {
            return false;
        }
        let site = self.first_of_line(sender);
        if self.site_public(origin).is_some() {
            return self.first_of_line(origin) == site;
        }
        let mut claimed = self.sites_of(origin).peekable();
        claimed.peek().is_none() || claimed.any(|known| known == site)
    }

    /// Whether a site server may have another origin's records back: where it alone has brought them. Where
    /// a standby took its place, either gets its own alone: what the other recorded comes from there, with
    /// its sealed parts. One that is lost for good is replaced here.
    #[must_use]
    pub fn gives_back(&self, sender: NodeId, origin: NodeId) -> bool {
        if self.is_standby(sender) || self.last_of_line(sender) != sender {
            return false;
        }
        // A site that was given another's station may not read what was recorded at the other.
        let site = self.first_of_line(sender);
        match self.site_public(origin) {
            Some(_) => self.first_of_line(origin) == site,
            None => self.sites_of(origin).eq([site]),
        }
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
                let facts = vec![Fact::open(device.clone())];
                Ok(Decided { facts, reply: Reply::Done })
            }
            Command::RevokeDevice(node, _) => self.revoke(*node),
            other => decide::decide(&self.own, self.me, other),
        }
    }

    /// The trust in a site ends with all machines that stood in its place.
    fn revoke(&self, node: NodeId) -> Result<Decided, Refusal> {
        let before = self.replaced(node).map_or(&[][..], |it| &it.before);
        let line = std::iter::once(&node).chain(before).filter(|node| self.trusts(**node));
        let revoked = line.map(|node| Fact::open(DeviceRevoked { node: *node }));
        let facts: Vec<Fact> = revoked.collect();
        if facts.is_empty() {
            return Err(Refusal::UnknownNode);
        }
        Ok(Decided { facts, reply: Reply::Done })
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
                self.learn(node, device.node, &device.public_keys);
            }
            Event::SiteFollowed(standby) => {
                let named = self.standbys.entry(standby.node).or_default();
                named.insert((node, stamp.origin));
                self.learn(node, standby.node, &standby.public_keys);
            }
            _ if planned => {
                let stations: Vec<NodeId> = self.waiting.keys().copied().collect();
                stations.into_iter().for_each(|station| self.release(station));
            }
            _ => {}
        }
    }

    /// A site tells of a station or its standby. An id is the hash of its keys, so keys that don't fit it are
    /// nobody's, and two sites can't tell different ones.
    fn learn(&mut self, site: NodeId, node: NodeId, public_keys: &[u8; 64]) {
        let Ok(public) = NodePublic::from_bytes(public_keys) else { return };
        if public.node_id() != node {
            return;
        }
        let fresh = || Station { public, sites: BTreeSet::new() };
        self.stations.entry(node).or_insert_with(fresh).sites.insert(site);
        self.release(node);
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
