//! The outside of a file that is carried by hand: what it is, how long, and the SHA-256 of its
//! content, so that a file which was cut or changed on its way is told apart from one for somebody
//! else before anything is decrypted. It proves nothing: that the signatures inside do.

use sha2::{Digest, Sha256};

/// Bytes before the content.
pub const ENVELOPE_BYTES: usize = MAGIC_BYTES + 8 + 32;
const MAGIC_BYTES: usize = 8;

/// What is in a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// Records on their way up, encrypted to their receiver.
    Bundle,
    /// A receiver's signed word on how far it has the sender's records.
    Acknowledgement,
}

/// Why a file can't be opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum EnvelopeError {
    /// It is something else.
    #[error("this is not a file that was written for carrying records")]
    NotOurs,
    /// It ends too early: the stick was pulled, or the copy is not whole.
    #[error("the file is cut: {held} of {whole} bytes are here")]
    Cut {
        /// How many bytes there are.
        held: u64,
        /// How many there should be; 0 where not even that can be read.
        whole: u64,
    },
    /// Its content is not what was written.
    #[error("the file was changed or damaged on its way")]
    Changed,
}

impl Kind {
    const ALL: [Self; 2] = [Self::Bundle, Self::Acknowledgement];

    const fn magic(self) -> &'static [u8; MAGIC_BYTES] {
        match self {
            Self::Bundle => b"SprBreU\n",
            Self::Acknowledgement => b"SprBreA\n",
        }
    }
}

/// A content with its outside.
#[must_use]
pub fn wrap(kind: Kind, content: &[u8]) -> Vec<u8> {
    let mut file = Vec::with_capacity(ENVELOPE_BYTES + content.len());
    file.extend_from_slice(kind.magic());
    file.extend_from_slice(&long(content.len()).to_be_bytes());
    file.extend_from_slice(&Sha256::digest(content));
    file.extend_from_slice(content);
    file
}

/// What a file is, and its content.
///
/// # Errors
/// [`EnvelopeError`].
pub fn open(file: &[u8]) -> Result<(Kind, &[u8]), EnvelopeError> {
    let begins = |kind: &Kind| {
        let length = file.len().min(MAGIC_BYTES);
        kind.magic().get(..length) == file.get(..length)
    };
    let kind = Kind::ALL.into_iter().find(begins).ok_or(EnvelopeError::NotOurs)?;
    let cut = |whole| EnvelopeError::Cut { held: long(file.len()), whole };
    let rest = file.get(MAGIC_BYTES..).ok_or(cut(0))?;
    let (length, rest) = rest.split_first_chunk::<8>().ok_or(cut(0))?;
    let (hash, content) = rest.split_first_chunk::<32>().ok_or(cut(0))?;
    let length = u64::from_be_bytes(*length);
    if long(content.len()) < length {
        return Err(cut(length.saturating_add(long(ENVELOPE_BYTES))));
    }
    let is_same = long(content.len()) == length && Sha256::digest(content) == *hash;
    if is_same { Ok((kind, content)) } else { Err(EnvelopeError::Changed) }
}

fn long(length: usize) -> u64 {
    u64::try_from(length).expect("a length in memory fits 64 bits")
}
