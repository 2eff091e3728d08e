//! One slot of the keyring as bytes, and which of two copies of it counts. It touches no file.
//!
//! A slot is 64 bytes, so it never lies across two sectors: generation (8, big-endian), state (1),
//! zeros (3), key id (16), key (32), CRC32C of all that (4, big-endian). Sixty-four zeros are a slot
//! that was never used. An erased slot keeps its key's id, and zeros where the key was. The generation grows with every write of the slot, so of two whole copies
//! the newer is known.

use domain::ids::KeyId;
use zeroize::Zeroizing;

/// Bytes of one slot.
pub(crate) const SLOT_BYTES: usize = 64;
const STATE_FREE: u8 = 0;
const STATE_USED: u8 = 1;
const STATE_ERASED: u8 = 2;
const COVERED: usize = 60;
/// The generation of a slot whose both copies were damaged: any would do, both are overwritten.
const LOST_GENERATION: u64 = 1;

/// A slot's bytes; they hold a key, so they are wiped when dropped.
pub(crate) type SlotBytes = Zeroizing<[u8; SLOT_BYTES]>;

/// What stands in a slot.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Slot {
    pub(crate) generation: u64,
    pub(crate) held: Held,
}

/// What a slot holds.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Held {
    /// Nothing: it may be used.
    Nothing,
    /// A key.
    Key(KeyId, Zeroizing<[u8; 32]>),
    /// The name of a key that was erased for good, so that it is never taken again.
    Erased(KeyId),
}

impl Slot {
    pub(crate) fn encode(&self) -> SlotBytes {
        let mut out = Zeroizing::new([0; SLOT_BYTES]);
        if self.generation == 0 && self.held == Held::Nothing {
            return out;
        }
        let mut at = 0;
        put(&mut out, &mut at, &self.generation.to_be_bytes());
        let state = match self.held {
            Held::Nothing => STATE_FREE,
            Held::Key(..) => STATE_USED,
            Held::Erased(_) => STATE_ERASED,
        };
        put(&mut out, &mut at, &[state, 0, 0, 0]);
        if let Held::Key(id, _) | Held::Erased(id) = &self.held {
            put(&mut out, &mut at, &id.0);
        }
        if let Held::Key(_, key) = &self.held {
            put(&mut out, &mut at, key.as_ref());
        }
        at = COVERED;
        let sum = crc32c::crc32c(out.get(..COVERED).unwrap_or_default());
        put(&mut out, &mut at, &sum.to_be_bytes());
        out
    }

    /// `None` if the bytes are damaged.
    pub(crate) fn decode(bytes: &[u8; SLOT_BYTES]) -> Option<Self> {
        if bytes.iter().all(|byte| *byte == 0) {
            return Some(Self { generation: 0, held: Held::Nothing });
        }
        let (covered, sum) = bytes.split_at_checked(COVERED)?;
        if crc32c::crc32c(covered).to_be_bytes() != sum {
            return None;
        }
        let (generation, rest) = covered.split_first_chunk::<8>()?;
        let (state, rest) = rest.split_first_chunk::<4>()?;
        let (id, rest) = rest.split_first_chunk::<16>()?;
        let key = rest.first_chunk::<32>()?;
        let held = match *state {
            [STATE_FREE, 0, 0, 0] => Held::Nothing,
            [STATE_USED, 0, 0, 0] => Held::Key(KeyId(*id), Zeroizing::new(*key)),
            [STATE_ERASED, 0, 0, 0] => Held::Erased(KeyId(*id)),
            _ => return None,
        };
        Some(Self { generation: u64::from_be_bytes(*generation), held })
    }
}

fn put(out: &mut SlotBytes, at: &mut usize, bytes: &[u8]) {
    if let Some(place) = out.get_mut(*at..*at + bytes.len()) {
        place.copy_from_slice(bytes);
    }
    *at += bytes.len();
}

/// Which of two copies counts.
pub(crate) struct Settled {
    pub(crate) slot: Slot,
    /// The copies differ or are damaged: both must be written again.
    pub(crate) mend: bool,
    /// Both copies are damaged: whatever key stood here is lost.
    pub(crate) lost: bool,
}

/// Takes the newer of two whole copies, the whole one of a whole and a damaged one.
pub(crate) fn settle(first: &[u8; SLOT_BYTES], second: &[u8; SLOT_BYTES]) -> Settled {
    let mend = first != second;
    // Copies that are equal are read once.
    let other = if mend { Slot::decode(second) } else { None };
    let slot = match (Slot::decode(first), other) {
        (Some(one), Some(other)) if other.generation > one.generation => Some(other),
        (Some(one), _) => Some(one),
        (None, other) => other,
    };
    let lost = slot.is_none();
    let slot = slot.unwrap_or(Slot { generation: LOST_GENERATION, held: Held::Nothing });
    Settled { mend: lost || mend, slot, lost }
}

/// [`settle`] of one place of two files; a missing rest counts as zeros.
pub(crate) fn settle_at(first: &[u8], second: &[u8], place: usize) -> Settled {
    let rest = |file| <[u8]>::get(file, place * SLOT_BYTES..).unwrap_or_default();
    if let (Some(one), Some(other)) = (rest(first).first_chunk(), rest(second).first_chunk()) {
        return settle(one, other);
    }
    let part = |file| {
        let mut slot = Zeroizing::new([0; SLOT_BYTES]);
        let rest: &[u8] = rest(file);
        put(&mut slot, &mut 0, rest.get(..SLOT_BYTES).unwrap_or(rest));
        slot
    };
    settle(&part(first), &part(second))
}

/// Splits a file's bytes into slots; a missing rest counts as zeros.
pub(crate) fn slots(bytes: &[u8], count: usize) -> Vec<SlotBytes> {
    let mut found: Vec<SlotBytes> = bytes
        .chunks(SLOT_BYTES)
        .map(|chunk| {
            let mut slot = Zeroizing::new([0; SLOT_BYTES]);
            put(&mut slot, &mut 0, chunk);
            slot
        })
        .collect();
    found.resize_with(count, || Zeroizing::new([0; SLOT_BYTES]));
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    fn used(generation: u64, byte: u8) -> Slot {
        Slot { generation, held: Held::Key(KeyId([byte; 16]), Zeroizing::new([byte; 32])) }
    }

    #[test]
    fn a_slot_reads_back_and_every_flipped_bit_is_seen() {
        let erased = Slot { generation: 9, held: Held::Erased(KeyId([4; 16])) };
        for slot in [used(7, 3), Slot { generation: 8, held: Held::Nothing }, erased] {
            let bytes = slot.encode();
            assert!(Slot::decode(&bytes) == Some(slot));
            for bit in 0..SLOT_BYTES * 8 {
                let mut damaged = bytes.clone();
                damaged[bit / 8] ^= 1 << (bit % 8);
                assert!(Slot::decode(&damaged).is_none(), "bit {bit}");
            }
        }
    }

    #[test]
    fn the_newer_whole_copy_counts() {
        let old = used(1, 1).encode();
        let new = Slot { generation: 2, held: Held::Nothing }.encode();
        let bad = Zeroizing::new([9; SLOT_BYTES]);
        let check = |first: &SlotBytes, second: &SlotBytes, generation, mend, lost| {
            let settled = settle(first, second);
            assert_eq!(settled.slot.generation, generation);
            assert_eq!((settled.mend, settled.lost), (mend, lost));
        };
        check(&old, &old, 1, false, false);
        check(&old, &new, 2, true, false);
        check(&new, &old, 2, true, false);
        check(&bad, &old, 1, true, false);
        check(&old, &bad, 1, true, false);
        check(&bad, &bad, LOST_GENERATION, true, true);
    }
}
