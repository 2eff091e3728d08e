//! Who a node is: one 32-byte seed, from which both of its key pairs come.
//!
//! Signing is ed25519 over the seed itself. Receiving sealed letters is X25519, its key pair
//! derived (RFC 9180 DeriveKeyPair) from SHA-256(label ‖ seed), so the two never share a secret
//! scalar. The public identity is both public keys together, and the node's id is the first 16
//! bytes of its SHA-256: who knows an id can't be given another's key of either kind.
//! Must not know where a seed is kept or drawn.

mod checkpoint;
mod letter;

pub use checkpoint::{Checkpoint, CheckpointError};
pub use letter::{LetterError, LetterSeed};

use domain::ids::NodeId;
use ed25519_dalek::{Signer, SigningKey, VerifyingKey};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// What begins every signed message, so that a signature is good for one purpose only.
const SIGNATURE_LABEL: &[u8] = b"springbreeze signature 1";

/// A node's secret.
#[derive(Zeroize, ZeroizeOnDrop)]
pub struct NodeKey {
    seed: [u8; 32],
    #[zeroize(skip)] // wipes itself
    signing: SigningKey,
}

/// A node's public keys.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct NodePublic(#[cbor(with = "minicbor::bytes")] [u8; NodePublic::BYTES]);

/// Text or bytes that are not a node's public keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("not a node's public keys: {} bytes are expected", NodePublic::BYTES)]
pub struct BadNodePublic;

/// A signature that is not this node's over this message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the signature is not this node's over these bytes")]
pub struct BadSignature;

/// An ed25519 signature.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Encode, Decode)]
#[cbor(transparent)]
pub struct Signature(#[cbor(with = "minicbor::bytes")] pub [u8; 64]);

impl std::fmt::Debug for Signature {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Signature(…)")
    }
}

impl NodeKey {
    /// The node of a seed; the seed is 32 random bytes, kept secret for the node's life.
    #[must_use]
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self { signing: SigningKey::from_bytes(&seed), seed }
    }

    /// The seed, to be stored where only the node reads it.
    #[must_use]
    pub const fn seed(&self) -> &[u8; 32] {
        &self.seed
    }

    /// The public keys.
    #[must_use]
    pub fn public(&self) -> NodePublic {
        let mut both = [0; NodePublic::BYTES];
        let (signing, letters) = both.split_at_mut(32);
        signing.copy_from_slice(self.signing.verifying_key().as_bytes());
        letters.copy_from_slice(&letter::public(&self.seed));
        NodePublic(both)
    }

    /// The node's id.
    #[must_use]
    pub fn node_id(&self) -> NodeId {
        self.public().node_id()
    }

    /// The X25519 secret that opens letters, for a carrier that encrypts in a format of its own to
    /// the same key: one that derives its keys under other labels than HPKE's.
    #[must_use]
    pub fn letter_secret(&self) -> Zeroizing<[u8; 32]> {
        letter::secret(&self.seed)
    }

    /// Signs a message for one purpose, a short fixed text such as `batch 1`.
    #[must_use]
    pub fn sign(&self, purpose: &str, message: &[u8]) -> Signature {
        Signature(self.signing.sign(&signed_bytes(purpose, message)).to_bytes())
    }
}

impl std::fmt::Debug for NodeKey {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "NodeKey({})", self.node_id())
    }
}

impl NodePublic {
    /// Signing key, then the key for sealed letters.
    pub const BYTES: usize = 64;

    /// Reads public keys.
    ///
    /// # Errors
    /// [`BadNodePublic`] where the length is another or the signing key is no point of the curve.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, BadNodePublic> {
        let public = Self(bytes.try_into().map_err(|_| BadNodePublic)?);
        public.verifying().map(|_| public).ok_or(BadNodePublic)
    }

    /// The bytes that [`NodePublic::from_bytes`] reads.
    #[must_use]
    pub const fn to_bytes(self) -> [u8; Self::BYTES] {
        self.0
    }

    /// The first 16 bytes of SHA-256 over the public keys.
    #[must_use]
    pub fn node_id(self) -> NodeId {
        let digest: [u8; 32] = Sha256::digest(self.0).into();
        NodeId(crate::number::array_at(&digest, 0).expect("16 of 32 bytes"))
    }

    /// Checks a signature made by [`NodeKey::sign`] for the same purpose.
    ///
    /// # Errors
    /// [`BadSignature`].
    pub fn verify(
        self,
        purpose: &str,
        message: &[u8],
        signature: &Signature,
    ) -> Result<(), BadSignature> {
        let key = self.verifying().ok_or(BadSignature)?;
        let signature = ed25519_dalek::Signature::from_bytes(&signature.0);
        key.verify_strict(&signed_bytes(purpose, message), &signature).map_err(|_| BadSignature)
    }

    fn verifying(&self) -> Option<VerifyingKey> {
        VerifyingKey::from_bytes(&crate::number::array_at(&self.0, 0)?).ok()
    }

    /// The X25519 public key that letters are sealed for; see [`NodeKey::letter_secret`].
    #[must_use]
    pub fn letter_key(self) -> [u8; 32] {
        self.letters()
    }

    fn letters(&self) -> [u8; 32] {
        crate::number::array_at(&self.0, 32).expect("the second half of 64 bytes")
    }
}

impl std::fmt::Display for NodePublic {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(out, "{byte:02x}"))
    }
}

impl std::fmt::Debug for NodePublic {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(out, "NodePublic({self})")
    }
}

/// Label ‖ 0 ‖ purpose ‖ 0 ‖ message; neither label nor purpose holds a zero byte.
fn signed_bytes(purpose: &str, message: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(SIGNATURE_LABEL.len() + purpose.len() + message.len() + 2);
    bytes.extend_from_slice(SIGNATURE_LABEL);
    bytes.push(0);
    bytes.extend(purpose.bytes().filter(|byte| *byte != 0));
    bytes.push(0);
    bytes.extend_from_slice(message);
    bytes
}

#[cfg(test)]
mod tests;
