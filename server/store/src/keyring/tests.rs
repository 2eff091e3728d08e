use journal::disk::MemoryDisk;

use super::*;

fn id(number: u8) -> KeyId {
    KeyId([number; 16])
}

fn key(number: u8) -> PartKey {
    PartKey([number; 32])
}

fn with_keys(disk: &MemoryDisk, numbers: std::ops::RangeInclusive<u8>) -> Keyring<MemoryDisk> {
    let (mut keyring, _) = Keyring::open(disk.clone()).unwrap();
    let batch: Vec<_> = numbers.map(|number| (id(number), key(number))).collect();
    keyring.put(&batch).unwrap();
    keyring.sync().unwrap();
    keyring
}

fn opened(disk: &MemoryDisk) -> (Keys, KeyringReport) {
    let (keyring, report) = Keyring::open(disk.clone()).unwrap();
    (keyring.keys(), report)
}

#[test]
fn keys_are_there_again_and_twice_on_the_disk() {
    let disk = MemoryDisk::new();
    with_keys(&disk, 1..=40);
    disk.crash(1);
    let (keys, report) = opened(&disk);
    assert_eq!((keys.count(), report), (40, KeyringReport::default()));
    assert_eq!(keys.get(id(7)), Some(key(7)));
    assert_eq!(keys.get(id(41)), None);
    assert!(disk.contents("keyring.a") == disk.contents("keyring.b"));
}

#[test]
fn what_one_copy_loses_comes_back_from_the_other() {
    type Damage = fn(&mut Vec<u8>);
    let damages: [Damage; 5] = [
        |bytes| bytes[70] ^= 1,
        |bytes| bytes.truncate(100),
        |bytes| bytes.clear(),
        |bytes| bytes.fill(0),
        |bytes| bytes.fill(0xa5),
    ];
    for damage in damages {
        for name in KEYRING_FILES {
            let disk = MemoryDisk::new();
            with_keys(&disk, 1..=40);
            let whole = disk.contents(name);
            disk.rot(name, damage);
            let (keys, report) = opened(&disk);
            assert_eq!((keys.count(), report.lost), (40, 0));
            assert!(report.mended > 0);
            assert!(disk.contents(name) == whole);
        }
    }
}

#[test]
fn a_missing_copy_is_made_again() {
    for name in KEYRING_FILES {
        let disk = MemoryDisk::new();
        with_keys(&disk, 1..=3);
        disk.remove(name).unwrap();
        assert_eq!(opened(&disk).0.count(), 3);
        assert!(disk.contents("keyring.a") == disk.contents("keyring.b"));
    }
}

#[test]
fn a_slot_lost_in_both_copies_is_counted_and_free_again() {
    let disk = MemoryDisk::new();
    with_keys(&disk, 1..=3);
    for name in KEYRING_FILES {
        disk.rot(name, |bytes| bytes[64 + 20] ^= 1);
    }
    let (keys, report) = opened(&disk);
    assert_eq!((keys.count(), report.lost), (2, 1));
    assert_eq!(opened(&disk).1, KeyringReport::default());
}

#[test]
fn an_erased_key_stands_nowhere_any_more_and_a_freed_slot_is_used_again() {
    let disk = MemoryDisk::new();
    let mut keyring = with_keys(&disk, 1..=3);
    assert!(keyring.erase(id(2)).unwrap());
    assert!(!keyring.erase(id(2)).unwrap());
    keyring.sync().unwrap();
    disk.crash(5);
    for name in KEYRING_FILES {
        let bytes = disk.contents(name).unwrap();
        assert!(!bytes.windows(32).any(|window| window == [2; 32]), "{name}");
        assert!(bytes.windows(32).any(|window| window == [3; 32]), "{name}");
    }
    let (keys, _) = opened(&disk);
    assert_eq!((keys.get(id(2)), keys.count()), (None, 2));
    let size = disk.contents("keyring.a").unwrap().len();
    let mut keyring = with_keys(&disk, 4..=200);
    keyring.let_go(id(200)).unwrap();
    keyring.put(&[(id(201), key(201))]).unwrap();
    keyring.sync().unwrap();
    let (mut keyring, _) = Keyring::open(disk.clone()).unwrap();
    assert_eq!(disk.contents("keyring.a").unwrap().len(), size);
    assert_eq!(keyring.keys().count(), 199);
    let many: Vec<_> = (0..1000_u16)
        .map(|number| (KeyId([number.to_be_bytes(); 8].concat().try_into().unwrap()), key(9)))
        .collect();
    keyring.put(&many).unwrap();
    keyring.sync().unwrap();
    assert!(disk.contents("keyring.a").unwrap().len() > size);
    // Two of the thousand have the name of one that is here, a third that of the erased one.
    assert_eq!(opened(&disk).0.count(), 1196);
}

#[test]
fn an_erased_key_is_never_taken_again() {
    let disk = MemoryDisk::new();
    let mut keyring = with_keys(&disk, 1..=3);
    keyring.erase(id(2)).unwrap();
    assert_eq!(keyring.put(&[(id(2), key(2)), (id(4), key(4))]).unwrap(), [id(4)]);
    keyring.sync().unwrap();
    disk.crash(8);
    let mut keyring = with_keys(&disk, 2..=2);
    assert_eq!((keyring.keys().has(id(2)), keyring.keys().count()), (false, 3));
    keyring.retain(|id| id.0[0] < 4).unwrap();
    drop(keyring);
    assert!(!with_keys(&disk, 2..=2).keys().has(id(2)));
}

#[test]
fn a_keyring_that_was_cut_while_it_grew_opens_on_a_full_disk() {
    let disk = MemoryDisk::new();
    with_keys(&disk, 1..=3);
    disk.rot("keyring.a", |bytes| bytes.resize(bytes.len() * 2, 0));
    disk.limit_bytes(Some(disk.used_bytes()));
    let (keys, report) = opened(&disk);
    assert_eq!((keys.count(), report), (3, KeyringReport::default()));
    disk.limit_bytes(None);
    with_keys(&disk, 4..=200);
    assert_eq!(opened(&disk).0.count(), 200);
}

#[test]
fn keys_without_a_record_are_freed() {
    let disk = MemoryDisk::new();
    let mut keyring = with_keys(&disk, 1..=10);
    let freed = keyring.retain(|id| id.0[0] % 2 == 0).unwrap();
    assert_eq!(freed, 5);
    disk.crash(3);
    let (keys, _) = opened(&disk);
    assert_eq!((keys.count(), keys.has(id(4)), keys.has(id(5))), (5, true, false));
}

#[test]
fn a_power_cut_in_the_middle_leaves_each_slot_old_or_new() {
    for seed in 0..200 {
        let disk = MemoryDisk::new();
        let mut keyring = with_keys(&disk, 1..=10);
        // Not synced: erased, and put into the same slot or another.
        keyring.erase(id(3)).unwrap();
        keyring.put(&[(id(11), key(11))]).unwrap();
        keyring.erase(id(4)).unwrap();
        disk.crash(seed);
        let (keys, report) = opened(&disk);
        assert_eq!(report.lost, 0);
        for number in 1..=11 {
            let found = keys.get(id(number));
            assert!(found.is_none() || found == Some(key(number)));
            assert!(found.is_some() || [3, 4, 11].contains(&number), "seed {seed}: {number}");
        }
    }
}
