//! The frame that ends a group: with it the group is there, without it it is not.

use domain::ids::{Epoch, NodeId, Seq};

use crate::chain::{Hash, Head};
use crate::number::{array_at, long, short, u32_at, u64_at};
use crate::position::Position;
use crate::segment::StoreId;

/// The most epochs that one group may touch.
pub(crate) const MAX_TOUCHED: usize = 4096;

const FIXED_BYTES: usize = 52;
const HEAD_BYTES: usize = 64;
/// Flag: the journal was stopped cleanly.
const STOPPED: u32 = 1;

/// What a group's last frame says. Later versions may add to its end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Commit {
    /// 1, 2, 3, … in the store.
    pub(crate) number: u64,
    /// Where the commit before lies.
    pub(crate) previous_at: Position,
    /// Where the group begins, in the same segment.
    pub(crate) group_at: Position,
    /// How many entries the group has.
    pub(crate) entries: u32,
    /// Nothing follows until the journal is opened again.
    pub(crate) stopped: bool,
    pub(crate) store: StoreId,
    /// For each epoch that the group touches, its head after it.
    pub(crate) heads: Vec<(NodeId, Head)>,
}

impl Commit {
    pub(crate) fn put(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(&self.number.to_le_bytes());
        out.extend_from_slice(&self.previous_at.0.to_le_bytes());
        out.extend_from_slice(&self.group_at.units().to_le_bytes());
        out.extend_from_slice(&self.entries.to_le_bytes());
        out.extend_from_slice(&(if self.stopped { STOPPED } else { 0 }).to_le_bytes());
        out.extend_from_slice(&self.store.0);
        out.extend_from_slice(&long(self.heads.len()).to_le_bytes());
        for (origin, head) in &self.heads {
            out.extend_from_slice(&origin.0);
            out.extend_from_slice(&head.epoch.0.to_le_bytes());
            out.extend_from_slice(&head.seq.0.to_le_bytes());
            out.extend_from_slice(&head.hash.0);
        }
    }

    /// Reads the content of the commit frame that lies at `at`.
    pub(crate) fn parse(content: &[u8], at: Position) -> Option<Self> {
        let count = short(u64_at(content, 44)?);
        let lists = content.get(FIXED_BYTES..)?;
        if count > MAX_TOUCHED || lists.len() < count * HEAD_BYTES {
            return None;
        }
        let heads = lists.chunks_exact(HEAD_BYTES).take(count).map(head);
        Some(Self {
            number: u64_at(content, 0)?,
            previous_at: Position(u64_at(content, 8)?),
            group_at: Position::from_units(at.segment(), u32_at(content, 16)?),
            entries: u32_at(content, 20)?,
            stopped: u32_at(content, 24)? & STOPPED != 0,
            store: StoreId(array_at(content, 28)?),
            heads: heads.collect::<Option<_>>()?,
        })
    }

    /// How long the frame is with so many heads.
    pub(crate) const fn frame_bytes(heads: usize) -> usize {
        super::padded(super::PREFIX_BYTES + 1 + FIXED_BYTES + heads * HEAD_BYTES)
    }
}

fn head(bytes: &[u8]) -> Option<(NodeId, Head)> {
    let head = Head {
        epoch: Epoch(u64_at(bytes, 16)?),
        seq: Seq(u64_at(bytes, 24)?),
        hash: Hash(array_at(bytes, 32)?),
    };
    Some((NodeId(array_at(bytes, 0)?), head))
}
