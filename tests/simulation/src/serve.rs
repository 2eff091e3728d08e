//! Requests that arrive at a node, and the answers that leave it.

use std::sync::Arc;

use domain::ids::NodeId;
use sync::{BatchAnswer, Refusal};

use crate::door::{self, Caller, Door, OK, Placed, encode};
use crate::fault::Fault;
use crate::line::blames_bytes;
use crate::net::{Envelope, Path, Reply};
use crate::node::{Doing, Done, Task};
use crate::oracle::{Checked, broken};
use crate::simulation::{Event, Simulation};
use crate::standby::Held;

impl Simulation {
    /// A request leaves a node.
    pub(crate) fn send(&mut self, from: usize, to: usize, envelope: Envelope) {
        if self.is_portal(from, to) {
            let (id, run) = (envelope.id, envelope.from.1);
            let reply = nonsense(&mut self.chance);
            self.tally.note(Fault::Portal);
            self.later(20, Event::Answered((from, run), id, Some(reply)));
            return;
        }
        let drawn = (&self.plan, &mut self.chance, &mut self.tally);
        let arrivals = self.net.carry((from, to), self.now_ms, envelope, drawn);
        for arrival in arrivals {
            let after_ms = arrival.at_ms - self.now_ms;
            self.later(after_ms, Event::Request(to, arrival.message));
        }
    }

    fn is_portal(&mut self, from: usize, to: usize) -> bool {
        let _anywhere = (from, to);
        let on = self.plan.has(Fault::Portal) && !self.healed;
        on && self.chance.happens(self.plan.net / 2)
    }

    /// An answer leaves a node.
    fn reply(&mut self, from: usize, envelope: &Envelope, reply: Reply) {
        let ((to, run), id) = (envelope.from, envelope.id);
        if self.plan.has(Fault::HalfOpen) && !self.healed && self.chance.happens(self.plan.net) {
            self.tally.note(Fault::HalfOpen);
            return;
        }
        let drawn = (&self.plan, &mut self.chance, &mut self.tally);
        for arrival in self.net.carry((from, to), self.now_ms, reply, drawn) {
            let after_ms = arrival.at_ms - self.now_ms;
            self.later(after_ms, Event::Answered((to, run), id, Some(arrival.message)));
        }
    }

    /// A request arrives.
    pub(crate) fn serve(&mut self, node: usize, envelope: &Envelope) -> Checked {
        let path = envelope.path;
        self.note(|| format!("{node} is asked {path:?} by {:?}", envelope.from));
        let Some(door) = self.life(node).and_then(|life| life.door.clone()) else {
            // Nobody listens there.
            let ((to, run), id) = (envelope.from, envelope.id);
            self.later(5, Event::Answered((to, run), id, None));
            return Ok(());
        };
        match path {
            Path::Hello => {
                let reply = match door.greet(&envelope.body) {
                    Ok(body) => {
                        let touched = envelope.touched;
                        Reply { status: OK, proof: None, body, ours: true, touched }
                    }
                    Err(refusal) => {
                        self.blamed(node, envelope, &refusal)?;
                        door::refused(envelope, &refusal)
                    }
                };
                self.reply(node, envelope, reply);
                Ok(())
            }
            Path::Time => {
                let (body, touched) = (encode(&0_u64), envelope.touched);
                let reply = Reply { status: OK, proof: None, body, ours: true, touched };
                self.reply(node, envelope, reply);
                Ok(())
            }
            Path::Batch | Path::Pull | Path::Scans | Path::View => {
                self.in_session(node, &door, envelope)
            }
        }
    }

    fn in_session(&mut self, node: usize, door: &Arc<Door>, envelope: &Envelope) -> Checked {
        let caller = match door.prove(envelope) {
            Ok(caller) => caller,
            Err(refusal) => {
                self.blamed(node, envelope, &refusal)?;
                let reply = door::refused(envelope, &refusal);
                self.reply(node, envelope, reply);
                return Ok(());
            }
        };
        if caller.envelope.path == Path::View {
            return self.view(node, &caller);
        }
        if caller.envelope.path == Path::Pull {
            let reply = match door.give_back(&caller) {
                Ok(body) => door::proved(&caller, OK, body),
                Err(refusal) => door.answer(&caller, Err(refusal)),
            };
            self.reply(node, &caller.envelope, reply);
            return Ok(());
        }
        match door.read(&caller) {
            Ok(coming) => {
                let door = Arc::clone(door);
                let placing = async move { Done::Placed(door.place(coming).await) };
                self.begin(node, Task::new(Doing::Placing(caller), placing))
            }
            Err(refusal) => self.placed(node, caller, Err(refusal)),
        }
    }

    /// Records were taken in, or not.
    pub(crate) fn placed(&mut self, node: usize, caller: Caller, placed: Placed) -> Checked {
        self.note(|| match &placed {
            Ok((answer, _)) => format!("{node} answers {}: {answer:?}", caller.node),
            Err(refusal) => format!("{node} refuses {}: {refusal}", caller.node),
        });
        match &placed {
            Ok((BatchAnswer::Ack(ack), _)) => {
                self.oracle.acknowledged(node, ack.origin, ack.head)?;
            }
            Ok((BatchAnswer::Fork { seq, .. }, _)) => {
                return broken!("node {node} calls record {seq} of {} a fork", caller.node);
            }
            Ok((BatchAnswer::Refused(refusal), _)) | Err(refusal) => {
                self.blamed(node, &caller.envelope, refusal)?;
            }
            Ok(_) => {}
        }
        let taken = match &placed {
            Ok((BatchAnswer::Ack(ack), _)) => Some((ack.stream(), ack.head.seq)),
            _ => None,
        };
        match taken {
            Some(taken) => self.hold(node, taken, Held::Records(Box::new((caller, placed)))),
            None => {
                self.answer(node, &caller, placed);
                Ok(())
            }
        }
    }

    /// The answer to records goes out.
    pub(crate) fn answer(&mut self, node: usize, caller: &Caller, placed: Placed) {
        let Some(door) = self.life(node).and_then(|life| life.door.clone()) else { return };
        let reply = door.answer(caller, placed);
        self.reply(node, &caller.envelope, reply);
    }

    /// Damage and forgery are said only of bytes that were changed.
    fn blamed(&mut self, node: usize, envelope: &Envelope, refusal: &Refusal) -> Checked {
        if refusal.code == sync::RefusalCode::ReadOnly {
            self.tally.note(Fault::DiskFull);
        }
        if blames_bytes(refusal.code) && !envelope.touched {
            let path = envelope.path;
            return broken!("node {node} calls a whole {path:?} “{}”", refusal.code.word());
        }
        Ok(())
    }

    fn view(&mut self, node: usize, caller: &Caller) -> Checked {
        let since = minicbor::decode(&caller.envelope.body).unwrap_or(0);
        let body = self.view_for(node, caller.node, since);
        let reply = door::proved(caller, OK, body);
        self.reply(node, &caller.envelope, reply);
        Ok(())
    }

    fn view_for(&mut self, node: usize, station: NodeId, since: u64) -> Vec<u8> {
        use domain::station::StationSecrets;
        use journal::identity::LetterSeed;
        use sync::receiver::Directory;
        use sync::view::{VIEW_SECRETS_INFO, View, ViewAnswer};
        let secrets = StationSecrets { ticket_keys: vec![(0, self.people.key.0.into())] };
        let seed = LetterSeed(self.node(node).around.bytes());
        let Some(life) = self.life(node) else { return Vec::new() };
        let list = domain::station::ChangeList::new(life.store.reader().store_id().0, 0);
        let update =
            life.store.read(|rules| site::view_update(rules.site()?, list, station, since));
        let Some(update) = update else { return encode(&ViewAnswer::Unchanged(since)) };
        let public = life.door.as_ref().and_then(|door| door.origin(station));
        let sealed = update.settings.as_ref().and(public).and_then(|public| {
            public.seal_letter(VIEW_SECRETS_INFO, &station.0, &encode(&secrets), seed).ok()
        });
        encode(&ViewAnswer::Newer(View::new(update.to, encode(&update), sealed)))
    }
}

fn nonsense(chance: &mut crate::chance::Chance) -> Reply {
    let body = b"<html>Welcome to the station's free network</html>".to_vec();
    let status = if chance.happens(700) { OK } else { 302 };
    Reply { status, proof: None, body, ours: chance.happens(200), touched: true }
}
