//! Reading a bundle, distrustful: what it says, whether its sender said it, whether that is in it.

use journal::NodePublic;
use journal::identity::Signature;
use sha2::{Digest, Sha256};

use super::packing::header_of;
use super::{
    BundleError, MAGIC, MANIFEST_BYTES, Manifest, PURPOSE, Range, SIGNATURE_BYTES, VERSION,
};

/// A bundle of which nothing is proved yet.
#[derive(Debug, Clone, Copy)]
pub struct Unverified<'a> {
    signed: &'a [u8],
    signature: Signature,
    contents: &'a [u8],
}

/// A bundle that is what its sender signed. Its batches are still to be checked, each as if it
/// came over the network.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified<'a> {
    /// What its sender signed.
    pub manifest: Manifest,
    /// Its batches, in the order in which they fit.
    pub batches: Vec<&'a [u8]>,
}

impl<'a> Unverified<'a> {
    /// Takes the bytes apart.
    ///
    /// # Errors
    /// Not a bundle, cut, of another version, or beyond the limits.
    pub fn parse(bytes: &'a [u8]) -> Result<(Manifest, Self), BundleError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(BundleError::NotABundle)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(BundleError::Cut)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > MANIFEST_BYTES {
            return Err(BundleError::TooLarge);
        }
        let (manifest, rest) = rest.split_at_checked(length).ok_or(BundleError::Cut)?;
        let (signature, contents) =
            rest.split_first_chunk::<SIGNATURE_BYTES>().ok_or(BundleError::Cut)?;
        let signed = bytes.get(..MAGIC.len() + 4 + length).ok_or(BundleError::Cut)?;
        let manifest = read_manifest(manifest)?;
        Ok((manifest, Self { signed, signature: Signature(*signature), contents }))
    }

    /// Checks the sender's signature, the contents' hash, and that the batches are those which
    /// the manifest names.
    ///
    /// # Errors
    /// The first [`BundleError`].
    pub fn verify(
        &self,
        manifest: Manifest,
        sender: NodePublic,
    ) -> Result<Verified<'a>, BundleError> {
        let signed = sender.verify(PURPOSE, self.signed, &self.signature);
        signed.map_err(|_| BundleError::Signature)?;
        if Sha256::digest(self.contents) != *manifest.contents {
            return Err(BundleError::Contents);
        }
        let batches = split(self.contents).ok_or(BundleError::Contents)?;
        let headers =
            batches.iter().map(|batch| header_of(batch)).collect::<Result<Vec<_>, _>>()?;
        let whole = u32::try_from(batches.len()) == Ok(manifest.batches)
            && headers.iter().all(|header| header.sender == manifest.sender)
            && Range::of_batches(&headers).as_ref() == Some(&manifest.ranges);
        if whole { Ok(Verified { manifest, batches }) } else { Err(BundleError::Contents) }
    }
}

fn read_manifest(bytes: &[u8]) -> Result<Manifest, BundleError> {
    let mut input = minicbor::Decoder::new(bytes);
    // The version comes first, so that it can be named whatever follows it.
    let version = {
        let mut peek = input.clone();
        peek.array().map_err(|_| BundleError::NotABundle)?;
        peek.u16().map_err(|_| BundleError::NotABundle)?
    };
    if version != VERSION {
        return Err(BundleError::Version(version));
    }
    let manifest = input.decode().map_err(|_| BundleError::NotABundle)?;
    if input.position() == bytes.len() { Ok(manifest) } else { Err(BundleError::NotABundle) }
}

/// The batches one after the other; none where a length doesn't fit.
fn split(mut contents: &[u8]) -> Option<Vec<&[u8]>> {
    let mut batches = Vec::new();
    while !contents.is_empty() {
        let (length, rest) = contents.split_first_chunk::<4>()?;
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let (batch, rest) = rest.split_at_checked(length)?;
        batches.push(batch);
        contents = rest;
    }
    Some(batches)
}
