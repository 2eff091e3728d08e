use domain::ids::Seq;
use journal::identity::LetterSeed;
use journal::{Entry, verify};
use sync::receiver::Trust;

use super::*;
use crate::receiving::{Came, Receiving};
use crate::tests::toy::{Node, Site};

fn key(number: u8) -> NodeKey {
    NodeKey::from_seed([number; 32])
}

fn export_for(site: &Site, known: BTreeMap<Stream, Head>) -> Export {
    let receiver = site.node.public();
    Export { receiver, known, origins: vec![], software: "0.1.0".to_owned(), made_at_ms: 1 }
}

#[test]
fn the_recipient_is_the_receivers_key_for_letters() {
    let one = key(1);
    let recipient = recipient(one.public()).unwrap();
    assert_eq!(recipient.to_string(), identity(&one).unwrap().to_public().to_string());
    assert!(recipient.to_string().starts_with("age1"));
    // The same key still opens letters.
    let letter = one.public().seal_letter(b"x", b"", b"text", LetterSeed([3; 32])).unwrap();
    assert_eq!(one.open_letter(b"x", b"", &letter).unwrap().as_slice(), b"text");
}

#[test]
fn only_the_receiver_opens_a_file_and_only_whole() {
    let sealed = encrypt(key(1).public(), &[7; 200_000]).unwrap();
    assert_eq!(decrypt(&key(1), &sealed).unwrap(), [7; 200_000]);
    assert_eq!(decrypt(&key(2), &sealed), Err(CarryError::NotForUs));
    let changed = Err(CarryError::Envelope(EnvelopeError::Changed));
    for place in [0, 40, 120, 250, 100_000, sealed.len() - 1] {
        assert_eq!(decrypt(&key(1), &sealed[..place]), changed, "cut at {place}");
        let mut other = sealed.clone();
        other[place] ^= 1;
        let opened = decrypt(&key(1), &other);
        assert!(opened == changed || opened == Err(CarryError::NotForUs), "{place}: {opened:?}");
    }
}

#[tokio::test]
async fn what_is_carried_arrives_once_and_without_what_is_sealed() {
    let node = Node::new();
    let site = Site::new(&[&node]);
    let receiving = Receiving::new(Arc::clone(&site));
    for text in ["one", "two"] {
        node.say(text).await;
    }
    node.register("three").await;
    let bundle = export(&node.store, export_for(&site, BTreeMap::new())).await.unwrap();
    assert!(bundle.manifest.complete);
    let imported = receiving.import(&bundle.file).await.unwrap();
    assert!(imported.all_held());
    assert_eq!(imported.fresh(), bundle.manifest.records());
    assert_eq!(site.node.said(), node.said());
    let again = receiving.import(&bundle.file).await.unwrap();
    assert!(again.all_held() && again.fresh() == 0, "{again:?}");
    let stream = bundle.manifest.ranges[0].stream();
    let held = site.node.store.entries(stream.origin, stream.epoch, Seq(1), 1 << 20).await.unwrap();
    let parts = |entries: &[Entry]| -> Vec<bool> {
        entries.iter().flat_map(|entry| entry.sealed.iter().map(Option::is_some)).collect()
    };
    assert_eq!(parts(&held), [false]);

    // The acknowledgement says so, and leaves nothing to carry.
    let word = receiving.acknowledge(node.store.node()).to_file(receiving.key());
    let said = open_acknowledgement(&word, site.node.public(), node.store.key()).unwrap();
    let known = said.heads.iter().map(|head| (head.stream(), head.head)).collect();
    let nothing = export(&node.store, export_for(&site, known)).await;
    assert_eq!(nothing.unwrap_err(), CarryError::Nothing);
}

#[tokio::test]
async fn a_gap_is_named_and_nothing_of_it_is_taken() {
    let node = Node::new();
    let site = Site::new(&[&node]);
    let receiving = Receiving::new(Arc::clone(&site));
    for number in 0..9 {
        node.say(&number.to_string()).await;
    }
    let first = export(&node.store, export_for(&site, BTreeMap::new())).await.unwrap();
    let range = first.manifest.ranges[0];
    let upto = Head { epoch: range.epoch, seq: range.last, hash: range.hash };
    node.say("later").await;
    let known = BTreeMap::from([(range.stream(), upto)]);
    let second = export(&node.store, export_for(&site, known)).await.unwrap();
    let imported = receiving.import(&second.file).await.unwrap();
    let missing = Came::Missing { first: Seq(1), last: range.last };
    assert_eq!((imported.streams[0].came, imported.fresh()), (missing, 0));
    assert!(site.node.said().is_empty());
    // In the right order both go in.
    for file in [&first.file, &second.file] {
        assert!(receiving.import(file).await.unwrap().all_held());
    }
    assert_eq!(site.node.said(), node.said());
}

#[tokio::test]
async fn a_sender_that_is_not_believed_brings_nothing() {
    let node = Node::new();
    let site = Site::new(&[&node]);
    let receiving = Receiving::new(Arc::clone(&site));
    node.say("one").await;
    let bundle = export(&node.store, export_for(&site, BTreeMap::new())).await.unwrap();
    site.nodes.lock().unwrap().insert(node.store.node(), Trust::Revoked);
    let refused = receiving.import(&bundle.file).await.unwrap_err();
    assert_eq!(refused.code(), "carry_revoked");
    site.nodes.lock().unwrap().clear();
    let refused = receiving.import(&bundle.file).await.unwrap_err();
    assert_eq!(refused.code(), "carry_unknown_sender");
    let other = Receiving::new(Site::new(&[&node]));
    let refused = other.import(&bundle.file).await.unwrap_err();
    assert_eq!(refused.code(), "carry_not_for_us");
    assert!(site.node.said().is_empty());
}

#[tokio::test]
async fn a_file_made_by_somebody_else_for_us_is_not_believed() {
    // Whoever knows our public key can encrypt to us; the manifest's signature tells.
    let node = Node::new();
    let site = Site::new(&[&node]);
    let receiving = Receiving::new(Arc::clone(&site));
    node.say("one").await;
    let bundle = export(&node.store, export_for(&site, BTreeMap::new())).await.unwrap();
    let mut inside = open_bundle(site.node.store.key(), &bundle.file).unwrap();
    let place = inside.len() - 1;
    inside[place] ^= 1;
    let sealed = encrypt(site.node.public(), &inside).unwrap();
    let refused = receiving.import(&envelope::wrap(Kind::Bundle, &sealed)).await.unwrap_err();
    assert_eq!(refused.code(), "carry_changed");
    inside[place] ^= 1;
    inside[30] ^= 1;
    let sealed = encrypt(site.node.public(), &inside).unwrap();
    assert!(receiving.import(&envelope::wrap(Kind::Bundle, &sealed)).await.is_err());
    assert!(site.node.said().is_empty());
}

#[test]
fn a_file_is_whole_under_its_name_or_not_there() {
    let directory = tempfile::tempdir().unwrap();
    let content = vec![5; 100_000];
    let written = write(directory.path(), "a.bundle", &content).unwrap();
    assert_eq!(written.path, directory.path().join("a.bundle"));
    assert_eq!(std::fs::read(&written.path).unwrap(), content);
    let named = directory.path().join("b.bundle");
    assert_eq!(write(&named, "unused", &content).unwrap().hash, written.hash);
    // Nothing of another name is left.
    assert_eq!(std::fs::read_dir(directory.path()).unwrap().count(), 2);
    assert!(write(&directory.path().join("no/such/place"), "x", &content).is_err());
}

#[tokio::test]
async fn a_carried_journal_is_found_whole() {
    let node = Node::new();
    let site = Site::new(&[&node]);
    node.say("one").await;
    let bundle = export(&node.store, export_for(&site, BTreeMap::new())).await.unwrap();
    let receiving = Receiving::new(Arc::clone(&site));
    receiving.import(&bundle.file).await.unwrap();
    let (node_public, site_public) = (node.public(), site.node.public());
    drop(receiving);
    let site = Arc::into_inner(site).unwrap();
    let disk = site.node.into_disk().await;
    let report = verify::verify(&disk, |origin| {
        [node_public, site_public].into_iter().find(|public| public.node_id() == origin)
    });
    let report = report.unwrap();
    assert!(report.findings.is_empty() && report.checkpoints > 0, "{report:?}");
}
