//! A simulated disk.

/// A simulated disk.
#[derive(Debug, Clone, Default)]
pub struct MemoryDisk;
