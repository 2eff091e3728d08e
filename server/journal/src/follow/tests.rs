use super::*;
use crate::disk::MemoryDisk;
use crate::log::{Journal, Pause};
use crate::record::{Entry, Flags};
use crate::testing::{Author, append, open, scan};

fn read(disk: &MemoryDisk, from: Position, tail: Tail) -> (Vec<Entry>, Position) {
    let mut entries = Vec::new();
    let reached = groups(disk, from, tail, |followed| {
        entries.push(followed.entry.to_entry());
        Ok::<(), JournalError>(())
    });
    (entries, reached.unwrap().at)
}

fn write(journal: &mut Journal<MemoryDisk>, author: &mut Author, records: usize) {
    append(journal, &author.transaction(records, 100));
}

#[test]
fn the_last_group_is_left_alone_until_something_follows_it() {
    let disk = MemoryDisk::default();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 7);
    assert_eq!(read(&disk, Position::START, Tail::Growing).0.len(), 0);
    write(&mut journal, &mut author, 3);
    assert_eq!(read(&disk, Position::START, Tail::Growing).0.len(), 0);
    assert_eq!(read(&disk, Position::START, Tail::Still).0, scan(&journal));
    write(&mut journal, &mut author, 2);
    let (first, reached) = read(&disk, Position::START, Tail::Growing);
    assert_eq!(first.len(), 3);
    assert_eq!(read(&disk, reached, Tail::Growing), (vec![], reached));
    journal.commit_empty(Pause::Idle).unwrap();
    let (second, reached) = read(&disk, reached, Tail::Growing);
    assert_eq!([first, second].concat(), scan(&journal));
    write(&mut journal, &mut author, 1);
    let (third, _) = read(&disk, reached, Tail::Still);
    assert_eq!(third.len(), 1);
}

#[test]
fn each_record_is_shown_once_over_many_segments_in_any_steps() {
    let disk = MemoryDisk::default();
    let (mut journal, _) = open(&disk);
    let (mut one, mut two) = (Author::new(1, 7), Author::new(2, 9));
    let (mut shown, mut at) = (Vec::new(), Position::START);
    for round in 0..60 {
        write(&mut journal, &mut one, 1 + round % 7);
        write(&mut journal, &mut two, 1 + round % 3);
        if round % 4 == 0 {
            let (more, reached) = read(&disk, at, Tail::Growing);
            assert!(reached > at, "round {round}");
            shown.extend(more);
            at = reached;
        }
    }
    shown.extend(read(&disk, at, Tail::Still).0);
    assert_eq!(shown, scan(&journal));
    assert!(at.segment() > 2, "{at}");
}

#[test]
fn what_is_half_written_is_not_shown_and_no_damage() {
    let disk = MemoryDisk::default();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 7);
    write(&mut journal, &mut author, 3);
    let (_, kept) = read(&disk, Position::START, Tail::Still);
    write(&mut journal, &mut author, 4);
    let end = disk.contents("00000001.log").unwrap().iter().rposition(|byte| *byte != 0).unwrap();
    for from in (kept.offset()..end).step_by(8) {
        let torn = disk.copy();
        // The first bytes of the group never reached the disk, its end did.
        torn.rot("00000001.log", |bytes| bytes[kept.offset()..from].fill(0));
        let expected = if from == kept.offset() { 7 } else { 3 };
        assert_eq!(read(&torn, Position::START, Tail::Still).0.len(), expected, "{from}");
    }
}

#[test]
fn damage_before_the_end_is_told_and_never_passed_over() {
    let disk = MemoryDisk::default();
    let (mut journal, _) = open(&disk);
    let mut author = Author::new(1, 7);
    for _ in 0..5 {
        write(&mut journal, &mut author, 2);
    }
    disk.rot("00000001.log", |bytes| bytes[300] ^= 1);
    for tail in [Tail::Growing, Tail::Still] {
        let read = groups(&disk, Position::START, tail, |_| Ok::<(), JournalError>(()));
        assert!(matches!(read, Err(JournalError::Damaged { segment: 1, .. })), "{read:?}");
    }
}

#[test]
fn the_store_is_named_once_there_is_one() {
    let disk = MemoryDisk::default();
    assert_eq!(store_of(&disk), Ok(None));
    let (mut journal, _) = open(&disk);
    append(&mut journal, &[Author::new(1, 7).write(9, Flags::ENDS_TRANSACTION)]);
    assert_eq!(store_of(&disk), Ok(Some(journal.store_id())));
}
