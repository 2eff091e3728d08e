//! A record read in place: what the chain, the index and the folds need, without copying the
//! payload.

use domain::ids::{AccountId, DeviceId, Epoch, FairTag, Hlc, KeyId, NodeId, Seq};
use minicbor::Decoder;
use minicbor::data::Type;

use super::{
    Flags, Kind, MAX_RECORD_BYTES, MAX_SEALED_PARTS, RECORD_FIELDS, RECORD_VERSION, Record,
    RecordError, SealedRef, within,
};

/// A record whose payload still lies in the bytes it was read from. Fields as in [`Record`].
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "each field is described at Record")]
pub struct View<'a> {
    pub origin: NodeId,
    pub epoch: Epoch,
    pub seq: Seq,
    pub time: Hlc,
    pub wall_ms: Option<u64>,
    pub kind: Kind,
    pub actor: Option<AccountId>,
    pub station: Option<DeviceId>,
    pub fair: Option<FairTag>,
    pub flags: Flags,
    pub payload: &'a [u8],
    pub sealed: Vec<SealedRef>,
}

impl<'a> View<'a> {
    /// Reads an open part; fields after the known ones are passed over.
    ///
    /// # Errors
    /// Anything that is not a record of the known version.
    pub fn decode(open: &'a [u8]) -> Result<Self, RecordError> {
        within(open.len(), MAX_RECORD_BYTES)?;
        let mut input = Decoder::new(open);
        let fields = input.array().map_err(malformed)?.ok_or(RecordError::Malformed)?;
        let version = input.u64().map_err(malformed)?;
        if version != u64::from(RECORD_VERSION) {
            return Err(RecordError::Version(version));
        }
        if fields < RECORD_FIELDS {
            return Err(RecordError::Malformed);
        }
        let mut view = Self::fields(&mut input).map_err(malformed)?;
        if fields > RECORD_FIELDS {
            view.wall_ms = later(&mut input).map_err(malformed)?;
        }
        for _ in RECORD_FIELDS + 1..fields {
            input.skip().map_err(malformed)?;
        }
        if input.position() != open.len() {
            return Err(RecordError::Malformed);
        }
        if view.seq.0 == 0 {
            return Err(RecordError::SeqZero);
        }
        Ok(view)
    }

    /// A record of its own.
    #[must_use]
    pub fn to_record(&self) -> Record {
        Record {
            origin: self.origin,
            epoch: self.epoch,
            seq: self.seq,
            time: self.time,
            wall_ms: self.wall_ms,
            kind: self.kind,
            actor: self.actor,
            station: self.station,
            fair: self.fair,
            flags: self.flags,
            payload: self.payload.to_vec(),
            sealed: self.sealed.clone(),
        }
    }

    fn fields(input: &mut Decoder<'a>) -> Result<Self, minicbor::decode::Error> {
        Ok(Self {
            origin: NodeId(array(input)?),
            epoch: Epoch(input.u64()?),
            seq: Seq(input.u64()?),
            time: Hlc(input.u64()?),
            wall_ms: None,
            kind: Kind(input.u16()?),
            actor: optional(input)?.map(AccountId),
            station: optional(input)?.map(DeviceId),
            fair: optional(input)?.map(FairTag),
            flags: Flags(input.u32()?),
            payload: input.bytes()?,
            sealed: sealed(input)?,
        })
    }
}

fn sealed(input: &mut Decoder<'_>) -> Result<Vec<SealedRef>, minicbor::decode::Error> {
    let wrong = || minicbor::decode::Error::message("sealed parts");
    let count = input.array()?.ok_or_else(wrong)?;
    let most = crate::number::long(MAX_SEALED_PARTS);
    if count > most {
        return Err(wrong());
    }
    let mut parts = Vec::new();
    for _ in 0..count {
        let fields = input.array()?.filter(|fields| *fields >= 2).ok_or_else(wrong)?;
        parts.push(SealedRef { key: KeyId(array(input)?), hash: array(input)? });
        for _ in 2..fields {
            input.skip()?;
        }
    }
    Ok(parts)
}

fn array<const N: usize>(input: &mut Decoder<'_>) -> Result<[u8; N], minicbor::decode::Error> {
    let bytes = input.bytes()?;
    bytes.try_into().map_err(|_| minicbor::decode::Error::message("length"))
}

fn optional<const N: usize>(
    input: &mut Decoder<'_>,
) -> Result<Option<[u8; N]>, minicbor::decode::Error> {
    if input.datatype()? == Type::Null {
        input.null()?;
        return Ok(None);
    }
    array(input).map(Some)
}

/// The first field after those that are always there.
fn later(input: &mut Decoder<'_>) -> Result<Option<u64>, minicbor::decode::Error> {
    if matches!(input.datatype()?, Type::U8 | Type::U16 | Type::U32 | Type::U64) {
        return input.u64().map(Some);
    }
    // Nothing that this build writes, and kept as it is.
    input.skip().map(|()| None)
}

fn malformed(_why: minicbor::decode::Error) -> RecordError {
    RecordError::Malformed
}
