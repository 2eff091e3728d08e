//! A station with a real site behind a socket: on time, late, gone, and knowing better.

use std::time::{Duration, Instant};

use domain::day::Days;
use domain::event::{Event, Method, SeekerCheckedIn, TicketRevoked};
use domain::ids::{Seq, ShortNumber};
use domain::sealed::Profile;
use domain::station::{Change, TicketChange};
use domain::ticket::TicketKey;
use domain::verdict::{Stage, Verdict};

use super::*;
use crate::presented::Presented;
use crate::testing::{FakeSite, Hall, address, codes, settings, ticket, today};

mod changeover;

async fn scan(hall: &Hall, text: &str) -> CheckIn {
    let check_in = hall.station().check_in(Presented::scanned(text), Method::Camera).await;
    let check_in = check_in.unwrap();
    hall.station().was_shown(&check_in).await;
    check_in
}

#[tokio::test]
async fn a_ticket_is_good_once_and_then_a_friendly_repeat() {
    let hall = Hall::open().await;
    let first = scan(&hall, &address(&ticket(1))).await;
    assert_eq!((first.verdict, first.decided_by), (Verdict::Welcome, DecidedBy::Site));
    assert_eq!(first.route.first().map(|stop| stop.booth.as_str()), Some("A12"));
    let again = scan(&hall, &address(&ticket(1))).await;
    let me = hall.station().node();
    assert!(matches!(again.verdict, Verdict::AlreadyCheckedIn { station, .. } if station == me));
    hall.until(|station| station.status().all_delivered).await;
    let entered = |event: &Event| matches!(event, Event::SeekerCheckedIn(_));
    assert_eq!(hall.site.events().iter().filter(|event| entered(event)).count(), 2);
}

#[tokio::test]
async fn every_refusal_has_its_word_and_its_record() {
    let hall = Hall::open().await;
    let forged = ticket(2).text(&TicketKey([9; 32])).unwrap();
    let mut other_day = ticket(3);
    other_day.days = Days { first: today().plus(5), last: today().plus(6) };
    let mut rehearsal = ticket(4);
    rehearsal.rehearsal = true;
    let mut other_key = ticket(5);
    other_key.generation = 3;
    for (text, expect) in [
        ("https://example.org/".to_owned(), "not_genuine"),
        (forged, "not_genuine"),
        (address(&other_day), "not_for_today"),
        (address(&rehearsal), "rehearsal_mixed"),
        (address(&other_key), "unknown_key"),
        (ShortNumber::of_serial(55_555).unwrap().to_string(), "unknown_number"),
    ] {
        let refused = scan(&hall, &text).await;
        assert_eq!(refused.verdict.code(), expect, "{text}");
        assert!(refused.route.is_empty());
    }
    hall.until(|station| station.status().all_delivered).await;
    let refused = |event: &&Event| matches!(event, Event::ScanRefused(_));
    assert_eq!(hall.site.events().iter().filter(refused).count(), 6);
}

/// The station's own view is behind; the site's word comes in time, is shown, and recorded.
#[tokio::test]
async fn the_site_knows_better_and_that_is_recorded() {
    let hall = Hall::open().await;
    let reference = ticket(6).reference();
    let elsewhere = SeekerCheckedIn {
        reference,
        day: today(),
        method: Method::Camera,
        verdict: Verdict::Welcome,
    };
    hall.site.learn(elsewhere).await;
    let shown = scan(&hall, &address(&ticket(6))).await;
    let site = hall.site.store.node();
    assert!(matches!(shown.verdict, Verdict::AlreadyCheckedIn { station, .. } if station == site));
    hall.site.learn(TicketRevoked { reference: ticket(7).reference() }).await;
    assert_eq!(scan(&hall, &address(&ticket(7))).await.verdict.code(), "ticket_revoked");
    hall.until(|station| station.status().all_delivered).await;
    let corrected: Vec<_> = hall
        .site
        .events()
        .into_iter()
        .filter_map(|event| match event {
            Event::VerdictShown(shown) => Some(shown),
            _ => None,
        })
        .collect();
    assert_eq!(corrected.len(), 2);
    assert_eq!(corrected[0].verdict, shown.verdict);
    assert_eq!(corrected[0].corrects, Some((reference, today())));
}

/// Nobody waits for a site that hangs, and its late answer changes nothing.
#[tokio::test]
async fn a_late_site_is_not_waited_for() {
    for delay_ms in [0, 150, 250, 5_000] {
        let hall = Hall::open().await;
        hall.site.answer_after(Duration::from_millis(delay_ms));
        let began = Instant::now();
        let first = scan(&hall, &address(&ticket(1))).await;
        let took = began.elapsed();
        assert_eq!(first.verdict, Verdict::Welcome, "{delay_ms} ms");
        if delay_ms > 200 {
            assert_eq!(first.decided_by, DecidedBy::Station, "{delay_ms} ms");
            assert!(took < Duration::from_millis(1_000), "{took:?}");
        }
        hall.site.answer_after(Duration::ZERO);
    }
}

#[tokio::test]
async fn an_island_checks_in_hands_out_tickets_and_delivers_later_once() {
    let hall = Hall::open().await;
    hall.site.go_away();
    let welcome = scan(&hall, &address(&ticket(1))).await;
    assert_eq!((welcome.verdict, welcome.decided_by), (Verdict::Welcome, DecidedBy::Station));
    let guest = hall.station().walk_in(Some("女士"), "zh").await.unwrap();
    assert_eq!(guest.number, ShortNumber::of_serial(20_000).unwrap());
    assert!(guest.issued_offline);
    assert!(guest.address.starts_with("HTTP://10.0.0.1:8080/T/"));
    assert_eq!(scan(&hall, &guest.address).await.verdict.code(), "already_checked_in");
    let by_number = scan(&hall, &guest.number.to_string()).await;
    assert_eq!(by_number.reference, Some(guest.reference));
    assert!(hall.station().is_island());

    let hall = hall.restart().await;
    assert_eq!(hall.station().stage(), Stage::Open, "the view lay on the disk");
    assert_eq!(scan(&hall, &address(&ticket(1))).await.verdict.code(), "already_checked_in");
    assert_eq!(scan(&hall, &address(&ticket(8))).await.verdict, Verdict::Welcome);
    let second = hall.station().walk_in(None, "en").await.unwrap();
    assert_eq!(second.number, ShortNumber::of_serial(20_001).unwrap(), "no number twice");
    let none = hall.station().walk_in(None, "en").await;
    assert!(matches!(none, Err(Trouble::NoTicket(NoTicket::NumbersUsedUp))));

    hall.site.come_back();
    hall.until(|station| station.status().all_delivered).await;
    let events = hall.site.events();
    let issued = events.iter().filter(|event| matches!(event, Event::TicketIssued(_))).count();
    let entered = |event: &&Event| match event {
        Event::SeekerCheckedIn(scan) => scan.verdict == Verdict::Welcome,
        _ => false,
    };
    assert_eq!((issued, events.iter().filter(entered).count()), (2, 4));
    let registered = |event: &&Event| matches!(event, Event::SeekerRegistered(_));
    assert_eq!(events.iter().filter(registered).count(), 1, "who skips says nothing");
}

/// How the site reads that walk-ins want to be addressed.
async fn forms_of_address(hall: &Hall, site: &FakeSite) -> Vec<String> {
    let (store, me) = (&site.store, hall.station().node());
    let epoch = hall.station().store.epoch();
    let entries = store.entries(me, epoch, Seq(1), 1 << 20).await.unwrap();
    let profiles = entries.iter().filter_map(|entry| {
        let opened = store.open_sealed(&entry.record().unwrap(), entry);
        let text = opened.get(1)?.as_ref()?;
        Some(minicbor::decode::<Profile>(text).unwrap().form_of_address)
    });
    profiles.collect()
}

/// What somebody says here is read at the site, and nobody can read it here any more.
#[tokio::test]
async fn what_a_walk_in_says_is_for_the_site_and_its_key_does_not_stay() {
    let hall = Hall::open().await;
    let keys = hall.station().store.keys().clone();
    hall.site.go_away();
    hall.station().walk_in(Some("女士"), "zh").await.unwrap();
    assert_eq!(keys.count(), 2, "one for the contact, one for the profile");
    let (me, epoch) = (hall.station().node(), hall.station().store.epoch());
    let entries = hall.station().store.entries(me, epoch, Seq(1), 1 << 20).await.unwrap();
    let named = entries.iter().flat_map(|entry| entry.record().unwrap().sealed);
    let held: Vec<_> = named.map(|named| keys.get(named.key).unwrap()).collect();
    assert!(held.iter().all(|key| hall.has_in_a_file(&key.0)));
    hall.site.come_back();
    hall.until(|station| station.status().all_delivered).await;
    assert_eq!(forms_of_address(&hall, &hall.site).await, ["女士"]);
    hall.until(|station| station.store.keys().count() == 0).await;
    assert!(!held.iter().any(|key| hall.has_in_a_file(&key.0)));
    hall.station().walk_in(Some("先生"), "zh").await.unwrap();
    hall.until(|station| station.status().all_delivered).await;
    assert_eq!(forms_of_address(&hall, &hall.site).await, ["女士", "先生"]);
    hall.until(|station| station.store.keys().count() == 0).await;
}

#[tokio::test]
async fn the_view_brings_tickets_stages_and_names() {
    let hall = Hall::open().await;
    let number = ShortNumber::of_serial(31_000).unwrap();
    let issued = |what| TicketChange { reference: ticket(9).reference(), rehearsal: false, what };
    let days = ticket(9).days;
    let changes = vec![issued(Change::Issued { number, days, codes: codes() })];
    hall.site.tell(settings(Stage::Open), changes);
    let known = |station: &Station| station.status().view_version == 2;
    hall.until(known).await;
    let typed = scan(&hall, &number.grouped()).await;
    assert_eq!((typed.verdict, typed.number), (Verdict::Welcome, Some(number)));
    assert_eq!(hall.station().name(), "东门1号机");
    hall.site.tell(settings(Stage::Closed), Vec::new());
    hall.until(|station| station.stage() == Stage::Closed).await;
    assert_eq!(scan(&hall, &address(&ticket(1))).await.verdict.code(), "fair_closed");
    let walk_in = hall.station().walk_in(None, "zh").await;
    assert!(matches!(walk_in, Err(Trouble::NoTicket(NoTicket::NotRunning(Stage::Closed)))));
}

/// After a new key, older tickets are good where somebody knows that they were handed out.
#[tokio::test]
async fn own_tickets_outlive_a_new_key() {
    let hall = Hall::open().await;
    hall.site.go_away();
    let guest = hall.station().walk_in(None, "zh").await.unwrap();
    hall.site.come_back();
    let mut newer = settings(Stage::Open);
    newer.generation = 1;
    hall.site.tell(newer, Vec::new());
    hall.until(|station| station.status().view_version == 2).await;
    assert_eq!(scan(&hall, &guest.address).await.verdict.code(), "already_checked_in");
    assert_eq!(scan(&hall, &address(&ticket(1))).await.verdict.code(), "unknown_key");
}

#[tokio::test]
async fn enrolment_fails_in_words_and_works_once() {
    let hall = Hall::strangers();
    let station = hall.station();
    let url = hall.site.url();
    assert!(matches!(station.enrol(&url, "short", "").await, Err(EnrolTrouble::NotACode)));
    let unknown = station.enrol(&url, "00000-00000", "").await;
    assert!(matches!(unknown, Err(EnrolTrouble::Site(_))), "{unknown:?}");
    let nobody = station.enrol("http://127.0.0.1:9", "00000-00000", "").await;
    assert!(matches!(nobody, Err(EnrolTrouble::Site(link::EnrolError::Offline))), "{nobody:?}");
    assert!(station.enrol("ftp://x", "00000-00000", "").await.is_err());
    assert!(!station.is_enrolled());
    let code = hall.site.code();
    station.enrol(&url, &code.to_lowercase(), "").await.unwrap();
    assert!(matches!(station.enrol(&url, &code, "").await, Err(EnrolTrouble::Already)));
}

#[tokio::test]
async fn a_damaged_view_is_fetched_again_and_a_damaged_enrolment_is_said() {
    let directory = tempfile::tempdir().unwrap();
    std::fs::write(directory.path().join("view.cbor"), b"\xff\xff").unwrap();
    let station = Station::open(directory.path()).unwrap();
    assert_eq!(station.stage(), Stage::Unplanned);
    std::fs::write(directory.path().join("site.cbor"), b"\xff").unwrap();
    let line = station.take_up_line();
    assert!(matches!(line, Err(EnrolTrouble::Disk(BelongingError::Damaged))));
}
