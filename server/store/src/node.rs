//! The node's identity on disk: the seed of its keys, made once and kept twice.
//!
//! Invariant: a disk keeps its identity until it goes over to the next one, which was drawn before and
//! lies beside it until everything is done that belongs to that. What one copy loses is mended from
//! the other; where neither is whole it is an error, never a new identity, since records under the old
//! one could then no longer be continued.

use std::path::Path;

use journal::{Disk, DiskError, DiskErrorKind, NodeKey};
use zeroize::Zeroizing;

use crate::disk::{put_whole, read_all};
use crate::error::StoreError;
use crate::world::{SystemWorld, World, wall_clock_ms};

/// The two copies: 32 bytes of seed and their CRC32C, big-endian.
pub(crate) const IDENTITY_FILES: [&str; 2] = ["node.key", "node.key.copy"];
/// The identity that the disk's node goes over to.
const NEXT_FILE: &str = "node.key.next";
const UNFINISHED_FILE: &str = "node.key.new";
/// What the names of the journal's files end with.
const SEGMENT_ENDING: &str = ".log";
const SEED_BYTES: usize = 32;

type Seed = Zeroizing<[u8; SEED_BYTES]>;

/// Whether a directory is some node's.
#[must_use]
pub fn is_node(directory: &Path) -> bool {
    IDENTITY_FILES.iter().any(|name| directory.join(name).is_file())
}

/// Reads the identity of a disk, or draws and writes one if there is none yet.
///
/// # Errors
/// [`StoreError::is_damaged`] when it is there and neither copy is whole; else the disk's answer.
pub fn identity<D: Disk>(disk: &D) -> Result<NodeKey, StoreError> {
    identity_in(disk, &SystemWorld { wall_clock: wall_clock_ms })
}

/// As [`identity`], with the chance of another world.
///
/// # Errors
/// As [`identity`].
pub fn identity_in<D: Disk>(disk: &D, world: &dyn World) -> Result<NodeKey, StoreError> {
    if let Some(seed) = seed_on(disk)? {
        return Ok(NodeKey::from_seed(*seed));
    }
    draw(disk, world, &IDENTITY_FILES)
}

fn draw<D: Disk>(disk: &D, world: &dyn World, names: &[&str]) -> Result<NodeKey, StoreError> {
    let mut seed = Seed::default();
    world.fill(seed.as_mut())?;
    put(disk, &seed, names)?;
    Ok(NodeKey::from_seed(*seed))
}

/// Makes a disk the same node as `source`.
pub(crate) fn copy_identity<D: Disk, T: Disk>(source: &D, to: &T) -> Result<(), StoreError> {
    let seed = seed_on(source)?.ok_or(StoreError::IdentityDamaged)?;
    Ok(put(to, &seed, &IDENTITY_FILES)?)
}

/// The identity that a disk's node goes over to next: drawn before, or drawn now.
///
/// # Errors
/// The disk's answer.
pub(crate) fn next_identity<D: Disk>(disk: &D) -> Result<NodeKey, StoreError> {
    if let Some(drawn) = drawn_identity(disk)? {
        return Ok(drawn);
    }
    draw(disk, &SystemWorld { wall_clock: wall_clock_ms }, &[NEXT_FILE])
}

/// The identity that was drawn for a disk's node and is not wholly in use; none where none was.
///
/// # Errors
/// The disk's answer.
pub fn drawn_identity<D: Disk>(disk: &D) -> Result<Option<NodeKey>, StoreError> {
    match find(disk, NEXT_FILE)? {
        Found::Whole(seed) => Ok(Some(NodeKey::from_seed(*seed))),
        Found::Missing | Found::Damaged => Ok(None),
    }
}

/// Goes over to the identity that was drawn: the one of before is gone for good. Cut short, it is
/// finished by whoever reads the identity next.
///
/// # Errors
/// The disk's answer.
pub fn go_over<D: Disk>(disk: &D) -> Result<(), StoreError> {
    if let Found::Whole(seed) = find(disk, NEXT_FILE)? {
        put(disk, &seed, &IDENTITY_FILES)?;
    }
    Ok(())
}

/// Notes that nothing is left to do for the identity that was drawn.
///
/// # Errors
/// The disk's answer.
pub fn went_over<D: Disk>(disk: &D) -> Result<(), StoreError> {
    disk.remove(NEXT_FILE)?;
    Ok(disk.sync_directory()?)
}

/// A copy as it was found.
enum Found {
    Missing,
    Damaged,
    Whole(Seed),
}

/// The seed that the copies hold; `None` on a disk of no node.
fn seed_on<D: Disk>(disk: &D) -> Result<Option<Seed>, StoreError> {
    let [first, second] = IDENTITY_FILES;
    let copies = [find(disk, first)?, find(disk, second)?];
    match &copies {
        [Found::Whole(one), Found::Whole(other)] if **one != **other => {
            // Going over to the next one was cut short.
            match find(disk, NEXT_FILE)? {
                Found::Whole(next) if **one == *next => Ok(Some(mended(disk, &next, second))),
                _ => Err(StoreError::IdentityDamaged),
            }
        }
        [Found::Whole(seed), Found::Whole(_)] => Ok(Some(seed.clone())),
        [Found::Whole(seed), _] => Ok(Some(mended(disk, seed, second))),
        [_, Found::Whole(seed)] => Ok(Some(mended(disk, seed, first))),
        [Found::Missing, Found::Missing] if !has_segments(disk)? => Ok(None),
        _ => Err(StoreError::IdentityDamaged),
    }
}

fn mended<D: Disk>(disk: &D, seed: &Seed, name: &str) -> Seed {
    // On a full disk, or one that is only read, the next start tries again.
    if let Err(error) = put(disk, seed, &[name]) {
        tracing::warn!(%error, "the second copy of the identity could not be written");
    }
    seed.clone()
}

fn has_segments<D: Disk>(disk: &D) -> Result<bool, DiskError> {
    Ok(disk.list()?.iter().any(|name| name.ends_with(SEGMENT_ENDING)))
}

fn find<D: Disk>(disk: &D, name: &str) -> Result<Found, DiskError> {
    match disk.open(name).and_then(|file| read_all(disk, &file)) {
        Ok(bytes) => Ok(seed_of(&bytes).map_or(Found::Damaged, Found::Whole)),
        Err(error) if error.kind == DiskErrorKind::NotFound => Ok(Found::Missing),
        Err(error) if error.kind == DiskErrorKind::Io => Ok(Found::Damaged),
        Err(error) => Err(error),
    }
}

fn put<D: Disk>(disk: &D, seed: &Seed, names: &[&str]) -> Result<(), DiskError> {
    let sum = crc32c::crc32c(seed.as_ref());
    let parts: [&[u8]; 2] = [seed.as_ref(), &sum.to_be_bytes()];
    let content = Zeroizing::new(parts.concat());
    names.iter().try_for_each(|name| put_whole(disk, name, UNFINISHED_FILE, &content))
}

fn seed_of(bytes: &[u8]) -> Option<Seed> {
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
        for name in IDENTITY_FILES {
            let file = std::fs::metadata(directory.path().join(name)).unwrap();
            assert_eq!(file.permissions().mode() & 0o777, 0o600);
        }
    }

    #[test]
    fn the_identity_changes_to_the_one_drawn_before_also_when_that_is_cut_short() {
        let directory = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(directory.path()).unwrap();
        let first = identity(&disk).unwrap().node_id();
        assert!(drawn_identity(&disk).unwrap().is_none());
        let next = next_identity(&disk).unwrap().node_id();
        assert_eq!(next_identity(&disk).unwrap().node_id(), next);
        assert_eq!(identity(&disk).unwrap().node_id(), first, "not before it goes over");
        // Cut short between the two copies.
        let seed = find(&disk, NEXT_FILE).unwrap();
        let Found::Whole(seed) = seed else { panic!("none drawn") };
        put(&disk, &seed, &IDENTITY_FILES[..1]).unwrap();
        assert_eq!(identity(&disk).unwrap().node_id(), next);
        go_over(&disk).unwrap();
        went_over(&disk).unwrap();
        assert_eq!(identity(&disk).unwrap().node_id(), next);
        assert!(drawn_identity(&disk).unwrap().is_none());
        assert_ne!(next_identity(&disk).unwrap().node_id(), next);
    }

    /// What can happen to a file of 36 bytes.
    fn damages(whole: &[u8]) -> [Vec<u8>; 4] {
        let mut changed = whole.to_vec();
        changed[5] ^= 4;
        [changed, whole[..35].to_vec(), [whole, &[0]].concat(), vec![]]
    }

    #[test]
    fn one_copy_is_mended_from_the_other() {
        let directory = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(directory.path()).unwrap();
        let node = identity(&disk).unwrap().node_id();
        for path in IDENTITY_FILES.map(|name| directory.path().join(name)) {
            let whole = std::fs::read(&path).unwrap();
            for damaged in damages(&whole) {
                std::fs::write(&path, &damaged).unwrap();
                assert_eq!(identity(&disk).unwrap().node_id(), node);
                assert_eq!(std::fs::read(&path).unwrap(), whole);
            }
            // As in a directory of a version that kept one.
            std::fs::remove_file(&path).unwrap();
            assert_eq!(identity(&disk).unwrap().node_id(), node);
            assert_eq!(std::fs::read(&path).unwrap(), whole);
        }
    }

    #[test]
    fn an_identity_without_a_whole_copy_is_never_replaced() {
        let directory = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(directory.path()).unwrap();
        identity(&disk).unwrap();
        let paths = IDENTITY_FILES.map(|name| directory.path().join(name));
        let whole = std::fs::read(&paths[0]).unwrap();
        for damaged in damages(&whole) {
            paths.iter().for_each(|path| std::fs::write(path, &damaged).unwrap());
            assert!(identity(&disk).unwrap_err().is_damaged());
            paths.iter().for_each(|path| assert_eq!(std::fs::read(path).unwrap(), damaged));
        }
        let elsewhere = tempfile::tempdir().unwrap();
        let other = FileDisk::open(elsewhere.path()).unwrap();
        identity(&other).unwrap();
        std::fs::write(&paths[0], &whole).unwrap();
        std::fs::copy(elsewhere.path().join(IDENTITY_FILES[1]), &paths[1]).unwrap();
        assert!(identity(&disk).unwrap_err().is_damaged(), "two nodes' halves");
    }
}
