//! The first record of an epoch: from which head this run of the process goes on.

use minicbor::{Decode, Encode};

use super::RecordError;
use crate::chain::Head;

/// Payload of [`super::kind::NODE_STARTED`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(array)]
pub struct NodeStarted {
    /// The origin's last head when it started; none for the very first epoch.
    #[n(0)]
    pub parent: Option<Head>,
    /// The version of the software, for people.
    #[n(1)]
    pub software: String,
}

impl NodeStarted {
    /// The payload's bytes.
    #[must_use]
    pub fn encode(&self) -> Vec<u8> {
        let mut out = Vec::new();
        let _always = minicbor::encode(self, &mut out);
        out
    }

    /// Reads the payload.
    ///
    /// # Errors
    /// [`RecordError::Malformed`].
    pub fn decode(payload: &[u8]) -> Result<Self, RecordError> {
        minicbor::decode(payload).map_err(|_| RecordError::Malformed)
    }
}
