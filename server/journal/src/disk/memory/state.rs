//! What the simulated disk holds, and what a crash does to it.

use std::collections::BTreeMap;

use super::super::{DiskError, DiskErrorKind, Room};
use super::MemoryFile;
use crate::number::{long, short};

/// What tears apart at a crash.
const SECTOR_BYTES: usize = 512;

/// Which calls a fault strikes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum FaultyCall {
    /// Writing, creating, renaming, removing.
    Write,
    /// Syncing a file or the folder; creating.
    Sync,
}

/// A fault that is ordered.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DiskFault {
    /// Which calls it counts and strikes.
    pub call: FaultyCall,
    /// How many of them still succeed.
    pub after: u64,
    /// What the failing one says.
    pub kind: DiskErrorKind,
    /// Whether all later ones fail too.
    pub stays: bool,
}

/// One file.
#[derive(Debug, Clone, Default)]
pub(super) struct FileState {
    pub(super) durable: Vec<u8>,
    pub(super) cached: Vec<u8>,
    pub(super) pending: Vec<Change>,
}

/// What was done to a file since its last sync.
#[derive(Debug, Clone)]
pub(super) enum Change {
    Write(usize, Vec<u8>),
    Size(usize),
}

/// What was done to the folder since its last sync.
#[derive(Debug, Clone)]
enum NameChange {
    Set(String, usize),
    Rename(String, String),
    Remove(String),
}

#[derive(Debug, Clone, Default)]
pub(super) struct State {
    files: Vec<FileState>,
    /// As seen now.
    pub(super) names: BTreeMap<String, usize>,
    durable_names: BTreeMap<String, usize>,
    name_changes: Vec<NameChange>,
    pub(super) fault: Option<DiskFault>,
    pub(super) faults_met: u64,
    pub(super) limit_bytes: Option<u64>,
    pub(super) lies: bool,
    pub(super) writes: u64,
    pub(super) syncs: u64,
    /// Open files of before a crash are refused.
    first_valid: usize,
}

impl FileState {
    pub(super) fn zeros(size: usize) -> Self {
        Self { durable: vec![0; size], cached: vec![0; size], pending: Vec::new() }
    }

    pub(super) fn write(&mut self, offset: u64, bytes: &[u8]) {
        overwrite(&mut self.cached, short(offset), bytes);
        self.pending.push(Change::Write(short(offset), bytes.to_vec()));
    }

    pub(super) fn cut(&mut self, size_bytes: u64) {
        self.cached.resize(short(size_bytes), 0);
        self.pending.push(Change::Size(short(size_bytes)));
    }

    pub(super) fn sync(&mut self) {
        for change in self.pending.drain(..) {
            match change {
                Change::Write(offset, bytes) => overwrite(&mut self.durable, offset, &bytes),
                Change::Size(size) => self.durable.resize(size, 0),
            }
        }
    }

    fn crash(&mut self, chance: &mut Chance) {
        for change in std::mem::take(&mut self.pending) {
            match (chance.below(3), change) {
                (0, _) => {}
                (1, Change::Write(offset, bytes)) => self.tear(offset, &bytes, chance),
                (_, Change::Write(offset, bytes)) => overwrite(&mut self.durable, offset, &bytes),
                (_, Change::Size(size)) => self.durable.resize(size, 0),
            }
        }
        self.cached.clone_from(&self.durable);
    }

    /// Each sector is kept or lost.
    fn tear(&mut self, mut offset: usize, mut bytes: &[u8], chance: &mut Chance) {
        while !bytes.is_empty() {
            let in_sector = (SECTOR_BYTES - offset % SECTOR_BYTES).min(bytes.len());
            let (sector, rest) = bytes.split_at(in_sector);
            if chance.below(2) == 0 {
                overwrite(&mut self.durable, offset, sector);
            }
            offset += in_sector;
            bytes = rest;
        }
    }
}

impl State {
    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.names.get(name).copied()
    }

    pub(super) fn file(&self, place: usize) -> Option<&FileState> {
        self.files.get(place)
    }

    pub(super) fn file_mut(&mut self, place: usize) -> Option<&mut FileState> {
        self.files.get_mut(place)
    }

    pub(super) fn opened(&mut self, file: MemoryFile) -> Result<&mut FileState, DiskError> {
        let stale = || DiskError::new(DiskErrorKind::Io, "a file opened before the crash");
        let MemoryFile(place) = file;
        self.files.get_mut(place).filter(|_| place >= self.first_valid).ok_or_else(stale)
    }

    pub(super) fn create(&mut self, name: &str, file: FileState) -> usize {
        self.files.push(file);
        let place = self.files.len() - 1;
        self.change_name(NameChange::Set(name.into(), place));
        place
    }

    pub(super) fn rename(&mut self, from: &str, to: &str) -> bool {
        let known = self.names.contains_key(from);
        self.change_name(NameChange::Rename(from.into(), to.into()));
        known
    }

    pub(super) fn remove(&mut self, name: &str) -> bool {
        let known = self.names.contains_key(name);
        self.change_name(NameChange::Remove(name.into()));
        known
    }

    pub(super) fn sync_names(&mut self) {
        self.durable_names.clone_from(&self.names);
        self.name_changes.clear();
    }

    /// Counts a call, and fails it if that was ordered.
    pub(super) fn meet(&mut self, call: FaultyCall, what: &str) -> Result<(), DiskError> {
        match call {
            FaultyCall::Write => self.writes += 1,
            FaultyCall::Sync => self.syncs += 1,
        }
        let Some(fault) = self.fault.as_mut().filter(|fault| fault.call == call) else {
            return Ok(());
        };
        if fault.after > 0 {
            fault.after -= 1;
            return Ok(());
        }
        let failed = DiskError::new(fault.kind, format!("an ordered fault at {what}"));
        if !fault.stays {
            self.fault = None;
        }
        self.faults_met += 1;
        Err(failed)
    }

    /// What is free of what there is, where that is limited.
    pub(super) fn whole_room(&self) -> Option<Room> {
        let total_bytes = self.limit_bytes?;
        let free_bytes = total_bytes.saturating_sub(self.used_bytes(""));
        Some(Room { free_bytes, total_bytes })
    }

    /// Whether so many more bytes fit, once a file of this name has been replaced.
    pub(super) fn room(&self, name: &str, more_bytes: u64) -> Result<usize, DiskError> {
        let used = self.used_bytes(name);
        let full = more_bytes > 0
            && self.limit_bytes.is_some_and(|limit| used.saturating_add(more_bytes) > limit);
        if full {
            return Err(DiskError::new(DiskErrorKind::Full, "no room left on the simulated disk"));
        }
        Ok(short(more_bytes))
    }

    /// How many bytes all files take but the one of this name.
    pub(super) fn used_bytes(&self, but: &str) -> u64 {
        let others = self.names.iter().filter(|(known, _)| known.as_str() != but);
        let files = others.filter_map(|(_, place)| self.files.get(*place));
        files.map(|file| long(file.cached.len())).sum()
    }

    pub(super) fn crash(&mut self, seed: u64) {
        let mut chance = Chance(seed);
        for file in &mut self.files {
            file.crash(&mut chance);
        }
        for change in std::mem::take(&mut self.name_changes) {
            if chance.below(2) == 0 {
                apply(&mut self.durable_names, change);
            }
        }
        // Fresh places, so that files opened before are refused.
        self.first_valid = self.files.len();
        for place in self.durable_names.values_mut() {
            let file = self.files.get(*place).cloned().unwrap_or_default();
            *place = self.files.len();
            self.files.push(file);
        }
        for file in self.files.iter_mut().take(self.first_valid) {
            *file = FileState::default();
        }
        self.names.clone_from(&self.durable_names);
    }

    /// The durable contents on another disk.
    pub(super) fn copy(&self) -> Self {
        let mut other = Self::default();
        for (name, place) in &self.durable_names {
            let durable = self.files.get(*place).map(|file| file.durable.clone());
            let durable = durable.unwrap_or_default();
            let file = FileState { cached: durable.clone(), durable, pending: Vec::new() };
            other.create(name, file);
        }
        other.sync_names();
        other
    }

    fn change_name(&mut self, change: NameChange) {
        apply(&mut self.names, change.clone());
        self.name_changes.push(change);
    }
}

fn apply(names: &mut BTreeMap<String, usize>, change: NameChange) {
    match change {
        NameChange::Set(name, place) => {
            names.insert(name, place);
        }
        NameChange::Rename(from, to) => {
            if let Some(place) = names.remove(&from) {
                names.insert(to, place);
            }
        }
        NameChange::Remove(name) => {
            names.remove(&name);
        }
    }
}

fn overwrite(file: &mut Vec<u8>, offset: usize, bytes: &[u8]) {
    let end = offset.saturating_add(bytes.len());
    if file.len() < end {
        file.resize(end, 0);
    }
    if let Some(place) = file.get_mut(offset..end) {
        place.copy_from_slice(bytes);
    }
}

/// SplitMix64: a small generator whose whole state is the seed.
struct Chance(u64);

impl Chance {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        (mixed ^ (mixed >> 31)) % limit
    }
}
