use journal::disk::MemoryDisk;
use journal::disk::memory::{DiskFault, FaultyCall};
use journal::{Journal, Options, StoreId};

use super::*;

fn snapshot(place: u64) -> Snapshot {
    let options = Options::new(StoreId([1; 16]));
    let mut mark = Journal::open(MemoryDisk::new(), options).unwrap().0.mark();
    mark.end = Position(place);
    Snapshot {
        rules: 7,
        mark,
        time: Hlc(3),
        unread: 1,
        held_back: vec![(NodeId([1; 16]), Epoch(2), Seq(3), 4)],
        keys: vec![KeyId([5; 16])],
    }
}

/// As bytes, with a state behind it.
fn bytes_of(place: u64) -> Vec<u8> {
    snapshot(place).encode(&[6; 10_000])
}

/// Where in the journal the whole snapshots on a disk are, the newest first.
fn whole_on(disk: &MemoryDisk, rules: u64) -> Vec<u64> {
    let places = Found::on(disk, rules).unwrap();
    let whole = |place| {
        let bytes = read(disk, place).unwrap().unwrap();
        let (one, state) = Snapshot::decode(&bytes)?;
        assert!(one == snapshot(one.mark.end.0) && *state == [6; 10_000]);
        Some(one.mark.end.0)
    };
    places.places().filter_map(whole).collect()
}

#[test]
fn a_snapshot_reads_back_and_nothing_else_does() {
    let bytes = bytes_of(1);
    let (one, state) = Snapshot::decode(&bytes).unwrap();
    assert!(one == snapshot(1) && *state == [6; 10_000]);
    for place in 0..bytes.len() {
        assert_eq!(Snapshot::decode(&bytes[..place]), None);
        let mut changed = bytes.clone();
        changed[place] ^= 1;
        assert_eq!(Snapshot::decode(&changed), None, "byte {place}");
    }
}

/// Wherever writing fails or the power goes: the one before is there, or both are.
#[test]
fn writing_one_never_costs_the_one_before() {
    let (mut kept, mut made) = (0, 0);
    for call in [FaultyCall::Write, FaultyCall::Sync] {
        for (after, seed) in (0..5).flat_map(|after| (0..20).map(move |seed| (after, seed))) {
            let disk = MemoryDisk::new();
            write(&disk, 0, &bytes_of(1)).unwrap();
            write(&disk, 1, &bytes_of(2)).unwrap();
            let kind = DiskErrorKind::Io;
            disk.order_fault(Some(DiskFault { call, after, kind, stays: true }));
            let written = write(&disk, 0, &bytes_of(3));
            disk.order_fault(None);
            disk.crash(seed);
            let newest = whole_on(&disk, 7)[0];
            assert!(newest == 3 || (newest == 2 && written.is_err()));
            made += usize::from(newest == 3);
            kept += usize::from(newest == 2);
        }
    }
    assert!(kept > 40 && made > 40, "{kept}, {made}");
}

#[test]
fn the_newest_comes_first_and_others_rules_not_at_all() {
    let disk = MemoryDisk::new();
    for (turn, place) in [(1, 0), (2, 1), (3, 0), (4, 1)] {
        write(&disk, place, &bytes_of(turn)).unwrap();
    }
    assert_eq!(Found::on(&disk, 7).unwrap().ends(), [Position(4), Position(3)]);
    assert_eq!(whole_on(&disk, 7), [4, 3]);
    assert!(Found::on(&disk, 8).unwrap().ends().is_empty(), "other rules");
}
