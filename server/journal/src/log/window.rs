//! Frames read from the disk through a buffer that goes along with them.

use super::JournalError;
use crate::disk::Disk;
use crate::frame::{Frame, NoFrame, PREFIX_BYTES};
use crate::number::long;
use crate::position::Position;
use crate::segment;

/// A moving view of one segment at a time.
pub(crate) struct Window<'d, D: Disk> {
    disk: &'d D,
    file: Option<(u32, D::File)>,
    start: usize,
    bytes: Vec<u8>,
    ahead_bytes: usize,
}

impl<'d, D: Disk> Window<'d, D> {
    /// Reads `ahead_bytes` at a time, or more where one frame is longer.
    pub(crate) const fn new(disk: &'d D, ahead_bytes: usize) -> Self {
        Self { disk, file: None, start: 0, bytes: Vec::new(), ahead_bytes }
    }

    /// The frame that begins at `at`.
    pub(crate) fn frame(&mut self, at: Position) -> Result<Frame<'_>, JournalError> {
        let damaged = JournalError::Damaged { segment: at.segment(), offset: long(at.offset()) };
        self.ensure(at, PREFIX_BYTES)?;
        let length = match Frame::length(self.from(at)) {
            Ok(length) | Err(NoFrame::Cut(length)) => length,
            Err(NoFrame::Bad) => return Err(damaged),
        };
        self.ensure(at, length)?;
        Frame::parse(self.from(at), at).map_err(|_| damaged)
    }

    fn from(&self, at: Position) -> &[u8] {
        let skipped = at.offset().checked_sub(self.start);
        skipped.and_then(|skipped| self.bytes.get(skipped..)).unwrap_or_default()
    }

    fn ensure(&mut self, at: Position, length: usize) -> Result<(), JournalError> {
        let here = self.file.as_ref().is_some_and(|(number, _)| *number == at.segment());
        if here && self.from(at).len() >= length {
            return Ok(());
        }
        if !here {
            let file = self.disk.open(&segment::name(at.segment()))?;
            self.file = Some((at.segment(), file));
        }
        let Some((_, file)) = &self.file else { return Ok(()) };
        self.bytes.resize(length.max(self.ahead_bytes), 0);
        self.start = at.offset();
        let read = self.disk.read_at(file, long(at.offset()), &mut self.bytes)?;
        self.bytes.truncate(read);
        Ok(())
    }
}
