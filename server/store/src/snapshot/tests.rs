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
        state: vec![6; 10_000],
    }
}

#[test]
fn a_snapshot_reads_back_and_nothing_else_does() {
    let one = snapshot(1);
    let bytes = one.encode();
    assert_eq!(Snapshot::decode(&bytes), Some(one));
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
            write(&disk, 0, &snapshot(1).encode()).unwrap();
            write(&disk, 1, &snapshot(2).encode()).unwrap();
            let kind = DiskErrorKind::Io;
            disk.order_fault(Some(DiskFault { call, after, kind, stays: true }));
            let written = write(&disk, 0, &snapshot(3).encode());
            disk.order_fault(None);
            disk.crash(seed);
            let found = Found::on(&disk, 7).unwrap();
            let newest = found.snapshots.first().unwrap();
            assert!(*newest == snapshot(3) || (*newest == snapshot(2) && written.is_err()));
            assert!(found.snapshots.iter().all(|one| *one == snapshot(one.mark.end.0)));
            made += usize::from(*newest == snapshot(3));
            kept += usize::from(*newest == snapshot(2));
        }
    }
    assert!(kept > 40 && made > 40, "{kept}, {made}");
}

#[test]
fn the_older_file_is_the_next_one() {
    let disk = MemoryDisk::new();
    for (turn, place) in [(1, 0), (2, 1), (3, 0), (4, 1)] {
        assert_eq!(Found::on(&disk, 7).unwrap().next, place);
        write(&disk, place, &snapshot(turn).encode()).unwrap();
    }
    assert_eq!(Found::on(&disk, 7).unwrap().ends(), [Position(4), Position(3)]);
    assert!(Found::on(&disk, 8).unwrap().snapshots.is_empty(), "other rules");
}
