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
        // A start reads a million of them.
        match plain(open) {
            Some(view) => Ok(view),
            None => Self::decode_any(open),
        }
    }

    fn decode_any(open: &'a [u8]) -> Result<Self, RecordError> {
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

/// A record in exactly the form that this build writes; `None` sends others the long way.
fn plain(open: &[u8]) -> Option<View<'_>> {
    let rest = &mut &*open;
    let fields = u64::from(take(rest)?).checked_sub(0x80)?;
    if take(rest)? != RECORD_VERSION {
        return None;
    }
    let mut view = View {
        origin: NodeId(plain_bytes(rest)?),
        epoch: Epoch(plain_number(rest)?),
        seq: Seq(plain_number(rest)?),
        time: Hlc(plain_number(rest)?),
        wall_ms: None,
        kind: Kind(u16::try_from(plain_number(rest)?).ok()?),
        actor: plain_optional(rest)?.map(AccountId),
        station: plain_optional(rest)?.map(DeviceId),
        fair: plain_optional(rest)?.map(FairTag),
        flags: Flags(u32::try_from(plain_number(rest)?).ok()?),
        payload: plain_payload(rest)?,
        sealed: Vec::new(),
    };
    let parts = usize::from(take(rest)?.checked_sub(0x80)?);
    if parts > MAX_SEALED_PARTS.min(23) {
        return None;
    }
    for _ in 0..parts {
        if take(rest)? != 0x82 {
            return None;
        }
        view.sealed.push(SealedRef { key: KeyId(plain_bytes(rest)?), hash: plain_bytes(rest)? });
    }
    if fields == RECORD_FIELDS + 1 {
        view.wall_ms = Some(plain_number(rest)?);
    }
    let known = fields == RECORD_FIELDS || fields == RECORD_FIELDS + 1;
    (known && rest.is_empty() && view.seq.0 > 0).then_some(view)
}

fn take(rest: &mut &[u8]) -> Option<u8> {
    let (first, after) = rest.split_first()?;
    *rest = after;
    Some(*first)
}

fn take_array<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    let (first, after) = rest.split_first_chunk()?;
    *rest = after;
    Some(*first)
}

fn plain_number(rest: &mut &[u8]) -> Option<u64> {
    Some(match take(rest)? {
        small @ ..0x18 => small.into(),
        0x18 => take(rest)?.into(),
        0x19 => u16::from_be_bytes(take_array(rest)?).into(),
        0x1a => u32::from_be_bytes(take_array(rest)?).into(),
        0x1b => u64::from_be_bytes(take_array(rest)?),
        _ => return None,
    })
}

fn plain_length(rest: &mut &[u8]) -> Option<usize> {
    Some(match take(rest)? {
        small @ 0x40..0x58 => usize::from(small - 0x40),
        0x58 => take(rest)?.into(),
        0x59 => u16::from_be_bytes(take_array(rest)?).into(),
        _ => return None,
    })
}

fn plain_bytes<const N: usize>(rest: &mut &[u8]) -> Option<[u8; N]> {
    if plain_length(rest)? == N { take_array(rest) } else { None }
}

fn plain_payload<'a>(rest: &mut &'a [u8]) -> Option<&'a [u8]> {
    let length = plain_length(rest)?;
    let (payload, after) = rest.split_at_checked(length)?;
    *rest = after;
    Some(payload)
}

fn plain_optional<const N: usize>(rest: &mut &[u8]) -> Option<Option<[u8; N]>> {
    if let Some((0xf6, after)) = rest.split_first() {
        *rest = after;
        return Some(None);
    }
    plain_bytes(rest).map(Some)
}

fn malformed(_why: minicbor::decode::Error) -> RecordError {
    RecordError::Malformed
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn record(numbers: [u64; 4], payload: Vec<u8>, parts: usize, all: bool) -> Vec<u8> {
        let part = |number| SealedRef { key: KeyId([number; 16]), hash: [number; 32] };
        let record = Record {
            origin: NodeId([7; 16]),
            epoch: Epoch(numbers[0]),
            seq: Seq(numbers[1].max(1)),
            time: Hlc(numbers[2]),
            wall_ms: all.then_some(numbers[3]),
            kind: Kind(u16::try_from(numbers[3] % 65_536).unwrap()),
            actor: all.then_some(AccountId([1; 8])),
            station: all.then_some(DeviceId([2; 8])),
            fair: all.then_some(FairTag([3; 4])),
            flags: Flags(u32::try_from(numbers[0] % 8).unwrap()),
            payload,
            sealed: (0..3).map(part).take(parts).collect(),
        };
        record.encode().unwrap()
    }

    proptest! {
        /// Whatever the short way reads, the long way reads the same; what we write goes the short
        /// one.
        #[test]
        fn the_short_way_reads_what_the_long_one_does(
            numbers: [u64; 4], shifts in 0_u32..64,
            payload in proptest::collection::vec(any::<u8>(), 0..400),
            (parts, all) in (0_usize..4, any::<bool>()),
            changes in proptest::collection::vec((any::<u16>(), any::<u8>()), 0..3),
        ) {
            let mut open = record(numbers.map(|number| number >> shifts), payload, parts, all);
            prop_assert_eq!(plain(&open), View::decode_any(&open).ok());
            for (place, byte) in changes {
                let place = usize::from(place) % open.len();
                open[place] = byte;
                if let Some(view) = plain(&open) {
                    prop_assert_eq!(Ok(view), View::decode_any(&open));
                }
            }
        }
    }
}
