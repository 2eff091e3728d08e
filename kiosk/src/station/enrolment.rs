//! To which site this station belongs, as it lies on its disk: the site server that it speaks to, and
//! the other machine that may have taken that one's place.

use std::fs;
use std::path::Path;

use domain::event::SiteFollowed;
use journal::NodePublic;
use link::Enrolment;
use minicbor::bytes::ByteArray;
use minicbor::{Decode, Encode};

use super::kept::replace_file;

const FILE: &str = "site.cbor";
const UNFINISHED: &str = "site.cbor.new";

/// A site server, or its standby.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SiteServer {
    /// Where it is reached.
    pub address: String,
    /// Who it is: answers of others count for nothing.
    pub public: NodePublic,
}

/// The site that this station belongs to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Belonging {
    /// The machine that this station speaks to.
    pub at: SiteServer,
    /// The other one: the standby, or, once that took over, the machine that it followed.
    pub other: Option<SiteServer>,
    /// What the site calls this station.
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
    #[n(3)]
    other: Option<OtherOnDisk>,
}

#[derive(Encode, Decode)]
#[cbor(map)]
struct OtherOnDisk {
    #[n(0)]
    address: String,
    #[n(1)]
    site: ByteArray<64>,
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

impl SiteServer {
    /// The standby that a view names; none if its keys are none.
    #[must_use]
    pub fn told(standby: &SiteFollowed) -> Option<Self> {
        let public = NodePublic::from_bytes(&standby.public_keys).ok()?;
        Some(Self { address: standby.address.clone(), public })
    }

    fn read(address: String, site: &ByteArray<64>) -> Result<Self, BelongingError> {
        let public =
            NodePublic::from_bytes(site.as_slice()).map_err(|_| BelongingError::Damaged)?;
        Ok(Self { address, public })
    }
}

impl Belonging {
    /// What an enrolment at an address came to.
    #[must_use]
    pub fn of(enrolment: Enrolment, address: &str) -> Self {
        let at = SiteServer { address: address.to_owned(), public: enrolment.issuer };
        Self { at, other: None, name: enrolment.statement.name }
    }

    /// The same with the other machine as the one spoken to; none where there is no other.
    #[must_use]
    pub fn changed_over(&self) -> Option<Self> {
        let at = self.other.clone()?;
        Some(Self { at, other: Some(self.at.clone()), name: self.name.clone() })
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
        let other = known.other.map(|other| SiteServer::read(other.address, &other.site));
        Ok(Some(Self {
            at: SiteServer::read(known.address, &known.site)?,
            other: other.transpose()?,
            name: known.name,
        }))
    }

    /// Writes it into a directory, durable.
    ///
    /// # Errors
    /// The disk's.
    pub fn write(&self, directory: &Path) -> Result<(), BelongingError> {
        let known = OnDisk {
            address: self.at.address.clone(),
            site: self.at.public.to_bytes().into(),
            name: self.name.clone(),
            other: self.other.as_ref().map(|other| OtherOnDisk {
                address: other.address.clone(),
                site: other.public.to_bytes().into(),
            }),
        };
        let bytes = minicbor::to_vec(&known).map_err(|_| BelongingError::Damaged)?;
        Ok(replace_file(directory, (UNFINISHED, FILE), &bytes)?)
    }
}

#[cfg(test)]
mod tests {
    use journal::NodeKey;

    use super::*;

    #[test]
    fn both_machines_are_kept_and_a_file_of_before_names_one() {
        let directory = tempfile::tempdir().unwrap();
        let server = |seed: u8| SiteServer {
            address: format!("http://10.0.0.{seed}"),
            public: NodeKey::from_seed([seed; 32]).public(),
        };
        let one = Belonging { at: server(1), other: None, name: "东门1号机".to_owned() };
        assert!(one.changed_over().is_none());
        let site = one.at.public.to_bytes();
        let mut before = minicbor::Encoder::new(Vec::new());
        before.map(3).unwrap().u8(0).unwrap().str(&one.at.address).unwrap();
        before.u8(1).unwrap().bytes(&site).unwrap().u8(2).unwrap().str(&one.name).unwrap();
        fs::write(directory.path().join(FILE), before.into_writer()).unwrap();
        assert_eq!(Belonging::read(directory.path()).unwrap(), Some(one.clone()));
        let both = Belonging { other: Some(server(2)), ..one };
        let changed = both.changed_over().unwrap();
        for belonging in [&both, &changed] {
            belonging.write(directory.path()).unwrap();
            assert_eq!(Belonging::read(directory.path()).unwrap().as_ref(), Some(belonging));
        }
        assert_eq!(changed.at, server(2));
        assert_eq!(changed.changed_over(), Some(both));
    }
}
