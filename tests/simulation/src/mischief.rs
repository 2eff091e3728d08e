//! What goes wrong, apart from single messages: processes, power, disks, clocks, lines.

use journal::DiskErrorKind;
use journal::disk::MemoryDisk;
use journal::disk::memory::{DiskFault, FaultyCall};
use store::KEYRING_FILES;

use crate::fault::Fault;
use crate::node::Role;
use crate::oracle::{Broken, Checked, broken};
use crate::simulation::{Event, HQ, SITE, Simulation};

/// The longest that a node is down, in milliseconds.
const DOWN_MS: u64 = 8_000;
const DAY_MS: i64 = 86_400_000;
/// The most images kept of a disk.
const IMAGES: usize = 3;

impl Simulation {
    /// Something goes wrong, if anything may.
    pub(crate) fn mischief(&mut self) -> Checked {
        if self.healed {
            return Ok(());
        }
        let after_ms = self.chance.between(self.plan.mischief_ms / 4, self.plan.mischief_ms * 2);
        self.later(after_ms, Event::Mischief);
        let enabled: Vec<Fault> = self.plan.faults.iter().copied().collect();
        let node = self.chance.place(self.nodes.len());
        self.keep_image(node);
        let Some(fault) = self.chance.pick(&enabled).copied() else { return Ok(()) };
        self.note(|| format!("{} at {node}", fault.word()));
        match fault {
            Fault::OneWay | Fault::Partition => self.cut_line(node, fault),
            Fault::WallOffset | Fault::WallDrift | Fault::WallJump => self.turn_clock(node, fault),
            Fault::Kill if self.is_up(node) => {
                self.tally.note(fault);
                self.node_mut(node).stop();
                self.restart(node);
            }
            Fault::PowerCut => self.power_off(node),
            Fault::CutInWrite | Fault::DiskError if self.is_up(node) => {
                self.break_disk(node, fault);
            }
            Fault::DiskFull => self.fill(node),
            Fault::SyncLie if self.is_up(node) => {
                self.node_mut(node).lying = true;
                self.node(node).disk.lie_about_syncs(true);
                let after_ms = self.chance.between(100, 5_000);
                self.later(after_ms, Event::PowerOff(node));
            }
            Fault::Rot if self.is_up(node) => self.rot(node),
            Fault::Restore => self.restore(node),
            Fault::Clone => return self.clone_node(node),
            _ => {}
        }
        Ok(())
    }

    fn is_up(&self, node: usize) -> bool {
        self.node(node).life.is_some()
    }

    fn keep_image(&mut self, node: usize) {
        if self.chance.happens(300) && !self.node(node).lying {
            let image = self.node(node).disk.copy();
            let images = &mut self.node_mut(node).images;
            images.truncate(IMAGES - 1);
            images.insert(0, image);
        }
    }

    fn cut_line(&mut self, node: usize, fault: Fault) {
        let up = self.above(node).unwrap_or(HQ);
        let until_ms = self.now_ms + self.chance.between(500, 40_000);
        let back = self.chance.happens(500);
        let (from, to) = if back { (up, node) } else { (node, up) };
        self.net.cut(from, to, until_ms, fault);
        if fault == Fault::Partition {
            self.net.cut(to, from, until_ms, fault);
        }
    }

    fn turn_clock(&mut self, node: usize, fault: Fault) {
        let sign = if self.chance.happens(500) { 1 } else { -1 };
        let days = i64::try_from(self.chance.between(1, 400)).unwrap_or(1);
        let by_ms = i64::try_from(self.chance.between(1_000, 7_200_000)).unwrap_or(0);
        let around = &self.node(node).around;
        match fault {
            Fault::WallOffset => around.jump(sign * days * DAY_MS),
            Fault::WallDrift => around.drift(sign * days * 500),
            _ => around.jump(sign * by_ms),
        }
        self.tally.note(fault);
    }

    /// The power of a node goes, and comes again a little later.
    pub(crate) fn power_off(&mut self, node: usize) {
        let seed = self.chance.any();
        let was_up = self.is_up(node);
        let held = self.node_mut(node);
        held.stop();
        held.disk.order_fault(None);
        held.disk.crash(seed);
        held.cutting = false;
        if std::mem::take(&mut held.lying) {
            held.injuries.lied = true;
            held.disk.lie_about_syncs(false);
            self.tally.note(Fault::SyncLie);
        } else if was_up {
            self.tally.note(Fault::PowerCut);
        }
        self.restart(node);
    }

    pub(crate) fn restart(&mut self, node: usize) {
        let after_ms = if self.healed { 100 } else { self.chance.between(100, DOWN_MS) };
        self.later(after_ms, Event::Start(node));
    }

    /// The nth write or sync from now on fails; for a cut, everything after it too.
    fn break_disk(&mut self, node: usize, fault: Fault) {
        let cut = fault == Fault::CutInWrite;
        let call = if self.chance.happens(500) { FaultyCall::Write } else { FaultyCall::Sync };
        let after = self.chance.below(8);
        let stays = cut || self.chance.happens(500);
        let ordered = DiskFault { call, after, kind: DiskErrorKind::Io, stays };
        let held = self.node_mut(node);
        held.cutting = cut;
        held.disk.order_fault(Some(ordered));
    }

    fn fill(&mut self, node: usize) {
        let room = self.chance.below(90_000);
        let disk = &self.node(node).disk;
        disk.limit_bytes(Some(disk.used_bytes() + room));
        let after_ms = self.chance.between(2_000, 30_000);
        self.later(after_ms, Event::Room(node));
    }

    /// The power goes, and bytes of one file have changed when it comes again. Of the keyring only
    /// one of its two copies rots.
    fn rot(&mut self, node: usize) {
        self.power_off(node);
        let disk = self.node(node).disk.clone();
        let names = journal::Disk::list(&disk).unwrap_or_default();
        let [_, keys] = KEYRING_FILES;
        let may = |name: &&String| name.ends_with(".log") || name.as_str() == keys;
        let names: Vec<String> = names.iter().filter(may).cloned().collect();
        let Some(name) = self.chance.pick(&names).cloned() else { return };
        let mut chance = self.chance.fork();
        disk.rot(&name, |bytes| {
            for _ in 0..chance.between(1, 4) {
                let place = chance.place(bytes.len());
                if let Some(byte) = bytes.get_mut(place) {
                    *byte ^= 1 << chance.below(8);
                }
            }
        });
        if name != keys {
            self.node_mut(node).injuries.rotted = true;
        }
        self.tally.note(Fault::Rot);
    }

    /// The node goes on from an old image of its disk.
    fn restore(&mut self, node: usize) {
        let images = self.node(node).images.len();
        let place = self.chance.place(images);
        let Some(image) = self.node(node).images.get(place).map(MemoryDisk::copy) else {
            return;
        };
        let held = self.node_mut(node);
        held.stop();
        held.disk = image;
        held.injuries.restored = true;
        (held.lying, held.cutting) = (false, false);
        held.kept_view = domain::station::StationView::default();
        self.tally.note(Fault::Restore);
        self.restart(node);
    }

    /// A second kiosk runs from a copy of a kiosk's disk. The first goes on.
    fn clone_node(&mut self, node: usize) -> Checked {
        let (role, lying) = (self.node(node).role, self.node(node).lying);
        if role != Role::Kiosk || self.has_twin() || lying {
            return Ok(());
        }
        let twin = self.add(Role::Kiosk, format!("twin of {}", self.node(node).name));
        let (disk, injuries) = (self.node(node).disk.copy(), self.node(node).injuries);
        let held = self.node_mut(twin);
        held.disk = disk;
        held.injuries = injuries;
        self.tally.note(Fault::Clone);
        self.later(10, Event::Start(twin));
        self.later(1_000, Event::Work(twin));
        Ok(())
    }

    /// A node starts.
    pub(crate) fn start(&mut self, node: usize) -> Checked {
        if self.is_up(node) || self.is_destroyed(node) {
            return Ok(());
        }
        self.node(node).disk.order_fault(None);
        self.open(node)?;
        self.connect(node)
    }

    /// Opens a node's store, and compares it with what the node promised.
    pub(crate) fn open(&mut self, node: usize) -> Checked {
        if self.node(node).role == Role::Standby {
            self.node_mut(node).followed = self.node(SITE).public;
        }
        let report = match self.node_mut(node).start() {
            Ok(report) => report,
            // A disk that lied may have cut the keyring short, which takes room to mend.
            Err(error) if error.is_full() && self.node(node).injuries.holes() => {
                self.later(DOWN_MS, Event::Start(node));
                return Ok(());
            }
            Err(error) => return broken!("node {node} can't be started: {error}"),
        };
        let torn = report.recovery.torn;
        let lost = report.recovery.lost.len();
        self.note(|| format!("{node} starts as {:?}: torn {torn:?}, lost {lost}", report.epoch));
        if report.mended > 0 {
            self.tally.note(Fault::Mended);
        }
        let held = self.nodes.get(node).ok_or_else(|| Broken("no such node".to_owned()))?;
        let Some(life) = &held.life else { return Ok(()) };
        self.oracle.reopened(node, &life.store, &report, held.injuries)?;
        self.begin_following(node);
        self.plan_step(node);
        Ok(())
    }
}
