//! What both ends say about how far a stream of records reaches.
//!
//! A stream is one epoch of one origin: records 1, 2, 3, … without a gap, each chained to the one
//! before. So one head, a number and a chain hash, says everything about what a node holds of it.

use domain::ids::{Epoch, NodeId};
use journal::Head;
use minicbor::{Decode, Encode};

/// One epoch of one origin.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Stream {
    /// Whose records these are.
    pub origin: NodeId,
    /// In which run of its process they were written.
    pub epoch: Epoch,
}

/// How far a stream reaches at a node.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
pub struct StreamHead {
    /// Whose records these are.
    #[n(0)]
    pub origin: NodeId,
    /// Epoch, last record held (at least 1) and the chain hash after it.
    #[n(1)]
    pub head: Head,
}

impl StreamHead {
    /// Of which stream.
    #[must_use]
    pub const fn stream(&self) -> Stream {
        Stream { origin: self.origin, epoch: self.head.epoch }
    }
}

impl Stream {
    /// The head before this stream's first record.
    #[must_use]
    pub fn start(self) -> Head {
        Head::before(self.origin, self.epoch)
    }
}
