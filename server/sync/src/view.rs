//! Down comes a view: what a station may know, whole, by version. The sync protocol carries it as
//! opaque bytes; only the site that makes it and the station that uses it know what is inside.

use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use sha2::{Digest, Sha256};

/// A whole view.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct View {
    /// Grows with every change; 0 is never used.
    #[n(0)]
    pub version: u64,
    /// SHA-256 over version, body and sealed part.
    #[n(1)]
    pub hash: ByteArray<32>,
    /// What the station may read and keep on its disk.
    #[n(2)]
    pub body: ByteVec,
    /// Secrets, such as ticket keys, sealed by HPKE for this one station.
    #[n(3)]
    pub sealed: Option<ByteVec>,
}

/// What the letter with a view's secrets is for.
pub const VIEW_SECRETS_INFO: &[u8] = b"view secrets 1";

/// The bytes of a view are not those it was made of.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the view was changed on its way; it is fetched again")]
pub struct DamagedView;

impl View {
    /// A view of this version.
    #[must_use]
    pub fn new(version: u64, body: Vec<u8>, sealed: Option<Vec<u8>>) -> Self {
        let hash = hash(version, &body, sealed.as_deref());
        Self {
            version,
            hash: ByteArray::from(hash),
            body: body.into(),
            sealed: sealed.map(ByteVec::from),
        }
    }

    /// Checks that nothing of it changed.
    ///
    /// # Errors
    /// [`DamagedView`] if something did.
    pub fn check(&self) -> Result<(), DamagedView> {
        let sealed = self.sealed.as_ref().map(|sealed| sealed.as_slice());
        let actual = hash(self.version, &self.body, sealed);
        if actual == *self.hash { Ok(()) } else { Err(DamagedView) }
    }
}

fn hash(version: u64, body: &[u8], sealed: Option<&[u8]>) -> [u8; 32] {
    let body_bytes = u64::try_from(body.len()).unwrap_or(u64::MAX);
    Sha256::new()
        .chain_update(version.to_be_bytes())
        .chain_update(body_bytes.to_be_bytes())
        .chain_update(body)
        .chain_update([u8::from(sealed.is_some())])
        .chain_update(sealed.unwrap_or(&[]))
        .finalize()
        .into()
}

/// The answer to "is there a newer view than mine?".
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub enum ViewAnswer {
    /// No: this is the newest version.
    #[n(0)]
    Unchanged(#[n(0)] u64),
    /// Yes, here it is.
    #[n(1)]
    Newer(#[n(0)] View),
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn any_changed_part_is_found() {
        let view = View::new(3, b"booths".to_vec(), Some(b"keys".to_vec()));
        assert_eq!(view.check(), Ok(()));
        assert_eq!(View { version: 4, ..view.clone() }.check(), Err(DamagedView));
        assert_eq!(View { sealed: None, ..view.clone() }.check(), Err(DamagedView));
        let body = ByteVec::from(b"boothz".to_vec());
        assert_eq!(View { body, ..view }.check(), Err(DamagedView));
    }
}
