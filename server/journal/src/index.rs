//! Where each record lies, in memory.
use crate::chain::Heads;

#[derive(Debug, Default)]
pub(crate) struct Index {
    pub(crate) heads: Heads,
}
