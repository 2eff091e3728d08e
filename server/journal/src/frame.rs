//! Frames: how entries and commits lie in a segment.

/// An entry where it lies.
#[derive(Debug, Clone, Copy)]
pub struct EntryRef<'a> {
    /// The open part.
    pub open: &'a [u8],
    sealed: &'a [u8],
}
