//! The site's view as it lies on this station's disk, so that a station that starts without a
//! network knows what it knew.
//!
//! One file, replaced as a whole: written under another name, synced, renamed, the directory synced.
//! Ticket keys lie in it only as they came, sealed to this station's own key. A damaged file is no
//! misfortune: the site sends everything again.

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use domain::station::{StationSecrets, StationSettings, StationView, TicketChange, ViewUpdate};
use domain::verdict::Stage;
use journal::NodeKey;
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use sync::view::{VIEW_SECRETS_INFO, View};

const FILE: &str = "view.cbor";
const UNFINISHED: &str = "view.cbor.new";

/// The longest view file that is read, in bytes; a fair of 100,000 tickets takes about a tenth.
const MAX_FILE_BYTES: u64 = 128 * 1024 * 1024;

/// The view, as it came.
#[derive(Debug, Clone, Default, PartialEq, Encode, Decode)]
#[cbor(map)]
pub(super) struct Kept {
    /// Up to where this station has the changes.
    #[n(0)]
    pub(super) cursor: u64,
    #[n(1)]
    settings: Option<StationSettings>,
    #[n(2)]
    changes: Vec<TicketChange>,
    #[n(3)]
    sealed: Option<ByteVec>,
}

/// Why a view that came was not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadView {
    /// Its bytes were changed on the way.
    #[error("the view was damaged on its way; it is fetched again")]
    Damaged,
    /// It begins beyond what this station has.
    #[error("the view does not follow the one held here; it is fetched anew")]
    Gap,
    /// The ticket keys in it are sealed to another station.
    #[error("the ticket keys can't be opened here: enrol this station again")]
    NotForUs,
}

impl Kept {
    /// Takes in a view that came, here and in `view`. Says whether settings or keys changed.
    ///
    /// # Errors
    /// [`BadView`]; then nothing is taken.
    pub(super) fn take(
        &mut self,
        came: &View,
        key: &NodeKey,
        view: &mut StationView,
    ) -> Result<bool, BadView> {
        came.check().map_err(|_| BadView::Damaged)?;
        let update: ViewUpdate = minicbor::decode(&came.body).map_err(|_| BadView::Damaged)?;
        let secrets = came.sealed.as_ref().map(|sealed| open(sealed, key)).transpose()?;
        if update.from == 0 {
            // The site began anew, or so do we: nothing older counts.
            *self = Self::default();
            *view = StationView::default();
        }
        if !view.apply(&update) {
            return Err(BadView::Gap);
        }
        if let Some(secrets) = &secrets {
            view.take_secrets(secrets);
            self.sealed.clone_from(&came.sealed);
        }
        let settings_came = update.settings.is_some();
        self.add(update);
        Ok(settings_came || secrets.is_some())
    }

    fn add(&mut self, update: ViewUpdate) {
        self.cursor = update.to;
        if let Some(settings) = update.settings {
            self.settings = Some(settings);
        }
        self.changes.extend(update.changes);
        let rehearsal = self.settings.as_ref().is_some_and(|known| known.stage == Stage::Rehearsal);
        self.changes.retain(|change| change.rehearsal == rehearsal);
    }

    /// The view that these bytes add up to, with the keys that open here.
    #[must_use]
    pub(super) fn view(&self, key: &NodeKey) -> StationView {
        let mut view = StationView::default();
        let update = ViewUpdate {
            from: 0,
            to: self.cursor,
            settings: self.settings.clone(),
            changes: self.changes.clone(),
        };
        view.apply(&update);
        if let Some(secrets) = self.sealed.as_ref().and_then(|sealed| open(sealed, key).ok()) {
            view.take_secrets(&secrets);
        }
        view
    }

    /// Reads the view of a directory; an empty one if there is none or it is damaged.
    #[must_use]
    pub(super) fn read(directory: &Path) -> Self {
        match read_file(&directory.join(FILE)) {
            Ok(bytes) => minicbor::decode(&bytes).unwrap_or_else(|_| {
                tracing::warn!("the kept view is damaged; the site sends it again");
                Self::default()
            }),
            Err(error) if error.kind() == io::ErrorKind::NotFound => Self::default(),
            Err(error) => {
                tracing::warn!(%error, "the kept view can't be read; the site sends it again");
                Self::default()
            }
        }
    }

    /// Writes the view, whole and durable, in place of the one before.
    ///
    /// # Errors
    /// The disk's; the view before is then still there.
    pub(super) fn write(&self, directory: &Path) -> io::Result<()> {
        let bytes = minicbor::to_vec(self).map_err(io::Error::other)?;
        replace_file(directory, (UNFINISHED, FILE), &bytes)
    }
}

fn open(sealed: &[u8], key: &NodeKey) -> Result<StationSecrets, BadView> {
    let plain = key
        .open_letter(VIEW_SECRETS_INFO, &key.node_id().0, sealed)
        .map_err(|_| BadView::NotForUs)?;
    minicbor::decode(&plain).map_err(|_| BadView::NotForUs)
}

fn read_file(path: &PathBuf) -> io::Result<Vec<u8>> {
    if fs::metadata(path)?.len() > MAX_FILE_BYTES {
        return Err(io::Error::other("larger than any view"));
    }
    fs::read(path)
}

/// Replaces a file of a directory durably: written beside it, synced, renamed, the directory synced.
///
/// # Errors
/// The disk's; the file before is then still there.
pub(super) fn replace_file(
    directory: &Path,
    (unfinished, name): (&str, &str),
    bytes: &[u8],
) -> io::Result<()> {
    let beside = directory.join(unfinished);
    let mut file = File::create(&beside)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    fs::rename(&beside, directory.join(name))?;
    File::open(directory)?.sync_all()
}
