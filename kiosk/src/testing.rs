//! A fair for tests: a site behind a real socket that judges, delays and can be gone, a station
//! enrolled there, and tickets.

mod site;

use std::sync::Arc;
use std::time::Duration;

use domain::codes::Occupation;
use domain::day::{Day, Days};
use domain::employer::{BoothNumber, EmploymentType, Place, Posting};
use domain::event::{FairOpened, FairPlanned};
use domain::ids::{EmployerId, FairTag, PostingId};
use domain::matching::{Wanted, Wish};
use domain::station::{BoothLine, StationSettings};
use domain::ticket::{Ticket, TicketId, TicketKey};
use domain::verdict::Stage;
use tempfile::TempDir;

pub(crate) use site::FakeSite;

use crate::kiosk::Kiosk;
use crate::station::Station;

/// The fair's ticket key.
pub(crate) const KEY: TicketKey = TicketKey([7; 32]);
const FAIR: FairTag = FairTag([1, 2, 3, 4]);

/// A site, a station, and where it lives.
pub(crate) struct Hall {
    pub(crate) site: Arc<FakeSite>,
    pub(crate) kiosk: Arc<Kiosk>,
    directory: TempDir,
}

/// Today, by the machine's clock.
pub(crate) fn today() -> Day {
    Day::of_ms(store::wall_clock_ms())
}

/// What a ticket says of a seeker who looks for work as a cleaner or whatever comes first.
pub(crate) fn codes() -> [u8; 2] {
    let wish = Wish { wanted: vec![Wanted::Occupation(occupation())], ..Wish::default() };
    wish.to_codes()
}

fn occupation() -> Occupation {
    Occupation::all().next().unwrap()
}

/// A ticket of this fair.
pub(crate) fn ticket(id: u8) -> Ticket {
    Ticket {
        generation: 0,
        rehearsal: false,
        fair: FAIR,
        id: TicketId([id; 10]),
        days: Days { first: today(), last: today().plus(1) },
        codes: codes(),
    }
}

/// The address in its QR code.
pub(crate) fn address(ticket: &Ticket) -> String {
    format!("HTTP://10.0.0.1:8080/T/{}", ticket.text(&KEY).unwrap())
}

/// The fair as the site tells it.
pub(crate) fn settings(stage: Stage) -> StationSettings {
    let booth = BoothNumber::new('A', 12).unwrap();
    let employer = EmployerId([1; 8]);
    StationSettings {
        fair: FairPlanned {
            fair: FAIR,
            name: "春风送岗专场招聘会".to_owned(),
            place: "体育馆".to_owned(),
            district: 210_204,
            days: Days { first: today(), last: today().plus(1) },
            address: "http://10.0.0.1:8080".to_owned(),
            entry_limit: None,
        },
        stage,
        booths: vec![BoothLine { booth, employer, name: "海川机械".to_owned() }],
        postings: vec![Posting {
            id: PostingId([1; 8]),
            employer,
            title: "操作工".to_owned(),
            occupation: Some(occupation()),
            openings: 3,
            employment: EmploymentType::FullTime,
            pay: None,
            education_min: None,
            place: Place::default(),
            conditions: domain::employer::Conditions::default(),
            valid_until: None,
            text: String::new(),
        }],
        generation: 0,
        numbers: vec![(20_000, 2)],
        station_name: "东门1号机".to_owned(),
        stations: Vec::new(),
        standby: None,
    }
}

impl Hall {
    /// A station enrolled at a site whose fair is open.
    pub(crate) async fn open() -> Self {
        let hall = Self::strangers();
        hall.site.learn(settings(Stage::Open).fair).await;
        hall.site.learn(FairOpened {}).await;
        hall.site.tell(settings(Stage::Open), Vec::new());
        hall.enrol().await;
        let settled =
            |station: &Station| station.settings(|known| known.is_some()) && !station.is_island();
        hall.until(settled).await;
        hall
    }

    /// A site and a station that never met.
    pub(crate) fn strangers() -> Self {
        let directory = tempfile::tempdir().unwrap();
        let station = Station::open(directory.path()).unwrap();
        Self { site: FakeSite::serve(), kiosk: Kiosk::new(station), directory }
    }

    async fn enrol(&self) {
        let code = self.site.code();
        self.station().enrol(&self.site.url(), &code, "").await.unwrap();
    }

    pub(crate) fn station(&self) -> &Arc<Station> {
        &self.kiosk.station
    }

    /// Waits until something holds of the station, at most thirty seconds.
    pub(crate) async fn until(&self, holds: impl Fn(&Station) -> bool) {
        for _ in 0..3_000 {
            if holds(self.station()) {
                return;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
        panic!("it never came to hold: {:?}", self.station().status());
    }

    /// Whether these bytes lie in any of the station's files.
    pub(crate) fn has_in_a_file(&self, bytes: &[u8]) -> bool {
        let mut left = vec![self.directory.path().to_owned()];
        while let Some(path) = left.pop() {
            if path.is_dir() {
                left.extend(std::fs::read_dir(path).unwrap().map(|inside| inside.unwrap().path()));
            } else if std::fs::read(path).unwrap().windows(bytes.len()).any(|part| part == bytes) {
                return true;
            }
        }
        false
    }

    /// The station's process ends and starts again, on the same disk.
    pub(crate) async fn restart(self) -> Self {
        let Self { site, kiosk, directory } = self;
        kiosk.station.close().await;
        drop(kiosk);
        let station = Station::open(directory.path()).unwrap();
        assert!(station.take_up_line().unwrap());
        Self { site, kiosk: Kiosk::new(station), directory }
    }
}
