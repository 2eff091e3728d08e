//! Making a bundle out of batches.

use journal::NodeKey;
use sha2::{Digest, Sha256};

use super::{BundleError, MAGIC, MANIFEST_BYTES, Manifest, PURPOSE, Range, VERSION};
use crate::batch::{Header, Packed, Unverified};
use crate::stream::StreamHead;
use domain::ids::NodeId;
use minicbor::bytes::ByteVec;

/// What the sender says beside the batches.
#[derive(Debug, Clone)]
pub struct Draft {
    /// For whom.
    pub audience: NodeId,
    /// When, in milliseconds since 1970.
    pub made_at_ms: u64,
    /// The sender's software version.
    pub software: String,
    /// See [`Manifest::origins`].
    pub origins: Vec<ByteVec>,
    /// See [`Manifest::heads`].
    pub heads: Vec<StreamHead>,
    /// See [`Manifest::complete`].
    pub complete: bool,
}

/// Puts batches, each made for [`super::ANY_STORE`], under a signed manifest.
///
/// # Errors
/// [`BundleError::Contents`] for bytes that are no batches, or don't follow one another;
/// [`BundleError::TooLarge`] for more streams than a manifest can name.
pub fn pack(
    key: &NodeKey,
    draft: Draft,
    batches: &[Packed],
) -> Result<(Manifest, Vec<u8>), BundleError> {
    let headers =
        batches.iter().map(|batch| header_of(&batch.bytes)).collect::<Result<Vec<_>, _>>()?;
    let ranges = Range::of_batches(&headers).ok_or(BundleError::Contents)?;
    let mut contents = Vec::new();
    for batch in batches {
        contents.extend_from_slice(&length(batch.bytes.len())?.to_be_bytes());
        contents.extend_from_slice(&batch.bytes);
    }
    let hash: [u8; 32] = Sha256::digest(&contents).into();
    let manifest = Manifest {
        version: VERSION,
        sender: key.node_id(),
        audience: draft.audience,
        made_at_ms: draft.made_at_ms,
        software: draft.software,
        origins: draft.origins,
        ranges,
        heads: draft.heads,
        complete: draft.complete,
        batches: length(batches.len())?,
        contents: hash.into(),
    };
    let encoded = minicbor::to_vec(&manifest).expect("a vector takes any bytes");
    if encoded.len() > MANIFEST_BYTES {
        return Err(BundleError::TooLarge);
    }
    let mut bytes = MAGIC.to_vec();
    bytes.extend_from_slice(&length(encoded.len())?.to_be_bytes());
    bytes.extend_from_slice(&encoded);
    let signature = key.sign(PURPOSE, &bytes);
    bytes.extend_from_slice(&signature.0);
    bytes.append(&mut contents);
    Ok((manifest, bytes))
}

pub(super) fn header_of(batch: &[u8]) -> Result<Header, BundleError> {
    Unverified::parse(batch).map(|(header, _)| header).map_err(|_| BundleError::Contents)
}

fn length(length: usize) -> Result<u32, BundleError> {
    u32::try_from(length).map_err(|_| BundleError::TooLarge)
}
