//! The real disk behind the journal's `Disk` trait: one directory, held by one process.
//!
//! Invariant: as long as a [`FileDisk`] or a clone of it lives, nobody else gets one for the same
//! directory. All files are for the owner only, because some of them hold keys. It must not know
//! what stands in a file.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{DirBuilderExt, FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use journal::disk::Room;
use journal::{Disk, DiskError, DiskErrorKind};
use rustix::fs::FallocateFlags;
use zeroize::Zeroizing;

use crate::error::{StoreError, kind_of};

/// The file whose lock says that a process uses the directory.
pub const LOCK_FILE: &str = "lock";
/// How much is written at once when a new file is filled with zeros.
const FILL_BYTES: usize = 1024 * 1024;
const FILE_MODE: u32 = 0o600;
const DIRECTORY_MODE: u32 = 0o700;

/// A directory of the file system; clones are the same one.
#[derive(Debug, Clone)]
pub struct FileDisk {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    directory: PathBuf,
    /// Locked as long as it is open.
    _lock: File,
}

impl FileDisk {
    /// Opens `directory`, making it if need be, and takes its lock.
    ///
    /// # Errors
    /// [`StoreError::InUse`] if somebody has it, else the system's answer.
    pub fn open(directory: &Path) -> Result<Self, StoreError> {
        make_directory(directory)?;
        let path = directory.join(LOCK_FILE);
        let lock = OpenOptions::new()
            .write(true)
            .create(true)
            .truncate(false)
            .mode(FILE_MODE)
            .open(path)?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(StoreError::InUse(directory.into())),
            Err(TryLockError::Error(error)) => return Err(error.into()),
        }
        let inner = Inner { directory: directory.to_path_buf(), _lock: lock };
        Ok(Self { inner: Arc::new(inner) })
    }

    /// The directory.
    #[must_use]
    pub fn directory(&self) -> &Path {
        &self.inner.directory
    }

    fn path(&self, name: &str) -> PathBuf {
        self.inner.directory.join(name)
    }
}

/// The files of a directory to look at, while somebody else may hold its lock: whatever would change
/// something is refused.
#[derive(Debug, Clone)]
pub(crate) struct ReadingDisk {
    directory: PathBuf,
}

impl ReadingDisk {
    pub(crate) fn new(directory: &Path) -> Self {
        Self { directory: directory.to_path_buf() }
    }
}

/// Makes a directory and its parents, their names durable.
fn make_directory(directory: &Path) -> Result<(), StoreError> {
    if directory.is_dir() {
        return Ok(());
    }
    fs::DirBuilder::new().recursive(true).mode(DIRECTORY_MODE).create(directory)?;
    match directory.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => Ok(crate::files::sync_directory(parent)?),
        _ => Ok(()),
    }
}

impl Disk for FileDisk {
    type File = File;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        names(&self.inner.directory)
    }

    fn create(&self, name: &str, size_bytes: u64) -> Result<File, DiskError> {
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(true)
            .mode(FILE_MODE)
            .open(self.path(name))
            .map_err(said("create", name))?;
        fill(&file, size_bytes).map_err(said("fill", name))?;
        Ok(file)
    }

    fn open(&self, name: &str) -> Result<File, DiskError> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).open(self.path(name)).map_err(said("open", name))
    }

    fn size_bytes(&self, file: &File) -> Result<u64, DiskError> {
        size_of(file)
    }

    fn read_at(&self, file: &File, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        read_all_at(file, offset, into)
    }

    fn write_at(&self, file: &File, offset: u64, bytes: &[u8]) -> Result<(), DiskError> {
        file.write_all_at(bytes, offset).map_err(said("write", "a file"))
    }

    fn sync(&self, file: &File) -> Result<(), DiskError> {
        file.sync_data().map_err(said("sync", "a file"))
    }

    fn cut(&self, file: &File, size_bytes: u64) -> Result<(), DiskError> {
        file.set_len(size_bytes).map_err(said("cut", "a file"))
    }

    fn rename(&self, from: &str, to: &str) -> Result<(), DiskError> {
        fs::rename(self.path(from), self.path(to)).map_err(said("rename", from))
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        fs::remove_file(self.path(name)).map_err(said("remove", name))
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        let directory = &self.inner.directory;
        crate::files::sync_directory(directory).map_err(said("sync", "the directory"))
    }

    fn room(&self) -> Result<Option<Room>, DiskError> {
        let measured = rustix::fs::statvfs(&self.inner.directory);
        let found = measured.map_err(|error| said("measure", "the disk")(error.into()))?;
        let bytes = |blocks: u64| blocks.saturating_mul(found.f_frsize);
        let (free_bytes, total_bytes) = (bytes(found.f_bavail), bytes(found.f_blocks));
        Ok(Some(Room { free_bytes, total_bytes }))
    }

    fn reserve(&self, name: &str, size_bytes: u64) -> Result<(), DiskError> {
        let file = self.create(name, 0)?;
        let taken = rustix::fs::fallocate(&file, FallocateFlags::empty(), 0, size_bytes);
        taken.map_err(|error| said("reserve", name)(error.into()))
    }
}

impl Disk for ReadingDisk {
    type File = File;

    fn list(&self) -> Result<Vec<String>, DiskError> {
        names(&self.directory)
    }

    fn create(&self, name: &str, _size_bytes: u64) -> Result<File, DiskError> {
        Err(only_reading(name))
    }

    fn open(&self, name: &str) -> Result<File, DiskError> {
        File::open(self.directory.join(name)).map_err(said("open", name))
    }

    fn size_bytes(&self, file: &File) -> Result<u64, DiskError> {
        size_of(file)
    }

    fn read_at(&self, file: &File, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
        read_all_at(file, offset, into)
    }

    fn write_at(&self, _file: &File, _offset: u64, _bytes: &[u8]) -> Result<(), DiskError> {
        Err(only_reading("a file"))
    }

    fn sync(&self, _file: &File) -> Result<(), DiskError> {
        Ok(())
    }

    fn cut(&self, _file: &File, _size_bytes: u64) -> Result<(), DiskError> {
        Err(only_reading("a file"))
    }

    fn rename(&self, from: &str, _to: &str) -> Result<(), DiskError> {
        Err(only_reading(from))
    }

    fn remove(&self, name: &str) -> Result<(), DiskError> {
        Err(only_reading(name))
    }

    fn sync_directory(&self) -> Result<(), DiskError> {
        Ok(())
    }
}

fn only_reading(what: &str) -> DiskError {
    DiskError::new(DiskErrorKind::Denied, format!("{what} is only read here"))
}

fn names(directory: &Path) -> Result<Vec<String>, DiskError> {
    let named = said("list", LOCK_FILE);
    let mut names = Vec::new();
    for entry in fs::read_dir(directory).map_err(&named)? {
        let entry = entry.map_err(&named)?;
        let is_file = entry.file_type().map_err(&named)?.is_file();
        match entry.file_name().into_string() {
            Ok(name) if is_file && name != LOCK_FILE => names.push(name),
            _ => {}
        }
    }
    names.sort();
    Ok(names)
}

fn size_of(file: &File) -> Result<u64, DiskError> {
    file.metadata().map(|metadata| metadata.len()).map_err(said("measure", "a file"))
}

fn read_all_at(file: &File, offset: u64, into: &mut [u8]) -> Result<usize, DiskError> {
    let mut done = 0;
    while let Some(rest) = into.get_mut(done..).filter(|rest| !rest.is_empty()) {
        match file.read_at(rest, offset + long(done)) {
            Ok(0) => break,
            Ok(count) => done += count,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(said("read", "a file")(error)),
        }
    }
    Ok(done)
}

/// All of a file; wiped when it is let go, since some files hold keys.
pub(crate) fn read_all<D: Disk>(disk: &D, file: &D::File) -> Result<Zeroizing<Vec<u8>>, DiskError> {
    let size = usize::try_from(disk.size_bytes(file)?).unwrap_or(usize::MAX);
    let mut bytes = Zeroizing::new(vec![0; size]);
    let length = disk.read_at(file, 0, &mut bytes)?;
    bytes.truncate(length);
    Ok(bytes)
}

/// Makes the file `name` hold exactly `content`, durably when it returns: it is written under the
/// name `unfinished` before, so that a power cut leaves the old or the new.
pub(crate) fn put_whole<D: Disk>(
    disk: &D,
    name: &str,
    unfinished: &str,
    content: &[u8],
) -> Result<(), DiskError> {
    let file = disk.create(unfinished, 0)?;
    disk.write_at(&file, 0, content)?;
    disk.sync(&file)?;
    disk.rename(unfinished, name)?;
    disk.sync_directory()
}

fn fill(file: &File, size_bytes: u64) -> io::Result<()> {
    let zeros = vec![0; FILL_BYTES];
    let mut done = 0;
    while done < size_bytes {
        let rest = usize::try_from(size_bytes - done).unwrap_or(FILL_BYTES).min(FILL_BYTES);
        file.write_all_at(zeros.get(..rest).unwrap_or(&zeros), done)?;
        done += long(rest);
    }
    file.sync_all()
}

pub(crate) fn long(length: usize) -> u64 {
    u64::try_from(length).expect("a length in memory fits 64 bits")
}

fn said(tried: &'static str, what: &str) -> impl Fn(io::Error) -> DiskError {
    move |error| DiskError::new(kind_of(&error), format!("{tried} {what}: {error}"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_handle_is_refused_until_the_first_is_gone() {
        let directory = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(directory.path()).unwrap();
        let clone = disk.clone();
        drop(disk);
        let refused = FileDisk::open(directory.path()).unwrap_err();
        assert!(matches!(refused, StoreError::InUse(_)));
        assert!(refused.to_string().contains("another process uses the directory"));
        drop(clone);
        FileDisk::open(directory.path()).unwrap();
    }

    #[test]
    fn it_says_how_much_room_there_is_and_takes_some_up() {
        let directory = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(directory.path()).unwrap();
        let room = disk.room().unwrap().unwrap();
        assert!(room.free_bytes > 0 && room.free_bytes <= room.total_bytes);
        disk.reserve("ballast", 300_000).unwrap();
        assert_eq!(disk.size_bytes(&disk.open("ballast").unwrap()).unwrap(), 300_000);
    }

    #[test]
    fn files_read_back_and_names_are_listed() {
        let directory = tempfile::tempdir().unwrap();
        let disk = FileDisk::open(&directory.path().join("deep/er")).unwrap();
        let file = disk.create("one", 3_000_000).unwrap();
        assert_eq!(disk.size_bytes(&file).unwrap(), 3_000_000);
        disk.write_at(&file, 2_999_999, b"xyz").unwrap();
        disk.sync(&file).unwrap();
        let mut into = [9; 5];
        assert_eq!(disk.read_at(&file, 2_999_998, &mut into).unwrap(), 4);
        assert_eq!(&into, b"\0xyz\x09");
        disk.cut(&file, 10).unwrap();
        assert_eq!(disk.read_at(&file, 0, &mut [1; 20]).unwrap(), 10);
        disk.rename("one", "two").unwrap();
        disk.sync_directory().unwrap();
        assert_eq!(disk.list().unwrap(), ["two"]);
        assert_eq!(disk.open("one").unwrap_err().kind, DiskErrorKind::NotFound);
        disk.remove("two").unwrap();
        assert!(disk.list().unwrap().is_empty());
    }
}
