//! The sessions that are open, in memory only: after a restart every sender says hello again.

use std::collections::{BTreeMap, BTreeSet, VecDeque};
use std::sync::{Mutex, PoisonError};

use bytes::Bytes;
use domain::ids::NodeId;
use sync::session::{Request, Session, SessionKey, Window};
use sync::{Refusal, RefusalCode};
use warp::http::header::HeaderName;
use web::Call;

use super::reply::Asked;
use crate::carriage::{COUNTER_HEADER, PROOF_HEADER, SESSION_HEADER, from_hex};

/// Sessions open at once; the oldest makes room.
const SESSIONS: usize = 4_096;
/// Sessions of one node: it may have opened a second one when the first answer was lost.
const SESSIONS_PER_NODE: usize = 4;
/// Hellos remembered, so that none counts twice.
const HELLOS: usize = 8_192;

type SessionId = [u8; 16];

#[derive(Default)]
pub(super) struct Sessions(Mutex<Open>);

#[derive(Default)]
struct Open {
    sessions: BTreeMap<SessionId, Session>,
    /// Oldest first.
    order: VecDeque<SessionId>,
    hellos: BTreeSet<[u8; 32]>,
    hello_order: VecDeque<[u8; 32]>,
}

impl Sessions {
    /// Whether this hello (by its hash) comes for the first time.
    pub(super) fn first_time(&self, hello: [u8; 32]) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if !open.hellos.insert(hello) {
            return false;
        }
        open.hello_order.push_back(hello);
        if open.hello_order.len() > HELLOS
            && let Some(oldest) = open.hello_order.pop_front()
        {
            open.hellos.remove(&oldest);
        }
        true
    }

    pub(super) fn open(&self, id: SessionId, node: NodeId, key: SessionKey) {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let of_node = |open: &Open, id: &SessionId| {
            open.sessions.get(id).is_some_and(|session| session.node == node)
        };
        let own: Vec<SessionId> =
            open.order.iter().filter(|id| of_node(&open, id)).copied().collect();
        let too_many = (own.len() + 1).saturating_sub(SESSIONS_PER_NODE);
        for old in own.into_iter().take(too_many) {
            open.close(old);
        }
        if open.order.len() >= SESSIONS
            && let Some(oldest) = open.order.front().copied()
        {
            open.close(oldest);
        }
        open.sessions.insert(id, Session { node, key, window: Window::default() });
        open.order.push_back(id);
    }

    /// Whose session a request names. Nothing is proved by that.
    pub(super) fn named(&self, call: &Call) -> Result<NodeId, Refusal> {
        let known = session_id(call).and_then(|id| self.find(id));
        Ok(known.map(|(node, _)| node).ok_or(RefusalCode::SessionUnknown)?)
    }

    /// The request that a session proves; its counter is used up by it.
    pub(super) fn prove(&self, call: &Call, body: Bytes) -> Result<Asked, Refusal> {
        let header = |name: &'static str| call.header(HeaderName::from_static(name));
        let id = session_id(call).ok_or(RefusalCode::SessionUnknown)?;
        let counter = header(COUNTER_HEADER).and_then(|text| text.parse::<u64>().ok());
        let counter = counter.ok_or(RefusalCode::SessionForged)?;
        let proof: [u8; 32] =
            header(PROOF_HEADER).and_then(from_hex).ok_or(RefusalCode::SessionForged)?;
        let path = call.uri.path_and_query().map_or("", |path| path.as_str());
        let request = Request { counter, method: call.method.as_str(), path, body: &body };
        let (node, key) = self.find(id).ok_or(RefusalCode::SessionUnknown)?;
        // The proof first: a forged counter must not use up the true one.
        if !key.accepts_request(&request, &proof) || !self.first_use(id, counter) {
            return Err(RefusalCode::SessionForged.into());
        }
        let query = call.uri.query().unwrap_or_default().to_owned();
        Ok(Asked { node, key, counter, query, body })
    }

    fn find(&self, id: SessionId) -> Option<(NodeId, SessionKey)> {
        let open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.sessions.get(&id).map(|session| (session.node, session.key.clone()))
    }

    fn first_use(&self, id: SessionId, counter: u64) -> bool {
        let mut open = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        open.sessions.get_mut(&id).is_some_and(|session| session.window.take(counter))
    }
}

fn session_id(call: &Call) -> Option<SessionId> {
    call.header(HeaderName::from_static(SESSION_HEADER)).and_then(from_hex)
}

impl Open {
    fn close(&mut self, id: SessionId) {
        self.sessions.remove(&id);
        self.order.retain(|open| *open != id);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn number(number: u16) -> SessionId {
        let mut id = [0; 16];
        id[..2].copy_from_slice(&number.to_be_bytes());
        id
    }

    fn count(sessions: &Sessions) -> usize {
        sessions.0.lock().unwrap().sessions.len()
    }

    #[test]
    fn a_node_keeps_its_newest_sessions_and_takes_nobody_elses() {
        let sessions = Sessions::default();
        sessions.open(number(999), NodeId([9; 16]), SessionKey([0; 32]));
        for id in 0..100 {
            sessions.open(number(id), NodeId([1; 16]), SessionKey([0; 32]));
        }
        assert_eq!(count(&sessions), 1 + SESSIONS_PER_NODE);
        let open = sessions.0.lock().unwrap();
        assert!(open.sessions.contains_key(&number(999)));
        assert!(open.sessions.contains_key(&number(99)));
        assert!(!open.sessions.contains_key(&number(90)));
    }

    #[test]
    fn memory_is_bounded() {
        let sessions = Sessions::default();
        for id in 0..6_000_u16 {
            let node = NodeId(number(id / 3));
            sessions.open(number(id), node, SessionKey([0; 32]));
        }
        assert_eq!(count(&sessions), SESSIONS);
        assert!(sessions.first_time([1; 32]));
        assert!(!sessions.first_time([1; 32]));
    }
}
