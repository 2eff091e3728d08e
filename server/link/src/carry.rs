//! Carrying records by hand: a bundle in a file, encrypted to its receiver, and the receiver's
//! acknowledgement on the way back.
//!
//! The encryption is age (version 1, X25519) to the key that the receiver has for letters, so no
//! further key has to be enrolled. One X25519 key for both is sound: either scheme derives its keys
//! from the Diffie-Hellman value by HKDF under labels of its own (HPKE's begin with “HPKE-v1”, age
//! takes the two public keys as salt and “age-encryption.org/v1/X25519” as info), so that nothing
//! one of them reveals is of use against the other. age says who can read a file, not who wrote it:
//! that the manifest's signature does.

use std::collections::BTreeMap;
use std::io::{Read, Write};
use std::str::FromStr;
use std::sync::Arc;

use age::x25519;
use bech32::{Bech32, Hrp};
use domain::day::{Day, clock_text};
use domain::ids::NodeId;
use journal::{Head, NodeKey, NodePublic};
use sync::bundle::acknowledgement::{Acknowledgement, BadAcknowledgement};
use sync::bundle::envelope::{self, EnvelopeError, Kind};
use sync::bundle::{BUNDLE_BYTES, BundleError, Manifest};
use sync::{Refusal, RefusalCode, Stream};
use web::{ApiError, StatusCode};
use zeroize::{Zeroize, Zeroizing};

use crate::source::Source;

mod export;
mod file;

pub use file::{Written, write};

/// Bytes of a file at most: a bundle and what the encryption adds.
pub const FILE_BYTES: usize = BUNDLE_BYTES + (8 << 20);

/// A bundle to be made.
pub struct Export {
    /// For whom.
    pub receiver: NodePublic,
    /// What the receiver is known to have.
    pub known: BTreeMap<Stream, Head>,
    /// Keys of origins whose records are relayed.
    pub origins: Vec<NodePublic>,
    /// The own software version.
    pub software: String,
    /// The wall clock, milliseconds since 1970.
    pub made_at_ms: u64,
}

/// A bundle that was made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Bundle {
    /// What is in it.
    pub manifest: Manifest,
    /// The whole file.
    pub file: Vec<u8>,
}

/// Why records can't be carried. Each case its own word.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CarryError {
    /// The receiver is known to have everything.
    #[error("the receiver has everything already: there is nothing to carry")]
    Nothing,
    /// The own records can't be read.
    #[error("the own records can't be read: run `journal verify`")]
    Unreadable,
    /// The receiver's public key is not one that can be encrypted to.
    #[error("the receiver's public key is not valid: link headquarters anew")]
    Receiver,
    /// The file itself.
    #[error("{0}: copy it to the stick again, and bring it again")]
    Envelope(#[from] EnvelopeError),
    /// Records where an acknowledgement is wanted, or the other way round.
    #[error("this file is the other kind: records go to headquarters, acknowledgements come back")]
    OtherKind,
    /// Encrypted to somebody else.
    #[error("this file is for another receiver: bring it to the one it was made for")]
    NotForUs,
    /// What is in it.
    #[error("{0}")]
    Bundle(#[from] BundleError),
    /// Its sender is not believed.
    #[error("the sender of this file is not accepted here ({0}): enrol the site first")]
    Sender(Refusal),
    /// The acknowledgement doesn't count here.
    #[error("{0}")]
    Acknowledgement(#[from] BadAcknowledgement),
    /// The store can't take it now. Whole batches may have been taken; bring the file again.
    #[error("the records could not be stored ({0}): make room and bring the file again")]
    NotStored(Refusal),
}

impl CarryError {
    /// The stable code.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::Nothing => "carry_nothing",
            Self::Unreadable => "carry_unreadable",
            Self::Receiver => "carry_receiver",
            Self::Envelope(EnvelopeError::NotOurs) => "carry_not_ours",
            Self::Envelope(EnvelopeError::Cut { .. }) => "carry_cut",
            Self::Envelope(EnvelopeError::Changed) => "carry_changed",
            Self::OtherKind => "carry_other_kind",
            Self::NotForUs => "carry_not_for_us",
            Self::Bundle(BundleError::Version(_))
            | Self::Acknowledgement(BadAcknowledgement::Version(_)) => "carry_version",
            Self::Bundle(BundleError::TooLarge) => "carry_too_large",
            Self::Bundle(BundleError::Signature)
            | Self::Acknowledgement(BadAcknowledgement::Signature) => "carry_forged",
            Self::Bundle(_) | Self::Acknowledgement(BadAcknowledgement::NotOne) => "carry_changed",
            Self::Sender(Refusal { code: RefusalCode::RevokedSender, .. }) => "carry_revoked",
            Self::Sender(_) => "carry_unknown_sender",
            Self::Acknowledgement(BadAcknowledgement::OtherReceiver) => "carry_other_receiver",
            Self::Acknowledgement(BadAcknowledgement::OtherSender) => "carry_other_sender",
            Self::NotStored(_) => "carry_not_stored",
        }
    }
}

impl From<CarryError> for ApiError {
    fn from(error: CarryError) -> Self {
        let status = match error {
            CarryError::NotStored(_) => StatusCode::SERVICE_UNAVAILABLE,
            CarryError::Nothing => StatusCode::CONFLICT,
            CarryError::Unreadable => StatusCode::INTERNAL_SERVER_ERROR,
            _ => StatusCode::UNPROCESSABLE_ENTITY,
        };
        Self::new(status, error.code()).inside(error)
    }
}

impl From<Refusal> for CarryError {
    fn from(refusal: Refusal) -> Self {
        Self::Sender(refusal)
    }
}

/// A name for a file: whose records, and when by the clock on the wall in China.
#[must_use]
pub fn file_name(sender: NodeId, made_at_ms: u64, ending: &str) -> String {
    let sender: String = sender.to_string().chars().take(8).collect();
    let clock = clock_text(made_at_ms).replace(':', "");
    format!("springbreeze-{sender}-{}-{clock}.{ending}", Day::of_ms(made_at_ms))
}

/// Makes a bundle of what the receiver is not known to have, without sealed parts: as a site sends
/// its records to headquarters over the network.
///
/// # Errors
/// [`CarryError::Nothing`], [`CarryError::Unreadable`], [`CarryError::Receiver`].
pub async fn export<S: Source>(source: &Arc<S>, export: Export) -> Result<Bundle, CarryError> {
    let receiver = export.receiver;
    let (manifest, bytes) = export::bundle(source, export).await?;
    let sealing = tokio::task::spawn_blocking(move || encrypt(receiver, &bytes)).await;
    let sealed = sealing.unwrap_or(Err(CarryError::Unreadable))?;
    Ok(Bundle { manifest, file: envelope::wrap(Kind::Bundle, &sealed) })
}

/// The acknowledgement in a file, if it is `receiver`'s for the sender with this key.
///
/// # Errors
/// [`CarryError`].
pub fn open_acknowledgement(
    file: &[u8],
    receiver: NodePublic,
    own: &NodeKey,
) -> Result<Acknowledgement, CarryError> {
    match envelope::open(file)? {
        (Kind::Acknowledgement, content) => {
            Ok(Acknowledgement::read(content, receiver, own.node_id())?)
        }
        (Kind::Bundle, _) => Err(CarryError::OtherKind),
    }
}

/// The bundle in a file, decrypted.
///
/// # Errors
/// [`CarryError`].
pub fn open_bundle(own: &NodeKey, file: &[u8]) -> Result<Vec<u8>, CarryError> {
    match envelope::open(file)? {
        (Kind::Bundle, content) => decrypt(own, content),
        (Kind::Acknowledgement, _) => Err(CarryError::OtherKind),
    }
}

fn encrypt(receiver: NodePublic, bytes: &[u8]) -> Result<Vec<u8>, CarryError> {
    let no = |_| CarryError::Receiver;
    let recipient = recipient(receiver).ok_or(CarryError::Receiver)?;
    let recipient: &dyn age::Recipient = &recipient;
    let recipients = std::iter::once(recipient);
    let encryptor =
        age::Encryptor::with_recipients(recipients).map_err(|_| CarryError::Receiver)?;
    let mut sealed = Vec::with_capacity(bytes.len() + bytes.len() / 1_000 + 512);
    let mut writer = encryptor.wrap_output(&mut sealed).map_err(no)?;
    writer.write_all(bytes).map_err(no)?;
    writer.finish().map_err(no)?;
    Ok(sealed)
}

/// Never more than a bundle may have, whatever the file holds.
fn decrypt(own: &NodeKey, sealed: &[u8]) -> Result<Vec<u8>, CarryError> {
    let changed = CarryError::Envelope(EnvelopeError::Changed);
    let decryptor = age::Decryptor::new_buffered(sealed).map_err(|_| changed.clone())?;
    let identity = identity(own).ok_or(CarryError::Receiver)?;
    let identity: &dyn age::Identity = &identity;
    let opened = decryptor.decrypt(std::iter::once(identity));
    let reader = opened.map_err(|error| match error {
        age::DecryptError::NoMatchingKeys => CarryError::NotForUs,
        _ => changed.clone(),
    })?;
    let most = u64::try_from(FILE_BYTES).unwrap_or(u64::MAX);
    let mut bytes = Vec::new();
    let read = reader.take(most.saturating_add(1)).read_to_end(&mut bytes).map_err(|_| changed)?;
    if read > FILE_BYTES {
        return Err(CarryError::Bundle(BundleError::TooLarge));
    }
    Ok(bytes)
}

/// The recipient as age writes it: `age1…`, bech32 of the X25519 public key.
fn recipient(receiver: NodePublic) -> Option<x25519::Recipient> {
    let prefix = Hrp::parse("age").ok()?;
    let text = bech32::encode::<Bech32>(prefix, &receiver.letter_key()).ok()?;
    x25519::Recipient::from_str(&text).ok()
}

fn identity(own: &NodeKey) -> Option<x25519::Identity> {
    let prefix = Hrp::parse("age-secret-key-").ok()?;
    let secret: Zeroizing<[u8; 32]> = own.letter_secret();
    let mut text = bech32::encode_upper::<Bech32>(prefix, secret.as_ref()).ok()?;
    let identity = x25519::Identity::from_str(&text).ok();
    text.zeroize();
    identity
}

#[cfg(test)]
mod tests;
