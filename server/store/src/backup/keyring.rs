//! The copy of a keyring: the same slots at the same places, in two files, overwritten in place.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::Path;

use domain::ids::KeyId;
use journal::sealing::PartKey;
use zeroize::Zeroizing;

use super::KEYRING_DAYS;
use crate::files::{sync_directory, write_whole};
use crate::keyring::KEYRING_FILES;
use crate::keyring::slot::{Held, SLOT_BYTES, Slot, settle, slots};

/// Until when the copy may be used: milliseconds since 1970, in digits.
const UNTIL_FILE: &str = "until";
const DAY_MS: u64 = 24 * 3_600_000;
/// How old the date may become before it is written again although nothing changed.
const DATE_AGAIN_MS: u64 = 3_600_000;

/// Brings the copy up to the node's keyring; says until when it may be used.
pub(super) fn copy(from: &Path, to: &Path, now_ms: u64) -> io::Result<u64> {
    if !to.is_dir() {
        fs::DirBuilder::new().recursive(true).mode(0o700).create(to)?;
    }
    let settled = settled(from)?;
    let mut changed = false;
    for name in KEYRING_FILES {
        changed |= overwrite(&to.join(name), &settled)?;
    }
    let until = now_ms.saturating_add(KEYRING_DAYS * DAY_MS);
    match until_of(to) {
        Some(said) if !changed && until.saturating_sub(said) < DATE_AGAIN_MS => Ok(said),
        _ => {
            write_whole(to, UNTIL_FILE, until.to_string().as_bytes())?;
            sync_directory(to)?;
            Ok(until)
        }
    }
}

/// Until when a copy may be used; none if nobody can say.
pub(crate) fn until_of(directory: &Path) -> Option<u64> {
    fs::read_to_string(directory.join(UNTIL_FILE)).ok()?.trim().parse().ok()
}

/// What a copy of a keyring holds.
#[derive(Default)]
pub(crate) struct Copied {
    pub(crate) keys: Vec<(KeyId, PartKey)>,
    /// Names of keys that were erased.
    pub(crate) erased: Vec<KeyId>,
}

/// The keys of a copy.
pub(crate) fn keys_of(directory: &Path) -> io::Result<Copied> {
    let bytes = settled(directory)?;
    let mut copied = Copied::default();
    for slot in slots(&bytes, bytes.len() / SLOT_BYTES) {
        match Slot::decode(&slot).map(|slot| slot.held) {
            Some(Held::Key(id, key)) => copied.keys.push((id, PartKey(*key))),
            Some(Held::Erased(id)) => copied.erased.push(id),
            Some(Held::Nothing) | None => {}
        }
    }
    Ok(copied)
}

/// The slots as they count: of each the newer whole one of the two. One that is being written at
/// this moment is whole in the other file.
fn settled(directory: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    let [first, second] = KEYRING_FILES;
    let (first, second) = (read(&directory.join(first))?, read(&directory.join(second))?);
    let count = first.len().max(second.len()).div_ceil(SLOT_BYTES);
    let pairs = slots(&first, count).into_iter().zip(slots(&second, count));
    let mut bytes = Zeroizing::new(Vec::with_capacity(count * SLOT_BYTES));
    for (first, second) in pairs {
        bytes.extend_from_slice(settle(&first, &second).slot.encode().as_ref());
    }
    Ok(bytes)
}

fn read(path: &Path) -> io::Result<Zeroizing<Vec<u8>>> {
    match fs::read(path) {
        Ok(bytes) => Ok(Zeroizing::new(bytes)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(Zeroizing::default()),
        Err(error) => Err(error),
    }
}

/// Writes the slots that differ over the old ones, and syncs; says whether there were any.
fn overwrite(path: &Path, wanted: &[u8]) -> io::Result<bool> {
    let before = read(path)?;
    let file: File =
        OpenOptions::new().write(true).create(true).truncate(false).mode(0o600).open(path)?;
    let mut changed = before.is_empty();
    let longest = before.len().max(wanted.len()).next_multiple_of(SLOT_BYTES);
    for at in (0..longest).step_by(SLOT_BYTES) {
        let of = |bytes: &[u8]| -> [u8; SLOT_BYTES] {
            let mut slot = [0; SLOT_BYTES];
            for (place, byte) in slot.iter_mut().zip(bytes.iter().skip(at)) {
                *place = *byte;
            }
            slot
        };
        let (old, new) = (Zeroizing::new(of(&before)), Zeroizing::new(of(wanted)));
        if old != new || at >= before.len() {
            let offset = u64::try_from(at).unwrap_or(u64::MAX);
            file.write_all_at(new.as_ref(), offset)?;
            changed = true;
        }
    }
    if changed {
        file.sync_all()?;
    }
    Ok(changed)
}
