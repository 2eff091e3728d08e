use domain::ids::KeyId;
use proptest::prelude::*;
use sha2::{Digest, Sha256};

use super::*;
use crate::testing::Author;

fn hex(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn example() -> Record {
    let part = SealedRef { key: KeyId([0x55; 16]), hash: [0x66; 32] };
    Record {
        origin: NodeId([0x11; 16]),
        epoch: Epoch(0x1122_3344_5566_7788),
        seq: Seq(2),
        time: Hlc(0x0190_0000_0000_0001),
        wall_ms: None,
        kind: Kind(300),
        actor: Some(AccountId([0x22; 8])),
        station: None,
        fair: Some(FairTag([0x44; 4])),
        flags: Flags::REHEARSAL.with(Flags::ENDS_TRANSACTION),
        payload: vec![0x83, 1, 2, 3],
        sealed: vec![part],
    }
}

/// Whatever is changed in this crate: a record of today has these bytes, for ever.
#[test]
fn the_format_of_a_record_stays() {
    let golden = concat!(
        "8c",                                     // 12 fields
        "01",                                     // version
        "5011111111111111111111111111111111",     // origin
        "1b1122334455667788",                     // epoch
        "02",                                     // seq
        "1b0190000000000001",                     // time
        "19012c",                                 // kind
        "482222222222222222",                     // actor
        "f6",                                     // station
        "4444444444",                             // fair
        "03",                                     // flags
        "4483010203",                             // payload
        "81825055555555555555555555555555555555", // sealed: key
        "58206666666666666666666666666666666666666666666666666666666666666666",
    );
    let open = example().encode().unwrap();
    assert_eq!(hex(&open), golden);
    assert_eq!(Record::decode(&open), Ok(example()));
    let start = crate::chain_start(example().origin, example().epoch);
    assert_eq!(
        start.to_string(),
        "2bf6cf8c3832fb77162b50c397a8e1ad602e0f7156689309c047dfe7bd201fc8",
        "the chain's beginning"
    );
}

#[test]
fn fields_of_later_versions_are_passed_over_and_their_bytes_kept() {
    let open = example().encode().unwrap();
    let mut longer = open.clone();
    longer[0] = 0x8e; // 14 fields
    longer.extend_from_slice(&[0xa1, 0x01, 0x02, 0xf5]);
    assert_eq!(Record::decode(&longer), Ok(example()));
    let entry = Entry { open: longer.clone(), sealed: vec![None] };
    assert_eq!(entry.check().map(|view| view.to_record()), Ok(example()));
    assert_eq!(entry.without_sealed().open, longer);
    longer.push(0);
    assert_eq!(Record::decode(&longer), Err(RecordError::Malformed));
}

#[test]
fn a_clock_that_ran_ahead_is_told_beside_the_wall_clock() {
    let on_time = example();
    let wall_ms = on_time.time.unix_ms() - 86_400_000;
    assert_eq!(wall_beside(on_time.time, wall_ms), Some(wall_ms));
    assert_eq!(wall_beside(on_time.time, on_time.time.unix_ms() - 60_000), None);
    assert_eq!(wall_beside(on_time.time, u64::MAX), None);
    assert_eq!(on_time.happened_at(), on_time.time);
    let ahead = Record { wall_ms: Some(wall_ms), ..on_time };
    let open = ahead.encode().unwrap();
    assert_eq!(open[0], 0x8d, "13 fields");
    assert_eq!(Record::decode(&open), Ok(ahead.clone()));
    assert_eq!(ahead.happened_at().unix_ms(), wall_ms);
}

#[test]
fn what_is_no_record_is_refused_by_its_word() {
    let open = example().encode().unwrap();
    for cut in 0..open.len() {
        assert_eq!(Record::decode(&open[..cut]), Err(RecordError::Malformed), "cut at {cut}");
    }
    let mut newer = open.clone();
    newer[1] = 2;
    assert_eq!(Record::decode(&newer), Err(RecordError::Version(2)));
    let zero = Record { seq: Seq(0), ..example() };
    assert_eq!(zero.encode(), Err(RecordError::SeqZero));
    let long = Record { payload: vec![0; MAX_RECORD_BYTES], ..example() };
    assert!(matches!(long.encode(), Err(RecordError::TooLong { .. })));
    let many = Record { sealed: vec![example().sealed[0]; MAX_SEALED_PARTS + 1], ..example() };
    assert!(matches!(many.encode(), Err(RecordError::SealedCount { .. })));
}

#[test]
fn sealed_parts_are_those_that_the_record_names() {
    let part = b"ciphertext".to_vec();
    let hash = Sha256::digest(&part).into();
    let record = Record { sealed: vec![SealedRef { key: KeyId([1; 16]), hash }], ..example() };
    assert!(Entry::new(&record, vec![Some(part.clone())]).is_ok());
    assert!(Entry::new(&record, vec![None]).is_ok());
    let named = Entry::new(&record, vec![]);
    assert_eq!(named, Err(RecordError::SealedCount { named: 1, carried: 0 }));
    let other = Entry::new(&record, vec![Some(b"other".to_vec())]);
    assert_eq!(other, Err(RecordError::SealedHash(0)));
    let long = Entry::new(&record, vec![Some(vec![0; MAX_SEALED_BYTES + 1])]);
    assert!(matches!(long, Err(RecordError::TooLong { .. })));
}

#[test]
fn flags_keep_what_they_do_not_know() {
    let flags = Flags(0x8000_0002);
    assert!(flags.ends_transaction() && !flags.rehearsal());
    let record = Record { flags, ..example() };
    assert_eq!(Record::decode(&record.encode().unwrap()).unwrap().flags, flags);
}

#[test]
fn how_a_node_started_reads_back() {
    let author = Author::new(1, 7);
    for parent in [None, Some(author.head)] {
        let started = NodeStarted { parent, software: "0.1.0".into() };
        assert_eq!(NodeStarted::decode(&started.encode()), Ok(started));
    }
    assert_eq!(NodeStarted::decode(&[0xff]), Err(RecordError::Malformed));
}

fn optional<const N: usize>() -> impl Strategy<Value = Option<[u8; N]>> {
    proptest::option::of(any::<[u8; N]>())
}

prop_compose! {
    fn records()(
        (origin, epoch, seq, time) in (any::<[u8; 16]>(), any::<u64>(), 1..=u64::MAX, any::<u64>()),
        (kind, flags, fair) in (any::<u16>(), any::<u32>(), optional::<4>()),
        (actor, station) in (optional::<8>(), optional::<8>()),
        payload in proptest::collection::vec(any::<u8>(), 0..400),
        sealed in proptest::collection::vec(any::<([u8; 16], [u8; 32])>(), 0..=MAX_SEALED_PARTS),
    ) -> Record {
        Record {
            origin: NodeId(origin),
            epoch: Epoch(epoch),
            seq: Seq(seq),
            time: Hlc(time),
            wall_ms: None,
            kind: Kind(kind),
            actor: actor.map(AccountId),
            station: station.map(DeviceId),
            fair: fair.map(FairTag),
            flags: Flags(flags),
            payload,
            sealed: sealed
                .into_iter()
                .map(|(key, hash)| SealedRef { key: KeyId(key), hash })
                .collect(),
        }
    }
}

proptest! {
    #[test]
    fn records_read_back(record in records()) {
        let open = record.encode().unwrap();
        prop_assert_eq!(Record::decode(&open).unwrap(), record.clone());
        prop_assert_eq!(record.encode().unwrap(), open);
    }

    #[test]
    fn any_bytes_are_read_without_panic(bytes in proptest::collection::vec(any::<u8>(), 0..300)) {
        let _record = Record::decode(&bytes);
        let _started = NodeStarted::decode(&bytes);
        let _checkpoint = crate::Checkpoint::decode(&bytes);
    }

    #[test]
    fn a_changed_record_is_read_without_panic_and_has_another_hash(
        record in records(), place in any::<usize>(), mask in 1..=255_u8,
    ) {
        let open = record.encode().unwrap();
        let mut changed = open.clone();
        let place = place % changed.len();
        changed[place] ^= mask;
        let _record = Record::decode(&changed);
        let start = crate::chain_start(record.origin, record.epoch);
        prop_assert_ne!(start.extend(&changed), start.extend(&open));
    }
}
