//! The order of equals: neither by id nor by arrival, but by lot, the same each time.

use sha2::{Digest, Sha256};

use crate::ids::{PostingId, Reference};

/// Draws lots under the fair's key.
#[derive(Debug, Clone, Default)]
pub(super) struct TieBreak {
    key: Vec<u8>,
}

impl TieBreak {
    pub(super) fn new(key: &[u8]) -> Self {
        Self { key: key.to_vec() }
    }

    /// A posting's lot.
    pub(super) fn lot(&self, posting: PostingId) -> u64 {
        let digest = Sha256::new().chain_update(&self.key).chain_update(posting.0).finalize();
        digest.iter().take(8).fold(0, |lot, byte| lot << 8 | u64::from(*byte))
    }

    /// The lot as it falls for one seeker.
    pub(super) fn for_seeker(&self, lot: u64, seeker: Option<Reference>) -> u64 {
        let Some(seeker) = seeker else { return lot };
        // The finaliser of SplitMix64: every bit of both decides every bit of the result.
        let mut mixed = lot ^ u64::from_be_bytes(seeker.0);
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        mixed ^ (mixed >> 31)
    }
}
