//! The asking side of an enrolment.

use std::time::Duration;

use journal::{NodeKey, NodePublic};
use sync::enrol::{Applicant, Code, EnrolRequest, Enrolled, Role, Statement};
use sync::{Failure, RefusalCode};

use crate::carriage::{ENROL, encode};
use crate::peer::{self, Address, BadAddress, Fault};

/// The longest an enrolment may take; somebody is waiting before the screen.
const ENROL_WAIT: Duration = Duration::from_secs(10);

/// What an enrolment gave. Kept on the node's disk: it is needed at every later start.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Enrolment {
    /// What this node is now.
    pub statement: Statement,
    /// The keys of the node that enrolled it: the receiver of the uplink.
    pub issuer: NodePublic,
}

/// Why an enrolment did not happen.
#[derive(Debug, thiserror::Error)]
pub enum EnrolError {
    /// The address can't be used.
    #[error(transparent)]
    Address(#[from] BadAddress),
    /// No such code waits there.
    #[error(
        "the code is not known there, or was used: ask for a new one and type it within ten minutes"
    )]
    CodeUnknown,
    /// The code is too old.
    #[error("the code is older than ten minutes: ask for a new one")]
    CodeExpired,
    /// Refused for another reason.
    #[error("the enrolment was refused ({0}): ask at the organiser's desk")]
    Refused(RefusalCode),
    /// Nobody answered.
    #[error("nobody answers at this address: check the network and the address")]
    Offline,
    /// Something answered that is no server of ours.
    #[error("something else answers at this address, perhaps the network's sign-in page: check it")]
    NotOurs,
    /// The operating system gave no random bytes.
    #[error("the system gives no random numbers: check /dev/urandom")]
    NoRandomness,
}

/// Enrols this node under a one-time code.
///
/// # Errors
/// [`EnrolError`].
pub async fn enrol(
    address: &Address,
    code: &Code,
    key: &NodeKey,
    (role, name, software): (Role, &str, &str),
) -> Result<Enrolment, EnrolError> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|_| EnrolError::NoRandomness)?;
    let applicant = Applicant {
        public: key.public(),
        role,
        name: name.to_owned(),
        software: software.to_owned(),
        nonce: nonce.into(),
    };
    let request = EnrolRequest::new(code, &applicant);
    let answered = peer::ask_stranger(address, ENROL, encode(&request), ENROL_WAIT).await?;
    let enrolled: Enrolled = answered.map_err(error_of)?;
    let statement =
        enrolled.read(code, &request, key.node_id()).map_err(|_| EnrolError::NotOurs)?;
    Ok(Enrolment { statement, issuer: enrolled.issuer })
}

fn error_of(fault: Fault) -> EnrolError {
    match fault {
        Fault::Failed(Failure::NotOurs | Failure::WrongReceiver) => EnrolError::NotOurs,
        Fault::Failed(_) => EnrolError::Offline,
        Fault::Refused(refusal) => match refusal.code {
            RefusalCode::CodeUnknown => EnrolError::CodeUnknown,
            RefusalCode::CodeExpired => EnrolError::CodeExpired,
            other => EnrolError::Refused(other),
        },
    }
}
