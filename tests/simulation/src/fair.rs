//! The fair itself: how it is set up, and what people do at its nodes.

use domain::command::{Catalogue, Command as Asking, NewAccount};
use domain::day::Days;
use domain::employer::Employer;
use domain::event::{DeviceEnrolled, FairPlanned, NodeRole};
use domain::ids::{EmployerId, FairTag, KeyId};
use domain::role::Role as Staff;
use domain::sealed::Credentials;
use kiosk::station::machine as station;

use crate::line::Line;
use crate::node::{Doing, Done, Role, Task};
use crate::oracle::{Broken, Checked, Fact, broken};
use crate::people::{People, Scan, VOLUNTEER, Work, asking};
use crate::rules::Command;
use crate::simulation::{Event, HQ, SITE, Simulation};

/// How long setting up may take, in simulated milliseconds.
const SET_UP_MS: u64 = 60_000;

impl Simulation {
    /// Sets the fair up: every node starts, is enrolled, and knows where it belongs. Without
    /// faults, as in the evening before.
    ///
    /// # Errors
    /// What must not be.
    pub fn set_up(&mut self) -> Checked {
        let enabled = std::mem::take(&mut self.plan.faults);
        for node in 0..self.nodes.len() {
            self.open(node)?;
        }
        self.enrol(HQ, SITE, NodeRole::Site)?;
        let fair = FairPlanned {
            fair: FairTag([1; 4]),
            name: "春风送岗".to_owned(),
            place: "广场".to_owned(),
            district: 210_202,
            days: Days { first: People::day(), last: People::day() },
            address: "http://10.0.0.1".to_owned(),
            entry_limit: None,
        };
        let key = self.people.key.clone();
        self.at_once(SITE, Work::Confirms(None), asking(Asking::PlanFair(fair, key)))?;
        let credentials = Credentials {
            login: "volunteer".to_owned(),
            name: "志愿者".to_owned(),
            password_hash: String::new(),
        };
        let account =
            NewAccount { account: VOLUNTEER, role: Staff::Volunteer, booth: None, credentials };
        self.at_once(SITE, Work::Confirms(None), asking(Asking::CreateAccount(account)))?;
        let shift = Asking::StartShift { account: VOLUNTEER, desk: 1 };
        self.at_once(SITE, Work::Confirms(None), asking(shift))?;
        self.at_once(SITE, Work::Confirms(None), asking(first_booth()))?;
        self.at_once(SITE, Work::Confirms(None), asking(Asking::OpenFair))?;
        for kiosk in SITE + 1..=SITE + self.plan.kiosks {
            self.enrol(SITE, kiosk, NodeRole::Kiosk)?;
        }
        self.follow()?;
        for node in SITE..self.nodes.len() {
            self.connect(node)?;
        }
        self.plan.faults = enabled;
        for node in SITE..self.nodes.len() {
            let after_ms = self.chance.below(3_000);
            self.later(after_ms, Event::Work(node));
        }
        self.later(2_000, Event::Mischief);
        self.later(1_000, Event::Look);
        Ok(())
    }

    fn enrol(&mut self, at: usize, node: usize, role: NodeRole) -> Checked {
        let public = self.node(node).public.expect("it was started");
        let device = DeviceEnrolled {
            node: public.node_id(),
            role,
            name: self.node(node).name.clone(),
            public_keys: public.to_bytes(),
        };
        self.at_once(at, Work::Confirms(None), asking(Asking::EnrolDevice(device)))
    }

    /// Has a command carried out before anything else goes on.
    pub(crate) fn at_once(&mut self, node: usize, work: Work, command: Command) -> Checked {
        self.run(node, work, command)?;
        let until_ms = self.now_ms + SET_UP_MS;
        while self.life(node).is_some_and(|life| !life.tasks.is_empty()) {
            if !self.advance(until_ms)? {
                return broken!("node {node} does not answer while the fair is set up");
            }
        }
        Ok(())
    }

    /// A node takes up its line.
    pub(crate) fn connect(&mut self, node: usize) -> Checked {
        let Some(to) = self.above(node) else { return Ok(()) };
        let receiver = self.node(to).public.expect("it was started before anybody connects");
        let role = self.node(node).role;
        if let Some(life) = self.life(node) {
            life.line = Some(Line::new(role, receiver, to));
        }
        if self.node(to).role == Role::Standby
            && node == SITE
            && let Some(line) = self.life(node).and_then(|life| life.line.as_mut())
        {
            line.follow();
        }
        self.heads_grew(node)
    }

    /// Somebody at a node wants something.
    pub(crate) fn work(&mut self, node: usize) -> Checked {
        if self.healed {
            return Ok(());
        }
        let after_ms = self.chance.between(self.plan.work_ms / 4, self.plan.work_ms * 2);
        self.later(after_ms, Event::Work(node));
        if self.life(node).is_none()
            || (self.node(node).role == Role::Standby && self.site() != node)
        {
            return Ok(());
        }
        let kiosk = self.node(node).role == Role::Kiosk;
        if !kiosk && self.chance.happens(80) {
            return self.erase_something(node);
        }
        let (work, command) = if kiosk {
            self.people.at_kiosk(&mut self.chance)
        } else {
            self.people.at_site(&mut self.chance, self.plan.import)
        };
        self.run(node, work, command)
    }

    /// Somebody wants to be forgotten: a key is erased for good.
    fn erase_something(&mut self, node: usize) -> Checked {
        let Some(life) = self.nodes.get(node).and_then(|node| node.life.as_ref()) else {
            return Ok(());
        };
        let keys = life.store.keys().clone();
        let here: Vec<KeyId> = self.oracle.sealed().filter(|key| keys.has(*key)).collect();
        let ticket_key = self.oracle.first_sealed_of(life.store.node());
        let store = life.store.clone();
        let Some(key) = self.chance.pick(&here).copied().filter(|key| Some(*key) != ticket_key)
        else {
            return Ok(());
        };
        self.note(|| format!("{node} is asked to erase {key:?}"));
        self.oracle.wished_away(node, key);
        let erasing = async move { Done::Erased(store.erase_all(vec![key]).await) };
        self.begin(node, Task::new(Doing::Erasing(key), erasing))
    }

    pub(crate) fn kiosk_answered(
        &mut self,
        node: usize,
        work: &Work,
        answer: station::Answer,
    ) -> Checked {
        let record = |it: &mut Self, moment| {
            let life = it.life(node).expect("it has just answered");
            let run = life.store.epoch();
            let found = life.store.read(|rules| {
                let record = rules.station()?.own().record_at(run, moment)?;
                Some((record.epoch, record.seq))
            });
            found
                .ok_or_else(|| Broken(format!("node {node} answered, and its record is not there")))
        };
        let (moment, scanned) = match answer {
            station::Answer::Scanned(scanned, moment) => (moment, Some(scanned)),
            station::Answer::Issued(fresh, moment) => {
                self.people.given(fresh.ticket);
                (moment, None)
            }
            station::Answer::NoTicket(_) | station::Answer::Noted => return Ok(()),
        };
        debug_assert_ne!(*work, Work::Show, "showing is only noted");
        let (epoch, seq) = record(self, moment)?;
        let life = self.nodes.get(node).and_then(|node| node.life.as_ref());
        let store = &life.expect("it has just answered").store;
        self.oracle.confirmed(node, store, Fact::Own(epoch, seq))?;
        let scan = scanned.map(|scanned| Scan {
            record: (epoch, seq),
            own: scanned.verdict,
            reference: scanned.reference,
        });
        self.hand_over(node, scan)
    }
}

fn first_booth() -> Asking {
    let id = EmployerId([255; 8]);
    let employer =
        Employer {
            id, name: "第一家".to_owned(), credit_code: None, industry: None, booth: None
        };
    let booths = "A01".parse().into_iter().map(|booth| (booth, id)).collect();
    Asking::ImportEmployers(Catalogue { employers: vec![employer], postings: Vec::new(), booths })
}
