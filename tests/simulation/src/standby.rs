//! A standby follows the site server, until that one's disk is destroyed and a human promotes it.
//!
//! Invariant: what was answered while the standby kept up is there after its promotion. What went
//! without it, since it was behind, may be lost with the site server.

use domain::command::Command as Asking;
use domain::event::{DeviceEnrolled, NodeReplaced, NodeRole, SiteFollowed};
use domain::ids::Seq;
use journal::NodePublic;
use office::OfficeMachine;
use site::standby::{WAIT_MOST, has, has_caught_up};
use sync::Stream;

use crate::door::Caller;
use crate::fault::Fault;
use crate::node::{NodeStore, Placed, Role};
use crate::oracle::{Checked, Fact};
use crate::people::{Work, asking};
use crate::simulation::{Event, HQ, SITE, Simulation};

/// How often it is looked whether a human has to do something, in milliseconds.
const LOOK_MS: u64 = 2_000;

/// How the standby follows.
#[derive(Default)]
pub(crate) struct Following {
    /// Which node is the standby.
    pub(crate) node: usize,
    /// The site server's disk was destroyed.
    pub(crate) destroyed: bool,
    /// It has taken the site server's place, and kiosks were told.
    pub(crate) promoted: bool,
    /// Answers don't wait for it, until it has this.
    behind: Option<Vec<(Stream, Seq)>>,
    waiting: Vec<Waiting>,
    /// What was answered after both had it.
    kept: Vec<Fact>,
}

/// An answer that waits for the standby.
struct Waiting {
    stream: Stream,
    last: Seq,
    until_ms: u64,
    answer: Held,
}

/// What is answered.
pub(crate) enum Held {
    /// Something was confirmed to somebody at the site server.
    Fact(Fact),
    /// A kiosk's records were taken.
    Records(Box<(Caller, Placed)>),
}

impl Following {
    /// How this node follows, before anything happens.
    pub(crate) fn by(node: usize) -> Self {
        Self { node, ..Self::default() }
    }
}

fn goal(store: &NodeStore) -> Vec<(Stream, Seq)> {
    let heads = store.heads();
    let each = heads
        .iter()
        .map(|(origin, held)| (Stream { origin, epoch: held.head.epoch }, held.head.seq));
    each.collect()
}

impl Simulation {
    /// The node at which the fair is run: the site server, or the standby that took its place.
    pub(crate) fn site(&self) -> usize {
        self.following.as_ref().filter(|it| it.promoted).map_or(SITE, |it| it.node)
    }

    /// Whether a node is gone for good.
    pub(crate) fn is_destroyed(&self, node: usize) -> bool {
        node == SITE && self.following.as_ref().is_some_and(|it| it.destroyed)
    }

    /// To whom a node sends.
    pub(crate) fn above(&self, node: usize) -> Option<usize> {
        let following = self.following.as_ref();
        match self.node(node).role {
            Role::Hq => None,
            Role::Site => Some(following.map_or(HQ, |it| it.node)),
            Role::Standby => following.filter(|it| it.promoted).map(|_| HQ),
            Role::Kiosk => Some(self.site()),
        }
    }

    /// The site server notes its standby, and begins to send; some time later its disk is destroyed.
    pub(crate) fn follow(&mut self) -> Checked {
        let Some(standby) = self.following.as_ref().map(|it| it.node) else { return Ok(()) };
        let public = self.node(standby).public.expect("it was started");
        let (node, public_keys) = (public.node_id(), public.to_bytes());
        let followed = SiteFollowed { node, public_keys, address: "http://10.0.0.2".to_owned() };
        self.at_once(SITE, Work::Confirms(None), asking(Asking::NoteStandby(followed)))?;
        let length_ms = self.plan.length_ms;
        let after_ms = self.chance.between(length_ms / 3, length_ms * 9 / 10);
        self.later(after_ms, Event::Disaster);
        Ok(())
    }

    /// The site server began to run: nothing waits any more, nor for the standby until it has all.
    pub(crate) fn begin_following(&mut self, node: usize) {
        let life = self.nodes.get(node).and_then(|node| node.life.as_ref());
        let (Some(following), Some(life)) = (self.following.as_mut(), life) else { return };
        if node == SITE {
            following.behind = Some(goal(&life.store));
            following.waiting.clear();
        }
    }

    /// Answers, once the standby has the records, too, if it keeps up; false if nothing waits.
    pub(crate) fn hold(
        &mut self,
        node: usize,
        (stream, last): (Stream, Seq),
        answer: Held,
    ) -> Checked {
        let until_ms = self.now_ms + u64::try_from(WAIT_MOST.as_millis()).unwrap_or(0);
        let keeps_up = |it: &&mut Following| !it.destroyed && it.behind.is_none();
        match self.following.as_mut().filter(|_| node == SITE).filter(keeps_up) {
            Some(following) => {
                following.waiting.push(Waiting { stream, last, until_ms, answer });
                self.later(until_ms - self.now_ms, Event::StandbyLate);
                self.standby_heard()
            }
            None => self.give(node, answer),
        }
    }

    fn give(&mut self, node: usize, answer: Held) -> Checked {
        match answer {
            Held::Fact(_) => Ok(()),
            Held::Records(held) => {
                self.answer(node, &held.0, held.1);
                Ok(())
            }
        }
    }

    /// The standby has more than before, perhaps: what waited for that is answered.
    pub(crate) fn standby_heard(&mut self) -> Checked {
        let life = self.nodes.get(SITE).and_then(|node| node.life.as_ref());
        let status = life.and_then(|life| life.line.as_ref()).map(|line| line.sender.status());
        let (Some(following), Some(status)) = (self.following.as_mut(), status) else {
            return Ok(());
        };
        if following.behind.as_ref().is_some_and(|goal| has_caught_up(&status, goal)) {
            following.behind = None;
        }
        let waiting = std::mem::take(&mut following.waiting);
        let (there, waiting) =
            waiting.into_iter().partition(|it: &Waiting| has(&status, it.stream, it.last));
        following.waiting = waiting;
        for it in there {
            if let (Held::Fact(fact), Some(following)) = (&it.answer, self.following.as_mut()) {
                following.kept.push(*fact);
            }
            self.give(SITE, it.answer)?;
        }
        Ok(())
    }

    /// What has waited long enough goes without the standby; from then on nothing waits.
    pub(crate) fn standby_late(&mut self) -> Checked {
        let now_ms = self.now_ms;
        let life = self.nodes.get(SITE).and_then(|node| node.life.as_ref());
        let (Some(following), Some(life)) = (self.following.as_mut(), life) else { return Ok(()) };
        let waiting = std::mem::take(&mut following.waiting);
        let (late, waiting): (Vec<_>, Vec<_>) =
            waiting.into_iter().partition(|it| it.until_ms <= now_ms);
        following.waiting = waiting;
        if !late.is_empty() {
            following.behind = Some(goal(&life.store));
        }
        late.into_iter().try_for_each(|it| self.give(SITE, it.answer))
    }

    /// The site server and its disk are gone. Where nothing of the fair has reached the standby yet, nobody
    /// could go on, whatever is promised: that comes later.
    pub(crate) fn disaster(&mut self) {
        let Some(standby) = self.following.as_ref().map(|it| it.node) else { return };
        let planned = |life: &mut crate::node::Life| {
            let fair =
                |rules: &crate::rules::Rules| rules.site().and_then(|site| site.fair().tag());
            life.store.read(fair).is_some()
        };
        if !self.life(standby).is_some_and(planned) {
            self.later(LOOK_MS, Event::Disaster);
            return;
        }
        let Some(following) = self.following.as_mut() else { return };
        following.destroyed = true;
        following.waiting.clear();
        self.node_mut(SITE).stop();
        self.tally.note(Fault::Destroyed);
        self.note(|| "the site server is destroyed".to_owned());
        let after_ms = self.chance.between(100, 8_000);
        self.later(after_ms, Event::Promote);
    }

    /// A human promotes the standby, enrols it at headquarters in the lost one's place, and does so again
    /// where a disk has forgotten it.
    pub(crate) fn promote(&mut self) -> Checked {
        self.later(LOOK_MS, Event::Promote);
        let Some(standby) = self.following.as_ref().map(|it| it.node) else { return Ok(()) };
        let replaced = NodeReplaced {
            node: self.node(standby).public.expect("it was started").node_id(),
            before: vec![self.node(SITE).public.expect("it was started").node_id()],
            missing: Vec::new(),
            public_keys: self.node(SITE).public.map(NodePublic::to_bytes),
        };
        let Some(life) = self.life(standby) else { return Ok(()) };
        let done = life.store.read(|rules| rules.site().is_some_and(|it| it.follows().is_none()));
        if !done {
            return self.run(standby, Work::Confirms(None), asking(Asking::TakeOver(replaced)));
        }
        self.take_place(standby)?;
        self.enrol_in_place(standby, replaced)
    }

    fn take_place(&mut self, standby: usize) -> Checked {
        let Some(following) = self.following.as_mut().filter(|it| !it.promoted) else {
            return Ok(());
        };
        following.promoted = true;
        let kept = std::mem::take(&mut following.kept);
        let node = self.nodes.get(standby).expect("nodes are never removed");
        if let Some(life) = node.life.as_ref().filter(|_| !node.injuries.any()) {
            self.oracle.kept(standby, &life.store, kept)?;
        }
        for node in 0..self.nodes.len() {
            if self.node(node).role == Role::Kiosk || node == standby {
                self.connect(node)?;
            }
        }
        Ok(())
    }

    fn enrol_in_place(&mut self, standby: usize, replaced: NodeReplaced) -> Checked {
        let public = self.node(standby).public.expect("it was started");
        let device = DeviceEnrolled {
            node: public.node_id(),
            role: NodeRole::Site,
            name: self.node(standby).name.clone(),
            public_keys: public.to_bytes(),
        };
        let Some(life) = self.life(HQ) else { return Ok(()) };
        let known =
            life.store.read(|rules| rules.hq().is_some_and(|hq| hq.trusts(public.node_id())));
        if known {
            return Ok(());
        }
        let enrolling = Asking::ReplaceNode(Some(device), replaced);
        self.run(HQ, Work::Confirms(None), asking(enrolling))
    }
}
