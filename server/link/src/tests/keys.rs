//! Keys of sealed parts: there once the record is, gone here after it, and nothing else taken.

use std::sync::atomic::Ordering;
use std::time::Duration;

use domain::ids::{KeyId, Seq};
use journal::Entry;
use journal::identity::LetterSeed;
use journal::sealing::PartKey;
use sync::batch::Withhold;
use sync::handover::{HandOver, HandOverAnswer};
use sync::keys::WrappedKey;
use sync::{BatchAnswer, RefusalCode};

use super::relay::{Line, Relay};
use super::requests::{self, refused};
use super::sockets::{LONG, Scene, delivered, scene, until};
use super::toy::{Node, serve};
use crate::Source;
use crate::carriage::{BATCHES, SCANS, decode, encode};

/// The keys of a node's own records, with what the records say.
async fn own_keys(node: &Node) -> Vec<(KeyId, PartKey)> {
    let (me, epoch) = (node.store.node(), node.store.epoch());
    let entries = node.store.entries(me, epoch, Seq(1), 1 << 20).await.unwrap();
    let named = entries.iter().flat_map(|entry| entry.record().unwrap().sealed);
    named.filter_map(|named| Some((named.key, node.store.keys().get(named.key)?))).collect()
}

async fn wiped(node: &Node) {
    for _ in 0..LONG.as_millis() / 10 {
        if node.store.keys().count() == 0 {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("keys are still here: {}", node.store.keys().count());
}

/// What the site reads in the sealed parts of a node's records.
async fn read_at_the_site(scene: &Scene) -> Vec<Option<String>> {
    let store = &scene.site.node.store;
    let me = scene.kiosk.store.node();
    let mut texts = Vec::new();
    for (_, held) in store.heads().iter().filter(|(origin, _)| *origin == me) {
        let entries = store.entries(me, held.head.epoch, Seq(1), 1 << 20).await.unwrap();
        let open = |entry: &Entry| store.open_sealed(&entry.record().unwrap(), entry);
        let opened = entries.iter().flat_map(open);
        let text = |text: Vec<u8>| String::from_utf8(text).unwrap();
        texts.extend(opened.map(|opened| opened.map(|opened| text(opened.to_vec()))));
    }
    texts.sort();
    texts
}

fn secret_of(text: &str) -> Option<String> {
    Some(format!("secret of {text}"))
}

#[tokio::test]
async fn keys_are_there_with_their_records_and_wiped_here_after_them() {
    let scene = scene().await;
    let link = scene.link();
    delivered(&scene, &link).await;
    scene.kiosk.register("王").await;
    let key = own_keys(&scene.kiosk).await.remove(0).1;
    assert!(scene.kiosk.has_in_a_file(&key.0));
    let handed = link.hand_over(LONG).await.unwrap();
    // At once: the key was durable before the record was.
    assert_eq!(read_at_the_site(&scene).await, [secret_of("王")]);
    assert_eq!(handed.last().unwrap().judgement, Some("judged 王".into()));
    wiped(&scene.kiosk).await;
    assert!(!scene.kiosk.has_in_a_file(&key.0));
    assert!(scene.site.node.has_in_a_file(&key.0));
    // And by a batch.
    scene.kiosk.register("李").await;
    delivered(&scene, &link).await;
    wiped(&scene.kiosk).await;
    assert_eq!(read_at_the_site(&scene).await, [secret_of("李"), secret_of("王")]);
    link.stop().await;
}

#[tokio::test]
async fn a_lost_answer_wipes_nothing_and_what_goes_again_changes_nothing() {
    let scene = scene().await;
    let link = scene.link();
    delivered(&scene, &link).await;
    scene.relay.set(Line::AnswersLost);
    scene.kiosk.register("王").await;
    assert!(link.hand_over(LONG).await.is_err());
    for _ in 0..LONG.as_millis() / 10 {
        if scene.site.node.said().len() == 1 {
            break;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    assert_eq!(read_at_the_site(&scene).await, [secret_of("王")]);
    assert_eq!(scene.kiosk.store.keys().count(), 1, "nothing was acknowledged");
    let records = scene.site.node.store.status().records;
    scene.relay.set(Line::Open);
    delivered(&scene, &link).await;
    wiped(&scene.kiosk).await;
    assert_eq!(read_at_the_site(&scene).await, [secret_of("王")]);
    assert_eq!(scene.site.node.store.keys().count(), 1);
    assert!(scene.site.node.store.status().records <= records + 1, "one checkpoint at most");
    assert_eq!(scene.site.node.said().into_values().collect::<Vec<_>>(), [1]);
    link.stop().await;
}

/// A site that takes no keys gets none; later the same records' keys go after them, also those of
/// an earlier run.
#[tokio::test]
async fn keys_left_over_go_after_their_records_and_only_to_who_takes_them() {
    let mut scene = scene().await;
    scene.site.takes_keys.store(false, Ordering::Relaxed);
    let link = scene.link();
    for name in ["王", "李"] {
        scene.kiosk.register(name).await;
        scene.kiosk.say(name).await;
    }
    delivered(&scene, &link).await;
    link.stop().await;
    drop(link);
    assert_eq!(scene.kiosk.store.keys().count(), 2);
    assert_eq!(read_at_the_site(&scene).await, [None, None]);
    scene.kiosk = scene.kiosk.restart().await;
    assert_eq!(scene.kiosk.store.keys().count(), 2);
    scene.site.takes_keys.store(true, Ordering::Relaxed);
    scene.served = serve(&scene.site);
    scene.relay = Relay::to(scene.served.address).await;
    let link = scene.link();
    wiped(&scene.kiosk).await;
    delivered(&scene, &link).await;
    assert_eq!(read_at_the_site(&scene).await, [secret_of("李"), secret_of("王")]);
    link.stop().await;
}

/// More keys than one message carries.
#[tokio::test]
async fn many_keys_go_in_several_batches() {
    let scene = scene().await;
    let many = sync::limits::REQUEST_KEYS + 5;
    for number in 0..many {
        scene.kiosk.register(&number.to_string()).await;
    }
    let link = scene.link();
    until(&link, "greeted", |status| status.clock.is_some()).await;
    delivered(&scene, &link).await;
    wiped(&scene.kiosk).await;
    let texts = read_at_the_site(&scene).await;
    assert_eq!((texts.len(), texts.iter().flatten().count()), (many, many));
    link.stop().await;
}

/// A letter as the kiosk writes it.
fn letter(scene: &requests::Scene, name: KeyId, key: &PartKey) -> WrappedKey {
    let seed = LetterSeed([8; 32]);
    WrappedKey::wrap(scene.site.node.public(), name, key, seed).unwrap()
}

#[tokio::test]
async fn damaged_and_foreign_keys_are_refused_with_their_records() {
    let scene = requests::scene();
    scene.kiosk.register("王").await;
    let (name, key) = own_keys(&scene.kiosk).await.remove(0);
    let session = scene.session().await;
    let good = letter(&scene, name, &key);
    let mut cut = good.clone();
    cut.letter.pop();
    let foreign = letter(&scene, KeyId([9; 16]), &key);
    let other = letter(&scene, name, &PartKey([9; 32]));
    let store = &scene.kiosk.store;
    let stream = store.own();
    let entries = Source::run(&**store, stream, stream.start(), 1 << 20).await.unwrap();
    let scans = |keys: Vec<WrappedKey>| {
        let (origin, start) = (stream.origin, stream.start());
        encode(&HandOver::new(origin, start, &entries, Withhold::Nothing).with_keys(keys))
    };
    let site = &scene.site.node;
    let damaged = (422, RefusalCode::Damaged);
    let bad = [vec![cut], vec![foreign], vec![other.clone()], vec![good.clone(), good.clone()]];
    for (counter, keys) in (1..).zip(bad) {
        let got = scene.ask(&session, &session.prove(SCANS, counter, scans(keys))).await;
        assert_eq!(refused(&got), damaged);
    }
    let keys: &'static [WrappedKey] = Vec::leak(vec![other]);
    let body = scene.batch(|run| run.keys = keys).await;
    let got = scene.ask(&session, &session.prove(BATCHES, 10, body)).await;
    assert_eq!(refused(&got), damaged);
    assert_eq!((site.said().len(), site.store.keys().count()), (0, 0));

    scene.site.takes_keys.store(false, Ordering::Relaxed);
    let sent = session.prove(SCANS, 11, scans(vec![good.clone()]));
    let got = scene.ask(&session, &sent).await;
    assert_eq!(refused(&got), (422, RefusalCode::KeysNotTaken));
    assert_eq!((site.said().len(), site.store.keys().count()), (0, 0));

    // The record without its key, then again with it: a key that is missing is still stored.
    scene.site.takes_keys.store(true, Ordering::Relaxed);
    for (counter, keys, held) in [(12, vec![], 0), (13, vec![good.clone()], 1), (14, vec![good], 1)]
    {
        let got = scene.ask(&session, &session.prove(SCANS, counter, scans(keys))).await;
        let answer: HandOverAnswer = decode(&got.body).unwrap();
        assert!(matches!(answer.answer, BatchAnswer::Ack(_)), "{answer:?}");
        assert_eq!((site.said().len(), site.store.keys().count()), (1, held));
    }
}
