//! The token's bytes: version, role, account, made, ends, and an HMAC-SHA256 cut to 128 bits,
//! in base64url. Fixed length, so that reading one costs no allocation.

use std::fmt;

use data_encoding::BASE64URL_NOPAD;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::Session;

type HmacSha256 = Hmac<Sha256>;

const VERSION: u8 = 1;
const PLAIN_BYTES: usize = 26;
const MAC_BYTES: usize = 16;
const WHOLE_BYTES: usize = PLAIN_BYTES + MAC_BYTES;

/// Signs under keys of its own for each purpose, drawn from the server's key and the cookie's
/// name: a token of one kind is worth nothing as another kind or as a proof.
#[derive(Clone)]
pub(super) struct Signer {
    session: HmacSha256,
    proof: HmacSha256,
}

impl fmt::Debug for Signer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Signer")
    }
}

impl Signer {
    pub(super) fn new(key: &Zeroizing<[u8; 32]>, kind: &str) -> Self {
        let derived = |purpose: &[u8]| {
            let mut mac = keyed(key.as_slice());
            mac.update(purpose);
            mac.update(kind.as_bytes());
            keyed(&mac.finalize().into_bytes())
        };
        Self { session: derived(b"session 1 "), proof: derived(b"form proof 1 ") }
    }

    pub(super) fn token(&self, session: &Session) -> String {
        let mut whole = plain(session).to_vec();
        whole.extend_from_slice(&cut(&self.session, &plain(session)));
        BASE64URL_NOPAD.encode(&whole)
    }

    /// The session in a token of ours; nothing when it is anything else.
    pub(super) fn read(&self, token: &str) -> Option<Session> {
        let mut whole = [0; WHOLE_BYTES];
        if BASE64URL_NOPAD.decode_len(token.len()) != Ok(WHOLE_BYTES) {
            return None;
        }
        BASE64URL_NOPAD.decode_mut(token.as_bytes(), &mut whole).ok()?;
        let (plain, tag) = whole.split_at(PLAIN_BYTES);
        is_cut_of(&self.session, plain, tag).then_some(())?;
        parse(plain)
    }

    pub(super) fn proof(&self, session: &Session) -> String {
        BASE64URL_NOPAD.encode(&cut(&self.proof, &plain(session)))
    }

    pub(super) fn proves(&self, session: &Session, proof: &str) -> bool {
        BASE64URL_NOPAD.decode(proof.as_bytes()).is_ok_and(|tag| {
            tag.len() == MAC_BYTES && is_cut_of(&self.proof, &plain(session), &tag)
        })
    }
}

fn keyed(key: &[u8]) -> HmacSha256 {
    HmacSha256::new_from_slice(key).expect("HMAC takes a key of any length")
}

fn cut(keyed: &HmacSha256, message: &[u8]) -> [u8; MAC_BYTES] {
    let mut mac = keyed.clone();
    mac.update(message);
    let mut tag = [0; MAC_BYTES];
    for (to, from) in tag.iter_mut().zip(mac.finalize().into_bytes()) {
        *to = from;
    }
    tag
}

/// In constant time.
fn is_cut_of(keyed: &HmacSha256, message: &[u8], tag: &[u8]) -> bool {
    let mut mac = keyed.clone();
    mac.update(message);
    mac.verify_truncated_left(tag).is_ok()
}

fn plain(session: &Session) -> [u8; PLAIN_BYTES] {
    let mut bytes = [0; PLAIN_BYTES];
    let parts = [VERSION, session.role]
        .into_iter()
        .chain(session.account)
        .chain(session.issued_at_ms.to_be_bytes())
        .chain(session.expires_at_ms.to_be_bytes());
    for (to, from) in bytes.iter_mut().zip(parts) {
        *to = from;
    }
    bytes
}

fn parse(plain: &[u8]) -> Option<Session> {
    let (&version, rest) = plain.split_first()?;
    let (&role, rest) = rest.split_first()?;
    let (account, rest) = rest.split_first_chunk::<8>()?;
    let (issued, rest) = rest.split_first_chunk::<8>()?;
    let (expires, _) = rest.split_first_chunk::<8>()?;
    (version == VERSION).then(|| Session {
        account: *account,
        role,
        issued_at_ms: u64::from_be_bytes(*issued),
        expires_at_ms: u64::from_be_bytes(*expires),
    })
}
