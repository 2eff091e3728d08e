//! A stolen kiosk is no organiser: what its journal says beyond a station's own kinds is kept and
//! changes nothing.

use domain::day::{Day, Days};
use domain::event::{
    AccountCreated, BoothAssigned, Channel, ConsultationRecorded, DeviceEnrolled, DeviceRevoked,
    Event, FairClosed, FairOpened, FairPlanned, HeadquartersLinked, NodeReplaced, NodeRole,
    NumbersGranted, ShiftStarted, TicketIssued, TicketKeyDrawn, TicketRevoked,
};
use domain::fair::Fair;
use domain::ids::{
    AccountId, ConsultationId, EmployerId, Epoch, FairTag, Hlc, NodeId, Reference, Seq, ShortNumber,
};
use domain::role::Role;
use journal::{Flags, Kind, Record};
use office::OfficeMachine;
use site::machine::FairMachine;
use store::Machine;

const SITE: NodeId = NodeId([1; 16]);
const KIOSK: NodeId = NodeId([2; 16]);
const DAYS: Days = Days { first: Day(2_255), last: Day(2_255) };

fn record(origin: NodeId, event: &Event) -> Record {
    Record {
        origin,
        epoch: Epoch(1),
        seq: Seq(1),
        time: Hlc::from_ms(DAYS.first.start_ms()),
        wall_ms: None,
        kind: Kind(event.kind()),
        actor: None,
        station: None,
        fair: None,
        flags: Flags::ENDS_TRANSACTION,
        payload: event.payload(),
        sealed: Vec::new(),
    }
}

fn of_the_site() -> Vec<Event> {
    let account = AccountId([3; 8]);
    vec![
        FairPlanned {
            fair: FairTag([1; 4]),
            name: "another".to_owned(),
            place: "elsewhere".to_owned(),
            district: 210_202,
            days: DAYS,
            address: "http://elsewhere".to_owned(),
            entry_limit: None,
        }
        .into(),
        TicketKeyDrawn { generation: 0 }.into(),
        FairOpened {}.into(),
        FairClosed {}.into(),
        BoothAssigned { booth: "A01".parse().unwrap(), employer: EmployerId([4; 8]) }.into(),
        TicketRevoked { reference: Reference([5; 8]) }.into(),
        AccountCreated { account, role: Role::Organiser, booth: None }.into(),
        ShiftStarted { account, desk: 1 }.into(),
        ConsultationRecorded {
            consultation: ConsultationId([6; 8]),
            serial: 1,
            day: DAYS.first,
            desk: 1,
            category: 1,
            outcome: 1,
            minutes: 1,
            anonymous: true,
        }
        .into(),
        DeviceEnrolled {
            node: NodeId([7; 16]),
            role: NodeRole::Kiosk,
            name: "mine".to_owned(),
            public_keys: [0; 64],
        }
        .into(),
        DeviceRevoked { node: SITE }.into(),
        NumbersGranted { node: KIOSK, first_serial: 10_000, count: 90_000 }.into(),
        HeadquartersLinked {
            address: "http://elsewhere".to_owned(),
            node: KIOSK,
            public_keys: [0; 64],
            fair: None,
        }
        .into(),
    ]
}

#[test]
fn what_only_the_site_may_say_counts_from_nobody_else() {
    for event in of_the_site() {
        let mut machine = FairMachine::new(SITE);
        machine.fold(&record(KIOSK, &event));
        assert_eq!(machine.fair(), &Fair::default(), "{event:?}");
        assert!(machine.changes().is_empty() && machine.key_records().is_empty());
        assert_eq!(machine.overreaching(), 1);
        machine.fold(&record(SITE, &event));
        assert_ne!(machine.fair(), &Fair::default(), "{event:?}");
    }
}

/// The order is that of the standby's journal; with what it says itself it waits for a human.
#[test]
fn a_standby_hears_its_site_server_and_itself_from_its_promotion_on() {
    let (standby, lost) = (NodeId([3; 16]), NodeId([4; 16]));
    let promotion = Event::from(NodeReplaced {
        node: standby,
        before: vec![SITE, lost],
        missing: Vec::new(),
        public_keys: None,
    });
    for event in of_the_site() {
        for origin in [SITE, lost] {
            let mut machine = FairMachine::following(standby, vec![SITE, lost]);
            machine.fold(&record(standby, &event));
            assert_eq!((machine.fair(), machine.overreaching()), (&Fair::default(), 1));
            machine.fold(&record(KIOSK, &promotion));
            assert_eq!((machine.follows(), machine.is_promoted()), (Some(SITE), false));
            machine.fold(&record(standby, &promotion));
            assert_eq!((machine.follows(), machine.is_promoted()), (None, true));
            // Its own, and what the other recorded and comes late.
            let promoted = machine.clone();
            machine.fold(&record(standby, &event));
            assert_ne!(machine.fair(), promoted.fair(), "{event:?}");
            machine = promoted.clone();
            machine.fold(&record(origin, &event));
            assert_ne!(machine.fair(), promoted.fair(), "{event:?}");
        }
    }
}

#[test]
fn a_station_hands_out_tickets() {
    let number = ShortNumber::of_serial(10_000).unwrap();
    let reference = Reference([5; 8]);
    let issued =
        TicketIssued { reference, number, days: DAYS, channel: Channel::Kiosk, codes: [0; 2] };
    let mut machine = FairMachine::new(SITE);
    machine.fold(&record(KIOSK, &issued.into()));
    assert_eq!(machine.overreaching(), 0);
    assert_eq!(machine.fair().live().by_number(number), Some(reference));
}
