//! Files of a version, kept for good: every later version must read them.
//!
//! Each version has a directory below `tests/compatibility`: the directories of a stopped
//! headquarters, site and kiosk, every file of them packed by zstd on its own (segments are mostly
//! zeros), and single messages as they travel. `expected.json` beside them says what must be found
//! in them. Nothing of an earlier version is ever written again. The people and the sign-ins in
//! them exist nowhere else.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use anyhow::{Context, Result, ensure};
use data_encoding::HEXLOWER;
use domain::ids::{Epoch, NodeId};
use journal::{Head, verify};
use serde::{Deserialize, Serialize};
use store::FileDisk;

use crate::canary::files_below;
use crate::journey::Figures;

mod generate;

pub use generate::{STORE, generate, journal_of};

/// What the files of a version must hold.
#[derive(Debug, Serialize, Deserialize)]
pub struct Expected {
    /// The journals, by the names of their directories.
    pub journals: BTreeMap<String, Held>,
    /// What site and headquarters count.
    pub figures: Figures,
    /// The fair's day on which everything happened.
    pub day: String,
    /// A ticket that was presented, and one that was not, on that day.
    pub tickets: Tickets,
    /// The text of the one consultation.
    pub facts: String,
    /// How the kiosk stands without its site.
    pub kiosk_stage: String,
    /// How many records the batch holds.
    pub batch_records: usize,
    /// The head after them, as in [`Held::heads`].
    pub batch_last: String,
    /// The site's public keys, in hexadecimal: it signed batch and hello.
    pub site_public: String,
}

/// Texts of tickets.
#[derive(Debug, Serialize, Deserialize)]
pub struct Tickets {
    /// Its owner came in.
    pub presented: String,
    /// Its owner did not.
    pub fresh: String,
}

/// What a journal holds.
#[derive(Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Held {
    /// Records of all origins.
    pub records: u64,
    /// For each stream `origin/epoch` its last record and the chain hash after it.
    pub heads: BTreeMap<String, String>,
}

impl Held {
    /// Reads the journal of a stopped node.
    ///
    /// # Errors
    ///
    /// When it can't be read.
    pub fn of(data: &Path) -> Result<Self> {
        let disk = FileDisk::open(data)?;
        let mut heads: BTreeMap<(NodeId, Epoch), Head> = BTreeMap::new();
        let mut records = 0;
        verify::each(&disk, |entry, _| {
            let Ok(view) = entry.view() else { return };
            records += 1;
            let before = Head::before(view.origin, view.epoch);
            let head = heads.entry((view.origin, view.epoch)).or_insert(before);
            *head = head.extend(entry.open);
        })?;
        let heads = heads.into_iter().map(|((origin, epoch), head)| {
            (format!("{origin}/{:016x}", epoch.0), head_text(&head))
        });
        Ok(Self { records, heads: heads.collect() })
    }
}

/// A head as `expected.json` writes it.
#[must_use]
pub fn head_text(head: &Head) -> String {
    format!("{} {}", head.seq, HEXLOWER.encode(&head.hash.0))
}

/// Where the files of all versions lie.
#[must_use]
pub fn directory() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("compatibility")
}

/// The directories of all versions.
///
/// # Errors
///
/// When there are none.
pub fn versions() -> Result<Vec<PathBuf>> {
    let entries = std::fs::read_dir(directory())?;
    let mut found = Vec::new();
    for entry in entries {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            found.push(entry.path());
        }
    }
    found.sort();
    ensure!(!found.is_empty(), "no version's files are kept");
    Ok(found)
}

/// The expectations beside the files of a version.
///
/// # Errors
///
/// When they can't be read.
pub fn expected(version: &Path) -> Result<Expected> {
    Ok(serde_json::from_slice(&std::fs::read(version.join(EXPECTED))?)?)
}

/// A bundle for headquarters, with everything that the site had.
pub const BUNDLE: &str = "all.bundle";
/// What headquarters answered to it.
pub const ACKNOWLEDGEMENT: &str = "headquarters.ack";
const EXPECTED: &str = "expected.json";
/// What is added to the name of a packed file.
const PACKED: &str = "zst";
/// Packing is done once and counts for ever.
const LEVEL: i32 = 19;
/// A lock is no content.
const LOCK: &str = "lock";

/// Packs every file below `from` into the same place below `to`.
fn pack(from: &Path, to: &Path) -> Result<()> {
    for file in files_below(from)? {
        if file.file_name().is_some_and(|name| name == LOCK) {
            continue;
        }
        let mut name = to.join(file.strip_prefix(from)?).into_os_string();
        name.push(".");
        name.push(PACKED);
        let packed = PathBuf::from(name);
        std::fs::create_dir_all(packed.parent().context("a file lies in a directory")?)?;
        std::fs::write(packed, zstd::encode_all(std::fs::read(file)?.as_slice(), LEVEL)?)?;
    }
    Ok(())
}

/// Unpacks every file below `from` into the same place below `to`.
///
/// # Errors
///
/// When one is not packed, or can't be written.
pub fn unpack(from: &Path, to: &Path) -> Result<()> {
    for file in files_below(from)? {
        let unpacked = to.join(file.strip_prefix(from)?).with_extension("");
        std::fs::create_dir_all(unpacked.parent().context("a file lies in a directory")?)?;
        std::fs::write(unpacked, zstd::decode_all(std::fs::read(&file)?.as_slice())?)?;
    }
    Ok(())
}
