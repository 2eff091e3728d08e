//! A copy of a node on a second disk, once or as a follower, while the node runs.
//!
//! The copy's journal is a journal of its own store, to which every record is appended that the
//! node's journal is known to hold durably: `journal::follow` says which these are without the
//! node's lock, and why that is sound. So a backup needs no door into the running node, survives a
//! power cut of its own like any journal, and refuses what doesn't chain.
//! The keyring is copied apart, after the records, slot by slot in place, so that a key erased at
//! the node is overwritten in the copy by the next pass; the copy says until when it may be used.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use domain::ids::{Hlc, NodeId};
use journal::follow::{self, Followed, Reached, Tail};
use journal::{Journal, JournalError, Misfit, NodeKey, Position, StoreId};

use crate::disk::{FileDisk, ReadingDisk};
use crate::error::StoreError;
use crate::files::write_whole;
use crate::node::{copy_identity, identity, is_node};
use crate::world::{SystemWorld, random};

mod keyring;

pub(crate) use keyring::{keys_of, until_of};

/// The journal of a backup, and of a kiosk, below its directory; the commands that look into a
/// journal find it there.
pub const JOURNAL_DIRECTORY: &str = "journal";
/// The keyring of a backup.
pub const KEYRING_DIRECTORY: &str = "keyring";
/// How far the node's journal was read: its store's name and the position in it.
const CURSOR_FILE: &str = "followed";
/// For how many days after it was made the copy of a keyring may be used: so long after an erasure
/// nothing opens any more what was erased, whatever copies are left.
pub const KEYRING_DAYS: u64 = 14;
/// How much is staged before it is written.
const GROUP_BYTES: usize = 1 << 20;

/// Why nothing is copied any more.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    /// There is no node in the directory.
    #[error("{0} holds no node: give the directory of one")]
    NoNode(PathBuf),
    /// The target holds something else.
    #[error("{0} holds something that is no backup: choose an empty directory")]
    NoBackup(PathBuf),
    /// The target is another node's.
    #[error("this is the backup of another node ({0}): choose another directory")]
    OtherNode(NodeId),
    /// The target lies within the node's directory, or the other way round.
    #[error("the backup must not lie within the node's own directory, best on another disk")]
    SamePlace,
    /// A record does not follow what the backup holds.
    #[error(
        "the node's journal doesn't go on from what the backup holds ({0}): run `journal verify` on both"
    )]
    Misfit(Misfit),
    /// The node's or the backup's files.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The node's or the backup's journal.
    #[error(transparent)]
    Journal(#[from] JournalError),
}

impl From<io::Error> for BackupError {
    fn from(error: io::Error) -> Self {
        Self::Store(error.into())
    }
}

impl From<journal::DiskError> for BackupError {
    fn from(error: journal::DiskError) -> Self {
        Self::Store(error.into())
    }
}

impl BackupError {
    /// Looking again may help: a group seen half, a full disk, a disk that was away.
    #[must_use]
    pub fn may_pass(&self) -> bool {
        matches!(
            self,
            Self::Store(StoreError::Disk { .. })
                | Self::Journal(JournalError::Disk(_) | JournalError::Damaged { .. })
        )
    }
}

/// An open backup.
pub struct Backup {
    source: ReadingDisk,
    from: PathBuf,
    to: PathBuf,
    journal: Journal<FileDisk>,
    cursor: Cursor,
    node: NodeId,
}

/// How far a backup has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Pass {
    /// The node.
    pub node: NodeId,
    /// Records copied in this pass.
    pub copied: u64,
    /// Records in the backup.
    pub records: u64,
    /// The latest moment of the node's own records, by its clock.
    pub latest: Option<Hlc>,
    /// How far the node's journal was read; what is in doubt follows within about a second.
    pub reached: Reached,
    /// Until when the copy of the keyring may be used, in milliseconds since 1970.
    pub keyring_until_ms: u64,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Cursor {
    store: Option<StoreId>,
    at: Position,
}

impl Backup {
    /// Opens the backup of a node's directory, or begins one in an empty directory.
    ///
    /// # Errors
    /// [`BackupError`]; [`StoreError::InUse`] where another process writes the backup.
    pub fn open(from: &Path, to: &Path) -> Result<Self, BackupError> {
        if !is_node(from) {
            return Err(BackupError::NoNode(from.to_path_buf()));
        }
        let source = ReadingDisk::new(from);
        let key = identity(&source)?;
        let directory = to.join(JOURNAL_DIRECTORY);
        if !is_node(&directory) && !is_empty(to)? {
            return Err(BackupError::NoBackup(to.to_path_buf()));
        }
        fs::create_dir_all(to)?;
        let (inside, around) = (fs::canonicalize(to)?, fs::canonicalize(from)?);
        if inside.starts_with(&around) || around.starts_with(&inside) {
            return Err(BackupError::SamePlace);
        }
        let disk = FileDisk::open(&directory)?;
        keep_identity(&disk, &source, &key)?;
        let store = StoreId(random(&*SystemWorld::usual())?);
        let (journal, _) = Journal::open(disk, journal::Options::new(store))?;
        let cursor = Cursor::read(&directory);
        let (from, to) = (from.to_path_buf(), to.to_path_buf());
        Ok(Self { source, from, to, journal, cursor, node: key.node_id() })
    }

    /// Copies what is durable at the node and not yet here: first records, then keys.
    ///
    /// # Errors
    /// [`BackupError`]; after one that [`BackupError::may_pass`] the next pass goes on.
    pub fn pass(&mut self, tail: Tail, now_ms: u64) -> Result<Pass, BackupError> {
        let before = self.journal.reader().records();
        let reached = match self.records(tail) {
            Ok(reached) => reached,
            Err(error) => {
                self.journal.discard();
                return Err(error);
            }
        };
        let until = keyring::copy(&self.from, &self.to.join(KEYRING_DIRECTORY), now_ms)?;
        self.cursor.write(&self.to.join(JOURNAL_DIRECTORY))?;
        let records = self.journal.reader().records();
        Ok(Pass {
            node: self.node,
            copied: records.saturating_sub(before),
            records,
            latest: latest_of(&self.journal, self.node)?,
            reached,
            keyring_until_ms: until,
        })
    }

    /// Ends the backup cleanly.
    ///
    /// # Errors
    /// The disk's; what was copied is safe.
    pub fn close(mut self) -> Result<(), BackupError> {
        self.journal.commit_empty(journal::Pause::Stop)?;
        Ok(())
    }

    fn records(&mut self, tail: Tail) -> Result<Reached, BackupError> {
        let store = follow::store_of(&self.source)?;
        if self.cursor.store != store {
            // Another journal of the same node (it was restored): everything that is here already
            // is passed over.
            self.cursor = Cursor { store, at: Position::START };
        }
        let mut copying = Copying::new(&mut self.journal);
        let reached = follow::groups(&self.source, self.cursor.at, tail, |followed| {
            take(&mut copying, followed)
        })?;
        copying.finish()?;
        self.cursor.at = reached.at;
        Ok(reached)
    }
}

/// Appends a record, unless it is here.
fn take(copying: &mut Copying<'_>, followed: Followed<'_>) -> Result<(), BackupError> {
    let view = followed.entry.view().map_err(JournalError::from)?;
    let held = copying.journal.ahead().head(view.origin, view.epoch);
    let is_here = held.is_some_and(|held| view.seq <= held.seq);
    let staged = if is_here { Ok(()) } else { copying.stage(&followed) };
    staged.map_err(|error| match error {
        JournalError::Misfit(misfit) => BackupError::Misfit(misfit),
        error => error.into(),
    })?;
    Ok(copying.after(&followed)?)
}

/// Records on their way into another journal: staged, and written some whole groups at a time.
pub(crate) struct Copying<'j> {
    journal: &'j mut Journal<FileDisk>,
    staged_bytes: usize,
}

impl<'j> Copying<'j> {
    pub(crate) const fn new(journal: &'j mut Journal<FileDisk>) -> Self {
        Self { journal, staged_bytes: 0 }
    }

    pub(crate) fn stage(&mut self, followed: &Followed<'_>) -> Result<(), JournalError> {
        let entry = followed.entry.to_entry();
        match followed.received {
            Some(received) => self.journal.stage_received(&entry, received)?,
            None => self.journal.stage(&entry)?,
        };
        self.staged_bytes += entry.size_bytes();
        Ok(())
    }

    /// To be called after each record, staged or not.
    pub(crate) fn after(&mut self, followed: &Followed<'_>) -> Result<(), JournalError> {
        if followed.ends_group && self.staged_bytes >= GROUP_BYTES {
            self.journal.commit()?;
            self.staged_bytes = 0;
        }
        Ok(())
    }

    /// Writes what is left.
    pub(crate) fn finish(self) -> Result<(), JournalError> {
        self.journal.commit().map(|_| ())
    }
}

/// The moment of the node's last record.
fn latest_of(journal: &Journal<FileDisk>, node: NodeId) -> Result<Option<Hlc>, JournalError> {
    let Some(head) = journal.heads().latest(node) else { return Ok(None) };
    let open = journal.reader().open_part_of(node, head.epoch, head.seq)?;
    Ok(open.and_then(|open| journal::View::decode(&open).ok().map(|view| view.time)))
}

/// The node's identity goes into the backup once: whoever has it is the node.
fn keep_identity(disk: &FileDisk, source: &ReadingDisk, key: &NodeKey) -> Result<(), BackupError> {
    if !is_node(disk.directory()) {
        return Ok(copy_identity(source, disk)?);
    }
    let here = identity(disk)?.node_id();
    if here == key.node_id() { Ok(()) } else { Err(BackupError::OtherNode(here)) }
}

/// Whether a directory holds nothing, or is not there.
pub(crate) fn is_empty(directory: &Path) -> io::Result<bool> {
    match fs::read_dir(directory) {
        Ok(mut entries) => Ok(entries.next().is_none()),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(true),
        Err(error) => Err(error),
    }
}

impl Cursor {
    /// From the beginning, if it is not there or not whole: that costs time and nothing else.
    fn read(directory: &Path) -> Self {
        let none = Self { store: None, at: Position::START };
        let Ok(bytes) = fs::read(directory.join(CURSOR_FILE)) else { return none };
        let Some((store, rest)) = bytes.split_first_chunk::<16>() else { return none };
        let Ok(at) = <[u8; 8]>::try_from(rest) else { return none };
        Self { store: Some(StoreId(*store)), at: Position::from_bytes(at) }
    }

    fn write(self, directory: &Path) -> io::Result<()> {
        let Some(store) = self.store else { return Ok(()) };
        let bytes = [store.0.as_slice(), &self.at.to_bytes()].concat();
        write_whole(directory, CURSOR_FILE, &bytes)
    }
}
