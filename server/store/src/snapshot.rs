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
const MAGIC: [u8; 8] = *b"SB-FOLD\x01";
const HASH_BYTES: usize = 32;

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
    /// See [`crate::Machine::save`].
    #[cbor(n(6), with = "minicbor::bytes")]
    pub(crate) state: Vec<u8>,
}

impl Snapshot {
    pub(crate) fn encode(&self) -> Vec<u8> {
        let mut bytes = MAGIC.to_vec();
        bytes.resize(MAGIC.len() + HASH_BYTES, 0);
        minicbor::encode(self, &mut bytes).expect("encoding into memory never fails");
        let hash = hash(bytes.get(MAGIC.len() + HASH_BYTES..).unwrap_or_default());
        if let Some(place) = bytes.get_mut(MAGIC.len()..MAGIC.len() + HASH_BYTES) {
            place.copy_from_slice(&hash);
        }
        bytes
    }

    /// `None` for anything but what [`Snapshot::encode`] wrote.
    pub(crate) fn decode(bytes: &[u8]) -> Option<Self> {
        let (said, body) = bytes.strip_prefix(&MAGIC)?.split_at_checked(HASH_BYTES)?;
        let whole = hash(body).as_slice() == said;
        if whole { minicbor::decode(body).ok() } else { None }
    }
}

fn hash(body: &[u8]) -> [u8; HASH_BYTES] {
    Sha256::digest(body).into()
}

/// The whole snapshots on a disk.
pub(crate) struct Found {
    /// The newest first.
    pub(crate) snapshots: Vec<Snapshot>,
    /// Which of the two files the next one replaces.
    pub(crate) next: usize,
}

impl Found {
    /// Reads both; what is not whole, or of other rules, counts for nothing.
    pub(crate) fn on<D: Disk>(disk: &D, rules: u64) -> Result<Self, DiskError> {
        let mut found = Vec::new();
        for (place, name) in SNAPSHOT_FILES.into_iter().enumerate() {
            let snapshot = read(disk, name)?.as_deref().and_then(Snapshot::decode);
            found.extend(snapshot.filter(|one| one.rules == rules).map(|one| (place, one)));
        }
        found.sort_by_key(|(_, snapshot)| std::cmp::Reverse(snapshot.mark.end));
        let newest = found.first().map_or(1, |(place, _)| *place);
        let snapshots = found.into_iter().map(|(_, snapshot)| snapshot).collect();
        Ok(Self { snapshots, next: 1 - newest })
    }

    pub(crate) fn none() -> Self {
        Self { snapshots: Vec::new(), next: 0 }
    }

    /// The places that they name.
    pub(crate) fn ends(&self) -> Vec<Position> {
        self.snapshots.iter().map(|snapshot| snapshot.mark.end).collect()
    }
}

fn read<D: Disk>(disk: &D, name: &str) -> Result<Option<Vec<u8>>, DiskError> {
    let file = match disk.open(name) {
        Ok(file) => file,
        Err(error) if error.kind == DiskErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let mut bytes = vec![0; usize::try_from(disk.size_bytes(&file)?).unwrap_or(usize::MAX)];
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
