use super::*;

fn read(disk: &MemoryDisk, name: &str) -> Vec<u8> {
    let file = disk.open(name).unwrap();
    let mut bytes = vec![0xee; usize::try_from(disk.size_bytes(&file).unwrap()).unwrap()];
    assert_eq!(disk.read_at(&file, 0, &mut bytes), Ok(bytes.len()));
    bytes
}

#[test]
fn what_was_synced_stays_and_the_rest_may_go() {
    let mut outcomes = std::collections::BTreeSet::new();
    for seed in 0..60 {
        let disk = MemoryDisk::new();
        let file = disk.create("a", 2048).unwrap();
        disk.sync_directory().unwrap();
        disk.write_at(&file, 0, &[1; 100]).unwrap();
        disk.sync(&file).unwrap();
        disk.write_at(&file, 100, &[2; 1500]).unwrap();
        assert_eq!(read(&disk, "a")[..1600], [&[1; 100][..], &[2; 1500]].concat());
        disk.crash(seed);
        assert!(disk.sync(&file).is_err(), "an old handle is refused");
        let after = read(&disk, "a");
        assert_eq!(after[..100], [1; 100]);
        assert!(after[1600..].iter().all(|byte| *byte == 0));
        outcomes.insert(after[100..1600].iter().filter(|byte| **byte == 2).count());
    }
    assert!(outcomes.contains(&0) && outcomes.contains(&1500) && outcomes.len() > 4);
}

#[test]
fn a_name_lasts_from_the_syncing_of_the_folder_on() {
    let (mut kept, mut lost) = (0, 0);
    for seed in 0..20 {
        let disk = MemoryDisk::new();
        disk.create("synced", 8).unwrap();
        disk.sync_directory().unwrap();
        disk.create("new", 8).unwrap();
        disk.crash(seed);
        let names = disk.list().unwrap();
        assert!(names.contains(&"synced".to_string()));
        if names.len() == 2 { kept += 1 } else { lost += 1 }
    }
    assert!(kept > 0 && lost > 0);
}

#[test]
fn after_a_failed_sync_nothing_written_before_it_lasts() {
    let disk = MemoryDisk::new();
    let file = disk.create("a", 8).unwrap();
    disk.sync_directory().unwrap();
    disk.write_at(&file, 0, &[7; 8]).unwrap();
    let kind = DiskErrorKind::Io;
    disk.order_fault(Some(DiskFault { call: FaultyCall::Sync, after: 0, kind, stays: false }));
    assert!(disk.sync(&file).is_err());
    assert_eq!((disk.sync(&file), disk.faults_met()), (Ok(()), 1));
    assert_eq!(read(&disk, "a"), [7; 8]);
    disk.crash(1);
    assert_eq!(read(&disk, "a"), [0; 8]);
}

#[test]
fn a_full_disk_refuses_growth_and_nothing_else() {
    let disk = MemoryDisk::new();
    disk.limit_bytes(Some(100));
    let file = disk.create("a", 100).unwrap();
    assert_eq!(disk.create("b", 1).map_err(|no| no.kind), Err(DiskErrorKind::Full));
    disk.write_at(&file, 50, &[1; 50]).unwrap();
    assert_eq!(disk.write_at(&file, 51, &[1; 50]).map_err(|no| no.kind), Err(DiskErrorKind::Full));
    disk.create("a", 100).unwrap();
    disk.remove("a").unwrap();
    disk.create("b", 100).unwrap();
}

#[test]
fn a_lying_sync_keeps_nothing() {
    let disk = MemoryDisk::new();
    let file = disk.create("a", 8).unwrap();
    disk.sync_directory().unwrap();
    disk.lie_about_syncs(true);
    let lost = (0..20).any(|seed| {
        disk.write_at(&file, 0, &[7; 8]).unwrap();
        disk.sync(&file).unwrap();
        let copy = disk.clone();
        copy.copy().contents("a") == Some(vec![0; 8]) && seed < 20
    });
    assert!(lost);
}
