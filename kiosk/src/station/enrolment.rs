//! To which site this station belongs, as it lies on its disk.

use std::fs;
use std::path::Path;

use journal::NodePublic;
use link::Enrolment;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::kept::replace_file;

const FILE: &str = "site.cbor";
const UNFINISHED: &str = "site.cbor.new";

/// The site that this station belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    /// Where it is reached.
    pub address: String,
    /// Who it is: answers of others count for nothing.
    pub site: NodePublic,
    /// What it calls this station.
    pub name: String,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct OnDisk {
    #[n(0)]
    address: String,
    #[n(1)]
    site: ByteArray<64>,
    #[n(2)]
    name: String,
}

/// Why the file can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BelongingError {
    /// The disk's answer.
    #[error("the enrolment can't be kept or read: check the disk and --data")]
    Disk(#[from] std::io::Error),
    /// Not what this program wrote.
    #[error("the file site.cbor is damaged: remove it and enrol this station again")]
    Damaged,
}

impl Belonging {
    /// What an enrolment at an address came to.
    #[must_use]
    pub fn of(enrolment: Enrolment, address: &str) -> Self {
        Self { address: address.to_owned(), site: enrolment.issuer, name: enrolment.statement.name }
    }

    /// Reads it from a directory; none if this station was never enrolled.
    ///
    /// # Errors
    /// [`BelongingError`]; a damaged file is never taken for none.
    pub fn read(directory: &Path) -> Result<Option<Self>, BelongingError> {
        let bytes = match fs::read(directory.join(FILE)) {
            Ok(bytes) => bytes,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
            Err(error) => return Err(error.into()),
        };
        let known: OnDisk = minicbor::decode(&bytes).map_err(|_| BelongingError::Damaged)?;
        let site =
            NodePublic::from_bytes(known.site.as_slice()).map_err(|_| BelongingError::Damaged)?;
        Ok(Some(Self { address: known.address, site, name: known.name }))
    }

    /// Writes it into a directory, durable.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, directory: &Path) -> Result<(), BelongingError> {
        let known = OnDisk {
            address: self.address.clone(),
            site: self.site.to_bytes().into(),
            name: self.name.clone(),
        };
        let bytes = minicbor::to_vec(&known).map_err(|_| BelongingError::Damaged)?;
        Ok(replace_file(directory, (UNFINISHED, FILE), &bytes)?)
    }
}
