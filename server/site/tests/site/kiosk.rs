//! What a station's seekers said, at the booths: readable once its keys came beside its records.

use std::time::Duration;

use domain::day::{Day, Days};
use domain::event::{Channel, Event, SeekerRegistered, TicketIssued};
use domain::ids::{Hlc, Reference, Seq, ShortNumber};
use domain::matching::Wish;
use domain::sealed::{Contact, Profile};
use journal::{Draft, Kind, Record};
use link::Upstream;
use site::booths::card;
use store::{Decision, IncomingBatch, Machine, Options, Store};

use crate::given::Given;

/// A station that says what it is told to.
#[derive(Clone)]
struct Station;

impl Machine for Station {
    type Command = Vec<Draft>;
    type Answer = ();

    fn decide(&self, drafts: Vec<Draft>, _now: Hlc) -> Decision<()> {
        Decision { drafts, answer: () }
    }

    fn fold(&mut self, _record: &Record) {}

    fn judge(&self, _record: &Record) -> Option<()> {
        None
    }
}

fn draft(event: &Event, secrets: Vec<Vec<u8>>) -> Draft {
    let mut draft = Draft::new(Kind(event.kind()), event.payload());
    draft.secrets = secrets;
    draft
}

fn walk_in(reference: Reference, form_of_address: &str) -> Vec<Draft> {
    let today = Day::of_ms(office::now_ms());
    let issued = TicketIssued {
        reference,
        number: ShortNumber::of_serial(90_000).unwrap(),
        days: Days { first: today, last: today },
        channel: Channel::Kiosk,
        codes: [0; 2],
    };
    let registered = SeekerRegistered {
        reference,
        notice_version: 1,
        language: "zh".to_owned(),
        channel: Channel::Kiosk,
        purposes: Vec::new(),
        groups: Vec::new(),
    };
    let form_of_address = form_of_address.to_owned();
    let profile = Profile { form_of_address, wish: Wish::default() };
    let contact = minicbor::to_vec(Contact::default()).unwrap();
    let secrets = vec![contact, minicbor::to_vec(&profile).unwrap()];
    vec![draft(&issued.into(), Vec::new()), draft(&registered.into(), secrets)]
}

/// The form of address on the booths' card, once the rows have followed.
async fn addressed(given: &Given, reference: Reference) -> Option<String> {
    let store = &given.site.office.store;
    let views = store.views().unwrap();
    views.wait_for(store.position(), Duration::from_secs(30)).await.unwrap();
    let profile = card(&given.site, reference).unwrap().profile;
    profile.map(|profile| profile.form_of_address)
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booth_reads_how_a_walk_in_wants_to_be_addressed() {
    let given = Given::open().await;
    let directory = tempfile::tempdir().unwrap();
    let options = Options::new(directory.path(), "a test");
    let (station, _) = Store::open(options, Station, None).unwrap();
    let reference = Reference([9; 8]);
    station.run(walk_in(reference, "女士")).await.unwrap();
    let (origin, epoch) = (station.node(), station.epoch());
    let entries = station.entries(origin, epoch, Seq(1), 1 << 20).await.unwrap();
    let named = entries.iter().flat_map(|entry| entry.record().unwrap().sealed);
    let keys: Vec<_> =
        named.map(|named| (named.key, station.keys().get(named.key).unwrap())).collect();
    assert_eq!(keys.len(), 2);
    assert!(given.site.takes_keys());

    let bare = IncomingBatch::without_keys(origin, entries.clone());
    given.site.take(bare).await.unwrap().outcome.unwrap();
    assert_eq!(addressed(&given, reference).await, None);
    let whole = IncomingBatch { origin, entries, keys };
    given.site.take(whole).await.unwrap().outcome.unwrap();
    assert_eq!(addressed(&given, reference).await.as_deref(), Some("女士"));
}
