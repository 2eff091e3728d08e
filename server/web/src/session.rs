//! Who is signed in: a stateless, signed token in a cookie or in `Authorization: Bearer`.
//!
//! Invariant: a token nobody here made is as if there were none; a cookie alone changes
//! nothing, the request must also come from our own page (see [`SignedIn::allow_change`]).
//! What a role may do is the caller's: here it is a number.

mod origin;
mod token;

use std::sync::Arc;

use hyper::header::{AUTHORIZATION, HeaderName, HeaderValue};
use zeroize::Zeroizing;

use crate::arrival::Door;
use crate::call::Head;
use crate::error::ApiError;

use token::Signer;

/// Name of the hidden field with a form's proof.
pub const CSRF_FIELD: &str = "csrf";

/// Name of the header with the same, for scripts.
pub const CSRF_HEADER: HeaderName = HeaderName::from_static("x-csrf");

/// What a token says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Session {
    /// Whom it is about: an account, or a booth.
    pub account: [u8; 8],
    /// A number the caller gives a meaning.
    pub role: u8,
    /// When it was made, in milliseconds since 1970; lets the caller refuse all sessions from
    /// before a password change.
    pub issued_at_ms: u64,
    /// From when on it is worth nothing, in milliseconds since 1970.
    pub expires_at_ms: u64,
}

/// Over which lines a kind of session is accepted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Lines {
    /// Loopback and TLS: staff.
    Private,
    /// Any: a booth's card, which opens nothing confidential.
    Any,
}

/// Makes and reads one kind of session. Two kinds (staff, booth) or two programs on one host
/// need two cookie names: browsers keep cookies by host, not by port.
///
/// For the same reason a page without TLS can plant a cookie that a page with TLS of the same
/// host is then sent. So the name on TLS begins with `__Host-`, which browsers accept from TLS
/// pages only, and no other name is read there.
#[derive(Clone, Debug)]
pub struct Sessions {
    signer: Signer,
    cookie: &'static str,
    tls_cookie: Arc<str>,
    lines: Lines,
}

/// How a session was shown.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ShownBy {
    /// By the browser on its own; changes need a proof.
    Cookie,
    /// By a program that holds the token.
    Bearer,
}

/// A valid session and the proof that goes with it.
#[derive(Clone, Debug)]
pub struct SignedIn {
    /// The session.
    pub session: Session,
    /// How it came.
    pub shown_by: ShownBy,
    signer: Signer,
}

/// Refuses staff work on a line others can read along.
///
/// # Errors
/// `staff_door_plain` (403).
pub fn staff_door(door: Door) -> Result<(), ApiError> {
    if door.is_private() { Ok(()) } else { Err(ApiError::forbidden("staff_door_plain")) }
}

impl Sessions {
    /// `key` is 32 random bytes that stay the same over restarts and are kept from readers;
    /// `cookie` is a short name of letters.
    #[must_use]
    pub fn new(key: &Zeroizing<[u8; 32]>, cookie: &'static str, lines: Lines) -> Self {
        let tls_cookie = format!("__Host-{cookie}").into();
        Self { signer: Signer::new(key, cookie), cookie, tls_cookie, lines }
    }

    /// The token of a session, for programs.
    #[must_use]
    pub fn token(&self, session: &Session) -> String {
        self.signer.token(session)
    }

    /// The cookie that signs a browser in until the session's end.
    #[must_use]
    pub fn cookie(&self, session: &Session, door: Door) -> HeaderValue {
        let left_ms = session.expires_at_ms.saturating_sub(session.issued_at_ms);
        self.set_cookie(&self.signer.token(session), left_ms / 1_000, door)
    }

    /// The cookie that signs a browser out.
    #[must_use]
    pub fn no_cookie(&self, door: Door) -> HeaderValue {
        self.set_cookie("", 0, door)
    }

    /// Who is signed in, if anybody is.
    ///
    /// # Errors
    /// `session_expired` (401) when a true token is over; `staff_door_plain` (403) when it came
    /// over a line it must not be used on.
    pub fn find(&self, head: &Head, now_ms: u64) -> Result<Option<SignedIn>, ApiError> {
        let bearer = head.header(AUTHORIZATION).and_then(|value| value.strip_prefix("Bearer "));
        let (token, shown_by) = match bearer {
            Some(token) => (token.trim(), ShownBy::Bearer),
            None => match head.cookie(self.cookie_name(head.arrival.door)) {
                Some(token) => (token, ShownBy::Cookie),
                None => return Ok(None),
            },
        };
        let Some(session) = self.signer.read(token) else { return Ok(None) };
        if self.lines == Lines::Private {
            staff_door(head.arrival.door)?;
        }
        if session.expires_at_ms <= now_ms {
            return Err(ApiError::unauthorized("session_expired"));
        }
        Ok(Some(SignedIn { session, shown_by, signer: self.signer.clone() }))
    }

    /// Who is signed in; somebody must be.
    ///
    /// # Errors
    /// As [`Sessions::find`]; `session_needed` (401).
    pub fn require(&self, head: &Head, now_ms: u64) -> Result<SignedIn, ApiError> {
        self.find(head, now_ms)?.ok_or_else(|| ApiError::unauthorized("session_needed"))
    }

    fn cookie_name(&self, door: Door) -> &str {
        match door {
            Door::Tls => &self.tls_cookie,
            Door::Loopback | Door::Plain => self.cookie,
        }
    }

    fn set_cookie(&self, value: &str, age_s: u64, door: Door) -> HeaderValue {
        let secure = if door == Door::Tls { "; Secure" } else { "" };
        let name = self.cookie_name(door);
        HeaderValue::try_from(format!(
            "{name}={value}; Path=/; Max-Age={age_s}; HttpOnly; SameSite=Strict{secure}"
        ))
        .expect("a cookie of letters, digits and dashes is a header value")
    }
}

impl SignedIn {
    /// The proof for this session's forms; see [`crate::page::csrf_field`].
    #[must_use]
    pub fn csrf(&self) -> String {
        self.signer.proof(&self.session)
    }

    /// Lets a request change something: one with a bearer token always, one with a cookie only
    /// from our own pages. `field` is the form's hidden field ([`crate::Fields::csrf`]), or
    /// `None` where the proof comes in the header `x-csrf`.
    ///
    /// # Errors
    /// `foreign_origin`, `csrf_wrong` (403).
    pub fn allow_change(&self, head: &Head, field: Option<&str>) -> Result<(), ApiError> {
        if self.shown_by == ShownBy::Bearer {
            return Ok(());
        }
        same_origin(head)?;
        let proof = field.or_else(|| head.header(CSRF_HEADER)).unwrap_or_default();
        if self.signer.proves(&self.session, proof) {
            Ok(())
        } else {
            Err(ApiError::forbidden("csrf_wrong"))
        }
    }
}

/// Refuses a change asked for by a page of another origin. Also right for forms that need no
/// session, such as the sign-in.
///
/// # Errors
/// `foreign_origin` (403).
pub fn same_origin(head: &Head) -> Result<(), ApiError> {
    if origin::is_own(head) { Ok(()) } else { Err(ApiError::forbidden("foreign_origin")) }
}
