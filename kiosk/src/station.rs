//! The station itself: it judges, records, asks the site for a better answer, and knows what the
//! site told.
//!
//! Order of a check-in: the own verdict, the record of it durable, then the site's word if it comes
//! in time. Invariants: one verdict a scan; nothing is shown that is not recorded; the site is never
//! waited for longer than [`SITE_WAIT`]. Knows nothing of pages.

mod changeover;
mod clock;
mod enrolment;
mod kept;
mod line;
pub mod machine;
mod own;
mod scan;
mod status;
mod suggest;

use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, RwLock};
use std::time::Duration;

use domain::ids::NodeId;
use domain::station::{StationSettings, StationView, Today};
use domain::verdict::Stage;
use store::backup::JOURNAL_DIRECTORY;
use store::{FileDisk, Opening, SEGMENT_BYTES, Store, StoreError, wall_clock_ms};

pub use clock::StationClock;
use clock::StationWorld;
pub use enrolment::{Belonging, BelongingError};
pub use kept::BadView;
pub use line::EnrolTrouble;
pub use machine::{NoTicket, SharedView};
pub use scan::{CheckIn, DecidedBy, Trouble, WalkIn};
pub use status::{LinkWord, StationStatus};
pub use suggest::{Route, Suggestions};

use kept::Kept;
use line::Line;
use machine::StationMachine;

/// How long somebody at the door waits for the site's word.
pub const SITE_WAIT: Duration = Duration::from_millis(200);

/// The version of the software, as the site shows it.
pub const SOFTWARE: &str = env!("CARGO_PKG_VERSION");

/// A station; shared by everything that runs in its process.
pub struct Station {
    directory: PathBuf,
    store: Store<StationMachine>,
    view: SharedView,
    kept: Mutex<KeptView>,
    suggestions: RwLock<Arc<Prepared>>,
    clock: Arc<StationClock>,
    line: RwLock<Option<Line>>,
}

/// The view on its way to the disk.
struct KeptView {
    kept: Kept,
    /// Since when something of it is not on the disk, on the clock since the start.
    unwritten_since_ms: Option<u64>,
}

/// Suggestions with what they were made from.
#[derive(Default)]
struct Prepared {
    /// Counts the settings that came.
    made_of: u64,
    today: Option<Today>,
    suggestions: Suggestions,
}

/// Why a station can't be opened.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// Its directory can't be made.
    #[error("the directory {path} can't be used: {error}; choose another with --data")]
    Directory {
        /// Which.
        path: PathBuf,
        /// The disk's answer.
        error: std::io::Error,
    },
    /// Its journal can't be opened.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// Where it belongs can't be read.
    #[error(transparent)]
    Belonging(#[from] BelongingError),
}

impl Station {
    /// Opens the station of a directory, or makes one. Blocks while it reads its journal.
    ///
    /// # Errors
    /// [`OpenError`], each with what to do.
    pub fn open(directory: &Path) -> Result<Arc<Self>, OpenError> {
        let journal = directory.join(JOURNAL_DIRECTORY);
        std::fs::create_dir_all(&journal)
            .map_err(|error| OpenError::Directory { path: directory.to_owned(), error })?;
        let view = SharedView::default();
        let share = Arc::clone(&view);
        let clock = Arc::new(StationClock::new(wall_clock_ms));
        let store = open_store(&journal, share, &clock)?;
        let kept = Kept::read(directory);
        *view.write().unwrap_or_else(PoisonError::into_inner) = kept.view(store.key());
        let station = Arc::new(Self {
            directory: directory.to_owned(),
            store,
            view,
            kept: Mutex::new(KeptView { kept, unwritten_since_ms: None }),
            suggestions: RwLock::default(),
            clock,
            line: RwLock::new(None),
        });
        station.prepare_suggestions();
        Ok(station)
    }

    /// This node.
    #[must_use]
    pub fn node(&self) -> NodeId {
        self.store.node()
    }

    /// The clocks.
    #[must_use]
    pub fn clock(&self) -> &StationClock {
        &self.clock
    }

    /// Where the fair stands, as far as known here.
    #[must_use]
    pub fn stage(&self) -> Stage {
        self.with_view(StationView::stage)
    }

    /// Looks at what the site told of the fair.
    pub fn settings<T>(&self, look: impl FnOnce(Option<&StationSettings>) -> T) -> T {
        self.with_view(|view| look(view.settings()))
    }

    /// The suggestions of today.
    #[must_use]
    pub fn suggestions(&self) -> SuggestionsNow {
        let today = self.clock.today();
        let known = self.prepared();
        if known.today == Some(today) {
            return SuggestionsNow(known);
        }
        self.prepare_suggestions();
        SuggestionsNow(self.prepared())
    }

    /// Ends the line to the site, writes what is unwritten, closes the journal.
    pub async fn close(&self) {
        let line = self.line.write().unwrap_or_else(PoisonError::into_inner).take();
        if let Some(line) = line {
            line.uplink.stop().await;
        }
        self.write_view();
        if let Err(error) = self.store.clone().close().await {
            tracing::warn!(%error, "the journal was not closed cleanly; nothing of it is lost");
        }
    }

    fn prepared(&self) -> Arc<Prepared> {
        Arc::clone(&self.suggestions.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn prepare_suggestions(&self) {
        let today = self.clock.today();
        let made_of = self.prepared().made_of + 1;
        let day = today.trusted.then_some(today.day);
        let secret = self.store.key().seed().as_slice();
        let suggestions = self
            .settings(|settings| settings.map(|settings| Suggestions::new(settings, day, secret)));
        let suggestions = suggestions.unwrap_or_default();
        let prepared = Prepared { made_of, today: Some(today), suggestions };
        *self.suggestions.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(prepared);
    }

    fn with_view<T>(&self, look: impl FnOnce(&StationView) -> T) -> T {
        look(&self.view.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn lock_kept(&self) -> MutexGuard<'_, KeptView> {
        self.kept.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn open_store(
    journal: &Path,
    view: SharedView,
    clock: &Arc<StationClock>,
) -> Result<Store<StationMachine>, StoreError> {
    let disk = FileDisk::open(journal)?;
    let key = store::identity(&disk)?;
    let opening = Opening {
        disk,
        views: None,
        software: SOFTWARE.to_owned(),
        segment_bytes: SEGMENT_BYTES,
        world: Arc::new(StationWorld(Arc::clone(clock))),
    };
    let (store, report) = opening.open(StationMachine::new(key.node_id(), view))?;
    if !report.recovery.was_clean {
        tracing::warn!(?report, "the last stop was not a clean one, or the journal is damaged");
    }
    Ok(store)
}

/// Today's suggestions, for as long as somebody looks at them.
pub struct SuggestionsNow(Arc<Prepared>);

impl std::ops::Deref for SuggestionsNow {
    type Target = Suggestions;

    fn deref(&self) -> &Suggestions {
        &self.0.suggestions
    }
}

#[cfg(test)]
mod tests;
