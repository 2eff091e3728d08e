//! A simulated disk that keeps its promises and no more: for tests, and for simulating whole fairs.
//!
//! What was written but not synced is kept, lost or torn at a crash, by a seed; so are names before
//! the folder was synced. Faults can be ordered: the nth write or sync failing, a full disk, a sync
//! that lies, bytes that rot. Clones share the disk, as processes on one machine do.

mod state;

pub use state::{DiskFault, FaultyCall};

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use super::{Disk, DiskError, DiskErrorKind, Room};
use state::{FileState, State};

/// The simulated disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk(Arc<Mutex<State>>);

/// An open file of a [`MemoryDisk`]; survives renaming, as on a real disk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct MemoryFile(usize);

impl MemoryDisk {
    /// An empty disk without limits or faults.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The power goes: of what was not synced each write is kept, lost or torn at 512 bytes, each
    /// name kept or as before, by the seed. Open files are of no more use.
    pub fn crash(&self, seed: u64) {
        self.state().crash(seed);
    }

    /// Orders a fault; one that was ordered before and not met yet is forgotten.
    pub fn order_fault(&self, fault: Option<DiskFault>) {
        self.state().fault = fault;
    }

    /// How often the ordered faults have struck.
    #[must_use]
    pub fn faults_met(&self) -> u64 {
        self.state().faults_met
    }

    /// From now on the disk holds at most so many bytes; `None` for no limit.
    pub fn limit_bytes(&self, limit: Option<u64>) {
        self.state().limit_bytes = limit;
    }

    /// From now on (or no more) a sync answers well and does nothing.
    pub fn lie_about_syncs(&self, lies: bool) {
        self.state().lies = lies;
    }

    /// How many bytes all files take.
    #[must_use]
    pub fn used_bytes(&self) -> u64 {
        self.state().used_bytes("")
    }

    /// How many writes and syncs were made so far.
    #[must_use]
    pub fn calls_made(&self) -> (u64, u64) {
        let state = self.state();
        (state.writes, state.syncs)
    }

    /// What a file holds now, unsynced writes included; `None` without such a file.
    #[must_use]
    pub fn contents(&self, name: &str) -> Option<Vec<u8>> {
        let state = self.state();
        Some(state.file(state.find(name)?)?.cached.clone())
    }

    /// Rots a file: replaces its bytes, durably, by what `change` makes of them.
    pub fn rot(&self, name: &str, change: impl FnOnce(&mut Vec<u8>)) {
        let mut state = self.state();
        let place = state.find(name);
        if let Some(file) = place.and_then(|place| state.file_mut(place)) {
            change(&mut file.cached);
            file.durable.clone_from(&file.cached);
            file.pending.clear();
        }
    }

    /// A second disk with the same durable contents: a cloned or backed-up machine.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self(Arc::new(Mutex::new(self.state().copy())))
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Disk for MemoryDisk {
    type File = MemoryFile;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        Ok(self.state().names.keys().cloned().collect())
    }

    fn create(&self, name: &str, size_bytes: u64) -> Result<MemoryFile, DiskError> {
        let mut state = self.state();
        state.meet(FaultyCall::Write, name)?;
        state.meet(FaultyCall::Sync, name)?;
        let file = FileState::zeros(state.room(name, size_bytes)?);
        Ok(MemoryFile(state.create(name, file)))
    }

    fn open(&self, name: &str) -> Result<MemoryFile, DiskError> {
        self.state().find(name).map(MemoryFile).ok_or_else(|| not_found(name))
    }

    fn size_bytes(&self, file: &MemoryFile) -> Result<u64, DiskError> {
        Ok(crate::number::long(self.state().opened(*file)?.cached.len()))
    }

    fn read_at(&self, file: &MemoryFile, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        let mut state = self.state();
        let bytes = &state.opened(*file)?.cached;
        let from = crate::number::short(offset).min(bytes.len());
        let rest = bytes.get(from..).unwrap_or_default();
        let length = rest.len().min(into.len());
        if let (Some(place), Some(bytes)) = (into.get_mut(..length), rest.get(..length)) {
            place.copy_from_slice(bytes);
        }
        Ok(length)
    }

    fn write_at(&self, file: &MemoryFile, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        let mut state = self.state();
        let failed = state.meet(FaultyCall::Write, "write");
        let end = offset.saturating_add(crate::number::long(bytes.len()));
        let size = crate::number::long(state.opened(*file)?.cached.len());
        state.room("", end.saturating_sub(size))?;
        // A failing write has written a part.
        let written = if failed.is_err() { bytes.len() / 2 } else { bytes.len() };
        let written = bytes.get(..written).unwrap_or_default();
        state.opened(*file)?.write(offset, written);
        failed
    }

    fn sync(&self, file: &MemoryFile) -> Result<(), DiskError> {
        let mut state = self.state();
        let failed = state.meet(FaultyCall::Sync, "sync");
        let lies = state.lies;
        let file = state.opened(*file)?;
        match failed {
            Ok(()) if lies => {}
            Ok(()) => file.sync(),
            // As Linux does it: the pages count as clean, so no later sync writes them either.
            Err(_) => file.pending.clear(),
        }
        failed
    }

    fn cut(&self, file: &MemoryFile, size_bytes: u64) -> Result<(), DiskError> {
        let mut state = self.state();
        state.meet(FaultyCall::Write, "cut")?;
        state.opened(*file)?.cut(size_bytes);
        Ok(())
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        let mut state = self.state();
        state.meet(FaultyCall::Write, from)?;
        if state.rename(from, to) { Ok(()) } else { Err(not_found(from)) }
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        let mut state = self.state();
        state.meet(FaultyCall::Write, name)?;
        if state.remove(name) { Ok(()) } else { Err(not_found(name)) }
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        let mut state = self.state();
        state.meet(FaultyCall::Sync, "folder")?;
        if !state.lies {
            state.sync_names();
        }
        Ok(())
    }

    /// Known where the room is limited.
    fn room(&self) -> Result<Option<Room>, DiskError> {
        Ok(self.state().whole_room())
    }
}

fn not_found(name: &str) -> DiskError {
    DiskError::new(DiskErrorKind::NotFound, format!("no file {name}"))
}

#[cfg(test)]
mod tests;
