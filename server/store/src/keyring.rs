//! The keys of the sealed parts: slots of a fixed size, kept twice.
//!
//! Invariants: a key is synced in both copies before the record that needs it is appended; a slot
//! without a record is freed at recovery; an erased slot is overwritten in both copies, and the name
//! of its key is never taken again, though another node should still hand it over. What one copy
//! loses is mended from the other when the keyring is opened. Writing belongs to the store's
//! writer; [`Keys`] is how everybody else looks a key up. It must not know what a key opens.

pub(crate) mod slot;

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, PoisonError, RwLock};

use domain::ids::KeyId;
use journal::sealing::{self, PartKey};
use journal::{Disk, DiskError, DiskErrorKind, Entry, Record};
use zeroize::Zeroizing;

use crate::disk::read_all;

use slot::{Held, SLOT_BYTES, Slot};

/// The two copies.
pub const KEYRING_FILES: [&str; 2] = ["keyring.a", "keyring.b"];
/// By how many slots the files grow: 64 KiB.
const GROWTH_SLOTS: usize = 1024;

/// The keys in memory; clones are the same ones.
#[derive(Clone, Default)]
pub struct Keys {
    /// Boxed, so that a growing map leaves no copies of keys behind.
    keys: Arc<RwLock<HashMap<KeyId, Box<PartKey>>>>,
}

impl Keys {
    /// The key, if it is here and was not erased.
    #[must_use]
    pub fn get(&self, id: KeyId) -> Option<PartKey> {
        let keys = self.keys.read().unwrap_or_else(PoisonError::into_inner);
        keys.get(&id).map(|key| PartKey::clone(key))
    }

    /// Whether the key is here.
    #[must_use]
    pub fn has(&self, id: KeyId) -> bool {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).contains_key(&id)
    }

    /// The texts of a record's sealed parts, in order; `None` where a part was withheld, its key is
    /// not here, or it doesn't open.
    #[must_use]
    pub fn open(&self, record: &Record, entry: &Entry) -> Vec<Option<Zeroizing<Vec<u8>>>> {
        let parts = record.sealed.iter().zip(&entry.sealed);
        parts
            .map(|(named, part)| {
                let key = self.get(named.key)?;
                sealing::open(named.key, &key, record.kind, part.as_ref()?).ok()
            })
            .collect()
    }

    /// How many there are.
    #[must_use]
    pub fn count(&self) -> usize {
        self.keys.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn reserve(&self, more: usize) {
        self.keys.write().unwrap_or_else(PoisonError::into_inner).reserve(more);
    }

    fn set(&self, id: KeyId, key: Option<PartKey>) {
        let mut keys = self.keys.write().unwrap_or_else(PoisonError::into_inner);
        match key {
            Some(key) => keys.insert(id, Box::new(key)),
            None => keys.remove(&id),
        };
    }
}

/// What opening found.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct KeyringReport {
    /// Slots of which one copy was damaged or behind, and was written again from the other.
    pub mended: usize,
    /// Slots of which both copies were damaged: what their key sealed can't be read any more.
    pub lost: usize,
    /// Keys whose record never came to be (an unclean stop between the two), and were freed.
    pub freed: usize,
}

/// The keyring's files, with their one writer.
pub(crate) struct Keyring<D: Disk> {
    disk: D,
    files: [D::File; 2],
    /// The generation of each slot.
    generations: Vec<u64>,
    places: HashMap<KeyId, usize>,
    /// Keys that were erased for good.
    erased: HashSet<KeyId>,
    /// Free slots, the lowest last.
    free: Vec<usize>,
    keys: Keys,
    unsynced: bool,
}

impl<D: Disk> Keyring<D> {
    /// Reads both copies and mends each from the other.
    pub(crate) fn open(disk: D) -> Result<(Self, KeyringReport), DiskError> {
        let [first, second] = KEYRING_FILES;
        let files = [open_or_create(&disk, first)?, open_or_create(&disk, second)?];
        disk.sync_directory()?;
        let [first, second] = &files;
        let copies = [read_all(&disk, first)?, read_all(&disk, second)?];
        let mut keyring = Self {
            disk,
            files,
            generations: Vec::new(),
            places: HashMap::new(),
            erased: HashSet::new(),
            free: Vec::new(),
            keys: Keys::default(),
            unsynced: false,
        };
        let report = keyring.settle(&copies)?;
        keyring.sync()?;
        Ok((keyring, report))
    }

    /// The keys, for readers.
    pub(crate) fn keys(&self) -> Keys {
        self.keys.clone()
    }

    /// The names of all keys.
    pub(crate) fn names(&self) -> Vec<KeyId> {
        let mut names: Vec<KeyId> = self.places.keys().copied().collect();
        // In a fixed order, so that the same disk always comes of it.
        names.sort_unstable();
        names
    }

    /// Writes keys, each to a free slot of both copies; durable after [`Keyring::sync`]. One that
    /// is here already is left as it is, and one that was erased is not taken. Answers with those
    /// that are new.
    ///
    /// A `Full` error comes before anything was written.
    pub(crate) fn put(&mut self, batch: &[(KeyId, PartKey)]) -> Result<Vec<KeyId>, DiskError> {
        self.make_room(batch.len())?;
        let mut new = Vec::with_capacity(batch.len());
        for (id, key) in batch {
            if self.places.contains_key(id) || self.erased.contains(id) {
                continue;
            }
            let place = self.free.pop().expect("room was made for the whole batch");
            self.write(place, Held::Key(*id, Zeroizing::new(key.0)))?;
            self.places.insert(*id, place);
            self.keys.set(*id, Some(key.clone()));
            new.push(*id);
        }
        Ok(new)
    }

    /// Overwrites the key in both copies, for good; durable after [`Keyring::sync`]. Says whether it
    /// was here.
    pub(crate) fn erase(&mut self, id: KeyId) -> Result<bool, DiskError> {
        let Some(place) = self.places.remove(&id) else { return Ok(false) };
        self.keys.set(id, None);
        self.erased.insert(id);
        self.write(place, Held::Erased(id))?;
        Ok(true)
    }

    /// Keeps names of keys that were erased where this keyring was copied from, so that they are
    /// never taken again; durable after [`Keyring::sync`].
    pub(crate) fn keep_erased(&mut self, ids: &[KeyId]) -> Result<(), DiskError> {
        self.make_room(ids.len())?;
        for id in ids {
            if self.places.contains_key(id) || !self.erased.insert(*id) {
                continue;
            }
            let place = self.free.pop().expect("room was made for all of them");
            self.write(place, Held::Erased(*id))?;
        }
        Ok(())
    }

    /// Overwrites a key whose record never came to be; its slot may be used again.
    pub(crate) fn let_go(&mut self, id: KeyId) -> Result<(), DiskError> {
        let Some(place) = self.places.remove(&id) else { return Ok(()) };
        self.keys.set(id, None);
        self.write(place, Held::Nothing)?;
        self.free.push(place);
        Ok(())
    }

    /// Frees every key that `known` doesn't know, and syncs; says how many those were.
    pub(crate) fn retain(&mut self, known: impl Fn(&KeyId) -> bool) -> Result<usize, DiskError> {
        let mut unknown: Vec<KeyId> = self.places.keys().filter(|id| !known(id)).copied().collect();
        // In a fixed order, so that the same disk always comes of it.
        unknown.sort_unstable();
        for id in &unknown {
            self.let_go(*id)?;
        }
        self.sync()?;
        Ok(unknown.len())
    }

    /// Makes what was written durable in both copies.
    pub(crate) fn sync(&mut self) -> Result<(), DiskError> {
        if self.unsynced {
            let [first, second] = &self.files;
            self.disk.sync(first)?;
            self.disk.sync(second)?;
            self.unsynced = false;
        }
        Ok(())
    }

    fn settle(&mut self, copies: &[Zeroizing<Vec<u8>>; 2]) -> Result<KeyringReport, DiskError> {
        let [first, second] = copies;
        let both = first.len().min(second.len());
        let needed = both.max(used(first)).max(used(second)).div_ceil(SLOT_BYTES);
        let longest = first.len().max(second.len()).div_ceil(SLOT_BYTES);
        let count = match self.lengthen(copies, longest) {
            // The power went while the files grew, and now there is no room: what was never used in
            // one copy can be missing in the other.
            Err(error) if error.kind == DiskErrorKind::Full => {
                self.lengthen(copies, needed)?;
                needed
            }
            lengthened => lengthened.map(|()| longest)?,
        };
        let mut report = KeyringReport::default();
        self.generations.reserve_exact(count);
        self.places.reserve(count);
        self.keys.reserve(count);
        for place in 0..count {
            let settled = slot::settle_at(first, second, place);
            report.lost += usize::from(settled.lost);
            report.mended += usize::from(!settled.lost && settled.mend);
            self.generations.push(settled.slot.generation);
            if settled.mend {
                self.write_slot(place, &settled.slot)?;
            }
            match &settled.slot.held {
                Held::Key(id, key) => {
                    self.places.insert(*id, place);
                    self.keys.set(*id, Some(PartKey(**key)));
                }
                Held::Erased(id) => {
                    self.erased.insert(*id);
                }
                Held::Nothing => self.free.push(place),
            }
        }
        self.free.reverse();
        Ok(report)
    }

    /// Makes both copies at least so many slots long.
    fn lengthen(
        &mut self,
        copies: &[Zeroizing<Vec<u8>>; 2],
        count: usize,
    ) -> Result<(), DiskError> {
        for (file, copy) in self.files.iter().zip(copies) {
            let missing = (count * SLOT_BYTES).saturating_sub(copy.len());
            if missing > 0 {
                self.unsynced = true;
                self.disk.write_at(file, length(copy.len()), &vec![0; missing])?;
            }
        }
        Ok(())
    }

    fn make_room(&mut self, wanted: usize) -> Result<(), DiskError> {
        if self.free.len() >= wanted {
            return Ok(());
        }
        let before = self.generations.len();
        let after = before + wanted.max(GROWTH_SLOTS);
        let zeros = vec![0; (after - before) * SLOT_BYTES];
        for file in &self.files {
            self.disk.write_at(file, offset(before), &zeros)?;
            self.disk.sync(file)?;
        }
        self.generations.resize(after, 0);
        self.free.splice(0..0, (before..after).rev());
        Ok(())
    }

    fn write(&mut self, place: usize, held: Held) -> Result<(), DiskError> {
        let generation = self.generations.get_mut(place).expect("every place has a generation");
        *generation += 1;
        let slot = Slot { generation: *generation, held };
        self.write_slot(place, &slot)
    }

    fn write_slot(&mut self, place: usize, slot: &Slot) -> Result<(), DiskError> {
        let bytes = slot.encode();
        self.unsynced = true;
        for file in &self.files {
            // A keyring is never grown by a single slot, so an error here is one of the device.
            let written = self.disk.write_at(file, offset(place), bytes.as_ref());
            written.map_err(|error| DiskError::new(DiskErrorKind::Io, error.text))?;
        }
        Ok(())
    }
}

fn open_or_create<D: Disk>(disk: &D, name: &str) -> Result<D::File, DiskError> {
    match disk.open(name) {
        Err(error) if error.kind == DiskErrorKind::NotFound => disk.create(name, 0),
        opened => opened,
    }
}

/// Bytes up to the last one that is not zero.
fn used(copy: &[u8]) -> usize {
    copy.len() - copy.iter().rev().take_while(|byte| **byte == 0).count()
}

fn offset(place: usize) -> u64 {
    length(place * SLOT_BYTES)
}

fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).expect("a length in memory fits 64 bits")
}

#[cfg(test)]
mod tests;
