//! The records staged since the last commit, encoded as they will lie on the disk.

use domain::ids::{Hlc, NodeId, Seq};

use crate::chain::{EpochHead, Head, Heads};
use crate::frame::{Commit, MAX_TOUCHED, TAG_COMMIT, TAG_ENTRY, TAG_RECEIVED};
use crate::frame::{checksum_of, finish_frame, put_entry, put_frame};
use crate::index::Index;
use crate::number::long;
use crate::position::Position;
use crate::record::Entry;
use crate::segment::HEADER_BYTES;

/// A buffer that grew beyond this for one large group is given back.
const KEPT_BUFFER_BYTES: usize = 4 * 1024 * 1024;

/// The group: frames in one buffer that is used again and again, with room for a header before
/// them.
pub(super) struct Group {
    buffer: Vec<u8>,
    /// For each entry: which of the touched epochs, and where its frame begins in the buffer.
    frames: Vec<(usize, usize)>,
    touched: Vec<Touched>,
}

/// An epoch to which the group adds.
struct Touched {
    origin: NodeId,
    before: Option<EpochHead>,
    now: EpochHead,
}

impl Group {
    pub(super) fn new() -> Self {
        Self { buffer: vec![0; HEADER_BYTES], frames: Vec::new(), touched: Vec::new() }
    }

    pub(super) const fn records(&self) -> usize {
        self.frames.len()
    }

    /// Bytes of the frames so far.
    pub(super) fn frames_bytes(&self) -> usize {
        self.buffer.len() - HEADER_BYTES
    }

    /// Whether one more epoch could be touched.
    pub(super) const fn has_room(&self) -> bool {
        self.touched.len() < MAX_TOUCHED
    }

    /// Adds an entry after which its epoch is at `now`; it was at `before`.
    pub(super) fn add(
        &mut self,
        (entry, received): (&Entry, Option<Hlc>),
        origin: NodeId,
        before: Option<EpochHead>,
        now: EpochHead,
    ) {
        let epoch = now.head.epoch;
        let same = |touched: &Touched| touched.origin == origin && touched.now.head.epoch == epoch;
        let place = self.touched.iter().rposition(same);
        let place = place.unwrap_or_else(|| {
            self.touched.push(Touched { origin, before, now });
            self.touched.len() - 1
        });
        if let Some(touched) = self.touched.get_mut(place) {
            touched.now = now;
        }
        self.frames.push((place, self.buffer.len()));
        let tag = if received.is_some() { TAG_RECEIVED } else { TAG_ENTRY };
        put_frame(&mut self.buffer, tag, |out| {
            if let Some(Hlc(time)) = received {
                out.extend_from_slice(&time.to_le_bytes());
            }
            put_entry(out, entry);
        });
    }

    /// How long the group's frames will be with its commit.
    pub(super) fn whole_bytes(&self) -> usize {
        self.frames_bytes() + Commit::frame_bytes(self.touched.len())
    }

    /// The heads that the commit names.
    pub(super) fn heads(&self) -> Vec<(NodeId, Head)> {
        self.touched.iter().map(|touched| (touched.origin, touched.now.head)).collect()
    }

    /// Adds the commit and the checksums; the first frame will lie at `at`. Answers the commit's
    /// place.
    pub(super) fn finish(&mut self, commit: &Commit, at: Position) -> Position {
        let last = self.buffer.len();
        put_frame(&mut self.buffer, TAG_COMMIT, |out| commit.put(out));
        let entries = self.frames.iter().map(|(_, start)| *start);
        for start in entries.chain([last]) {
            if let Some(frame) = self.buffer.get_mut(start..) {
                finish_frame(frame, placed(at, start));
            }
        }
        placed(at, last)
    }

    /// The frames; with room for a segment's header before them, if that is to be written too.
    pub(super) fn bytes(&mut self, header: Option<&[u8; HEADER_BYTES]>) -> &[u8] {
        match header {
            Some(header) => {
                if let Some(place) = self.buffer.get_mut(..HEADER_BYTES) {
                    place.copy_from_slice(header);
                }
                &self.buffer
            }
            None => self.buffer.get(HEADER_BYTES..).unwrap_or_default(),
        }
    }

    /// Makes the group, now durable with its first frame at `at`, known to readers.
    pub(super) fn publish(&self, index: &mut Index, at: Position) {
        for frames in self.frames.chunk_by(|one, other| one.0 == other.0) {
            let Some(touched) = frames.first().and_then(|(place, _)| self.touched.get(*place))
            else {
                continue;
            };
            let places = index.places(touched.origin, touched.now.head.epoch);
            for (_, start) in frames {
                // Directly after the last one, so it can't be far ahead.
                let _next = places.put(Seq(places.last().0 + 1), placed(at, *start));
            }
        }
        for (_, start) in &self.frames {
            let frame = self.buffer.get(*start..).unwrap_or_default();
            index.tally.add(placed(at, *start), checksum_of(frame));
        }
        for touched in &self.touched {
            index.heads.set(touched.origin, touched.now);
        }
        index.records += long(self.frames.len());
        let end = placed(at, self.buffer.len());
        index.segments.insert(end.segment(), end);
    }

    /// Puts the heads back to what they were before the group.
    pub(super) fn undo(&self, ahead: &mut Heads) {
        for touched in &self.touched {
            match touched.before {
                Some(before) => ahead.set(touched.origin, before),
                None => ahead.forget(touched.origin, touched.now.head.epoch),
            }
        }
    }

    /// Begins the next group.
    pub(super) fn clear(&mut self) {
        self.buffer.truncate(HEADER_BYTES);
        self.buffer.shrink_to(KEPT_BUFFER_BYTES);
        self.frames.clear();
        self.touched.clear();
    }
}

/// Where a frame lies that begins at `start` of the buffer.
fn placed(at: Position, start: usize) -> Position {
    Position::new(at.segment(), at.offset() + (start - HEADER_BYTES))
}
