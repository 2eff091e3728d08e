//! What can go wrong in the store, and what to do then.
//!
//! A variant says what happened; its sentence ends with what to do. Refusals of the domain and a
//! batch that doesn't fit (gap, fork) are answers, not errors, and don't stand here.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;

use journal::{DiskError, DiskErrorKind, JournalError};

/// The store can't do what was asked.
#[derive(Debug, Clone, thiserror::Error)]
pub enum StoreError {
    /// Another process, or another handle of this one, holds the directory.
    #[error(
        "another process uses the directory {0}: stop that one first, or choose another directory"
    )]
    InUse(PathBuf),
    /// More is waiting than the store takes on; nothing was done.
    #[error("too much is waiting to be written: try again in a moment")]
    Busy,
    /// The store stopped writing; nothing that was not answered before counts as stored.
    #[error("{0}")]
    Stopped(Arc<Stop>),
    /// One command or batch is larger than a record or a transaction may be; nothing was done.
    #[error("this is too large to be stored in one piece ({0}): split it")]
    TooLarge(String),
    /// The command made the program fail; nothing of it was stored, and the store goes on.
    #[error("a fault in the program stopped this one request; nothing of it was stored: report it")]
    Panicked,
    /// Neither copy of the identity is whole, or both are gone while there is a journal.
    #[error(
        "both copies of the identity ({files}) are damaged or missing: restore a backup, or enrol \
         this node anew in an empty directory", files = crate::node::IDENTITY_FILES.join(", ")
    )]
    IdentityDamaged,
    /// The journal or the keyring holds bytes that are not what was written.
    #[error("stored bytes are damaged: {0}; run `journal verify` and restore from another node")]
    Damaged(String),
    /// The operating system gave no random bytes.
    #[error("the system gives no random numbers: check /dev/urandom")]
    NoRandomness,
    /// The disk refused; nothing of this request was stored.
    #[error("the disk says “{text}”: {advice}", advice = advice(*.kind))]
    Disk {
        /// Which case.
        kind: DiskErrorKind,
        /// What was tried and the disk's own words.
        text: String,
    },
}

/// Why the store stopped writing.
#[derive(Debug, Clone, thiserror::Error)]
#[error("the store has stopped, because {cause}; what was confirmed is safe: {todo}")]
pub struct Stop {
    /// What happened, in words.
    pub cause: String,
    /// What the operator should do.
    pub todo: &'static str,
    /// Whether the disk was full.
    pub full: bool,
    /// Whether stored bytes were found damaged.
    pub damaged: bool,
}

impl StoreError {
    /// There was no room left on the disk.
    #[must_use]
    pub fn is_full(&self) -> bool {
        match self {
            Self::Stopped(stop) => stop.full,
            Self::Disk { kind, .. } => *kind == DiskErrorKind::Full,
            _ => false,
        }
    }

    /// Something stored is not what was written.
    #[must_use]
    pub fn is_damaged(&self) -> bool {
        match self {
            Self::Stopped(stop) => stop.damaged,
            Self::IdentityDamaged | Self::Damaged(_) => true,
            _ => false,
        }
    }

    /// The same request may be answered when sent again to this running store.
    #[must_use]
    pub fn may_retry(&self) -> bool {
        matches!(self, Self::Busy)
    }
}

impl From<DiskError> for StoreError {
    fn from(error: DiskError) -> Self {
        Self::Disk { kind: error.kind, text: error.text }
    }
}

impl From<JournalError> for StoreError {
    fn from(error: JournalError) -> Self {
        match error {
            JournalError::Disk(error) => error.into(),
            other => Self::Damaged(other.to_string()),
        }
    }
}

impl From<io::Error> for StoreError {
    fn from(error: io::Error) -> Self {
        Self::Disk { kind: kind_of(&error), text: error.to_string() }
    }
}

/// The class of the system's answer.
pub(crate) fn kind_of(error: &io::Error) -> DiskErrorKind {
    match error.kind() {
        io::ErrorKind::StorageFull | io::ErrorKind::QuotaExceeded => DiskErrorKind::Full,
        io::ErrorKind::NotFound => DiskErrorKind::NotFound,
        io::ErrorKind::PermissionDenied | io::ErrorKind::ReadOnlyFilesystem => {
            DiskErrorKind::Denied
        }
        _ => DiskErrorKind::Io,
    }
}

/// What an operator does about an answer of the disk.
pub(crate) const fn advice(kind: DiskErrorKind) -> &'static str {
    match kind {
        DiskErrorKind::Full => "make room on the disk, then start again",
        DiskErrorKind::NotFound => "check that the directory is there and its disk is connected",
        DiskErrorKind::Denied => {
            "give this account the right to write there, or choose another directory"
        }
        DiskErrorKind::Io => "check the disk and its cable, then start again",
    }
}
