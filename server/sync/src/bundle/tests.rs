use journal::{Entry, NodeKey, StoreId};
use proptest::prelude::*;

use super::acknowledgement::{Acknowledgement, BadAcknowledgement};
use super::envelope::{self, EnvelopeError, Kind};
use super::*;
use crate::batch::{self, Packed, Run, Withhold};
use crate::model::{Memory, node};
use crate::receiver::{self, Directory, Trust};
use crate::{RefusalCode, limits};

/// A site that ran twice and holds a station's records, too.
fn site() -> (NodeKey, Memory) {
    let (key, station) = (node(1), node(2));
    let mut memory = Memory::default();
    memory.start(key.node_id(), Epoch(9), None);
    memory.happen(&key, b"one".to_vec());
    memory.checkpoint(&key);
    memory.start(station.node_id(), Epoch(5), None);
    for number in 0..40_u8 {
        memory.happen(&station, vec![number]);
    }
    let parent = memory.heads.latest(key.node_id());
    // A child whose number is smaller than its parent's.
    memory.start(key.node_id(), Epoch(3), parent);
    memory.happen(&key, b"two".to_vec());
    (key, memory)
}

fn batch_of(key: &NodeKey, run: (Stream, Head), entries: &[Entry], most: usize) -> Packed {
    let run = Run {
        audience: node(7).node_id(),
        store: ANY_STORE,
        stream: run.0,
        previous: run.1,
        entries,
        max_records: most,
        withhold: Withhold::AllSealed,
        keys: &[],
    };
    batch::pack(key, &run).unwrap()
}

fn bundle(key: &NodeKey, memory: &Memory, known: &BTreeMap<Stream, Head>) -> (Manifest, Vec<u8>) {
    let mut batches = Vec::new();
    for (stream, mut after) in missing(&memory.heads, known) {
        let entries = memory.after(stream, after.seq);
        for entries in entries.chunks(16) {
            let packed = batch_of(key, (stream, after), entries, limits::BATCH_RECORDS);
            after = packed.last;
            batches.push(packed);
        }
    }
    pack(key, draft(), &batches).unwrap()
}

fn draft() -> Draft {
    Draft {
        audience: node(7).node_id(),
        made_at_ms: 5,
        software: "0.1.0".to_owned(),
        origins: vec![node(2).public().to_bytes().to_vec().into()],
        heads: Vec::new(),
        complete: true,
    }
}

#[test]
fn a_bundle_reads_back_with_its_ranges_parents_before_children() {
    let (key, memory) = site();
    let (manifest, bytes) = bundle(&key, &memory, &BTreeMap::new());
    let (read, unverified) = Unverified::parse(&bytes).unwrap();
    assert_eq!(read, manifest);
    let verified = unverified.verify(read, key.public()).unwrap();
    assert_eq!(verified.batches.len(), 5);
    let of_site: Vec<Epoch> = manifest
        .ranges
        .iter()
        .filter(|range| range.origin == key.node_id())
        .map(|range| range.epoch)
        .collect();
    assert_eq!(of_site, [Epoch(9), Epoch(3)]);
    assert_eq!(manifest.records(), 46);
    for range in &manifest.ranges {
        let head = memory.heads.head(range.origin, range.epoch).unwrap();
        assert_eq!((range.first, range.last, range.hash), (Seq(1), head.seq, head.hash));
    }
}

#[test]
fn what_the_receiver_is_known_to_have_stays_out() {
    let (_, memory) = site();
    let station = Stream { origin: node(2).node_id(), epoch: Epoch(5) };
    let known = memory.head_at(station, Seq(30));
    let left = missing(&memory.heads, &BTreeMap::from([(station, known)]));
    assert!(left.contains(&(station, known)));
    let all: BTreeMap<Stream, Head> =
        memory.streams.keys().map(|stream| (*stream, memory.head_at(*stream, Seq(99)))).collect();
    assert_eq!(missing(&memory.heads, &all), []);
}

#[test]
fn only_the_senders_signature_counts() {
    let (key, memory) = site();
    let (_, bytes) = bundle(&key, &memory, &BTreeMap::new());
    let (manifest, unverified) = Unverified::parse(&bytes).unwrap();
    let other = unverified.verify(manifest, node(3).public());
    assert_eq!(other, Err(BundleError::Signature));
}

#[test]
fn a_manifest_that_names_other_ranges_is_refused() {
    let (key, memory) = site();
    let (manifest, bytes) = bundle(&key, &memory, &BTreeMap::new());
    let (_, unverified) = Unverified::parse(&bytes).unwrap();
    // As if its own sender had signed a lie: everything else fits.
    let mut lie = manifest.clone();
    lie.ranges[0].last = Seq(99);
    assert_eq!(unverified.verify(lie, key.public()), Err(BundleError::Contents));
    let mut lie = manifest;
    lie.batches += 1;
    assert_eq!(unverified.verify(lie, key.public()), Err(BundleError::Contents));
}

#[test]
fn batches_that_do_not_follow_one_another_make_no_bundle() {
    let (key, memory) = site();
    let stream = Stream { origin: node(2).node_id(), epoch: Epoch(5) };
    let entries = memory.after(stream, Seq(0));
    let first = batch_of(&key, (stream, stream.start()), &entries[..4], 100);
    let after = memory.head_at(stream, Seq(6));
    let later = batch_of(&key, (stream, after), &entries[6..], 100);
    let packed = pack(&key, draft(), &[first.clone(), later]);
    assert_eq!(packed.unwrap_err(), BundleError::Contents);
    assert!(pack(&key, draft(), &[first]).is_ok());
}

#[test]
fn a_later_version_is_named() {
    let (key, memory) = site();
    let (_, mut bytes) = bundle(&key, &memory, &BTreeMap::new());
    // The version is the first field of the manifest's array.
    assert_eq!(bytes[13], 1);
    bytes[13] = 9;
    assert_eq!(Unverified::parse(&bytes).unwrap_err(), BundleError::Version(9));
}

struct Known;

impl Directory for Known {
    fn own(&self) -> NodeId {
        node(7).node_id()
    }
    fn store(&self) -> StoreId {
        StoreId([8; 16])
    }
    fn trust(&self, sender: NodeId) -> Trust {
        match sender {
            known if known == node(1).node_id() => Trust::Trusted(node(1).public()),
            revoked if revoked == node(4).node_id() => Trust::Revoked,
            _ => Trust::Unknown,
        }
    }
    fn may_relay(&self, _: NodeId, origin: NodeId) -> bool {
        origin == node(2).node_id()
    }
    fn origin(&self, _: NodeId) -> Option<journal::NodePublic> {
        Some(node(2).public())
    }
}

#[test]
fn a_carried_batch_is_taken_out_of_a_bundle_only() {
    let (key, memory) = site();
    let (_, bytes) = bundle(&key, &memory, &BTreeMap::new());
    let (manifest, unverified) = Unverified::parse(&bytes).unwrap();
    let verified = unverified.verify(manifest, key.public()).unwrap();
    for batch in verified.batches {
        assert!(receiver::open_carried(&Known, batch).is_ok());
        let over_the_network = receiver::open(&Known, batch).unwrap_err();
        assert_eq!(over_the_network.code, RefusalCode::WrongStore);
    }
    let stranger = batch_of(&node(4), (stream_of_one(), stream_of_one().start()), &one(), 9);
    let refused = receiver::open_carried(&Known, &stranger.bytes).unwrap_err();
    assert_eq!(refused.code, RefusalCode::RevokedSender);
}

fn stream_of_one() -> Stream {
    Stream { origin: node(4).node_id(), epoch: Epoch(1) }
}

fn one() -> Vec<Entry> {
    let mut memory = Memory::default();
    memory.start(node(4).node_id(), Epoch(1), None);
    memory.after(stream_of_one(), Seq(0)).to_vec()
}

fn acknowledgement() -> Acknowledgement {
    let (_, memory) = site();
    let heads = memory.heads.iter();
    Acknowledgement {
        version: VERSION,
        receiver: node(7).node_id(),
        store: StoreId([8; 16]),
        sender: node(1).node_id(),
        made_at_ms: 77,
        heads: heads.map(|(origin, held)| StreamHead { origin, head: held.head }).collect(),
    }
}

#[test]
fn an_acknowledgement_counts_from_its_receiver_for_its_sender_only() {
    let file = acknowledgement().to_file(&node(7));
    let (kind, content) = envelope::open(&file).unwrap();
    assert_eq!(kind, Kind::Acknowledgement);
    let read = |receiver: u8, sender: u8| {
        Acknowledgement::read(content, node(receiver).public(), node(sender).node_id())
    };
    assert_eq!(read(7, 1), Ok(acknowledgement()));
    assert_eq!(read(8, 1), Err(BadAcknowledgement::OtherReceiver));
    assert_eq!(read(7, 2), Err(BadAcknowledgement::OtherSender));
    let forged = acknowledgement().to_file(&node(8));
    let (_, content) = envelope::open(&forged).unwrap();
    let forged = Acknowledgement::read(content, node(7).public(), node(1).node_id());
    assert_eq!(forged, Err(BadAcknowledgement::Signature));
}

#[test]
fn a_file_that_is_cut_anywhere_is_called_cut() {
    let file = envelope::wrap(Kind::Bundle, &[7; 500]);
    for length in 0..file.len() {
        let opened = envelope::open(&file[..length]);
        assert!(matches!(opened, Err(EnvelopeError::Cut { .. })), "{length}: {opened:?}");
    }
    assert_eq!(envelope::open(b"PK\x03\x04 something else"), Err(EnvelopeError::NotOurs));
    let longer = [file.as_slice(), b"x"].concat();
    assert_eq!(envelope::open(&longer), Err(EnvelopeError::Changed));
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        let _ = Unverified::parse(&bytes);
        let _ = envelope::open(&bytes);
        let _ = Acknowledgement::read(&bytes, node(7).public(), node(1).node_id());
    }

    #[test]
    fn no_changed_byte_is_taken(place: prop::sample::Index, flip in 1_u8..) {
        let (key, memory) = site();
        let (_, mut bytes) = bundle(&key, &memory, &BTreeMap::new());
        let place = place.index(bytes.len());
        bytes[place] ^= flip;
        let read = Unverified::parse(&bytes)
            .and_then(|(manifest, unverified)| unverified.verify(manifest, key.public()).map(|_| ()));
        prop_assert!(read.is_err());
        let mut file = envelope::wrap(Kind::Bundle, &bytes);
        let at = place % file.len();
        file[at] ^= flip;
        prop_assert!(envelope::open(&file).is_err());
    }

    #[test]
    fn what_is_missing_follows_what_is_known(known in prop::collection::vec(0_u64..50, 3)) {
        let (_, memory) = site();
        let streams: Vec<Stream> = memory.streams.keys().copied().collect();
        let known: BTreeMap<Stream, Head> = streams
            .iter()
            .zip(known)
            .map(|(stream, seq)| (*stream, memory.head_at(*stream, Seq(seq))))
            .collect();
        for (stream, after) in missing(&memory.heads, &known) {
            prop_assert_eq!(after, known[&stream]);
            prop_assert!(!memory.after(stream, after.seq).is_empty());
        }
        let left: u64 = missing(&memory.heads, &known)
            .iter()
            .map(|(stream, after)| memory.heads.head(stream.origin, stream.epoch).unwrap().seq.0 - after.seq.0)
            .sum();
        let all: u64 = memory.streams.values().map(|entries| u64::try_from(entries.len()).unwrap()).sum();
        let has: u64 = known.values().map(|head| head.seq.0).sum();
        prop_assert_eq!(left + has, all);
    }
}
