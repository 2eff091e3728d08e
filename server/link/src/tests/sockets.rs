//! The uplink against the routes, over sockets.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use sync::Trouble;
use sync::enrol::{Code, Role};
use sync::receiver::Trust;
use sync::view::View;

use super::relay::{Line, Relay};
use super::toy::{Node, Served, Site, serve, serve_tls};
use crate::{
    Address, EnrolError, HandOverError, Hop, LinkStatus, Options, Uplink, Upstream, ViewSink, enrol,
};

pub(super) const LONG: Duration = Duration::from_secs(30);
const SHORT: Duration = Duration::from_millis(200);

pub(super) type Link = Uplink<store::Store<super::toy::Toy>>;

pub(super) struct Scene {
    pub(super) kiosk: Node,
    pub(super) site: Arc<Site>,
    pub(super) served: Served,
    pub(super) relay: Relay,
}

pub(super) async fn scene() -> Scene {
    let kiosk = Node::new();
    let site = Site::new(&[&kiosk]);
    let served = serve(&site);
    let relay = Relay::to(served.address).await;
    Scene { kiosk, site, served, relay }
}

impl Scene {
    fn options(&self) -> Options {
        Options {
            address: Address::parse(&self.relay.url(), None).unwrap(),
            receiver: self.site.node.public(),
            hop: Hop::Lan,
            software: "0.1.0".to_owned(),
            views: None,
            origins: None,
        }
    }

    pub(super) fn link(&self) -> Link {
        Uplink::start(Arc::clone(&self.kiosk.store), self.options()).unwrap()
    }
}

pub(super) async fn until(link: &Link, what: &str, holds: impl Fn(&LinkStatus) -> bool) {
    let mut status = link.status();
    let waited = tokio::time::timeout(LONG, status.wait_for(|status| holds(status))).await;
    if waited.is_err() {
        panic!("never: {what}: {:#?}", link.status().borrow());
    }
}

/// Everything that is durable at the kiosk now is at the site.
pub(super) async fn delivered(scene: &Scene, link: &Link) {
    let own = scene.kiosk.store.status().own_head.unwrap();
    until(link, "delivered", |status| {
        let streams = &status.sync.streams;
        let reached = streams.values().any(|stream| stream.own.seq >= own.seq);
        reached && status.sync.all_delivered()
    })
    .await;
}

fn said(texts: impl IntoIterator<Item = String>) -> BTreeMap<Vec<u8>, usize> {
    texts.into_iter().map(|text| (text.into_bytes(), 1)).collect()
}

#[tokio::test]
async fn everything_arrives_once_through_a_line_that_fails_in_every_way() {
    let scene = scene().await;
    let link = scene.link();
    let mut texts = Vec::new();
    let lines = [
        Line::Open,
        Line::Closed,
        Line::Open,
        Line::Silent,
        Line::AnswersLost,
        Line::Portal,
        Line::Open,
    ];
    for (turn, line) in lines.into_iter().enumerate() {
        scene.relay.set(line);
        for number in 0..20 {
            let text = format!("{turn}/{number}");
            scene.kiosk.say(&text).await;
            texts.push(text);
        }
        let _ = link.hand_over(SHORT).await;
        if line == Line::Open {
            delivered(&scene, &link).await;
            assert_eq!(scene.site.node.said(), said(texts.clone()));
        } else {
            until(&link, "the line is suspect", |status| status.suspect).await;
            assert!(!link.status().borrow().sync.all_delivered());
        }
    }
    link.stop().await;
}

#[tokio::test]
async fn a_portals_page_is_no_acknowledgement() {
    let scene = scene().await;
    scene.relay.set(Line::Portal);
    scene.kiosk.say("hello").await;
    let link = scene.link();
    until(&link, "not ours", |status| {
        status.sync.trouble.map(Trouble::code) == Some("sync_answer_not_ours")
    })
    .await;
    assert!(!link.status().borrow().sync.all_delivered());
    assert_eq!(link.status().borrow().sync.waiting_records(), 2);
    scene.relay.set(Line::Open);
    delivered(&scene, &link).await;
    link.stop().await;
}

#[tokio::test]
async fn a_scan_gets_the_sites_judgement() {
    let scene = scene().await;
    let link = scene.link();
    delivered(&scene, &link).await;
    scene.kiosk.say("ticket 7").await;
    let handed = link.hand_over(LONG).await.unwrap();
    let judged = handed.last().unwrap().judgement.clone();
    assert_eq!(judged, Some(b"judged ticket 7".to_vec()));
    assert_eq!(handed.last().unwrap().entry.record().unwrap().payload, b"ticket 7");
    assert_eq!(scene.site.node.said(), said(["ticket 7".to_owned()]));
    delivered(&scene, &link).await;
    assert_eq!(scene.site.node.said(), said(["ticket 7".to_owned()]));
    link.stop().await;
}

#[tokio::test]
async fn a_hung_line_costs_one_scan_its_wait_and_the_next_ones_nothing() {
    let scene = scene().await;
    let link = scene.link();
    delivered(&scene, &link).await;
    scene.relay.set(Line::Silent);
    scene.kiosk.say("first").await;
    let began = Instant::now();
    assert_eq!(link.hand_over(SHORT).await, Err(HandOverError::TimedOut));
    assert!(began.elapsed() >= SHORT);
    for number in 0..5 {
        scene.kiosk.say(&format!("later {number}")).await;
        let began = Instant::now();
        assert_eq!(link.hand_over(SHORT).await, Err(HandOverError::Offline));
        assert!(began.elapsed() < SHORT / 2, "{:?}", began.elapsed());
    }
    scene.relay.set(Line::Open);
    until(&link, "trusted again", |status| !status.suspect).await;
    delivered(&scene, &link).await;
    scene.kiosk.say("after").await;
    let handed = link.hand_over(LONG).await.unwrap();
    assert_eq!(handed.last().unwrap().judgement, Some(b"judged after".to_vec()));
    assert_eq!(scene.site.node.said().len(), 7);
    assert!(scene.site.node.said().values().all(|times| *times == 1));
    link.stop().await;
}

#[tokio::test]
async fn a_slow_site_is_not_waited_for_and_loses_nothing() {
    let scene = scene().await;
    let link = scene.link();
    delivered(&scene, &link).await;
    *scene.site.delay.lock().unwrap() = Duration::from_millis(400);
    scene.kiosk.say("slow").await;
    assert_eq!(link.hand_over(SHORT).await, Err(HandOverError::TimedOut));
    delivered(&scene, &link).await;
    assert_eq!(scene.site.node.said(), said(["slow".to_owned()]));
    link.stop().await;
}

#[tokio::test]
async fn both_ends_restart_and_go_on() {
    let mut scene = scene().await;
    let link = scene.link();
    scene.kiosk.say("before").await;
    delivered(&scene, &link).await;
    // The site forgets its sessions: another process answers at the same address.
    let served = serve(&scene.site);
    scene.relay = Relay::to(served.address).await;
    scene.kiosk.say("between").await;
    link.stop().await;
    drop(link);
    let mut scene = Scene { kiosk: scene.kiosk.restart().await, served, ..scene };
    scene.kiosk.say("after").await;
    let link = scene.link();
    delivered(&scene, &link).await;
    // And again, under an uplink that keeps running.
    scene.served = serve(&scene.site);
    let expected = ["before", "between", "after"].map(str::to_owned);
    assert_eq!(scene.site.node.said(), said(expected));
    assert_eq!(link.status().borrow().sync.streams.len(), 2, "two epochs");
    link.stop().await;
}

#[tokio::test]
async fn a_forgotten_session_is_opened_anew_within_a_scan() {
    let scene = scene().await;
    let link = scene.link();
    delivered(&scene, &link).await;
    let hellos = || scene.site.met.lock().unwrap().len();
    let before = hellos();
    scene.kiosk.say("one").await;
    link.hand_over(LONG).await.unwrap();
    // Four more hellos of this node push its session out.
    for _ in 0..4 {
        let other = scene.link();
        let mut status = other.status();
        status.wait_for(|status| status.sync.receiver.is_some()).await.unwrap();
        other.stop().await;
    }
    scene.kiosk.say("two").await;
    let _forgotten = link.hand_over(LONG).await;
    delivered(&scene, &link).await;
    assert!(hellos() > before + 4);
    assert_eq!(scene.site.node.said(), said(["one".to_owned(), "two".to_owned()]));
    link.stop().await;
}

#[tokio::test]
async fn a_revoked_station_adds_nothing_more_and_says_why() {
    let scene = scene().await;
    let link = scene.link();
    scene.kiosk.say("before").await;
    delivered(&scene, &link).await;
    scene.site.nodes.lock().unwrap().insert(scene.kiosk.store.node(), Trust::Revoked);
    scene.kiosk.say("stolen").await;
    assert!(matches!(link.hand_over(LONG).await, Err(HandOverError::Refused(_))));
    until(&link, "revoked", |status| {
        status.sync.trouble.map(Trouble::code) == Some("sync_refused_revoked")
    })
    .await;
    assert_eq!(scene.site.node.said(), said(["before".to_owned()]));
    link.stop().await;
}

#[tokio::test]
async fn headquarters_gets_relayed_records_without_their_sealed_parts() {
    let scene = scene().await;
    let link = scene.link();
    let secret = b"confidential canary".to_vec();
    scene.kiosk.store.run((b"consultation".to_vec(), Some(secret))).await.unwrap();
    delivered(&scene, &link).await;
    link.stop().await;
    let headquarters = Site::new(&[&scene.site.node]);
    let served = serve(&headquarters);
    let kiosk = scene.kiosk.public();
    let options = Options {
        address: Address::parse(&format!("http://{}", served.address), None).unwrap(),
        receiver: headquarters.node.public(),
        hop: Hop::Wan,
        origins: Some(Arc::new(move || vec![kiosk])),
        ..scene.options()
    };
    let link = Uplink::start(Arc::clone(&scene.site.node.store), options).unwrap();
    until(&link, "at headquarters", |status| status.sync.all_delivered()).await;
    link.stop().await;
    let (site, hq) = (&scene.site.node.store, &headquarters.node.store);
    for (origin, held) in site.heads().iter() {
        assert_eq!(hq.heads().head(origin, held.head.epoch), Some(held.head));
    }
    let own = scene.kiosk.store.status().own_head.unwrap();
    let name = (scene.kiosk.store.node(), own.epoch);
    let sealed = async |store: &store::Store<_>| {
        let entries = store.entries(name.0, name.1, domain::ids::Seq(1), 1 << 20).await.unwrap();
        entries.into_iter().flat_map(|entry| entry.sealed).collect::<Vec<_>>()
    };
    assert!(matches!(sealed(site).await[..], [Some(_)]));
    assert_eq!(sealed(hq).await, [None]);
    assert_eq!((hq.keys().count(), site.keys().count()), (0, 1), "no key goes there");
}

#[tokio::test]
async fn views_come_down_and_the_clock_is_learnt() {
    let scene = scene().await;
    let taken = Arc::new(Mutex::new(Vec::new()));
    let keep = Arc::clone(&taken);
    let views = ViewSink {
        held: 0,
        take: Arc::new(move |view| {
            keep.lock().unwrap().push(view);
            true
        }),
    };
    let first = View::new(3, b"three".to_vec(), None);
    *scene.site.view.lock().unwrap() = Some(first.clone());
    let wall_ms = store::wall_clock_ms();
    scene.site.clock_ms.store(wall_ms + 3_600_000, Ordering::Relaxed);
    let options = Options { views: Some(views), ..scene.options() };
    let link = Uplink::start(Arc::clone(&scene.kiosk.store), options).unwrap();
    until(&link, "the first view", |status| status.view_version == 3).await;
    let clock = link.status().borrow().clock.unwrap();
    assert!((clock.offset_ms - 3_600_000).abs() < 10_000, "{clock:?}");
    // A hand-over tells of the newer one, so it comes before the next regular question.
    let second = View::new(4, b"four".to_vec(), Some(b"sealed".to_vec()));
    *scene.site.view.lock().unwrap() = Some(second.clone());
    scene.kiosk.say("scan").await;
    link.hand_over(LONG).await.unwrap();
    until(&link, "the second view", |status| status.view_version == 4).await;
    assert_eq!(*taken.lock().unwrap(), [first, second]);
    link.stop().await;
}

#[tokio::test]
async fn a_code_enrols_one_node_once() {
    let site = Site::new(&[]);
    let served = serve(&site);
    let relay = Relay::to(served.address).await;
    let address = Address::parse(&relay.url(), None).unwrap();
    let kiosk = Node::new();
    let (good, late) = (Code::from_random([3; 10]), Code::from_random([4; 10]));
    let ask = async |code: &Code| {
        enrol(&address, code, kiosk.store.key(), (Role::Kiosk, "入口", "0.1.0")).await
    };
    assert!(matches!(ask(&good).await, Err(EnrolError::CodeUnknown)));
    site.expect(&good);
    site.expect(&late);
    let enrolment = ask(&good).await.unwrap();
    assert_eq!(enrolment.issuer, site.node.public());
    assert_eq!(enrolment.statement.node, kiosk.store.node());
    assert_eq!(enrolment.statement.name, "入口 1");
    assert!(matches!(ask(&good).await, Err(EnrolError::CodeUnknown)), "used");
    site.clock_ms.fetch_add(10 * 60_000, Ordering::Relaxed);
    assert!(matches!(ask(&late).await, Err(EnrolError::CodeExpired)));
    relay.set(Line::Portal);
    assert!(matches!(ask(&good).await, Err(EnrolError::NotOurs)));
    relay.set(Line::Closed);
    assert!(matches!(ask(&good).await, Err(EnrolError::Offline)));
    relay.set(Line::Open);
    let scene = Scene { kiosk, site, served, relay };
    scene.kiosk.say("enrolled").await;
    let link = scene.link();
    delivered(&scene, &link).await;
    assert_eq!(scene.site.now_ms(), 1_600_000);
    link.stop().await;
}

#[tokio::test]
async fn only_the_own_authority_is_trusted_over_tls() {
    let kiosk = Node::new();
    let site = Site::new(&[&kiosk]);
    let names = || vec!["localhost".to_owned()];
    let signed = rcgen::generate_simple_self_signed(names()).unwrap();
    let served = serve_tls(&site, &signed.cert.pem(), &signed.signing_key.serialize_pem());
    let relay = Relay::to(served.address).await;
    let url = format!("https://localhost:{}", relay.address.port());
    let stranger = rcgen::generate_simple_self_signed(names()).unwrap();
    let scene = Scene { kiosk, site, served, relay };
    scene.kiosk.say("over TLS").await;
    let start = |pem: &str| {
        let address = Address::parse(&url, Some(pem.as_bytes())).unwrap();
        let options = Options { address, ..scene.options() };
        Uplink::start(Arc::clone(&scene.kiosk.store), options).unwrap()
    };
    let link = start(&stranger.cert.pem());
    until(&link, "not trusted", |status| {
        status.sync.trouble.map(Trouble::code) == Some("sync_offline")
    })
    .await;
    link.stop().await;
    let link = start(&signed.cert.pem());
    delivered(&scene, &link).await;
    assert_eq!(scene.site.node.said(), said(["over TLS".to_owned()]));
    link.stop().await;
}
