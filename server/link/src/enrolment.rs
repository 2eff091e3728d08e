//! The asking side of an enrolment.

use std::time::Duration;

use domain::ids::NodeId;
use journal::{NodeKey, NodePublic};
use sync::enrol::{Applicant, Code, EnrolRequest, Enrolled, Invitation, Role, Statement};
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
    /// Another server answers than the one that made the invitation.
    #[error("another server answers there than the one that made this QR code: ask for a new code")]
    OtherNode,
    /// The operating system gave no random bytes.
    #[error("the system gives no random numbers: check /dev/urandom")]
    NoRandomness,
}

/// What a node says of itself when it enrols: its role, the name wanted, its software's version.
pub type Terms<'t> = (Role, &'t str, &'t str);

/// Enrols this node under a one-time code.
///
/// # Errors
/// [`EnrolError`].
pub async fn enrol(
    address: &Address,
    code: &Code,
    key: &NodeKey,
    terms: Terms<'_>,
) -> Result<Enrolment, EnrolError> {
    ask(address, (code, None), key, (terms, None)).await
}

/// Enrols this node where an invitation says, with nobody but the node that it names.
///
/// # Errors
/// [`EnrolError`].
pub async fn accept(
    invitation: &Invitation,
    key: &NodeKey,
    terms: Terms<'_>,
) -> Result<Enrolment, EnrolError> {
    let address = Address::parse(&invitation.address, None)?;
    let issuer = invitation.issuer;
    let enrolment = ask(&address, (&invitation.code, Some(issuer)), key, (terms, None)).await?;
    if enrolment.issuer.node_id() == issuer { Ok(enrolment) } else { Err(EnrolError::OtherNode) }
}

/// As [`enrol`], for a standby, which tells where it is reached.
///
/// # Errors
/// [`EnrolError`].
pub async fn enrol_standby(
    address: &Address,
    code: &Code,
    key: &NodeKey,
    (reached_at, software): (&Address, &str),
) -> Result<Enrolment, EnrolError> {
    let reached_at = Some(reached_at.base().to_owned());
    let terms = (Role::Standby, "", software);
    ask(address, (code, None), key, (terms, reached_at)).await
}

async fn ask(
    address: &Address,
    (code, audience): (&Code, Option<NodeId>),
    key: &NodeKey,
    ((role, name, software), reached_at): (Terms<'_>, Option<String>),
) -> Result<Enrolment, EnrolError> {
    let mut nonce = [0; 16];
    getrandom::fill(&mut nonce).map_err(|_| EnrolError::NoRandomness)?;
    let applicant = Applicant {
        public: key.public(),
        role,
        name: name.to_owned(),
        software: software.to_owned(),
        nonce: nonce.into(),
        audience,
        reached_at,
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
            RefusalCode::WrongAudience => EnrolError::OtherNode,
            other => EnrolError::Refused(other),
        },
    }
}
