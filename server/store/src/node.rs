//! The node's identity on disk: the seed of its keys, made once and never changed.
//!
//! Invariant: a disk has one identity for ever. A damaged file is an error, never a new identity,
//! since records under the old one could then no longer be continued.

use journal::{Disk, DiskError, DiskErrorKind, NodeKey};
use zeroize::Zeroizing;

use crate::disk::{put_whole, read_all};
use crate::error::StoreError;
use crate::world::{SystemWorld, World, wall_clock_ms};

/// The file's name: 32 bytes of seed and their CRC32C, big-endian.
pub const IDENTITY_FILE: &str = "node.key";
const UNFINISHED_FILE: &str = "node.key.new";
/// What the names of the journal's files end with.
const SEGMENT_ENDING: &str = ".log";
const SEED_BYTES: usize = 32;
const FILE_BYTES: usize = SEED_BYTES + 4;

/// Reads the identity of a disk, or draws and writes one if there is none yet.
///
/// # Errors
/// [`StoreError::is_damaged`] when the file is there but not whole; else the disk's answer.
pub fn identity<D: Disk>(disk: &D) -> Result<NodeKey, StoreError> {
    identity_in(disk, &SystemWorld { wall_clock: wall_clock_ms })
}

/// As [`identity`], with the chance of another world.
///
/// # Errors
/// As [`identity`].
pub fn identity_in<D: Disk>(disk: &D, world: &dyn World) -> Result<NodeKey, StoreError> {
    match disk.open(IDENTITY_FILE) {
        Ok(file) => {
            let mut bytes = Zeroizing::new([0; FILE_BYTES + 1]);
            let length = disk.read_at(&file, 0, bytes.as_mut())?;
            let seed = bytes.get(..length).and_then(seed_of);
            seed.map(|seed| NodeKey::from_seed(*seed)).ok_or(StoreError::IdentityDamaged)
        }
        Err(error) if error.kind == DiskErrorKind::NotFound => {
            if disk.list()?.iter().any(|name| name.ends_with(SEGMENT_ENDING)) {
                return Err(StoreError::IdentityDamaged);
            }
            create(disk, world)
        }
        Err(error) => Err(error.into()),
    }
}

/// Makes a disk the same node as `source`.
pub(crate) fn copy_identity<D: Disk, T: Disk>(source: &D, to: &T) -> Result<(), DiskError> {
    let content = read_all(source, &source.open(IDENTITY_FILE)?)?;
    put_whole(to, IDENTITY_FILE, UNFINISHED_FILE, &content)
}

fn create<D: Disk>(disk: &D, world: &dyn World) -> Result<NodeKey, StoreError> {
    let mut seed = Zeroizing::new([0; SEED_BYTES]);
    world.fill(seed.as_mut())?;
    let sum = crc32c::crc32c(seed.as_ref());
    let parts: [&[u8]; 2] = [seed.as_ref(), &sum.to_be_bytes()];
    let content = Zeroizing::new(parts.concat());
    put_whole(disk, IDENTITY_FILE, UNFINISHED_FILE, &content)?;
    Ok(NodeKey::from_seed(*seed))
}

fn seed_of(bytes: &[u8]) -> Option<Zeroizing<[u8; SEED_BYTES]>> {
    let (seed, sum) = bytes.split_first_chunk::<SEED_BYTES>()?;
    (crc32c::crc32c(seed).to_be_bytes() == sum).then(|| Zeroizing::new(*seed))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt;

    use super::*;
    use crate::disk::FileDisk;

    #[test]
    fn the_identity_stays_and_only_its_owner_reads_it() {
        let directory = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(directory.path()).unwrap();
        let first = identity(&disk).unwrap().node_id();
        assert_eq!(identity(&disk).unwrap().node_id(), first);
        let file = std::fs::metadata(directory.path().join(IDENTITY_FILE)).unwrap();
        assert_eq!(file.permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn a_damaged_identity_is_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(directory.path()).unwrap();
        identity(&disk).unwrap();
        let path = directory.path().join(IDENTITY_FILE);
        let whole = std::fs::read(&path).unwrap();
        let mut changed = whole.clone();
        changed[5] ^= 4;
        for damaged in [changed, whole[..35].to_vec(), [&whole[..], &[0]].concat(), vec![]] {
            std::fs::write(&path, &damaged).unwrap();
            assert!(identity(&disk).unwrap_err().is_damaged());
            assert_eq!(std::fs::read(&path).unwrap(), damaged);
        }
    }
}
