//! Sealing the secrets of a draft.

use domain::ids::KeyId;
use journal::sealing::{self, NONCE_BYTES, PartKey};
use journal::{Kind, SealedRef};
use zeroize::Zeroizing;

use crate::error::StoreError;
use crate::world::{World, random};

/// The sealed parts of one record.
#[derive(Default)]
pub(crate) struct Sealed {
    /// For the open part.
    pub(crate) named: Vec<SealedRef>,
    /// The ciphertexts.
    pub(crate) parts: Vec<Option<Vec<u8>>>,
    /// For the keyring.
    pub(crate) keys: Vec<(KeyId, PartKey)>,
}

/// Seals each secret under a fresh key of its own; the plaintexts are wiped.
pub(crate) fn seal(
    kind: Kind,
    secrets: Vec<Vec<u8>>,
    world: &dyn World,
) -> Result<Sealed, StoreError> {
    let mut sealed = Sealed::default();
    for secret in secrets {
        let secret = Zeroizing::new(secret);
        let id = KeyId(random(world)?);
        let key = PartKey(random(world)?);
        let nonce: [u8; NONCE_BYTES] = random(world)?;
        let part = sealing::seal(id, &key, kind, nonce, &secret);
        sealed.named.push(sealing::reference(id, &part));
        sealed.parts.push(Some(part));
        sealed.keys.push((id, key));
    }
    Ok(sealed)
}
