//! Room on the disk: when people are warned, when nothing new is taken in, and when it is again.
//!
//! The rule: people are warned when less is free than 15 % of the disk or 2 GiB, whichever is
//! less; nothing new is taken in when less is free than 5 % or 512 MiB, whichever is less, until a
//! quarter more than that is free. So there is always room to stop, to start, to read, to erase and
//! to hand on. For the same end a ballast file, a quarter of the lower mark and 64 MiB at most, is laid
//! down while there is room, and let go of at a start without room. Journal files are a
//! sixty-fourth of a small disk, 16 MiB from 1 GiB up.

use std::time::Duration;

use journal::disk::Room;
use journal::{Disk, DiskError, DiskErrorKind};

/// The file that only takes up room.
pub const BALLAST_FILE: &str = "ballast";
const WARN_PERCENT: u64 = 15;
const WARN_BYTES: u64 = 2 << 30;
const READ_ONLY_PERCENT: u64 = 5;
const READ_ONLY_BYTES: u64 = 512 << 20;
/// The largest ballast.
const BALLAST_BYTES: u64 = 64 << 20;
/// The smallest journal files, on the smallest disks.
const SEGMENT_BYTES_LEAST: u64 = 256 << 10;
/// How often the system is asked.
const ASKED_EVERY: Duration = Duration::from_secs(1);

/// How much room there is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Space {
    /// Enough.
    Plenty,
    /// People should make some.
    Low,
    /// Nothing new is taken in.
    ReadOnly,
}

/// The marks of a disk, in bytes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Marks {
    warn: u64,
    read_only: u64,
}

impl Marks {
    const fn of(total: u64) -> Self {
        Self {
            warn: least(total / 100 * WARN_PERCENT, WARN_BYTES),
            read_only: least(total / 100 * READ_ONLY_PERCENT, READ_ONLY_BYTES),
        }
    }

    /// How much room there is, where it was `before`.
    fn judge(self, free: u64, before: Space) -> Space {
        let again = self.read_only + self.read_only / 4;
        if free < self.read_only || (before == Space::ReadOnly && free < again) {
            Space::ReadOnly
        } else if free < self.warn {
            Space::Low
        } else {
            Space::Plenty
        }
    }

    const fn ballast(self) -> u64 {
        least(self.read_only / 4, BALLAST_BYTES)
    }
}

const fn least(one: u64, other: u64) -> u64 {
    if one < other { one } else { other }
}

/// How large journal files are on this disk, at most `wanted`.
pub(crate) fn segment_bytes<D: Disk>(disk: &D, wanted: u64) -> u64 {
    match disk.room() {
        Ok(Some(room)) => wanted.min((room.total_bytes / 64).max(SEGMENT_BYTES_LEAST)),
        Ok(None) | Err(_) => wanted,
    }
}

/// Keeps an eye on one disk.
pub(crate) struct Watch<D> {
    disk: D,
    space: Space,
    /// When to ask again, by the writer's own clock.
    ask_at: Duration,
    has_ballast: bool,
}

impl<D: Disk> Watch<D> {
    /// At a start: the ballast is laid down where there is room; without, it goes, so that starting
    /// has some.
    pub(crate) fn start(disk: D) -> Result<Self, DiskError> {
        let has_ballast = disk.open(BALLAST_FILE).is_ok();
        let mut watch = Self { disk, space: Space::Plenty, ask_at: Duration::ZERO, has_ballast };
        watch.space = watch.judged();
        watch.take_ballast();
        if watch.space == Space::ReadOnly && watch.has_ballast {
            watch.disk.remove(BALLAST_FILE)?;
            watch.disk.sync_directory()?;
            watch.has_ballast = false;
            tracing::warn!("the disk is full: the ballast was let go of, to be able to start");
        }
        Ok(watch)
    }

    /// How much room there is, asked for once a second at most.
    pub(crate) fn space(&mut self, now: Duration) -> Space {
        if now >= self.ask_at {
            self.ask_at = now + ASKED_EVERY;
            self.space = self.judged();
        }
        self.space
    }

    /// Takes up the ballast's room, where there is plenty and it isn't there: in a quiet moment.
    pub(crate) fn take_ballast(&mut self) {
        if self.has_ballast || self.space != Space::Plenty {
            return;
        }
        let Some(room) = self.room() else { return };
        self.has_ballast = true;
        let size = Marks::of(room.total_bytes).ballast();
        let taken = self.disk.reserve(BALLAST_FILE, size);
        if let Err(error) = taken.and_then(|()| self.disk.sync_directory()) {
            // It is only tried again at the next start; what is there of it is as good as it is.
            if error.kind == DiskErrorKind::Full {
                let _gone = self.disk.remove(BALLAST_FILE);
            }
            tracing::warn!(%error, "no ballast could be laid down");
        }
    }

    fn judged(&self) -> Space {
        let judge = |room: Room| Marks::of(room.total_bytes).judge(room.free_bytes, self.space);
        self.room().map_or(Space::Plenty, judge)
    }

    /// None where nobody can say.
    fn room(&self) -> Option<Room> {
        self.disk.room().ok().flatten()
    }
}

#[cfg(test)]
mod tests {
    use journal::disk::MemoryDisk;

    use super::*;

    const MIB: u64 = 1 << 20;

    #[test]
    fn the_marks_are_shares_of_small_disks_and_sizes_on_large_ones() {
        let small = Marks::of(100 * MIB);
        assert_eq!((small.warn / MIB, small.read_only / MIB), (15, 5));
        let large = Marks::of(1_000_000 * MIB);
        assert_eq!((large.warn, large.read_only), (2 << 30, 512 << 20));
        assert_eq!(large.ballast(), 64 * MIB);
    }

    #[test]
    fn it_is_left_only_when_a_quarter_more_is_free() {
        let marks = Marks { warn: 1_000, read_only: 400 };
        assert_eq!(marks.judge(1_000, Space::Plenty), Space::Plenty);
        assert_eq!(marks.judge(999, Space::Plenty), Space::Low);
        assert_eq!(marks.judge(400, Space::Low), Space::Low);
        assert_eq!(marks.judge(399, Space::Low), Space::ReadOnly);
        assert_eq!(marks.judge(499, Space::ReadOnly), Space::ReadOnly);
        assert_eq!(marks.judge(500, Space::ReadOnly), Space::Low);
    }

    #[test]
    fn the_ballast_is_there_while_there_is_room_and_goes_for_a_start_without() {
        let disk = MemoryDisk::new();
        disk.limit_bytes(Some(100 * MIB));
        let mut watch = Watch::start(disk.clone()).unwrap();
        assert_eq!(watch.space(Duration::from_secs(1)), Space::Plenty);
        assert_eq!(disk.contents(BALLAST_FILE).unwrap().len(), 5 * 1024 * 1024 / 4);
        disk.create("others", 98 * MIB).unwrap();
        assert_eq!(watch.space(Duration::from_millis(1_500)), Space::Plenty, "not asked yet");
        assert_eq!(watch.space(Duration::from_secs(2)), Space::ReadOnly);
        assert!(disk.contents(BALLAST_FILE).is_some(), "kept for a start");
        let mut watch = Watch::start(disk.clone()).unwrap();
        assert!(disk.contents(BALLAST_FILE).is_none());
        assert_eq!(watch.space(Duration::from_secs(1)), Space::ReadOnly, "it is no room to fill");
        disk.remove("others").unwrap();
        assert_eq!(watch.space(Duration::from_secs(2)), Space::Plenty);
    }

    #[test]
    fn journal_files_are_small_on_small_disks() {
        let disk = MemoryDisk::new();
        assert_eq!(segment_bytes(&disk, 16 * MIB), 16 * MIB, "nobody knows");
        disk.limit_bytes(Some(64 * MIB));
        assert_eq!(segment_bytes(&disk, 16 * MIB), MIB);
        assert_eq!(segment_bytes(&disk, 4096), 4096);
        disk.limit_bytes(Some(MIB));
        assert_eq!(segment_bytes(&disk, 16 * MIB), 256 * 1024);
    }
}
