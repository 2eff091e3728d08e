//! Segment files: their names and what stands at their beginning.

use crate::number::{array_at, u32_at, u64_at};
use crate::position::Position;

/// Length of a segment's header; the first frame follows it.
pub(crate) const HEADER_BYTES: usize = 128;
/// The format of segments and frames that this build writes and reads.
pub(crate) const FORMAT: u32 = 1;

const MAGIC: [u8; 8] = *b"SprBreJ\n";
/// What the header's checksum covers.
const CHECKED_BYTES: usize = HEADER_BYTES - 4;

/// Which store (one folder of segments, never a copy of it) this is: 16 random bytes drawn when it
/// was made.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, minicbor::Encode, minicbor::Decode)]
#[cbor(transparent)]
pub struct StoreId(#[cbor(with = "minicbor::bytes")] pub [u8; 16]);

impl std::fmt::Display for StoreId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl std::fmt::Debug for StoreId {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "StoreId({self})")
    }
}

/// The beginning of a segment. It is written together with the segment's first group.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Header {
    pub(crate) store: StoreId,
    pub(crate) number: u32,
    /// The file's size when it was made: a shorter file has been cut.
    pub(crate) size_bytes: u64,
    /// The last commit before this segment; number 0 for the first segment.
    pub(crate) previous_commit: u64,
    pub(crate) previous_at: Position,
}

/// What a file's first bytes are.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Beginning {
    Header(Header),
    /// Of a later format.
    Format(u32),
    /// Nothing but zeros: made ahead of need, or never synced.
    Unused,
    /// Not a header.
    Bad,
}

impl Header {
    pub(crate) fn encode(&self) -> [u8; HEADER_BYTES] {
        let mut bytes = [0; HEADER_BYTES];
        let parts: [&[u8]; 7] = [
            &MAGIC,
            &FORMAT.to_le_bytes(),
            &self.number.to_le_bytes(),
            &self.store.0,
            &self.size_bytes.to_le_bytes(),
            &self.previous_commit.to_le_bytes(),
            &self.previous_at.0.to_le_bytes(),
        ];
        for (place, byte) in bytes.iter_mut().zip(parts.into_iter().flatten()) {
            *place = *byte;
        }
        let (checked, checksum) = bytes.split_at_mut(CHECKED_BYTES);
        checksum.copy_from_slice(&crc32c::crc32c(checked).to_le_bytes());
        bytes
    }

    pub(crate) fn decode(bytes: &[u8]) -> Beginning {
        let Some(bytes) = bytes.get(..HEADER_BYTES) else {
            let unused = bytes.iter().all(|byte| *byte == 0);
            return if unused { Beginning::Unused } else { Beginning::Bad };
        };
        if bytes.iter().all(|byte| *byte == 0) {
            return Beginning::Unused;
        }
        Self::fields(bytes).unwrap_or(Beginning::Bad)
    }

    fn fields(bytes: &[u8]) -> Option<Beginning> {
        let sound = u32_at(bytes, CHECKED_BYTES)? == crc32c::crc32c(bytes.get(..CHECKED_BYTES)?);
        if !sound || array_at(bytes, 0)? != MAGIC {
            return None;
        }
        let format = u32_at(bytes, 8)?;
        if format != FORMAT {
            return Some(Beginning::Format(format));
        }
        Some(Beginning::Header(Self {
            number: u32_at(bytes, 12)?,
            store: StoreId(array_at(bytes, 16)?),
            size_bytes: u64_at(bytes, 32)?,
            previous_commit: u64_at(bytes, 40)?,
            previous_at: Position(u64_at(bytes, 48)?),
        }))
    }
}

/// The name of a segment file.
pub(crate) fn name(number: u32) -> String {
    format!("{number:08}.log")
}

/// The number of a segment file; `None` for any other file.
pub(crate) fn number(name: &str) -> Option<u32> {
    let digits = name.strip_suffix(".log")?;
    let all_digits = digits.len() >= 8 && digits.bytes().all(|byte| byte.is_ascii_digit());
    let number = all_digits.then(|| digits.parse().ok()).flatten()?;
    (number > 0 && self::name(number) == name).then_some(number)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEADER: Header = Header {
        store: StoreId([5; 16]),
        number: 3,
        size_bytes: 4096,
        previous_commit: 17,
        previous_at: Position(99),
    };

    #[test]
    fn a_header_reads_back_and_any_changed_byte_is_seen() {
        let bytes = HEADER.encode();
        assert_eq!(Header::decode(&bytes), Beginning::Header(HEADER));
        for place in 0..HEADER_BYTES {
            let mut changed = bytes;
            changed[place] ^= 0x10;
            assert_eq!(Header::decode(&changed), Beginning::Bad, "byte {place}");
        }
        assert_eq!(Header::decode(&[0; 4096]), Beginning::Unused);
        assert_eq!(Header::decode(&[]), Beginning::Unused);
        assert_eq!(Header::decode(&bytes[..20]), Beginning::Bad);
    }

    #[test]
    fn only_segment_files_have_numbers() {
        assert_eq!(number(&name(7)), Some(7));
        assert_eq!(number(&name(u32::MAX)), Some(u32::MAX));
        for other in ["0000007.log", "00000007.log.torn", "x0000007.log", "keys", "00000000.log"] {
            assert_eq!(number(other), None, "{other}");
        }
    }
}
