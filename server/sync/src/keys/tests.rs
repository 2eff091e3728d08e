use domain::ids::{Epoch, Seq};
use journal::{Flags, Record};
use proptest::prelude::*;

use super::*;
use crate::batch::{Packed, Run, Withhold, pack};
use crate::handover::HandOver;
use crate::model::{Memory, Receiver, node};
use crate::receiver::{self, Trust};
use crate::{RefusalCode, Stream};

const KIND: Kind = Kind(120);

fn name(number: u8) -> KeyId {
    KeyId([number; 16])
}

fn key(number: u8) -> PartKey {
    PartKey([number ^ 0x5a; 32])
}

/// A kiosk's records, each with a sealed part under the key of its number.
fn registrations(numbers: &[u8]) -> (NodeKey, Memory, Stream) {
    let kiosk = node(1);
    let mut memory = Memory::default();
    let stream = Stream { origin: kiosk.node_id(), epoch: Epoch(7) };
    memory.start(stream.origin, stream.epoch, None);
    for number in numbers {
        let part = sealing::seal(name(*number), &key(*number), KIND, [9; 24], &[*number]);
        let record = Record {
            kind: KIND,
            seq: memory.heads.latest(stream.origin).unwrap().next_seq(),
            payload: vec![*number],
            sealed: vec![sealing::reference(name(*number), &part)],
            flags: Flags::ENDS_TRANSACTION,
            ..memory.streams[&stream][0].record().unwrap()
        };
        memory.append(stream.origin, Entry::new(&record, vec![Some(part)]).unwrap());
    }
    (kiosk, memory, stream)
}

fn wrap(receiver: &NodeKey, number: u8) -> WrappedKey {
    let seed = LetterSeed([number; 32]);
    WrappedKey::wrap(receiver.public(), name(number), &key(number), seed).unwrap()
}

fn packed(
    kiosk: &NodeKey,
    (memory, stream): (&Memory, Stream),
    (receiver, keys): (&Receiver, &[WrappedKey]),
    max_records: usize,
) -> Packed {
    let run = Run {
        audience: receiver.key.node_id(),
        store: receiver.store,
        stream,
        previous: stream.start(),
        entries: memory.after(stream, Seq(0)),
        max_records,
        withhold: Withhold::Nothing,
        keys,
    };
    pack(kiosk, &run).unwrap()
}

#[test]
fn keys_travel_with_their_records_and_only_the_receiver_opens_them() {
    let (kiosk, memory, stream) = registrations(&[1, 2, 3]);
    let receiver = Receiver::new(&[&kiosk]);
    let wrapped = [1, 2, 3].map(|number| wrap(&receiver.key, number));
    let sent = packed(&kiosk, (&memory, stream), (&receiver, &wrapped), 3);
    assert_eq!((sent.records, sent.keys.as_slice()), (3, [name(1), name(2)].as_slice()));
    let batch = receiver::open(&receiver, &sent.bytes).unwrap();
    assert_eq!(batch.entries, memory.streams[&stream][..3]);
    let opened = open(&receiver.key, &batch.entries, &batch.keys);
    assert_eq!(opened, Ok(vec![(name(1), key(1)), (name(2), key(2))]));
    assert_eq!(open(&kiosk, &batch.entries, &batch.keys), Err(BadKeys::Letter(name(1))));
    assert!(!sent.bytes.windows(32).any(|bytes| bytes == key(1).0));

    let entries = &memory.streams[&stream];
    let hand_over = HandOver::new(stream.origin, stream.start(), entries, Withhold::Nothing);
    let bare = minicbor::to_vec(&hand_over).unwrap();
    let hand_over = hand_over.with_keys(wrapped.to_vec());
    let bytes = minicbor::to_vec(&hand_over).unwrap();
    assert_eq!(minicbor::decode::<HandOver>(&bytes).unwrap(), hand_over);
    assert_eq!(minicbor::decode::<HandOver>(&bare).unwrap().keys, None);
    let (entries, _) = hand_over.read().unwrap();
    assert_eq!(open(&receiver.key, &entries, &hand_over.keys.unwrap()).unwrap().len(), 3);
}

#[test]
fn a_batch_without_keys_reads_as_before_and_its_header_names_none() {
    let (kiosk, memory, stream) = registrations(&[1]);
    let receiver = Receiver::new(&[&kiosk]);
    let sent = packed(&kiosk, (&memory, stream), (&receiver, &[]), 9);
    let batch = receiver::open(&receiver, &sent.bytes).unwrap();
    assert_eq!((batch.header.keys, batch.keys), (None, Vec::new()));
    let foreign = wrap(&receiver.key, 9);
    let same = packed(&kiosk, (&memory, stream), (&receiver, &[foreign]), 9);
    assert_eq!(same, sent, "a key of no record here isn't packed");
}

#[test]
fn every_changed_or_cut_byte_of_a_batch_with_keys_is_refused() {
    let (kiosk, memory, stream) = registrations(&[1]);
    let mut receiver = Receiver::new(&[&kiosk]);
    let wrapped = [wrap(&receiver.key, 1)];
    let sent = packed(&kiosk, (&memory, stream), (&receiver, &wrapped), 9).bytes;
    for place in 0..sent.len() {
        let mut changed = sent.clone();
        changed[place] ^= 1;
        assert!(receiver::open(&receiver, &changed).is_err(), "byte {place}");
        assert!(receiver::open(&receiver, &sent[..place]).is_err(), "cut at {place}");
    }
    let last = sent.len() - 1;
    let mut changed = sent.clone();
    changed[last] ^= 1;
    assert_eq!(receiver::open(&receiver, &changed).unwrap_err().code, RefusalCode::Damaged);
    receiver.nodes.insert(kiosk.node_id(), Trust::Revoked);
    assert_eq!(receiver::open(&receiver, &sent).unwrap_err().code, RefusalCode::RevokedSender);
}

#[test]
fn a_key_is_taken_only_for_a_part_beside_it_that_it_opens() {
    let (_, memory, stream) = registrations(&[1, 2]);
    let site = node(5);
    let entries = &memory.streams[&stream];
    let good = wrap(&site, 1);
    let opened = |keys: &[WrappedKey]| open(&site, entries, keys);
    assert_eq!(opened(std::slice::from_ref(&good)).unwrap().len(), 1);
    assert_eq!(opened(&[wrap(&site, 9)]), Err(BadKeys::NotNamed(name(9))), "a foreign key");
    let both = [good.clone(), wrap(&site, 9)];
    assert_eq!(opened(&both), Err(BadKeys::NotNamed(name(9))), "and none beside it");
    assert_eq!(opened(&[good.clone(), good.clone()]), Err(BadKeys::NotNamed(name(1))), "twice");
    assert_eq!(opened(&[wrap(&node(6), 1)]), Err(BadKeys::Letter(name(1))), "to somebody else");
    let renamed = WrappedKey { key: name(2), ..good.clone() };
    assert_eq!(opened(&[renamed]), Err(BadKeys::Letter(name(2))), "under another name");
    let seed = LetterSeed([3; 32]);
    let other = WrappedKey::wrap(site.public(), name(1), &key(2), seed).unwrap();
    assert_eq!(opened(&[other]), Err(BadKeys::WrongKey(name(1))), "another key");
    let withheld: Vec<Entry> = entries.iter().map(Entry::without_sealed).collect();
    let nothing = open(&site, &withheld, std::slice::from_ref(&good));
    assert_eq!(nothing, Err(BadKeys::NotNamed(name(1))), "a part that was withheld");
    let many = vec![good; limits::REQUEST_KEYS + 1];
    assert_eq!(opened(&many), Err(BadKeys::TooMany));
}

#[test]
fn as_many_keys_as_are_allowed_fit_into_their_bytes() {
    let site = node(5);
    let keys: Vec<WrappedKey> = vec![wrap(&site, 255); limits::REQUEST_KEYS];
    assert!(minicbor::to_vec(&keys).unwrap().len() <= limits::REQUEST_KEYS_BYTES);
}

proptest! {
    #[test]
    fn any_bytes_are_read_without_panic(
        letter in proptest::collection::vec(any::<u8>(), 0..200),
        which in 0..3_u8,
    ) {
        let (_, memory, stream) = registrations(&[1, 2]);
        let _ = minicbor::decode::<Vec<WrappedKey>>(&letter);
        let wrapped = WrappedKey { key: name(which), letter: letter.clone().into() };
        prop_assert!(open(&node(5), &memory.streams[&stream], &[wrapped]).is_err());
        let entry = Entry { open: letter, sealed: vec![Some(vec![1])] };
        prop_assert!(open(&node(5), &[entry], &[wrap(&node(5), 1)]).is_err());
    }
}
