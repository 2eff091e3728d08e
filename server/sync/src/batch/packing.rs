//! Making a batch: as many records as fit the limits, packed and signed.

use std::collections::BTreeSet;

use domain::ids::KeyId;

use super::body::write_entry;
use super::{
    Codec, Digest, Entry, Head, Header, KeysAfter, MAGIC, NodeId, NodeKey, PURPOSE, Seq, Sha256,
    StoreId, Withhold, limits,
};
use crate::keys::{self, WrappedKey};
use crate::stream::Stream;

/// What is to be packed, and for whom.
#[derive(Debug, Clone, Copy)]
pub struct Run<'a> {
    /// For whom.
    pub audience: NodeId,
    /// For which store of theirs.
    pub store: StoreId,
    /// Of which stream.
    pub stream: Stream,
    /// The chain's head before the first entry; [`Stream::start`] for an epoch's first record.
    pub previous: Head,
    /// Records that directly follow it, in order.
    pub entries: &'a [Entry],
    /// At most so many of them.
    pub max_records: usize,
    /// What stays here.
    pub withhold: Withhold,
    /// Keys of the records' sealed parts for the audience; those of records that don't fit stay.
    pub keys: &'a [WrappedKey],
}

/// A batch ready to be sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Packed {
    /// Its bytes.
    pub bytes: Vec<u8>,
    /// The head after its last record.
    pub last: Head,
    /// How many records it holds: perhaps fewer than were given.
    pub records: usize,
    /// Which keys it carries.
    pub keys: Vec<KeyId>,
}

/// Nothing can be packed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum PackError {
    /// There was no record.
    #[error("there is no record to pack")]
    Empty,
    /// One record alone is larger than a batch may be.
    #[error("record {0} is larger than a batch may be")]
    RecordTooLarge(Seq),
}

/// Packs as many records from the front as the limits allow.
///
/// # Errors
/// [`PackError`]; the second case can't come of records that a journal took.
pub fn pack(key: &NodeKey, run: &Run<'_>) -> Result<Packed, PackError> {
    let mut most = run.entries.len().min(run.max_records).min(limits::BATCH_RECORDS);
    while most > 0 {
        let (raw, records) = raw_body(run, most);
        if records == 0 {
            break;
        }
        let (codec, body) = squeeze(raw.as_slice());
        if body.len() <= limits::BATCH_PACKED_BYTES {
            let sizes = (raw.len(), records);
            return Ok(sign(key, run, sizes, codec, &body));
        }
        most = records / 2;
    }
    match run.entries {
        [] => Err(PackError::Empty),
        _ => Err(PackError::RecordTooLarge(run.previous.next_seq())),
    }
}

fn raw_body(run: &Run<'_>, most: usize) -> (Vec<u8>, usize) {
    let mut raw = Vec::new();
    let mut records = 0;
    for entry in run.entries.iter().take(most) {
        let before = raw.len();
        write_entry(&mut raw, entry, run.withhold);
        if raw.len() > limits::BATCH_RAW_BYTES {
            raw.truncate(before);
            break;
        }
        records += 1;
    }
    (raw, records)
}

/// Ciphertext doesn't shrink; then it goes as it is.
fn squeeze(raw: &[u8]) -> (Codec, Vec<u8>) {
    match zstd::bulk::compress(raw, limits::ZSTD_LEVEL) {
        Ok(packed) if packed.len() < raw.len() => (Codec::Zstd, packed),
        _ => (Codec::Plain, raw.to_vec()),
    }
}

fn sign(
    key: &NodeKey,
    run: &Run<'_>,
    (raw_bytes, records): (usize, usize),
    codec: Codec,
    body: &[u8],
) -> Packed {
    let taken = run.entries.get(..records).unwrap_or(run.entries);
    let last = taken.iter().fold(run.previous, |head, entry| head.extend(&entry.open));
    let (carried, keys) = keys_of(run, taken);
    let digest = sha256(body);
    let header = Header {
        protocol: limits::PROTOCOL,
        sender: key.node_id(),
        audience: run.audience,
        store: run.store,
        origin: run.stream.origin,
        epoch: run.stream.epoch,
        first: run.previous.next_seq(),
        last: last.seq,
        previous: run.previous.hash,
        new: last.hash,
        codec,
        raw_bytes: number(raw_bytes),
        packed_bytes: number(body.len()),
        body: digest.into(),
        keys: (!carried.is_empty())
            .then(|| KeysAfter { bytes: number(keys.len()), hash: sha256(&keys).into() }),
    };
    let header = minicbor::to_vec(&header).expect("a vector takes any bytes");
    let mut bytes = Vec::with_capacity(limits::BATCH_HEADER_BYTES + body.len());
    bytes.extend_from_slice(MAGIC);
    bytes.extend_from_slice(&number(header.len()).to_be_bytes());
    bytes.extend_from_slice(&header);
    let signature = key.sign(PURPOSE, &bytes);
    bytes.extend_from_slice(&signature.0);
    bytes.extend_from_slice(body);
    bytes.extend_from_slice(&keys);
    Packed { bytes, last, records, keys: carried }
}

/// The keys that records of the batch name, and their bytes.
fn keys_of(run: &Run<'_>, taken: &[Entry]) -> (Vec<KeyId>, Vec<u8>) {
    if run.keys.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let named: BTreeSet<KeyId> =
        taken.iter().flat_map(keys::parts).map(|(name, ..)| name).collect();
    let carried: Vec<&WrappedKey> =
        run.keys.iter().filter(|wrapped| named.contains(&wrapped.key)).collect();
    if carried.is_empty() {
        return (Vec::new(), Vec::new());
    }
    let bytes = minicbor::to_vec(&carried).expect("a vector takes any bytes");
    (carried.into_iter().map(|wrapped| wrapped.key).collect(), bytes)
}

fn sha256(bytes: &[u8]) -> [u8; 32] {
    Sha256::digest(bytes).into()
}

fn number(length: usize) -> u32 {
    u32::try_from(length).expect("a batch is shorter than 4 GiB")
}
