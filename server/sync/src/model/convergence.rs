//! Whatever happens on the way, every record arrives once and is the record that was sent.

use proptest::prelude::*;

use super::*;
use crate::sender::Input;

const STORM: Weather =
    Weather { lost: 20, answer_lost: 20, doubled: 30, damaged: 10, nonsense: 10 };

fn count(chance: &mut Chance, most: usize) -> usize {
    usize::try_from(chance.up_to(u64::try_from(most).unwrap())).unwrap()
}

/// A site with its own records and those of its kiosks, each with a few epochs.
fn site(chance: &mut Chance) -> (Vec<NodeKey>, Memory) {
    let mut memory = Memory::default();
    let keys: Vec<NodeKey> =
        (1..=2 + count(chance, 9)).map(|it| node(u8::try_from(it).unwrap())).collect();
    for key in &keys {
        for _ in 0..=chance.up_to(3) {
            let epoch = Epoch(chance.up_to(u64::MAX));
            memory.start(key.node_id(), epoch, memory.heads.latest(key.node_id()));
            some_records(&mut memory, key, chance);
        }
    }
    (keys, memory)
}

fn some_records(memory: &mut Memory, key: &NodeKey, chance: &mut Chance) {
    for number in 0..chance.up_to(20) {
        memory.happen(key, number.to_be_bytes().repeat(count(chance, 5)));
        if chance.up_to(5) == 0 {
            memory.checkpoint(key);
        }
    }
}

fn world(seed: u64) -> (World, Vec<NodeKey>) {
    let mut chance = Chance::new(seed);
    let (keys, memory) = site(&mut chance);
    let receiver = Receiver::new(&keys.iter().collect::<Vec<_>>());
    (World::new(node(1), memory, receiver, seed), keys)
}

fn settle(world: &mut World, steps: usize) -> bool {
    for _ in 0..steps {
        if world.sender.status().all_delivered() {
            return true;
        }
        world.advance();
    }
    false
}

/// One whole run: storm, work going on, the receiver restored from a backup, then fair weather.
fn run(seed: u64) -> (World, Vec<u64>) {
    let (mut world, keys) = world(seed);
    let mut trace = Vec::new();
    world.weather = STORM;
    for step in 0..300 {
        world.advance();
        trace.push(world.now_ms);
        if step % 20 == 7 {
            let key = &keys[count(&mut world.chance, keys.len() - 1)];
            let mut chance = Chance::new(seed ^ step);
            some_records(&mut world.memory, key, &mut chance);
            world.heads_grew();
        }
        if step == 150 {
            let kept = count(&mut world.chance, world.receiver.memory.arrivals.len());
            world.receiver.memory = world.receiver.memory.restored(kept);
            world.receiver.store = StoreId([2; 16]);
        }
    }
    world.weather = FAIR;
    (world, trace)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn every_record_arrives_once_whatever_happened(seed in any::<u64>()) {
        let (mut world, _) = run(seed);
        let healed_ms = world.now_ms;
        prop_assert!(settle(&mut world, 5_000), "{:#?}", world.sender.status());
        // Parked streams are tried again after ten minutes, in at most a few rounds.
        prop_assert!(world.now_ms - healed_ms < 3_600_000);
        prop_assert_eq!(&world.receiver.memory.streams, &world.memory.streams);
    }

}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_same_seed_gives_the_same_run(seed in any::<u64>()) {
        let (first, first_trace) = run(seed);
        let (second, second_trace) = run(seed);
        prop_assert_eq!(first_trace, second_trace);
        prop_assert_eq!(first.receiver.memory.arrivals, second.receiver.memory.arrivals);
    }
}

#[test]
fn a_receiver_that_lost_its_tail_gets_it_again() {
    let (mut world, _) = world(11);
    assert!(settle(&mut world, 5_000));
    let half = world.receiver.memory.arrivals.len() / 2;
    world.receiver.memory = world.receiver.memory.restored(half);
    world.receiver.store = StoreId([9; 16]);
    assert!(world.sender.status().all_delivered(), "nobody has told the sender yet");
    world.step(Input::Retry);
    world.advance();
    assert!(!world.sender.status().all_delivered(), "a hello tells it");
    assert!(settle(&mut world, 5_000));
    assert_eq!(world.receiver.memory.streams, world.memory.streams);
}

#[test]
fn without_a_fault_nothing_is_sent_twice() {
    let (mut world, _) = world(3);
    assert!(settle(&mut world, 5_000));
    let records: usize = world.memory.streams.values().map(Vec::len).sum();
    let least: usize = world.memory.streams.values().map(|run| run.len().div_ceil(7)).sum();
    assert_eq!(world.receiver.memory.arrivals.len(), records);
    assert_eq!(world.batches, least);
}

#[test]
fn a_cloned_disk_parks_its_stream_and_the_others_go_on() {
    let (mut world, keys) = world(5);
    assert!(settle(&mut world, 5_000));
    // The receiver has other records under the next names: those of a copy of this very disk.
    let clone = &keys[1];
    let mut other = world.memory.clone();
    other.happen(clone, b"other".to_vec());
    let head = other.heads.latest(clone.node_id()).unwrap();
    let stream = Stream { origin: clone.node_id(), epoch: head.epoch };
    let entry = other.streams[&stream].last().unwrap().clone();
    world.receiver.memory.append(clone.node_id(), entry);
    world.memory.happen(clone, b"mine".to_vec());
    world.memory.happen(clone, b"mine too".to_vec());
    world.memory.happen(&keys[0], b"healthy".to_vec());
    world.heads_grew();
    for _ in 0..200 {
        world.advance();
    }
    let status = world.sender.status();
    assert!(!status.all_delivered());
    assert!(status.streams[&stream].parked);
    assert_eq!(status.worst().unwrap().code(), "sync_fork");
    let parked = status.streams.values().filter(|stream| stream.parked).count();
    assert_eq!(parked, 1);
    // Nothing was grafted onto the other line.
    assert_eq!(world.receiver.memory.streams[&stream], other.streams[&stream]);
    let healthy = world.memory.heads.latest(keys[0].node_id());
    assert_eq!(world.receiver.memory.heads.latest(keys[0].node_id()), healthy);
}
