//! Letters to one node: HPKE (RFC 9180, base mode), so that ticket keys and session keys can be
//! sent over plain HTTP. Says who can read, not who wrote: the message that carries a letter is
//! signed.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::X25519HkdfSha256;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::{NodeKey, NodePublic};

/// What the X25519 key pair is derived under.
const KEY_LABEL: &[u8] = b"springbreeze node letters x25519 1";
/// Length of the encapsulated key that stands before the ciphertext.
const ENCAPSULATED_BYTES: usize = 32;

type X25519 = X25519HkdfSha256;

/// Thirty-two fresh random bytes for one letter; never used for a second one.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct LetterSeed(pub [u8; 32]);

/// Why a letter can't be written or opened.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum LetterError {
    /// The public key is not one that a letter can be sealed for.
    #[error("the receiver's public key is not valid")]
    Receiver,
    /// Not for this node, not for this purpose, or changed on its way.
    #[error("the letter cannot be opened with this node's key")]
    Unopened,
}

impl NodePublic {
    /// Seals a letter that only this node opens. `info` says what it is for and both sides know it;
    /// `aad` is what it must be bound to.
    ///
    /// # Errors
    /// [`LetterError::Receiver`].
    pub fn seal_letter(
        self,
        info: &[u8],
        aad: &[u8],
        plaintext: &[u8],
        seed: LetterSeed,
    ) -> Result<Vec<u8>, LetterError> {
        let no = |_| LetterError::Receiver;
        let receiver = <X25519 as Kem>::PublicKey::from_bytes(&self.letters()).map_err(no)?;
        let mut once = Once(Some(seed));
        let (key, ciphertext) = hpke::single_shot_seal_with_rng::<
            ChaCha20Poly1305,
            HkdfSha256,
            X25519,
        >(
            &OpModeS::Base, &receiver, info, plaintext, aad, &mut once
        )
        .map_err(no)?;
        let mut letter = key.to_bytes().to_vec();
        letter.extend_from_slice(&ciphertext);
        Ok(letter)
    }
}

impl NodeKey {
    /// Opens a letter sealed for this node under the same `info` and `aad`.
    ///
    /// # Errors
    /// [`LetterError::Unopened`].
    pub fn open_letter(
        &self,
        info: &[u8],
        aad: &[u8],
        letter: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, LetterError> {
        let no = LetterError::Unopened;
        let (key, ciphertext) = letter.split_at_checked(ENCAPSULATED_BYTES).ok_or(no)?;
        let key = <X25519 as Kem>::EncappedKey::from_bytes(key).map_err(|_| no)?;
        let (private, _) = key_pair(&self.seed);
        hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, X25519>(
            &OpModeR::Base,
            &private,
            &key,
            info,
            ciphertext,
            aad,
        )
        .map(Zeroizing::new)
        .map_err(|_| no)
    }
}

pub(super) fn public(seed: &[u8; 32]) -> [u8; 32] {
    key_pair(seed).1.to_bytes().into()
}

pub(super) fn secret(seed: &[u8; 32]) -> Zeroizing<[u8; 32]> {
    Zeroizing::new(key_pair(seed).0.to_bytes().into())
}

fn key_pair(seed: &[u8; 32]) -> (<X25519 as Kem>::PrivateKey, <X25519 as Kem>::PublicKey) {
    let mut material: [u8; 32] =
        Sha256::new().chain_update(KEY_LABEL).chain_update(seed).finalize().into();
    let pair = X25519::derive_keypair(&material);
    material.zeroize();
    pair
}

/// Gives out the seed as the first bytes asked for, and after them SHA-256 of what came before:
/// chance comes in as an argument, so that a whole fair can be simulated from one number.
struct Once(Option<LetterSeed>);

impl hpke::rand_core::TryRng for Once {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes)?;
        Ok(u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, out: &mut [u8]) -> Result<(), Self::Error> {
        for part in out.chunks_mut(32) {
            let seed = self.0.take().map_or([0; 32], |seed| seed.0);
            for (place, byte) in part.iter_mut().zip(seed) {
                *place = byte;
            }
            self.0 = Some(LetterSeed(Sha256::digest(seed).into()));
        }
        Ok(())
    }
}

impl hpke::rand_core::TryCryptoRng for Once {}
