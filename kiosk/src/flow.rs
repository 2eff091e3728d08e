//! What stands on the screen, and when it goes away.
//!
//! Pure: time comes in as milliseconds of any clock that only grows. Invariants: a scan has one
//! verdict; the same code seen again within [`SAME_SCAN_MS`] is the same scan; a new scan replaces
//! whatever is on the screen; whatever happened, after a while without anybody the station is ready
//! and has forgotten who was there. Knows nothing of tickets, pages or the network.

/// A code seen again within this time is still the same scan: nobody holds a hand quite still.
pub const SAME_SCAN_MS: u64 = 3_000;

/// How long a decision may take before the screen stops waiting for it. The station answers within
/// a fraction of this; what is later has failed.
pub const DECIDING_MS: u64 = 10_000;

/// How long each part of a result stands. The page counts; the station forgets a little later.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lasting {
    /// The large word, in milliseconds.
    pub verdict_ms: u64,
    /// The route after it, in milliseconds; 0 when there is none.
    pub route_ms: u64,
}

impl Lasting {
    /// A verdict that is all there is to see.
    pub const VERDICT: Self = Self { verdict_ms: 8_000, route_ms: 0 };
    /// A welcome, then the route.
    pub const WELCOME: Self = Self { verdict_ms: 4_000, route_ms: 8_000 };
    /// A fresh ticket that somebody photographs.
    pub const TICKET: Self = Self { verdict_ms: 60_000, route_ms: 30_000 };

    /// Twice as long, for those who asked for large type.
    #[must_use]
    pub const fn doubled(self) -> Self {
        Self { verdict_ms: self.verdict_ms * 2, route_ms: self.route_ms * 2 }
    }

    const fn total_ms(self) -> u64 {
        self.verdict_ms + self.route_ms
    }
}

/// What "a little longer" adds, in milliseconds.
pub const LONGER_MS: u64 = 30_000;

/// The page's own counting may lag behind by this, in milliseconds.
const SLACK_MS: u64 = 2_000;

/// The number of a scan since the station started.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct ScanNumber(pub u64);

/// What a sighting of a code is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sighting {
    /// A new scan: decide it, then report [`Flow::decided`].
    New(ScanNumber),
    /// The scan that is being decided or was just shown: do nothing.
    Same,
}

/// The screen of one station. `T` is what a result shows; it is dropped when the result goes.
#[derive(Debug)]
pub struct Flow<T> {
    last: ScanNumber,
    seen: Option<Seen>,
    screen: Screen<T>,
}

#[derive(Debug)]
struct Seen {
    code: String,
    last_ms: u64,
    /// It is on the screen itself: while it stands, seeing it is no scan.
    on_screen: bool,
}

#[derive(Debug)]
enum Screen<T> {
    Ready,
    Deciding { until_ms: u64 },
    Result { scan: ScanNumber, until_ms: u64, shown: T },
}

impl<T> Default for Flow<T> {
    fn default() -> Self {
        Self { last: ScanNumber::default(), seen: None, screen: Screen::Ready }
    }
}

impl<T> Flow<T> {
    /// A code came into sight, or a number was typed.
    pub fn sighted(&mut self, code: &str, now_ms: u64) -> Sighting {
        self.tidy(now_ms);
        if let Some(seen) = self.seen.as_mut().filter(|seen| seen.code == code) {
            seen.last_ms = now_ms;
            return Sighting::Same;
        }
        self.seen = Some(Seen { code: code.to_owned(), last_ms: now_ms, on_screen: false });
        Sighting::New(self.begin(now_ms))
    }

    /// Somebody began something that is no sighting: a walk-in.
    pub fn begin(&mut self, now_ms: u64) -> ScanNumber {
        self.last = ScanNumber(self.last.0 + 1);
        self.screen = Screen::Deciding { until_ms: now_ms + DECIDING_MS };
        self.last
    }

    /// A scan was decided. False if a newer one has taken the screen meanwhile: then this result is
    /// not shown.
    pub fn decided(&mut self, scan: ScanNumber, shown: T, lasting: Lasting, now_ms: u64) -> bool {
        if scan != self.last {
            return false;
        }
        // The code may have been in sight all the while it took to decide.
        if let Some(seen) = &mut self.seen {
            seen.last_ms = seen.last_ms.max(now_ms);
        }
        let until_ms = now_ms + lasting.total_ms() + SLACK_MS;
        self.screen = Screen::Result { scan, until_ms, shown };
        true
    }

    /// A scan could not be decided: the station is ready again, and the code may be tried at once.
    pub fn failed(&mut self, scan: ScanNumber) {
        if scan == self.last {
            self.seen = None;
            self.screen = Screen::Ready;
        }
    }

    /// A code that is on the screen itself: seeing it (on the phone that photographs it) is not a
    /// scan while it stands.
    pub fn shows_code(&mut self, code: &str, now_ms: u64) {
        self.seen = Some(Seen { code: code.to_owned(), last_ms: now_ms, on_screen: true });
    }

    /// Somebody wants to look a little longer.
    pub fn longer(&mut self, now_ms: u64) {
        self.tidy(now_ms);
        if let Screen::Result { until_ms, .. } = &mut self.screen {
            *until_ms = now_ms + LONGER_MS + SLACK_MS;
        }
    }

    /// The person is done: the result is forgotten.
    pub fn finish(&mut self) {
        self.screen = Screen::Ready;
    }

    /// What the screen shows, if it is a result.
    pub fn shown(&mut self, now_ms: u64) -> Option<(ScanNumber, &T)> {
        self.tidy(now_ms);
        match &self.screen {
            Screen::Result { scan, shown, .. } => Some((*scan, shown)),
            Screen::Ready | Screen::Deciding { .. } => None,
        }
    }

    /// Whether the next person can begin.
    pub fn is_ready(&mut self, now_ms: u64) -> bool {
        self.tidy(now_ms);
        matches!(self.screen, Screen::Ready)
    }

    fn tidy(&mut self, now_ms: u64) {
        match &self.screen {
            Screen::Deciding { until_ms } | Screen::Result { until_ms, .. }
                if *until_ms <= now_ms =>
            {
                self.screen = Screen::Ready;
            }
            _ => {}
        }
        let (deciding, result) = match &self.screen {
            Screen::Ready => (false, false),
            Screen::Deciding { .. } => (true, false),
            Screen::Result { .. } => (false, true),
        };
        let gone = |seen: &Seen| {
            let away_ms = now_ms.saturating_sub(seen.last_ms);
            away_ms > SAME_SCAN_MS && !deciding && !(result && seen.on_screen)
        };
        if self.seen.as_ref().is_some_and(gone) {
            self.seen = None;
        }
    }
}

#[cfg(test)]
mod tests;
