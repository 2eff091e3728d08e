//! The writer without its thread: whoever holds it says when it works. For simulations.
//!
//! A step is one turn of the thread, by the same code; only the waiting is left out.

use std::sync::mpsc::{Receiver, TryRecvError};
use std::time::Duration;

use journal::Disk;

use crate::jobs::Job;
use crate::machine::Machine;
use crate::writer::{After, BEAT, Next, Writer};

/// A store's writer that works when told to.
pub struct Still<M: Machine, D: Disk> {
    running: Option<Running<M, D>>,
}

struct Running<M: Machine, D: Disk> {
    writer: Writer<M, D>,
    queue: Receiver<Job<M>>,
    /// When it last did something.
    moved_at: Duration,
}

/// What a step came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// A group was done, or what was due in a quiet moment.
    Worked,
    /// Nothing waits, and nothing is due yet.
    Idle,
    /// It was closed, abandoned, or failed: [`crate::Store::stopped`] says why.
    Ended,
}

impl<M: Machine, D: Disk> Still<M, D> {
    pub(crate) fn new(writer: Writer<M, D>, queue: Receiver<Job<M>>) -> Self {
        let moved_at = writer.line.world.elapsed();
        Self { running: Some(Running { writer, queue, moved_at }) }
    }

    /// One turn of the writer: all that waits, as far as it fits one group; or, when nothing came
    /// for a beat, what is due in a quiet moment.
    pub fn step(&mut self) -> Step {
        let Some(mut running) = self.running.take() else { return Step::Ended };
        let now = running.writer.line.world.elapsed();
        let quiet = now.saturating_sub(running.moved_at) >= BEAT && running.writer.wants_quiet();
        let next = match running.queue.try_recv() {
            Ok(job) => Next::Job(job),
            Err(TryRecvError::Disconnected) => Next::Abandoned,
            Err(TryRecvError::Empty) if quiet => Next::Quiet,
            Err(TryRecvError::Empty) => {
                self.running = Some(running);
                return Step::Idle;
            }
        };
        match running.writer.turn(next, &running.queue) {
            After::GoOn => {
                running.moved_at = now;
                self.running = Some(running);
                Step::Worked
            }
            After::Close(reply) => {
                running.writer.close(reply);
                Step::Ended
            }
            After::End => Step::Ended,
        }
    }

    /// When the writer is due again though nobody asks, in [`crate::World::elapsed`]; `None` when
    /// never.
    #[must_use]
    pub fn due_at(&self) -> Option<Duration> {
        let running = self.running.as_ref()?;
        running.writer.wants_quiet().then(|| running.moved_at + BEAT)
    }
}
