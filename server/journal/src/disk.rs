//! The disk as the journal needs it: a flat folder of files, and explicit syncing.
//!
//! Contract: `write_at` alone promises nothing after a power cut; what was written before a
//! successful `sync` of the file is kept; a file's name is kept from the next `sync_directory` on.
//! After the first failed write or sync of a file nothing may be assumed of what was not synced
//! before it: the caller stops, and opens again.

pub mod memory;

pub use memory::MemoryDisk;

/// What went wrong, as far as the journal must tell cases apart.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum DiskErrorKind {
    /// No room left.
    Full,
    /// No file of that name.
    NotFound,
    /// Not allowed: the folder belongs to somebody else, or is mounted read-only.
    Denied,
    /// Anything else: treat the device as failing.
    Io,
}

/// A failed call to the disk.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct DiskError {
    /// Which case.
    pub kind: DiskErrorKind,
    /// What was tried and what the system said, for the operator.
    pub text: String,
}

impl DiskError {
    /// An error of a kind.
    #[must_use]
    pub fn new(kind: DiskErrorKind, text: impl Into<String>) -> Self {
        Self { kind, text: text.into() }
    }
}

/// The room on the device on which a folder lies, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Room {
    /// What may still be written.
    pub free_bytes: u64,
    /// In all.
    pub total_bytes: u64,
}

/// A folder of files. Calls take `&self`, so that readers on other threads can share it with the
/// one writer; names are plain file names without a path.
pub trait Disk {
    /// An open file; cheap to keep.
    type File;

    /// The names of all files.
    ///
    /// # Errors
    /// Where the system refuses.
    fn list(&self) -> Result<Vec<String>, DiskError>;

    /// Creates a file of this size, really filled with zeros and synced; replaces one of that name.
    /// The name itself is kept only after `sync_directory`.
    ///
    /// # Errors
    /// [`DiskErrorKind::Full`] where there is no room; the file may then exist in part.
    fn create(&self, name: &str, size_bytes: u64) -> Result<Self::File, DiskError>;

    /// Opens a file for reading and writing.
    ///
    /// # Errors
    /// [`DiskErrorKind::NotFound`] and whatever the system refuses.
    fn open(&self, name: &str) -> Result<Self::File, DiskError>;

    /// A file's size.
    ///
    /// # Errors
    /// Where the system refuses.
    fn size_bytes(&self, file: &Self::File) -> Result<u64, DiskError>;

    /// Fills `into` from the file, as far as the file reaches; answers how many bytes were read
    /// (fewer than asked only at the file's end).
    ///
    /// # Errors
    /// Where the device can't read.
    fn read_at(&self, file: &Self::File, offset: u64, into: &mut [u8]) -> Result<usize, DiskError>;

    /// Writes all of `bytes`, growing the file where needed.
    ///
    /// # Errors
    /// Any part may have been written.
    fn write_at(&self, file: &Self::File, offset: u64, bytes: &[u8]) -> Result<(), DiskError>;

    /// Makes everything written to the file last (fdatasync).
    ///
    /// # Errors
    /// Nothing written since the last success may be assumed kept, ever.
    fn sync(&self, file: &Self::File) -> Result<(), DiskError>;

    /// Cuts or grows (by zeros) a file to this size.
    ///
    /// # Errors
    /// Where the system refuses.
    fn cut(&self, file: &Self::File, size_bytes: u64) -> Result<(), DiskError>;

    /// Renames a file; replaces one of the new name, atomically.
    ///
    /// # Errors
    /// Where the system refuses.
    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError>;

    /// Removes a file.
    ///
    /// # Errors
    /// [`DiskErrorKind::NotFound`] and whatever the system refuses.
    fn remove(&self, name: &str) -> Result<(), DiskError>;

    /// Makes created, renamed and removed names last.
    ///
    /// # Errors
    /// The names may be as before, after a power cut.
    fn sync_directory(&self) -> Result<(), DiskError>;

    /// How much room there is; `None` where nobody can say.
    ///
    /// # Errors
    /// Where the system refuses.
    fn room(&self) -> Result<Option<Room>, DiskError> {
        Ok(None)
    }

    /// Takes up room: a file of this size whose content doesn't matter.
    ///
    /// # Errors
    /// [`DiskErrorKind::Full`] where there is none; the file may then exist in part.
    fn reserve(&self, name: &str, size_bytes: u64) -> Result<(), DiskError> {
        self.create(name, size_bytes).map(|_| ())
    }
}

/// A shared disk is a disk.
impl<D: Disk> Disk for std::sync::Arc<D> {
    type File = D::File;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        D::list(self)
    }

    fn create(&self, name: &str, size_bytes: u64) -> Result<Self::File, DiskError> {
        D::create(self, name, size_bytes)
    }

    fn open(&self, name: &str) -> Result<Self::File, DiskError> {
        D::open(self, name)
    }

    fn size_bytes(&self, file: &Self::File) -> Result<u64, DiskError> {
        D::size_bytes(self, file)
    }

    fn read_at(&self, file: &Self::File, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        D::read_at(self, file, offset, into)
    }

    fn write_at(&self, file: &Self::File, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        D::write_at(self, file, offset, bytes)
    }

    fn sync(&self, file: &Self::File) -> Result<(), DiskError> {
        D::sync(self, file)
    }

    fn cut(&self, file: &Self::File, size_bytes: u64) -> Result<(), DiskError> {
        D::cut(self, file, size_bytes)
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        D::rename(self, from, to)
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        D::remove(self, name)
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        D::sync_directory(self)
    }

    fn room(&self) -> Result<Option<Room>, DiskError> {
        D::room(self)
    }

    fn reserve(&self, name: &str, size_bytes: u64) -> Result<(), DiskError> {
        D::reserve(self, name, size_bytes)
    }
}
