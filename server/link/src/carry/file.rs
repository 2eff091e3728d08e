//! Putting a file on a stick so that the stick may be pulled when this has returned.
//!
//! Order: a file of another name beside it, synced; renamed; the directory synced; read back from
//! the device and compared. A stick that is pulled before that holds the file of the other name, or
//! the whole file, never half of it under its own name.

use std::fs::{self, File};
use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};

use rustix::fs::{Advice, fadvise, syncfs};
use sha2::{Digest, Sha256};

/// What is added to the name until the file is whole.
const UNFINISHED: &str = "part";

/// A file that is whole and on its medium.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Written {
    /// Where.
    pub path: PathBuf,
    /// How long, in bytes.
    pub size_bytes: usize,
    /// SHA-256 of what was read back.
    pub hash: [u8; 32],
}

/// Writes a file: `to` itself, or `name` in it if it is a directory.
///
/// # Errors
/// The system's; [`io::ErrorKind::InvalidData`] where other bytes are read back than were written.
pub fn write(to: &Path, name: &str, content: &[u8]) -> io::Result<Written> {
    let path = if to.is_dir() { to.join(name) } else { to.to_path_buf() };
    let directory = match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent.to_path_buf(),
        _ => PathBuf::from("."),
    };
    let mut beside = path.clone().into_os_string();
    beside.push(".");
    beside.push(UNFINISHED);
    let beside = PathBuf::from(beside);
    let mut file = File::create(&beside)?;
    file.write_all(content)?;
    file.sync_all()?;
    fs::rename(&beside, &path)?;
    sync_directory(&directory)?;
    let hash = read_back(&path)?;
    if hash != *Sha256::digest(content) {
        let text = "other bytes were read back than were written: take another stick";
        return Err(io::Error::new(io::ErrorKind::InvalidData, text));
    }
    Ok(Written { path, size_bytes: content.len(), hash })
}

/// Some file systems of sticks can't sync a directory alone; all can be synced as a whole.
fn sync_directory(directory: &Path) -> io::Result<()> {
    let directory = File::open(directory)?;
    match directory.sync_all() {
        Err(error) if error.kind() == io::ErrorKind::InvalidInput => Ok(syncfs(&directory)?),
        synced => synced,
    }
}

/// The hash of what the device holds: what the system remembers of it is let go first.
fn read_back(path: &Path) -> io::Result<[u8; 32]> {
    let mut file = File::open(path)?;
    // Where this is not possible, what the system remembers is compared.
    let _advised = fadvise(&file, 0, None, Advice::DontNeed);
    let mut digest = Sha256::new();
    let mut buffer = vec![0; 64 << 10];
    loop {
        let read = file.read(&mut buffer)?;
        let Some(part) = buffer.get(..read).filter(|part| !part.is_empty()) else { break };
        digest.update(part);
    }
    Ok(digest.finalize().into())
}
