//! Opening the store of a node that people run.

use std::path::Path;

use domain::ids::NodeId;
use store::{FileDisk, Opening, Report, SEGMENT_BYTES, Store, StoreError, SystemWorld, View};

use crate::office::OfficeMachine;
use crate::rows::LookupKey;

/// The directory of the rows below the node's.
pub const ROWS_DIRECTORY: &str = "views";

/// Opens the store of a directory, or makes one. Blocks while it reads everything.
///
/// # Errors
/// As [`Store::open`].
pub fn open<M: OfficeMachine>(
    directory: &Path,
    software: &str,
    machine: impl FnOnce(NodeId) -> M,
    rows: impl FnOnce(LookupKey, NodeId) -> Box<dyn View>,
) -> Result<(Store<M>, Report), StoreError> {
    let disk = FileDisk::open(directory)?;
    let key = store::identity(&disk)?;
    let rows = rows(LookupKey::derive(key.seed()), key.node_id());
    let opening = Opening {
        disk,
        views: Some((directory.join(ROWS_DIRECTORY), rows)),
        software: software.to_owned(),
        segment_bytes: SEGMENT_BYTES,
        world: SystemWorld::usual(),
    };
    opening.open(machine(key.node_id()))
}
