use domain::ids::{Epoch, NodeId, Seq};

use super::*;
use crate::chain::Head;
use crate::disk::MemoryDisk;
use crate::frame::{Commit, Frame, TAG_COMMIT, TAG_ENTRY, finish_frame, put_entry, put_frame};
use crate::identity::{Checkpoint, NodeKey};
use crate::log::Pause;
use crate::record::{Entry, Record, kind};
use crate::segment::HEADER_BYTES;
use crate::testing::{Author, append, open};

const FIRST: &str = "00000001.log";

fn key() -> NodeKey {
    NodeKey::from_seed([42; 32])
}

fn author(epoch: u64) -> Author {
    let mut author = Author::new(0, epoch);
    author.origin = key().node_id();
    author.head = Head::before(author.origin, Epoch(epoch));
    author
}

fn public(origin: NodeId) -> Option<NodePublic> {
    (origin == key().node_id()).then(|| key().public())
}

/// Groups of 1 to 3 records, a checkpoint after each third group, one segment, stopped cleanly.
fn day() -> (MemoryDisk, Author) {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = author(10);
    for round in 0..9 {
        append(&mut journal, &author.transaction(1 + round % 3, 40));
        if round % 3 == 2 {
            let signed = Checkpoint::sign(&key(), author.head).encode();
            append(&mut journal, &[author.write_as(kind::CHECKPOINT, signed)]);
        }
    }
    journal.commit_empty(Pause::Stop).unwrap();
    (disk, author)
}

/// All frames of the first segment as tag and content.
fn frames(disk: &MemoryDisk) -> Vec<(u8, Vec<u8>)> {
    let bytes = disk.contents(FIRST).unwrap();
    let (mut offset, mut frames) = (HEADER_BYTES, Vec::new());
    while let Ok(frame) = Frame::parse(&bytes[offset..], Position::new(1, offset)) {
        frames.push((frame.tag, frame.content.to_vec()));
        offset += frame.length;
    }
    frames
}

/// Writes frames in place of the first segment's, with good checksums and commits that fit where
/// they lie: what somebody does who knows the format.
fn rewrite(disk: &MemoryDisk, frames: &[(u8, Vec<u8>)]) {
    let (mut bytes, mut group_at, mut last) = (vec![0; HEADER_BYTES], HEADER_BYTES, Position(0));
    let (mut number, mut entries) = (0, 0);
    for (tag, content) in frames {
        let at = Position::new(1, bytes.len());
        let mut content = content.clone();
        entries += 1;
        if *tag == TAG_COMMIT {
            let mut commit = Commit::parse(&content, at).unwrap();
            number += 1;
            (commit.number, commit.previous_at, commit.entries) = (number, last, entries - 1);
            commit.group_at = Position::new(1, group_at);
            content.clear();
            commit.put(&mut content);
            (last, entries) = (at, 0);
        }
        let start = bytes.len();
        put_frame(&mut bytes, *tag, |out| out.extend_from_slice(&content));
        finish_frame(&mut bytes[start..], at);
        if *tag == TAG_COMMIT {
            group_at = bytes.len();
        }
    }
    disk.rot(FIRST, |old| {
        bytes[..HEADER_BYTES].copy_from_slice(&old[..HEADER_BYTES]);
        bytes.resize(old.len().max(bytes.len()), 0);
        *old = bytes;
    });
}

/// Changes the record of this number as somebody would who knows the format.
fn tamper(frames: &mut [(u8, Vec<u8>)], seq: u64, change: impl Fn(&mut Record)) {
    for (tag, content) in frames.iter_mut().filter(|(tag, _)| *tag == TAG_ENTRY) {
        assert_eq!(*tag, TAG_ENTRY);
        let mut entry = EntryRef::split(content).unwrap().0.to_entry();
        let mut record = entry.record().unwrap();
        if record.seq == Seq(seq) {
            change(&mut record);
            entry = Entry { open: record.encode().unwrap(), sealed: entry.sealed };
            content.clear();
            put_entry(content, &entry);
        }
    }
}

use crate::frame::EntryRef;

/// Makes all commits name the heads that the records now have.
fn rechain(frames: &mut [(u8, Vec<u8>)]) {
    let mut head = Head::before(key().node_id(), Epoch(10));
    for (tag, content) in frames {
        if *tag == TAG_ENTRY {
            head = head.extend(EntryRef::split(content).unwrap().0.open);
            continue;
        }
        let mut commit = Commit::parse(content, Position::new(1, 0)).unwrap();
        for (_, named) in &mut commit.heads {
            *named = head;
        }
        content.clear();
        commit.put(content);
    }
}

fn words(report: &Report) -> Vec<(Word, u64, u64)> {
    report.findings.iter().map(|it| (it.word, it.first.0, it.last.0)).collect()
}

#[test]
fn a_good_journal_has_no_findings() {
    let (disk, author) = day();
    let report = verify(&disk, public).unwrap();
    assert_eq!(report.records, author.head.seq.0);
    assert_eq!((report.checkpoints, report.findings.len(), report.first()), (3, 0, None));
    let blind = verify(&disk, |_| None).unwrap();
    assert_eq!((blind.checkpoints, blind.unknown_keys), (0, vec![author.origin]));
    let empty = verify(&MemoryDisk::new(), public).unwrap();
    assert_eq!(empty, Report::default());
}

#[test]
fn rewriting_a_good_journal_as_it_is_changes_nothing() {
    let (disk, _) = day();
    let before = disk.contents(FIRST);
    rewrite(&disk, &frames(&disk));
    assert_eq!(disk.contents(FIRST), before);
}

#[test]
fn an_unclean_stop_is_no_finding() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut author = author(10);
    append(&mut journal, &author.transaction(3, 40));
    append(&mut journal, &author.transaction(3, 40));
    let end = frames(&disk).len();
    assert_eq!(end, 8);
    let used = disk.contents(FIRST).unwrap().iter().rposition(|byte| *byte != 0).unwrap();
    disk.rot(FIRST, |bytes| bytes[used] ^= 1);
    let report = verify(&disk, public).unwrap();
    assert_eq!((report.records, report.torn.records, report.findings), (3, 3, vec![]));
    let torn = open(&disk).1.torn;
    assert_eq!(torn, Some(report.torn), "opening cuts what was told");
}

#[test]
fn a_flipped_byte_is_corruption_and_names_the_record() {
    let (disk, author) = day();
    for seq in 1..=author.head.seq.0 {
        let copy = disk.copy();
        let record = frames(&disk)
            .iter()
            .filter(|(tag, _)| *tag == TAG_ENTRY)
            .find(|(_, content)| EntryRef::split(content).unwrap().0.view().unwrap().seq.0 == seq)
            .map(|(_, content)| content.clone())
            .unwrap();
        copy.rot(FIRST, |bytes| {
            let at = bytes.windows(record.len()).position(|it| it == record).unwrap();
            bytes[at + 20] ^= 1;
        });
        let report = verify(&copy, public).unwrap();
        let first = report.findings.iter().find(|it| it.epoch.is_some()).unwrap();
        assert_eq!((first.word, first.first, first.last), (Word::Corruption, Seq(seq), Seq(seq)));
        assert!(report.findings.iter().all(|it| it.word == Word::Corruption));
    }
}

#[test]
fn a_changed_record_with_good_checksums_is_forgery_by_the_commits() {
    let (disk, _) = day();
    let mut changed = frames(&disk);
    tamper(&mut changed, 5, |record| record.payload[0] ^= 1);
    rewrite(&disk, &changed);
    let report = verify(&disk, public).unwrap();
    assert_eq!(words(&report), [(Word::Forgery, 4, 6)]);
    assert_eq!(report.first().unwrap().epoch, Some((key().node_id(), Epoch(10))));
}

#[test]
fn a_changed_record_with_commits_to_fit_is_forgery_by_the_origins_signature() {
    let (disk, author) = day();
    for seq in (2..author.head.seq.0).filter(|seq| ![7, 14, 21].contains(seq)) {
        let disk = disk.copy();
        let mut changed = frames(&disk);
        tamper(&mut changed, seq, |record| record.payload.push(1));
        rechain(&mut changed);
        rewrite(&disk, &changed);
        let report = verify(&disk, public).unwrap();
        let first = report.first().unwrap();
        assert_eq!(first.word, Word::Forgery);
        assert!(first.first.0 <= seq && seq <= first.last.0, "{seq}: {first:?}");
        assert!(first.last.0 - first.first.0 < 7);
    }
}

#[test]
fn a_forged_checkpoint_is_forgery() {
    let (disk, _) = day();
    let mut changed = frames(&disk);
    tamper(&mut changed, 7, |record| {
        let signed = Checkpoint::decode(&record.payload).unwrap();
        record.payload = Checkpoint::sign(&NodeKey::from_seed([1; 32]), signed.head).encode();
    });
    rechain(&mut changed);
    rewrite(&disk, &changed);
    let report = verify(&disk, public).unwrap();
    assert_eq!(words(&report)[0], (Word::Forgery, 1, 7));
}

#[test]
fn a_removed_record_is_a_gap() {
    let (disk, _) = day();
    let mut changed = frames(&disk);
    let of_five = |frame: &(u8, Vec<u8>)| {
        frame.0 == TAG_ENTRY && EntryRef::split(&frame.1).unwrap().0.view().unwrap().seq == Seq(5)
    };
    changed.retain(|frame| !of_five(frame));
    rewrite(&disk, &changed);
    let report = verify(&disk, public).unwrap();
    assert_eq!(words(&report), [(Word::Gap, 5, 5)]);
}

#[test]
fn an_inserted_or_reordered_record_is_found() {
    let (disk, _) = day();
    let original = frames(&disk);
    let mut doubled = original.clone();
    doubled.insert(1, original[0].clone());
    rewrite(&disk, &doubled);
    assert_eq!(words(&verify(&disk, public).unwrap()), [(Word::Forgery, 1, 1)]);

    let mut forked = original.clone();
    forked.insert(1, original[0].clone());
    tamper(&mut forked[1..2], 1, |record| record.time = domain::ids::Hlc(1));
    rewrite(&disk, &forked);
    assert_eq!(words(&verify(&disk, public).unwrap())[0], (Word::Fork, 1, 1));

    let mut reordered = original.clone();
    let two = original.iter().position(|(_, content)| {
        EntryRef::split(content).is_some_and(|(it, _)| it.view().is_ok_and(|it| it.seq == Seq(2)))
    });
    let two = two.unwrap();
    reordered.swap(two, two + 1);
    rewrite(&disk, &reordered);
    assert_eq!(words(&verify(&disk, public).unwrap())[0], (Word::Gap, 2, 2));
}

#[test]
fn a_parent_that_is_not_held_is_a_gap_and_another_one_a_fork() {
    let disk = MemoryDisk::new();
    let (mut journal, _) = open(&disk);
    let mut parent = author(10);
    append(&mut journal, &parent.transaction(3, 40));
    let mut child = Author::after(parent.head, parent.origin, 11);
    append(&mut journal, &child.transaction(2, 40));
    assert_eq!(verify(&disk, public).unwrap().findings, []);
    let original = frames(&disk);
    let named = |head: Head| {
        let mut changed = original.clone();
        let payload = crate::NodeStarted { parent: Some(head), software: String::new() }.encode();
        for (_, content) in changed.iter_mut().filter(|(tag, _)| *tag == TAG_ENTRY).skip(3).take(1)
        {
            let mut record = EntryRef::split(content).unwrap().0.view().unwrap().to_record();
            record.payload.clone_from(&payload);
            let entry = Entry { open: record.encode().unwrap(), sealed: vec![] };
            content.clear();
            put_entry(content, &entry);
        }
        rewrite(&disk, &changed);
        words(&verify(&disk, public).unwrap())
    };
    let later = Head { seq: Seq(5), ..parent.head };
    assert_eq!(named(later)[0], (Word::Gap, 4, 5));
    let other = Head { seq: Seq(2), ..parent.head };
    assert_eq!(named(other)[0], (Word::Fork, 2, 2));
}
