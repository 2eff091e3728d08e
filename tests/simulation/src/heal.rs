//! The end of a run: everything is mended, and then everybody must come to hold the same.

use domain::ids::KeyId;
use office::OfficeMachine;
use sync::Stream;
use sync::receiver::{Directory, Trust};

use crate::node::{Node, Role};
use crate::oracle::{Checked, Oracle, broken, imported};
use crate::rules::Rules;
use crate::simulation::{Event, HQ, SITE, Simulation};

/// Within how much simulated time everything has to have arrived once all is mended: longer than
/// the longest back-off and the longest pause of a parked stream together.
const CONVERGE_MS: u64 = 40 * 60_000;
/// How often nodes start again to put in its place what came back: a hole may keep others unread.
const RESTARTS: usize = 4;
/// How often it is looked whether that is so, in milliseconds.
const LOOK_MS: u64 = 5_000;

impl Simulation {
    /// Ends all faults, and requires convergence.
    ///
    /// # Errors
    /// What must not be.
    pub fn heal(&mut self) -> Checked {
        self.healed = true;
        self.net.heal();
        for node in 0..self.nodes.len() {
            let held = self.node_mut(node);
            held.disk.limit_bytes(None);
            held.disk.order_fault(None);
            held.around.set_right();
            held.cutting = false;
            if held.lying || held.life.as_ref().is_some_and(|life| life.store.stopped().is_some()) {
                self.power_off(node);
            } else if self.life(node).is_none() && !self.is_destroyed(node) {
                self.restart(node);
            }
        }
        self.converge()?;
        // What came back of lost records is in its place from the next start on.
        for _ in 0..RESTARTS {
            let nodes = 0..self.nodes.len();
            let mended = |node: &usize| self.brought_back(*node) > 0;
            let mended: Vec<usize> = nodes.filter(mended).collect();
            if mended.is_empty() {
                break;
            }
            for node in mended {
                self.node_mut(node).stop();
                self.restart(node);
            }
            self.converge()?;
        }
        self.look()?;
        self.same()
    }

    /// Waits until everybody holds what they can.
    fn converge(&mut self) -> Checked {
        let until_ms = self.now_ms + CONVERGE_MS;
        loop {
            let next_ms = (self.now_ms + LOOK_MS).min(until_ms);
            while self.advance(next_ms)? {}
            match self.lacking() {
                None => return Ok(()),
                Some(what) if self.now_ms >= until_ms => {
                    return broken!("forty minutes after all was mended {what}");
                }
                Some(_) => {}
            }
        }
    }

    fn brought_back(&self, node: usize) -> usize {
        self.node(node).life.as_ref().map_or(0, |life| life.store.brought_back())
    }

    /// Records that are lost at a node, and that another one could give back.
    fn not_mended(&self, place: usize) -> Option<String> {
        let life = self.node(place).life.as_ref()?;
        for lost in life.store.lost() {
            let range = sync::Range::from(lost);
            let givers = (0..self.nodes.len()).filter(|giver| self.gives(*giver, place, range));
            if let Some(giver) = givers.into_iter().next() {
                return Some(format!("node {place} lost {range:?}, which node {giver} has"));
            }
        }
        None
    }

    /// Whether a node holds records, and is one that gives them to another.
    fn gives(&self, giver: usize, to: usize, range: sync::Range) -> bool {
        let (from, of) = (self.node(giver), self.node(to));
        let (Some(from), Some(of)) = (&from.life, &of.life) else { return false };
        let above = of.line.as_ref().is_some_and(|line| line.to == giver);
        let below = from.line.as_ref().is_some_and(|line| line.to == to);
        let may = |door: &Option<std::sync::Arc<crate::door::Door>>, asker| {
            let may = |door: &std::sync::Arc<crate::door::Door>| {
                sync::pull::may_pull(&**door, asker, range.origin)
            };
            door.as_ref().is_some_and(may)
        };
        let gives = (above && !self.is_forgotten(to, giver) && may(&from.door, of.store.node()))
            || (below && !self.is_forgotten(giver, to) && may(&of.door, from.store.node()));
        let mut reader = from.store.reader();
        gives && link::run_from(&mut reader, range.stream(), range.first, 1).is_some()
    }

    /// What is still missing somewhere.
    fn lacking(&self) -> Option<String> {
        if self.following.as_ref().is_some_and(|following| !following.promoted) {
            return Some("nobody has promoted the standby".to_owned());
        }
        for (place, node) in self.nodes.iter().enumerate() {
            if self.is_destroyed(place) {
                continue;
            }
            let Some(life) = &node.life else { return Some(format!("node {place} is down")) };
            if !life.tasks.is_empty() || life.line.as_ref().is_some_and(|line| line.sweeping) {
                return Some(format!("node {place} is not done"));
            }
            if let Some(what) = self.not_mended(place) {
                return Some(what);
            }
            let Some(line) = &life.line else { continue };
            let Some(above) = self.nodes.get(line.to).and_then(|node| node.life.as_ref()) else {
                return Some(format!("node {} is down", line.to));
            };
            if self.is_forgotten(place, line.to) {
                continue;
            }
            let there = above.store.heads();
            for (origin, held) in life.store.heads().iter() {
                let stream = Stream { origin, epoch: held.head.epoch };
                let reaches = there.head(origin, stream.epoch).map_or(0, |head| head.seq.0);
                if reaches < held.head.seq.0 && !unreadable(node, stream, reaches) {
                    let (here, to) = (held.head.seq, line.to);
                    return Some(format!(
                        "node {place} has {here} of {stream:?}, node {to} {reaches}"
                    ));
                }
            }
            if let Some(what) = self.not_back(place, line.to) {
                return Some(what);
            }
            let injured = node.injuries.any() || self.node(line.to).injuries.any();
            if let Some(key) = self.left_over(place) {
                return Some(format!("kiosk {place} still has key {key}, which the site has"));
            }
            // Where two nodes are one, the receiver is ahead of one of them for ever.
            let injured = injured || (self.has_twin() && node.role == Role::Kiosk);
            if !injured && !line.sender.status().all_delivered() {
                return Some(format!("node {place} does not say “all delivered”"));
            }
        }
        None
    }

    /// What the receiver holds, and could give back, and is not here.
    fn not_back(&self, place: usize, to: usize) -> Option<String> {
        let (node, above) = (self.node(place), self.node(to));
        let (life, there) = (node.life.as_ref()?, above.life.as_ref()?);
        let door = there.door.as_ref()?;
        let here = life.store.heads();
        for (origin, held) in there.store.heads().iter() {
            let stream = Stream { origin, epoch: held.head.epoch };
            if !sync::pull::may_pull(&**door, life.store.node(), origin) {
                continue;
            }
            let reaches = here.head(origin, stream.epoch).map_or(0, |head| head.seq.0);
            if reaches < held.head.seq.0 && !unreadable(above, stream, reaches) {
                let to_seq = held.head.seq;
                return Some(format!(
                    "node {to} has {to_seq} of {stream:?}, and node {place} got {reaches} back"
                ));
            }
        }
        None
    }

    /// Whether a receiver lost the record of a sender's enrolment to rot, as its report says: then
    /// somebody has to enrol the sender anew.
    fn is_forgotten(&self, node: usize, at: usize) -> bool {
        let (node, at) = (self.node(node), self.node(at));
        let Some(door) = at.life.as_ref().and_then(|life| life.door.as_ref()) else { return false };
        let public = node.public.filter(|_| at.injuries.rotted);
        public.is_some_and(|public| door.trust(public.node_id()) == Trust::Unknown)
    }

    /// Headquarters and the site hold and count the same, unless a disk took something away.
    fn same(&mut self) -> Checked {
        let (hq, site) = (self.node(HQ), self.node(self.site()));
        let (Some(at_hq), Some(at_site)) = (&hq.life, &site.life) else { return Ok(()) };
        let own = at_hq.store.node();
        let holes = |life: &crate::node::Life| !life.store.lost().is_empty();
        let lacks = holes(at_hq) || holes(at_site) || self.is_forgotten(self.site(), HQ);
        let held_there = Oracle::digest(&at_hq.store.heads(), own);
        let held_here = Oracle::digest(&at_site.store.heads(), own);
        if held_there != held_here {
            if lacks {
                return Ok(());
            }
            return broken!("headquarters holds {held_there:?}, the site {held_here:?}");
        }
        if lacks {
            return Ok(());
        }
        let me = at_site.store.node();
        let same = at_site.store.read(|here| {
            at_hq.store.read(|there| {
                let counted = there.hq().and_then(|hq| hq.site(me)).map(hq::Site::fair);
                here.site().map(OfficeMachine::fair) == counted
            })
        });
        if same { Ok(()) } else { broken!("headquarters counts another fair than the site") }
    }

    /// Whatever somebody said at a kiosk can be read at the site, and only there.
    fn keys_handed_over(&mut self, kiosk: usize) -> Checked {
        // What a standby that was behind did not have, the site server took with it.
        if self.node(kiosk).role != Role::Kiosk || self.is_destroyed(SITE) {
            return Ok(());
        }
        let (node, site) = (self.node(kiosk), self.node(SITE));
        let (Some(life), Some(above)) = (&node.life, &site.life) else { return Ok(()) };
        if node.injuries.any() || site.injuries.any() || self.has_twin() {
            return Ok(());
        }
        for key in self.oracle.sealed_of(life.store.node()) {
            let somewhere = above.store.keys().has(key) || life.store.keys().has(key);
            if !somewhere && !self.oracle.was_erased(key) {
                return broken!("a record of kiosk {kiosk} is without its key {key} everywhere");
            }
        }
        Ok(())
    }

    /// A key that a kiosk should have wiped by now.
    fn left_over(&self, kiosk: usize) -> Option<KeyId> {
        let node = self.node(kiosk);
        let life = node.life.as_ref().filter(|_| node.role == Role::Kiosk)?;
        let hale =
            !node.injuries.any() && !self.node(self.site()).injuries.any() && !self.has_twin();
        let mut keys = self.oracle.sealed_of(life.store.node()).filter(|_| hale);
        keys.find(|key| life.store.keys().has(*key))
    }

    pub(crate) fn has_twin(&self) -> bool {
        let standby = usize::from(self.plan.standby);
        self.nodes.len() > SITE + 1 + self.plan.kiosks + standby
    }

    /// Looks at what is too much to be looked at in every step.
    pub(crate) fn look(&mut self) -> Checked {
        if !self.healed {
            self.later(1_000, Event::Look);
        }
        for kiosk in SITE + 1..self.nodes.len() {
            self.keys_handed_over(kiosk)?;
        }
        for (place, node) in self.nodes.iter().enumerate() {
            let Some(life) = &node.life else { continue };
            // A store that has failed holds keys in memory whose records never came to be.
            if !node.injuries.holes() && life.store.stopped().is_none() {
                self.oracle.keyring(place, &life.store)?;
            }
        }
        Ok(())
    }

    /// Every import is folded whole or not at all; looked at whenever a catalogue has changed.
    pub(crate) fn whole(&mut self, place: usize) -> Checked {
        let node = self.node(place);
        let Some(life) = node.life.as_ref().filter(|_| !node.injuries.holes()) else {
            return Ok(());
        };
        let version = life.store.read(catalogue_version);
        if version == node.catalogue {
            return Ok(());
        }
        for (number, count) in self.people.imports() {
            let counted = life.store.read(|rules| imported(rules, number));
            if counted != 0 && counted != count {
                return broken!(
                    "node {place} counts {counted} of the {count} employers of import {number}"
                );
            }
        }
        self.node_mut(place).catalogue = version;
        Ok(())
    }
}

/// Changes with every change of the catalogues that a node has folded; 0 at a kiosk.
fn catalogue_version(rules: &Rules) -> u64 {
    let hq = rules.hq().into_iter();
    let told = hq.flat_map(|hq| hq.enrolled().filter_map(|site| hq.site(site.node)));
    let told: u64 = told.map(|site| site.fair().catalogue_version()).sum();
    told + rules.site().map_or(0, |site| site.fair().catalogue_version())
}

/// Whether a node can't send a stream's records after `from`, since its disk lost some.
fn unreadable(node: &Node, stream: Stream, from: u64) -> bool {
    let Some(life) = node.life.as_ref().filter(|_| node.injuries.holes()) else { return false };
    let reader = life.store.reader();
    let hole = |epoch, seq| reader.read(stream.origin, epoch, domain::ids::Seq(seq), 1).is_err();
    // What goes on from an epoch with a hole waits for what is lost there.
    let heads = life.store.heads();
    let mut earlier = heads.epochs(stream.origin).iter().map(|held| held.head);
    hole(stream.epoch, from + 1)
        || earlier.any(|head| (1..=head.seq.0).any(|seq| hole(head.epoch, seq)))
}
