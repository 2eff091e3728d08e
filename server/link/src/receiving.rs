//! The receiving end, whichever way records come: over the network or in a bundle.
//!
//! Invariant: what comes in a bundle goes through the same checks, the same intake and the same
//! store as what comes over the network.

use std::sync::Arc;

use journal::NodeKey;

use crate::intake::Intake;
use crate::upstream::Upstream;

mod bundle;
pub(crate) mod keys;
mod told;

pub use bundle::{Came, Imported, Outcome};

use told::Told;

/// The receiving end of one node; its routes and its imports share one.
pub struct Receiving<U> {
    pub(crate) upstream: Arc<U>,
    pub(crate) told: Told,
    pub(crate) intake: Intake,
}

impl<U: Upstream> Receiving<U> {
    /// The receiving end of a node.
    #[must_use]
    pub fn new(upstream: Arc<U>) -> Arc<Self> {
        Arc::new(Self { upstream, told: Told::default(), intake: Intake::default() })
    }

    /// The node.
    #[must_use]
    pub const fn upstream(&self) -> &Arc<U> {
        &self.upstream
    }

    /// The node's own key.
    #[must_use]
    pub fn key(&self) -> &NodeKey {
        self.upstream.key()
    }
}
