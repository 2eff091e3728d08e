//! Being the standby: this machine follows a site server, keeps everything that it has, and lets
//! nobody record anything here.
//!
//! Invariant: whom it follows is on the disk before its store is first opened, since every record is
//! folded by that; a damaged file is never taken for none, or the standby would be a second site.

use std::fs;
use std::io;
use std::path::Path;

use domain::event::NodeReplaced;
use domain::ids::{KeyId, NodeId};
use journal::{Entry, KeysErased, NodePublic, kind};
use link::{Address, BadAddress, EnrolError, carry};
use minicbor::bytes::ByteVec;
use minicbor::{Decode, Encode};
use store::{FileDisk, StoreError};
use sync::enrol::Code;

const FILE: &str = "follows.cbor";

/// The site server that a standby follows, as it lies on the standby's disk.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
#[cbor(map)]
pub struct Followed {
    /// Where it is.
    #[n(0)]
    pub address: String,
    #[n(1)]
    public: ByteVec,
    /// Those whose place it took, the latest first.
    #[n(2)]
    before: Option<Vec<NodeId>>,
    /// The site server is this very machine, under the identity that it had before.
    #[n(3)]
    itself: Option<bool>,
}

/// What makes a new machine a standby.
#[derive(Debug, Clone)]
pub struct Follow {
    /// The address of the site server.
    pub site: String,
    /// The one-time code from the organiser's page.
    pub code: String,
    /// Where the site server and the kiosks reach this machine.
    pub reached_at: String,
}

/// Why a machine can't follow; the text says what to do.
#[derive(Debug, thiserror::Error)]
pub enum FollowError {
    /// The directory belongs to a site server of its own.
    #[error("this directory holds a site server's records: a standby begins with an empty --data")]
    NotEmpty,
    /// The code can't be one.
    #[error("a code has ten letters and digits, such as 7K2M9-QXD4A: look again")]
    NotACode,
    /// An address can't be one.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// The site's answer, or none.
    #[error(transparent)]
    Site(#[from] EnrolError),
    /// This machine has no identity, and can't make one.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The file that says whom it follows can't be read or written.
    #[error("{FILE} can't be read or written: {0}")]
    Disk(#[from] io::Error),
    /// The file is damaged.
    #[error("{FILE} is damaged: enrol a standby anew, with an empty --data")]
    Damaged,
}

impl Followed {
    /// Whom a directory's node follows; none if it is no standby.
    ///
    /// # Errors
    /// [`FollowError::Disk`], [`FollowError::Damaged`].
    pub fn read(directory: &Path) -> Result<Option<Self>, FollowError> {
        let bytes = match fs::read(directory.join(FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let known: Self = minicbor::decode(&bytes).map_err(|_| FollowError::Damaged)?;
        known.public().ok_or(FollowError::Damaged)?;
        Ok(Some(known))
    }

    /// Enrols the node of a directory as the standby of a site server, and notes whom it follows. One
    /// that follows already goes on doing so; its code was used.
    ///
    /// # Errors
    /// [`FollowError`].
    pub async fn begin(directory: &Path, follow: &Follow) -> Result<Self, FollowError> {
        if let Some(known) = Self::read(directory)? {
            return Ok(known);
        }
        if directory.join(office::ROWS_DIRECTORY).exists() {
            return Err(FollowError::NotEmpty);
        }
        let code = Code::parse(&follow.code).ok_or(FollowError::NotACode)?;
        let site: Address = Address::parse(&follow.site, None)?;
        let reached_at: Address = Address::parse(&follow.reached_at, None)?;
        // The disk's lock is let go of again before the store is opened.
        let key = store::identity(&FileDisk::open(directory)?)?;
        let terms = (&reached_at, crate::SOFTWARE);
        let enrolment = link::enrol_standby(&site, &code, &key, terms).await?;
        let public = enrolment.issuer.to_bytes().to_vec().into();
        let before = enrolment.statement.before;
        let address = site.base().to_owned();
        let followed = Self { address, public, before, itself: None };
        followed.write(directory)?;
        Ok(followed)
    }

    /// That of a machine whose site server was itself, under the identity of before.
    pub(crate) fn itself(address: String, public: NodePublic, before: Vec<NodeId>) -> Self {
        let public = public.to_bytes().to_vec().into();
        Self { address, public, before: Some(before), itself: Some(true) }
    }

    /// Notes in a directory whom its node follows.
    pub(crate) fn write(&self, directory: &Path) -> Result<(), FollowError> {
        let bytes = minicbor::to_vec(self).map_err(|_| FollowError::Damaged)?;
        carry::write(&directory.join(FILE), FILE, &bytes).map_err(io::Error::other)?;
        Ok(())
    }

    /// The site server's keys.
    #[must_use]
    pub fn public(&self) -> Option<NodePublic> {
        NodePublic::from_bytes(self.public.as_slice()).ok()
    }

    /// The site server's node.
    #[must_use]
    pub fn node(&self) -> Option<NodeId> {
        self.public().map(NodePublic::node_id)
    }

    /// Whether it is another machine.
    #[must_use]
    pub fn is_another(&self) -> bool {
        self.itself != Some(true)
    }

    /// What is recorded when a node takes the site server's place.
    #[must_use]
    pub(crate) fn replaced_by(&self, node: NodeId) -> NodeReplaced {
        NodeReplaced {
            node,
            before: self.line(),
            missing: Vec::new(),
            public_keys: self.public.as_slice().try_into().ok(),
        }
    }

    /// The site server and those whose place it took, the latest first.
    #[must_use]
    pub fn line(&self) -> Vec<NodeId> {
        self.node().into_iter().chain(self.before.iter().flatten().copied()).collect()
    }
}

/// The keys that records of the site server say are erased there.
pub(crate) fn erased_in(entries: &[Entry]) -> Vec<KeyId> {
    let records = entries.iter().filter_map(|entry| entry.record().ok());
    let erased = records.filter(|record| record.kind == kind::KEYS_ERASED);
    let erased = erased.filter_map(|record| KeysErased::decode(&record.payload).ok());
    erased.flat_map(|erased| erased.keys).collect()
}
