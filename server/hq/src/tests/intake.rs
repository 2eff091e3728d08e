//! Sites enrol, send, send again, send what they may not.

use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use domain::ids::FairTag;
use domain::statistics::Statistics;
use journal::Misfit;
use journal::sealing::PartKey;
use link::{Address, Hop, Options, Upstream};
use store::{IncomingBatch, Machine};
use sync::RefusalCode;
use sync::enrol::EnrolRequest;
use sync::receiver::{Directory, Trust, origin_for};
use web::serve::{Limits, Listener};

use super::fixture::{Desk, Hall, Node, SECRET, applicant, enrolled, walked_in};
use crate::contacts::Standing;

#[tokio::test]
async fn what_it_counts_is_what_the_site_counts_and_nothing_of_a_rehearsal() {
    let desk = Desk::open();
    let (first, second) = (Hall::with(1, 7).await, Hall::with(2, 3).await);
    for hall in [&first, &second] {
        desk.enrol(&hall.site, "会场").await;
        // The kiosk's records first: they wait until the site has told whose they are.
        desk.take_all(&hall.site, hall.kiosk.id()).await;
        assert_ne!(desk.hq.look(crate::HqMachine::waiting), 0);
        desk.hq.look(|rules| assert_eq!(rules.load(&rules.save()).as_ref(), Some(rules)));
        desk.take_all(&hall.site, hall.site.id()).await;
        assert_eq!(desk.hq.look(crate::HqMachine::waiting), 0);
    }
    let figures = desk.hq.figures();
    for hall in [&first, &second] {
        let site = figures.site(hall.site.id()).unwrap();
        assert_eq!(*site.statistics, Statistics::of_live(&hall.site.fair()));
        assert_eq!(site.records, hall.site.store.status().records);
        let held = site.heads.iter().map(|(origin, _)| *origin);
        assert!(held.clone().all(|origin| origin == hall.site.id() || origin == hall.kiosk.id()));
        assert_eq!(held.count(), 2);
    }
    let total = &figures.total.total;
    assert_eq!((total.persons, total.entries, total.talks), (10, 10, 4));
    assert_eq!((total.intentions, total.hires, total.consultations), (2, 2, 16));
}

#[tokio::test]
async fn a_batch_that_comes_again_changes_nothing_and_a_restart_neither() {
    let desk = Desk::open();
    let hall = Hall::with(1, 5).await;
    desk.enrol(&hall.site, "会场").await;
    for _ in 0..2 {
        desk.take_all(&hall.site, hall.site.id()).await;
        desk.take_all(&hall.site, hall.kiosk.id()).await;
    }
    let before = desk.hq.figures();
    let records = desk.hq.office.store.status().records;
    let desk = desk.restarted().await;
    let after = desk.hq.figures();
    assert_eq!(before.total, after.total);
    assert_eq!(before.sites[0].heads, after.sites[0].heads);
    // Only what a run of headquarters itself writes came on top.
    let own = |heads: &journal::Heads| {
        heads.epochs(desk.hq.office.me()).iter().map(|held| held.head.seq.0).sum::<u64>()
    };
    let status = desk.hq.office.store.status();
    let sites: u64 = after.sites.iter().map(|site| site.records).sum();
    assert_eq!(status.records, sites + own(&desk.hq.office.store.heads()));
    assert!(records <= status.records);
    assert_eq!(after.sites[0].standing, Standing::Silent);
}

#[tokio::test]
async fn it_keeps_open_parts_only_whatever_a_site_sends_along() {
    let desk = Desk::open();
    let hall = Hall::with(1, 1).await;
    desk.enrol(&hall.site, "会场").await;
    let sent = hall.site.runs_of(hall.site.id()).await;
    assert!(sent.iter().flatten().any(|entry| entry.sealed.iter().any(Option::is_some)));
    desk.take_all(&hall.site, hall.site.id()).await;
    let (site, epoch) = (hall.site.id(), hall.site.store.epoch());
    let from = domain::ids::Seq(1);
    let kept = desk.hq.office.store.entries(site, epoch, from, 1 << 24).await.unwrap();
    assert!(kept.iter().all(|entry| entry.sealed.iter().all(Option::is_none)));
    // Keys are refused before they get here; if they did, they would still not be stored.
    assert!(!desk.hq.takes_keys());
    let keys_before = desk.hq.office.store.keys().count();
    let named = |entry: &journal::Entry| entry.record().unwrap().sealed;
    let names = sent.iter().flatten().flat_map(named);
    let keys: Vec<_> = names.map(|named| (named.key, PartKey([1; 32]))).collect();
    assert!(!keys.is_empty());
    let entries = sent[0].clone();
    let again = desk.hq.take(IncomingBatch { origin: site, entries, keys }).await.unwrap();
    again.outcome.unwrap();
    assert_eq!(desk.hq.office.store.keys().count(), keys_before);
    let opened = |entry: &journal::Entry| entry.open.clone();
    let sent: Vec<Vec<u8>> = sent.iter().flatten().map(opened).collect();
    assert_eq!(kept.iter().map(opened).collect::<Vec<_>>(), sent);
    assert!(!sent.concat().windows(SECRET.len()).any(|part| part == SECRET.as_bytes()));
}

#[tokio::test]
async fn a_gap_and_a_fork_are_told_apart_and_store_nothing() {
    let desk = Desk::open();
    let (hall, other) = (Hall::with(1, 2).await, Hall::with(1, 3).await);
    desk.enrol(&hall.site, "会场").await;
    let site = hall.site.id();
    let mut run = hall.site.runs_of(site).await.remove(0);
    let late = run.split_off(3);
    let before = desk.hq.office.store.status().records;
    let batch = |entries| IncomingBatch::without_keys(site, entries);
    let gap = desk.hq.take(batch(late)).await.unwrap().outcome;
    assert!(matches!(gap, Err(Misfit::FirstNotOne { .. } | Misfit::Gap { .. })), "{gap:?}");
    desk.hq.take(batch(run.clone())).await.unwrap().outcome.unwrap();
    // The same names, another content: as from a copy of the disk.
    let forged = forged(&run, &other.site.runs_of(other.site.id()).await.remove(0));
    let fork = desk.hq.take(batch(forged)).await.unwrap().outcome;
    assert!(matches!(fork, Err(Misfit::Fork { .. })), "{fork:?}");
    assert_eq!(desk.hq.office.store.status().records, before + 3);
}

/// The first run's records, the last with another's payload.
fn forged(run: &[journal::Entry], other: &[journal::Entry]) -> Vec<journal::Entry> {
    let mut records: Vec<journal::Record> = run.iter().map(|e| e.record().unwrap()).collect();
    let last = records.last_mut().unwrap();
    last.payload = other.last().unwrap().record().unwrap().payload;
    last.sealed = Vec::new();
    let entry = |record: &journal::Record| {
        let withheld = vec![None; record.sealed.len()];
        journal::Entry::new(record, withheld).unwrap()
    };
    records.iter().map(entry).collect()
}

#[tokio::test]
async fn who_may_bring_what_and_who_is_not_trusted_any_more() {
    let desk = Desk::open();
    let (first, second) = (Hall::with(1, 1).await, Hall::with(2, 1).await);
    let stranger = Node::open();
    let key = |node: &Node| node.store.key().public();
    assert_eq!(desk.hq.trust(first.site.id()), Trust::Unknown);
    desk.enrol(&first.site, "会场一").await;
    desk.enrol(&second.site, "会场二").await;
    assert_eq!(desk.hq.trust(first.site.id()), Trust::Trusted(key(&first.site)));
    desk.take_all(&first.site, first.site.id()).await;
    let asked = |sender: &Node, origin: &Node| {
        origin_for(&*desk.hq, key(sender), origin.id()).map_err(|refusal| refusal.code)
    };
    assert_eq!(asked(&first.site, &first.kiosk), Ok(key(&first.kiosk)));
    assert_eq!(asked(&second.site, &first.kiosk), Err(RefusalCode::OriginNotAllowed));
    assert_eq!(asked(&second.site, &first.site), Err(RefusalCode::OriginNotAllowed));
    // Nobody has told this one's keys; a hello may.
    assert_eq!(asked(&second.site, &stranger), Err(RefusalCode::UnknownOrigin));
    assert!(!desk.hq.may_relay(first.site.id(), desk.hq.office.me()));

    let before = desk.hq.figures();
    desk.hq.revoke(first.site.id(), domain::ids::AccountId([1; 8])).await.unwrap();
    assert_eq!(desk.hq.trust(first.site.id()), Trust::Revoked);
    assert_eq!(desk.hq.figures().total, before.total);
    let figures = desk.hq.figures();
    assert_eq!(figures.site(first.site.id()).unwrap().standing, Standing::Revoked);
    let code = desk.hq.new_code("会场一").unwrap().code;
    let again = EnrolRequest::new(&code, &applicant(&first.site));
    let refused = desk.hq.enrol(again).await.unwrap_err();
    assert_eq!(refused.code, RefusalCode::RevokedSender);
}

#[tokio::test]
async fn a_code_is_good_once_and_gives_the_name_that_the_clerk_chose() {
    let desk = Desk::open();
    let (node, thief) = (Node::open(), Node::open());
    let code = desk.hq.new_code(" 中山区会场 ").unwrap().code;
    let request = EnrolRequest::new(&code, &applicant(&node));
    let enrolled = desk.hq.enrol(request.clone()).await.unwrap();
    let statement = enrolled.read(&code, &request, node.id()).unwrap();
    assert_eq!(statement.name, "中山区会场");
    assert_eq!(statement.issuer, desk.hq.office.me());
    let again = EnrolRequest::new(&code, &applicant(&thief));
    assert_eq!(desk.hq.enrol(again).await.unwrap_err().code, RefusalCode::CodeUnknown);
    assert_eq!(desk.hq.trust(thief.id()), Trust::Unknown);
    for name in ["", "  ", &"长".repeat(41), "a\nb"] {
        assert!(desk.hq.new_code(name).is_err(), "{name:?}");
    }
}

#[tokio::test]
async fn a_site_sends_all_of_it_over_a_real_line_and_goes_on_when_more_happens() {
    let desk = Desk::open();
    let hall = Hall::with(1, 4).await;
    let listener = Listener::bind(SocketAddr::from(([127, 0, 0, 1], 0))).unwrap();
    let address = Address::parse(&format!("http://{}", listener.address()), None).unwrap();
    let (app, stop) = (desk.app.clone(), desk.stop.clone());
    let serving = tokio::spawn(web::serve::serve(vec![listener], app, Limits::default(), stop));

    let code = desk.hq.new_code("中山区会场").unwrap().code;
    let as_site = (sync::enrol::Role::Site, "", "0.0.0");
    let enrolment = link::enrol(&address, &code, hall.site.store.key(), as_site).await.unwrap();
    let kiosk = hall.kiosk.store.key().public();
    let options = Options {
        address,
        receiver: enrolment.issuer,
        hop: Hop::Wan,
        software: "0.0.0".to_owned(),
        views: None,
        origins: Some(Arc::new(move || vec![kiosk])),
    };
    let uplink = link::Uplink::start(Arc::clone(&hall.site.store), options).unwrap();
    until_counted(&desk, &hall).await;
    hall.kiosk.write(Some(FairTag([1; 4])), walked_in(50).into()).await;
    hall.site.relay(&hall.kiosk).await;
    until_counted(&desk, &hall).await;
    let figures = desk.hq.figures();
    let site = figures.site(hall.site.id()).unwrap();
    assert_eq!(site.statistics.total.persons, 5);
    assert!(site.contact.as_ref().unwrap().received_ms.is_some());
    uplink.stop().await;
    desk.stopper.stop();
    serving.await.unwrap();
}

/// Waits until headquarters counts what the site counts.
async fn until_counted(desk: &Desk, hall: &Hall) {
    let expected = Statistics::of_live(&hall.site.fair());
    let mut changes = desk.hq.office.store.changes();
    let counted = async {
        loop {
            let figures = desk.hq.figures();
            let site = figures.site(hall.site.id());
            if site.is_some_and(|site| *site.statistics == expected) {
                return;
            }
            changes.changed().await.unwrap();
        }
    };
    tokio::time::timeout(Duration::from_secs(30), counted).await.unwrap();
}

#[tokio::test]
async fn a_station_that_a_site_tells_of_later_counts_from_its_first_record() {
    let desk = Desk::open();
    let (site, kiosk) = (Node::open(), Node::open());
    desk.enrol(&site, "会场").await;
    let fair = FairTag([9; 4]);
    kiosk.write(Some(fair), walked_in(1).into()).await;
    site.relay(&kiosk).await;
    desk.take_all(&site, kiosk.id()).await;
    site.write(None, vec![enrolled(&kiosk)]).await;
    desk.take_all(&site, site.id()).await;
    // Its site's fair is not known yet.
    assert_eq!(desk.hq.look(crate::HqMachine::waiting), 2);
    site.write(None, vec![super::fixture::planned(fair, 9)]).await;
    desk.take_all(&site, site.id()).await;
    assert_eq!(desk.hq.look(crate::HqMachine::waiting), 0);
    assert_eq!(desk.hq.figures().total.total.persons, 1);
}
