//! The directories that hold builds of the views, and the marker that says one was closed cleanly.
//!
//! Invariant: a build is opened again only if the marker names it, byte for byte: the marker holds
//! length and checksum of each of its files. sled itself reports some damages only as errors on
//! some rows, and a cut tail not at all, so it is not asked. The marker is removed before the build
//! is opened; whatever then happens, only a clean stop writes a new one. This part must not know
//! what a build holds.

use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::{Path, PathBuf};

use crate::files;

/// How many builds that were set aside are kept for whoever wants to look why.
const KEPT_ASIDE: usize = 2;
const MARKER: &str = "clean";
const ASIDE: &str = "aside";
const MAGIC: &str = "springbreeze views 1";
const READ_BYTES: usize = 256 * 1024;

/// A build that may be opened.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct CleanBuild {
    pub(crate) directory: PathBuf,
    /// The version of the view that made it.
    pub(crate) version: u32,
    /// The cursor it must have when opened.
    pub(crate) cursor: Vec<u8>,
}

/// Finds the build of the last clean stop and removes the marker; `None` if there is none or if
/// any of its files is not what it was.
pub(crate) fn take_clean(root: &Path) -> io::Result<Option<CleanBuild>> {
    fs::create_dir_all(root)?;
    let marker = root.join(MARKER);
    let text = match fs::read_to_string(&marker) {
        Ok(text) => text,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(_) => String::new(),
    };
    fs::remove_file(&marker)?;
    files::sync_directory(root)?;
    Ok(parse(&text).and_then(|(build, body)| {
        let directory = root.join(&build);
        let intact = describe(&directory).is_ok_and(|found| found == body.files);
        intact.then_some(CleanBuild { directory, version: body.version, cursor: body.cursor })
    }))
}

/// Sets every present build aside, keeps the newest of those, and names the next one.
pub(crate) fn begin(root: &Path) -> io::Result<PathBuf> {
    fs::create_dir_all(root)?;
    let mut newest = 0;
    let mut aside = Vec::new();
    for entry in fs::read_dir(root)? {
        let path = entry?.path();
        let Some(number) = build_number(&path) else { continue };
        newest = newest.max(number);
        let kept = path.with_extension(ASIDE);
        if kept != path {
            fs::rename(&path, &kept)?;
        }
        aside.push(kept);
    }
    aside.sort();
    let surplus = aside.len().saturating_sub(KEPT_ASIDE);
    for path in aside.iter().take(surplus) {
        fs::remove_dir_all(path)?;
    }
    let next = root.join(format!("{:08}", newest + 1));
    fs::create_dir(&next)?;
    files::sync_directory(root)?;
    Ok(next)
}

/// Says that `build`, closed, may be opened again as it is. Everything is synced first.
pub(crate) fn mark_clean(root: &Path, build: &CleanBuild) -> io::Result<()> {
    sync_tree(&build.directory)?;
    let name = build.directory.file_name().unwrap_or_default().to_string_lossy();
    let mut text = format!("{MAGIC}\nbuild {name}\nversion {}\n", build.version);
    let _ = writeln!(text, "cursor {}", hexadecimal(&build.cursor));
    text.push_str(&describe(&build.directory)?);
    let _ = writeln!(text, "end {:08x}", crc32c::crc32c(text.as_bytes()));
    files::write_whole(root, MARKER, text.as_bytes())
}

struct Body {
    version: u32,
    cursor: Vec<u8>,
    files: String,
}

fn parse(text: &str) -> Option<(String, Body)> {
    let (covered, end) = text.rsplit_once("end ")?;
    if end.trim_end() != format!("{:08x}", crc32c::crc32c(covered.as_bytes())) {
        return None;
    }
    let rest = covered.strip_prefix(MAGIC)?.strip_prefix("\nbuild ")?;
    let (build, rest) = rest.split_once("\nversion ")?;
    let (version, rest) = rest.split_once("\ncursor ")?;
    let (cursor, files) = rest.split_once('\n')?;
    let body =
        Body { version: version.parse().ok()?, cursor: bytes(cursor)?, files: files.to_owned() };
    Some((build.to_owned(), body))
}

/// One line a file: checksum, length, path; in the order of the paths.
fn describe(directory: &Path) -> io::Result<String> {
    let mut text = String::new();
    for path in files::below(directory)? {
        let (checksum, length) = checksum(&path)?;
        let name = path.strip_prefix(directory).unwrap_or(&path).to_string_lossy();
        let _ = writeln!(text, "file {checksum:08x} {length} {name}");
    }
    Ok(text)
}

fn checksum(path: &Path) -> io::Result<(u32, u64)> {
    let mut file = File::open(path)?;
    let mut buffer = vec![0; READ_BYTES];
    let (mut sum, mut length) = (0, 0_u64);
    loop {
        let count = file.read(&mut buffer)?;
        if count == 0 {
            return Ok((sum, length));
        }
        sum = crc32c::crc32c_append(sum, buffer.get(..count).unwrap_or_default());
        length += u64::try_from(count).unwrap_or_default();
    }
}

fn sync_tree(directory: &Path) -> io::Result<()> {
    for path in files::below(directory)? {
        File::open(&path)?.sync_all()?;
        if let Some(parent) = path.parent() {
            files::sync_directory(parent)?;
        }
    }
    files::sync_directory(directory)
}

fn build_number(path: &Path) -> Option<u64> {
    path.file_stem()?.to_str()?.parse().ok()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn bytes(text: &str) -> Option<Vec<u8>> {
    let digits = text.as_bytes();
    if !digits.len().is_multiple_of(2) {
        return None;
    }
    digits
        .chunks(2)
        .map(|pair| u8::from_str_radix(std::str::from_utf8(pair).ok()?, 16).ok())
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn build_with(root: &Path, name: &str, content: &[u8]) -> CleanBuild {
        let directory = begin(root).unwrap();
        fs::write(directory.join(name), content).unwrap();
        CleanBuild { directory, version: 3, cursor: vec![1, 255] }
    }

    #[test]
    fn a_clean_build_is_found_once_and_as_it_was() {
        let root = tempfile::tempdir().unwrap();
        let build = build_with(root.path(), "db", b"rows");
        mark_clean(root.path(), &build).unwrap();
        assert_eq!(take_clean(root.path()).unwrap(), Some(build));
        assert_eq!(take_clean(root.path()).unwrap(), None);
    }

    #[test]
    fn any_change_of_any_file_is_seen() {
        type Damage = fn(&Path);
        let damages: [Damage; 4] = [
            |build| fs::write(build.join("db"), b"rowz").unwrap(),
            |build| fs::write(build.join("db"), b"row").unwrap(),
            |build| fs::remove_file(build.join("db")).unwrap(),
            |build| fs::write(build.join("snap.generating"), b"").unwrap(),
        ];
        for damage in damages {
            let root = tempfile::tempdir().unwrap();
            let build = build_with(root.path(), "db", b"rows");
            mark_clean(root.path(), &build).unwrap();
            damage(&build.directory);
            assert_eq!(take_clean(root.path()).unwrap(), None);
        }
    }

    #[test]
    fn a_changed_marker_counts_as_none() {
        let root = tempfile::tempdir().unwrap();
        let build = build_with(root.path(), "db", b"rows");
        mark_clean(root.path(), &build).unwrap();
        let marker = root.path().join(MARKER);
        let whole = fs::read(&marker).unwrap();
        for at in 0..whole.len() {
            let mut damaged = whole.clone();
            damaged[at] ^= 1;
            fs::write(&marker, &damaged).unwrap();
            let found = take_clean(root.path()).unwrap();
            assert!(found.is_none() || at + 1 == whole.len(), "byte {at}");
        }
    }

    #[test]
    fn two_old_builds_are_kept_aside() {
        let root = tempfile::tempdir().unwrap();
        for _ in 0..5 {
            build_with(root.path(), "db", b"rows");
        }
        let mut names: Vec<_> = fs::read_dir(root.path())
            .unwrap()
            .map(|entry| entry.unwrap().file_name().into_string().unwrap())
            .collect();
        names.sort();
        assert_eq!(names, ["00000003.aside", "00000004.aside", "00000005"]);
    }
}
