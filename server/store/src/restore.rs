//! A node made anew from its backup, in an empty directory.
//!
//! It is the same node (its identity comes from the backup) in a new store, and its next start is a
//! new run whose first record names the last one held: so other nodes see that it fell back, and no
//! name is used twice. Keys that the journal says were erased are left out, and all of them where
//! the copy of the keyring is past its date. Nothing is there under the directory's own name before
//! everything is synced.

use std::collections::{BTreeSet, HashSet};
use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::ids::{Hlc, KeyId, NodeId};
use journal::follow::{self, Tail};
use journal::{Journal, JournalError, KeysErased, Pause, Position, StoreId, kind};

use crate::backup::{
    BackupError, Copying, JOURNAL_DIRECTORY, KEYRING_DIRECTORY, is_empty, keys_of, until_of,
};
use crate::disk::{FileDisk, ReadingDisk};
use crate::error::StoreError;
use crate::files::sync_directory;
use crate::keyring::Keyring;
use crate::node::{copy_identity, identity, is_node};
use crate::world::{SystemWorld, random};

/// What is added to the directory's name until it is whole.
const UNFINISHED: &str = "restoring";

/// What was restored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// The node.
    pub node: NodeId,
    /// Its new store.
    pub store: StoreId,
    /// Records of all origins.
    pub records: u64,
    /// The moment of the node's last own record that the backup has, by the node's clock: what
    /// happened later is not here.
    pub latest: Option<Hlc>,
    /// What became of the keys.
    pub keys: KeysRestored,
}

/// What became of the keys of sealed parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KeysRestored {
    /// There is no copy of the keyring: nothing that was sealed can be read.
    None,
    /// The copy is past its date: its keys are not used.
    Expired {
        /// Until when it was good, in milliseconds since 1970.
        until_ms: u64,
    },
    /// They are here.
    Kept {
        /// How many.
        keys: usize,
        /// How many were left out because the journal says that they were erased.
        erased: usize,
    },
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// No backup there.
    #[error("{0} holds no backup: give the directory that `backup` wrote")]
    NoBackup(PathBuf),
    /// The target is not empty.
    #[error("{0} is not empty: give a directory that is empty or not there")]
    NotEmpty(PathBuf),
    /// Reading the backup, or writing the new directory.
    #[error(transparent)]
    Copy(#[from] BackupError),
}

impl From<StoreError> for RestoreError {
    fn from(error: StoreError) -> Self {
        Self::Copy(error.into())
    }
}

impl From<JournalError> for RestoreError {
    fn from(error: JournalError) -> Self {
        Self::Copy(error.into())
    }
}

impl From<io::Error> for RestoreError {
    fn from(error: io::Error) -> Self {
        Self::Copy(error.into())
    }
}

impl From<journal::DiskError> for RestoreError {
    fn from(error: journal::DiskError) -> Self {
        Self::Copy(error.into())
    }
}

/// Makes the node of a backup anew in `to`.
///
/// # Errors
/// [`RestoreError`]; then nothing is there.
pub fn restore(from: &Path, to: &Path, now_ms: u64) -> Result<Restored, RestoreError> {
    let backup = from.join(JOURNAL_DIRECTORY);
    if !is_node(&backup) {
        return Err(RestoreError::NoBackup(from.to_path_buf()));
    }
    if !is_empty(to)? {
        return Err(RestoreError::NotEmpty(to.to_path_buf()));
    }
    let _nobody_follows = lock_of(&backup)?;
    let mut name = to.to_path_buf().into_os_string();
    name.push(".");
    name.push(UNFINISHED);
    let unfinished = PathBuf::from(name);
    // Of an earlier try that was cut short.
    if unfinished.is_dir() {
        fs::remove_dir_all(&unfinished)?;
    }
    let restored = copy(&backup, &from.join(KEYRING_DIRECTORY), &unfinished, now_ms)?;
    if to.is_dir() {
        fs::remove_dir(to)?;
    }
    fs::rename(&unfinished, to)?;
    match to.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => sync_directory(parent)?,
        _ => sync_directory(Path::new("."))?,
    }
    Ok(restored)
}

/// Keeps a follower from writing meanwhile. A medium that can't be written needs no lock.
fn lock_of(backup: &Path) -> Result<Option<FileDisk>, RestoreError> {
    match FileDisk::open(backup) {
        Ok(disk) => Ok(Some(disk)),
        Err(StoreError::InUse(directory)) => Err(StoreError::InUse(directory).into()),
        Err(_) => Ok(None),
    }
}

fn copy(backup: &Path, keyring: &Path, to: &Path, now_ms: u64) -> Result<Restored, RestoreError> {
    let source = ReadingDisk::new(backup);
    let node = identity(&source)?.node_id();
    let disk = FileDisk::open(to)?;
    copy_identity(&source, &disk)?;
    let store = StoreId(random(&*SystemWorld::usual())?);
    let (mut journal, _) = Journal::open(disk.clone(), journal::Options::new(store))?;
    let copied = records(&source, &mut journal, node)?;
    journal.commit_empty(Pause::Stop)?;
    let keys = keys(keyring, disk, &copied.erased, now_ms)?;
    let records = journal.reader().records();
    Ok(Restored { node, store, records, latest: copied.latest, keys })
}

#[derive(Default)]
struct Copied {
    latest: Option<Hlc>,
    erased: HashSet<KeyId>,
}

fn records(
    source: &ReadingDisk,
    journal: &mut Journal<FileDisk>,
    node: NodeId,
) -> Result<Copied, RestoreError> {
    let mut copied = Copied::default();
    let mut copying = Copying::new(journal);
    follow::groups(source, Position::START, Tail::Still, |followed| {
        let view = followed.entry.view().map_err(JournalError::from)?;
        if view.origin == node {
            copied.latest = copied.latest.max(Some(view.time));
            if view.kind == kind::KEYS_ERASED {
                let erased = KeysErased::decode(view.payload).map_err(JournalError::from)?;
                copied.erased.extend(erased.keys);
            }
        }
        copying.stage(&followed)?;
        copying.after(&followed)?;
        Ok::<(), RestoreError>(())
    })?;
    copying.finish()?;
    Ok(copied)
}

fn keys(
    keyring: &Path,
    disk: FileDisk,
    erased: &HashSet<KeyId>,
    now_ms: u64,
) -> Result<KeysRestored, RestoreError> {
    if !keyring.is_dir() {
        return Ok(KeysRestored::None);
    }
    let until_ms = until_of(keyring).unwrap_or(0);
    if now_ms > until_ms {
        return Ok(KeysRestored::Expired { until_ms });
    }
    let found = keys_of(keyring)?;
    let all = found.keys.len();
    let kept: Vec<_> = found.keys.into_iter().filter(|(id, _)| !erased.contains(id)).collect();
    let (mut new, _) = Keyring::open(disk)?;
    new.put(&kept)?;
    // A station that hands a key over again must not bring it back either.
    let gone: BTreeSet<KeyId> = erased.iter().copied().chain(found.erased).collect();
    new.keep_erased(&gone.into_iter().collect::<Vec<_>>())?;
    new.sync()?;
    Ok(KeysRestored::Kept { keys: kept.len(), erased: all - kept.len() })
}
