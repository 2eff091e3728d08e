//! Keys left over of records that the receiver holds: an answer was lost, or the process ended
//! between the acknowledgement and the wiping. They go again with their records.

use domain::ids::KeyId;
use journal::Head;
use sync::batch::{Packed, Run, pack};
use sync::{BatchAnswer, Stream, limits};

use crate::drive::acknowledged;
use crate::line::{Fault as Trouble, Pending, held};
use crate::net::Path;
use crate::oracle::Checked;
use crate::simulation::Simulation;

impl Simulation {
    /// Looks for keys left over of own records that the receiver holds; one stretch at a time.
    pub(crate) fn sweep(&mut self, node: usize) -> Checked {
        let around = std::sync::Arc::clone(&self.node(node).around);
        let Some(life) = self.life(node) else { return Ok(()) };
        let me = life.store.node();
        let Some(line) = life.line.as_mut() else { return Ok(()) };
        if line.sweeping || line.to_standby || !line.hands_keys_over(&life.store) {
            return Ok(());
        }
        let status = line.sender.status();
        let streams = status.streams.iter().filter(|(stream, _)| stream.origin == me);
        let mut reader = life.store.reader();
        for (stream, known) in streams {
            let Some(theirs) = known.receiver else { continue };
            let mut from = line.swept.get(stream).copied().unwrap_or_else(|| stream.start());
            while from.seq < theirs.seq.min(known.own.seq) {
                let read = link::run_after(&mut reader, *stream, from, limits::BATCH_RAW_BYTES);
                let Ok(mut entries) = read else { break };
                let most = theirs.seq.0.saturating_sub(from.seq.0);
                entries.truncate(usize::try_from(most).unwrap_or(usize::MAX));
                let without = entries.iter().position(|entry| !held(&life.store, entry).is_empty());
                let (passed, rest) = entries.split_at(without.unwrap_or(entries.len()));
                from = passed.iter().fold(from, |head, entry| head.extend(&entry.open));
                line.swept.insert(*stream, from);
                if rest.is_empty() {
                    continue;
                }
                let (wrapped, records) = line.wrap(&life.store, &around, rest);
                let Some(store) = line.greeted_store else { return Ok(()) };
                let run = Run {
                    audience: line.receiver.node_id(),
                    store,
                    stream: *stream,
                    previous: from,
                    entries: rest,
                    max_records: records,
                    withhold: line.withhold(),
                    keys: &wrapped,
                };
                let Ok(packed) = pack(life.store.key(), &run) else { return Ok(()) };
                return self.send_sweep(node, *stream, packed);
            }
        }
        Ok(())
    }

    fn send_sweep(&mut self, node: usize, stream: Stream, packed: Packed) -> Checked {
        let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) else { return Ok(()) };
        let Some((envelope, key)) = line.envelope(Path::Batch, packed.bytes) else {
            return Ok(());
        };
        line.sweeping = true;
        let (last, keys) = (packed.last, packed.keys);
        self.ask(node, envelope, Pending::Sweep { stream, last, keys }, Some(key));
        Ok(())
    }

    /// The records came again, with their keys.
    pub(crate) fn swept(
        &mut self,
        node: usize,
        stream: Stream,
        (last, keys): (Head, Vec<KeyId>),
        answer: Result<BatchAnswer, Trouble>,
    ) -> Checked {
        let there = answer.is_ok_and(|answer| acknowledged(&answer, stream, last));
        let Some(line) = self.life(node).and_then(|life| life.line.as_mut()) else { return Ok(()) };
        line.sweeping = false;
        if there {
            line.swept.insert(stream, last);
            self.wipe(node, keys)?;
        }
        Ok(())
    }
}
