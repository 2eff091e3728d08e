//! The writer without its thread.

use std::future::Future;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::task::{Context, Poll, Waker};
use std::time::Duration;

use journal::disk::MemoryDisk;
use journal::kind;
use store::{Opening, Step, StillStore, StoreError, World};

use crate::toy::{Answer, Command, Toy, numbers, opening};

/// A clock that is set by hand, and chance that is none.
#[derive(Default)]
struct Standing {
    now_ms: AtomicU64,
    drawn: AtomicU64,
}

impl World for Standing {
    fn wall_ms(&self) -> u64 {
        1_000
    }

    fn elapsed(&self) -> Duration {
        Duration::from_millis(self.now_ms.load(Ordering::Relaxed))
    }

    fn fill(&self, bytes: &mut [u8]) -> Result<(), StoreError> {
        for byte in bytes {
            *byte = self.drawn.fetch_add(1, Ordering::Relaxed).to_le_bytes()[0];
        }
        Ok(())
    }
}

fn still(disk: &MemoryDisk, world: &Arc<Standing>) -> StillStore<Toy, MemoryDisk> {
    let world: Arc<dyn World> = Arc::<Standing>::clone(world);
    Opening { world, ..opening(disk.clone()) }.open_still(Toy::default()).unwrap()
}

fn poll<F: Future>(future: std::pin::Pin<&mut F>) -> Poll<F::Output> {
    future.poll(&mut Context::from_waker(Waker::noop()))
}

#[test]
fn nothing_is_written_or_answered_before_the_step() {
    let (disk, world) = (MemoryDisk::new(), Arc::default());
    let StillStore { store, mut still, .. } = still(&disk, &world);
    let before = disk.calls_made();
    let mut first = pin!(store.run(Command::Add(1)));
    let mut second = pin!(store.run(Command::Add(2)));
    assert!(poll(first.as_mut()).is_pending() && poll(second.as_mut()).is_pending());
    assert_eq!((disk.calls_made(), numbers(&store)), (before, vec![]));
    assert_eq!(still.step(), Step::Worked);
    assert_eq!(disk.calls_made().1, before.1 + 1, "one sync for both");
    assert!(matches!(poll(first.as_mut()), Poll::Ready(Ok(Answer::Added))));
    assert!(matches!(poll(second.as_mut()), Poll::Ready(Ok(Answer::Added))));
    assert_eq!((still.step(), numbers(&store)), (Step::Idle, vec![1, 2]));
}

#[test]
fn a_quiet_beat_signs_and_a_closed_store_ends() {
    let (disk, world) = (MemoryDisk::new(), Arc::<Standing>::default());
    let StillStore { store, mut still, .. } = still(&disk, &world);
    let due = still.due_at().unwrap();
    assert_eq!((due, still.step()), (Duration::from_secs(1), Step::Idle));
    world.now_ms.store(1_000, Ordering::Relaxed);
    assert_eq!((still.step(), still.due_at()), (Step::Worked, None));
    let head = store.status().own_head.unwrap();
    let last = store.reader().read(store.node(), store.epoch(), head.seq, 1_000).unwrap();
    assert_eq!(last[0].record().unwrap().kind, kind::CHECKPOINT);
    drop(store);
    assert_eq!((still.step(), still.step()), (Step::Ended, Step::Ended));
}

#[test]
fn the_same_world_gives_the_same_disk() {
    let make = || {
        let (disk, world) = (MemoryDisk::new(), Arc::default());
        let StillStore { store, mut still, .. } = still(&disk, &world);
        let mut run = pin!(store.run(Command::Keep("a secret")));
        assert!(poll(run.as_mut()).is_pending());
        still.step();
        ["00000001.log", "keyring.a", "node.key"].map(|name| disk.contents(name).unwrap())
    };
    assert_eq!(make(), make());
}
