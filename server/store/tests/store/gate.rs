//! A disk whose syncs wait at a gate, so that a test holds a group in the middle.

use std::sync::{Arc, Condvar, Mutex};

use journal::disk::MemoryDisk;
use journal::disk::memory::MemoryFile;
use journal::{Disk, DiskError};

#[derive(Clone, Default)]
pub(crate) struct GatedDisk {
    pub(crate) disk: MemoryDisk,
    gate: Arc<(Mutex<Gate>, Condvar)>,
}

#[derive(Default)]
struct Gate {
    closed: bool,
    waiting: usize,
}

impl GatedDisk {
    pub(crate) fn close(&self) {
        self.gate.0.lock().unwrap().closed = true;
    }

    pub(crate) fn open(&self) {
        self.gate.0.lock().unwrap().closed = false;
        self.gate.1.notify_all();
    }

    /// Returns once a sync waits at the gate.
    pub(crate) fn wait_until_held(&self) {
        let mut gate = self.gate.0.lock().unwrap();
        while gate.waiting == 0 {
            gate = self.gate.1.wait(gate).unwrap();
        }
    }

    fn pass(&self) {
        let mut gate = self.gate.0.lock().unwrap();
        gate.waiting += 1;
        self.gate.1.notify_all();
        while gate.closed {
            gate = self.gate.1.wait(gate).unwrap();
        }
        gate.waiting -= 1;
    }
}

impl Disk for GatedDisk {
    type File = MemoryFile;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        self.disk.list()
    }

    fn create(&self, name: &str, size_bytes: u64) -> Result<MemoryFile, DiskError> {
        self.disk.create(name, size_bytes)
    }

    fn open(&self, name: &str) -> Result<MemoryFile, DiskError> {
        Disk::open(&self.disk, name)
    }

    fn size_bytes(&self, file: &MemoryFile) -> Result<u64, DiskError> {
        self.disk.size_bytes(file)
    }

    fn read_at(&self, file: &MemoryFile, at: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        self.disk.read_at(file, at, into)
    }

    fn write_at(&self, file: &MemoryFile, at: u64, bytes: &[u8]) -> Result<(), DiskError> {
        self.disk.write_at(file, at, bytes)
    }

    fn sync(&self, file: &MemoryFile) -> Result<(), DiskError> {
        self.pass();
        self.disk.sync(file)
    }

    fn cut(&self, file: &MemoryFile, size_bytes: u64) -> Result<(), DiskError> {
        self.disk.cut(file, size_bytes)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        self.disk.rename(from, to)
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        self.disk.remove(name)
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        self.disk.sync_directory()
    }
}
