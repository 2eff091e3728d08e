//! Looking for a secret in files where it must not be.
//!
//! A canary is a text that stands nowhere but in the field it was typed into. It is looked for as
//! it is, in the usual encodings, and inside every zstd frame, wherever in a file one begins.

use std::io::BufRead;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result};
use data_encoding::{BASE64, HEXLOWER, HEXUPPER};

/// How a compressed frame begins.
const ZSTD_MAGIC: [u8; 4] = [0x28, 0xb5, 0x2f, 0xfd];
/// How much of one frame is unpacked at most.
const UNPACKED_LIMIT_BYTES: u64 = 64 << 20;
/// How many frames within frames are followed.
const DEPTH_LIMIT: usize = 3;

/// A text and all the shapes it could have on a disk.
#[derive(Debug, Clone)]
pub struct Canary {
    text: String,
    shapes: Vec<(&'static str, Vec<u8>)>,
}

/// Where a canary was found.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Find {
    /// In which file.
    pub file: PathBuf,
    /// Where in the file, or in the innermost frame.
    pub offset: usize,
    /// In which shape, and how deep in compressed frames.
    pub shape: String,
}

impl Canary {
    /// A canary for one text of at least eight characters: shorter ones turn up by chance.
    #[must_use]
    pub fn new(text: &str) -> Self {
        assert!(text.chars().count() >= 8, "too short to be unmistakable: {text}");
        let bytes = text.as_bytes();
        let wide: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let escaped: String = text.encode_utf16().map(|unit| format!("\\u{unit:04x}")).collect();
        let percent: String = bytes.iter().map(|byte| format!("%{byte:02X}")).collect();
        let mut shapes = vec![
            ("plain", bytes.to_vec()),
            ("UTF-16", wide),
            ("JSON escapes", escaped.into_bytes()),
            ("percent escapes", percent.into_bytes()),
            ("hexadecimal", HEXLOWER.encode(bytes).into_bytes()),
            ("hexadecimal", HEXUPPER.encode(bytes).into_bytes()),
        ];
        shapes.extend((0..3).map(|shift| ("base 64", base64_core(bytes, shift))));
        Self { text: text.to_owned(), shapes }
    }

    /// The same for bytes that are no text, called by a name; at least eight of them.
    #[must_use]
    pub fn of_bytes(name: &str, bytes: &[u8]) -> Self {
        assert!(bytes.len() >= 8, "too short to be unmistakable: {name}");
        let mut shapes = vec![
            ("plain", bytes.to_vec()),
            ("hexadecimal", HEXLOWER.encode(bytes).into_bytes()),
            ("hexadecimal", HEXUPPER.encode(bytes).into_bytes()),
        ];
        shapes.extend((0..3).map(|shift| ("base 64", base64_core(bytes, shift))));
        Self { text: name.to_owned(), shapes }
    }

    /// The text itself.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Every place below `directory` (or in this one file) where it stands.
    ///
    /// # Errors
    ///
    /// When something there can't be read.
    pub fn find_below(&self, directory: &Path) -> Result<Vec<Find>> {
        let mut finds = Vec::new();
        for file in files_below(directory)? {
            let bytes = std::fs::read(&file).with_context(|| file.display().to_string())?;
            for (offset, shape) in self.find_in(&bytes) {
                finds.push(Find { file: file.clone(), offset, shape });
            }
        }
        Ok(finds)
    }

    /// Every place in these bytes, also inside compressed frames.
    #[must_use]
    pub fn find_in(&self, bytes: &[u8]) -> Vec<(usize, String)> {
        let mut finds = Vec::new();
        self.search(bytes, 0, &mut finds);
        finds
    }

    fn search(&self, bytes: &[u8], depth: usize, finds: &mut Vec<(usize, String)>) {
        let inside = "in a compressed frame, ".repeat(depth);
        for (name, shape) in &self.shapes {
            finds.extend(position(bytes, shape).map(|offset| (offset, format!("{inside}{name}"))));
        }
        if depth == DEPTH_LIMIT {
            return;
        }
        let mut from = 0;
        while let Some(start) = position(bytes.get(from..).unwrap_or_default(), &ZSTD_MAGIC) {
            let start = from + start;
            let unpacked = unpack(bytes.get(start..).unwrap_or_default());
            self.search(&unpacked, depth + 1, finds);
            from = start + 1;
        }
    }
}

/// All files below a directory, sorted.
///
/// # Errors
///
/// When a directory can't be read.
pub fn files_below(directory: &Path) -> Result<Vec<PathBuf>> {
    if directory.is_file() {
        return Ok(vec![directory.to_owned()]);
    }
    let mut files = Vec::new();
    let entries = std::fs::read_dir(directory);
    for entry in entries.with_context(|| directory.display().to_string())? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            files.extend(files_below(&entry.path())?);
        } else if entry.file_type()?.is_file() {
            files.push(entry.path());
        }
    }
    files.sort();
    Ok(files)
}

/// What base 64 makes of the bytes when they begin `shift` bytes into a group of three, without
/// the characters at both ends that also depend on the neighbours.
fn base64_core(bytes: &[u8], shift: usize) -> Vec<u8> {
    let mut padded = vec![0; shift];
    padded.extend_from_slice(bytes);
    let whole_bytes = padded.len() - padded.len() % 3;
    let encoded = BASE64.encode(padded.get(..whole_bytes).unwrap_or_default()).into_bytes();
    let skip = if shift == 0 { 0 } else { 4 };
    encoded.get(skip..).unwrap_or_default().to_vec()
}

/// The unpacked beginning of a frame, as far as it can be read.
fn unpack(frame: &[u8]) -> Vec<u8> {
    use std::io::Read;
    let mut unpacked = Vec::new();
    if let Ok(decoder) = zstd::stream::read::Decoder::with_buffer(frame) {
        // A frame that breaks off still counts as far as it goes.
        let _ = decoder.single_frame().take(UNPACKED_LIMIT_BYTES).read_to_end(&mut unpacked);
    }
    unpacked
}

/// Where `needle` first stands. The standard library skips to its first byte, which is fast also
/// where this code is not optimised: journals are long.
fn position(haystack: &[u8], needle: &[u8]) -> Option<usize> {
    let (first, rest) = needle.split_first()?;
    let mut left = haystack;
    loop {
        let skipped_bytes = left.skip_until(*first).ok()?;
        if left.starts_with(rest) && skipped_bytes > 0 {
            let at = haystack.len() - left.len() - 1;
            // The end may have come before the first byte did.
            return (haystack.get(at) == Some(first)).then_some(at);
        }
        if left.is_empty() {
            return None;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "金丝雀-欠薪三个月-7731";

    fn shapes_in(bytes: &[u8]) -> Vec<String> {
        Canary::new(TEXT).find_in(bytes).into_iter().map(|(_, shape)| shape).collect()
    }

    /// A frame in which the text does not stand as it is: there is enough to be worth coding.
    fn frame(noise_words: u64) -> Vec<u8> {
        let noise: String = (0..noise_words).map(|n| format!("{:x}", n * n * 7919)).collect();
        zstd::encode_all(format!("{TEXT}{noise}").as_bytes(), 3).unwrap()
    }

    #[test]
    fn finds_every_shape() {
        assert_eq!(shapes_in(format!("xx{TEXT}yy").as_bytes()), ["plain"]);
        assert_eq!(shapes_in(HEXLOWER.encode(TEXT.as_bytes()).as_bytes()), ["hexadecimal"]);
        for before in ["", "a", "ab", "abc"] {
            let encoded = BASE64.encode(format!("{before}{TEXT}zz").as_bytes());
            assert_eq!(shapes_in(encoded.as_bytes()), ["base 64"], "{before}");
        }
    }

    #[test]
    fn positions_are_exact() {
        for (haystack, needle, at) in [
            ("abcabd", "abd", Some(3)),
            ("aab", "ab", Some(1)),
            ("abc", "a", Some(0)),
            ("xya", "a", Some(2)),
            ("xyz", "a", None),
            ("xa", "ab", None),
            ("", "a", None),
        ] {
            assert_eq!(position(haystack.as_bytes(), needle.as_bytes()), at, "{haystack}");
        }
    }

    #[test]
    fn finds_it_in_a_frame_at_any_offset_and_in_a_frame_in_a_frame() {
        let inner = frame(200);
        let mut file = b"\x28\xb5\x2f\xfd not a frame".to_vec();
        file.extend_from_slice(&inner);
        assert_eq!(shapes_in(&file), ["in a compressed frame, plain"]);

        let outer = zstd::encode_all([b"head".as_slice(), &file].concat().as_slice(), 3).unwrap();
        let found = shapes_in(&[b"abc".as_slice(), &outer].concat());
        assert!(found.contains(&"in a compressed frame, in a compressed frame, plain".to_owned()));
    }

    #[test]
    fn a_torn_frame_is_read_as_far_as_it_goes() {
        // A long frame of many blocks, cut after the first ones.
        let noise: String = (0..200_000_u64).map(|n| format!("{:x}", n * n * 7919)).collect();
        let frame = zstd::encode_all(format!("{TEXT}{noise}").as_bytes(), 3).unwrap();
        let torn = frame.get(..frame.len() / 2).unwrap();
        assert_eq!(shapes_in(torn), ["in a compressed frame, plain"]);
    }

    #[test]
    fn names_the_file_and_finds_nothing_where_nothing_is() {
        let directory = tempfile::tempdir().unwrap();
        let deep = directory.path().join("a/b");
        std::fs::create_dir_all(&deep).unwrap();
        std::fs::write(deep.join("clean"), "nothing of it").unwrap();
        let canary = Canary::new(TEXT);
        assert_eq!(canary.find_below(directory.path()).unwrap(), []);

        std::fs::write(deep.join("dirty"), format!("12345{TEXT}")).unwrap();
        let finds = canary.find_below(directory.path()).unwrap();
        assert_eq!(finds.len(), 1);
        assert_eq!((finds[0].file.clone(), finds[0].offset), (deep.join("dirty"), 5));
    }
}
