//! The fold's promise at headquarters: in whatever order the nodes' records arrive, each node's own
//! order kept, it ends with the same figures.

use std::collections::VecDeque;

use domain::command::Command;
use domain::event::{
    DeviceEnrolled, DeviceRevoked, Event, FairClosed, FairOpened, NodeReplaced, NodeRole,
    SiteFollowed,
};
use domain::ids::{Epoch, FairTag, Hlc, NodeId, Seq};
use domain::statistics::Statistics;
use domain::verdict::Stage;
use journal::{Flags, Kind, NodeKey, Record};
use office::Asked;
use proptest::prelude::*;
use store::Machine;

use super::fixture::{planned, walked_in};
use crate::machine::HqMachine;

fn records(origin: NodeId, events: Vec<(Option<FairTag>, Event)>) -> VecDeque<Record> {
    let record = |(seq, (fair, event)): (u64, (Option<FairTag>, Event))| Record {
        origin,
        epoch: Epoch(1),
        seq: Seq(seq),
        time: Hlc::from_ms(1_770_000_000_000 + seq),
        wall_ms: None,
        kind: Kind(event.kind()),
        actor: None,
        station: None,
        fair,
        flags: Flags::ENDS_TRANSACTION,
        payload: event.payload(),
        sealed: Vec::new(),
    };
    (1..).zip(events).map(record).collect()
}

fn device(key: &NodeKey, role: NodeRole) -> Event {
    let public_keys = key.public().to_bytes();
    DeviceEnrolled { node: key.node_id(), role, name: String::new(), public_keys }.into()
}

/// Two sites; one kiosk that the first enrolled, one that both did, one after the other; and a standby that
/// took the first's place.
fn streams() -> (NodeId, [NodeId; 3], Vec<VecDeque<Record>>) {
    let keys = [1_u8, 2, 3, 4, 5, 6].map(|seed| NodeKey::from_seed([seed; 32]));
    let [hq, first, second, kiosk, shared, standby] = &keys;
    let (one, two) = (FairTag([1; 4]), FairTag([2; 4]));
    let tagged = |tag, events: Vec<Event>| events.into_iter().map(move |it| (Some(tag), it));
    let untagged = |events: Vec<Event>| events.into_iter().map(|it| (None, it));
    let open: Event = FairOpened {}.into();
    let own = vec![device(first, NodeRole::Site), device(second, NodeRole::Site)];
    let of_first = vec![
        device(kiosk, NodeRole::Kiosk),
        device(shared, NodeRole::Kiosk),
        planned(one, 1),
        open.clone(),
        SiteFollowed {
            node: standby.node_id(),
            public_keys: standby.public().to_bytes(),
            address: String::new(),
        }
        .into(),
    ];
    let promoted: Event = NodeReplaced {
        node: standby.node_id(),
        before: vec![first.node_id()],
        missing: Vec::new(),
        public_keys: None,
    }
    .into();
    let closed = Event::from(FairClosed {});
    let of_standby = tagged(one, [vec![promoted], walked_in(5).into(), vec![closed]].concat());
    let of_second = vec![planned(two, 2), open, device(shared, NodeRole::Kiosk)];
    let of_shared = tagged(one, walked_in(1).into()).chain(tagged(two, walked_in(2).into()));
    let streams = vec![
        records(hq.node_id(), untagged(own).collect()),
        records(
            first.node_id(),
            untagged(of_first).chain(tagged(one, walked_in(3).into())).collect(),
        ),
        records(second.node_id(), untagged(of_second).collect()),
        records(kiosk.node_id(), tagged(one, walked_in(4).into()).collect()),
        records(shared.node_id(), of_shared.collect()),
        records(standby.node_id(), of_standby.collect()),
    ];
    (hq.node_id(), [first.node_id(), second.node_id(), standby.node_id()], streams)
}

proptest! {
    #[test]
    fn any_order_of_arrival_gives_the_same_figures(
        choices in proptest::collection::vec(any::<prop::sample::Index>(), 40),
    ) {
        let (hq, [first, second, standby], mut streams) = streams();
        let mut machine = HqMachine::new(hq);
        let mut choices = choices.into_iter();
        loop {
            streams.retain(|stream| !stream.is_empty());
            let Some(choice) = choices.next().filter(|_| !streams.is_empty()) else { break };
            let place = choice.index(streams.len());
            machine.fold(&streams[place].pop_front().unwrap());
        }
        prop_assert!(streams.is_empty());
        prop_assert_eq!(machine.waiting(), 0);
        let persons = [first, second].map(|site| {
            let statistics = Statistics::of_live(machine.site(site).unwrap().fair());
            (statistics.total.persons, statistics.total.tickets)
        });
        prop_assert_eq!(persons, [(4, 4), (1, 1)]);
        // The standby speaks for the first, whose line it ends; what either recorded the other gets from it.
        prop_assert_eq!(machine.site(standby).map(|site| site.fair().stage()), Some(Stage::Closed));
        prop_assert_eq!((machine.first_of_line(standby), machine.last_of_line(first)), (first, standby));
        prop_assert!(machine.trusts(standby) && machine.may_relay(standby, first));
        prop_assert!(!machine.may_relay(standby, second) && !machine.may_relay(second, standby));
        prop_assert!(!machine.gives_back(standby, first) && !machine.gives_back(first, standby));
        // Whoever ends the trust in the site ends it in both machines, and in nobody else.
        let ends = |node| {
            let command = Command::RevokeDevice(node, None);
            machine.decide(Asked { command, actor: None, device: None }, Hlc(0)).drafts
        };
        let ended: Vec<Vec<u8>> = ends(standby).into_iter().map(|draft| draft.payload).collect();
        let expected = [standby, first].map(|node| Event::from(DeviceRevoked { node }).payload());
        prop_assert_eq!(ended, expected);
        prop_assert!(ends(NodeId([9; 16])).is_empty());
    }

    #[test]
    fn any_payload_is_passed_over_without_panic(
        kind in 1_u16..300,
        payload in proptest::collection::vec(any::<u8>(), 0..100),
    ) {
        let mut machine = HqMachine::new(NodeId([9; 16]));
        let mut record = records(NodeId([1; 16]), vec![(None, FairOpened {}.into())]).remove(0).unwrap();
        record.kind = Kind(kind);
        record.payload = payload;
        machine.fold(&record);
        record.origin = NodeId([9; 16]);
        machine.fold(&record);
    }
}
