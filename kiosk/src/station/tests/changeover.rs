//! A station with two machines: the site server, and a standby that waits or was promoted.

use std::sync::Arc;

use domain::event::FairOpened;

use super::*;

/// A hall whose site server told the station of its standby, which holds nothing of the station yet.
async fn with_standby() -> (Hall, Arc<FakeSite>) {
    let hall = Hall::open().await;
    let standby = hall.site.standby();
    standby.learn(settings(Stage::Open).fair).await;
    standby.learn(FairOpened {}).await;
    standby.tell(settings(Stage::Open), Vec::new());
    let told = StationSettings { standby: Some(standby.named()), ..settings(Stage::Open) };
    hall.site.tell(told, Vec::new());
    hall.until(|station| station.status().other_address == Some(standby.url())).await;
    (hall, standby)
}

fn is_at(station: &Station, site: &FakeSite) -> bool {
    let status = station.status();
    status.link == LinkWord::Online && status.site_address == Some(site.url())
}

fn of_station(site: &FakeSite) -> usize {
    let own = |event: &&Event| matches!(event, Event::SeekerCheckedIn(_) | Event::TicketIssued(_));
    site.events().iter().filter(own).count()
}

#[tokio::test]
async fn a_standby_that_was_not_promoted_gets_nothing_and_the_staff_are_told() {
    let (hall, standby) = with_standby().await;
    // Nobody comes, and it is found out all the same.
    hall.site.go_away();
    hall.until(|station| station.status().trouble == Some("sync_standby_waits")).await;
    assert_eq!(hall.station().status().link, LinkWord::Offline);
    let scanned = scan(&hall, &address(&ticket(1))).await;
    assert_eq!((scanned.verdict, scanned.decided_by), (Verdict::Welcome, DecidedBy::Station));

    // Where the standby is lies on the disk: also a station that starts now asks it.
    let hall = hall.restart().await;
    hall.until(|station| station.status().trouble == Some("sync_standby_waits")).await;
    standby.go_away();
    hall.until(|station| station.status().trouble == Some("sync_offline")).await;
    standby.come_back();

    hall.site.come_back();
    hall.until(|station| station.status().all_delivered && is_at(station, &hall.site)).await;
    assert_eq!(hall.station().status().trouble, None);
    assert_eq!((of_station(&hall.site), of_station(&standby)), (1, 0));
}

#[tokio::test]
async fn a_promoted_standby_is_found_and_stayed_with_and_gets_everything() {
    let (hall, standby) = with_standby().await;
    scan(&hall, &address(&ticket(1))).await;
    hall.until(|station| station.status().all_delivered).await;
    hall.site.go_away();
    let guest = hall.station().walk_in(Some("女士"), "zh").await.unwrap();
    standby.promote();
    hall.until(|station| is_at(station, &standby) && station.status().all_delivered).await;
    assert_eq!(of_station(&standby), 3, "what the other one had as well");
    assert_eq!(forms_of_address(&hall, &standby).await, ["女士"]);
    hall.until(|station| station.store.keys().count() == 0).await;
    let scanned = scan(&hall, &address(&ticket(2))).await;
    assert_eq!((scanned.verdict, scanned.decided_by), (Verdict::Welcome, DecidedBy::Site));
    let next = hall.station().walk_in(None, "zh").await.unwrap();
    assert_ne!(next.number, guest.number);

    // Both answer now: it stays, over a start as well.
    hall.site.come_back();
    let hall = hall.restart().await;
    hall.until(|station| is_at(station, &standby) && station.status().all_delivered).await;
    assert_eq!(hall.station().status().other_address, Some(hall.site.url()));
    let scanned = scan(&hall, &address(&ticket(3))).await;
    assert_eq!(scanned.decided_by, DecidedBy::Site);
    assert_eq!(of_station(&hall.site), 1, "nothing went to both");

    // The first one is again the one that is reached, and the other is not.
    standby.go_away();
    hall.until(|station| is_at(station, &hall.site) && station.status().all_delivered).await;
    assert_eq!(of_station(&hall.site), of_station(&standby));
}

/// A site server that came back and heard that it was superseded is left, though it answers.
#[tokio::test]
async fn who_says_that_it_takes_nothing_is_left_for_who_does() {
    let (hall, standby) = with_standby().await;
    standby.promote();
    assert!(is_at(hall.station(), &hall.site), "both answer: it stays");
    hall.site.supersede();
    hall.until(|station| is_at(station, &standby)).await;
}
