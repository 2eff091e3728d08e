//! What is missing at one end and there at the other: asked back, or sent once more.

use domain::ids::Seq;
use journal::Head;
use link::Source;
use sync::batch::{Run, pack};
use sync::pull::{self, Asked, PullAnswer};
use sync::{BatchAnswer, Input, Range, limits};

use crate::door::encode;
use crate::line::{Fault as Trouble, Pending};
use crate::net::Path;
use crate::node::{Doing, Done, Task};
use crate::oracle::{Checked, broken};
use crate::simulation::Simulation;

impl Simulation {
    /// Asks the receiver for records.
    pub(crate) fn ask_back(&mut self, node: usize, range: Range) -> Checked {
        let Some(life) = self.life(node) else { return Ok(()) };
        let (store, own) = (life.store.status().store, life.store.own());
        let asking = life.line.as_mut().filter(|_| range.stream() != own);
        let envelope = asking.and_then(|line| line.envelope(Path::Pull, encode(&(range, store))));
        let Some((envelope, key)) = envelope else {
            return self.drive(node, Input::Pulled(range, None));
        };
        self.ask(node, envelope, Pending::Pull(range), Some(key));
        Ok(())
    }

    /// Records came back, or not.
    pub(crate) fn came_back(
        &mut self,
        node: usize,
        range: Range,
        answer: Result<PullAnswer, Trouble>,
    ) -> Checked {
        let Some(life) = self.life(node) else { return Ok(()) };
        let Some(line) = &life.line else { return Ok(()) };
        let Ok(PullAnswer::Batch(bytes)) = answer else {
            return self.drive(node, Input::Pulled(range, None));
        };
        let own = life.store.key().public();
        let origin = (own.node_id() == range.origin).then_some(own);
        let store = life.store.status().store;
        let asked = Asked { own: own.node_id(), store, from: line.receiver, origin };
        match pull::open(asked, range, &bytes) {
            Ok(batch) => {
                let store = life.store.clone();
                let taking = async move { Done::TakenBack(store.take_back(batch).await) };
                self.begin(node, Task::new(Doing::TakingBack(range), taking))
            }
            Err(error) => broken!("what node {node} asked back is refused: {error}"),
        }
    }

    /// Sends records that the receiver lost.
    pub(crate) fn resend(&mut self, node: usize, range: Range) -> Checked {
        let around = std::sync::Arc::clone(&self.node(node).around);
        let none = Input::Resent(range, None);
        let Some(life) = self.life(node) else { return Ok(()) };
        let (stream, bytes) = (range.stream(), limits::BATCH_RAW_BYTES);
        let run = link::run_from(&mut life.store.reader(), stream, range.first, bytes);
        let Some((previous, entries)) = run else { return self.drive(node, none) };
        let Some(line) = life.line.as_mut() else { return Ok(()) };
        let Some(store) = line.greeted_store else { return self.drive(node, none) };
        let (wrapped, records) = line.wrap(&life.store, &around, &entries);
        let most = usize::try_from(range.last.0 - range.first.0).unwrap_or(0) + 1;
        let run = Run {
            audience: line.receiver.node_id(),
            store,
            stream,
            previous,
            entries: &entries,
            max_records: most.min(records),
            withhold: line.withhold(),
            keys: &wrapped,
        };
        let Ok(packed) = pack(life.store.key(), &run) else { return self.drive(node, none) };
        let Some((envelope, key)) = line.envelope(Path::Batch, packed.bytes) else {
            return self.drive(node, none);
        };
        self.ask(node, envelope, Pending::Resend(range, packed.last), Some(key));
        Ok(())
    }

    /// The receiver has what it lost, or not.
    pub(crate) fn resent(
        &mut self,
        node: usize,
        range: Range,
        last: Head,
        answer: &Result<BatchAnswer, Trouble>,
    ) -> Checked {
        let taken = matches!(answer, Ok(BatchAnswer::Ack(_)));
        self.drive(node, Input::Resent(range, taken.then_some(last.seq)))
    }

    /// What came back is durable, or not.
    pub(crate) fn taken_back(
        &mut self,
        node: usize,
        range: Range,
        reached: Option<Seq>,
    ) -> Checked {
        // What else became durable in the same moment counts first.
        self.heads_grew(node)?;
        self.drive(node, Input::Pulled(range, reached))
    }
}
