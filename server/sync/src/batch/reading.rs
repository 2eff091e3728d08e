//! Reading a batch, distrustful: first what it says, then whether its sender said it, then the
//! rest.

use journal::{Checkpoint, View, kind};

use super::body::decode_entries;
use super::{
    BatchError, Codec, Digest, Entry, Head, Header, MAGIC, NodePublic, PURPOSE, SIGNATURE_BYTES,
    Sha256, Signature, limits,
};
use crate::keys::WrappedKey;

/// A batch of which nothing is proved yet.
#[derive(Debug, Clone, Copy)]
pub struct Unverified<'a> {
    signed: &'a [u8],
    signature: Signature,
    body: &'a [u8],
    keys: &'a [u8],
}

/// A batch whose signature, body, records and chain fit together. Whether they fit what the
/// receiver holds is a matter apart.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Batch {
    /// What its sender signed.
    pub header: Header,
    /// The head before its first record.
    pub previous: Head,
    /// Its records.
    pub entries: Vec<Entry>,
    /// The head after its last record.
    pub last: Head,
    /// Keys of the records' sealed parts, still in their letters.
    pub keys: Vec<WrappedKey>,
}

impl<'a> Unverified<'a> {
    /// Takes the bytes apart.
    ///
    /// # Errors
    /// Not a batch, cut, of another version, or beyond the limits.
    pub fn parse(bytes: &'a [u8]) -> Result<(Header, Self), BatchError> {
        let rest = bytes.strip_prefix(MAGIC).ok_or(BatchError::NotABatch)?;
        let (length, rest) = rest.split_first_chunk::<4>().ok_or(BatchError::Cut)?;
        let length = usize::try_from(u32::from_be_bytes(*length)).unwrap_or(usize::MAX);
        if length > limits::BATCH_HEADER_BYTES {
            return Err(BatchError::TooLarge);
        }
        let (header, rest) = rest.split_at_checked(length).ok_or(BatchError::Cut)?;
        let (signature, body) =
            rest.split_first_chunk::<SIGNATURE_BYTES>().ok_or(BatchError::Cut)?;
        let signed = bytes.get(..MAGIC.len() + 4 + length).ok_or(BatchError::Cut)?;
        let header = read_header(header)?;
        let (body, keys) = within_limits(&header, body)?;
        Ok((header, Self { signed, signature: Signature(*signature), body, keys }))
    }

    /// Checks everything that a batch proves by itself: the sender's signature, the body, each
    /// record and ciphertext, the chain, and, where the origin's keys are known, its checkpoints.
    ///
    /// # Errors
    /// The first [`BatchError`].
    pub fn verify(
        &self,
        header: Header,
        sender: NodePublic,
        origin: Option<NodePublic>,
    ) -> Result<Batch, BatchError> {
        let signed = sender.verify(PURPOSE, self.signed, &self.signature);
        signed.map_err(|_| BatchError::Signature)?;
        if Sha256::digest(self.body) != *header.body {
            return Err(BatchError::Body);
        }
        let keys = read_keys(&header, self.keys)?;
        let raw = unpack(&header, self.body)?;
        let records = header.records().ok_or(BatchError::TooLarge)?;
        let entries = decode_entries(&raw, records).ok_or(BatchError::Unpacked)?;
        if entries.len() != records {
            return Err(BatchError::Unpacked);
        }
        let before = header.first.0.checked_sub(1).ok_or(BatchError::TooLarge)?;
        let previous =
            Head { epoch: header.epoch, seq: domain::ids::Seq(before), hash: header.previous };
        let last = follow(&header, previous, &entries, origin)?;
        Ok(Batch { header, previous, entries, last, keys })
    }
}

fn read_header(bytes: &[u8]) -> Result<Header, BatchError> {
    let mut input = minicbor::Decoder::new(bytes);
    // The version comes first, so that it can be named whatever follows it.
    let version = {
        let mut peek = input.clone();
        peek.array().map_err(|_| BatchError::NotABatch)?;
        peek.u16().map_err(|_| BatchError::NotABatch)?
    };
    if !(limits::PROTOCOL_MIN..=limits::PROTOCOL).contains(&version) {
        return Err(BatchError::Protocol(version));
    }
    let header = input.decode().map_err(|_| BatchError::NotABatch)?;
    if input.position() == bytes.len() { Ok(header) } else { Err(BatchError::NotABatch) }
}

/// The body and the keys after it.
fn within_limits<'a>(header: &Header, rest: &'a [u8]) -> Result<(&'a [u8], &'a [u8]), BatchError> {
    let claims = |bytes: u32| usize::try_from(bytes).unwrap_or(usize::MAX);
    let raw_bytes = claims(header.raw_bytes);
    let packed_bytes = claims(header.packed_bytes);
    let keys_bytes = header.keys.map_or(0, |keys| claims(keys.bytes));
    if raw_bytes > limits::BATCH_RAW_BYTES
        || packed_bytes > limits::BATCH_PACKED_BYTES
        || keys_bytes > limits::REQUEST_KEYS_BYTES
        || header.records().is_none()
    {
        return Err(BatchError::TooLarge);
    }
    let (body, keys) = rest.split_at_checked(packed_bytes).ok_or(BatchError::Cut)?;
    if keys.len() == keys_bytes { Ok((body, keys)) } else { Err(BatchError::Cut) }
}

/// The keys after the body, if they are those that were signed.
fn read_keys(header: &Header, bytes: &[u8]) -> Result<Vec<WrappedKey>, BatchError> {
    let Some(named) = header.keys else { return Ok(Vec::new()) };
    if Sha256::digest(bytes) != *named.hash {
        return Err(BatchError::Body);
    }
    let mut input = minicbor::Decoder::new(bytes);
    let keys = input.decode().map_err(|_| BatchError::Unpacked)?;
    if input.position() == bytes.len() { Ok(keys) } else { Err(BatchError::Unpacked) }
}

fn unpack(header: &Header, body: &[u8]) -> Result<Vec<u8>, BatchError> {
    let most = usize::try_from(header.raw_bytes).unwrap_or(usize::MAX).min(limits::UNPACK_BYTES);
    let raw = match header.codec {
        Codec::Plain => body.to_vec(),
        // Never writes beyond `most`, whatever the packed bytes claim.
        Codec::Zstd => zstd::bulk::decompress(body, most).map_err(|_| BatchError::Unpacked)?,
    };
    if raw.len() == most { Ok(raw) } else { Err(BatchError::Unpacked) }
}

fn follow(
    header: &Header,
    previous: Head,
    entries: &[Entry],
    origin: Option<NodePublic>,
) -> Result<Head, BatchError> {
    let mut head = previous;
    for (place, entry) in entries.iter().enumerate() {
        let view = entry.check().map_err(|why| BatchError::Record { place, why })?;
        let named = view.origin == header.origin
            && view.epoch == header.epoch
            && view.seq == head.next_seq();
        if !named {
            return Err(BatchError::Order(place));
        }
        if view.kind == kind::CHECKPOINT {
            check_checkpoint(&view, head, origin)?;
        }
        head = head.extend(&entry.open);
    }
    if head.hash == header.new && head.seq == header.last {
        Ok(head)
    } else {
        Err(BatchError::Chain)
    }
}

/// A checkpoint signs the record before it, so every one can be checked where it stands.
fn check_checkpoint(
    view: &View<'_>,
    before: Head,
    origin: Option<NodePublic>,
) -> Result<(), BatchError> {
    let no = BatchError::Checkpoint(view.seq);
    let checkpoint = Checkpoint::decode(view.payload).map_err(|_| no)?;
    if checkpoint.head != before {
        return Err(no);
    }
    match origin {
        Some(origin) => checkpoint.verify(origin, before.hash).map_err(|_| no),
        None => Ok(()),
    }
}
