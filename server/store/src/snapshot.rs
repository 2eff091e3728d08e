//! Snapshots of the folded state, so that a start folds only what came after the latest one.
//!
//! A snapshot is never the truth: it is used only where the journal still holds, before the place
//! that it names, exactly the records that it was made from ([`journal::Mark`]), where the rules
//! are the same, and where its own hash is good. Else an older one is, or none, and everything is
//! folded from the first record. It holds what open parts say and the names of keys, never a key
//! or a text. Two are kept; each is written beside them, synced, and only then takes the older
//! one's name. It must not know what a state means.

mod keeper;

use domain::ids::{Epoch, Hlc, KeyId, NodeId, Seq};
use journal::{Disk, DiskError, DiskErrorKind, Mark, Position};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

use crate::disk::put_whole;

pub(crate) use keeper::{Due, Keeper, Since};

/// The two that are kept.
pub const SNAPSHOT_FILES: [&str; 2] = ["fold.a", "fold.b"];
/// The one that is being written.
const UNFINISHED: &str = "fold.new";
/// What every snapshot of this format begins with.
const MAGIC: [u8; 8] = *b"SB-FOLD\x02";
const HASH_BYTES: usize = 32;
/// More than what is looked at first.
const HEAD_BYTES: usize = 512;
/// What one checksum covers.
const CHECKED_BYTES: usize = 4096;

/// The state at one place of the journal, and what else opening needs to know of what lies before.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub(crate) struct Snapshot {
    /// See [`crate::Machine::RULES`].
    #[n(0)]
    pub(crate) rules: u64,
    /// What was folded.
    #[n(1)]
    pub(crate) mark: Mark,
    /// The own clock's latest moment.
    #[n(2)]
    pub(crate) time: Hlc,
    /// Records that could not be read.
    #[n(3)]
    pub(crate) unread: u64,
    /// Records that wait for the end of their transaction: the first of an epoch, and how many.
    #[n(4)]
    pub(crate) held_back: Vec<(NodeId, Epoch, Seq, u64)>,
    /// The keys that records before the mark name.
    #[n(5)]
    pub(crate) keys: Vec<KeyId>,
}

impl Snapshot {
    /// With the state ([`crate::Machine::save`]) behind it.
    pub(crate) fn encode(&self, state: &[u8]) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(state.len() + state.len() / 8);
        bytes.extend_from_slice(&MAGIC);
        bytes.resize(MAGIC.len() + HASH_BYTES, 0);
        minicbor::encode(self, &mut bytes).expect("encoding into memory never fails");
        bytes.extend_from_slice(state);
        let hash = hash(bytes.get(MAGIC.len() + HASH_BYTES..).unwrap_or_default());
        if let Some(place) = bytes.get_mut(MAGIC.len()..MAGIC.len() + HASH_BYTES) {
            place.copy_from_slice(&hash);
        }
        bytes
    }

    /// The snapshot and its state; `None` for anything but what [`Snapshot::encode`] wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (said, body) = bytes.strip_prefix(&MAGIC)?.split_at_checked(HASH_BYTES)?;
        if hash(body).as_slice() != said {
            return None;
        }
        let mut input = minicbor::Decoder::new(body);
        let snapshot = input.decode().ok()?;
        Some((snapshot, body.get(input.position()..)?))
    }
}

/// Checksums of blocks, hashed: as fast as memory, and a change of any block is seen as it is in
/// the journal's frames.
fn hash(body: &[u8]) -> [u8; HASH_BYTES] {
    let mut sums = Sha256::new();
    for block in body.chunks(CHECKED_BYTES) {
        sums.update(crc32c::crc32c(block).to_le_bytes());
    }
    sums.update(body.len().to_le_bytes());
    sums.finalize().into()
}

/// What may be snapshots on a disk, by what their beginnings say: whether one is whole is found out
/// when it is taken up, which the older one seldom is.
pub(crate) struct Found {
    /// The newest first: which of the two files, and where in the journal it says to be of.
    files: Vec<(usize, Position)>,
}

impl Found {
    /// Looks at both; what can't be one, or is of other rules, counts for nothing.
    pub(crate) fn on<D: Disk>(disk: &D, rules: u64) -> Result<Self, DiskError> {
        let mut files = Vec::new();
        for place in 0..SNAPSHOT_FILES.len() {
            let said = read_some(disk, place, HEAD_BYTES)?.as_deref().and_then(head);
            files.extend(said.filter(|(of, _)| *of == rules).map(|(_, mark)| (place, mark.end)));
        }
        files.sort_by_key(|(_, end)| std::cmp::Reverse(*end));
        Ok(Self { files })
    }

    pub(crate) const fn none() -> Self {
        Self { files: Vec::new() }
    }

    /// Which files, the newest first.
    pub(crate) fn places(&self) -> impl Iterator<Item = usize> {
        self.files.iter().map(|(place, _)| *place)
    }

    /// The places in the journal that they name.
    pub(crate) fn ends(&self) -> Vec<Position> {
        self.files.iter().map(|(_, end)| *end).collect()
    }
}

/// What the beginning of a file says: of which rules and of which records it is.
fn head(bytes: &[u8]) -> Option<(u64, Mark)> {
    let mut input = minicbor::Decoder::new(bytes.strip_prefix(&MAGIC)?.get(HASH_BYTES..)?);
    input.array().ok()?;
    Some((input.decode().ok()?, input.decode().ok()?))
}

/// All of a file.
pub(crate) fn read<D: Disk>(disk: &D, place: usize) -> Result<Option<Vec<u8>>, DiskError> {
    read_some(disk, place, usize::MAX)
}

fn read_some<D: Disk>(disk: &D, place: usize, most: usize) -> Result<Option<Vec<u8>>, DiskError> {
    let name = SNAPSHOT_FILES.get(place).copied().unwrap_or_default();
    let file = match disk.open(name) {
        Ok(file) => file,
        Err(error) if error.kind == DiskErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let size = usize::try_from(disk.size_bytes(&file)?).unwrap_or(usize::MAX);
    let mut bytes = vec![0; size.min(most)];
    // A file that can't be read is a snapshot that isn't there.
    let length = disk.read_at(&file, 0, &mut bytes).unwrap_or(0);
    bytes.truncate(length);
    Ok(Some(bytes))
}

/// Puts a snapshot in the place of the file with this number; the other one stays.
pub(crate) fn write<D: Disk>(disk: &D, place: usize, bytes: &[u8]) -> Result<(), DiskError> {
    let name = SNAPSHOT_FILES.get(place).copied().unwrap_or_default();
    let written = put_whole(disk, name, UNFINISHED, bytes);
    if written.is_err() {
        // It takes room, and the next one begins anew anyway.
        let _gone = disk.remove(UNFINISHED);
    }
    written
}

#[cfg(test)]
mod tests;
