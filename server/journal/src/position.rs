//! A place in the journal, in order of arrival.

use minicbor::{Decode, Encode};

use crate::number::long;

/// Where a frame begins: later ones are greater. A follower keeps the position up to which it has
/// read, and encodes it as it likes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Encode, Decode)]
#[cbor(transparent)]
pub struct Position(pub u64);

impl Position {
    /// Before the first record.
    pub const START: Self = Self(0);

    /// The place in a segment; `offset` is a multiple of 8, at most 32 GiB.
    pub(crate) fn new(segment: u32, offset: usize) -> Self {
        Self((u64::from(segment) << 32) | (long(offset) >> 3))
    }

    pub(crate) fn segment(self) -> u32 {
        u32::try_from(self.0 >> 32).expect("32 bits remain")
    }

    pub(crate) fn offset(self) -> usize {
        crate::number::short((self.0 & 0xffff_ffff) << 3)
    }

    /// The offset in units of 8 bytes, as the index keeps it.
    pub(crate) fn units(self) -> u32 {
        u32::try_from(self.0 & 0xffff_ffff).expect("32 bits remain")
    }

    pub(crate) fn from_units(segment: u32, units: u32) -> Self {
        Self((u64::from(segment) << 32) | u64::from(units))
    }

    /// As 8 bytes in the order of the positions, for a key or a cursor.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; 8] {
        self.0.to_be_bytes()
    }

    /// From [`Position::to_bytes`].
    #[must_use]
    pub const fn from_bytes(bytes: [u8; 8]) -> Self {
        Self(u64::from_be_bytes(bytes))
    }
}

impl std::fmt::Display for Position {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "{:08}.log:{}", self.segment(), self.offset())
    }
}
