//! What the QR code beside a one-time code says: where to enrol, with which code, and whom to expect
//! there.

use std::str::FromStr;

use domain::ids::NodeId;

use super::Code;

/// What every invitation begins with; the number is the form's version.
const MARK: &str = "SPRINGBREEZE-1";
/// The longest address, in characters.
const ADDRESS_CHARS: usize = 200;

/// An invitation to enrol, as a QR code holds it and a hand scanner types it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Invitation {
    /// The one-time code.
    pub code: Code,
    /// Who enrols: the hash of its public keys, so that nobody else is taken for it.
    pub issuer: NodeId,
    /// Where it is reached.
    pub address: String,
}

impl Invitation {
    /// The text of the QR code. In capitals where the address allows it: such codes are smaller, and
    /// survive a scanner whose caps lock is on.
    #[must_use]
    pub fn text(&self) -> String {
        let Self { code, issuer, address } = self;
        let text = format!("{MARK} {} {issuer} {address}", code.shown());
        if is_of_host_only(address) { text.to_ascii_uppercase() } else { text }
    }

    /// Whether a text is meant as an invitation, be it one that can be read or not.
    #[must_use]
    pub fn is_meant(text: &str) -> bool {
        let head = text.trim_start().get(..MARK.len());
        head.is_some_and(|head| head.eq_ignore_ascii_case(MARK))
    }
}

/// The text is no invitation, or not a whole one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("this is not the whole text of an invitation: scan or copy it again")]
pub struct NotAnInvitation;

impl FromStr for Invitation {
    type Err = NotAnInvitation;

    fn from_str(text: &str) -> Result<Self, NotAnInvitation> {
        if !Self::is_meant(text) {
            return Err(NotAnInvitation);
        }
        let mut parts = text.split_whitespace().skip(1);
        let mut next = || parts.next().ok_or(NotAnInvitation);
        let code = Code::parse(next()?).ok_or(NotAnInvitation)?;
        let issuer = next()?.to_ascii_lowercase().parse().map_err(|_| NotAnInvitation)?;
        let address = next()?;
        if parts.next().is_some() || address.len() > ADDRESS_CHARS {
            return Err(NotAnInvitation);
        }
        let whole = is_of_host_only(address);
        let address = if whole { address.to_ascii_lowercase() } else { address.to_owned() };
        Ok(Self { code, issuer, address })
    }
}

/// Nothing but a scheme, a host and a port, for which capitals mean nothing.
fn is_of_host_only(address: &str) -> bool {
    let rest = address.split_once("://").map_or(address, |(_, rest)| rest);
    address.is_ascii() && !rest.contains(['/', '?', '#', '@'])
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn invitation(address: &str) -> Invitation {
        let code = Code::from_random([7; 10]);
        Invitation { code, issuer: NodeId([0xab; 16]), address: address.to_owned() }
    }

    #[test]
    fn an_invitation_is_read_back_as_scanners_type_it() {
        for address in ["http://192.168.1.10:8080", "https://hq.example.cn/Hall"] {
            let meant = invitation(address);
            let text = meant.text();
            assert_eq!(text.parse(), Ok(meant.clone()));
            assert_eq!(format!("  {text}\r\n").parse(), Ok(meant));
        }
        let text = invitation("http://192.168.1.10:8080").text();
        assert_eq!(text.to_ascii_uppercase(), text);
        assert_eq!(text.to_ascii_lowercase().parse(), Ok(invitation("http://192.168.1.10:8080")));
    }

    #[test]
    fn half_an_invitation_is_none() {
        let text = invitation("http://192.168.1.10:8080").text();
        let whole = text.len() - "HTTP://192.168.1.10:8080".len();
        for cut in 0..whole {
            let part = text.get(..cut).unwrap();
            assert_eq!(part.parse::<Invitation>(), Err(NotAnInvitation), "{part}");
        }
        assert!(format!("{text} more").parse::<Invitation>().is_err());
        assert!(!Invitation::is_meant("HTTP://X/T/ABC"));
    }

    proptest! {
        #[test]
        fn any_text_is_read_without_panic(text in "(SPRINGBREEZE-1)?\\PC{0,80}") {
            let _ = text.parse::<Invitation>();
        }
    }
}
