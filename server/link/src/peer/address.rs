//! Where a receiver is found, and how its certificate is judged.

use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, ClientBuilder, Url};

/// A receiver's address.
#[derive(Debug, Clone)]
pub struct Address {
    base: String,
    tls: Tls,
}

#[derive(Debug, Clone)]
enum Tls {
    /// Plain HTTP: the session proves integrity, and nothing secret travels open.
    None,
    /// Any certificate that the system trusts.
    System,
    /// Only certificates of these authorities.
    Own(Vec<Certificate>),
}

/// An address or certificate that can't be used.
#[derive(Debug, thiserror::Error)]
pub enum BadAddress {
    /// Not an address.
    #[error("“{0}” is no address: write it like http://192.168.1.10:8080 or https://name")]
    NotAnAddress(String),
    /// Not a certificate file.
    #[error("the certificate file cannot be read: it must hold certificates in PEM form")]
    Certificate,
    /// The HTTP client can't be set up.
    #[error("no client for this address: {0}; give the authority's certificate file")]
    Client(String),
}

impl BadAddress {
    pub(crate) fn client(error: &reqwest::Error) -> Self {
        Self::Client(error.to_string())
    }
}

impl Address {
    /// Reads an address such as `http://192.168.1.10:8080`. `authority`: certificates in PEM; if
    /// given, only they are trusted.
    ///
    /// # Errors
    /// [`BadAddress`].
    pub fn parse(text: &str, authority: Option<&[u8]>) -> Result<Self, BadAddress> {
        let bad = || BadAddress::NotAnAddress(text.to_owned());
        let url = Url::parse(text.trim()).map_err(|_| bad())?;
        let plain = url.scheme() == "http";
        if !(plain || url.scheme() == "https") || url.host_str().is_none() {
            return Err(bad());
        }
        let tls = match authority {
            _ if plain => Tls::None,
            None => Tls::System,
            Some(pem) => {
                let own = Certificate::from_pem_bundle(pem).map_err(|_| BadAddress::Certificate)?;
                if own.is_empty() {
                    return Err(BadAddress::Certificate);
                }
                Tls::Own(own)
            }
        };
        let base = url.as_str().trim_end_matches('/').to_owned();
        Ok(Self { base, tls })
    }

    /// The address without a slash at its end.
    #[must_use]
    pub fn base(&self) -> &str {
        &self.base
    }

    /// A client that asks this address itself: no proxy, no redirect (a portal's trick).
    pub(crate) fn client(&self) -> ClientBuilder {
        // The first caller in the process decides; a second one changes nothing.
        let ring = tokio_rustls::rustls::crypto::ring::default_provider();
        let _already = ring.install_default();
        let client = Client::builder().no_proxy().redirect(Policy::none()).http1_only();
        match &self.tls {
            Tls::None => client.tls_certs_only([]),
            Tls::System => client,
            Tls::Own(own) => client.tls_certs_only(own.clone()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_read_as_people_write_them() {
        let base = |text| Address::parse(text, None).map(|address| address.base().to_owned());
        assert_eq!(base(" http://10.0.0.2:8080/ ").unwrap(), "http://10.0.0.2:8080");
        assert_eq!(base("https://fair.example/hall/").unwrap(), "https://fair.example/hall");
        for wrong in ["", "10.0.0.2:8080", "ftp://x", "http://", "mailto:a@b"] {
            assert!(base(wrong).is_err(), "{wrong}");
        }
        assert!(Address::parse("https://x", Some(b"not a certificate")).is_err());
    }
}
