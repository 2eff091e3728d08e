use domain::ids::{Epoch, Seq};

use super::*;
use crate::chain::{Hash, Head};

fn node(byte: u8) -> NodeKey {
    NodeKey::from_seed([byte; 32])
}

#[test]
fn a_node_is_its_seed() {
    let public = node(1).public();
    assert_eq!(NodePublic::from_bytes(&public.to_bytes()), Ok(public));
    assert_eq!(public.node_id(), NodeKey::from_seed(*node(1).seed()).node_id());
    assert_ne!(public.node_id(), node(2).node_id());
    assert_eq!(NodePublic::from_bytes(&[1; 63]), Err(BadNodePublic));
    assert_eq!(format!("{:?}", node(1)), format!("NodeKey({})", public.node_id()));
    // Pinned: an enrolled node must stay who it is after an upgrade.
    assert_eq!(public.node_id().to_string(), "00055c1a0d8ff3f80df8b987913a80ea");
}

#[test]
fn an_id_binds_both_keys() {
    let (mut mixed, other) = (node(1).public().to_bytes(), node(2).public().to_bytes());
    mixed[32..].copy_from_slice(&other[32..]);
    assert_ne!(NodePublic::from_bytes(&mixed).unwrap().node_id(), node(1).node_id());
}

#[test]
fn a_signature_is_good_for_one_node_purpose_and_message() {
    let signature = node(1).sign("batch 1", b"bytes");
    let public = node(1).public();
    assert_eq!(public.verify("batch 1", b"bytes", &signature), Ok(()));
    assert_eq!(public.verify("batch 2", b"bytes", &signature), Err(BadSignature));
    assert_eq!(public.verify("batch 1", b"other", &signature), Err(BadSignature));
    assert_eq!(node(2).public().verify("batch 1", b"bytes", &signature), Err(BadSignature));
    assert_eq!(public.verify("batch", b" 1bytes", &signature), Err(BadSignature));
}

#[test]
fn a_checkpoint_holds_for_the_signed_chain_only() {
    let head = Head { epoch: Epoch(5), seq: Seq(9), hash: Hash([7; 32]) };
    let checkpoint = Checkpoint::sign(&node(1), head);
    assert_eq!(Checkpoint::decode(&checkpoint.encode()), Ok(checkpoint.clone()));
    let public = node(1).public();
    assert_eq!(checkpoint.verify(public, head.hash), Ok(()));
    assert_eq!(checkpoint.verify(public, Hash([8; 32])), Err(CheckpointError::Chain));
    let other = node(2).public();
    assert_eq!(checkpoint.verify(other, head.hash), Err(CheckpointError::Signature));
    let moved = Head { seq: Seq(10), ..head };
    let forged = Checkpoint { head: moved, ..checkpoint };
    assert_eq!(forged.verify(public, head.hash), Err(CheckpointError::Signature));
}

#[test]
fn a_letter_opens_for_its_receiver_and_purpose_only() {
    let secret = b"ticket key of generation 2";
    let to = node(1).public();
    let letter = to.seal_letter(b"ticket keys", b"station 7", secret, LetterSeed([9; 32])).unwrap();
    let opened = node(1).open_letter(b"ticket keys", b"station 7", &letter).unwrap();
    assert_eq!(opened.as_slice(), secret);
    let no = Err(LetterError::Unopened);
    assert_eq!(node(2).open_letter(b"ticket keys", b"station 7", &letter), no);
    assert_eq!(node(1).open_letter(b"session", b"station 7", &letter), no);
    assert_eq!(node(1).open_letter(b"ticket keys", b"station 8", &letter), no);
    for place in 0..letter.len() {
        let mut changed = letter.clone();
        changed[place] ^= 1;
        assert_eq!(node(1).open_letter(b"ticket keys", b"station 7", &changed), no);
        assert_eq!(node(1).open_letter(b"ticket keys", b"station 7", &letter[..place]), no);
    }
    let again = to.seal_letter(b"ticket keys", b"station 7", secret, LetterSeed([8; 32])).unwrap();
    assert_ne!(again, letter);
    assert!(!letter.windows(8).any(|bytes| bytes == &secret[..8]));
}
