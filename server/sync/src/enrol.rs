//! Enrolment: a one-time code, typed or scanned, makes two machines that never met trust each
//! other.
//!
//! The code itself never travels. The station proves that it knows the code over all it says; the
//! receiver proves the same over its answer, so nobody between them can take either one's place in
//! the ten minutes that a code lives.

use domain::ids::{FairTag, NodeId};
use hmac::{Hmac, KeyInit, Mac};
use journal::{NodeKey, NodePublic};
use minicbor::bytes::{ByteArray, ByteVec};
use minicbor::{Decode, Encode};
use sha2::Sha256;

use crate::hello::{BadMessage, Signed};
use crate::limits;
use crate::pull::Range;

mod invitation;
mod pending;

pub use invitation::{Invitation, NotAnInvitation};
pub use pending::{CodeRefusal, Grant, PendingCodes};

/// What a node is to the one that enrolled it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Encode, Decode)]
#[cbor(index_only)]
pub enum Role {
    /// A station of a fair.
    #[n(1)]
    Kiosk,
    /// A fair's site server.
    #[n(2)]
    Site,
    /// A second machine that follows a site server.
    #[n(3)]
    Standby,
}

/// A one-time code: ten characters without those that look alike.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Code(String);

const ALPHABET: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";

impl Code {
    /// The code of ten random bytes.
    #[must_use]
    pub fn from_random(random: [u8; limits::CODE_CHARS]) -> Self {
        let chars = random.iter().map(|byte| {
            let letter = ALPHABET.get(usize::from(byte % 32)).copied();
            char::from(letter.expect("a number below 32 has its letter"))
        });
        Self(chars.collect())
    }

    /// Reads a code as people type it: any case, with spaces or dashes, O for 0, I or L for 1.
    #[must_use]
    pub fn parse(typed: &str) -> Option<Self> {
        let mut code = String::new();
        for letter in typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
            let letter = match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            };
            let known = u8::try_from(letter).is_ok_and(|byte| ALPHABET.contains(&byte));
            if !known || code.len() >= limits::CODE_CHARS {
                return None;
            }
            code.push(letter);
        }
        (code.len() == limits::CODE_CHARS).then_some(Self(code))
    }

    /// The code as shown, in two groups of five.
    #[must_use]
    pub fn shown(&self) -> String {
        let (first, second) = self.0.split_at(limits::CODE_CHARS / 2);
        format!("{first}-{second}")
    }

    fn mac(&self, label: &[u8], message: &[u8]) -> Hmac<Sha256> {
        let mac: Hmac<Sha256> =
            Hmac::new_from_slice(self.0.as_bytes()).expect("HMAC takes a key of any length");
        mac.chain_update(label).chain_update(message)
    }
}

impl std::fmt::Debug for Code {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        out.write_str("Code(…)")
    }
}

const REQUEST_LABEL: &[u8] = b"springbreeze enrol 1\0";
const ANSWER_LABEL: &[u8] = b"springbreeze enrol answer 1\0";
/// What a statement's signature is for.
pub const STATEMENT_PURPOSE: &str = "statement 1";

/// What a node says of itself when it asks to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Applicant {
    /// Its public keys.
    #[n(0)]
    pub public: NodePublic,
    /// What it is.
    #[n(1)]
    pub role: Role,
    /// The name wanted: “入口 1”.
    #[n(2)]
    pub name: String,
    /// Its software version.
    #[n(3)]
    pub software: String,
    /// Random, never used again.
    #[n(4)]
    pub nonce: ByteArray<16>,
    /// Who is to enrol it, where an invitation said so.
    #[n(5)]
    pub audience: Option<NodeId>,
    /// The address under which it can be reached; for a standby.
    #[n(6)]
    pub reached_at: Option<String>,
}

/// A request to be enrolled.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct EnrolRequest {
    /// An [`Applicant`] in CBOR.
    #[n(0)]
    pub applicant: ByteVec,
    /// Proof of knowing the code, over these bytes.
    #[n(1)]
    pub proof: ByteArray<32>,
}

impl EnrolRequest {
    /// A request under a code.
    #[must_use]
    pub fn new(code: &Code, applicant: &Applicant) -> Self {
        let applicant = minicbor::to_vec(applicant).expect("a vector takes any bytes");
        let proof: [u8; 32] = code.mac(REQUEST_LABEL, &applicant).finalize().into_bytes().into();
        Self { applicant: applicant.into(), proof: proof.into() }
    }

    /// Who asks, if the message can be read and keeps to its limits.
    #[must_use]
    pub fn applicant(&self) -> Option<Applicant> {
        let applicant: Applicant = minicbor::decode(&self.applicant).ok()?;
        let short = |text: &str| text.len() <= limits::NAME_BYTES;
        let reached_at = applicant.reached_at.as_deref().unwrap_or_default();
        let fits = short(&applicant.name)
            && short(&applicant.software)
            && reached_at.len() <= limits::ADDRESS_BYTES;
        fits.then_some(applicant)
    }

    /// Whether the request was made by somebody who knows this code.
    #[must_use]
    pub fn knows(&self, code: &Code) -> bool {
        let proof = self.proof.as_slice();
        code.mac(REQUEST_LABEL, &self.applicant).verify_slice(proof).is_ok()
    }
}

/// What an enrolled node is, said and signed by the one that enrolled it.
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Statement {
    /// The enrolled node.
    #[n(0)]
    pub node: NodeId,
    /// What it is.
    #[n(1)]
    pub role: Role,
    /// Its name, as granted.
    #[n(2)]
    pub name: String,
    /// The node that enrolled it: its site, or headquarters.
    #[n(3)]
    pub issuer: NodeId,
    /// The fair it belongs to; a site of headquarters may have none yet.
    #[n(4)]
    pub fair: Option<FairTag>,
    /// Counts the node's keys: 1, and one more with every rotation.
    #[n(5)]
    pub key_number: u32,
    /// The issuer's wall clock at that moment, milliseconds since 1970.
    #[n(6)]
    pub issued_at_ms: u64,
    /// Those whose place it takes, the latest first; none for a new one.
    #[n(7)]
    pub before: Option<Vec<NodeId>>,
    /// What the latest of them had said that it holds, and that had not arrived.
    #[n(8)]
    pub missing: Option<Vec<Range>>,
}

/// The answer to an [`EnrolRequest`].
#[derive(Debug, Clone, PartialEq, Eq, Encode, Decode)]
pub struct Enrolled {
    /// A [`Statement`] in CBOR, signed by its issuer.
    #[n(0)]
    pub statement: Signed,
    /// The issuer's public keys.
    #[n(1)]
    pub issuer: NodePublic,
    /// Proof that the issuer knows the code, over the request's proof and all of this.
    #[n(2)]
    pub proof: ByteArray<32>,
}

impl Enrolled {
    /// The answer to a request under the code that it proved.
    #[must_use]
    pub fn new(code: &Code, request: &EnrolRequest, statement: &Statement, key: &NodeKey) -> Self {
        let bytes = minicbor::to_vec(statement).expect("a vector takes any bytes");
        let statement = Signed::new(key, STATEMENT_PURPOSE, bytes);
        let issuer = key.public();
        let told = told(request, &statement, issuer);
        let proof: [u8; 32] = code.mac(ANSWER_LABEL, &told).finalize().into_bytes().into();
        Self { statement, issuer, proof: proof.into() }
    }

    /// What was granted, if somebody who knows the code answered this very request for this node.
    ///
    /// # Errors
    /// [`BadMessage`] if not.
    pub fn read(
        &self,
        code: &Code,
        request: &EnrolRequest,
        node: NodeId,
    ) -> Result<Statement, BadMessage> {
        let told = told(request, &self.statement, self.issuer);
        let proof = self.proof.as_slice();
        code.mac(ANSWER_LABEL, &told).verify_slice(proof).map_err(|_| BadMessage)?;
        let statement: Statement = self.statement.read(self.issuer, STATEMENT_PURPOSE)?;
        let fits = statement.node == node && statement.issuer == self.issuer.node_id();
        if fits { Ok(statement) } else { Err(BadMessage) }
    }
}

fn told(request: &EnrolRequest, statement: &Signed, issuer: NodePublic) -> Vec<u8> {
    // Everything before the statement's body has a fixed length.
    let mut told = request.proof.to_vec();
    told.extend_from_slice(&issuer.to_bytes());
    told.extend_from_slice(&statement.signature.0);
    told.extend_from_slice(&statement.body);
    told
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_read_as_people_type_them() {
        let code = Code::from_random([0, 1, 2, 3, 4, 31, 30, 29, 28, 27]);
        assert_eq!(code.shown(), "01234-ZYXWV");
        assert_eq!(Code::parse(" o1i34-zyxwv"), Code::parse("01134ZYXWV"));
        assert_eq!(Code::parse("01234 zyxwv"), Some(code));
        assert_eq!(Code::parse("01234"), None);
        assert_eq!(Code::parse("01234-ZYXWVV"), None);
        assert_eq!(Code::parse("01234-ZYXW！"), None);
    }

    #[test]
    fn both_ends_prove_the_code() {
        let (code, other) = (Code::from_random([1; 10]), Code::from_random([2; 10]));
        let (station, site) = (NodeKey::from_seed([1; 32]), NodeKey::from_seed([2; 32]));
        let applicant = Applicant {
            public: station.public(),
            role: Role::Kiosk,
            name: "入口 1".to_owned(),
            software: "0.1.0".to_owned(),
            nonce: [9; 16].into(),
            audience: None,
            reached_at: None,
        };
        let request = EnrolRequest::new(&code, &applicant);
        assert_eq!(request.applicant(), Some(applicant));
        assert!(request.knows(&code));
        assert!(!request.knows(&other));
        let statement = Statement {
            node: station.node_id(),
            role: Role::Kiosk,
            name: "入口 1".to_owned(),
            issuer: site.node_id(),
            fair: Some(FairTag([1; 4])),
            key_number: 1,
            issued_at_ms: 5,
            before: None,
            missing: None,
        };
        let answer = Enrolled::new(&code, &request, &statement, &site);
        let node = station.node_id();
        assert_eq!(answer.read(&code, &request, node), Ok(statement.clone()));
        assert_eq!(answer.read(&other, &request, node), Err(BadMessage));
        assert_eq!(answer.read(&code, &request, site.node_id()), Err(BadMessage));
        let thief = NodeKey::from_seed([3; 32]);
        let stolen = Enrolled { issuer: thief.public(), ..answer };
        assert_eq!(stolen.read(&code, &request, node), Err(BadMessage));
    }
}
