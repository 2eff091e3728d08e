//! Records of kinds, and with fields, that this version does not know travel from a station over a
//! site to headquarters byte for byte; what is sealed stays at the site.

#![expect(
    clippy::indexing_slicing,
    clippy::unwrap_used,
    reason = "a test stops at the first surprise, also in what it shares"
)]

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use domain::day::Day;
use domain::event::{Event, Method, SeekerCheckedIn};
use domain::ids::{Epoch, FairTag, Hlc, KeyId, NodeId, Seq};
use domain::ticket::TicketId;
use domain::verdict::Verdict;
use end_to_end::demo::fill_fair;
use end_to_end::journey::{
    Addresses, Figures, Nodes, headquarters, material, nodes::enrolment_code,
};
use end_to_end::wait;
use journal::sealing::{self, PartKey};
use journal::{
    Entry, EpochHead, Flags, Head, Heads, Kind, NodeKey, NodeStarted, Record, kind, verify,
};
use link::{Address, Hop, ReadFailure, Source, Uplink};
use serde_json::json;
use store::FileDisk;
use sync::Stream;
use sync::enrol::{Code, Role};
use tokio::sync::watch;

/// A kind that nobody has given a meaning yet.
const UNKNOWN: Kind = Kind(60_000);
const PART: KeyId = KeyId([0x5a; 16]);

/// A station of a later version: the records of one epoch, in memory.
struct Later {
    key: NodeKey,
    entries: Vec<Entry>,
    part_key: PartKey,
    changes: watch::Sender<u64>,
}

impl Later {
    fn new(fair: Option<FairTag>) -> Self {
        let key = NodeKey::from_seed([0x6c; 32]);
        let part_key = PartKey([0x21; 32]);
        let origin = key.node_id();
        let record = |seq, kind, payload| Record {
            origin,
            epoch: Epoch(77),
            seq: Seq(seq),
            time: Hlc::from_ms(1_772_676_000_000 + seq),
            // The last field that is known, so that what follows it is not.
            wall_ms: Some(1_772_675_000_000),
            kind,
            actor: None,
            station: None,
            fair,
            flags: Flags::ENDS_TRANSACTION,
            payload,
            sealed: Vec::new(),
        };
        let started = NodeStarted { parent: None, software: "9.0".to_owned() };
        let started = record(1, kind::NODE_STARTED, started.encode());
        let part = sealing::seal(PART, &part_key, UNKNOWN, [4; 24], "以后的机密".as_bytes());
        let mut unknown = record(2, UNKNOWN, vec![0x83, 1, 2, 3]);
        unknown.sealed = vec![sealing::reference(PART, &part)];
        let scan = Event::from(SeekerCheckedIn {
            reference: TicketId([9; 10]).reference(),
            day: Day::of_ms(store::wall_clock_ms()),
            method: Method::Scanner,
            verdict: Verdict::Welcome,
        });
        let known = record(3, Kind(scan.kind()), with_a_field(scan.payload()));
        let entries = vec![
            entry(&started, Vec::new()),
            entry(&unknown, vec![Some(part)]),
            with_trailing_fields(&entry(&known, Vec::new())),
        ];
        Self { key, entries, part_key, changes: watch::Sender::new(0) }
    }

    fn head(&self) -> Head {
        let start = Head::before(self.key.node_id(), Epoch(77));
        self.entries.iter().fold(start, |head, entry| head.extend(&entry.open))
    }
}

fn entry(record: &Record, sealed: Vec<Option<Vec<u8>>>) -> Entry {
    Entry::new(record, sealed).unwrap()
}

/// A payload (a small map) with one more field.
fn with_a_field(mut payload: Vec<u8>) -> Vec<u8> {
    assert!((0xa0..0xb7).contains(&payload[0]), "a map with few fields");
    payload[0] += 1;
    payload.extend([0x18, 200, 0x63, b'n', b'e', b'w']);
    payload
}

/// An open part (a small array) with two more fields.
fn with_trailing_fields(entry: &Entry) -> Entry {
    let mut open = entry.open.clone();
    assert!((0x80..0x96).contains(&open[0]), "an array with few fields");
    open[0] += 2;
    open.extend([0x65, b'l', b'a', b't', b'e', b'r', 0x82, 1, 2]);
    Entry { open, sealed: entry.sealed.clone() }
}

impl Source for Later {
    fn key(&self) -> &NodeKey {
        &self.key
    }

    fn own(&self) -> Stream {
        Stream { origin: self.key.node_id(), epoch: Epoch(77) }
    }

    fn heads(&self) -> Heads {
        let mut heads = Heads::new();
        let head = self.head();
        heads.set(self.key.node_id(), EpochHead { head, parent: None, ended: head.seq });
        heads
    }

    fn changes(&self) -> watch::Receiver<u64> {
        self.changes.subscribe()
    }

    async fn sign(&self) {}

    fn holds_keys(&self) -> bool {
        true
    }

    fn part_key(&self, name: KeyId) -> Option<PartKey> {
        (name == PART).then(|| self.part_key.clone())
    }

    async fn erase(&self, _names: Vec<KeyId>) -> bool {
        true
    }

    async fn run(
        &self,
        _stream: Stream,
        after: Head,
        _max_bytes: usize,
    ) -> Result<Vec<Entry>, ReadFailure> {
        let from = usize::try_from(after.seq.0).unwrap();
        Ok(self.entries[from..].to_vec())
    }
}

/// Entries of one origin in a stopped node's journal, by their numbers.
fn held(data: &Path, origin: NodeId) -> BTreeMap<u64, Entry> {
    let disk = FileDisk::open(data).unwrap();
    let mut found = BTreeMap::new();
    verify::each(&disk, |entry, _| {
        let view = entry.view().unwrap();
        if view.origin == origin {
            found.insert(view.seq.0, entry.to_entry());
        }
    })
    .unwrap();
    found
}

#[tokio::test]
async fn what_is_not_known_travels_unchanged_and_what_is_sealed_stays_at_the_site() {
    let directory = tempfile::tempdir().unwrap();
    let mut nodes = Nodes::start(directory.path(), &Addresses::free()).await.unwrap();
    fill_fair(&nodes.organiser, material::small_workbook().unwrap()).await.unwrap();
    headquarters::enrol_site(&nodes).await.unwrap();
    let asked = json!({ "role": "kiosk", "name": "后来" });
    let code = enrolment_code(&nodes.organiser, &asked).await.unwrap();
    let code = Code::parse(&code).unwrap();
    let address = Address::parse(nodes.site.process.url(), None).unwrap();
    let what = (Role::Kiosk, "后来", "9.0");
    let key = NodeKey::from_seed([0x6c; 32]);
    let enrolment = link::enrol(&address, &code, &key, what).await.unwrap();

    let later = Arc::new(Later::new(enrolment.statement.fair));
    let options = link::Options {
        address,
        receiver: enrolment.issuer,
        hop: Hop::Lan,
        software: "9.0".to_owned(),
        views: None,
        origins: None,
    };
    let uplink = Uplink::start(Arc::clone(&later), options).unwrap();
    let mut status = uplink.status();
    let delivered = status.wait_for(|status| status.sync.all_delivered());
    tokio::time::timeout(Duration::from_secs(20), delivered).await.unwrap().unwrap();
    uplink.stop().await;
    // The field that is not known keeps nobody from counting the check-in.
    wait::until_true("headquarters' count", Duration::from_secs(20), async || {
        Ok(Figures::of_headquarters(&nodes.clerk).await?.entries == 1)
    })
    .await
    .unwrap();
    nodes.stop().await.unwrap();

    let origin = later.key.node_id();
    let at_site = held(&nodes.site.data, origin);
    let at_hq = held(&nodes.hq.data, origin);
    assert_eq!(at_site.len(), 3);
    for (seq, sent) in (1..).zip(&later.entries) {
        assert_eq!(at_site[&seq], *sent, "record {seq} at the site");
        assert_eq!(at_hq[&seq].open, sent.open, "record {seq} at headquarters");
        assert!(at_hq[&seq].sealed.iter().all(Option::is_none), "record {seq} is withheld");
    }
    assert_eq!(at_hq[&2].sealed.len(), 1);
}
