//! The way to headquarters without a network: a file on a stick there, an acknowledgement back.
//!
//! Invariant: sealed parts stay here, as over the network; only an acknowledgement that headquarters
//! signed for this site counts, and it is checked again whenever it is read.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex, OnceLock};

use data_encoding::HEXLOWER;
use domain::event::Event;
use journal::{Head, NodePublic, verify};
use link::LinkStatus;
use link::carry::{self, Bundle, CarryError, Export};
use office::lock;
use sha2::{Digest, Sha256};
use store::{FileDisk, Store, StoreError};
use sync::Stream;
use sync::bundle::Manifest;
use sync::bundle::acknowledgement::Acknowledgement;
use web::ApiError;

use crate::following::FollowError;
use crate::headquarters::origins;
use crate::machine::FairMachine;
use crate::site::Site;

/// The last acknowledgement that came by hand, in the site's directory.
pub const ACKNOWLEDGEMENT_FILE: &str = "headquarters.ack";

/// What goes into a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Extent {
    /// What headquarters is not known to have.
    Rest,
    /// Everything.
    All,
}

/// What is remembered of carrying records.
#[derive(Default)]
pub struct ByHand {
    directory: OnceLock<PathBuf>,
    written: Mutex<Option<Receipt>>,
}

/// What was written last, to be shown and printed.
#[derive(Debug, Clone)]
pub struct Receipt {
    /// The file's name.
    pub name: String,
    /// What is in it.
    pub manifest: Manifest,
    /// How long it is, in bytes.
    pub size_bytes: usize,
    /// Its SHA-256, in hexadecimal.
    pub hash: String,
}

/// Why records can't be carried; the text is for the operator.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// This site was never enrolled at a headquarters.
    #[error(
        "this site is not enrolled at headquarters: enrol it there once first (carry_not_linked)"
    )]
    NotLinked,
    /// The records or the file.
    #[error("{0} ({code})", code = .0.code())]
    Carry(#[from] CarryError),
    /// The directory can't be used.
    #[error(transparent)]
    Open(#[from] FollowError),
    /// Its store.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The journal can't be read.
    #[error(transparent)]
    Journal(#[from] journal::JournalError),
    /// The acknowledgement can't be kept.
    #[error("the acknowledgement can't be written: {0}")]
    Disk(#[from] io::Error),
}

impl From<Failure> for ApiError {
    fn from(failure: Failure) -> Self {
        match failure {
            Failure::NotLinked => Self::conflict("carry_not_linked"),
            Failure::Carry(error) => error.into(),
            Failure::Open(FollowError::Store(error)) | Failure::Store(error) => {
                office::failure::stored(error)
            }
            Failure::Open(error) => Self::internal(error),
            Failure::Journal(error) => Self::internal(error),
            Failure::Disk(error) => Self::internal(error),
        }
    }
}

impl Receipt {
    /// The receipt of a bundle.
    #[must_use]
    pub fn of(bundle: &Bundle) -> Self {
        let manifest = bundle.manifest.clone();
        Self {
            name: carry::file_name(manifest.sender, manifest.made_at_ms, "bundle"),
            size_bytes: bundle.file.len(),
            hash: HEXLOWER.encode(&Sha256::digest(&bundle.file)),
            manifest,
        }
    }
}

impl ByHand {
    /// What was written last.
    #[must_use]
    pub fn receipt(&self) -> Option<Receipt> {
        lock(&self.written).clone()
    }

    /// Where acknowledgements are kept; without a directory they last as long as this process.
    pub fn keep_in(&self, directory: &Path) {
        // Told once, when the program starts.
        let _already = self.directory.set(directory.to_path_buf());
    }

    /// The acknowledgement that was kept, if it is there and headquarters' for this site.
    pub(crate) fn kept(
        &self,
        headquarters: NodePublic,
        own: &journal::NodeKey,
    ) -> Option<Acknowledgement> {
        kept(self.directory.get()?, headquarters, own)
    }
}

impl Site {
    /// Writes a file for headquarters.
    ///
    /// # Errors
    /// [`Failure`].
    pub async fn write_bundle(&self, extent: Extent) -> Result<(Receipt, Vec<u8>), Failure> {
        let known = match (extent, self.headquarters.status()) {
            (Extent::Rest, Some(status)) => known_of(&status),
            _ => BTreeMap::new(),
        };
        let bundle = bundle(self.store(), known).await?;
        let receipt = Receipt::of(&bundle);
        *lock(&self.by_hand.written) = Some(receipt.clone());
        Ok((receipt, bundle.file))
    }

    /// Takes headquarters' acknowledgement, and counts what it says as delivered.
    ///
    /// # Errors
    /// [`Failure`].
    pub fn take_acknowledgement(&self, file: &[u8]) -> Result<Acknowledgement, Failure> {
        let headquarters = self.store().read(headquarters_of).ok_or(Failure::NotLinked)?;
        let said = carry::open_acknowledgement(file, headquarters, self.store().key())?;
        if let Some(directory) = self.by_hand.directory.get() {
            keep(directory, file, &said, self.by_hand.kept(headquarters, self.store().key()))?;
        }
        self.headquarters.acknowledged(&said);
        Ok(said)
    }
}

/// Makes a bundle for headquarters out of a site's store.
///
/// # Errors
/// [`Failure`].
pub async fn bundle(
    store: &Store<FairMachine>,
    known: BTreeMap<Stream, Head>,
) -> Result<Bundle, Failure> {
    let receiver = store.read(headquarters_of).ok_or(Failure::NotLinked)?;
    let export = Export {
        receiver,
        known,
        origins: store.read(origins),
        software: crate::SOFTWARE.to_owned(),
        made_at_ms: office::now_ms(),
    };
    Ok(carry::export(&Arc::new(store.clone()), export).await?)
}

/// As the running site's, for the command line over a stopped one.
///
/// # Errors
/// [`Failure`].
pub async fn export(directory: &Path, extent: Extent) -> Result<(Receipt, Vec<u8>), Failure> {
    let (store, _) = crate::open(directory)?;
    let known = match extent {
        Extent::All => BTreeMap::new(),
        Extent::Rest => {
            let headquarters = store.read(headquarters_of).ok_or(Failure::NotLinked)?;
            heads_of(kept(directory, headquarters, store.key()))
        }
    };
    let made = bundle(&store, known).await;
    store.close().await?;
    let bundle = made?;
    Ok((Receipt::of(&bundle), bundle.file))
}

/// Takes an acknowledgement at a stopped site: it counts from the next start on. Changes nothing
/// in the journal.
///
/// # Errors
/// [`Failure`].
pub fn acknowledge(directory: &Path, file: &[u8]) -> Result<Acknowledgement, Failure> {
    let disk = FileDisk::open(directory)?;
    let key = store::identity(&disk)?;
    let mut linked = None;
    verify::each(&disk, |entry, _| {
        let Ok(view) = entry.view() else { return };
        if view.origin == key.node_id()
            && let Ok(Some(Event::HeadquartersLinked(link))) =
                Event::read(view.kind.0, view.payload)
        {
            linked = NodePublic::from_bytes(&link.public_keys).ok();
        }
    })?;
    let headquarters = linked.ok_or(Failure::NotLinked)?;
    let said = carry::open_acknowledgement(file, headquarters, &key)?;
    keep(directory, file, &said, kept(directory, headquarters, &key))?;
    Ok(said)
}

fn headquarters_of(machine: &FairMachine) -> Option<NodePublic> {
    let linked = office::OfficeMachine::fair(machine).headquarters()?;
    NodePublic::from_bytes(&linked.public_keys).ok()
}

fn known_of(status: &LinkStatus) -> BTreeMap<Stream, Head> {
    let streams = status.sync.streams.iter();
    streams.filter_map(|(stream, known)| Some((*stream, known.receiver?))).collect()
}

fn kept(
    directory: &Path,
    headquarters: NodePublic,
    own: &journal::NodeKey,
) -> Option<Acknowledgement> {
    let file = std::fs::read(directory.join(ACKNOWLEDGEMENT_FILE)).ok()?;
    let read = carry::open_acknowledgement(&file, headquarters, own);
    read.inspect_err(|error| tracing::warn!(%error, "the kept acknowledgement is passed over")).ok()
}

/// What headquarters is known to have by an acknowledgement; nothing without one.
fn heads_of(said: Option<Acknowledgement>) -> BTreeMap<Stream, Head> {
    let heads = said.map(|said| said.heads).unwrap_or_default();
    heads.into_iter().map(|head| (head.stream(), head.head)).collect()
}

/// Keeps an acknowledgement, unless the one that is kept says all that it says.
fn keep(
    directory: &Path,
    file: &[u8],
    said: &Acknowledgement,
    before: Option<Acknowledgement>,
) -> io::Result<()> {
    let known = heads_of(before.filter(|before| before.store == said.store));
    let is_news = |head: &sync::StreamHead| {
        known.get(&head.stream()).is_none_or(|known| known.seq < head.head.seq)
    };
    if said.heads.iter().any(is_news) {
        carry::write(&directory.join(ACKNOWLEDGEMENT_FILE), ACKNOWLEDGEMENT_FILE, file)?;
    }
    Ok(())
}
