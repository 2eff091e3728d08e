use domain::ids::Epoch;

use super::*;
use crate::record::{Entry, Flags, NodeStarted, kind};
use crate::testing::Author;

/// Everything is kept in a Vec.
struct Kept(Vec<Entry>);

impl Held for Kept {
    fn open_part(&mut self, origin: NodeId, epoch: Epoch, seq: Seq) -> Option<Vec<u8>> {
        let named = |entry: &&Entry| {
            let view = entry.view().unwrap();
            (view.origin, view.epoch, view.seq) == (origin, epoch, seq)
        };
        self.0.iter().find(named).map(|entry| entry.open.clone())
    }

    fn chain_hash(&mut self, origin: NodeId, epoch: Epoch, seq: Seq) -> Option<Hash> {
        (1..=seq.0).try_fold(chain_start(origin, epoch), |hash, seq| {
            Some(hash.extend(&self.open_part(origin, epoch, Seq(seq))?))
        })
    }
}

/// What is held after these entries.
fn holding(entries: &[Entry]) -> (Heads, Kept) {
    let mut heads = Heads::new();
    for entry in entries {
        let view = entry.view().unwrap();
        let held = follow(&heads, heads.get(view.origin, view.epoch), &view, &entry.open).unwrap();
        heads.set(view.origin, held);
    }
    (heads, Kept(entries.to_vec()))
}

#[test]
fn a_run_that_follows_is_accepted_and_duplicates_are_counted() {
    let mut author = Author::new(1, 10);
    let all = author.transaction(9, 20);
    for held in 0..=9 {
        let (heads, mut kept) = holding(&all[..held]);
        for from in 0..=held.min(8) {
            let accepted = check(&heads, author.origin, &all[from..], &mut kept).unwrap();
            assert_eq!((accepted.duplicates, accepted.fresh), (held - from, 9 - held));
            assert_eq!(accepted.head, author.head);
        }
    }
}

#[test]
fn a_gap_names_what_is_needed() {
    let mut author = Author::new(1, 10);
    let all = author.transaction(9, 20);
    let (heads, mut kept) = holding(&all[..3]);
    let gap = Misfit::Gap { epoch: Epoch(10), expected: Seq(4) };
    assert_eq!(check(&heads, author.origin, &all[4..], &mut kept), Err(gap));
    let first = Misfit::FirstNotOne { epoch: Epoch(10), got: Seq(3) };
    assert_eq!(check(&Heads::new(), author.origin, &all[2..], &mut NothingHeld), Err(first));
}

#[test]
fn another_record_under_a_held_name_is_a_fork() {
    let mut author = Author::new(1, 10);
    let all = author.transaction(3, 20);
    let mut twin = author.clone();
    let (mine, other) = (author.transaction(4, 20), twin.transaction(4, 21));
    let (heads, mut kept) = holding(&[&all[..], &mine[..]].concat());
    let fork = Misfit::Fork { epoch: Epoch(10), seq: Seq(4) };
    assert_eq!(check(&heads, author.origin, &other, &mut kept), Err(fork));
    assert!(check(&heads, author.origin, &all, &mut kept).is_ok());
}

#[test]
fn what_is_not_one_run_of_one_origin_is_corrupt() {
    let (mut author, mut other) = (Author::new(1, 10), Author::new(2, 10));
    let mut next = Author::new(1, 11);
    let (all, others, nexts) =
        (author.transaction(3, 20), other.transaction(3, 20), next.transaction(1, 20));
    let check =
        |entries: &[Entry]| super::check(&Heads::new(), author.origin, entries, &mut NothingHeld);
    let corrupt = |place, why| Err(Misfit::Corrupt { place, why });
    assert_eq!(check(&others), corrupt(0, Fault::Origin));
    assert_eq!(check(&[all[0].clone(), nexts[0].clone()]), corrupt(1, Fault::Epoch));
    assert_eq!(check(&[all[0].clone(), all[2].clone()]), corrupt(1, Fault::Order));
    assert_eq!(check(&[all[0].clone(), all[0].clone()]), corrupt(1, Fault::Order));
    assert_eq!(check(&[]), corrupt(0, Fault::Order));
    let mut bad = all.clone();
    bad[1].open.pop();
    assert!(matches!(check(&bad), Err(Misfit::Corrupt { place: 1, why: Fault::Record(_) })));
    let mut unstarted = Author::new(1, 12);
    let entry = unstarted.write_as(crate::Kind(100), vec![]);
    assert_eq!(check(&[entry]), corrupt(0, Fault::Start));
    let mut twice = Author::new(1, 12);
    let (one, started) =
        (twice.write(0, Flags::NONE), NodeStarted { parent: None, software: String::new() });
    let two = twice.write_as(kind::NODE_STARTED, started.encode());
    assert_eq!(check(&[one, two]), corrupt(1, Fault::Start));
}

#[test]
fn a_child_is_taken_once_its_parent_is_held() {
    let mut author = Author::new(1, 10);
    let all = author.transaction(5, 20);
    let mut child = Author::after(author.head, author.origin, 11);
    let first = child.transaction(2, 20);
    let (heads, mut kept) = holding(&all[..4]);
    let unknown = Misfit::UnknownParent { epoch: Epoch(11), parent: author.head };
    assert_eq!(check(&heads, author.origin, &first, &mut kept), Err(unknown.clone()));
    assert_eq!(check(&Heads::new(), author.origin, &first, &mut kept), Err(unknown));
    let (heads, mut kept) = holding(&all);
    assert_eq!(check(&heads, author.origin, &first, &mut kept).map(|it| it.fresh), Ok(2));
}

#[test]
fn a_parent_before_the_head_is_compared_with_what_is_held() {
    let mut author = Author::new(1, 10);
    let early = author.transaction(3, 20);
    let (at_three, mut twin) = (author.head, author.clone());
    let late = author.transaction(3, 20);
    let _otherwise = twin.transaction(2, 99);
    let (heads, mut kept) = holding(&[early, late].concat());
    let mut restored = Author::after(at_three, author.origin, 11);
    let mut forged = Author::after(twin.head, author.origin, 12);
    assert!(check(&heads, author.origin, &restored.transaction(1, 0), &mut kept).is_ok());
    let fork = Misfit::Fork { epoch: Epoch(10), seq: Seq(5) };
    assert_eq!(check(&heads, author.origin, &forged.transaction(1, 0), &mut kept), Err(fork));
}

#[test]
fn two_children_of_one_parent_are_seen_as_what_they_are() {
    let mut author = Author::new(1, 10);
    let all = author.transaction(3, 20);
    let mut child = Author::after(author.head, author.origin, 11);
    let line = [all, child.transaction(2, 20)].concat();
    let (heads, _) = holding(&line);
    assert_eq!(heads.branches(author.origin), []);
    assert_eq!(heads.tips(author.origin), [child.head]);
    assert_eq!(heads.latest(author.origin), Some(child.head));

    let mut clone = Author::after(author.head, author.origin, 7);
    let (heads, _) = holding(&[line.clone(), clone.transaction(1, 20)].concat());
    let children = vec![Epoch(11), Epoch(7)];
    let parent = Some(Epoch(10));
    assert_eq!(heads.branches(author.origin), [Branch { parent, children, parent_went_on: false }]);
    assert_eq!(heads.tips(author.origin), [child.head, clone.head]);
    assert_eq!(heads.latest(author.origin), Some(clone.head));

    let more = [line, author.transaction(1, 20)].concat();
    let (heads, _) = holding(&more);
    let children = vec![Epoch(11)];
    assert_eq!(heads.branches(author.origin), [Branch { parent, children, parent_went_on: true }]);
}

#[test]
fn ends_of_transactions_are_known() {
    let mut author = Author::new(1, 10);
    let mut all = author.transaction(4, 20);
    all.push(author.write(5, Flags::NONE));
    let (heads, _) = holding(&all);
    let held = heads.get(author.origin, Epoch(10)).unwrap();
    assert_eq!((held.head.seq, held.ended), (Seq(5), Seq(4)));
}

#[test]
fn one_origin_alone_is_held_as_among_others() {
    let (mut author, mut other) = (Author::new(1, 10), Author::new(2, 10));
    let (heads, _) = holding(&[author.transaction(3, 20), other.transaction(2, 20)].concat());
    let alone = heads.of(author.origin);
    assert_eq!(alone.origins().collect::<Vec<_>>(), [author.origin]);
    assert_eq!(alone.epochs(author.origin), heads.epochs(author.origin));
    assert_eq!(Heads::new().of(author.origin), Heads::new());
}
