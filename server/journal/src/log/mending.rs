//! Mending: the journal written anew, with what came back in the places of what was lost.
//!
//! Why anew and not in the place of the damage: a fold depends on each origin's own order, so a
//! record that came back late must lie before those that followed it, and every frame's checksum
//! covers where it lies. It is done between two openings, when nobody reads.
//! Invariant: until the new segments are whole and synced the old ones are the journal; from the
//! marker on the new ones are, also after a power cut in between (see [`settle`]). What is still
//! lost stays named. The store gets a new name, so everything that remembers places in the old one
//! (rows, snapshots) is made anew.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;

use domain::ids::{Epoch, Hlc, NodeId, Seq};

use super::group::Group;
use super::tail::{NoRoom, Tail};
use super::writer::no_room;
use super::{Journal, JournalError, Last, Options, Reader, Scanned};
use crate::chain::{EpochHead, Hash, Head, Heads};
use crate::disk::{Disk, DiskError, DiskErrorKind};
use crate::frame::Commit;

use crate::position::Position;
use crate::record::{Entry, NodeStarted, View, kind};
use crate::segment;

/// Added to the names of segments that are not the journal yet.
const ASIDE: &str = ".mended";
/// From its creation on the segments aside are the journal.
const MARKER: &str = "mended";
/// A group is written from so many bytes on.
const GROUP_BYTES: usize = 1024 * 1024;
/// Stands for a chain hash that a gap keeps from being known; the old journal's heads tell it.
const UNKNOWN: Hash = Hash([0; 32]);

/// Records that came back from other nodes, by origin, epoch and number.
#[derive(Debug, Clone, Default)]
pub struct Brought(BTreeMap<(NodeId, Epoch, Seq), Entry>);

impl Brought {
    /// Takes one in; where two came, the one with more of its sealed parts counts.
    pub fn put(&mut self, name: (NodeId, Epoch, Seq), entry: Entry) {
        let parts = |entry: &Entry| entry.sealed.iter().flatten().count();
        let known = self.0.entry(name).or_insert_with(|| entry.clone());
        if parts(known) < parts(&entry) {
            *known = entry;
        }
    }

    /// Whether nothing came back.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// How many came back.
    #[must_use]
    pub fn records(&self) -> usize {
        self.0.len()
    }
}

impl<D: Disk + Clone> Journal<D> {
    /// Writes the journal anew on its disk with what was brought, under the name
    /// `options.new_store_id`; it has to be opened again after this, whatever it answers.
    ///
    /// # Errors
    /// The disk's; [`JournalError::is_full`] where there is no room for both. The journal is then
    /// as it was before.
    pub fn mend(self, disk: &D, options: Options, brought: &Brought) -> Result<(), JournalError> {
        let aside = Aside(disk.clone());
        clear(disk)?;
        let written = Mending::new(&self.reader(), &aside, options, brought).run(&self);
        if let Err(error) = written {
            let _next_time = clear(disk);
            return Err(error);
        }
        self.same_or_more(&aside)?;
        disk.sync_directory()?;
        let marker = disk.create(MARKER, 1)?;
        disk.sync(&marker)?;
        disk.sync_directory()?;
        settle(disk)?;
        Ok(())
    }

    /// The new segments hold everything that the old ones do.
    fn same_or_more(&self, aside: &Aside<D>) -> Result<(), JournalError> {
        let (built, _) = crate::recovery::read(aside, &[])?;
        let reader = self.reader();
        let old = reader.index();
        let whole = |(origin, epoch, places): (NodeId, Epoch, &crate::index::Places)| {
            let same = built.index.heads.head(origin, epoch) == old.heads.head(origin, epoch);
            let held = |seq: &u64| places.get(Seq(*seq)).is_some();
            let is = |seq: u64| built.index.find(origin, epoch, Seq(seq)).is_some();
            same && (1..=places.last().0).filter(held).all(is)
        };
        if built.damage.is_empty() && old.epochs().all(whole) {
            return Ok(());
        }
        let text = "the journal written anew lacks something: the old one stays";
        Err(DiskError::new(DiskErrorKind::Io, text).into())
    }
}

/// Ends what a mending began, if a stop came in between. Called before a journal is read.
///
/// # Errors
/// The disk's.
pub(crate) fn settle<D: Disk>(disk: &D) -> Result<(), DiskError> {
    let names = disk.list()?;
    if !names.iter().any(|name| name == MARKER) {
        return Ok(());
    }
    let mut numbers: Vec<u32> = names.iter().filter_map(|name| aside_number(name)).collect();
    numbers.sort_unstable();
    // Renamed in order, so what is left aside are the last ones: the highest number stays known.
    if let Some(last) = numbers.last() {
        let beyond = |name: &&String| segment::number(name).is_some_and(|number| number > *last);
        for old in names.iter().filter(beyond) {
            disk.remove(old)?;
        }
        disk.sync_directory()?;
    }
    for number in numbers {
        let name = segment::name(number);
        disk.rename(&format!("{name}{ASIDE}"), &name)?;
    }
    disk.sync_directory()?;
    disk.remove(MARKER)?;
    disk.sync_directory()
}

/// Removes what a mending left that came to nothing.
fn clear<D: Disk>(disk: &D) -> Result<(), DiskError> {
    let names = disk.list()?;
    let left = names.iter().filter(|name| aside_number(name).is_some());
    left.map(|name| disk.remove(name)).collect::<Result<Vec<()>, _>>()?;
    disk.sync_directory()
}

fn aside_number(name: &str) -> Option<u32> {
    segment::number(name.strip_suffix(ASIDE)?)
}

/// The same disk, where segments bear other names.
#[derive(Clone)]
struct Aside<D>(D);

fn aside(name: &str) -> String {
    format!("{name}{ASIDE}")
}

impl<D: Disk> Disk for Aside<D> {
    type File = D::File;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        let names = self.0.list()?;
        Ok(names.iter().filter_map(|name| Some(segment::name(aside_number(name)?))).collect())
    }

    fn create(&self, name: &str, size_bytes: u64) -> Result<D::File, DiskError> {
        self.0.create(&aside(name), size_bytes)
    }

    fn open(&self, name: &str) -> Result<D::File, DiskError> {
        self.0.open(&aside(name))
    }

    fn size_bytes(&self, file: &D::File) -> Result<u64, DiskError> {
        self.0.size_bytes(file)
    }

    fn read_at(&self, file: &D::File, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        self.0.read_at(file, offset, into)
    }

    fn write_at(&self, file: &D::File, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.0.write_at(file, offset, bytes)
    }

    fn sync(&self, file: &D::File) -> Result<(), DiskError> {
        self.0.sync(file)
    }

    fn cut(&self, file: &D::File, size_bytes: u64) -> Result<(), DiskError> {
        self.0.cut(file, size_bytes)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.0.rename(&aside(from), &aside(to))
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        self.0.remove(&aside(name))
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        self.0.sync_directory()
    }
}

/// The new journal while it is written.
struct Mending<'a, D: Disk> {
    old: &'a Reader<D>,
    disk: &'a Aside<D>,
    brought: &'a Brought,
    tail: Tail<D::File>,
    group: Group,
    ahead: Heads,
    /// Records that lay behind later ones, and were written in their place.
    early: BTreeSet<(NodeId, Epoch, Seq)>,
}

impl<'a, D: Disk> Mending<'a, D> {
    fn new(old: &'a Reader<D>, disk: &'a Aside<D>, options: Options, brought: &'a Brought) -> Self {
        let tail = Tail {
            store: options.new_store_id,
            segment_bytes: options.segment_bytes,
            current: None,
            next: None,
            last_number: 0,
            last: Last::default(),
        };
        let (group, ahead, early) = (Group::new(), Heads::new(), BTreeSet::new());
        Self { old, disk, brought, tail, group, ahead, early }
    }

    fn run(mut self, journal: &Journal<D>) -> Result<(), JournalError> {
        let mut outcome = Ok(());
        journal.scan(Position::START, |scanned| {
            outcome = self.take(&scanned);
            if outcome.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) }
        })?;
        outcome?;
        let heads = self.old.heads().clone();
        for (origin, held) in heads.iter() {
            self.fill(origin, held.head.epoch, held.head.seq)?;
        }
        self.write(&[])?;
        // What a gap kept from being known, and what is lost at an epoch's end.
        let differs = |(origin, held): &(NodeId, &EpochHead)| {
            self.ahead.head(*origin, held.head.epoch) != Some(held.head)
        };
        let owed: Vec<(NodeId, Head)> =
            heads.iter().filter(differs).map(|(origin, held)| (origin, held.head)).collect();
        for owed in owed.chunks(crate::frame::MAX_TOUCHED) {
            self.write(owed)?;
        }
        Ok(())
    }

    fn take(&mut self, scanned: &Scanned<'_>) -> Result<(), JournalError> {
        let view = scanned.entry.view()?;
        if self.early.remove(&(view.origin, view.epoch, view.seq)) {
            return Ok(());
        }
        self.fill(view.origin, view.epoch, Seq(view.seq.0 - 1))?;
        self.put(&scanned.entry.to_entry(), scanned.received)
    }

    /// Writes what is to be had of an epoch up to a record.
    fn fill(&mut self, origin: NodeId, epoch: Epoch, to: Seq) -> Result<(), JournalError> {
        let mut seq = self.ahead.head(origin, epoch).map_or(1, |head| head.seq.0 + 1);
        while seq <= to.0 {
            let name = (origin, epoch, Seq(seq));
            if let Some(entry) = self.brought.0.get(&name) {
                self.put(entry, None)?;
            } else if let Some(entry) = self.held(name)? {
                self.early.insert(name);
                self.put(&entry, None)?;
            }
            seq += 1;
        }
        Ok(())
    }

    fn held(
        &self,
        (origin, epoch, seq): (NodeId, Epoch, Seq),
    ) -> Result<Option<Entry>, JournalError> {
        if self.old.index().find(origin, epoch, seq).is_none() {
            return Ok(None);
        }
        Ok(self.old.read(origin, epoch, seq, 1)?.into_iter().next())
    }

    fn put(&mut self, entry: &Entry, received: Option<Hlc>) -> Result<(), JournalError> {
        let view = entry.view()?;
        if view.seq == Seq(1)
            && let Some(parent) = parent_of(&view)
        {
            self.fill(view.origin, parent.epoch, parent.seq)?;
        }
        let before = self.ahead.get(view.origin, view.epoch).copied();
        let begin = Head::before(view.origin, view.epoch);
        let mut head = before.map_or(begin, |before| before.head);
        let known = head.next_seq() == view.seq && (before.is_none() || head.hash != UNKNOWN);
        head = if known {
            head.extend(&entry.open)
        } else {
            Head { epoch: view.epoch, seq: view.seq, hash: UNKNOWN }
        };
        let now = EpochHead { head, parent: None, ended: Seq(0) };
        self.group.add((entry, received), view.origin, before, now);
        self.ahead.set(view.origin, now);
        if self.group.frames_bytes() >= GROUP_BYTES || !self.group.has_room() {
            self.write(&[])?;
        }
        Ok(())
    }

    fn write(&mut self, owed: &[(NodeId, Head)]) -> Result<(), JournalError> {
        let mut heads = self.group.heads();
        heads.retain(|(_, head)| head.hash != UNKNOWN);
        heads.extend(owed);
        if heads.is_empty() && self.group.records() == 0 {
            return Ok(());
        }
        let bytes = self.group.frames_bytes() + Commit::frame_bytes(heads.len());
        self.tail.make_room(self.disk, bytes).map_err(no_room)?;
        let (at, header) = self.tail.place().ok_or_else(|| no_room(NoRoom::NoNumber))?;
        let commit = Commit {
            number: self.tail.last.number.0 + 1,
            previous_at: self.tail.last.at,
            group_at: at,
            entries: u32::try_from(self.group.records()).unwrap_or(u32::MAX),
            stopped: false,
            store: self.tail.store,
            heads,
        };
        let commit_at = self.group.finish(&commit, at);
        let bytes = self.group.bytes(header.as_ref());
        self.tail.write(self.disk, bytes)?;
        self.group.clear();
        let number = super::CommitNumber(commit.number);
        self.tail.last = Last { number, at: commit_at, pause: None };
        Ok(())
    }
}

fn parent_of(view: &View<'_>) -> Option<Head> {
    let started = (view.kind == kind::NODE_STARTED).then(|| NodeStarted::decode(view.payload));
    started?.ok()?.parent
}

#[cfg(test)]
mod tests;
