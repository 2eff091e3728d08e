use journal::{Entry, NodeKey};

use super::*;
use crate::batch::{Run, Withhold, pack};
use crate::model::{Memory, Receiver, node};
use crate::receiver::Trust;

fn memory(key: &NodeKey) -> (Memory, Stream) {
    let mut memory = Memory::default();
    let origin = key.node_id();
    memory.start(origin, Epoch(5), None);
    for text in 0..8 {
        memory.happen(key, vec![text]);
    }
    (memory, Stream { origin, epoch: Epoch(5) })
}

fn batch(
    from: &NodeKey,
    (memory, stream): (&Memory, Stream),
    first: u64,
    records: usize,
) -> Vec<u8> {
    let previous = memory.head_at(stream, Seq(first - 1));
    let entries: &[Entry] = memory.after(stream, previous.seq);
    let run = Run {
        audience: node(1).node_id(),
        store: StoreId([4; 16]),
        stream,
        previous,
        entries,
        max_records: records,
        withhold: Withhold::AllSealed,
        keys: &[],
    };
    pack(from, &run).unwrap().bytes
}

#[test]
fn only_the_batch_that_was_asked_for_is_taken() {
    let (key, upper) = (node(1), node(200));
    let (memory, stream) = memory(&key);
    let of = (&memory, stream);
    let range = Range { origin: stream.origin, epoch: stream.epoch, first: Seq(3), last: Seq(6) };
    let asked = Asked {
        own: key.node_id(),
        store: StoreId([4; 16]),
        from: upper.public(),
        origin: Some(key.public()),
    };
    let bytes = batch(&upper, of, 3, 3);
    let taken = open(asked, range, &bytes).unwrap();
    assert_eq!((taken.previous.seq, taken.last), (Seq(2), memory.head_at(stream, Seq(5))));
    let not_asked = |result: Result<Batch, PullError>| {
        assert_eq!(result.unwrap_err(), PullError::NotAsked);
    };
    not_asked(open(asked, range, &batch(&node(9), of, 3, 3)));
    not_asked(open(asked, range, &batch(&upper, of, 2, 3)));
    not_asked(open(asked, range, &batch(&upper, of, 3, 5)));
    not_asked(open(Asked { store: StoreId([5; 16]), ..asked }, range, &bytes));
    not_asked(open(Asked { own: NodeId([7; 16]), ..asked }, range, &bytes));
    not_asked(open(asked, Range { epoch: Epoch(6), ..range }, &bytes));
    for place in 0..bytes.len() {
        let mut changed = bytes.clone();
        changed[place] ^= 4;
        assert!(open(asked, range, &changed).is_err(), "byte {place}");
    }
}

#[test]
fn a_node_has_back_its_own_and_what_it_alone_brought() {
    struct Upper(Receiver, [NodeId; 2]);
    impl Directory for Upper {
        fn own(&self) -> NodeId {
            self.0.own()
        }
        fn store(&self) -> StoreId {
            self.0.store
        }
        fn trust(&self, node: NodeId) -> Trust {
            self.0.trust(node)
        }
        fn may_relay(&self, _: NodeId, _: NodeId) -> bool {
            true
        }
        fn brought(&self, sender: NodeId, origin: NodeId) -> bool {
            [sender, origin] == self.1
        }
        fn origin(&self, _: NodeId) -> Option<NodePublic> {
            None
        }
    }
    let (site, kiosk, other) = (node(1), node(2), node(3));
    let mut receiver = Receiver::new(&[&site, &other]);
    for (key, epoch) in [(&site, 5), (&site, 6), (&kiosk, 7), (&other, 8)] {
        receiver.memory.start(key.node_id(), Epoch(epoch), None);
    }
    let upper = Upper(receiver, [site.node_id(), kiosk.node_id()]);
    let (own, brought) = (site.node_id(), kiosk.node_id());
    assert!(may_pull(&upper, own, own) && may_pull(&upper, own, brought));
    assert!(!may_pull(&upper, own, other.node_id()) && !may_pull(&upper, other.node_id(), brought));
    let heads = &upper.0.memory.heads;
    let epochs = |sender: &NodeKey, named: &[StreamHead]| -> Vec<u64> {
        let held = beyond(&upper, heads, sender.node_id(), named);
        held.iter().map(|held| held.head.epoch.0).collect()
    };
    let mut all = epochs(&site, &[]);
    all.sort_unstable();
    assert_eq!(all, [5, 6, 7]);
    let named = StreamHead { origin: own, head: heads.head(own, Epoch(6)).unwrap() };
    assert!(!epochs(&site, &[named]).contains(&6));
    assert_eq!(epochs(&other, &[]), [8]);
    assert_eq!(epochs(&node(9), &[]), []);
}
