//! Records that damage took, and what came back of them from other nodes.
//!
//! What comes back is kept in files of its own until the next opening, which writes the journal
//! anew with it (`journal::Journal::mend`): a fold needs each origin's records in their order, and
//! this process has folded what follows them. Invariants: nothing is kept whose hash doesn't go on
//! from the record before the hole, or doesn't lead to the one after it; a whole file is there or
//! none; what is listed as lost is what no file and no segment holds.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use domain::ids::{Epoch, NodeId, Seq};
use journal::frame::put_entry;
use journal::{
    Brought, Disk, DiskError, Entry, EntryRef, Hash, Journal, JournalError, Lost, Options,
    Position, Reader, Recovery, chain_start,
};

use crate::disk::{long, put_whole, read_all};
use crate::error::StoreError;

/// What the files' names begin with.
const PREFIX: &str = "brought.";
/// What is added to the name of one that is not whole.
const UNFINISHED: &str = ".new";
/// How much of the journal is read at once.
const READ_BYTES: usize = 1 << 20;
const HASH_BYTES: usize = 32;

/// The holes of one journal.
pub(crate) struct Holes<D> {
    disk: D,
    reader: Reader<D>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Nobody has brought them yet.
    open: Vec<Lost>,
    /// Brought without their sealed parts: whoever has these may bring them again.
    thin: Vec<Lost>,
    /// The chain's hash after each record that was brought.
    hashes: BTreeMap<(NodeId, Epoch, Seq), Hash>,
}

impl<D: Disk> Holes<D> {
    pub(crate) fn new(disk: D, reader: Reader<D>, open: Vec<Lost>) -> Self {
        let state = State { open, ..State::default() };
        Self { disk, reader, state: Mutex::new(state) }
    }

    /// What is lost here, as far as nobody has brought it back.
    pub(crate) fn lost(&self) -> Vec<Lost> {
        self.state().open.clone()
    }

    /// How many records came back and wait for the next opening.
    pub(crate) fn waiting(&self) -> usize {
        self.state().hashes.len()
    }

    /// What is lost, and that of which sealed parts are missing.
    pub(crate) fn lacks(&self) -> Vec<Lost> {
        let state = self.state();
        let mut lacks: Vec<Lost> = state.open.iter().chain(&state.thin).copied().collect();
        lacks.sort_by_key(|lost| (lost.origin, lost.epoch, lost.first));
        lacks
    }

    /// Keeps those of a run of records that are lost here.
    ///
    /// # Errors
    /// The disk's: what is not kept stays lost.
    pub(crate) fn take(&self, entries: &[Entry]) -> Result<(), DiskError> {
        let Some(first) = entries.first().and_then(|entry| entry.view().ok()) else {
            return Ok(());
        };
        let last = Seq(first.seq.0.saturating_add(long(entries.len())).saturating_sub(1));
        let run = Lost { origin: first.origin, epoch: first.epoch, first: first.seq, last };
        let (open, thin) = {
            let state = self.state();
            (common(&state.open, run), common(&state.thin, run))
        };
        if journal::bug("holes-stay-open") {
            return Ok(());
        }
        for (what, of) in [(What::Open, open), (What::Thin, thin)] {
            for hole in of {
                let skip = short(hole.first.0 - run.first.0);
                let most = short(hole.last.0 - hole.first.0).saturating_add(1);
                let part: Vec<&Entry> = entries.iter().skip(skip).take(most).collect();
                self.keep(what, hole, &part)?;
            }
        }
        Ok(())
    }

    fn keep(&self, what: What, hole: Lost, part: &[&Entry]) -> Result<(), DiskError> {
        let Lost { origin, epoch, first, last } = hole;
        let whole = part.iter().all(|entry| entry.sealed.iter().all(Option::is_some));
        if what == What::Thin && !whole {
            return Ok(());
        }
        let Some(mut hash) = self.hash_before(hole) else { return Ok(()) };
        let mut hashes = BTreeMap::new();
        for (seq, entry) in (first.0..).zip(part) {
            hash = hash.extend(&entry.open);
            hashes.insert((origin, epoch, Seq(seq)), hash);
        }
        if !self.fits(what, hole, hash) {
            tracing::error!(%origin, %first, %last, "what was brought for a hole does not fit it");
            return Ok(());
        }
        let kind = if whole { "whole" } else { "open" };
        let name = format!("{PREFIX}{origin}.{:016x}.{:016x}.{kind}", epoch.0, first.0);
        write(&self.disk, &name, part)?;
        tracing::info!(%origin, %first, %last, "lost records came back; the next start takes them");
        let mut state = self.state();
        state.hashes.append(&mut hashes);
        match what {
            What::Open => state.open = without(&state.open, hole),
            What::Thin => state.thin = without(&state.thin, hole),
        }
        if !whole {
            state.thin.push(hole);
        }
        Ok(())
    }

    /// The chain's hash before a hole; none while an earlier hole keeps it from being known.
    fn hash_before(&self, hole: Lost) -> Option<Hash> {
        let Lost { origin, epoch, first, .. } = hole;
        let before = Seq(first.0.checked_sub(1)?);
        let begin = (Seq(0), chain_start(origin, epoch));
        let brought = {
            let state = self.state();
            let until = state.hashes.range((origin, epoch, Seq(0))..=(origin, epoch, before));
            until.last().map(|((_, _, seq), hash)| (*seq, *hash))
        };
        let (from, hash) = brought.unwrap_or(begin);
        self.go_on((origin, epoch), (from, hash), before)
    }

    /// The hash after `to`, going on from the one after `from` over records that are held.
    fn go_on(
        &self,
        (origin, epoch): (NodeId, Epoch),
        (from, mut hash): (Seq, Hash),
        to: Seq,
    ) -> Option<Hash> {
        let mut next = from.0.saturating_add(1);
        while next <= to.0 {
            let entries = self.reader.read(origin, epoch, Seq(next), READ_BYTES).ok()?;
            if entries.is_empty() {
                return None;
            }
            for entry in entries.iter().take(short(to.0 - next).saturating_add(1)) {
                hash = hash.extend(&entry.open);
                next += 1;
            }
        }
        Some(hash)
    }

    /// Whether a hash at the end of what was brought is the one that is known there.
    fn fits(&self, what: What, hole: Lost, hash: Hash) -> bool {
        let Lost { origin, epoch, last, .. } = hole;
        if what == What::Thin {
            return self.state().hashes.get(&(origin, epoch, last)) == Some(&hash);
        }
        let Some(head) = self.reader.heads().head(origin, epoch) else { return false };
        // Another hole in between: what fills that one is compared then.
        match self.go_on((origin, epoch), (last, hash), head.seq) {
            Some(led) => led == head.hash,
            None => true,
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum What {
    Open,
    Thin,
}

/// What a run of records has in common with holes.
fn common(holes: &[Lost], run: Lost) -> Vec<Lost> {
    let same = holes.iter().filter(|hole| (hole.origin, hole.epoch) == (run.origin, run.epoch));
    let cut = same.map(|hole| Lost {
        first: hole.first.max(run.first),
        last: hole.last.min(run.last),
        ..*hole
    });
    cut.filter(|hole| hole.first <= hole.last).collect()
}

/// What is left of holes without some of their records.
fn without(holes: &[Lost], taken: Lost) -> Vec<Lost> {
    let left = holes.iter().flat_map(|hole| {
        if common(&[*hole], taken).is_empty() {
            return vec![*hole];
        }
        let before = Lost { last: Seq(taken.first.0 - 1), ..*hole };
        let after = Lost { first: Seq(taken.last.0.saturating_add(1)), ..*hole };
        vec![before, after]
    });
    left.filter(|hole| hole.first <= hole.last).collect()
}

/// A journal opened, and written anew first if records came back since the last time; how many.
pub(crate) fn mended<D: Disk + Clone>(
    disk: &D,
    (options, new): (Options, journal::StoreId),
    marks: &[Position],
) -> Result<(Journal<D>, Recovery, usize), StoreError> {
    let (journal, recovery) = Journal::open_marked(disk.clone(), options, marks)?;
    let brought = brought(disk)?;
    if brought.is_empty() {
        return Ok((journal, recovery, 0));
    }
    let mut records = 0;
    let mut opened = (journal, recovery);
    if !opened.1.lost.is_empty() {
        let again = Options { new_store_id: new, ..options };
        match opened.0.mend(disk, again, &brought) {
            Ok(()) => records = brought.records(),
            Err(error) => tracing::error!(%error, "the journal could not be mended yet"),
        }
        opened = Journal::open_marked(disk.clone(), options, marks)?;
        if records == 0 {
            return Ok((opened.0, opened.1, 0));
        }
        tracing::info!(records, lost = ?opened.1.lost, "the journal was mended");
    }
    for name in disk.list()?.iter().filter(|name| name.starts_with(PREFIX)) {
        disk.remove(name)?;
    }
    disk.sync_directory()?;
    Ok((opened.0, opened.1, records))
}

/// All whole files of records that came back.
fn brought<D: Disk>(disk: &D) -> Result<Brought, JournalError> {
    let mut brought = Brought::default();
    for name in disk.list()? {
        if !name.starts_with(PREFIX) || name.ends_with(UNFINISHED) {
            continue;
        }
        let bytes = read_all(disk, &disk.open(&name)?)?;
        let Some(entries) = entries(&bytes) else {
            tracing::error!(name, "a file of records that came back is damaged; it is passed over");
            continue;
        };
        for entry in entries {
            if let Ok(view) = entry.check() {
                brought.put((view.origin, view.epoch, view.seq), entry.clone());
            }
        }
    }
    Ok(brought)
}

fn entries(bytes: &[u8]) -> Option<Vec<Entry>> {
    let (sum, mut rest) = bytes.split_at_checked(HASH_BYTES)?;
    if Hash([0; HASH_BYTES]).extend(rest).0 != sum {
        return None;
    }
    let mut entries = Vec::new();
    while !rest.is_empty() {
        let (entry, after) = EntryRef::split(rest)?;
        entries.push(entry.to_entry());
        rest = after;
    }
    Some(entries)
}

fn write<D: Disk>(disk: &D, name: &str, entries: &[&Entry]) -> Result<(), DiskError> {
    let mut body = Vec::new();
    for entry in entries {
        put_entry(&mut body, entry);
    }
    let mut bytes = Hash([0; HASH_BYTES]).extend(&body).0.to_vec();
    bytes.append(&mut body);
    put_whole(disk, name, &format!("{name}{UNFINISHED}"), &bytes)
}

fn short(number: u64) -> usize {
    usize::try_from(number).unwrap_or(usize::MAX)
}
