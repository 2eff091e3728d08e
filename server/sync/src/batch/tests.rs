use domain::ids::KeyId;
use journal::{Flags, Kind, Record, SealedRef};
use proptest::prelude::*;

use super::*;
use crate::RefusalCode;
use crate::model::{Memory, Receiver, node};
use crate::receiver::{Trust, open};

fn journal(records: u64) -> (NodeKey, Memory, Stream) {
    let key = node(1);
    let mut memory = Memory::default();
    let stream = Stream { origin: key.node_id(), epoch: Epoch(77) };
    memory.start(stream.origin, stream.epoch, None);
    for number in 0..records {
        memory.happen(&key, number.to_be_bytes().to_vec());
    }
    memory.checkpoint(&key);
    (key, memory, stream)
}

fn run<'a>(memory: &'a Memory, stream: Stream, receiver: &Receiver) -> Run<'a> {
    Run {
        audience: receiver.key.node_id(),
        store: receiver.store,
        stream,
        previous: stream.start(),
        entries: memory.after(stream, Seq(0)),
        max_records: 1_000,
        withhold: Withhold::Nothing,
        keys: &[],
    }
}

fn refused(receiver: &Receiver, bytes: &[u8]) -> RefusalCode {
    open(receiver, bytes).unwrap_err().code
}

#[test]
fn what_is_packed_is_read_back() {
    let (key, memory, stream) = journal(20);
    let receiver = Receiver::new(&[&key]);
    let packed = pack(&key, &run(&memory, stream, &receiver)).unwrap();
    assert_eq!(packed.records, 22);
    let batch = open(&receiver, &packed.bytes).unwrap();
    assert_eq!(batch.entries, memory.streams[&stream]);
    assert_eq!(batch.last, memory.heads.latest(stream.origin).unwrap());
    assert_eq!(batch.last, packed.last);
    assert_eq!(batch.header.codec, Codec::Zstd);
}

#[test]
fn every_changed_or_cut_byte_is_refused() {
    let (key, memory, stream) = journal(5);
    let receiver = Receiver::new(&[&key]);
    let packed = pack(&key, &run(&memory, stream, &receiver)).unwrap().bytes;
    for place in 0..packed.len() {
        for bit in 0..8 {
            let mut changed = packed.clone();
            changed[place] ^= 1 << bit;
            assert!(open(&receiver, &changed).is_err(), "bit {bit} of byte {place}");
        }
        assert!(open(&receiver, &packed[..place]).is_err(), "cut at {place}");
    }
    let longer = [packed.as_slice(), b"x"].concat();
    assert_eq!(refused(&receiver, &longer), RefusalCode::Damaged);
}

#[test]
fn each_reason_has_its_own_word() {
    let (key, memory, stream) = journal(5);
    let mut receiver = Receiver::new(&[&key]);
    let packed = |run: &Run<'_>| pack(&key, run).unwrap().bytes;
    let right = run(&memory, stream, &receiver);
    let elsewhere = packed(&Run { audience: stream.origin, ..right });
    let earlier = packed(&Run { store: StoreId([8; 16]), ..right });
    let good = packed(&right);
    assert_eq!(refused(&receiver, &elsewhere), RefusalCode::WrongAudience);
    assert_eq!(refused(&receiver, &earlier), RefusalCode::WrongStore);
    assert_eq!(refused(&receiver, b"<!doctype html>"), RefusalCode::Damaged);
    let relayed = pack(&node(2), &right).unwrap().bytes;
    assert_eq!(refused(&receiver, &relayed), RefusalCode::UnknownSender);
    receiver.nodes.insert(stream.origin, Trust::Revoked);
    assert_eq!(refused(&receiver, &good), RefusalCode::RevokedSender);
    receiver.nodes.insert(stream.origin, Trust::Trusted(node(3).public()));
    assert_eq!(refused(&receiver, &good), RefusalCode::UnknownSender, "keys of another node");
    receiver.nodes.remove(&stream.origin);
    receiver.nodes.insert(node(2).node_id(), Trust::Trusted(node(2).public()));
    assert_eq!(refused(&receiver, &relayed), RefusalCode::UnknownOrigin);
}

#[test]
fn a_signed_lie_about_the_chain_is_forgery() {
    let (key, memory, stream) = journal(5);
    let receiver = Receiver::new(&[&key]);
    let wrong = Head { hash: Hash([9; 32]), ..stream.start() };
    let lie = Run { previous: wrong, ..run(&memory, stream, &receiver) };
    let bytes = pack(&key, &lie).unwrap().bytes;
    // The checkpoint signs another chain than the one that this batch leads to.
    assert_eq!(refused(&receiver, &bytes), RefusalCode::Forged);
}

#[test]
fn a_foreign_checkpoint_is_forgery() {
    let (key, mut memory, stream) = journal(2);
    let thief = node(66);
    let head = memory.heads.latest(stream.origin).unwrap();
    let payload = journal::Checkpoint::sign(&thief, head).encode();
    let record = Record {
        kind: journal::kind::CHECKPOINT,
        seq: head.next_seq(),
        payload,
        ..memory.streams[&stream][0].record().unwrap()
    };
    memory.append(stream.origin, Entry::new(&record, Vec::new()).unwrap());
    let receiver = Receiver::new(&[&key]);
    let bytes = pack(&key, &run(&memory, stream, &receiver)).unwrap().bytes;
    assert_eq!(refused(&receiver, &bytes), RefusalCode::Forged);
}

#[test]
fn sealed_parts_are_withheld_and_the_chain_still_holds() {
    let (key, mut memory, stream) = journal(0);
    let head = memory.heads.latest(stream.origin).unwrap();
    let secret = b"confidential ciphertext".to_vec();
    let record = Record {
        kind: Kind(120),
        seq: head.next_seq(),
        payload: Vec::new(),
        sealed: vec![SealedRef { key: KeyId([1; 16]), hash: Sha256::digest(&secret).into() }],
        flags: Flags::ENDS_TRANSACTION,
        ..memory.streams[&stream][0].record().unwrap()
    };
    memory.append(stream.origin, Entry::new(&record, vec![Some(secret.clone())]).unwrap());
    let receiver = Receiver::new(&[&key]);
    let whole = run(&memory, stream, &receiver);
    let batch = open(&receiver, &pack(&key, &whole).unwrap().bytes).unwrap();
    assert_eq!(batch.entries, memory.streams[&stream]);
    let withheld = Run { withhold: Withhold::AllSealed, ..whole };
    let bytes = pack(&key, &withheld).unwrap().bytes;
    let batch = open(&receiver, &bytes).unwrap();
    assert_eq!(batch.entries.last().unwrap().sealed, [None]);
    assert_eq!(batch.last, memory.heads.latest(stream.origin).unwrap());
}

#[test]
fn a_batch_keeps_to_its_limits_and_still_goes_on() {
    let key = node(1);
    let mut memory = Memory::default();
    let stream = Stream { origin: key.node_id(), epoch: Epoch(1) };
    memory.start(stream.origin, stream.epoch, None);
    let mut noise = crate::chance::Chance::new(1);
    for _ in 0..40 {
        let payload = (0..5_000).flat_map(|_| noise.up_to(u64::MAX).to_be_bytes()).collect();
        memory.happen(&key, payload);
    }
    let receiver = Receiver::new(&[&key]);
    let packed = pack(&key, &run(&memory, stream, &receiver)).unwrap();
    assert!(packed.bytes.len() <= limits::BATCH_PACKED_BYTES + limits::BATCH_HEADER_BYTES);
    assert!(packed.records > 4 && packed.records < 41, "{}", packed.records);
    assert_eq!(open(&receiver, &packed.bytes).unwrap().entries.len(), packed.records);
    assert_eq!(
        pack(&key, &Run { entries: &[], ..run(&memory, stream, &receiver) }),
        Err(PackError::Empty)
    );
}

#[test]
fn a_bomb_is_not_unpacked() {
    let key = node(1);
    let receiver = Receiver::new(&[&key]);
    let body = zstd::bulk::compress(&vec![0; 256 << 20], 3).unwrap();
    let digest: [u8; 32] = Sha256::digest(&body).into();
    for raw_bytes in [1 << 20, 256 << 20] {
        let header = Header {
            protocol: limits::PROTOCOL,
            sender: key.node_id(),
            audience: receiver.key.node_id(),
            store: receiver.store,
            origin: key.node_id(),
            epoch: Epoch(1),
            first: Seq(1),
            last: Seq(1),
            previous: Hash([0; 32]),
            new: Hash([0; 32]),
            codec: Codec::Zstd,
            raw_bytes,
            packed_bytes: u32::try_from(body.len()).unwrap(),
            body: digest.into(),
            keys: None,
        };
        let header = minicbor::to_vec(&header).unwrap();
        let length = u32::try_from(header.len()).unwrap().to_be_bytes();
        let signed = [MAGIC.as_slice(), &length, &header].concat();
        let signature = key.sign(PURPOSE, &signed);
        let bytes = [signed.as_slice(), &signature.0, &body].concat();
        let code = refused(&receiver, &bytes);
        assert!(matches!(code, RefusalCode::Damaged | RefusalCode::TooLarge), "{code}");
    }
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..400)) {
        let receiver = Receiver::new(&[&node(1)]);
        prop_assert!(open(&receiver, &bytes).is_err());
        let framed = [MAGIC.as_slice(), &[0, 0, 0, 40], &bytes].concat();
        prop_assert!(open(&receiver, &framed).is_err());
        let _ = decode_entries(&bytes, 10);
        let _ = minicbor::decode::<Header>(&bytes);
        let _ = minicbor::decode::<crate::BatchAnswer>(&bytes);
        let _ = minicbor::decode::<crate::hello::Signed>(&bytes);
        let _ = minicbor::decode::<crate::hello::Hello>(&bytes);
        let _ = minicbor::decode::<crate::hello::HelloAnswer>(&bytes);
        let _ = minicbor::decode::<crate::enrol::EnrolRequest>(&bytes);
        let _ = minicbor::decode::<crate::enrol::Enrolled>(&bytes);
        let _ = minicbor::decode::<crate::view::ViewAnswer>(&bytes);
        let hand_over = minicbor::decode::<crate::handover::HandOver>(&bytes);
        let _ = hand_over.map(|hand_over| hand_over.read());
    }

    #[test]
    fn entries_are_read_back(
        open in proptest::collection::vec(any::<u8>(), 0..60),
        sealed in proptest::collection::vec(
            proptest::option::of(proptest::collection::vec(any::<u8>(), 0..60)), 0..4),
    ) {
        let entries = vec![Entry { open, sealed }; 3];
        let bytes = encode_entries(&entries, Withhold::Nothing);
        prop_assert_eq!(decode_entries(&bytes, 3), Some(entries.clone()));
        prop_assert_eq!(decode_entries(&bytes, 2), None);
        let withheld = encode_entries(&entries, Withhold::AllSealed);
        let expected: Vec<_> = entries.iter().map(Entry::without_sealed).collect();
        prop_assert_eq!(decode_entries(&withheld, 3), Some(expected));
    }
}
