//! Sealed parts: what is personal or confidential, as ciphertext under a key of its own.
//!
//! XChaCha20-Poly1305, the 24-byte nonce first, bound to the key's name and the record's kind. The
//! key lives in the keyring, never in a record; wiping it there is what erases a person. Must not
//! know what a part holds or where keys are kept.

use chacha20poly1305::aead::{Aead, KeyInit, Payload};
use chacha20poly1305::{Key, XChaCha20Poly1305, XNonce};
use domain::ids::KeyId;
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::record::{Kind, SealedRef};

/// Length of the nonce that stands before the ciphertext.
pub const NONCE_BYTES: usize = 24;
/// How much longer a sealed part is than what it holds.
pub const SEAL_OVERHEAD_BYTES: usize = NONCE_BYTES + 16;

/// What is sealed is bound to this label as well.
const SEAL_LABEL: &[u8] = b"springbreeze sealed part 1";

/// The key of one sealed part: 32 random bytes.
#[derive(Clone, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
pub struct PartKey(pub [u8; 32]);

impl std::fmt::Debug for PartKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("PartKey(…)")
    }
}

/// The part can't be opened: another key, another kind, or changed bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the sealed part cannot be opened with this key")]
pub struct Unopened;

/// Seals a part of a record of `kind` under the key named `name`. The nonce is 24 random bytes,
/// never used twice with one key.
#[must_use]
pub fn seal(
    name: KeyId,
    key: &PartKey,
    kind: Kind,
    nonce: [u8; NONCE_BYTES],
    plaintext: &[u8],
) -> Vec<u8> {
    let aad = aad(name, kind);
    let sealed = cipher(key)
        .encrypt(&XNonce::from(nonce), Payload { msg: plaintext, aad: &aad })
        .expect("a plaintext in memory is shorter than the cipher's limit of 256 GiB");
    let mut part = Vec::with_capacity(NONCE_BYTES + sealed.len());
    part.extend_from_slice(&nonce);
    part.extend_from_slice(&sealed);
    part
}

/// Opens a sealed part; the plaintext is wiped when dropped.
///
/// # Errors
/// [`Unopened`].
pub fn open(
    name: KeyId,
    key: &PartKey,
    kind: Kind,
    part: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Unopened> {
    let nonce: [u8; NONCE_BYTES] = crate::number::array_at(part, 0).ok_or(Unopened)?;
    let ciphertext = part.get(NONCE_BYTES..).ok_or(Unopened)?;
    let aad = aad(name, kind);
    cipher(key)
        .decrypt(&XNonce::from(nonce), Payload { msg: ciphertext, aad: &aad })
        .map(Zeroizing::new)
        .map_err(|_| Unopened)
}

/// What the open part says of a sealed part.
#[must_use]
pub fn reference(name: KeyId, part: &[u8]) -> SealedRef {
    SealedRef { key: name, hash: Sha256::digest(part).into() }
}

fn cipher(key: &PartKey) -> XChaCha20Poly1305 {
    XChaCha20Poly1305::new(&Key::from(key.0))
}

fn aad(name: KeyId, kind: Kind) -> Vec<u8> {
    let mut aad = SEAL_LABEL.to_vec();
    aad.extend_from_slice(&name.0);
    aad.extend_from_slice(&kind.0.to_be_bytes());
    aad
}

#[cfg(test)]
mod tests {
    use super::*;

    const NAME: KeyId = KeyId([7; 16]);
    const KIND: Kind = Kind(120);

    #[test]
    fn a_part_opens_only_with_its_own_key_name_and_kind() {
        let key = PartKey([1; 32]);
        let part = seal(NAME, &key, KIND, [9; 24], "劳动合同".as_bytes());
        assert_eq!(part.len(), "劳动合同".len() + SEAL_OVERHEAD_BYTES);
        assert_eq!(open(NAME, &key, KIND, &part).unwrap().as_slice(), "劳动合同".as_bytes());
        assert_eq!(open(NAME, &PartKey([2; 32]), KIND, &part), Err(Unopened));
        assert_eq!(open(KeyId([8; 16]), &key, KIND, &part), Err(Unopened));
        assert_eq!(open(NAME, &key, Kind(121), &part), Err(Unopened));
    }

    #[test]
    fn a_changed_or_cut_part_does_not_open() {
        let key = PartKey([1; 32]);
        let part = seal(NAME, &key, KIND, [9; 24], b"secret");
        for place in 0..part.len() {
            let mut changed = part.clone();
            changed[place] ^= 1;
            assert_eq!(open(NAME, &key, KIND, &changed), Err(Unopened), "byte {place}");
            assert_eq!(open(NAME, &key, KIND, &part[..place]), Err(Unopened), "cut at {place}");
            assert_ne!(reference(NAME, &changed), reference(NAME, &part));
        }
    }

    #[test]
    fn keys_are_not_printed() {
        assert_eq!(format!("{:?}", PartKey([1; 32])), "PartKey(…)");
    }
}
