//! Groups become part of the journal once it is known that they are whole, or that a later one is.

use std::collections::BTreeMap;

use domain::ids::{Epoch, NodeId, Seq};

use super::{Damage, Event, Met, Torn, walk};
use crate::chain::{EpochHead, Head};
use crate::frame::Commit;
use crate::index::Index;
use crate::log::{CommitNumber, JournalError, Last, Pause};
use crate::mark::Marks;
use crate::number::long;
use crate::position::Position;
use crate::record::{NodeStarted, View, kind};
use crate::segment::{HEADER_BYTES, StoreId};

/// Reads events in order.
#[derive(Default)]
pub(super) struct Builder {
    index: Index,
    store: Option<StoreId>,
    /// Entries since the last commit.
    pending: Vec<Seen>,
    /// The last commit met, and the entries before it.
    candidate: Option<Candidate>,
    damage: Vec<Damage>,
    /// Segments that are shorter than they were made.
    cut: Vec<Damage>,
    /// Something bad was met since the last commit.
    bad_since: bool,
    parents: BTreeMap<(NodeId, Epoch), Head>,
    latest: Option<(NodeId, Epoch, Seq)>,
    marks: Marks,
}

/// What the journal is found to hold.
pub(crate) struct Built {
    pub(crate) index: Index,
    pub(crate) marks: Marks,
    pub(crate) store: Option<StoreId>,
    pub(crate) damage: Vec<Damage>,
    /// The last whole group: where it begins and ends.
    pub(crate) kept: Option<(Position, Position)>,
    pub(crate) last: Last,
    /// What lies after the last whole group; its bytes aren't counted yet.
    pub(crate) torn: Torn,
}

struct Candidate {
    commit: Commit,
    at: Position,
    end: Position,
    entries: Vec<Seen>,
}

#[derive(Clone, Copy)]
struct Seen {
    origin: NodeId,
    epoch: Epoch,
    seq: Seq,
    at: Position,
    checksum: u32,
    ends: bool,
}

impl Builder {
    /// One that also counts what lies before some places.
    pub(super) fn new(marks: &[Position]) -> Self {
        Self { marks: Marks::new(marks), ..Self::default() }
    }

    /// A segment belongs to this store.
    pub(super) fn store(&mut self, store: StoreId, segment: u32) -> Result<(), JournalError> {
        if *self.store.get_or_insert(store) == store {
            return Ok(());
        }
        Err(JournalError::ForeignSegment(segment))
    }

    /// Segment files from this number on are missing.
    pub(super) fn missing(&mut self, segment: u32) {
        self.damaged(Position::new(segment, 0), 0);
    }

    /// A segment is so long and was made so long.
    pub(super) fn cut_to(&mut self, segment: u32, is: u64, was: u64) {
        if is < was {
            let after = self.latest;
            self.cut.push(Damage { segment, offset: is, bytes: was - is, after });
        }
    }

    /// A segment has no good header. Where all of it is zeros, it was never used; that is as it
    /// should be after the end, and damage before it.
    pub(super) fn bad_header(&mut self, segment: u32, bytes: &[u8]) {
        let used = walk::first_used(bytes, 0).is_some();
        let bad = if used { HEADER_BYTES.min(bytes.len()) } else { bytes.len() };
        self.damaged(Position::new(segment, 0), long(bad));
    }

    pub(super) fn take(&mut self, met: Met<'_>) -> Result<(), JournalError> {
        match met.event {
            Event::Entry(_, view, checksum) => self.entry(&view, met.at, checksum),
            Event::Commit(commit) => {
                self.store(commit.store, met.at.segment())?;
                self.commit(commit, met.at, met.end);
            }
            Event::Unknown => {}
            Event::Bad => {
                self.damaged(met.at, long(met.end.offset() - met.at.offset()));
                self.index.bad.push((met.at, met.end));
                return Ok(());
            }
        }
        self.index.segments.insert(met.end.segment(), met.end);
        Ok(())
    }

    pub(super) fn finish(mut self) -> Built {
        let after: Vec<Seen> = std::mem::take(&mut self.pending);
        let candidate = self.candidate.take();
        let (mut kept, mut last, mut torn) = (None, Last::default(), Vec::new());
        if let Some(mut group) = candidate {
            let begins = group.commit.group_at;
            let in_group = group.entries.partition_point(|seen| seen.at < begins);
            if self.is_whole(&group, group.entries.len() - in_group) {
                kept = Some((begins, group.end));
                last = last_of(&group);
            } else {
                // All that is known of the group before it, whose commit may itself be damaged.
                last.number = CommitNumber(group.commit.number.saturating_sub(1));
                last.at = group.commit.previous_at;
                let end = if begins.offset() > HEADER_BYTES { begins.offset() } else { 0 };
                let end = Position::new(begins.segment(), end);
                kept = Some((end, end));
                torn = group.entries.split_off(in_group);
                group.commit.heads.clear();
            }
            self.settle(&group);
        }
        torn.extend(after);
        let end = kept.map_or(Position::START, |(_, end)| end);
        self.keep_before(end);
        let torn = Torn {
            bytes: 0,
            records: long(torn.len()),
            transactions: long(torn.iter().filter(|seen| seen.ends).count()),
        };
        self.damage.append(&mut self.cut);
        let Self { index, marks, store, damage, .. } = self;
        Built { index, marks, store, damage, kept, last, torn }
    }

    fn entry(&mut self, view: &View<'_>, at: Position, checksum: u32) {
        let (origin, epoch, seq) = (view.origin, view.epoch, view.seq);
        if view.kind == kind::NODE_STARTED
            && let Some(parent) = NodeStarted::decode(view.payload).ok().and_then(|it| it.parent)
        {
            self.parents.insert((origin, epoch), parent);
        }
        self.latest = Some((origin, epoch, seq));
        let ends = view.flags.ends_transaction();
        self.pending.push(Seen { origin, epoch, seq, at, checksum, ends });
    }

    fn commit(&mut self, commit: Commit, at: Position, end: Position) {
        let before = self.candidate.take();
        let (number, ended) =
            before.as_ref().map_or((0, Position::START), |group| (group.commit.number, group.end));
        if let Some(before) = before {
            self.settle(&before);
        }
        if commit.number != number + 1 && !self.bad_since {
            let ended = ended.max(Position::new(1, HEADER_BYTES));
            self.damaged(ended, 0);
        }
        self.bad_since = false;
        let entries = std::mem::take(&mut self.pending);
        self.candidate = Some(Candidate { commit, at, end, entries });
    }

    fn damaged(&mut self, at: Position, bytes: u64) {
        self.bad_since = true;
        let (segment, offset) = (at.segment(), long(at.offset()));
        self.damage.push(Damage { segment, offset, bytes, after: self.latest });
    }

    /// Whether the last group can be relied on: all of it is there, with its segment's header if it
    /// is the first one there (they are written together).
    fn is_whole(&self, group: &Candidate, entries: usize) -> bool {
        let begins = group.commit.group_at;
        let first = begins.offset() <= HEADER_BYTES;
        let begins = if first { Position::new(begins.segment(), 0) } else { begins };
        let bad = self.damage.iter().any(|damage| {
            let at = Position::new(damage.segment, crate::number::short(damage.offset));
            at >= begins && at < group.at && damage.bytes > 0
        });
        !bad && long(entries) == u64::from(group.commit.entries)
    }

    /// Makes a group part of the journal.
    fn settle(&mut self, group: &Candidate) {
        let same =
            |one: &Seen, other: &Seen| (one.origin, one.epoch) == (other.origin, other.epoch);
        for run in group.entries.chunk_by(same) {
            let Some(first) = run.first() else { continue };
            for seen in run {
                let places = self.index.places(first.origin, first.epoch);
                // A number too far ahead to be ours is passed over like any other damage.
                if places.put(seen.seq, seen.at) == Ok(true) {
                    self.index.tally.add(seen.at, seen.checksum);
                    self.marks.add(seen.at, seen.checksum);
                }
            }
        }
        for (origin, head) in &group.commit.heads {
            let _known = self.index.places(*origin, head.epoch).reach(head.seq);
            let of_it = |seen: &&Seen| seen.origin == *origin && seen.epoch == head.epoch;
            let ended = group.entries.iter().rev().filter(of_it).find(|seen| seen.ends);
            let known = self.index.heads.get(*origin, head.epoch).map(|known| known.ended);
            let ended = ended.map(|seen| seen.seq).or(known).unwrap_or(Seq(0));
            let parent = self.parents.get(&(*origin, head.epoch)).copied();
            self.index.heads.set(*origin, EpochHead { head: *head, parent, ended });
        }
    }

    /// What lies from `end` on is not part of the journal.
    fn keep_before(&mut self, end: Position) {
        let before = |damage: &Damage| {
            Position::new(damage.segment, crate::number::short(damage.offset)) < end
        };
        self.damage.retain(before);
        self.index.bad.retain(|(at, _)| *at < end);
        let kept = end.segment();
        self.index.segments.retain(|number, _| *number <= kept);
        if let Some(last) = self.index.segments.get_mut(&kept) {
            *last = end;
        }
    }
}

fn last_of(group: &Candidate) -> Last {
    let pause = if group.commit.stopped { Pause::Stop } else { Pause::Idle };
    Last {
        number: CommitNumber(group.commit.number),
        at: group.at,
        pause: (group.commit.entries == 0).then_some(pause),
    }
}
