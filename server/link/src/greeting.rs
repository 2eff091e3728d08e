//! Asking another receiver whether it would take records, without sending it any: a station does so
//! while its site server is out of reach.

use std::time::Duration;

use journal::{NodeKey, NodePublic};
use sync::hello::Hello;
use sync::{Failure, RefusalCode};

use crate::peer::{Address, BadAddress, Fault, Peer};

/// The longest that is waited for the answer.
const GREETING_WAIT: Duration = Duration::from_secs(5);

/// What a greeting came to.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Greeted {
    /// It knows this node and takes its records, by its own signature.
    Taken,
    /// It refuses; [`RefusalCode::Follows`]: it is a standby, or was superseded.
    Refused(RefusalCode),
    /// It was not reached, or somebody else sits at its address.
    Not(Failure),
}

/// Greets a receiver. The key signs before this returns and is not held while the answer is waited
/// for.
///
/// # Errors
/// [`BadAddress`].
pub fn greet(
    address: &Address,
    receiver: NodePublic,
    key: &NodeKey,
    software: &str,
) -> Result<impl Future<Output = Greeted> + Send + use<>, BadAddress> {
    let peer = Peer::new(address, receiver)?;
    let mut nonce = [0; 16];
    let fresh = getrandom::fill(&mut nonce);
    let hello = Hello::new(software.to_owned(), key.node_id(), receiver.node_id(), nonce);
    let hello = Hello { sent_at_ms: store::wall_clock_ms(), ..hello };
    let answer = peer.greeting(key, &hello, GREETING_WAIT);
    Ok(async move {
        if fresh.is_err() {
            return Greeted::Not(Failure::Unreadable);
        }
        match answer.await {
            Ok(_) => Greeted::Taken,
            Err(Fault::Refused(refusal)) => Greeted::Refused(refusal.code),
            Err(Fault::Failed(failure)) => Greeted::Not(failure),
        }
    })
}
