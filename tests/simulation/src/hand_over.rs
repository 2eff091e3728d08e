//! What goes between a kiosk and its site while somebody waits, and the view that comes down.

use domain::ids::KeyId;
use domain::verdict::Verdict;
use minicbor::bytes::ByteVec;
use sync::handover::{HandOver, HandOverAnswer};
use sync::view::ViewAnswer;
use sync::{BatchAnswer, Input, limits};

use crate::door::encode;
use crate::drive::acknowledged;
use crate::line::{Fault as Trouble, Pending};
use crate::net::Path;
use crate::oracle::Checked;
use crate::simulation::Simulation;

/// A hand-over that was answered.
pub(crate) struct Handed {
    pub(crate) scan: Option<crate::people::Scan>,
    pub(crate) stream: sync::Stream,
    pub(crate) entries: Vec<journal::Entry>,
    pub(crate) last: journal::Head,
    pub(crate) keys: Vec<KeyId>,
}

impl Handed {
    /// What the site makes of the scan, unless its repeat is the scan itself.
    fn verdict(&self, judgements: &[ByteVec]) -> Option<Verdict> {
        let (epoch, seq) = self.scan?.record;
        self.entries.iter().zip(judgements).find_map(|(entry, judged)| {
            let view = entry.view().ok()?;
            if (view.epoch, view.seq) != (epoch, seq) || judged.is_empty() {
                return None;
            }
            match minicbor::decode(judged).ok()? {
                Verdict::AlreadyCheckedIn { at, station }
                    if station == view.origin && at == view.time =>
                {
                    None
                }
                other => Some(other),
            }
        })
    }
}

impl Simulation {
    /// Hands over what the site lacks, while somebody waits.
    pub(crate) fn hand_over(&mut self, node: usize, scan: Option<crate::people::Scan>) -> Checked {
        let around = std::sync::Arc::clone(&self.node(node).around);
        let own_verdict = |it: &mut Self| scan.map_or(Ok(()), |scan| it.show(node, &scan, None));
        let Some(life) = self.life(node) else { return Ok(()) };
        let stream = sync::Stream { origin: life.store.node(), epoch: life.store.epoch() };
        let ready = life.line.as_mut().filter(|line| !line.suspect && line.session.is_some());
        let Some(line) = ready else { return own_verdict(self) };
        let known = line.sender.status().streams.get(&stream).and_then(|known| known.receiver);
        let after = known.unwrap_or_else(|| stream.start());
        let mut reader = life.store.reader();
        let read = link::run_after(&mut reader, stream, after, limits::BATCH_RAW_BYTES / 2);
        let Ok(entries) = read else { return own_verdict(self) };
        let (wrapped, records) = line.wrap(&life.store, &around, &entries);
        let many = entries.len() > limits::HAND_OVER_RECORDS || records < entries.len();
        if entries.is_empty() || many {
            return own_verdict(self);
        }
        let keys = wrapped.iter().map(|wrapped| wrapped.key).collect();
        let message = HandOver::new(stream.origin, after, &entries, line.withhold());
        let body = encode(&message.with_keys(wrapped));
        let last = entries.iter().fold(after, |head, entry| head.extend(&entry.open));
        let Some((envelope, key)) = line.envelope(Path::Scans, body) else {
            return own_verdict(self);
        };
        let pending = Pending::HandOver { scan, stream, entries, last, keys };
        self.ask(node, envelope, pending, Some(key));
        Ok(())
    }

    pub(crate) fn hand_over_came(
        &mut self,
        node: usize,
        handed: &Handed,
        answer: Result<HandOverAnswer, Trouble>,
    ) -> Checked {
        let mut verdict = None;
        match answer {
            Ok(answer) => {
                if acknowledged(&answer.answer, handed.stream, handed.last) {
                    self.wipe(node, handed.keys.clone())?;
                }
                match answer.answer {
                    BatchAnswer::Ack(head) => {
                        verdict = handed.verdict(&answer.judgements);
                        self.drive(node, Input::Learnt(head))?;
                        self.fetch_view(node);
                    }
                    BatchAnswer::Gap(_) => self.drive(node, Input::SessionLost)?,
                    _ => {}
                }
            }
            Err(Trouble::Failed(_)) => self.hangs(node),
            Err(Trouble::Refused(refusal)) => {
                use sync::RefusalCode::{SessionForged, SessionUnknown};
                if matches!(refusal.code, SessionUnknown | SessionForged) {
                    self.drive(node, Input::SessionLost)?;
                }
            }
        }
        handed.scan.map_or(Ok(()), |scan| self.show(node, &scan, verdict))
    }

    /// Asks for a newer view, unless that is under way.
    pub(crate) fn fetch_view(&mut self, node: usize) {
        let Some(life) = self.life(node) else { return };
        let held = life.view.read().map(|view| view.cursor()).unwrap_or(0);
        let Some(line) =
            life.line.as_mut().filter(|line| line.lan && !line.to_standby && !line.viewing)
        else {
            return;
        };
        let Some((envelope, key)) = line.envelope(Path::View, encode(&held)) else { return };
        line.viewing = true;
        self.ask(node, envelope, Pending::View, Some(key));
    }

    pub(crate) fn view_came(
        &mut self,
        node: usize,
        answer: Result<ViewAnswer, Trouble>,
    ) -> Checked {
        let Some(life) = self.life(node) else { return Ok(()) };
        if let Some(line) = life.line.as_mut() {
            line.viewing = false;
        }
        let Ok(ViewAnswer::Newer(came)) = answer else { return Ok(()) };
        let update: Option<domain::station::ViewUpdate> = minicbor::decode(&came.body).ok();
        let me = life.store.node();
        let secrets = came.sealed.as_ref().and_then(|sealed| {
            let info = sync::view::VIEW_SECRETS_INFO;
            life.store.key().open_letter(info, &me.0, sealed).ok()
        });
        let secrets = secrets.and_then(|plain| minicbor::decode(&plain).ok());
        let Ok(mut view) = life.view.write() else { return Ok(()) };
        let Some(update) = update else { return Ok(()) };
        if update.from == 0 {
            *view = domain::station::StationView::default();
        }
        if view.apply(&update)
            && let Some(secrets) = &secrets
        {
            view.take_secrets(secrets);
        }
        let kept = view.clone();
        drop(view);
        // The file follows a little later; now and then it is old when the power goes.
        if update.settings.is_some() || self.chance.happens(300) {
            self.node_mut(node).kept_view = kept;
        }
        Ok(())
    }
}
