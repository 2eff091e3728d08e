use domain::ids::{Epoch, NodeId, Seq};
use proptest::prelude::*;

use super::*;
use crate::chain::{Hash, Head};
use crate::segment::StoreId;

fn framed(tag: u8, content: &[u8], at: Position) -> Vec<u8> {
    let mut bytes = Vec::new();
    put_frame(&mut bytes, tag, |out| out.extend_from_slice(content));
    finish_frame(&mut bytes, at);
    bytes
}

proptest! {
    #[test]
    fn entries_read_back(
        open in proptest::collection::vec(any::<u8>(), 0..300),
        sealed in proptest::collection::vec(
            proptest::option::of(proptest::collection::vec(any::<u8>(), 0..50)), 0..=16),
        rest in proptest::collection::vec(any::<u8>(), 0..20),
    ) {
        let entry = Entry { open, sealed };
        let mut bytes = Vec::new();
        put_entry(&mut bytes, &entry);
        bytes.extend_from_slice(&rest);
        let (read, after) = EntryRef::split(&bytes).unwrap();
        prop_assert_eq!(read.to_entry(), entry);
        prop_assert_eq!(after, &rest[..]);
    }

    #[test]
    fn any_bytes_are_read_without_panic(
        bytes in proptest::collection::vec(any::<u8>(), 0..200), at in any::<u64>(),
    ) {
        if let Some((entry, _)) = EntryRef::split(&bytes) {
            let _parts = entry.sealed().count();
        }
        let _frame = Frame::parse(&bytes, Position(at));
        let _commit = Commit::parse(&bytes, Position(at));
    }

    #[test]
    fn a_frame_is_good_only_whole_unchanged_and_in_its_place(
        content in proptest::collection::vec(any::<u8>(), 0..100), flip in any::<usize>(),
    ) {
        let at = Position::new(3, 4096);
        let bytes = framed(TAG_ENTRY, &content, at);
        let frame = Frame::parse(&bytes, at).unwrap();
        prop_assert_eq!((frame.tag, frame.content), (TAG_ENTRY, &content[..]));
        prop_assert_eq!(frame.length, bytes.len());
        prop_assert_eq!(bytes.len() % ALIGNMENT, 0);
        prop_assert_eq!(Frame::parse(&bytes, Position::new(3, 4104)), Err(NoFrame::Bad));
        prop_assert_eq!(Frame::parse(&bytes, Position::new(4, 4096)), Err(NoFrame::Bad));
        let cut = Frame::parse(&bytes[..bytes.len() - 1], at);
        prop_assert_eq!(cut, Err(NoFrame::Cut(bytes.len())));
        let mut changed = bytes.clone();
        let place = flip % bytes.len();
        changed[place] ^= 1;
        prop_assert!(Frame::parse(&changed, at).is_err());
    }
}

#[test]
fn commits_read_back_and_a_longer_one_too() {
    let head =
        |seq| Head { epoch: Epoch(9), seq: Seq(seq), hash: Hash([seq.to_le_bytes()[0]; 32]) };
    let commit = Commit {
        number: 17,
        previous_at: Position::new(2, 800),
        group_at: Position::new(3, 128),
        entries: 5,
        stopped: true,
        store: StoreId([3; 16]),
        heads: vec![(NodeId([1; 16]), head(4)), (NodeId([2; 16]), head(8))],
    };
    let mut bytes = Vec::new();
    commit.put(&mut bytes);
    let at = Position::new(3, 900);
    assert_eq!(padded(PREFIX_BYTES + 1 + bytes.len()), Commit::frame_bytes(2));
    assert_eq!(Commit::parse(&bytes, at).as_ref(), Some(&commit));
    bytes.extend_from_slice(b"added later");
    assert_eq!(Commit::parse(&bytes, at), Some(commit));
    assert_eq!(Commit::parse(&bytes[..179], at), None);
}

#[test]
fn zeros_are_no_frame() {
    assert_eq!(Frame::parse(&[0; 64], Position::new(1, 128)), Err(NoFrame::Bad));
}
